//! The session object (the protocol's section 5): how the model listens, thinks and speaks.
//!
//! A `session.update` carries a part of it, `session.created` and `session.updated` carry all of it.

mod audio;
mod limits;
mod tools;
mod turn_detection;

pub use audio::{
    AudioConfig, AudioInput, AudioOutput, NoiseReduction, NoiseReductionKind, Transcription, Voice,
};
pub use limits::{
    Effort, MaxOutputTokens, Prompt, Reasoning, RetentionRatio, TokenLimits, Tracing,
    TracingConfig, Truncation,
};
pub use tools::{
    AllowedTools, Approval, ApprovalFilter, ApprovalWord, FunctionTool, McpTool, Tool, ToolChoice,
    ToolFilter,
};
pub use turn_detection::{Eagerness, SemanticVad, ServerVad, TurnDetection};

use serde::{Deserialize, Serialize};

use crate::Extra;
use crate::id::ModelSessionId;
use crate::lenient;
use crate::nullable::{self, Nullable};
use crate::word::words;

words! {
    /// What a session is for. It never changes, and every `session.update` has to repeat it.
    #[derive(Default)]
    pub enum SessionKind {
        /// A conversation with a model.
        #[default]
        Realtime = "realtime",
        /// Input is transcribed and nobody answers.
        Transcription = "transcription",
    }
}

words! {
    /// What the model puts out. Audio always comes with its transcript.
    pub enum Modality {
        /// Speech.
        Audio = "audio",
        /// Text only.
        Text = "text",
    }
}

/// A session, or the part of it that is to change: a field left `None` is left alone.
///
/// A refused update changes nothing at all. An empty string, an empty list and `null` are what clears a field.
///
/// ```
/// use switchboard_realtime::{AudioConfig, AudioFormat, AudioInput, SessionConfig};
///
/// let session = SessionConfig {
///     instructions: Some("You answer the phone of a small bank.".to_owned()),
///     audio: Some(AudioConfig {
///         input: Some(AudioInput { format: Some(AudioFormat::Pcmu), ..AudioInput::default() }),
///         ..AudioConfig::default()
///     }),
///     ..SessionConfig::default()
/// };
/// assert_eq!(
///     serde_json::to_value(&session)?,
///     serde_json::json!({
///         "type": "realtime",
///         "instructions": "You answer the phone of a small bank.",
///         "audio": {"input": {"format": {"type": "audio/pcmu"}}},
///     })
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SessionConfig {
    /// What the session is for.
    #[serde(rename = "type", default, deserialize_with = "lenient::or_default")]
    pub kind: SessionKind,
    /// The session's id; only the server sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ModelSessionId>,
    /// When the session ends whatever happens, in Unix seconds; only the server sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// The model; fixed once the session exists, and then never to be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// `[audio]` or `[text]`, never both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_modalities: Option<Vec<Modality>>,
    /// What the model is told to be and do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Formats, voice, turn detection, transcription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioConfig>,
    /// What the model can call, in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Tool>>,
    /// Whether and what it has to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Whether one response may hold several calls; refused by models that do not reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel_tool_calls: Option<bool>,
    /// How hard it thinks; refused by models that do not reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Reasoning>,
    /// The most tokens a response may have, tool calls included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<MaxOutputTokens>,
    /// What is left out once the conversation outgrows the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncation: Option<Truncation>,
    /// Traces kept by the service; once on, it cannot be changed.
    #[serde(
        default,
        deserialize_with = "nullable::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub tracing: Option<Nullable<Tracing>>,
    /// Extra fields asked for in events, such as `item.input_audio_transcription.logprobs`.
    #[serde(
        default,
        deserialize_with = "nullable::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub include: Option<Nullable<Vec<String>>>,
    /// A prompt stored at the service.
    #[serde(
        default,
        deserialize_with = "nullable::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub prompt: Option<Nullable<Prompt>>,
    /// What else the session had.
    #[serde(flatten, deserialize_with = "lenient::without_object")]
    pub extra: Extra,
}

impl SessionConfig {
    /// The format of the caller's audio, where the session says.
    pub fn input_format(&self) -> Option<crate::AudioFormat> {
        self.audio.as_ref()?.input.as_ref()?.format
    }

    /// The format of the model's audio, where the session says.
    pub fn output_format(&self) -> Option<crate::AudioFormat> {
        self.audio.as_ref()?.output.as_ref()?.format
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_fields_survive_and_the_object_name_does_not_count_as_one() {
        let session: SessionConfig = serde_json::from_value(
            json!({"type": "realtime", "object": "realtime.session", "mood": {"calm": true}}),
        )
        .unwrap();

        assert_eq!(session.extra, json!({"mood": {"calm": true}}).as_object().unwrap().clone());
        assert_eq!(
            serde_json::to_value(&session).unwrap(),
            json!({"type": "realtime", "mood": {"calm": true}})
        );
    }

    #[test]
    fn null_clears_and_absence_does_not() {
        let session: SessionConfig =
            serde_json::from_value(json!({"type": "realtime", "tracing": null})).unwrap();

        assert_eq!(session.tracing, Some(Nullable::Null));
        assert_eq!(session.prompt, None);
        assert_eq!(
            serde_json::to_value(&session).unwrap(),
            json!({"type": "realtime", "tracing": null})
        );
    }

    #[test]
    fn a_format_nobody_knows_is_read_as_none() {
        let session: SessionConfig = serde_json::from_value(
            json!({"type": "realtime", "audio": {"output": {"format": {"type": "audio/opus"}}}}),
        )
        .unwrap();

        assert_eq!(session.output_format(), None);
    }
}
