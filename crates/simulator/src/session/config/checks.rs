//! What a session or a response may not be: changes of what is fixed, and combinations that make no sense.

use serde_json::{Map, Value};
use switchboard_realtime::ErrorCode;

use super::Config;
use crate::refusal::Refusal;

impl Config {
    /// Refuses to change what cannot be changed.
    pub(super) fn check_fixed(
        &self,
        update: &Map<String, Value>,
        spoken: bool,
    ) -> Result<(), Refusal> {
        let differs = |key: &str| {
            update.get(key).is_some_and(|value| !value.is_null() && *value != self.0[key])
        };
        if differs("type") {
            let message = format!(
                "Cannot change the type of a session. It is '{}'.",
                self.0["type"].as_str().unwrap_or_default()
            );
            return Err(Refusal::value("session.type", message));
        }
        if differs("model") {
            let model = self.0["model"].as_str().unwrap_or_default();
            return Err(Refusal::value(
                "session.model",
                format!("Cannot update a session's model. It is '{model}' from the URL."),
            ));
        }
        let tracing = &self.0["tracing"];
        if !tracing.is_null() && update.get("tracing").is_some_and(|value| value != tracing) {
            return Err(Refusal::value(
                "session.tracing",
                "Cannot update a session's tracing once it has been enabled.",
            ));
        }
        let voice = update.get("audio").and_then(|audio| audio.pointer("/output/voice"));
        if spoken && voice.is_some_and(|voice| !voice.is_null() && *voice != *self.voice()) {
            return Err(voice_is_frozen("session.audio.output.voice"));
        }
        self.check_reasoning(update, "session")
    }

    /// Refuses what the session's model is too old for. `path` is where the object stands.
    pub(in crate::session) fn check_reasoning(
        &self,
        object: &Map<String, Value>,
        path: &str,
    ) -> Result<(), Refusal> {
        let model = self.model();
        let asked = ["reasoning", "parallel_tool_calls"]
            .into_iter()
            .find(|key| object.get(*key).is_some_and(|value| !value.is_null()));
        match asked {
            Some(key) if is_older(model) => {
                let param = format!("{path}.{key}");
                Err(Refusal::value(
                    &param,
                    format!(
                        "Unsupported parameter: '{param}' is not supported with the model '{model}'."
                    ),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Refuses combinations that make no sense.
    pub(super) fn check_whole(&self) -> Result<(), Refusal> {
        check_mcp(&self.0["tools"], "session.tools")?;
        let whisper = self.transcriber() == Some("gpt-realtime-whisper");
        if whisper && self.turn_detection().is_some() {
            let param = "session.audio.input.turn_detection";
            return Err(Refusal::value(
                param,
                "Turn detection has to be null with the transcription model 'gpt-realtime-whisper'.",
            ));
        }
        Ok(())
    }
}

/// The refusal of another voice once the model has spoken.
pub(in crate::session) fn voice_is_frozen(param: &str) -> Refusal {
    let message = "Cannot update a conversation's voice if assistant audio is present.";
    Refusal::new(ErrorCode::CannotUpdateVoice, message).at(param)
}

/// Refuses tools of MCP servers that cannot be reached or told apart.
pub(in crate::session) fn check_mcp(tools: &Value, path: &str) -> Result<(), Refusal> {
    let mut labels = Vec::new();
    for (index, tool) in
        tools.as_array().into_iter().flatten().enumerate().filter(|(_, tool)| tool["type"] == "mcp")
    {
        let places = ["server_url", "connector_id", "tunnel_id"]
            .iter()
            .filter(|key| tool[**key].is_string())
            .count();
        if places != 1 {
            let message = "Exactly one of 'server_url', 'connector_id' and 'tunnel_id' has to be given for an MCP tool.";
            return Err(Refusal::value(format!("{path}[{index}]"), message));
        }
        let header = tool["headers"].as_object().is_some_and(|headers| {
            headers.keys().any(|key| key.eq_ignore_ascii_case("authorization"))
        });
        if header && tool["authorization"].is_string() {
            let message = "'authorization' and an 'Authorization' header cannot both be given for an MCP tool.";
            return Err(Refusal::value(format!("{path}[{index}].authorization"), message));
        }
        let label = &tool["server_label"];
        if labels.contains(&label) {
            let message = format!("The server label {label} is used by more than one MCP tool.");
            return Err(Refusal::value(format!("{path}[{index}].server_label"), message));
        }
        labels.push(label);
    }
    Ok(())
}

/// Whether the model is known to reason.
pub(super) fn reasons(model: &str) -> bool {
    model
        .strip_prefix("gpt-realtime-2")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
}

/// Whether the model is known not to reason. A name that nobody knows is a deployment's, and may be anything.
pub(super) fn is_older(model: &str) -> bool {
    let family = model.starts_with("gpt-realtime") || model.starts_with("gpt-4o");
    family && !reasons(model)
}
