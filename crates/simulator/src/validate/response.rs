//! What a `response.create` may ask for (the protocol's section 6).

use super::session::{
    FORMAT, MAX_OUTPUT_TOKENS, MODALITIES, PROMPT, REASONING, TOOL_CHOICE, TOOLS, VOICE,
};
use super::{ANY_LENGTH, Shape, fields, items};

/// The `response` of a `response.create`.
pub(super) const RESPONSE: Shape = Shape::Fields(fields![
    may "output_modalities" MODALITIES,
    may "audio" Shape::Fields(fields![
        may "output" Shape::Fields(fields![may "format" FORMAT, may "voice" VOICE,]),
    ]),
    may "instructions" Shape::Text(ANY_LENGTH),
    may "tools" TOOLS,
    may "tool_choice" TOOL_CHOICE,
    may "parallel_tool_calls" Shape::Bool,
    may "reasoning" REASONING,
    may "max_output_tokens" MAX_OUTPUT_TOKENS,
    may "prompt" PROMPT,
    may "conversation" Shape::Word(&["auto", "none"]),
    may "input" Shape::List(&items::INPUT, ANY_LENGTH),
    may "metadata" Shape::Texts(16, 64, 512),
]);
