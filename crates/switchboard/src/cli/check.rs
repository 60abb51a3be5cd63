//! `switchboard check`: would `serve` work here, and would it work well?
//!
//! Every check is made, whatever the others found, as far as it can be made; then all is told at once.

mod company;

use std::fmt;
use std::io::{self, Write};

use switchboard_agent::RosterErrors;
use switchboard_realtime::ws::Auth;

use self::company::{agents, application, limits, policies, store};
use super::failure::{Failure, Outcome, with_causes};
use super::{ServerFlags, serve};
use crate::company::Company;
use crate::logging;
use crate::settings::{Environment, ModelServer, Settings, resolve};

const EXAMPLES: &str = "\
Examples:
  switchboard check                              would `switchboard serve` work here?
  switchboard check --config staging.toml && switchboard serve --config staging.toml

It looks at the configuration, the agents, the policies, the credentials, the model's URL and the
database (which it opens, as `serve` does), and calls nobody. The exit code is 1 if anything is an error.";

/// Check configuration, agents, policies, credentials and database
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) server: ServerFlags,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    grade: Grade,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Good,
    Warning,
    Error,
}

impl Finding {
    fn good(text: impl Into<String>) -> Self {
        Self { grade: Grade::Good, text: text.into() }
    }

    fn warning(text: impl Into<String>) -> Self {
        Self { grade: Grade::Warning, text: text.into() }
    }

