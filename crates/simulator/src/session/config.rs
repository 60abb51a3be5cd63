//! The session object: what it is by default, how updates change it, and what they may not change.
//!
//! It is kept as the JSON that `session.created` and `session.updated` show. An update goes through the strict tables first
//! ([`validate`](crate::validate)); here it is merged. `audio`, `audio.input` and `audio.output` are merged key by key, what
//! is inside them is replaced whole and filled up with defaults. `null` clears what can be cleared, and elsewhere says nothing.

use std::time::Duration;

use serde_json::{Map, Value, json};
use switchboard_audio::vad::VadSettings;
use switchboard_realtime::{AudioFormat, ErrorCode, MaxOutputTokens};

use crate::mind::{Tool, ToolChoice};
use crate::refusal::Refusal;

/// What the model is told to be until somebody tells it otherwise. It says what answers here.
const INSTRUCTIONS: &str = "This is the Switchboard simulator, an offline stand-in for a Realtime server. No language model answers here: \
     replies come from keywords, and from the names and descriptions of the session's tools.";
/// The voice until another is chosen.
const VOICE: &str = "marin";

/// The effective configuration of a session.
#[derive(Debug, Clone)]
pub(super) struct Config(Value);

/// How turns are found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TurnDetection {
    pub(super) vad: VadSettings,
    pub(super) create_response: bool,
    pub(super) interrupt_response: bool,
    pub(super) idle_timeout: Option<Duration>,
    /// Whether an utterance that is evidently complete ends the turn sooner than the silence in `vad`.
    pub(super) semantic: bool,
}

impl Config {
    /// The configuration of a new session for speech.
    pub(super) fn realtime(id: &str, model: &str, expires_at: u64) -> Self {
        let mut session = json!({
            "object": "realtime.session",
            "type": "realtime",
            "id": id,
            "model": model,
            "expires_at": expires_at,
            "output_modalities": ["audio"],
            "instructions": INSTRUCTIONS,
            "audio": {
                "input": input(),
                "output": {"format": {"type": "audio/pcm", "rate": 24_000}, "voice": VOICE, "speed": 1.0},
            },
            "tools": [],
            "tool_choice": "auto",
            "max_output_tokens": "inf",
            "truncation": "auto",
            "tracing": null,
            "prompt": null,
            "include": null,
        });
        if reasons(model) {
            session["reasoning"] = json!({"effort": "low"});
            session["parallel_tool_calls"] = Value::Bool(true);
        }
        Self(session)
    }

    /// The configuration of a new session in which nobody answers.
    pub(super) fn transcription(id: &str, expires_at: u64) -> Self {
        Self(json!({
            "object": "realtime.transcription_session",
            "type": "transcription",
            "id": id,
            "expires_at": expires_at,
            "audio": {"input": input()},
            "include": null,
        }))
    }

    /// The whole session, as events show it.
    pub(super) fn json(&self) -> &Value {
        &self.0
    }

    /// The configuration after an update that the tables let through. `spoken` says whether the model has spoken already.
    pub(super) fn updated(
        &self,
        update: &Map<String, Value>,
        spoken: bool,
    ) -> Result<Self, Refusal> {
        self.check_fixed(update, spoken)?;
        let mut session = self.0.clone();
        for (key, value) in update {
            match (key.as_str(), value) {
                ("tracing" | "include" | "prompt", value) => session[key] = value.clone(),
                (_, Value::Null) => {}
                ("audio", Value::Object(audio)) => merge_audio(&mut session["audio"], audio),
                (_, value) => session[key] = value.clone(),
            }
        }
        let merged = Self(session);
        merged.check_whole()?;
        Ok(merged)
    }

