//! How a tool fails.

use std::error::Error;

/// Why a tool did not do what it was asked.
///
/// The two kinds have two readers: a refusal is told to the model, and by it to the caller; the source of a failure is logged for
/// the operator under the call's trace id, and never leaves the log.
///
/// ```
/// use switchboard_agent::prelude::*;
///
/// fn balance(account: &str, cents: Result<i64, std::io::Error>) -> ToolResult<i64> {
///     if account.len() != 6 {
///         return Err(ToolError::refused("An account number has six digits."));
///     }
///     cents.map_err(ToolError::failed)
/// }
/// # assert!(balance("1", Ok(0)).is_err());
/// ```
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The tool says no, in words fit for the caller's ear.
    #[error("{0}")]
    Refused(String),
    /// The tool broke. The caller hears that it did not work, and nothing else.
    #[error("the tool failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl ToolError {
    /// Says no, with a reason that the caller may hear: plain words, one sentence, and what they can do instead.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }

    /// Breaks, with the cause for the log. A text will do as a cause, too.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(cause.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_does_not_show_its_cause() {
        let error = ToolError::failed("db password=hunter2");
        assert_eq!(error.to_string(), "the tool failed");
        assert_eq!(error.source().unwrap().to_string(), "db password=hunter2");
    }

    #[test]
    fn a_refusal_is_its_reason() {
        assert_eq!(
            ToolError::refused("No invoice has that number.").to_string(),
            "No invoice has that number."
        );
    }
}
