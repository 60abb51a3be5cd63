//! Settles every setting: the flag if given, else the environment, else the file, else the default.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use switchboard_gateway::LimitsError;
use switchboard_realtime::ws::Secret;

use super::document::Document;
use super::environment::{self, Environment};
use super::error::SettingsError;
use super::source::{Setting, Source};
use super::{Settings, ranges, values};

/// The file that is read where no other is named.
const CONFIG_FILE: &str = "switchboard.toml";

/// The keys and sections of the top level.
const TOP_LEVEL: [&str; 18] = [
    "listen",
    "public_url",
    "database",
    "policies",
    "tenant",
    "log",
    "drain_seconds",
    "admin_token",
    "openai_api_key",
    "azure_openai_api_key",
    "twilio_auth_token",
    "twilio_account_sid",
    "model",
    "call",
    "limits",
    "approvals",
    "simulator",
    "faults",
];
/// In minutes.
const A_DAY: u64 = 24 * 60;
/// The keys of `[model]` that are read here; the rest is the session's.
const LINK_KEYS: [&str; 2] = ["url", "auth"];

/// The flags of the command line that are settings, as they were typed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    pub(crate) config: Option<PathBuf>,
    pub(crate) listen: Option<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) database: Option<String>,
    pub(crate) policies: Vec<PathBuf>,
    pub(crate) log: Option<String>,
    pub(crate) model_url: Option<String>,
    pub(crate) model: Option<String>,
}

/// Reads the file that the flags name, or the usual one if it is there, and settles every setting.
pub(crate) fn resolve(flags: &Flags, environment: &Environment) -> Result<Settings, SettingsError> {
    let document = match &flags.config {
        Some(path) => Some(Document::open(path)?),
        None => Document::open_if_there(Path::new(CONFIG_FILE))?,
    };
    settle(flags, environment, document)
}

fn settle(
    flags: &Flags,
    environment: &Environment,
    document: Option<Document>,
) -> Result<Settings, SettingsError> {
    let file = document.as_ref().map(|document| document.path().to_owned());
    let mut document = match document {
        Some(document) => document,
        None => Document::parse(Path::new(CONFIG_FILE), "")?,
    };
    let mut settings = Settings { file, warnings: environment.warnings(), ..Settings::default() };
    general(&mut settings, flags, environment, &mut document)?;
    policies(&mut settings, flags, environment, &mut document)?;
    secrets(&mut settings, environment, &mut document)?;
    model(&mut settings, flags, environment, &mut document)?;
    sections(&mut settings, environment, &mut document)?;
    Ok(settings)
}

