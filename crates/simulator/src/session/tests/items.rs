//! Items and what clients do with them (points 5, 6 and 9).

use super::*;

fn message(id: &str) -> Value {
    json!({"type": "message", "id": id, "role": "user", "content": [{"type": "input_text", "text": "x"}]})
}

fn create(desk: &mut Desk, item: &Value, previous: Option<&str>) -> Vec<Value> {
    let mut event = json!({"type": "conversation.item.create", "item": item});
    if let Some(previous) = previous {
        event["previous_item_id"] = json!(previous);
    }
    desk.send(&event)
}

fn desk() -> Desk {
    let mut desk = Desk::new([]);
    desk.take();
    desk
}

#[test]
fn an_item_is_added_and_done_behind_the_one_it_names() {
    let mut desk = desk();
    for (id, previous, before) in [
        ("a", None, json!(null)),
        ("b", None, json!("a")),
        ("c", Some("a"), json!("a")),
        ("d", Some("root"), json!(null)),
    ] {
        let events = create(&mut desk, &message(id), previous);
        assert_eq!(kinds(&events), ["conversation.item.added", "conversation.item.done"]);
        for event in events {
            assert_eq!(event["previous_item_id"], before, "{id}");
            assert_eq!(
                (&event["item"]["id"], &event["item"]["object"]),
                (&json!(id), &json!("realtime.item"))
            );
            assert_eq!(event["item"]["status"], "completed");
        }
    }
}

#[test]
fn ids_are_short_unique_and_known() {
    let mut desk = desk();
    create(&mut desk, &message("a"), None);
    assert_eq!(refused(&create(&mut desk, &message("a"), None)), "item_create_duplicate_item_id");
    assert_eq!(
        refused(&create(&mut desk, &message(&"x".repeat(33)), None)),
        "string_above_max_length"
    );
    assert_eq!(refused(&create(&mut desk, &message("b"), Some("nobody"))), "invalid_value");
    for (kind, code) in
        [("retrieve", "item_retrieve_invalid_item_id"), ("delete", "item_delete_invalid_item_id")]
    {
        let event = json!({"type": format!("conversation.item.{kind}"), "item_id": "nobody"});
        assert_eq!(refused(&desk.send(&event)), code);
    }
    let event = json!({"type": "conversation.item.truncate", "item_id": "nobody", "content_index": 0, "audio_end_ms": 1});
    assert_eq!(refused(&desk.send(&event)), "item_truncate_invalid_item_id");
}

#[test]
fn an_output_needs_its_call_and_is_given_once() {
    let mut desk = desk();
    let output = json!({"type": "function_call_output", "call_id": "call_1", "output": "{}"});
    let events = create(&mut desk, &output, None);
    assert_eq!(refused(&events), "invalid_tool_call_id");
    assert_eq!(events[0]["error"]["message"], "Tool call ID 'call_1' not found in conversation.");

    let call =
        json!({"type": "function_call", "call_id": "call_1", "name": "a", "arguments": "{}"});
    assert_eq!(create(&mut desk, &call, None).len(), 2);
    assert_eq!(create(&mut desk, &output, None).len(), 2);
    assert_eq!(refused(&create(&mut desk, &output, None)), "invalid_value");

    let object = json!({"type": "function_call_output", "call_id": "call_1", "output": {"a": 1}});
    assert_eq!(refused(&create(&mut desk, &object, None)), "invalid_type");
}

#[test]
fn a_deleted_item_is_gone() {
    let mut desk = desk();
    create(&mut desk, &message("a"), None);
    let delete = json!({"type": "conversation.item.delete", "item_id": "a"});
    assert_eq!(kinds(&desk.send(&delete)), ["conversation.item.deleted"]);
    assert_eq!(refused(&desk.send(&delete)), "item_delete_invalid_item_id");
    assert_eq!(create(&mut desk, &message("a"), None).len(), 2);
}

#[test]
fn the_models_audio_is_retrieved_and_truncated_within_its_length() {
    let mut desk = Desk::new([say("Good morning, this is a long sentence to cut.")]);
    desk.telephone(json!({}));
    desk.respond();
    let events = desk.wait(10_000);
    let sent = audio_ms(&events);
    let done = one(&events, "response.done");
    let id = done["response"]["output"][0]["id"].as_str().unwrap().to_owned();

    let truncate = |end: u64| json!({"type": "conversation.item.truncate", "item_id": id, "content_index": 0, "audio_end_ms": end});
    let retrieve = json!({"type": "conversation.item.retrieve", "item_id": id});
    let events = desk.send(&retrieve);
    let content = &events[0]["item"]["content"][0];
    assert_eq!(content["transcript"], "Good morning, this is a long sentence to cut.");
    let audio = Payload::from_base64(content["audio"].as_str().unwrap().to_owned()).unwrap();
    assert_eq!(audio.decoded_len() as u64, sent * 8);

    let events = desk.send(&truncate(sent + 60));
    assert_eq!(refused(&events), "");
    let message = format!("Audio content of {sent}ms is already shorter than {}ms", sent + 60);
    assert_eq!(events[0]["error"]["message"], message);
    assert_eq!(refused(&desk.send(&truncate(0))), "unsupported_content_type");

    let events = desk.send(&truncate(600));
    assert_eq!(
        (&events[0]["type"], &events[0]["audio_end_ms"]),
        (&json!("conversation.item.truncated"), &json!(600))
    );
    let events = desk.send(&retrieve);
    let content = &events[0]["item"]["content"][0];
    assert!(content.get("transcript").is_none());
    assert_eq!(
        Payload::from_base64(content["audio"].as_str().unwrap().to_owned()).unwrap().decoded_len(),
        4_800
    );
    assert_eq!(refused(&desk.send(&truncate(601))), "");

    desk.respond();
    desk.wait(1_000);
    assert_eq!(desk.shown(), [Said::Assistant("Good morning,".to_owned())]);
}

#[test]
fn what_has_no_audio_cannot_be_truncated() {
    let mut desk = desk();
    create(&mut desk, &message("a"), None);
    let event = json!({"type": "conversation.item.truncate", "item_id": "a", "content_index": 0, "audio_end_ms": 10});
    let events = desk.send(&event);
    assert_eq!(refused(&events), "unsupported_content_type");
    assert_eq!(events[0]["error"]["message"], "Only model output audio messages can be truncated");
}

#[test]
fn audio_that_is_put_in_is_understood() {
    let mut desk = Desk::new([]);
    desk.telephone(json!({}));
    let audio = Payload::encode(&spoken("what is my balance"));
    let item = json!({"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": audio.as_str()}]});
    let events = create(&mut desk, &item, None);
    assert!(events[0]["item"]["content"][0].get("audio").is_none());
    desk.respond();
    desk.wait(500);
    assert_eq!(desk.shown(), [Said::User("what is my balance".to_owned())]);
}

#[test]
fn an_approval_answers_a_request_that_is_there() {
    let mut desk = desk();
    let approval = json!({"type": "mcp_approval_response", "id": "b", "approval_request_id": "a", "approve": true});
    assert_eq!(refused(&create(&mut desk, &approval, None)), "invalid_value");
    let request = json!({"type": "mcp_approval_request", "id": "a", "server_label": "docs", "name": "t", "arguments": "{}"});
    assert_eq!(create(&mut desk, &request, None).len(), 2);
    assert_eq!(create(&mut desk, &approval, None).len(), 2);
}
