//! What a conversation is told: by the model, by the line, by the tools.
//!
//! The words are those of the Realtime protocol, less its packaging: the link to the model turns its own events into
//! these, so another speech-to-speech protocol needs another link and nothing here.

use std::time::Duration;

use switchboard_realtime::{AudioFormat, CallId, EventId, ItemId, ResponseId};

use crate::names::RequestId;
use crate::usage::Tokens;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The link to the model is up: nothing has been asked of it yet.
    Connected,
    /// The model said something.
    Model(ModelEvent),
    /// A piece of the agent's audio went out to the line.
    Sent {
        /// The response it belongs to.
        response: ResponseId,
        /// The item it belongs to.
        item: ItemId,
        /// The item's audio up to the end of this piece.
        until: Duration,
        /// The generation it was sent under.
        generation: u32,
    },
    /// Audio of our own, an apology or a phrase, went out to the line.
    Played {
        /// The item id it was sent under.
        item: ItemId,
        /// Its length; zero for what could not be played, or was shown.
        length: Duration,
        /// The generation it was sent under.
        generation: u32,
    },
    /// A phrase has been rendered beside the conversation.
    Rendered {
        /// Its words.
        text: String,
        /// Its length; `None` where nothing usable came.
        length: Option<Duration>,
    },
    /// The line played a piece of audio to its end, or flushed it.
    Marked {
        /// The item it belongs to.
        item: ItemId,
        /// The item's audio up to the end of the piece.
        until: Duration,
        /// The generation it was sent under.
        generation: u32,
    },
    /// The caller typed a whole turn.
    Typed(String),
    /// The caller pressed a key of the phone.
    Dtmf(char),
    /// A tool call has its answer.
    Answered {
        /// The call.
        call_id: CallId,
        /// The envelope, as the model will read it.
        output: String,
        /// What the answer means for the conversation.
        effect: Effect,
    },
    /// A call that was answered before it was finished has come to this.
    Late {
        /// The tool.
        tool: String,
        /// Its arguments: the model's text.
        arguments: String,
        /// The envelope, as the model will read it.
        output: String,
    },
    /// A tool wants something said at once, before its own answer.
    Say(String),
    /// The caller's line is gone.
    LineClosed {
        /// Why, fit for the log.
        reason: String,
    },
    /// The server is shutting down, or the call was ended by an operator.
    Shutdown,
    /// The link to the model is gone, or could not be made.
    LinkLost {
        /// Why, fit for the log.
        reason: String,
        /// Whether it is of no use to try again: nobody is let in with this key, say.
        hopeless: bool,
    },
    /// Time has passed; see [`Conversation::poll_timeout`](crate::Conversation::poll_timeout).
    Tick,
}

/// What a tool's answer means for the conversation, beside its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: the answer is told.
    Tell,
    /// The answer is told, and is not the last word: [`Input::Late`] follows.
    TellMoreLater,
    /// The agent chose to say nothing.
    StaySilent,
    /// The call ends once the goodbye has been heard.
    EndCall {
        /// Why, for the log.
        reason: String,
    },
    /// The call goes to another agent, if it may.
    Handoff(Brief),
}

/// Why and with what a call goes to another agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// The agent that takes over.
    pub to: String,
    /// Why, in the words of the agent before.
    pub reason: String,
    /// What the next agent should know.
    pub summary: String,
    /// The edge's own fields, as JSON text; empty where there are none.
    pub details: String,
}

/// What the model said.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelEvent {
    /// A `session.update` took effect; these came back.
    Updated(Echo),
    /// The caller started to speak; their turn will be this item.
    SpeechStarted {
        /// The item to come.
        item: ItemId,
    },
    /// The caller stopped speaking.
    SpeechStopped,
    /// The caller's turn is complete.
    Committed {
        /// The caller's item.
        item: ItemId,
    },
    /// An item is part of the conversation now.
    ItemAdded {
        /// The item.
        item: ItemId,
    },
    /// The words of a caller's turn, from a recogniser beside the model.
    CallerTranscript {
        /// The caller's item.
        item: ItemId,
        /// The words.
        text: String,
    },
    /// A response began.
    ResponseCreated {
        /// Its id.
        response: ResponseId,
        /// Our name of it, if its metadata has one.
        request: Option<RequestId>,
        /// Whether it stands outside the conversation.
        out_of_band: bool,
    },
    /// An item of a response began.
    OutputAdded {
        /// The response.
        response: ResponseId,
        /// The item.
        item: OutputItem,
    },
    /// A piece of a reply's words: its text, or the transcript of its audio.
    Words {
        /// The response.
        response: ResponseId,
        /// The item.
        item: ItemId,
        /// The next few characters.
        delta: String,
    },
    /// The arguments of a function call are written.
    ArgumentsDone {
        /// The response.
        response: ResponseId,
        /// The item.
        item: ItemId,
        /// The call.
        call_id: CallId,
        /// The function, where the event says it.
        name: Option<String>,
        /// The arguments: the model's text, perhaps JSON.
        arguments: String,
    },
    /// An item of a response is final.
    OutputDone {
        /// The response.
        response: ResponseId,
        /// The item.
        item: OutputItem,
    },
    /// All sound of an item has come.
    Sounded {
        /// The response.
        response: ResponseId,
        /// The item.
        item: ItemId,
    },
    /// Something else happened in a response, so it lives.
    Progress {
        /// The response.
        response: ResponseId,
    },
    /// A response ended.
    ResponseDone {
        /// Its id.
        response: ResponseId,
        /// Our name of it, if its metadata has one.
        request: Option<RequestId>,
        /// How it ended.
        status: Ended,
        /// Its items, where the server lists them.
        output: Vec<OutputItem>,
        /// What it cost.
        tokens: Option<Tokens>,
    },
    /// When the model's token budget is full again.
    RateLimits {
        /// From now.
        reset: Duration,
    },
    /// Something that we sent was refused.
    Refused(Refusal),
}

/// What the server says it is set to, as far as we check it. `None`: it did not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Echo {
    /// The names of the session's tools, in order.
    pub tools: Option<Vec<String>>,
    /// The format of the caller's audio.
    pub input: Option<AudioFormat>,
    /// The format of the agent's audio.
    pub output: Option<AudioFormat>,
}

/// An item of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputItem {
    /// Its id.
    pub id: ItemId,
    /// What it is.
    pub kind: OutputKind,
    /// Whether it was written to its end.
    pub completed: bool,
}

/// What an item of a response is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputKind {
    /// Something said.
    Message {
        /// Its words so far.
        text: String,
    },
    /// A function call.
    Call {
        /// The call.
        call_id: CallId,
        /// The function.
        name: String,
        /// The arguments: the model's text, perhaps JSON.
        arguments: String,
    },
    /// Something that we leave to the server.
    Other,
}

/// How a response ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// To its end.
    Completed,
    /// Stopped: by the caller's voice, or by us.
    Cancelled,
    /// Cut short by the server: output limit or content filter.
    Incomplete,
    /// It broke.
    Failed {
        /// The error's code.
        code: String,
    },
}

/// An `error` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The event of ours that was refused, where the server says so.
    pub event: Option<EventId>,
    /// The error's code, or its type where it has no code.
    pub code: String,
    /// The server's words, for the log.
    pub message: String,
}
