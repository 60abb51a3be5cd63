//! Items, the entries of the conversation (the protocol's section 8).

mod content;
mod mcp;
mod wire;

pub use content::{Content, ImageDetail};
pub use mcp::{
    McpApprovalRequest, McpApprovalResponse, McpCall, McpCallError, McpListTools, McpToolListing,
};

pub(crate) use wire::{Object, object, objects};

use crate::Extra;
use crate::id::{CallId, ItemId};
use crate::word::words;

words! {
    /// How far an item is.
    pub enum ItemStatus {
        /// The model is producing it.
        InProgress = "in_progress",
        /// It is whole.
        Completed = "completed",
        /// It was cut short; a function call must not be run.
        Incomplete = "incomplete",
    }
}

words! {
    /// Whose message it is.
    #[derive(Default)]
    pub enum Role {
        /// The operator's: how the model is to behave.
        System = "system",
        /// The caller's.
        #[default]
        User = "user",
        /// The model's.
        Assistant = "assistant",
    }
}

/// One entry of the conversation.
///
/// ```
/// use switchboard_realtime::{CallId, Item};
///
/// let output = Item::function_call_output(CallId::new("call_1"), r#"{"status":"ok"}"#).with_id("out_1");
/// assert_eq!(output.id, Some("out_1".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Item {
    /// Its id, at most 32 characters where a client chose it. A client may leave it to the server.
    pub id: Option<ItemId>,
    /// How far it is. A client need not say.
    pub status: Option<ItemStatus>,
    /// What it is.
    pub body: ItemBody,
    /// What else it had.
    pub extra: Extra,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemBody {
    /// Something said or written.
    Message(Message),
    /// The model calls a function.
    FunctionCall(FunctionCall),
    /// What the function gave.
    FunctionCallOutput(FunctionCallOutput),
    /// The tools of an MCP server.
    McpListTools(McpListTools),
    /// A call that the service makes to an MCP server.
    McpCall(Box<McpCall>),
    /// The service asks whether it may make such a call.
    McpApprovalRequest(McpApprovalRequest),
    /// The client's answer to that.
    McpApprovalResponse(McpApprovalResponse),
    /// A kind this crate does not know; its fields are in the item's `extra`.
    Other {
        /// Its `type`.
        kind: String,
    },
}

impl Default for ItemBody {
    fn default() -> Self {
        Self::Message(Message::default())
    }
}

/// Something said or written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// By whom.
    pub role: Role,
    /// Its parts, in order. Empty while the model has only begun.
    pub content: Vec<Content>,
}

impl Message {
    /// All its words: texts and transcripts, one after the other, as far as there are any.
    pub fn text(&self) -> String {
        self.content.iter().filter_map(Content::text).collect()
    }
}

/// The model calls a function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunctionCall {
    /// What the output answers to.
    pub call_id: CallId,
    /// The function's name.
    pub name: String,
    /// The model's text for the arguments: meant to be JSON, but nothing guarantees it.
    pub arguments: String,
}

/// What a function gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunctionCallOutput {
    /// The call it answers.
    pub call_id: CallId,
    /// Free text for the model to read.
    pub output: String,
}

impl Item {
    /// An item without an id, for the server to name.
    pub fn new(body: ItemBody) -> Self {
        Self { body, ..Self::default() }
    }

    /// A message in one part.
    fn message(role: Role, part: Content) -> Self {
        Self::new(ItemBody::Message(Message { role, content: vec![part] }))
    }

    /// Something the user wrote.
    pub fn user_text(text: impl Into<String>) -> Self {
        Self::message(Role::User, Content::InputText { text: text.into() })
    }

    /// Something the operator tells the model.
    pub fn system_text(text: impl Into<String>) -> Self {
        Self::message(Role::System, Content::InputText { text: text.into() })
    }

    /// Something the assistant said earlier, as text: audio of the assistant's cannot be put in.
    pub fn assistant_text(text: impl Into<String>) -> Self {
        Self::message(Role::Assistant, Content::OutputText { text: text.into() })
    }

    /// A call of a function, as the model would make it.
    pub fn function_call(
        name: impl Into<String>,
        arguments: impl Into<String>,
        call_id: impl Into<CallId>,
    ) -> Self {
        let (name, arguments, call_id) = (name.into(), arguments.into(), call_id.into());
        Self::new(ItemBody::FunctionCall(FunctionCall { call_id, name, arguments }))
    }

    /// The answer to a call; exactly one is due for each.
    pub fn function_call_output(call_id: impl Into<CallId>, output: impl Into<String>) -> Self {
        let (call_id, output) = (call_id.into(), output.into());
        Self::new(ItemBody::FunctionCallOutput(FunctionCallOutput { call_id, output }))
    }

    /// The same item under this id.
    pub fn with_id(mut self, id: impl Into<ItemId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The same item with this status.
    pub fn with_status(mut self, status: ItemStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// The item's `type` on the wire.
    pub fn kind(&self) -> &str {
        match &self.body {
            ItemBody::Message(_) => "message",
            ItemBody::FunctionCall(_) => "function_call",
            ItemBody::FunctionCallOutput(_) => "function_call_output",
            ItemBody::McpListTools(_) => "mcp_list_tools",
            ItemBody::McpCall(_) => "mcp_call",
            ItemBody::McpApprovalRequest(_) => "mcp_approval_request",
            ItemBody::McpApprovalResponse(_) => "mcp_approval_response",
            ItemBody::Other { kind } => kind,
        }
    }

    /// The message, if it is one.
    pub fn as_message(&self) -> Option<&Message> {
        match &self.body {
            ItemBody::Message(message) => Some(message),
            _ => None,
        }
    }

    /// The function call, if it is one.
    pub fn as_function_call(&self) -> Option<&FunctionCall> {
        match &self.body {
            ItemBody::FunctionCall(call) => Some(call),
            _ => None,
        }
    }

    /// The output of a function, if it is one.
    pub fn as_function_call_output(&self) -> Option<&FunctionCallOutput> {
        match &self.body {
            ItemBody::FunctionCallOutput(output) => Some(output),
            _ => None,
        }
    }
}

impl From<ItemBody> for Item {
    fn from(body: ItemBody) -> Self {
        Self::new(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_message_are_its_texts_and_transcripts() {
        let message = Message {
            role: Role::User,
            content: vec![
                Content::InputText { text: "Hello, ".to_owned() },
                Content::InputAudio { audio: None, transcript: Some("it's me.".to_owned()) },
                Content::InputAudio { audio: None, transcript: None },
            ],
        };

        assert_eq!(message.text(), "Hello, it's me.");
    }
}
