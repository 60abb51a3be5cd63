//! Why a command failed, as it is told on stderr.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// The reasons of a failure, one line each.
#[derive(Debug)]
pub(crate) struct Failure {
    reasons: Vec<String>,
}

/// What a command comes to.
pub(crate) type Outcome = Result<(), Failure>;

impl Failure {
    /// A failure that is no error of some operation.
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self { reasons: vec![reason.into()] }
    }

    #[cfg(test)]
    pub(crate) fn reasons(&self) -> &[String] {
        &self.reasons
    }
}

/// Any error, with its causes, is a reason.
impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::because(with_causes(&error))
    }
}

/// An error's message and those of its causes: `cannot open x: permission denied`.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        // Some errors repeat their cause in their own message, SQLite's behind a number: `Error code 26: file is not a database`.
        let numbered = message.strip_prefix("Error code ").and_then(|rest| rest.split_once(": "));
        if !text.contains(numbered.map_or(message.as_str(), |(_, words)| words)) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

/// Tells the reasons on stderr. A reader that went away (`| head`) is no failure.
pub(crate) fn fail(failure: &Failure) -> ExitCode {
    let mut stderr = io::stderr().lock();
    for reason in &failure.reasons {
        // Nobody is left to tell if this fails.
        let _ = writeln!(stderr, "error: {reason}");
    }
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open x")]
    struct Opening {
        source: io::Error,
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        let failure = Failure::from(Opening { source: io::Error::other("disk full") });
        assert_eq!(failure.reasons(), ["cannot open x: disk full"]);
    }

    #[test]
    fn a_cause_that_says_nothing_new_is_left_out() {
        let failure =
            Failure::from(Opening { source: io::Error::other("Error code 7: cannot open x") });
        assert_eq!(failure.reasons(), ["cannot open x"]);
    }
}
