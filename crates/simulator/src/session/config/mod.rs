//! The session object: what it is by default, how updates change it, and what they may not change.
//!
//! It is kept as the JSON that `session.created` and `session.updated` show. An update goes through the strict tables first
//! ([`validate`](crate::validate)); here it is merged. `audio`, `audio.input` and `audio.output` are merged key by key, what
//! is inside them is replaced whole and filled up with defaults. `null` clears what can be cleared, and elsewhere says nothing.

mod checks;
mod read;

use std::time::Duration;

use serde_json::{Map, Value, json};
use switchboard_audio::vad::VadSettings;
use switchboard_realtime::{AudioFormat, MaxOutputTokens};

use crate::mind::ToolChoice;
use crate::refusal::Refusal;

pub(super) use checks::{check_mcp, voice_is_frozen};
use checks::{is_older, reasons};
pub(super) use read::{format, functions, is_audio, max_output_tokens, tool_choice};
use read::{longest_wait, threshold};

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
    use switchboard_realtime::ErrorCode;

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