    fn error(text: impl Into<String>) -> Self {
        Self { grade: Grade::Error, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grade = match self.grade {
            Grade::Good => "ok",
            Grade::Warning => "warning",
            Grade::Error => "error",
        };
        write!(f, "{grade:<8} {}", self.text)
    }
}

pub(super) async fn run(flags: ServerFlags, company: Result<Company<'_>, RosterErrors>) -> Outcome {
    let mut findings = Vec::new();
    let settings = match resolve(&flags.into_flags(), &Environment::of_this_process()) {
        Ok(settings) => Some(settings),
        Err(error) => {
            findings.push(Finding::error(with_causes(&error)));
            None
        }
    };
    if let Some(settings) = &settings {
        findings.extend(configuration(settings));
        findings.extend(model(settings));
        findings.extend(telephony(settings));
    }
    findings.extend(agents(company.as_ref()));
    if let (Some(settings), Ok(company)) = (&settings, company) {
        findings.extend(policies(settings, &company));
        findings.extend(limits(settings, &company));
        let (store, finding) = store(settings).await;
        findings.push(finding);
        findings.extend(application(settings, company, store).await);
    }
    report(&findings, &mut io::stdout().lock())
}

fn report(findings: &[Finding], out: &mut impl Write) -> Outcome {
    for finding in findings {
        writeln!(out, "{finding}")?;
    }
    let count = |grade| findings.iter().filter(|finding| finding.grade == grade).count();
    match (count(Grade::Error), count(Grade::Warning)) {
        (0, 0) => writeln!(out, "All is well.")?,
        (0, warnings) => writeln!(out, "Nothing stops it; {warnings} to think about.")?,
        (errors, _) => return Err(Failure::because(format!("{errors} of the checks failed"))),
    }
    Ok(())
}

fn configuration(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![Finding::good(match &settings.file {
        Some(path) => format!("configuration: {}", path.display()),
        None => "configuration: no file, so flags, environment and defaults".to_owned(),
    })];
    findings.extend(settings.warnings.iter().map(Finding::warning));
    if let Err(error) = logging::filter(&settings.log) {
        findings.push(Finding::error(error.to_string()));
    }
    findings.push(match serve::protected(settings) {
        Ok(()) => Finding::good(format!("listen: {}", settings.listen.value)),
        Err(error) => Finding::error(error.to_string()),
    });
    findings
}

fn model(settings: &Settings) -> Vec<Finding> {
    let Some(ModelServer { name, endpoint }) = ModelServer::of(settings) else {
        return vec![Finding::good(
            "model: the built-in simulator (set OPENAI_API_KEY for OpenAI's model)",
        )];
    };
    let mut findings = Vec::new();
    let model = &settings.model.model;
    if matches!(endpoint.auth, Auth::None) {
        findings.push(Finding::warning(format!("model: {name} gets no key: none is set for it")));
    } else {
        findings.push(Finding::good(format!("model: {model} at {name}, with a key")));
    }
    let url = endpoint.dialled();
    if !url.path().ends_with("/realtime") {
        findings.push(Finding::warning(format!(
            "model: the path of {} is usually /v1/realtime (at Azure /openai/v1/realtime)",
            endpoint.place()
        )));
    }
    if url.query_pairs().any(|(name, _)| name == "api-version") {
        findings.push(Finding::warning(
            "model: a URL with api-version speaks the retired preview protocol: use wss://NAME.openai.azure.com/openai/v1/realtime",
        ));
    }
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "ws" && !local {
        findings.push(Finding::warning(
            "model: ws:// sends the caller's voice and the key unencrypted: use wss://",
        ));
    }
    findings
}

fn telephony(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    match (&settings.secrets.twilio_auth_token, &settings.public_url) {
        (None, None) => findings.push(Finding::good(
            "Twilio: not set up (TWILIO_AUTH_TOKEN and --public-url are needed); test calls work",
        )),
        (None, Some(_)) => findings.push(Finding::warning(
            "Twilio: without TWILIO_AUTH_TOKEN anybody can pretend to be Twilio",
        )),
        (Some(_), None) => findings.push(Finding::warning(
            "Twilio: without --public-url signatures are checked against the request's Host, which is wrong behind a proxy",
        )),
        (Some(_), Some(url)) => findings.push(Finding::good(format!(
            "Twilio: signatures are checked; its voice URL is {}/twilio/voice",
            url.value.as_str().trim_end_matches('/')
        ))),
    }
    if settings.public_url.as_ref().is_some_and(|url| url.value.scheme() == "http") {
        findings.push(Finding::warning(
            "Twilio: it opens streams over TLS only: --public-url must be https://",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use switchboard_realtime::ws::Secret;
    use url::Url;

    use super::*;

    fn texts(findings: &[Finding], grade: Grade) -> String {
        let texts = findings.iter().filter(|finding| finding.grade == grade);
        texts.map(|finding| finding.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    fn at(url: &str) -> Settings {
        let mut settings = Settings::default();
        settings.link.url = Some(Url::parse(url).unwrap().into());
        settings
    }

    #[test]
    fn the_defaults_are_fine() {
        let settings = Settings::default();
        let findings = [configuration(&settings), model(&settings), telephony(&settings)].concat();
        assert!(findings.iter().all(|finding| finding.grade == Grade::Good), "{findings:?}");
    }

    #[test]
    fn a_model_url_that_cannot_be_meant_is_remarked_upon() {
        let warned = |url| texts(&model(&at(url)), Grade::Warning);
        assert!(warned("wss://api.openai.com").contains("/v1/realtime"));
        assert!(warned("wss://api.openai.com/v1/realtime").contains("no key"));
        assert!(
            warned("wss://a.openai.azure.com/openai/realtime?api-version=x").contains("retired")
        );
        assert!(warned("ws://example.com/v1/realtime").contains("unencrypted"));
    }

    #[test]
    fn twilio_without_a_public_url_is_remarked_upon() {
        let mut settings = Settings::default();
        settings.secrets.twilio_auth_token = Some(Secret::new("12345"));
        assert!(texts(&telephony(&settings), Grade::Warning).contains("--public-url"));
        settings.public_url = Some(Url::parse("https://voice.example.com/").unwrap().into());
        assert!(
            texts(&telephony(&settings), Grade::Good)
                .contains("https://voice.example.com/twilio/voice")
        );
    }

    #[test]
    fn errors_make_the_command_fail_and_warnings_do_not() {
        let mut out = Vec::new();
        report(&[Finding::good("a"), Finding::warning("b")], &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "ok       a\nwarning  b\nNothing stops it; 1 to think about.\n"
        );
        assert!(report(&[Finding::error("c")], &mut Vec::new()).is_err());
    }
}
