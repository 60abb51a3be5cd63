//! Flags, environment, file and default against each other.

use switchboard_session::DEFAULT_MODEL;

use super::*;

const NOWHERE: &str = "switchboard.toml";

fn settled(
    flags: &Flags,
    environment: &Environment,
    file: &str,
) -> Result<Settings, SettingsError> {
    let document = Document::parse(Path::new(NOWHERE), file)?;
    settle(flags, environment, Some(document))
}

fn from_file(text: &str) -> Result<Settings, SettingsError> {
    settled(&Flags::default(), &Environment::default(), text)
}

fn message(text: &str) -> String {
    from_file(text).unwrap_err().to_string()
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let file = "listen = '127.0.0.1:3'";
    let environment = Environment::from([(environment::LISTEN, "127.0.0.1:2")]);
    let flags = Flags { listen: Some("127.0.0.1:1".to_owned()), ..Flags::default() };

    let port = |settings: Settings| settings.listen.value.port();
    assert_eq!(port(settled(&flags, &environment, file).unwrap()), 1);
    assert_eq!(port(settled(&Flags::default(), &environment, file).unwrap()), 2);
    assert_eq!(port(from_file(file).unwrap()), 3);
    assert_eq!(port(from_file("").unwrap()), 8080);
}

#[test]
fn the_example_file_holds_the_defaults() {
    let example = include_str!("../../../../../switchboard.example.toml");
    let (example, default) = (from_file(example).unwrap(), from_file("").unwrap());

    assert_eq!(example.model, default.model);
    assert_eq!(example.call, default.call);
    assert_eq!(example.limits, default.limits);
    assert_eq!(example.approval_wait, default.approval_wait);
    assert_eq!(example.simulator, default.simulator);
    assert_eq!(example.listen.value, default.listen.value);
    assert_eq!(example.database.value, default.database.value);
    assert_eq!(example.policies.value, default.policies.value);
    assert_eq!(example.tenant, default.tenant);
    assert_eq!(example.drain, default.drain);
}

#[test]
fn every_setting_says_where_it_came_from() {
    let settings = from_file("\ndatabase = 'sqlite:///tmp/x.db'\n").unwrap();
    assert_eq!(settings.database.source.to_string(), "switchboard.toml, line 2: `database`");
    assert_eq!(settings.listen.source, Source::Default);
    let environment = Environment::from([(environment::LOG, "debug")]);
    let settings = settled(&Flags::default(), &environment, "").unwrap();
    assert_eq!(settings.log.source, Source::Environment("SWITCHBOARD_LOG"));
}

#[test]
fn a_value_that_cannot_be_used_names_its_place_and_what_is_expected() {
    let flags = Flags { listen: Some("8080".to_owned()), ..Flags::default() };
    assert_eq!(
        settled(&flags, &Environment::default(), "").unwrap_err().to_string(),
        "--listen: cannot use `8080`: an address and a port are expected, as in 127.0.0.1:8080 or [::1]:8080"
    );
    assert_eq!(
        message("public_url = 'voice.example.com'"),
        "switchboard.toml, line 1: `public_url`: cannot use `voice.example.com`: \
         the address Twilio is given is expected, as in https://voice.example.com"
    );
    assert!(
        message("[model]\nurl = 'api.openai.com/v1/realtime'")
            .contains("a WebSocket URL is expected")
    );
    assert!(message("[model]\nauth = 'basic'").contains("bearer or api-key is expected"));
    assert!(message("database = 'mysql://me:hunter2@db/x'").contains("sqlite://FILE"));
    assert!(!message("database = 'mysql://me:hunter2@db/x'").contains("hunter2"));
}

#[test]
fn misspelt_keys_are_refused_at_every_level() {
    assert!(message("lisen = 'x'").ends_with("unknown key `lisen`; did you mean `listen`?"));
    assert!(message("[modle]\nurl = 'x'").ends_with("unknown key `modle`; did you mean `model`?"));
    assert!(
        message("[model]\nvoise = 'x'")
            .ends_with("unknown key `model.voise`; did you mean `voice`?")
    );
    assert!(
        message("[model]\nurll = 'x'").ends_with("unknown key `model.urll`; did you mean `url`?")
    );
}

#[test]
fn a_number_out_of_its_range_is_refused() {
    assert_eq!(
        message("[model]\nspeed = 2.0"),
        "switchboard.toml, line 2: `model.speed`: must be from 0.25 to 1.5"
    );
    assert_eq!(
        message("[call]\nmost = 0"),
        "switchboard.toml, line 2: `call.most`: must be from 1 to 100000"
    );
    assert!(message("[call]\nnudge_ms = 5").contains("or 0: never"));
    assert_eq!(
        message("[limits.tools.pay]\nconcurrency = 0"),
        "switchboard.toml, line 2: `limits.tools.pay.concurrency`: must be 1 to 1000000"
    );
}

