//! How a step ends a tool call early.

use std::time::Duration;

use serde_json::{Map, Value};
use switchboard_agent::TraceId;

use crate::Envelope;

/// Why a call has no result, in the words of the envelope that it becomes.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    code: &'static str,
    message: String,
    retryable: bool,
    details: Map<String, Value>,
}

impl Refusal {
    /// A refusal with a code for programs and a message for the caller's ear.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retryable: false, details: Map::new() }
    }

    /// A refusal for what is broken on our side, of which there is nothing to tell.
    pub(crate) fn internal() -> Self {
        Self::new("internal_error", "Sorry, something went wrong on our side.")
    }

    /// A refusal of what can be asked for again after some time.
    pub(crate) fn busy(retry_after: Duration) -> Self {
        let milliseconds = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
        Self::new(
            "busy",
            "Sorry, too much is going on just now. It can be tried again in a moment.",
        )
        .retryable(true)
        .with("retry_after_ms", milliseconds)
    }

    /// Says that calling again can help.
    pub(crate) fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// Says one sentence more.
    pub(crate) fn say(mut self, sentence: &str) -> Self {
        if !self.message.is_empty() {
            self.message.push(' ');
        }
        self.message.push_str(sentence);
        self
    }

    /// Adds a detail for the model.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// What kind of refusal this is.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// Whether the call did not get to run, through no fault of its own.
    pub(crate) fn is_not_admitted(&self) -> bool {
        matches!(self.code, "busy" | "unavailable")
    }

    /// Whether the tool itself said no, and so did nothing.
    pub(crate) fn is_the_tools_own(&self) -> bool {
        self.code == "refused"
    }

    /// What the model is told.
    pub(crate) fn into_envelope(self, trace_id: TraceId) -> Envelope {
        let Self { code, message, retryable, details } = self;
        Envelope::Error { error_code: code.into(), message, retryable, trace_id, details }
    }
}

/// A text of at most so many characters; what is left out is shown as `…`.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shortened_by_characters_and_only_when_too_long() {
        assert_eq!(shortened("grün", 4), "grün");
        assert_eq!(shortened("grüner", 4), "grü…");
    }
}
