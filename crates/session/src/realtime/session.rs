//! The session object that makes an agent the server's (protocol, section 5).
//!
//! Every update carries the whole `audio` object: a format that is left out falls back to PCM on some servers, and that is
//! static in somebody's ear. The voice goes out once, with the first: it is frozen after the first word.

use switchboard_agent::{AgentSettings, Profile, ToolChoice as AgentChoice};
use switchboard_realtime::{
    AudioConfig, AudioInput, AudioOutput, Eagerness as WireEagerness, Effort, FunctionTool,
    MaxOutputTokens, Modality, NoiseReduction as WireNoiseReduction, NoiseReductionKind, Nullable,
    Reasoning, RetentionRatio, SemanticVad, ServerVad, SessionConfig, TokenLimits, Tool,
    ToolChoice as WireChoice, Transcription as WireTranscription, Truncation as WireTruncation,
    TurnDetection as WireTurnDetection, Voice,
};

use crate::line::Media;
use crate::settings::{
    Eagerness, ModelSettings, NoiseReduction, ToolChoice, Transcription, Truncation, TurnDetection,
};

/// What differs from the session as the server has it. These fields are sent only then: an update changes only what it holds, so
/// one agent's must not stay for the next; and a server takes a voice only before the first word, a speed only between turns.
#[derive(Debug)]
pub(super) struct Change {
    /// Nobody has spoken yet.
    pub(super) first: bool,
    pub(super) speed: Option<f64>,
    pub(super) effort: Option<Effort>,
}

/// How fast this agent speaks.
pub(super) fn speed(own: &AgentSettings, settings: &ModelSettings) -> f64 {
    own.speed.or(settings.speed).unwrap_or(1.0)
}

/// The whole session for this agent.
pub(crate) fn session(
    profile: &Profile,
    instructions: String,
    settings: &ModelSettings,
    media: Media,
    change: &Change,
) -> SessionConfig {
    let own = &profile.settings;
    SessionConfig {
        output_modalities: Some(vec![match media {
            Media::Audio(_) => Modality::Audio,
            Media::Text => Modality::Text,
        }]),
        instructions: Some(instructions),
        audio: Some(audio(settings, media, change)),
        tools: Some(profile.tools.iter().map(tool).collect()),
        tool_choice: Some(choice(own, settings)),
        parallel_tool_calls: settings.parallel_tool_calls,
        reasoning: change.effort.clone().map(|effort| Reasoning { effort: Some(effort) }),
        max_output_tokens: Some(MaxOutputTokens::Limited(
            own.max_output_tokens.unwrap_or(settings.max_output_tokens),
        )),
        truncation: Some(truncation(&settings.truncation)),
        ..SessionConfig::default()
    }
}

fn audio(settings: &ModelSettings, media: Media, change: &Change) -> AudioConfig {
    let format = match media {
        Media::Audio(format) => Some(format),
        Media::Text => None,
    };
    AudioConfig {
        input: Some(AudioInput {
            format,
            noise_reduction: Some(noise_reduction(
                settings.noise_reduction,
                settings.noise_reduction_strength,
            )),
            transcription: Some(transcription(&settings.transcription)),
            turn_detection: Some(Nullable::Value(turn_detection(&settings.turn_detection))),
        }),
        output: Some(AudioOutput {
            format,
            voice: settings.voice.as_deref().filter(|_| change.first).map(voice),
            speed: change.speed,
        }),
    }
}

fn tool(definition: &switchboard_agent::ToolDefinition) -> Tool {
    let (name, description) = (definition.name.clone(), definition.description.clone());
    Tool::Function(FunctionTool::new(name, description, definition.parameters.clone()))
}

pub(crate) fn choice(own: &AgentSettings, settings: &ModelSettings) -> WireChoice {
    match (&own.tool_choice, settings.tool_choice) {
        (Some(AgentChoice::Tool(name)), _) => WireChoice::Function { name: name.clone() },
        (Some(AgentChoice::Auto), _) | (None, ToolChoice::Auto) => WireChoice::Auto,
        (Some(AgentChoice::None), _) | (None, ToolChoice::None) => WireChoice::None,
        (Some(AgentChoice::Required), _) | (None, ToolChoice::Required) => WireChoice::Required,
    }
}

/// How hard this agent's model thinks, where anybody says.
pub(super) fn effort(own: &AgentSettings, settings: &ModelSettings) -> Option<Effort> {
    use switchboard_agent::ReasoningEffort as Own;
    let own = own.reasoning_effort.map(|effort| {
        Effort::from(match effort {
            Own::Minimal => "minimal",
            Own::Low => "low",
            Own::Medium => "medium",
            Own::High => "high",
            Own::Xhigh => "xhigh",
        })
    });
    own.or_else(|| settings.reasoning.map(crate::settings::ReasoningEffort::effort))
}

/// A voice by name, or one made for the account by its id.
fn voice(voice: &str) -> Voice {
    if voice.starts_with("voice_") {
        Voice::Custom { id: voice.to_owned() }
    } else {
        Voice::Named(voice.to_owned())
    }
}

fn noise_reduction(
    reduction: NoiseReduction,
    strength: Option<f64>,
) -> Nullable<WireNoiseReduction> {
    let kind = match reduction {
        NoiseReduction::NearField => NoiseReductionKind::NearField,
        NoiseReduction::FarField => NoiseReductionKind::FarField,
        NoiseReduction::Off => return Nullable::Null,
    };
    Nullable::Value(WireNoiseReduction { kind, strength })
}

fn transcription(transcription: &Transcription) -> Nullable<WireTranscription> {
    if !transcription.enabled {
        return Nullable::Null;
    }
    Nullable::Value(WireTranscription {
        model: Some(transcription.model.clone()),
        language: transcription.language.clone(),
        languages: transcription.languages.clone(),
        keywords: transcription.keywords.clone(),
        prompt: transcription.prompt.clone(),
        delay: transcription.delay.map(crate::settings::ReasoningEffort::effort),
    })
}

fn turn_detection(detection: &TurnDetection) -> WireTurnDetection {
    match *detection {
        TurnDetection::ServerVad {
            threshold,
            prefix_padding_ms,
            silence_duration_ms,
            idle_timeout_ms,
            create_response,
            interrupt_response,
        } => WireTurnDetection::ServerVad(ServerVad {
            threshold: Some(threshold),
            prefix_padding_ms: Some(prefix_padding_ms),
            silence_duration_ms: Some(silence_duration_ms),
            idle_timeout_ms: idle_timeout_ms.map(Nullable::Value),
            create_response: Some(create_response),
            interrupt_response: Some(interrupt_response),
        }),
        TurnDetection::SemanticVad { eagerness, create_response, interrupt_response } => {
            WireTurnDetection::SemanticVad(SemanticVad {
                eagerness: Some(match eagerness {
                    Eagerness::Low => WireEagerness::Low,
                    Eagerness::Medium => WireEagerness::Medium,
                    Eagerness::High => WireEagerness::High,
                    Eagerness::Auto => WireEagerness::Auto,
                }),
                create_response: Some(create_response),
                interrupt_response: Some(interrupt_response),
            })
        }
    }
}

fn truncation(truncation: &Truncation) -> WireTruncation {
    match *truncation {
        Truncation::Auto => WireTruncation::Auto,
        Truncation::Disabled => WireTruncation::Disabled,
        Truncation::RetentionRatio { retention_ratio, post_instructions } => {
            let token_limits =
                post_instructions.map(|limit| TokenLimits { post_instructions: Some(limit) });
            WireTruncation::RetentionRatio(RetentionRatio { retention_ratio, token_limits })
        }
    }
}
