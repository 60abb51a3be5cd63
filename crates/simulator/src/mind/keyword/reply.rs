//! A response in the making: what is said, then what is called.

use serde_json::{Map, Value};

use crate::mind::Act;
use crate::mind::speak::sentence;

/// The sentences and calls of one response.
#[derive(Debug, Default)]
pub(super) struct Reply {
    sentences: Vec<String>,
    calls: Vec<(String, Map<String, Value>)>,
}

impl Reply {
    /// Says one thing more, unless it has just been said.
    pub(super) fn say(&mut self, text: impl AsRef<str>) {
        let text = sentence(text.as_ref());
        if !text.is_empty() && self.sentences.last() != Some(&text) {
            self.sentences.push(text);
        }
    }

    /// Calls one tool more.
    pub(super) fn call(&mut self, name: &str, arguments: Map<String, Value>) {
        self.calls.push((name.to_owned(), arguments));
    }

    /// The calls so far.
    pub(super) fn calls(&self) -> &[(String, Map<String, Value>)] {
        &self.calls
    }

    /// Whether nothing is said.
    pub(super) fn is_silent(&self) -> bool {
        self.sentences.is_empty()
    }

    /// Whether nothing is said or called.
    pub(super) fn is_empty(&self) -> bool {
        self.sentences.is_empty() && self.calls.is_empty()
    }

    /// All that is said.
    pub(super) fn words(&self) -> String {
        self.sentences.join(" ")
    }

    /// Leaves the calls out; whether there were any.
    pub(super) fn drop_calls(&mut self) -> bool {
        let any = !self.calls.is_empty();
        self.calls.clear();
        any
    }

    /// Only this call, with whatever is said.
    pub(super) fn only_call(&mut self, name: &str, arguments: Map<String, Value>) {
        self.calls.clear();
        self.call(name, arguments);
    }

    /// First what is said, in one message, then the calls.
    pub(super) fn into_acts(self) -> Vec<Act> {
        let mut acts = Vec::new();
        if !self.sentences.is_empty() {
            acts.push(Act::Say(self.words()));
        }
        acts.extend(self.calls.into_iter().map(|(name, arguments)| Act::Call {
            name,
            arguments: Value::Object(arguments).to_string(),
        }));
        acts
    }
}
