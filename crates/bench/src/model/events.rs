//! What the model says, in the Realtime protocol's words.

use serde_json::{Value, json};

/// The first event of a connection.
pub(super) fn session_created() -> Value {
    json!({"type": "session.created", "event_id": "event_0", "session": {"type": "realtime", "id": "sess_1"}})
}

/// The answer to a `session.update`: all of it was taken over.
pub(super) fn session_updated(session: &Value) -> Value {
    json!({"type": "session.updated", "event_id": "event_1", "session": session})
}

/// A spoken response begins.
pub(super) fn response_begins(number: usize, metadata: &Value) -> Vec<Value> {
    let (response, item) = (response_id(number), item_id(number));
    let message = json!({"id": item, "object": "realtime.item", "type": "message", "role": "assistant",
        "status": "in_progress", "content": []});
    vec![
        created(&response, metadata),
        json!({"type": "response.output_item.added", "event_id": "event_2", "response_id": response,
            "output_index": 0, "item": message}),
        json!({"type": "conversation.item.added", "event_id": "event_3", "item": message}),
        json!({"type": "response.output_audio_transcript.delta", "event_id": "event_4", "response_id": response,
            "item_id": item, "output_index": 0, "content_index": 0, "delta": "Hello there."}),
    ]
}

/// 20 ms of a response, as it goes over the wire.
pub(super) fn delta(number: usize, audio: &str) -> String {
    format!(
        r#"{{"type":"response.output_audio.delta","event_id":"event_C1Qz8W3uKxTn0aY5mLbRd","response_id":"{}","item_id":"{}","output_index":0,"content_index":0,"delta":"{audio}"}}"#,
        response_id(number),
        item_id(number)
    )
}

/// A spoken response ends.
pub(super) fn response_ends(number: usize) -> Vec<Value> {
    let (response, item) = (response_id(number), item_id(number));
    let message = json!({"id": item, "object": "realtime.item", "type": "message", "role": "assistant",
        "status": "completed", "content": [{"type": "output_audio", "transcript": "Hello there."}]});
    vec![
        json!({"type": "response.output_audio.done", "event_id": "event_5", "response_id": response,
            "item_id": item, "output_index": 0, "content_index": 0}),
        json!({"type": "response.output_item.done", "event_id": "event_6", "response_id": response,
            "output_index": 0, "item": message}),
        done(&response, &message),
    ]
}

/// A response of the model's own that calls a tool, whole.
pub(crate) fn tool_call(number: usize, name: &str, arguments: &Value) -> Vec<Value> {
    let response = format!("resp_tool_{number}");
    let mut events = vec![created(&response, &Value::Null)];
    let item = tool_item(&response, 0, number, name, arguments, &mut events);
    events.push(done(&response, &item));
    events
}

/// A tool call inside the first response, which goes on.
pub(crate) fn tool_call_while_speaking(name: &str, arguments: &Value) -> Vec<Value> {
    let mut events = Vec::new();
    tool_item(&response_id(1), 1, 0, name, arguments, &mut events);
    events
}

/// The caller begins to speak.
pub(crate) fn speech_started() -> Value {
    json!({"type": "input_audio_buffer.speech_started", "event_id": "event_7", "audio_start_ms": 0,
        "item_id": "item_caller_1"})
}

fn tool_item(
    response: &str,
    index: usize,
    number: usize,
    name: &str,
    arguments: &Value,
    events: &mut Vec<Value>,
) -> Value {
    let (item, call) = (format!("item_tool_{number}"), format!("call_{number}"));
    let body = |status: &str, arguments: &str| {
        json!({"id": item, "object": "realtime.item", "type": "function_call", "status": status,
            "name": name, "call_id": call, "arguments": arguments})
    };
    let arguments = arguments.to_string();
    let finished = body("completed", &arguments);
    events.extend([
        json!({"type": "response.output_item.added", "event_id": "event_8", "response_id": response,
            "output_index": index, "item": body("in_progress", "")}),
        json!({"type": "response.function_call_arguments.done", "event_id": "event_9", "response_id": response,
            "item_id": item, "output_index": index, "call_id": call, "name": name, "arguments": arguments}),
        json!({"type": "response.output_item.done", "event_id": "event_10", "response_id": response,
            "output_index": index, "item": finished}),
    ]);
    finished
}

fn created(response: &str, metadata: &Value) -> Value {
    json!({"type": "response.created", "event_id": "event_11", "response": {"object": "realtime.response",
        "id": response, "status": "in_progress", "output": [], "conversation_id": "conv_1", "metadata": metadata}})
}

fn done(response: &str, item: &Value) -> Value {
    json!({"type": "response.done", "event_id": "event_12", "response": {"object": "realtime.response",
        "id": response, "status": "completed", "output": [item], "conversation_id": "conv_1", "metadata": null}})
}

fn response_id(number: usize) -> String {
    format!("resp_C1Qz8W3uKxTn0aY{number}")
}

/// The item that a spoken response holds.
pub(crate) fn item_id(number: usize) -> String {
    format!("item_C1Qz8W3uKxTn0aY{number}")
}
