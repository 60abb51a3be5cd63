//! The log: on stderr, for people on a terminal, as JSON for programs otherwise.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::settings::{Setting, SettingsError};

/// The actor library wraps each actor's life in one span at `info`, in which every event of a call would lie.
const QUIET: &str = "ractor=warn";

/// Starts the log.
pub(crate) fn start(log: &Setting<String>) -> Result<(), SettingsError> {
    let filter = filter(log)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = if io::stderr().is_terminal() {
        builder.finish().try_init()
    } else {
        builder.json().flatten_event(true).with_ansi(false).finish().try_init()
    };
    if started.is_err() {
        tracing::debug!("somebody else has started a log, which is used");
    }
    Ok(())
}

pub(crate) fn filter(log: &Setting<String>) -> Result<EnvFilter, SettingsError> {
    let text = if log.value.contains("ractor") {
        log.value.clone()
    } else {
        format!("{},{QUIET}", log.value)
    };
    EnvFilter::try_new(text).map_err(|error| SettingsError::Invalid {
        from: log.source.clone(),
        value: log.value.clone(),
        expected: format!(
            "error, warn, info, debug or trace is expected, or by module as in info,switchboard_session=debug ({error})"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(text: &str) -> String {
        filter(&text.to_owned().into()).unwrap().to_string()
    }

    #[test]
    fn the_actor_library_is_kept_quiet_unless_asked_for() {
        assert!(filtered("info").contains("ractor=warn"));
        assert!(filtered("info,ractor=debug").contains("ractor=debug"));
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_explained() {
        let message = filter(&"a=b=c".to_owned().into()).unwrap_err().to_string();
        assert!(message.contains("cannot use `a=b=c`"), "{message}");
    }
}