/// A text by its three places, the strongest first. The file's is taken even where it loses, so that it counts as read.
fn layered(
    flag: (&'static str, Option<&String>),
    variable: (&'static str, &Environment),
    file: Option<Setting<String>>,
) -> Option<Setting<String>> {
    let (name, value) = flag;
    let flag = value.map(|value| Setting::new(value.clone(), Source::Flag(name)));
    let (name, environment) = variable;
    let variable = environment
        .get(name)
        .map(|value| Setting::new(value.to_owned(), Source::Environment(name)));
    flag.or(variable).or(file)
}

fn general(
    settings: &mut Settings,
    flags: &Flags,
    env: &Environment,
    document: &mut Document,
) -> Result<(), SettingsError> {
    let listen = document.text("listen")?;
    if let Some(text) =
        layered(("--listen", flags.listen.as_ref()), (environment::LISTEN, env), listen)
    {
        settings.listen = text.try_map(|text, from| values::address(&text, from))?;
    }
    let public = document.text("public_url")?;
    settings.public_url = layered(
        ("--public-url", flags.public_url.as_ref()),
        (environment::PUBLIC_URL, env),
        public,
    )
    .map(|text| text.try_map(|text, from| values::public_url(&text, from)))
    .transpose()?;
    let database = document.text("database")?;
    if let Some(text) =
        layered(("--database", flags.database.as_ref()), (environment::DATABASE, env), database)
    {
        settings.database = text.try_map(|text, from| values::database(&text, from))?;
    }
    let log = document.text("log")?;
    if let Some(text) = layered(("--log", flags.log.as_ref()), (environment::LOG, env), log) {
        settings.log = text;
    }
    Ok(())
}

/// The policies, and whom they are for. Paths in the file are relative to the file, all others to the working directory.
fn policies(
    settings: &mut Settings,
    flags: &Flags,
    env: &Environment,
    document: &mut Document,
) -> Result<(), SettingsError> {
    let directory = document.path().parent().map(Path::to_owned).unwrap_or_default();
    let file = document.texts("policies")?;
    let file = file.map(|Setting { value, source }| {
        Setting::new(value.iter().map(|path| directory.join(path)).collect(), source)
    });
    let flag = (!flags.policies.is_empty())
        .then(|| Setting::new(flags.policies.clone(), Source::Flag("--policies")));
    let variable = env.get(environment::POLICIES).map(|paths| {
        let source = Source::Environment(environment::POLICIES);
        Setting::new(std::env::split_paths(paths).collect(), source)
    });
    if let Some(policies) = flag.or(variable).or(file) {
        settings.policies = policies;
    }
    if let Some(tenant) = document.text("tenant")? {
        if tenant.value.trim().is_empty() {
            return Err(document.bad("tenant", "a name is expected, as in \"default\"".to_owned()));
        }
        settings.tenant = tenant.value;
    }
    Ok(())
}

fn secrets(
    settings: &mut Settings,
    env: &Environment,
    document: &mut Document,
) -> Result<(), SettingsError> {
    let mut secret = |variable: &'static str, key: &str| -> Result<_, SettingsError> {
        let file = document.text(key)?.map(|text| text.value).filter(|text| !text.is_empty());
        Ok(env.get(variable).map(str::to_owned).or(file).map(Secret::new))
    };
    let secrets = &mut settings.secrets;
    secrets.openai_api_key = secret(environment::OPENAI_API_KEY, "openai_api_key")?;
    secrets.azure_openai_api_key =
        secret(environment::AZURE_OPENAI_API_KEY, "azure_openai_api_key")?;
    secrets.twilio_auth_token = secret(environment::TWILIO_AUTH_TOKEN, "twilio_auth_token")?;
    secrets.twilio_account_sid = secret(environment::TWILIO_ACCOUNT_SID, "twilio_account_sid")?;
    secrets.admin_token = secret(environment::ADMIN_TOKEN, "admin_token")?;
    Ok(())
}

fn model(
    settings: &mut Settings,
    flags: &Flags,
    env: &Environment,
    document: &mut Document,
) -> Result<(), SettingsError> {
    let mut table = document.take("model")?;
    let url = document.text_of(&mut table, "url", "model.url")?;
    settings.link.url =
        layered(("--model-url", flags.model_url.as_ref()), (environment::MODEL_URL, env), url)
            .map(|text| text.try_map(|text, from| values::model_url(&text, from)))
            .transpose()?;
    settings.link.auth = document
        .text_of(&mut table, "auth", "model.auth")?
        .map(|text| values::authorization(&text.value, &text.source))
        .transpose()?;
    settings.model = document.read("model", table, &LINK_KEYS)?;
    if let Err((key, range)) = ranges::of_model(&settings.model) {
        return Err(document.bad(key, format!("must be from {range}")));
    }
    if let Some(model) = layered(("--model", flags.model.as_ref()), (environment::MODEL, env), None)
    {
        settings.model.model = model.value;
    }
    Ok(())
}

fn sections(
    settings: &mut Settings,
    env: &Environment,
    document: &mut Document,
) -> Result<(), SettingsError> {
    /// What is left of the top level once texts and sections have been taken.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rest {
        drain_seconds: Option<u64>,
    }

    let table = document.take("call")?;
    settings.call = document.read("call", table, &[])?;
    if let Err((key, range)) = ranges::of_call(&settings.call) {
        return Err(document.bad(key, format!("must be from {range}")));
    }
    let table = document.take("limits")?;
    settings.limits = document.read("limits", table, &[])?;
    if let Err(LimitsError::OutOfRange { key, range }) = settings.limits.validate() {
        return Err(document.bad(&key, format!("must be {range}")));
    }
    settings.approval_wait = approval_wait(document)?.unwrap_or(settings.approval_wait);
    let table = document.take("simulator")?;
    settings.simulator = document.read("simulator", table, &[])?;
    let table = document.take("faults")?;
    if !table.is_empty() && env.get(environment::ALLOW_FAULTS) != Some("1") {
        return Err(SettingsError::FaultsNotAllowed {
            path: document.path().to_owned(),
            line: document.line("faults"),
        });
    }
    settings.faults = document.read("faults", table, &[])?;
    let rest: Rest = document.rest(&TOP_LEVEL)?;
    settings.drain = rest.drain_seconds.map_or(settings.drain, Duration::from_secs);
    Ok(())
}

/// `[approvals]`.
fn approval_wait(document: &mut Document) -> Result<Option<Duration>, SettingsError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Approvals {
        expire_minutes: Option<u64>,
    }

    let table = document.take("approvals")?;
    let Approvals { expire_minutes } = document.read("approvals", table, &[])?;
    match expire_minutes {
        Some(minutes) if !(1..=A_DAY).contains(&minutes) => {
            Err(document.bad("approvals.expire_minutes", format!("must be from 1 to {A_DAY}")))
        }
        minutes => Ok(minutes.map(|minutes| Duration::from_secs(60 * minutes))),
    }
}

#[cfg(test)]
mod tests;
