//! How the server finds out where a caller's turn begins and ends (the protocol's section 5.2).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::nullable::{self, Nullable};
use crate::word::words;

/// The server's voice detection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TurnDetection {
    /// By loudness and silence.
    ServerVad(ServerVad),
    /// By what is said: waits longer where a sentence seems unfinished.
    SemanticVad(SemanticVad),
    /// A kind this crate does not know, or a known one that it cannot read.
    #[serde(untagged)]
    Other(Value),
}

/// Voice detection by loudness. A field left `None` is the server's choice.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ServerVad {
    /// How loud speech must be, 0 to 1; usually 0.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Milliseconds of audio kept from before the speech; usually 300.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix_padding_ms: Option<u32>,
    /// Milliseconds of silence that end a turn; set it, since servers differ (500, 200).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence_duration_ms: Option<u32>,
    /// Milliseconds (5000 to 30000) of nobody speaking after which the model speaks again; null is never.
    #[serde(
        default,
        deserialize_with = "nullable::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub idle_timeout_ms: Option<Nullable<u32>>,
    /// Whether the end of speech starts a response; usually true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_response: Option<bool>,
    /// Whether the start of speech cancels the running response of the default conversation; usually true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupt_response: Option<bool>,
}

/// Voice detection by meaning. A field left `None` is the server's choice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SemanticVad {
    /// How soon the model takes the floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eagerness: Option<Eagerness>,
    /// As for [`ServerVad`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_response: Option<bool>,
    /// As for [`ServerVad`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupt_response: Option<bool>,
}

words! {
    /// How soon the model takes the floor.
    pub enum Eagerness {
        /// Waits up to about 8 s.
        Low = "low",
        /// Waits up to about 4 s.
        Medium = "medium",
        /// Waits up to about 2 s.
        High = "high",
        /// The same as medium.
        Auto = "auto",
    }
}

impl From<ServerVad> for TurnDetection {
    fn from(vad: ServerVad) -> Self {
        Self::ServerVad(vad)
    }
}

impl From<SemanticVad> for TurnDetection {
    fn from(vad: SemanticVad) -> Self {
        Self::SemanticVad(vad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_told_by_its_type() {
        let vad = ServerVad {
            silence_duration_ms: Some(600),
            idle_timeout_ms: Some(Nullable::Null),
            ..ServerVad::default()
        };
        let json = r#"{"type":"server_vad","silence_duration_ms":600,"idle_timeout_ms":null}"#;

        assert_eq!(serde_json::to_string(&TurnDetection::from(vad.clone())).unwrap(), json);
        assert_eq!(
            serde_json::from_str::<TurnDetection>(json).unwrap(),
            TurnDetection::ServerVad(vad)
        );
    }

    #[test]
    fn another_kind_survives() {
        let json = r#"{"type":"telepathy"}"#;

        let read: TurnDetection = serde_json::from_str(json).unwrap();

        assert!(matches!(read, TurnDetection::Other(_)));
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }
}
