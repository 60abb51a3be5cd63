//! What a response or a transcription used, in tokens (the protocol's sections 7 and 9).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lenient;

/// Tokens used by a response. Whatever a server leaves out is nought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Input and output together.
    #[serde(deserialize_with = "lenient::or_default")]
    pub total_tokens: u64,
    /// Instructions, tools and conversation, cached ones included.
    #[serde(deserialize_with = "lenient::or_default")]
    pub input_tokens: u64,
    /// What was generated, tool calls included.
    #[serde(deserialize_with = "lenient::or_default")]
    pub output_tokens: u64,
    /// The input by kind.
    #[serde(deserialize_with = "lenient::or_default")]
    pub input_token_details: InputTokens,
    /// The output by kind.
    #[serde(deserialize_with = "lenient::or_default")]
    pub output_token_details: OutputTokens,
}

/// Input tokens by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InputTokens {
    /// Text, cached included.
    #[serde(deserialize_with = "lenient::or_default")]
    pub text_tokens: u64,
    /// Audio, cached included; one token is 100 ms of the user's audio.
    #[serde(deserialize_with = "lenient::or_default")]
    pub audio_tokens: u64,
    /// Images, cached included.
    #[serde(deserialize_with = "lenient::or_default")]
    pub image_tokens: u64,
    /// Those of all kinds that came from the cache: a part of the others, not on top.
    #[serde(deserialize_with = "lenient::or_default")]
    pub cached_tokens: u64,
    /// The cached ones by kind.
    #[serde(deserialize_with = "lenient::or_default")]
    pub cached_tokens_details: CachedTokens,
}

/// Cached input tokens by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CachedTokens {
    /// Text.
    #[serde(deserialize_with = "lenient::or_default")]
    pub text_tokens: u64,
    /// Audio.
    #[serde(deserialize_with = "lenient::or_default")]
    pub audio_tokens: u64,
    /// Images.
    #[serde(deserialize_with = "lenient::or_default")]
    pub image_tokens: u64,
}

/// Output tokens by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OutputTokens {
    /// Text, transcripts and tool calls included.
    #[serde(deserialize_with = "lenient::or_default")]
    pub text_tokens: u64,
    /// Audio; one token is 50 ms of the assistant's audio.
    #[serde(deserialize_with = "lenient::or_default")]
    pub audio_tokens: u64,
}

/// Input tokens of a transcription by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TranscribedTokens {
    /// The prompt.
    #[serde(deserialize_with = "lenient::or_default")]
    pub text_tokens: u64,
    /// The caller's audio.
    #[serde(deserialize_with = "lenient::or_default")]
    pub audio_tokens: u64,
}

/// What transcribing the caller cost; billed apart from responses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TranscriptionUsage {
    /// A recogniser billed by token.
    Tokens {
        /// Input and output together.
        #[serde(default)]
        total_tokens: u64,
        /// The audio, and the prompt if there was one.
        #[serde(default)]
        input_tokens: u64,
        /// The text.
        #[serde(default)]
        output_tokens: u64,
        /// The input by kind.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input_token_details: Option<TranscribedTokens>,
    },
    /// A recogniser billed by time.
    Duration {
        /// Seconds of audio.
        seconds: f64,
    },
    /// A way of billing this crate does not know.
    #[serde(untagged)]
    Other(Value),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_leaves_out_is_nought() {
        let usage: Usage = serde_json::from_str(
            r#"{"total_tokens":7,"input_tokens":null,"input_token_details":{"cached_tokens":2}}"#,
        )
        .unwrap();

        let input_token_details = InputTokens { cached_tokens: 2, ..InputTokens::default() };
        assert_eq!(usage, Usage { total_tokens: 7, input_token_details, ..Usage::default() });
    }

    #[test]
    fn a_new_way_of_billing_survives() {
        let json = r#"{"type":"words","words":3}"#;

        let usage: TranscriptionUsage = serde_json::from_str(json).unwrap();

        assert!(matches!(usage, TranscriptionUsage::Other(_)));
        assert_eq!(serde_json::to_string(&usage).unwrap(), json);
    }
}
