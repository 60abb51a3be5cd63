//! Events about the caller's audio on its way in, and the model's on its way out.

use serde::{Deserialize, Serialize};

use crate::id::{EventId, ItemId, ResponseId};
use crate::lenient;

/// The input buffer became an item.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AudioCommitted {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The item before it.
    #[serde(default)]
    pub previous_item_id: Option<ItemId>,
    /// The user's item.
    pub item_id: ItemId,
}

/// The input buffer is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AudioCleared {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
}

/// The caller began to speak.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SpeechStarted {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// Where the speech begins, prefix padding included: milliseconds of all audio appended in the session.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub audio_start_ms: u64,
    /// The user's item that this will be.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub item_id: ItemId,
}

/// The caller stopped speaking.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SpeechStopped {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// Where the speech ends, the silence that ended it included: milliseconds of all audio appended in the session.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub audio_end_ms: u64,
    /// The user's item that this will be.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub item_id: ItemId,
}

/// Nobody spoke for the idle timeout; the model answers the silence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TimeoutTriggered {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// Where the silence begins, in milliseconds of all audio appended in the session.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub audio_start_ms: u64,
    /// Where it ends.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub audio_end_ms: u64,
    /// The item that it becomes.
    pub item_id: ItemId,
}

/// The caller pressed a key; only over SIP.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DtmfReceived {
    /// This event; servers give it no id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The key: `0`–`9`, `*`, `#`, `A`–`D`.
    pub event: String,
    /// When, in Unix seconds.
    pub received_at: u64,
}

/// The server began or stopped playing a response; only over WebRTC and SIP.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OutputAudioPlayback {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The response.
    pub response_id: ResponseId,
}
