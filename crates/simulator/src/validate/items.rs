//! The items that a client may create (the protocol's section 8).

use super::{ANY_LENGTH, Field, ID_LENGTH, Shape, fields};

const TEXT: Shape = Shape::Text(ANY_LENGTH);
const ID: Shape = Shape::Text(ID_LENGTH);
const OBJECT: Shape = Shape::Word(&["realtime.item"]);
const STATUS: Shape = Shape::Word(&["in_progress", "completed", "incomplete"]);

/// The `item` of a `conversation.item.create`.
pub(super) const ITEM: Shape = Shape::Tagged("type", KINDS);

/// One of the `input` of a `response.create`: an item, or a reference to one.
pub(super) const INPUT: Shape = Shape::Tagged(
    "type",
    &[
        ("message", MESSAGE),
        ("function_call", Shape::Fields(FUNCTION_CALL)),
        ("function_call_output", Shape::Fields(FUNCTION_CALL_OUTPUT)),
        ("mcp_list_tools", Shape::Fields(MCP_LIST_TOOLS)),
        ("mcp_call", Shape::Fields(MCP_CALL)),
        ("mcp_approval_request", Shape::Fields(MCP_APPROVAL_REQUEST)),
        ("mcp_approval_response", Shape::Fields(MCP_APPROVAL_RESPONSE)),
        ("item_reference", Shape::Fields(fields![must "type" TEXT, must "id" TEXT,])),
    ],
);

const KINDS: &[(&str, Shape)] = &[
    ("message", MESSAGE),
    ("function_call", Shape::Fields(FUNCTION_CALL)),
    ("function_call_output", Shape::Fields(FUNCTION_CALL_OUTPUT)),
    ("mcp_list_tools", Shape::Fields(MCP_LIST_TOOLS)),
    ("mcp_call", Shape::Fields(MCP_CALL)),
    ("mcp_approval_request", Shape::Fields(MCP_APPROVAL_REQUEST)),
    ("mcp_approval_response", Shape::Fields(MCP_APPROVAL_RESPONSE)),
];

/// A message of some role, with contents of these kinds.
macro_rules! message {
    ($($kind:literal $shape:expr,)*) => {
        Shape::Fields(fields![
            must "type" TEXT,
            must "role" TEXT,
            must "content" Shape::List(&Shape::Tagged("type", &[$(($kind, $shape),)*]), ANY_LENGTH),
            may "id" ID,
            may "object" OBJECT,
            may "status" STATUS,
        ])
    };
}

const MESSAGE: Shape = Shape::Tagged(
    "role",
    &[
        ("system", message!["input_text" WORDS,]),
        (
            "user",
            message!["input_text" WORDS, "input_audio" INPUT_AUDIO, "input_image" INPUT_IMAGE,],
        ),
        ("assistant", message!["output_text" WORDS,]),
    ],
);

const WORDS: Shape = Shape::Fields(fields![must "type" TEXT, must "text" TEXT,]);

const INPUT_AUDIO: Shape = Shape::Fields(fields![
    must "type" TEXT,
    must "audio" Shape::Audio,
    may "transcript" TEXT,
]);

const INPUT_IMAGE: Shape = Shape::Fields(fields![
    must "type" TEXT,
    must "image_url" TEXT,
    may "detail" Shape::Word(&["auto", "low", "high"]),
]);

const FUNCTION_CALL: &[Field] = fields![
    must "type" TEXT,
    must "name" TEXT,
    must "arguments" TEXT,
    may "call_id" ID,
    may "id" ID,
    may "object" OBJECT,
    may "status" STATUS,
];

const FUNCTION_CALL_OUTPUT: &[Field] = fields![
    must "type" TEXT,
    must "call_id" ID,
    must "output" TEXT,
    may "id" ID,
    may "object" OBJECT,
    may "status" STATUS,
];

const MCP_LIST_TOOLS: &[Field] = fields![
    must "type" TEXT,
    must "server_label" TEXT,
    must "tools" Shape::List(&Shape::Object, ANY_LENGTH),
    may "id" ID,
];

const MCP_CALL: &[Field] = fields![
    must "type" TEXT,
    must "id" ID,
    must "server_label" TEXT,
    must "name" TEXT,
    must "arguments" TEXT,
    may "approval_request_id" TEXT,
    may "error" Shape::Object,
    may "output" TEXT,
];

const MCP_APPROVAL_REQUEST: &[Field] = fields![
    must "type" TEXT,
    must "id" ID,
    must "server_label" TEXT,
    must "name" TEXT,
    must "arguments" TEXT,
];

const MCP_APPROVAL_RESPONSE: &[Field] = fields![
    must "type" TEXT,
    must "id" ID,
    must "approval_request_id" TEXT,
    must "approve" Shape::Bool,
    may "reason" TEXT,
];
