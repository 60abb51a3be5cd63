//! Sessions and what they are made of.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use serde_json::json;
use switchboard_realtime::{
    AudioConfig, AudioInput, AudioOutput, Eagerness, FunctionTool, MaxOutputTokens, McpTool,
    NoiseReduction, NoiseReductionKind, Nullable, Prompt, Reasoning, RetentionRatio, SemanticVad,
    ServerVad, SessionConfig, SessionKind, TokenLimits, Tool, ToolChoice, Tracing, TracingConfig,
    Transcription, Truncation, TurnDetection, Voice,
};

use crate::words::{effort, extra, format, fraction, id, json as any_json, modalities, text};

pub(crate) fn session() -> BoxedStrategy<SessionConfig> {
    let head =
        (kind(), of(id()), of(any::<u64>()), of(text()), of(modalities()), of(text()), of(audio()));
    let tools = (
        of(vec(tool(), 0..3)),
        of(tool_choice()),
        of(any::<bool>()),
        of(reasoning()),
        of(max_output_tokens()),
    );
    let rest = (
        of(truncation()),
        nullable(tracing()),
        nullable(vec(text(), 0..2)),
        nullable(prompt()),
        extra(),
    );
    (head, tools, rest)
        .prop_map(|(head, tools, rest)| {
            let (kind, id, expires_at, model, output_modalities, instructions, audio) = head;
            let (tools, tool_choice, parallel_tool_calls, reasoning, max_output_tokens) = tools;
            let (truncation, tracing, include, prompt, extra) = rest;
            SessionConfig {
                kind,
                id,
                expires_at,
                model,
                output_modalities,
                instructions,
                audio,
                tools,
                tool_choice,
                parallel_tool_calls,
                reasoning,
                max_output_tokens,
                truncation,
                tracing,
                include,
                prompt,
                extra,
            }
        })
        .boxed()
}

/// Absent, null, or a value.
fn nullable<T: Clone + std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<Nullable<T>>> {
    of(of(value).prop_map(|value| value.map_or(Nullable::Null, Nullable::Value)))
}

fn kind() -> impl Strategy<Value = SessionKind> {
    prop::sample::select(vec!["realtime", "transcription", "other"]).prop_map(SessionKind::from)
}

fn audio() -> BoxedStrategy<AudioConfig> {
    let noise = (prop::sample::select(vec!["near_field", "far_field"]), of(fraction())).prop_map(
        |(kind, strength)| NoiseReduction { kind: NoiseReductionKind::from(kind), strength },
    );
    let transcription =
        (
            of(text()),
            of(text()),
            of(vec(text(), 0..2)),
            of(vec(text(), 0..2)),
            of(text()),
            of(effort()),
        )
            .prop_map(|(model, language, languages, keywords, prompt, delay)| {
                Transcription { model, language, languages, keywords, prompt, delay }
            });
    let input =
        (of(format()), nullable(noise), nullable(transcription), nullable(turn_detection()))
            .prop_map(|(format, noise_reduction, transcription, turn_detection)| AudioInput {
                format,
                noise_reduction,
                transcription,
                turn_detection,
            });
    (of(input), of(audio_output()))
        .prop_map(|(input, output)| AudioConfig { input, output })
        .boxed()
}

pub(crate) fn audio_output() -> impl Strategy<Value = AudioOutput> {
    (of(format()), of(voice()), of(fraction())).prop_map(|(format, voice, speed)| AudioOutput {
        format,
        voice,
        speed,
    })
}

pub(crate) fn voice() -> impl Strategy<Value = Voice> {
    prop_oneof![text().prop_map(Voice::Named), text().prop_map(|id| Voice::Custom { id })]
}

fn turn_detection() -> BoxedStrategy<TurnDetection> {
    let numbers = (of(fraction()), of(any::<u32>()), of(any::<u32>()), nullable(any::<u32>()));
    let server =
        (numbers, of(any::<bool>()), of(any::<bool>())).prop_map(|(numbers, create, interrupt)| {
            let (threshold, prefix_padding_ms, silence_duration_ms, idle_timeout_ms) = numbers;
            TurnDetection::ServerVad(ServerVad {
                threshold,
                prefix_padding_ms,
                silence_duration_ms,
                idle_timeout_ms,
                create_response: create,
                interrupt_response: interrupt,
            })
        });
    let eagerness =
        of(prop::sample::select(vec!["low", "medium", "high", "auto"]).prop_map(Eagerness::from));
    let semantic = (eagerness, of(any::<bool>()), of(any::<bool>())).prop_map(
        |(eagerness, create, interrupt)| {
            TurnDetection::from(SemanticVad {
                eagerness,
                create_response: create,
                interrupt_response: interrupt,
            })
        },
    );
    prop_oneof![server, semantic, Just(TurnDetection::Other(json!({"type": "x_unknown"})))].boxed()
}

pub(crate) fn tool() -> BoxedStrategy<Tool> {
    let schema = any_json().prop_filter("null is read as absent", |schema| !schema.is_null());
    prop_oneof![
        (text(), of(text()), of(schema)).prop_map(|(name, description, parameters)| {
            Tool::from(FunctionTool { name, description, parameters })
        }),
        (text(), of(text())).prop_map(|(server_label, server_url)| {
            Tool::Mcp(Box::new(McpTool { server_label, server_url, ..McpTool::default() }))
        }),
        Just(Tool::Other(json!({"type": "x_unknown"}))),
    ]
    .boxed()
}

pub(crate) fn tool_choice() -> BoxedStrategy<ToolChoice> {
    prop_oneof![
        Just(ToolChoice::Auto),
        Just(ToolChoice::None),
        Just(ToolChoice::Required),
        text().prop_map(|name| ToolChoice::Function { name }),
        (text(), of(text()))
            .prop_map(|(server_label, name)| ToolChoice::Mcp { server_label, name }),
        Just(ToolChoice::Other(json!({"type": "x_unknown"}))),
    ]
    .boxed()
}

pub(crate) fn reasoning() -> impl Strategy<Value = Reasoning> {
    of(effort()).prop_map(|effort| Reasoning { effort })
}

pub(crate) fn max_output_tokens() -> impl Strategy<Value = MaxOutputTokens> {
    prop_oneof![any::<u32>().prop_map(MaxOutputTokens::Limited), Just(MaxOutputTokens::Infinite)]
}

fn truncation() -> BoxedStrategy<Truncation> {
    let limits =
        of(of(any::<u32>()).prop_map(|post_instructions| TokenLimits { post_instructions }));
    let ratio = (fraction(), limits).prop_map(|(retention_ratio, token_limits)| {
        Truncation::RetentionRatio(RetentionRatio { retention_ratio, token_limits })
    });
    prop_oneof![Just(Truncation::Auto), Just(Truncation::Disabled), ratio].boxed()
}

fn tracing() -> BoxedStrategy<Tracing> {
    let config = (of(text()), of(text())).prop_map(|(workflow_name, group_id)| {
        Tracing::Config(TracingConfig { workflow_name, group_id, metadata: None })
    });
    prop_oneof![Just(Tracing::Word("auto".to_owned())), config].boxed()
}

pub(crate) fn prompt() -> BoxedStrategy<Prompt> {
    (text(), of(text()), of(extra()))
        .prop_map(|(id, version, variables)| Prompt { id, version, variables })
        .boxed()
}
