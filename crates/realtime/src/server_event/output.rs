//! Events about a response as it grows: text, audio, arguments.

use serde::{Deserialize, Serialize};

use crate::id::{CallId, EventId, ItemId, ResponseId};
use crate::lenient;
use crate::payload::Payload;

/// A piece of text, or of the words that go with audio.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TextDelta {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
    /// The message.
    pub item_id: ItemId,
    /// The message's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
    /// The part's place in the message.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content_index: u32,
    /// The next characters.
    pub delta: String,
}

/// All of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TextDone {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
    /// The message.
    pub item_id: ItemId,
    /// The message's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
    /// The part's place in the message.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content_index: u32,
    /// The text.
    pub text: String,
}

/// All of the words that go with audio.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TranscriptDone {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
    /// The message.
    pub item_id: ItemId,
    /// The message's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
    /// The part's place in the message.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content_index: u32,
    /// The words.
    pub transcript: String,
}

/// A piece of audio in the session's output format. It comes faster than it can be played.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AudioDelta {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
    /// The message.
    pub item_id: ItemId,
    /// The message's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
    /// The part's place in the message.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content_index: u32,
    /// The audio.
    pub delta: Payload,
}

/// The audio of a part is whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AudioDone {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
    /// The message.
    pub item_id: ItemId,
    /// The message's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
    /// The part's place in the message.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content_index: u32,
}

/// A piece of a call's arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ArgumentsDelta {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
    /// The call's item.
    pub item_id: ItemId,
    /// The item's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
    /// The call.
    pub call_id: CallId,
    /// The next characters.
    pub delta: String,
}

/// All of a call's arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ArgumentsDone {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
    /// The call's item.
    pub item_id: ItemId,
    /// The item's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
    /// The call.
    pub call_id: CallId,
    /// The function; some servers leave it out, and then it is in the item that began the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The model's text: meant to be JSON, but nothing guarantees it.
    pub arguments: String,
}

/// A piece of an MCP call's arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct McpArgumentsDelta {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
    /// The call's item.
    pub item_id: ItemId,
    /// The item's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
    /// The next characters.
    pub delta: String,
    /// Padding that hides the length; means nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obfuscation: Option<String>,
}

/// All of an MCP call's arguments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct McpArgumentsDone {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
    /// The call's item.
    pub item_id: ItemId,
    /// The item's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
    /// The model's text.
    pub arguments: String,
}

/// How far an MCP call is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct McpCallProgress {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The call's item.
    pub item_id: ItemId,
    /// The item's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
}

/// How far the listing of an MCP server's tools is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct McpListToolsProgress {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The listing's item.
    pub item_id: ItemId,
}