    /// Refuses to change what cannot be changed.
    fn check_fixed(&self, update: &Map<String, Value>, spoken: bool) -> Result<(), Refusal> {
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
    pub(super) fn check_reasoning(
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
    fn check_whole(&self) -> Result<(), Refusal> {
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

    fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or(&Value::Null)
    }

    pub(super) fn is_transcription(&self) -> bool {
        self.0["type"] == "transcription"
    }

    pub(super) fn model(&self) -> &str {
        self.0["model"].as_str().unwrap_or_default()
    }

    pub(super) fn instructions(&self) -> &str {
        self.0["instructions"].as_str().unwrap_or_default()
    }

    pub(super) fn speaks(&self) -> bool {
        is_audio(&self.0["output_modalities"])
    }

    pub(super) fn input_format(&self) -> AudioFormat {
        format(self.at("/audio/input/format"))
    }

    pub(super) fn output_format(&self) -> AudioFormat {
        format(self.at("/audio/output/format"))
    }

    pub(super) fn voice(&self) -> &Value {
        self.at("/audio/output/voice")
    }

    pub(super) fn speed(&self) -> f64 {
        self.at("/audio/output/speed").as_f64().unwrap_or(1.0)
    }

    pub(super) fn tools(&self) -> &Value {
        &self.0["tools"]
    }

    pub(super) fn tool_choice(&self) -> ToolChoice {
        tool_choice(&self.0["tool_choice"])
    }

    /// Several calls in one response: unless told otherwise, models that reason make them and older ones do not.
    pub(super) fn parallel_tool_calls(&self) -> bool {
        self.0["parallel_tool_calls"].as_bool().unwrap_or(!is_older(self.model()))
    }

    pub(super) fn max_output_tokens(&self) -> MaxOutputTokens {
        max_output_tokens(&self.0["max_output_tokens"])
    }

    /// The model that transcribes the caller, if the session has one.
    pub(super) fn transcriber(&self) -> Option<&str> {
        let transcription = self.at("/audio/input/transcription").as_object()?;
        Some(transcription.get("model").and_then(Value::as_str).unwrap_or("gpt-4o-transcribe"))
    }

    /// How turns are found; none if the client says where they end.
    pub(super) fn turn_detection(&self) -> Option<TurnDetection> {
        let found = self.at("/audio/input/turn_detection").as_object()?;
        let flag = |key: &str| found.get(key).and_then(Value::as_bool).unwrap_or(true);
        let ms = |key: &str| found.get(key).and_then(Value::as_u64).map(Duration::from_millis);
        let semantic = found.get("type").is_some_and(|kind| kind == "semantic_vad");
        let usual = VadSettings::default();
        let vad = if semantic {
            let eagerness = found.get("eagerness").and_then(Value::as_str).unwrap_or("auto");
            VadSettings { silence_duration: longest_wait(eagerness), ..usual }
        } else {
            VadSettings {
                threshold: threshold(found.get("threshold")),
                prefix_padding: ms("prefix_padding_ms").unwrap_or(usual.prefix_padding),
                silence_duration: ms("silence_duration_ms").unwrap_or(usual.silence_duration),
            }
        };
        Some(TurnDetection {
            vad,
            create_response: flag("create_response"),
            interrupt_response: flag("interrupt_response"),
            idle_timeout: ms("idle_timeout_ms"),
            semantic,
        })
    }
}

/// The refusal of another voice once the model has spoken.
pub(super) fn voice_is_frozen(param: &str) -> Refusal {
    let message = "Cannot update a conversation's voice if assistant audio is present.";
    Refusal::new(ErrorCode::CannotUpdateVoice, message).at(param)
}

/// Refuses tools of MCP servers that cannot be reached or told apart.
pub(super) fn check_mcp(tools: &Value, path: &str) -> Result<(), Refusal> {
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

/// The function tools in a list of tools.
pub(super) fn functions(tools: &Value) -> Vec<Tool> {
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

pub(super) fn tool_choice(value: &Value) -> ToolChoice {
    match (value.as_str(), value["name"].as_str()) {
        (Some("none"), _) => ToolChoice::None,
        (Some("required"), _) => ToolChoice::Required,
        (None, Some(name)) if value["type"] == "function" => ToolChoice::Function(name.to_owned()),
        _ => ToolChoice::Auto,
    }
}

pub(super) fn max_output_tokens(value: &Value) -> MaxOutputTokens {
    value
        .as_u64()
        .and_then(|most| u32::try_from(most).ok())
        .map_or(MaxOutputTokens::Infinite, MaxOutputTokens::Limited)
}

pub(super) fn is_audio(modalities: &Value) -> bool {
    modalities
        .as_array()
        .is_none_or(|modalities| modalities.iter().any(|modality| modality == "audio"))
}

pub(super) fn format(value: &Value) -> AudioFormat {
    match value["type"].as_str() {
        Some("audio/pcmu") => AudioFormat::Pcmu,
        Some("audio/pcma") => AudioFormat::Pcma,
        _ => AudioFormat::Pcm24k,
    }
}

/// How long a pause may last before the turn is over, by how eager the model is.
fn longest_wait(eagerness: &str) -> Duration {
    Duration::from_secs(match eagerness {
        "low" => 8,
        "high" => 2,
        _ => 4,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "a threshold is between 0 and 1")]
fn threshold(value: Option<&Value>) -> f32 {
    value
        .and_then(Value::as_f64)
        .map_or(VadSettings::default().threshold, |threshold| threshold as f32)
}

/// Whether the model is known to reason.
fn reasons(model: &str) -> bool {
    model
        .strip_prefix("gpt-realtime-2")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
}

/// Whether the model is known not to reason. A name that nobody knows is a deployment's, and may be anything.
fn is_older(model: &str) -> bool {
    let family = model.starts_with("gpt-realtime") || model.starts_with("gpt-4o");
    family && !reasons(model)
}

fn input() -> Value {
    json!({
        "format": {"type": "audio/pcm", "rate": 24_000},
        "transcription": null,
        "noise_reduction": null,
        "turn_detection": filled("turn_detection", &json!({"type": "server_vad"})),
    })
}

fn merge_audio(audio: &mut Value, update: &Map<String, Value>) {
    for (side, fields) in update {
        for (key, value) in fields.as_object().into_iter().flatten() {
            let clears =
                matches!(key.as_str(), "noise_reduction" | "transcription" | "turn_detection");
            if !value.is_null() || clears {
                audio[side][key] = filled(key, value);
            }
        }
    }
}

/// An object of the audio configuration, with defaults for what it leaves out.
fn filled(key: &str, value: &Value) -> Value {
    let mut whole = match (key, value["type"].as_str()) {
        ("format", Some("audio/pcm")) => json!({"rate": 24_000}),
        ("turn_detection", Some("server_vad")) => json!({
            "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500, "idle_timeout_ms": null,
            "create_response": true, "interrupt_response": true,
        }),
        ("turn_detection", Some("semantic_vad")) => {
            json!({"eagerness": "auto", "create_response": true, "interrupt_response": true})
        }
        _ => return value.clone(),
    };
    for (key, value) in
        value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null())
    {
        whole[key] = value.clone();
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::realtime("sess_1", "gpt-realtime-2.1", 3_600)
    }

    fn update(config: &Config, update: &Value) -> Result<Config, Refusal> {
        config.updated(update.as_object().unwrap(), false)
    }

    #[test]
    fn a_session_says_that_it_is_a_simulator() {
        assert!(config().instructions().contains("simulator"));
    }

    #[test]
    fn only_what_is_present_changes() {
        let config = update(
            &config(),
            &json!({"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcmu"}}}}),
        )
        .unwrap();
        assert_eq!(config.input_format(), AudioFormat::Pcmu);
        assert_eq!(config.output_format(), AudioFormat::Pcm24k);
        assert!(config.turn_detection().is_some());
        assert!(config.instructions().contains("simulator"));
    }

    #[test]
    fn empty_values_and_nulls_clear() {
        let tool = json!({"type": "function", "name": "a"});
        let config =
            update(&config(), &json!({"tools": [tool], "instructions": "Be brief."})).unwrap();
        let cleared = json!({"tools": [], "instructions": "", "audio": {"input": {"turn_detection": null}, "output": {"voice": null}}});
        let config = update(&config, &cleared).unwrap();

        assert_eq!((config.instructions(), config.tools()), ("", &json!([])));
        assert_eq!(config.turn_detection(), None);
        assert_eq!(config.voice(), VOICE);
    }

    #[test]
    fn turn_detection_is_replaced_whole_and_filled_up() {
        let config = update(&config(), &json!({"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.9}}}})).unwrap();
        let config = update(&config, &json!({"audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 200}}}})).unwrap();
        let turns = config.turn_detection().unwrap();
        assert_eq!(
            (turns.vad.threshold, turns.vad.silence_duration),
            (0.5, Duration::from_millis(200))
        );
        assert!(turns.create_response && turns.interrupt_response);
    }

    #[test]
    fn eagerness_is_how_long_a_pause_may_last() {
        let config = update(&config(), &json!({"audio": {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}}}})).unwrap();
        let turns = config.turn_detection().unwrap();
        assert!(turns.semantic);
        assert_eq!(turns.vad.silence_duration, Duration::from_secs(2));
    }

    #[test]
    fn what_is_fixed_is_refused() {
        let traced = update(&config(), &json!({"tracing": "auto"})).unwrap();
        for (config, change, param) in [
            (&config(), json!({"type": "transcription"}), "session.type"),
            (&config(), json!({"model": "other"}), "session.model"),
            (&traced, json!({"tracing": null}), "session.tracing"),
        ] {
            let refusal = update(config, &change).unwrap_err();
            assert_eq!(
                (refusal.code, refusal.param.as_deref()),
                (Some(ErrorCode::InvalidValue), Some(param))
            );
        }
        assert!(update(&config(), &json!({"model": "gpt-realtime-2.1"})).is_ok());
    }

    #[test]
    fn the_voice_is_frozen_once_the_model_has_spoken() {
        let change = json!({"audio": {"output": {"voice": "cedar"}}});
        let refusal = config().updated(change.as_object().unwrap(), true).unwrap_err();
        assert_eq!(refusal.code, Some(ErrorCode::CannotUpdateVoice));
        let same = json!({"audio": {"output": {"voice": VOICE}}});
        assert!(config().updated(same.as_object().unwrap(), true).is_ok());
    }

    #[test]
    fn older_models_refuse_what_only_newer_ones_know() {
        let change = json!({"reasoning": {"effort": "low"}});
        for (model, taken) in [
            ("gpt-realtime", false),
            ("gpt-realtime-2025-08-28", false),
            ("gpt-realtime-2", true),
            ("gpt-realtime-2.1-mini", true),
            ("our-deployment", true),
        ] {
            assert_eq!(
                update(&Config::realtime("sess_1", model, 0), &change).is_ok(),
                taken,
                "{model}"
            );
        }
    }

    #[test]
    fn mcp_servers_have_one_place_and_one_label() {
        let server = |label: &str| json!({"type": "mcp", "server_label": label, "server_url": "https://mcp.test"});
        assert!(update(&config(), &json!({"tools": [server("a"), server("b")]})).is_ok());
        assert!(update(&config(), &json!({"tools": [server("a"), server("a")]})).is_err());
        assert!(
            update(&config(), &json!({"tools": [{"type": "mcp", "server_label": "a"}]})).is_err()
        );
    }
}
