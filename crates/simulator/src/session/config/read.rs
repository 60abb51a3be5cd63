//! Reading values that the strict tables let through, of a session's or a response's.

use std::time::Duration;

use serde_json::Value;
use switchboard_audio::vad::VadSettings;
use switchboard_realtime::{AudioFormat, MaxOutputTokens};

use crate::mind::{Tool, ToolChoice};

/// The function tools in a list of tools.
pub(in crate::session) fn functions(tools: &Value) -> Vec<Tool> {
    let functions =
        tools.as_array().into_iter().flatten().filter(|tool| tool["type"] == "function");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    functions
        .map(|tool| Tool {
            name: text(&tool["name"]),
            description: text(&tool["description"]),
            parameters: tool["parameters"].clone(),
        })
        .collect()
}

/// A session's tool choice.
pub(in crate::session) fn tool_choice(value: &Value) -> ToolChoice {
    match (value.as_str(), value["name"].as_str()) {
        (Some("none"), _) => ToolChoice::None,
        (Some("required"), _) => ToolChoice::Required,
        (None, Some(name)) if value["type"] == "function" => ToolChoice::Function(name.to_owned()),
        _ => ToolChoice::Auto,
    }
}

/// The most tokens of a response; without a number there is no limit.
pub(in crate::session) fn max_output_tokens(value: &Value) -> MaxOutputTokens {
    value
        .as_u64()
        .and_then(|most| u32::try_from(most).ok())
        .map_or(MaxOutputTokens::Infinite, MaxOutputTokens::Limited)
}

/// Whether the model speaks; it does where nothing is said.
pub(in crate::session) fn is_audio(modalities: &Value) -> bool {
    modalities
        .as_array()
        .is_none_or(|modalities| modalities.iter().any(|modality| modality == "audio"))
}

/// An audio format; the model's own where nothing is said.
pub(in crate::session) fn format(value: &Value) -> AudioFormat {
    match value["type"].as_str() {
        Some("audio/pcmu") => AudioFormat::Pcmu,
        Some("audio/pcma") => AudioFormat::Pcma,
        _ => AudioFormat::Pcm24k,
    }
}

/// How long a pause may last before the turn is over, by how eager the model is.
pub(super) fn longest_wait(eagerness: &str) -> Duration {
    Duration::from_secs(match eagerness {
        "low" => 8,
        "high" => 2,
        _ => 4,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "a threshold is between 0 and 1")]
pub(super) fn threshold(value: Option<&Value>) -> f32 {
    value
        .and_then(Value::as_f64)
        .map_or(VadSettings::default().threshold, |threshold| threshold as f32)
}
