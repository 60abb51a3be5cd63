//! What happens on a call, told to whoever watches: a line with a screen, the call list, server-sent events.

use std::time::Duration;

use serde::Serialize;

/// One thing that happened on a call. Serialises with its name in `event`, in snake case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallEvent {
    /// The model is ready and the call goes on under this agent.
    Started {
        /// The agent that greets.
        agent: String,
    },
    /// The caller began to speak.
    CallerSpeaking,
    /// What the caller said, as the model's transcription has it, or as typed.
    CallerSaid {
        /// The words.
        text: String,
    },
    /// What the caller dialled.
    CallerDialled {
        /// The keys, without a closing `#`.
        digits: String,
    },
    /// A piece of what the agent is saying, as it comes.
    AgentSaying {
        /// The agent.
        agent: String,
        /// The next few characters.
        delta: String,
    },
    /// What the agent said, as far as the caller heard it.
    AgentSaid {
        /// The agent.
        agent: String,
        /// The words that were heard.
        text: String,
        /// Whether the caller cut it short.
        interrupted: bool,
    },
    /// The model called a tool.
    ToolCalled {
        /// The agent that called.
        agent: String,
        /// The tool.
        tool: String,
        /// The protocol's id of this call.
        call_id: String,
    },
    /// A tool call was answered.
    ToolAnswered {
        /// The tool.
        tool: String,
        /// The protocol's id of this call.
        call_id: String,
        /// `ok`, `pending`, or the envelope's `error_code`.
        outcome: String,
        /// How long the caller waited for it, in milliseconds.
        took_ms: u64,
        /// Under which the log has the cause of a failure.
        trace_id: String,
    },
    /// Another agent has the call now.
    HandedOff {
        /// The agent before.
        from: String,
        /// The agent now.
        to: String,
        /// Why, in the words of the agent before.
        reason: String,
    },
    /// A transfer did not happen.
    HandoffRefused {
        /// The agent that stays.
        agent: String,
        /// The agent that was asked for.
        to: String,
        /// Why not.
        reason: String,
    },
    /// A caller who waits was told so.
    Held {
        /// The agent whose words they are.
        agent: String,
        /// The words.
        text: String,
    },
    /// The link to the model is gone, and is dialled again.
    LinkLost {
        /// What happened to it.
        reason: String,
    },
    /// A new link works, and the call goes on as it was.
    Reconnected {
        /// How long that took, in milliseconds.
        after_ms: u64,
    },
    /// The caller was told a recorded apology.
    Apologised {
        /// What went wrong, fit for an operator.
        reason: String,
    },
    /// The call is over. Nothing follows.
    Ended {
        /// Who ended it and why, in a few words.
        reason: String,
        /// Whether something broke.
        failed: bool,
    },
}

/// A [`CallEvent`] with its place in the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reported {
    /// Counts the events of this call from 1.
    pub sequence: u64,
    /// Milliseconds since the call began.
    pub at_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: CallEvent,
}

impl Reported {
    /// Since the call began.
    pub fn at(&self) -> Duration {
        Duration::from_millis(self.at_ms)
    }
}
