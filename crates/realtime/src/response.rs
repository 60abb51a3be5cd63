//! The response object (the protocol's section 9): what the model generated, and how it ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::error::Failure;
use crate::id::{ConversationId, ResponseId};
use crate::item::{self, Item, Object};
use crate::session::{AudioOutput, MaxOutputTokens, Modality};
use crate::usage::Usage;
use crate::word::words;
use crate::{Extra, lenient};

words! {
    /// How far a response is.
    #[derive(Default)]
    pub enum ResponseStatus {
        /// It runs.
        #[default]
        InProgress = "in_progress",
        /// It ended by itself, with a message, with calls, or with both.
        Completed = "completed",
        /// The caller spoke, or the client cancelled it.
        Cancelled = "cancelled",
        /// It was cut short by a limit or a filter.
        Incomplete = "incomplete",
        /// The server failed, or a budget is used up.
        Failed = "failed",
    }
}

words! {
    /// Why a response did not complete.
    pub enum StatusReason {
        /// The caller began to speak.
        TurnDetected = "turn_detected",
        /// The client cancelled it.
        ClientCancelled = "client_cancelled",
        /// It had as many tokens as it may have.
        MaxOutputTokens = "max_output_tokens",
        /// Its content was filtered.
        ContentFilter = "content_filter",
    }
}

/// A response.
///
/// Some servers leave the output of a finished one empty: collect its items from `response.output_item.done`, too.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Response {
    /// Its id.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub id: ResponseId,
    /// How far it is.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: ResponseStatus,
    /// How it ended, where there is more to say.
    #[serde(default)]
    pub status_details: Option<StatusDetails>,
    /// What it produced, without audio. An item that cannot be read is left out rather than the whole response.
    #[serde(default, deserialize_with = "lenient::each", serialize_with = "item::objects")]
    pub output: Vec<Item>,
    /// The conversation it is written to; none for an out-of-band response.
    #[serde(default)]
    pub conversation_id: Option<ConversationId>,
    /// What it puts out.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub output_modalities: Vec<Modality>,
    /// The most tokens it may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<MaxOutputTokens>,
    /// Its format and voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<ResponseAudio>,
    /// What it used; none until it is done.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// What the request carried for its sender to recognise it by.
    #[serde(default, deserialize_with = "lenient::or_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// What else it had.
    #[serde(flatten, deserialize_with = "lenient::without_object")]
    pub extra: Extra,
}

impl Response {
    /// Whether it is written to no conversation, and so beside the one that runs.
    pub fn is_out_of_band(&self) -> bool {
        self.conversation_id.is_none()
    }

    /// What the request's metadata has under this key.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.as_ref()?.get(key).map(String::as_str)
    }
}

/// The audio of a response.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ResponseAudio {
    /// Its format and voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<AudioOutput>,
}

/// How a response ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StatusDetails {
    /// The status once more.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ResponseStatus>,
    /// Why it was cancelled or cut short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<StatusReason>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// Writes a response as a server does. For `serialize_with`.
pub(crate) fn object<S: Serializer>(response: &Response, serializer: S) -> Result<S::Ok, S::Error> {
    Object::new("realtime.response", response).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_response_with_nulls_everywhere_is_read() {
        let response: Response = serde_json::from_value(json!({
            "id": "resp_1", "status": "completed", "status_details": null, "output": null, "conversation_id": null,
            "output_modalities": null, "max_output_tokens": null, "audio": null, "usage": null, "metadata": null,
        }))
        .unwrap();

        let id = ResponseId::new("resp_1");
        assert_eq!(
            response,
            Response { id, status: ResponseStatus::Completed, ..Response::default() }
        );
        assert!(response.is_out_of_band());
    }

    #[test]
    fn metadata_comes_back() {
        let response: Response =
            serde_json::from_value(json!({"metadata": {"request": "r1"}})).unwrap();

        assert_eq!(response.metadata("request"), Some("r1"));
        assert_eq!(response.metadata("purpose"), None);
    }
}
