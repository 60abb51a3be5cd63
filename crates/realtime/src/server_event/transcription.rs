//! Events about what the caller said, as a recogniser beside the model has it.
//!
//! They come whenever the recogniser is ready, also after the model has answered.

use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::id::{EventId, ItemId};
use crate::lenient;
use crate::usage::TranscriptionUsage;

/// A piece of what the caller said.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TranscriptionDelta {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The user's item.
    pub item_id: ItemId,
    /// Which part of it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content_index: u32,
    /// The next words.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub delta: String,
    /// How sure the recogniser is, where the session asks for it.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub logprobs: Vec<LogProb>,
}

/// All of what the caller said in an item.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TranscriptionCompleted {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The user's item.
    pub item_id: ItemId,
    /// Which part of it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content_index: u32,
    /// The words.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub transcript: String,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<TranscriptionUsage>,
    /// The languages that were heard, where the recogniser says.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub languages: Vec<TranscriptionLanguage>,
    /// How sure the recogniser is, where the session asks for it.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub logprobs: Vec<LogProb>,
}

/// What one speaker said in an item.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TranscriptionSegment {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The user's item.
    pub item_id: ItemId,
    /// Which part of it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content_index: u32,
    /// The segment.
    pub id: String,
    /// The words.
    pub text: String,
    /// Who.
    pub speaker: String,
    /// Where it begins, in seconds.
    pub start: f64,
    /// Where it ends, in seconds.
    pub end: f64,
}

/// What the caller said could not be transcribed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TranscriptionFailed {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The user's item.
    pub item_id: ItemId,
    /// Which part of it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content_index: u32,
    /// Why not.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub error: Failure,
}

/// A language that was heard.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TranscriptionLanguage {
    /// Its code.
    pub code: String,
}

/// How sure the recogniser is of a token.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LogProb {
    /// The token.
    pub token: String,
    /// The logarithm of its probability.
    pub logprob: f64,
    /// The token's bytes as UTF-8.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub bytes: Vec<u8>,
}
