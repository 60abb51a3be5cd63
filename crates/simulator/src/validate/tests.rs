//! Mistakes of clients, and what the tables let through.

use serde_json::json;

use super::*;

fn refused(event: &Value) -> (String, String) {
    let refusal = check_event(event.as_object().unwrap()).unwrap_err();
    let code = refusal.code.map(|code| code.as_str().to_owned()).unwrap_or_default();
    (code, refusal.param.unwrap_or_default())
}

fn session(fields: &Value) -> Value {
    let mut session = json!({"type": "realtime"});
    session.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"type": "session.update", "session": session})
}

fn pair(code: &str, param: &str) -> (String, String) {
    (code.to_owned(), param.to_owned())
}

#[test]
fn mistakes_are_named_by_code_and_path() {
    for (event, code, param) in [
        (json!({"type": "session.update"}), "missing_required_parameter", "session"),
        (
            json!({"type": "session.update", "session": {}}),
            "missing_required_parameter",
            "session.type",
        ),
        (
            json!({"type": "session.update", "session": {"type": "chat"}}),
            "invalid_value",
            "session.type",
        ),
        (session(&json!({"modalities": ["audio"]})), "unknown_parameter", "session.modalities"),
        (session(&json!({"temperature": 0.8})), "unknown_parameter", "session.temperature"),
        (session(&json!({"instructions": 7})), "invalid_type", "session.instructions"),
        (
            session(&json!({"tools": [{"type": "function", "name": "a", "meta": {}}]})),
            "unknown_parameter",
            "session.tools[0].meta",
        ),
        (
            session(&json!({"tools": [{"type": "function", "function": {"name": "a"}}]})),
            "unknown_parameter",
            "session.tools[0].function",
        ),
        (
            session(&json!({"tools": [{"type": "function", "name": "a b"}]})),
            "invalid_value",
            "session.tools[0].name",
        ),
        (
            session(&json!({"audio": {"output": {"speed": 2}}})),
            "invalid_value",
            "session.audio.output.speed",
        ),
        (
            session(
                &json!({"audio": {"input": {"turn_detection": {"type": "semantic_vad", "threshold": 0.5}}}}),
            ),
            "unknown_parameter",
            "session.audio.input.turn_detection.threshold",
        ),
        (
            session(
                &json!({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16_000}}}}),
            ),
            "invalid_value",
            "session.audio.input.format.rate",
        ),
        (
            session(&json!({"max_output_tokens": "lots"})),
            "invalid_value",
            "session.max_output_tokens",
        ),
        (
            session(&json!({"max_output_tokens": 4097})),
            "invalid_value",
            "session.max_output_tokens",
        ),
        (
            session(&json!({"output_modalities": ["audio", "text"]})),
            "array_above_max_length",
            "session.output_modalities",
        ),
        (json!({"type": "response.cancel", "id": "x"}), "unknown_parameter", "id"),
        (json!({"type": "input_audio_buffer.append"}), "missing_required_parameter", "audio"),
        (
            json!({"type": "response.create", "response": {"metadata": {"k": "v".repeat(513)}}}),
            "string_above_max_length",
            "response.metadata.k",
        ),
        (
            json!({"type": "response.create", "event_id": "e".repeat(513)}),
            "string_above_max_length",
            "event_id",
        ),
    ] {
        assert_eq!(refused(&event), pair(code, param), "{event}");
    }
}

#[test]
fn items_are_held_to_their_roles() {
    let create = |item: &Value| json!({"type": "conversation.item.create", "item": item});
    for (item, code, param) in [
        (json!({"role": "user"}), "missing_required_parameter", "item.type"),
        (json!({"type": "message", "content": []}), "missing_required_parameter", "item.role"),
        (
            json!({"type": "message", "role": "user", "content": [{"type": "output_text", "text": "x"}]}),
            "invalid_value",
            "item.content[0].type",
        ),
        (
            json!({"type": "message", "role": "assistant", "content": [{"type": "output_audio", "audio": ""}]}),
            "invalid_value",
            "item.content[0].type",
        ),
        (
            json!({"type": "function_call_output", "output": "x"}),
            "missing_required_parameter",
            "item.call_id",
        ),
        (
            json!({"type": "function_call_output", "call_id": "c", "output": {"a": 1}}),
            "invalid_type",
            "item.output",
        ),
        (
            json!({"type": "function_call_output", "call_id": "c".repeat(33), "output": ""}),
            "string_above_max_length",
            "item.call_id",
        ),
    ] {
        assert_eq!(refused(&create(&item)), pair(code, param), "{item}");
    }
}

#[test]
fn messages_are_in_the_services_words() {
    let refusal =
        check_event(session(&json!({"audio": {"output": {"voice": 7}}})).as_object().unwrap())
            .unwrap_err();
    assert_eq!(
        refusal.message,
        "Invalid type for 'session.audio.output.voice': expected one of a string or an object, but got an integer instead."
    );
    let refusal = check_event(json!({"type": "response.make"}).as_object().unwrap()).unwrap_err();
    assert!(
        refusal.message.starts_with(
            "Invalid value: 'response.make'. Supported values are: 'session.update', "
        )
    );
    assert_eq!(refusal.param.as_deref(), Some("type"));
}

#[test]
fn what_the_protocol_names_is_taken() {
    for event in [
        session(&json!({
            "instructions": "", "tools": [], "tool_choice": {"type": "function", "name": "a"}, "tracing": null,
            "audio": {"input": {"turn_detection": null, "transcription": {"model": "whisper-1"}, "noise_reduction": {"type": "near_field"}},
                      "output": {"voice": {"id": "voice_1"}, "speed": 1}},
            "truncation": {"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 8000}},
            "max_output_tokens": "inf", "include": null, "prompt": null, "reasoning": {"effort": "low"},
        })),
        json!({"type": "session.update", "session": {"type": "transcription", "audio": {"input": {"turn_detection": null}}}}),
        json!({"type": "response.create"}),
        json!({"type": "response.create", "response": {"conversation": "none", "input": [{"type": "item_reference", "id": "item_1"}],
               "metadata": {"k": "v"}, "output_modalities": ["text"], "tools": [], "audio": {"output": {"format": {"type": "audio/pcmu"}}}}}),
        json!({"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 10}),
    ] {
        assert_eq!(check_event(event.as_object().unwrap()), Ok(()), "{event}");
    }
}
