//! What the caller wants, as far as it is known, and what stands between it and a call.

use serde_json::{Map, Value};

use super::envelope::Confirmation;
use super::lookup::Entry;

/// One request of the caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Goal {
    /// What the caller said about it, oldest first; the first is the request itself.
    pub(crate) said: Vec<String>,
    /// The tool that does it, once chosen.
    pub(crate) tool: Option<String>,
    /// The arguments that are known.
    pub(crate) given: Map<String, Value>,
    /// What the caller has been asked.
    pub(crate) asked: Option<Asked>,
    /// How many answers in a row did not help.
    pub(crate) misses: u8,
    /// The tool whose result is awaited: the goal's own, or one that lists.
    pub(crate) calling: Option<String>,
    /// The tools that were called to find an id.
    pub(crate) looked: Vec<String>,
    /// The agent that the caller was handed to for this, if they were.
    pub(crate) arrived: Option<String>,
    /// Whether the caller has agreed to the call.
    pub(crate) agreed: bool,
    /// Whether another goal needs this one first, so that its result is not told.
    pub(crate) aside: Option<Aside>,
    /// What is said before the first question: why this has to be done.
    pub(crate) preface: Option<String>,
    /// Whether the caller asked for an agent and for nothing else.
    pub(crate) department: bool,
}

/// Why a goal comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aside {
    /// The caller has to say or prove who they are: they are asked, also by a tool that needs nothing.
    Identity,
    /// Anything else.
    Other,
}

/// A question that waits for its answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    /// For the value of a slot.
    Slot {
        /// The slot's name.
        name: String,
        /// The question, to be asked again.
        question: String,
        /// What there is to choose from, if anything.
        options: Vec<Entry>,
    },
    /// Whether to go ahead, with what the tool said.
    Confirm(Confirmation),
    /// Whether to try once more what could not be done.
    Retry {
        /// The question, to be asked again.
        question: String,
    },
    /// Whether this tool is what the caller wants.
    Offer {
        /// The tool's name.
        tool: String,
        /// The question, to be asked again.
        question: String,
    },
}

impl Asked {
    /// The question, as it was put.
    pub(crate) fn question(&self) -> &str {
        match self {
            Self::Slot { question, .. }
            | Self::Offer { question, .. }
            | Self::Retry { question } => question,
            Self::Confirm(confirmation) => &confirmation.message,
        }
    }
}

impl Goal {
    /// A goal from the caller's words.
    pub(crate) fn said(words: impl Into<String>) -> Self {
        Self { said: vec![words.into()], ..Self::default() }
    }

    /// A goal whose tool is known from elsewhere.
    pub(crate) fn of_tool(tool: &str) -> Self {
        Self { tool: Some(tool.to_owned()), ..Self::default() }
    }

    /// The words that made the request.
    pub(crate) fn request(&self) -> &str {
        self.said.first().map_or("", String::as_str)
    }

    /// Everything that was said about it.
    pub(crate) fn words(&self) -> String {
        self.said.join(" ")
    }

    /// Forgets what belongs to the agent before, and keeps what the caller wants.
    pub(crate) fn arrive(&mut self, at: &str) {
        let said = std::mem::take(&mut self.said);
        *self = Self {
            said,
            department: self.department,
            arrived: Some(at.to_owned()),
            ..Self::default()
        };
    }
}
