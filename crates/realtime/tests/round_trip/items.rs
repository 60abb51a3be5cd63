//! Items of the conversation.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use serde_json::json;
use switchboard_realtime::{
    Content, FunctionCall, FunctionCallOutput, ImageDetail, Item, ItemBody, ItemStatus,
    McpApprovalRequest, McpApprovalResponse, McpCall, McpCallError, McpListTools, McpToolListing,
    Message, Role,
};

use crate::words::{extra, id, json as any_json, payload, text};

pub(crate) fn item() -> BoxedStrategy<Item> {
    (of(id()), of(status()), body(), extra())
        .prop_map(|(id, status, body, extra)| Item { id, status, body, extra })
        .boxed()
}

fn status() -> impl Strategy<Value = ItemStatus> {
    prop::sample::select(vec!["in_progress", "completed", "incomplete", "other"])
        .prop_map(ItemStatus::from)
}

fn body() -> BoxedStrategy<ItemBody> {
    prop_oneof![
        message(),
        function(),
        mcp(),
        "x_[a-z]{1,6}".prop_map(|kind| ItemBody::Other { kind })
    ]
    .boxed()
}

fn message() -> BoxedStrategy<ItemBody> {
    let role =
        prop::sample::select(vec!["system", "user", "assistant", "other"]).prop_map(Role::from);
    (role, vec(content(), 0..3))
        .prop_map(|(role, content)| ItemBody::Message(Message { role, content }))
        .boxed()
}

fn content() -> BoxedStrategy<Content> {
    let detail = of(prop::sample::select(vec!["auto", "low", "high"]).prop_map(ImageDetail::from));
    prop_oneof![
        text().prop_map(|text| Content::InputText { text }),
        text().prop_map(|text| Content::OutputText { text }),
        (of(payload()), of(text()))
            .prop_map(|(audio, transcript)| Content::InputAudio { audio, transcript }),
        (of(payload()), of(text()))
            .prop_map(|(audio, transcript)| Content::OutputAudio { audio, transcript }),
        (text(), detail).prop_map(|(image_url, detail)| Content::InputImage { image_url, detail }),
        text().prop_map(|text| Content::Other(json!({"type": "x_unknown", "text": text}))),
    ]
    .boxed()
}

fn function() -> BoxedStrategy<ItemBody> {
    prop_oneof![
        (id(), text(), text()).prop_map(|(call_id, name, arguments)| {
            ItemBody::FunctionCall(FunctionCall { call_id, name, arguments })
        }),
        (id(), text()).prop_map(|(call_id, output)| ItemBody::FunctionCallOutput(
            FunctionCallOutput { call_id, output }
        )),
    ]
    .boxed()
}

fn mcp() -> BoxedStrategy<ItemBody> {
    let tool = (text(), of(text()), any_json()).prop_map(|(name, description, input_schema)| {
        McpToolListing { name, description, input_schema, annotations: None }
    });
    let error = prop_oneof![
        (any::<i64>(), text())
            .prop_map(|(code, message)| McpCallError::HttpError { code, message }),
        (any::<i64>(), text())
            .prop_map(|(code, message)| McpCallError::ProtocolError { code, message }),
        text().prop_map(|message| McpCallError::ToolExecutionError { message }),
    ];
    let call = (text(), text(), text(), of(text()), of(id()), of(error)).prop_map(
        |(server_label, name, arguments, output, approval_request_id, error)| {
            let call =
                McpCall { server_label, name, arguments, output, approval_request_id, error };
            ItemBody::McpCall(Box::new(call))
        },
    );
    prop_oneof![
        (text(), vec(tool, 0..3)).prop_map(|(server_label, tools)| ItemBody::McpListTools(
            McpListTools { server_label, tools }
        )),
        call,
        (text(), text(), text()).prop_map(|(server_label, name, arguments)| {
            ItemBody::McpApprovalRequest(McpApprovalRequest { server_label, name, arguments })
        }),
        (id(), any::<bool>(), of(text())).prop_map(|(approval_request_id, approve, reason)| {
            ItemBody::McpApprovalResponse(McpApprovalResponse {
                approval_request_id,
                approve,
                reason,
            })
        }),
    ]
    .boxed()
}
