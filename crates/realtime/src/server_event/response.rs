//! Events about a response and the items in it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{EventId, ItemId, ResponseId};
use crate::item::{self, Item};
use crate::lenient;
use crate::payload::Payload;
use crate::response::{self, Response};

/// A response began or ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ResponseEvent {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    #[serde(serialize_with = "response::object")]
    pub response: Box<Response>,
}

/// An item of a response began or is final.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OutputItemEvent {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
    /// The item's place in the response.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output_index: u32,
    /// The item.
    #[serde(serialize_with = "item::object")]
    pub item: Item,
}

/// A part of a message began or is final.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ContentPartEvent {
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
    /// The part.
    pub part: ContentPart,
}

/// A part of a message that is being produced. Its types are `text` and `audio`, where an item's are `output_text` and
/// `output_audio`; either is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContentPart {
    /// Text.
    #[serde(alias = "output_text")]
    Text {
        /// The words; empty at the beginning.
        #[serde(default, deserialize_with = "lenient::or_default")]
        text: String,
    },
    /// Audio.
    #[serde(alias = "output_audio")]
    Audio {
        /// The words; empty at the beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transcript: Option<String>,
        /// The audio; servers leave it out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audio: Option<Payload>,
    },
    /// A kind this crate does not know, or a known one that it cannot read.
    #[serde(untagged)]
    Other(Value),
}

impl Default for ContentPart {
    fn default() -> Self {
        Self::Audio { transcript: None, audio: None }
    }
}
