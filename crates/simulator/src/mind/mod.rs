//! What the simulated model would say and do: a mind is asked once a response, and answers with acts.
//!
//! A mind has no clock, no socket and no dice of its own: the engine hands it the whole context of one response as a
//! [`Turn`] and carries out the [`Act`]s that come back, in their order. The same seed and the same turns give the same
//! acts.

use jiff::civil::DateTime;
use serde_json::Value;

pub mod keyword;
pub mod scripted;

mod ask;
mod balance;
mod clauses;
mod envelope;
mod fields;
mod goal;
mod instruct;
mod intent;
mod kind;
mod lookup;
mod offer;
mod parts;
mod phrases;
mod plan;
mod rank;
mod schema;
mod slots;
mod speak;
mod thesaurus;
mod view;
mod words;

/// Something that decides what the simulated model does in one response.
pub trait Mind: Send {
    /// The acts of one response, in the order in which they become output items.
    ///
    /// An empty answer is a response that completes with no output. Acts after an [`Act::Fail`] mean nothing.
    fn respond(&mut self, turn: &Turn<'_>) -> Vec<Act>;
}

/// The context of one response.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// The instructions of the session.
    pub instructions: &'a str,
    /// The function tools that this response may use.
    pub tools: &'a [Tool],
    /// Whether this response may, must or must not call a tool.
    pub tool_choice: &'a ToolChoice,
    /// The items in this response's context, oldest first.
    pub items: &'a [Said],
    /// The `instructions` that came with this response's `response.create`, if it had its own.
    pub response_instructions: Option<&'a str>,
    /// Whether more than one tool may be called in this response.
    pub parallel_tool_calls: bool,
    /// Whether the response is beside the conversation, and so leaves no trace in it.
    pub out_of_band: bool,
    /// The caller's wall clock, to which "tomorrow at ten" is relative.
    pub now: DateTime,
}

/// A function tool of the session.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// The name that a call carries.
    pub name: String,
    /// What the tool is for, as its author wrote it for the model.
    pub description: String,
    /// The JSON Schema of the arguments; an object schema, or `null` where the session gave none.
    pub parameters: Value,
}

/// Whether a response may call tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// The mind decides.
    #[default]
    Auto,
    /// No tool is called.
    None,
    /// At least one tool is called, whichever.
    Required,
    /// The tool of this name is called.
    Function(String),
}

/// One item of the conversation, as far as a mind can perceive it: text, or the transcript where there was audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A system message.
    System(String),
    /// What the caller said or typed; empty where there was audio in which nothing was understood.
    User(String),
    /// What the model said, as far as the conversation still holds it.
    Assistant(String),
    /// A tool call of the model.
    Call {
        /// Pairs the call with its output.
        call_id: String,
        /// The tool's name.
        name: String,
        /// The arguments, as the JSON text that was sent.
        arguments: String,
    },
    /// The result of a tool call.
    Output {
        /// The call that this answers.
        call_id: String,
        /// The result, as the text that was sent; an envelope in JSON if the other end is Switchboard.
        output: String,
    },
}

/// One thing that the simulated model does in a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Say this; becomes a message item.
    Say(String),
    /// Call a tool; becomes a `function_call` item.
    Call {
        /// The tool's name.
        name: String,
        /// The arguments as JSON text.
        arguments: String,
    },
    /// End the response with status `failed` and this message: a script whose next step did not fit.
    Fail(String),
}
