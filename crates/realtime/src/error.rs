//! Errors as the server reports them (the protocol's section 11).

use serde::{Deserialize, Serialize};

use crate::id::EventId;
use crate::lenient;
use crate::word::words;

/// What an `error` event says. Most leave the session open.
#[derive(Debug, Clone, PartialEq, Eq, Default, thiserror::Error, Serialize, Deserialize)]
#[error("{}: {message}", code.as_ref().map_or(kind.as_str(), ErrorCode::as_str))]
pub struct ErrorBody {
    /// The family of the error.
    #[serde(rename = "type", default, deserialize_with = "lenient::or_default")]
    pub kind: ErrorKind,
    /// What exactly; match on this, never on the message alone.
    #[serde(default)]
    pub code: Option<ErrorCode>,
    /// For people; its wording may change.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub message: String,
    /// The path of the field at fault, such as `session.tools[0].name`.
    #[serde(default)]
    pub param: Option<String>,
    /// The client event at fault, if it had an id; servers often leave it out even then.
    #[serde(default)]
    pub event_id: Option<EventId>,
}

/// Why a response or a transcription failed: an error inside another event. Every field may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Failure {
    /// The family of the error.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ErrorKind>,
    /// What exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The field at fault; only for a transcription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
}

words! {
    /// The family of an error.
    #[derive(Default)]
    pub enum ErrorKind {
        /// The client asked for something it may not have, or wrote it wrongly.
        #[default]
        InvalidRequest = "invalid_request_error",
        /// The server failed by itself: worth another try.
        Server = "server_error",
        /// A budget is used up for now.
        RateLimit = "rate_limit_error",
        /// The key or its project may not do this.
        Authentication = "authentication_error",
    }
}

words! {
    /// What exactly went wrong.
    pub enum ErrorCode {
        /// A response was asked for while one runs: wait for its end, then ask once more.
        ConversationAlreadyHasActiveResponse = "conversation_already_has_active_response",
        /// A cancel found nothing running: harmless.
        ResponseCancelNotActive = "response_cancel_not_active",
        /// A commit with less than 100 ms of audio.
        InputAudioBufferCommitEmpty = "input_audio_buffer_commit_empty",
        /// A field is missing; `param` says which.
        MissingRequiredParameter = "missing_required_parameter",
        /// A field that the protocol does not have.
        UnknownParameter = "unknown_parameter",
        /// A word that is not allowed there, or an event of unknown type.
        InvalidValue = "invalid_value",
        /// A JSON type that is not allowed there.
        InvalidType = "invalid_type",
        /// An event without a type.
        InvalidEvent = "invalid_event",
        /// An id over 32 characters, or another string over its limit.
        StringAboveMaxLength = "string_above_max_length",
        /// A list over its limit, such as too many tools.
        ArrayAboveMaxLength = "array_above_max_length",
        /// An item with an id that is taken.
        ItemCreateDuplicateItemId = "item_create_duplicate_item_id",
        /// Truncating an item that does not exist.
        ItemTruncateInvalidItemId = "item_truncate_invalid_item_id",
        /// Deleting an item that does not exist.
        ItemDeleteInvalidItemId = "item_delete_invalid_item_id",
        /// Retrieving an item that does not exist.
        ItemRetrieveInvalidItemId = "item_retrieve_invalid_item_id",
        /// Truncating an item that has no audio.
        UnsupportedContentType = "unsupported_content_type",
        /// An output for a call that the conversation does not have (any more).
        InvalidToolCallId = "invalid_tool_call_id",
        /// Another voice after the assistant has spoken.
        CannotUpdateVoice = "cannot_update_voice",
        /// The session has reached its longest life; the server closes.
        SessionExpired = "session_expired",
        /// The client asked for the retired beta; the server closes with code 4000.
        BetaApiShapeDisabled = "beta_api_shape_disabled",
        /// Tokens or requests are used up for now: back off.
        RateLimitExceeded = "rate_limit_exceeded",
        /// The model's own capacity is used up for now: back off.
        InferenceRateLimitExceeded = "inference_rate_limit_exceeded",
        /// The account has no credit.
        InsufficientQuota = "insufficient_quota",
        /// The account's spending limit is reached.
        BillingHardLimitReached = "billing_hard_limit_reached",
        /// The account is closed.
        AccountDeactivated = "account_deactivated",
        /// The key is wrong.
        InvalidApiKey = "invalid_api_key",
        /// No such model, or not for this key.
        ModelNotFound = "model_not_found",
        /// A `call_id` in the URL names no running call.
        CallIdNotFound = "call_id_not_found",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_with_nulls_is_read_and_shown_in_words() {
        let error: ErrorBody = serde_json::from_str(
            r#"{"type":"invalid_request_error","code":null,"message":"Bad.","param":null,"event_id":null}"#,
        )
        .unwrap();

        assert_eq!(error.to_string(), "invalid_request_error: Bad.");
    }

    #[test]
    fn a_new_code_survives() {
        let error: ErrorBody = serde_json::from_str(
            r#"{"type":"server_error","code":"solar_flare","message":"Try again."}"#,
        )
        .unwrap();

        assert_eq!(error.code, Some(ErrorCode::Other("solar_flare".to_owned())));
        assert_eq!(error.to_string(), "solar_flare: Try again.");
    }
}
