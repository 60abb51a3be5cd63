//! How a step ends a tool call early.

use serde_json::{Map, Value};
use switchboard_agent::TraceId;

use crate::Envelope;

/// Why a call has no result, in the words of the envelope that it becomes.
#[derive(Debug)]
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

    /// Says that calling again can help.
    pub(crate) fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// Says one sentence more.
    pub(crate) fn say(mut self, sentence: &str) -> Self {
        self.message.push(' ');
        self.message.push_str(sentence);
        self
    }

    /// Adds a detail for the model.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
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
