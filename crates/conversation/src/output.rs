//! What a conversation wants done. Whoever drives it carries these out in order.

use std::time::Duration;

use switchboard_realtime::{CallId, EventId, ItemId, ResponseId};

use crate::input::Brief;
use crate::names::RequestId;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Tell the model this.
    Model(ModelCommand),
    /// Make this agent the session's: instructions with the brief, tools, the whole `audio` object.
    Update {
        /// Our id of the event.
        event: EventId,
        /// Index into [`Setup::agents`](crate::Setup).
        agent: usize,
        /// What the agent before handed over.
        brief: Option<Brief>,
    },
    /// Let the caller's audio through to the model, beginning with what was held.
    ReleaseAudio,
    /// Silence the line at once.
    Clear {
        /// The generation that begins.
        generation: u32,
        /// The response whose audio may still come and is not to be played.
        drop: Option<ResponseId>,
        /// Whether it is the caller who spoke over an agent.
        barge_in: bool,
    },
    /// Play nothing more of this response.
    Drop(ResponseId),
    /// Run this tool call; the answer comes back as [`Input::Answered`](crate::Input::Answered).
    Dispatch {
        /// The call.
        call_id: CallId,
        /// The agent that called.
        agent: String,
        /// The tool.
        name: String,
        /// The arguments: the model's text, perhaps JSON.
        arguments: String,
    },
    /// Answer this call with an error envelope, through [`Input::Answered`](crate::Input::Answered).
    Refuse {
        /// The call.
        call_id: CallId,
        /// The tool.
        name: String,
        /// The envelope's `error_code`.
        code: &'static str,
        /// The envelope's message, fit for a caller's ear.
        message: String,
        /// Whether trying again can help.
        retryable: bool,
    },
    /// Play the recorded apology, and say so through [`Input::Played`](crate::Input::Played).
    Apologise {
        /// The item id to send it under.
        item: ItemId,
        /// The generation to send it under.
        generation: u32,
    },
    /// Play a phrase that has been rendered, or show it, and say so through [`Input::Played`](crate::Input::Played).
    Hold {
        /// The item id to send it under.
        item: ItemId,
        /// The words.
        text: String,
        /// The generation to send it under.
        generation: u32,
    },
    /// What the caller has said so far has been taken in: nobody needs its sound again.
    ForgetAudio,
    /// The model is of no more use: close the link to it. Nothing more is told to it until the next [`Output::Dial`].
    Disconnect,
    /// Reach the model once more, with a link of its own. [`Input::Connected`](crate::Input::Connected) or
    /// [`Input::LinkLost`](crate::Input::LinkLost) follows.
    Dial {
        /// How long that may take.
        within: Duration,
    },
    /// Something that watchers of the call want to know.
    Report(Report),
    /// Hang up: the call is over. Nothing follows.
    HangUp {
        /// Who ended it and why, in a few words.
        reason: String,
        /// Whether something broke: the model, its account, the way to it.
        failed: bool,
    },
}

/// Something for the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelCommand {
    /// Put an item into the conversation.
    Create {
        /// Our id of the event.
        event: EventId,
        /// Our id of the item.
        item: ItemId,
        /// What it holds.
        entry: Entry,
    },
    /// Cut an item to what was heard.
    Truncate {
        /// Our id of the event.
        event: EventId,
        /// The item.
        item: ItemId,
        /// What was heard of it.
        heard: Duration,
    },
    /// Take out an item of which nothing was heard.
    Delete {
        /// Our id of the event.
        event: EventId,
        /// The item.
        item: ItemId,
    },
    /// Ask for a response.
    Respond {
        /// Our id of the event.
        event: EventId,
        /// Our name of the response, for its metadata.
        request: RequestId,
        /// Whether it may call tools.
        tools: bool,
        /// What is to be said word for word, where given.
        say: Option<Say>,
    },
    /// Stop a response.
    Cancel {
        /// Our id of the event.
        event: EventId,
        /// The response.
        response: ResponseId,
    },
}

/// Words that are to be said as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// The words.
    pub text: String,
    /// Whether they are said outside the conversation, leaving no item in it.
    pub beside: bool,
    /// Whether the audio is kept for later ([`Input::Rendered`](crate::Input::Rendered)), and not played.
    pub keep: bool,
}

/// An item that we put into the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A note of ours.
    System(String),
    /// The caller's words.
    Caller(String),
    /// An agent's words.
    Agent(String),
    /// A tool call.
    Call {
        /// The call.
        call_id: CallId,
        /// The tool.
        name: String,
        /// Its arguments.
        arguments: String,
    },
    /// A tool call's answer.
    Output {
        /// The call.
        call_id: CallId,
        /// The envelope.
        output: String,
    },
}

impl Entry {
    /// How long its text is, in bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::System(text) | Self::Caller(text) | Self::Agent(text) => text.len(),
            Self::Call { name, arguments, .. } => name.len() + arguments.len(),
            Self::Output { output, .. } => output.len(),
        }
    }
}

/// Something that watchers of a call want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The model is ready; this agent begins.
    Started {
        /// The agent.
        agent: String,
    },
    /// The caller began to speak.
    CallerSpeaking,
    /// What the caller said.
    CallerSaid {
        /// The words.
        text: String,
    },
    /// What the caller dialled.
    CallerDialled {
        /// The keys, without a closing `#`.
        digits: String,
    },
    /// A piece of what the agent is saying.
    AgentSaying {
        /// The agent.
        agent: String,
        /// The next few characters.
        delta: String,
    },
    /// What the caller heard of an agent's words.
    AgentSaid {
        /// The agent.
        agent: String,
        /// The words that were heard.
        text: String,
        /// Whether they were cut short.
        interrupted: bool,
    },
    /// Another agent has the call.
    HandedOff {
        /// The agent before.
        from: String,
        /// The agent now, and why.
        brief: Brief,
    },
    /// A transfer did not happen.
    HandoffRefused {
        /// The agent that stays.
        agent: String,
        /// The agent that was asked for.
        to: String,
        /// Why not, for the log.
        reason: String,
    },
    /// The caller was told a recorded apology.
    Apologised {
        /// What went wrong, for the log.
        reason: String,
    },
    /// A caller who waits is told so.
    Held {
        /// The agent whose words they are.
        agent: String,
        /// The words.
        text: String,
    },
    /// A silence that nobody explained.
    DeadAir {
        /// What the caller waited for: one of [`DEAD_AIR`](crate::DEAD_AIR).
        cause: &'static str,
    },
    /// The link to the model is gone, and is dialled again.
    LinkLost {
        /// Why, for the log.
        reason: String,
    },
    /// A new link works, and everything is as it was.
    Reconnected {
        /// After so long.
        after: Duration,
    },
    /// The server refused something that should not have been refused.
    Unexpected {
        /// The error's code.
        code: String,
        /// The server's words.
        message: String,
    },
}
