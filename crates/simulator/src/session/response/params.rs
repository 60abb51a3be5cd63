//! How a response is to be made: the session's configuration, and what its request says otherwise.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use switchboard_realtime::{AudioFormat, MaxOutputTokens};

use crate::mind::{Tool, ToolChoice};
use crate::refusal::Refusal;
use crate::session::config::{self, Config};

/// Everything that was asked for.
#[derive(Debug, Clone)]
pub(in crate::session) struct Params {
    /// The session's instructions.
    pub(in crate::session) instructions: String,
    /// The response's own, which stand in for the session's.
    pub(in crate::session) own_instructions: Option<String>,
    pub(in crate::session) tools: Vec<Tool>,
    /// The tools as JSON, to be counted.
    pub(in crate::session) tools_text: String,
    pub(in crate::session) tool_choice: ToolChoice,
    pub(in crate::session) parallel_tool_calls: bool,
    pub(in crate::session) speaks: bool,
    pub(in crate::session) format: AudioFormat,
    /// A name or an id.
    pub(in crate::session) voice: String,
    pub(in crate::session) speed: f64,
    pub(in crate::session) max_output_tokens: MaxOutputTokens,
    pub(in crate::session) out_of_band: bool,
    pub(in crate::session) metadata: Option<BTreeMap<String, String>>,
}

impl Params {
    /// What the session says.
    pub(in crate::session) fn of_session(config: &Config) -> Self {
        Self {
            instructions: config.instructions().to_owned(),
            own_instructions: None,
            tools: config::functions(config.tools()),
            tools_text: config.tools().to_string(),
            tool_choice: config.tool_choice(),
            parallel_tool_calls: config.parallel_tool_calls(),
            speaks: config.speaks(),
            format: config.output_format(),
            voice: voice_name(config.voice()),
            speed: config.speed(),
            max_output_tokens: config.max_output_tokens(),
            out_of_band: false,
            metadata: None,
        }
    }

    /// What a request says, and the session where it says nothing. `spoken` tells whether the model has spoken already.
    pub(in crate::session) fn of_request(
        config: &Config,
        request: &Map<String, Value>,
        spoken: bool,
    ) -> Result<Self, Refusal> {
        config.check_reasoning(request, "response")?;
        let mut params = Self::of_session(config);
        let given = |key: &str| request.get(key).filter(|value| !value.is_null());
        if let Some(voice) = given("audio")
            .and_then(|audio| audio.pointer("/output/voice"))
            .filter(|voice| !voice.is_null())
        {
            if spoken && voice != config.voice() {
                return Err(config::voice_is_frozen("response.audio.output.voice"));
            }
            params.voice = voice_name(voice);
        }
        if let Some(format) = given("audio")
            .and_then(|audio| audio.pointer("/output/format"))
            .filter(|format| !format.is_null())
        {
            params.format = config::format(format);
        }
        if let Some(tools) = given("tools") {
            config::check_mcp(tools, "response.tools")?;
            params.tools = config::functions(tools);
            params.tools_text = tools.to_string();
        }
        if let Some(choice) = given("tool_choice") {
            params.tool_choice = config::tool_choice(choice);
        }
        if let Some(parallel) = given("parallel_tool_calls").and_then(Value::as_bool) {
            params.parallel_tool_calls = parallel;
        }
        if let Some(modalities) = given("output_modalities") {
            params.speaks = config::is_audio(modalities);
        }
        if let Some(most) = given("max_output_tokens") {
            params.max_output_tokens = config::max_output_tokens(most);
        }
        params.own_instructions = given("instructions").and_then(Value::as_str).map(str::to_owned);
        params.out_of_band = given("conversation").is_some_and(|choice| choice == "none");
        params.metadata = given("metadata").and_then(Value::as_object).map(texts);
        Ok(params)
    }

    /// The most tokens, if there is a limit.
    pub(in crate::session) fn limit(&self) -> Option<u64> {
        match self.max_output_tokens {
            MaxOutputTokens::Limited(most) => Some(u64::from(most)),
            MaxOutputTokens::Infinite => None,
        }
    }
}

fn texts(map: &Map<String, Value>) -> BTreeMap<String, String> {
    map.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn voice_name(voice: &Value) -> String {
    voice.as_str().or_else(|| voice["id"].as_str()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use switchboard_realtime::ErrorCode;

    use super::*;

    fn params(request: &Value, spoken: bool) -> Result<Params, Refusal> {
        let config = Config::realtime("sess_1", "gpt-realtime-2.1", 0);
        Params::of_request(&config, request.as_object().unwrap(), spoken)
    }

    #[test]
    fn a_request_overrides_only_what_it_names() {
        let params = params(&json!({"instructions": "Say hello.", "tool_choice": "none", "output_modalities": ["text"]}), false).unwrap();
        assert_eq!(params.own_instructions.as_deref(), Some("Say hello."));
        assert_eq!(params.tool_choice, ToolChoice::None);
        assert!(!params.speaks && !params.out_of_band && params.limit().is_none());
        assert!(params.instructions.contains("simulator"));
    }

    #[test]
    fn the_voice_is_frozen_here_too() {
        let request = json!({"audio": {"output": {"voice": "cedar"}}});
        assert_eq!(params(&request, false).unwrap().voice, "cedar");
        assert_eq!(params(&request, true).unwrap_err().code, Some(ErrorCode::CannotUpdateVoice));
    }
}