#[test]
fn the_model_can_be_named_at_all_three_places() {
    let file = "[model]\nmodel = 'from-file'";
    let environment = Environment::from([(environment::MODEL, "from-environment")]);
    let flags = Flags { model: Some("from-flag".to_owned()), ..Flags::default() };
    assert_eq!(settled(&flags, &environment, file).unwrap().model.model, "from-flag");
    assert_eq!(
        settled(&Flags::default(), &environment, file).unwrap().model.model,
        "from-environment"
    );
    assert_eq!(from_file(file).unwrap().model.model, "from-file");
    assert_eq!(from_file("").unwrap().model.model, DEFAULT_MODEL);
}

#[test]
fn secrets_come_from_environment_or_file_and_are_never_shown() {
    let environment = Environment::from([(environment::OPENAI_API_KEY, "sk-from-environment")]);
    let file = "openai_api_key = 'sk-from-file'\nadmin_token = 'from-file'\ntwilio_auth_token = ''";
    let settings = settled(&Flags::default(), &environment, file).unwrap();

    let expose = |secret: &Option<Secret>| secret.as_ref().map(|s| s.expose().to_owned());
    assert_eq!(expose(&settings.secrets.openai_api_key).unwrap(), "sk-from-environment");
    assert_eq!(expose(&settings.secrets.admin_token).unwrap(), "from-file");
    assert!(settings.secrets.twilio_auth_token.is_none(), "an empty text is no secret");
    let shown = format!("{settings:?}");
    assert!(!shown.contains("from-environment") && !shown.contains("from-file"), "{shown}");
}

#[test]
fn a_secret_of_the_wrong_type_is_not_quoted() {
    let message = message("twilio_auth_token = 424242");
    assert_eq!(message, "switchboard.toml, line 1: `twilio_auth_token`: expected text in quotes");
}

#[test]
fn faults_need_a_permission() {
    let file = "[faults.tools.get_account_balance]\ndelay = '8s'\n";
    assert!(message(file).contains("set SWITCHBOARD_ALLOW_FAULTS=1"));
    let allowed = Environment::from([(environment::ALLOW_FAULTS, "1")]);
    settled(&Flags::default(), &allowed, file).unwrap();
}

#[test]
fn policies_are_found_from_where_they_are_named() {
    let paths = |settings: Settings| settings.policies.value;
    let file = "policies = ['policies', '/etc/extra.cedar']";
    let document = Document::parse(Path::new("/etc/switchboard/switchboard.toml"), file);
    let named = settle(&Flags::default(), &Environment::default(), Some(document.unwrap()));
    assert_eq!(
        paths(named.unwrap()),
        [PathBuf::from("/etc/switchboard/policies"), "/etc/extra.cedar".into()]
    );
    let environment = Environment::from([(environment::POLICIES, "a:b/c.cedar")]);
    let named = settled(&Flags::default(), &environment, file).unwrap();
    assert_eq!(paths(named), [PathBuf::from("a"), "b/c.cedar".into()]);
    let flags = Flags { policies: vec!["mine".into()], ..Flags::default() };
    assert_eq!(paths(settled(&flags, &environment, file).unwrap()), [PathBuf::from("mine")]);
    assert!(message("policies = 'policies'").contains(r#"policies = ["policies"]"#));
    assert!(message("tenant = ''").contains("`tenant`: a name is expected"));
}

#[test]
fn the_time_to_drain_can_be_set() {
    assert_eq!(from_file("drain_seconds = 5").unwrap().drain, Duration::from_secs(5));
    assert!(message("drain_seconds = 'long'").contains("`drain_seconds`"));
}

#[test]
fn the_time_for_an_approval_can_be_set() {
    let settings = from_file("[approvals]\nexpire_minutes = 2").unwrap();
    assert_eq!(settings.approval_wait, Duration::from_secs(120));
    assert!(message("[approvals]\nexpire_minutes = 0").contains("must be from 1 to 1440"));
    assert!(message("[approvals]\nexpires = 1").contains("unknown key `approvals.expires`"));
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let flags = Flags { config: Some("/nowhere/switchboard.toml".into()), ..Flags::default() };
    let error = resolve(&flags, &Environment::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the configuration file /nowhere/switchboard.toml; --config names the file"
    );
}
