//! Events about the items of the conversation.

use serde::{Deserialize, Serialize, Serializer};

use crate::id::{ConversationId, EventId, ItemId};
use crate::item::{self, Item, Object};
use crate::lenient;

/// The session has a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConversationCreated {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The conversation.
    #[serde(serialize_with = "object")]
    pub conversation: Conversation,
}

fn object<S: Serializer>(conversation: &Conversation, serializer: S) -> Result<S::Ok, S::Error> {
    Object::new("realtime.conversation", conversation).serialize(serializer)
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ConversationId>,
}

/// An item of the conversation, without its audio.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ItemEvent {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The item before it; that one may just have been deleted.
    #[serde(default)]
    pub previous_item_id: Option<ItemId>,
    /// The item.
    #[serde(serialize_with = "item::object")]
    pub item: Item,
}

/// An item that was asked for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ItemRetrieved {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The item with its audio, after noise reduction.
    #[serde(serialize_with = "item::object")]
    pub item: Item,
}

/// An item is gone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ItemDeleted {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The item.
    pub item_id: ItemId,
}

/// An item's audio was cut, and its transcript is gone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ItemTruncated {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The item.
    pub item_id: ItemId,
    /// Which part of it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content_index: u32,
    /// Milliseconds of audio that are left.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub audio_end_ms: u64,
}
