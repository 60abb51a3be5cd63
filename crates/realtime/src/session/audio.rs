//! A session's audio, in and out (the protocol's sections 5.1 and 5.3).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::Effort;
use super::turn_detection::TurnDetection;
use crate::format::AudioFormat;
use crate::lenient;
use crate::nullable::{self, Nullable};
use crate::word::words;

/// Audio both ways. Whether a server merges a partial object into the one it has is not said: send it whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AudioConfig {
    /// From the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<AudioInput>,
    /// From the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<AudioOutput>,
}

/// How the caller's audio is taken in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AudioInput {
    /// How it is encoded. One that this crate does not know is read as `None`.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub format: Option<AudioFormat>,
    /// Noise reduction, which runs before voice detection; null is off.
    #[serde(
        default,
        deserialize_with = "nullable::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub noise_reduction: Option<Nullable<NoiseReduction>>,
    /// Transcription of the caller by a recogniser beside the model; null is off.
    #[serde(
        default,
        deserialize_with = "nullable::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub transcription: Option<Nullable<Transcription>>,
    /// How the server finds the caller's turns; null leaves that to the client.
    #[serde(
        default,
        deserialize_with = "nullable::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub turn_detection: Option<Nullable<TurnDetection>>,
}

/// How the model's audio comes out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AudioOutput {
    /// How it is encoded. One that this crate does not know is read as `None`.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub format: Option<AudioFormat>,
    /// Who speaks; frozen once the assistant has spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Voice>,
    /// How fast, 0.25 to 1.5; changes only between responses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
}

/// A voice of the service's, or one made for the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Voice {
    /// By name: `marin`, `cedar`, `alloy`, …
    Named(String),
    /// By id, `voice_…`.
    Custom {
        /// The id.
        id: String,
    },
    /// Something else.
    Other(Value),
}

impl From<&str> for Voice {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

/// Noise reduction of the caller's audio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiseReduction {
    /// How far the speaker is from the microphone.
    #[serde(rename = "type")]
    pub kind: NoiseReductionKind,
    /// How strong; 1 where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<f64>,
}

words! {
    /// How far the speaker is from the microphone.
    pub enum NoiseReductionKind {
        /// A phone or a headset.
        NearField = "near_field",
        /// A room.
        FarField = "far_field",
    }
}

/// Transcription of the caller. Its text may disagree with what the model heard, and may come after the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Transcription {
    /// The recogniser; on Azure the name of its deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The caller's language, as ISO 639-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Languages to expect; only some recognisers take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub languages: Option<Vec<String>>,
    /// Words to expect; only some recognisers take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keywords: Option<Vec<String>>,
    /// Text that leads the recogniser on; not every one takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// How long it may wait for certainty; only `gpt-realtime-whisper` takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Effort>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_is_a_name_or_an_id() {
        for (json, voice) in [
            (r#""marin""#, Voice::from("marin")),
            (r#"{"id":"voice_1"}"#, Voice::Custom { id: "voice_1".to_owned() }),
        ] {
            assert_eq!(serde_json::from_str::<Voice>(json).unwrap(), voice);
            assert_eq!(serde_json::to_string(&voice).unwrap(), json);
        }
    }
}
