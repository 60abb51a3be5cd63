//! The session's keys (the protocol's section 5), shared in part by `response.create`.

use super::{ANY_LENGTH, NAME_LENGTH, Shape, fields};

/// The most tools of a session.
const MOST_TOOLS: usize = 128;
const TEXT: Shape = Shape::Text(ANY_LENGTH);
const LONG: i64 = i64::MAX;

/// The `session` of a `session.update`.
pub(super) const UPDATE: Shape =
    Shape::Tagged("type", &[("realtime", REALTIME), ("transcription", TRANSCRIPTION)]);

const KIND: Shape = Shape::Word(&["realtime", "transcription"]);

const REALTIME: Shape = Shape::Fields(fields![
    must "type" KIND,
    may "model" TEXT,
    may "output_modalities" MODALITIES,
    may "instructions" TEXT,
    may "audio" Shape::Fields(fields![may "input" INPUT, may "output" OUTPUT,]),
    may "tools" TOOLS,
    may "tool_choice" TOOL_CHOICE,
    may "parallel_tool_calls" Shape::Bool,
    may "reasoning" REASONING,
    may "max_output_tokens" MAX_OUTPUT_TOKENS,
    may "truncation" TRUNCATION,
    may "tracing" TRACING,
    may "include" INCLUDE,
    may "prompt" PROMPT,
]);

const TRANSCRIPTION: Shape = Shape::Fields(fields![
    must "type" KIND,
    may "audio" Shape::Fields(fields![may "input" INPUT,]),
    may "include" INCLUDE,
]);

/// `[audio]` or `[text]`, never both.
pub(super) const MODALITIES: Shape = Shape::List(&Shape::Word(&["audio", "text"]), 1);

const INPUT: Shape = Shape::Fields(fields![
    may "format" FORMAT,
    may "noise_reduction" Shape::Fields(fields![
        must "type" Shape::Word(&["near_field", "far_field"]),
        may "strength" Shape::Number(0.0, 1.0),
    ]),
    may "transcription" Shape::Fields(fields![
        may "model" TEXT,
        may "language" TEXT,
        may "languages" Shape::List(&TEXT, ANY_LENGTH),
        may "keywords" Shape::List(&TEXT, ANY_LENGTH),
        may "prompt" TEXT,
        may "delay" EFFORT,
    ]),
    may "turn_detection" Shape::Tagged("type", &[("server_vad", SERVER_VAD), ("semantic_vad", SEMANTIC_VAD)]),
]);

const OUTPUT: Shape = Shape::Fields(fields![
    may "format" FORMAT,
    may "voice" VOICE,
    may "speed" Shape::Number(0.25, 1.5),
]);

pub(super) const FORMAT: Shape = Shape::Tagged(
    "type",
    &[
        (
            "audio/pcm",
            Shape::Fields(fields![must "type" TEXT, may "rate" Shape::Integer(24_000, 24_000),]),
        ),
        ("audio/pcmu", Shape::Fields(fields![must "type" TEXT,])),
        ("audio/pcma", Shape::Fields(fields![must "type" TEXT,])),
    ],
);

const SERVER_VAD: Shape = Shape::Fields(fields![
    must "type" TEXT,
    may "threshold" Shape::Number(0.0, 1.0),
    may "prefix_padding_ms" Shape::Integer(0, 60_000),
    may "silence_duration_ms" Shape::Integer(0, 60_000),
    may "idle_timeout_ms" Shape::Integer(5_000, 30_000),
    may "create_response" Shape::Bool,
    may "interrupt_response" Shape::Bool,
]);

const SEMANTIC_VAD: Shape = Shape::Fields(fields![
    must "type" TEXT,
    may "eagerness" Shape::Word(&["low", "medium", "high", "auto"]),
    may "create_response" Shape::Bool,
    may "interrupt_response" Shape::Bool,
]);

const VOICES: Shape = Shape::Word(&[
    "alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar",
]);

pub(super) const VOICE: Shape = Shape::Either(&[VOICES, Shape::Fields(fields![must "id" TEXT,])]);

const EFFORT: Shape = Shape::Word(&["minimal", "low", "medium", "high", "xhigh"]);

pub(super) const REASONING: Shape = Shape::Fields(fields![may "effort" EFFORT,]);

pub(super) const MAX_OUTPUT_TOKENS: Shape =
    Shape::Either(&[Shape::Integer(1, 4_096), Shape::Word(&["inf"])]);

pub(super) const PROMPT: Shape = Shape::Fields(fields![
    must "id" TEXT,
    may "version" TEXT,
    may "variables" Shape::Object,
]);

const TRUNCATION: Shape = Shape::Either(&[
    Shape::Word(&["auto", "disabled"]),
    Shape::Fields(fields![
        must "type" Shape::Word(&["retention_ratio"]),
        must "retention_ratio" Shape::Number(0.0, 1.0),
        may "token_limits" Shape::Fields(fields![may "post_instructions" Shape::Integer(0, LONG),]),
    ]),
]);

const TRACING: Shape = Shape::Either(&[
    Shape::Word(&["auto"]),
    Shape::Fields(
        fields![may "workflow_name" TEXT, may "group_id" TEXT, may "metadata" Shape::Any,],
    ),
]);

const INCLUDE: Shape =
    Shape::List(&Shape::Word(&["item.input_audio_transcription.logprobs"]), ANY_LENGTH);

pub(super) const TOOL_CHOICE: Shape = Shape::Either(&[
    Shape::Word(&["none", "auto", "required"]),
    Shape::Tagged(
        "type",
        &[
            ("function", Shape::Fields(fields![must "type" TEXT, must "name" Shape::Name,])),
            (
                "mcp",
                Shape::Fields(
                    fields![must "type" TEXT, must "server_label" TEXT, may "name" TEXT,],
                ),
            ),
        ],
    ),
]);

pub(super) const TOOLS: Shape =
    Shape::List(&Shape::Tagged("type", &[("function", FUNCTION), ("mcp", MCP)]), MOST_TOOLS);

const FUNCTION: Shape = Shape::Fields(fields![
    must "type" TEXT,
    must "name" Shape::Name,
    may "description" TEXT,
    may "parameters" Shape::Object,
]);

const NAMES: Shape = Shape::List(&Shape::Text(NAME_LENGTH), ANY_LENGTH);
const FILTER: Shape = Shape::Fields(fields![may "tool_names" NAMES, may "read_only" Shape::Bool,]);

const MCP: Shape = Shape::Fields(fields![
    must "type" TEXT,
    must "server_label" TEXT,
    may "server_url" TEXT,
    may "connector_id" TEXT,
    may "tunnel_id" TEXT,
    may "authorization" TEXT,
    may "headers" Shape::Texts(ANY_LENGTH, ANY_LENGTH, ANY_LENGTH),
    may "allowed_tools" Shape::Either(&[NAMES, FILTER]),
    may "require_approval" Shape::Either(&[
        Shape::Word(&["always", "never"]),
        Shape::Fields(fields![may "always" FILTER, may "never" FILTER,]),
    ]),
    may "server_description" TEXT,
    may "allowed_callers" Shape::List(&Shape::Word(&["direct", "programmatic"]), ANY_LENGTH),
    may "defer_loading" Shape::Bool,
]);
