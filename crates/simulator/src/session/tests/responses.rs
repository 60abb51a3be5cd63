//! Responses: one at a time, always done, paced, cancelled (points 7, 8 and 9).

use super::*;

fn statuses(events: &[Value]) -> Vec<&str> {
    of(events, "response.done")
        .iter()
        .map(|event| event["response"]["status"].as_str().unwrap())
        .collect()
}

#[test]
fn a_written_turn_has_the_events_of_one() {
    let mut desk = Desk::new([say("Good morning.")]);
    desk.take();
    desk.type_in("Hello");
    let mut events =
        desk.send(&json!({"type": "response.create", "response": {"output_modalities": ["text"]}}));
    events.extend(desk.wait(2_000));
    assert_eq!(
        kinds(&events),
        [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
            "rate_limits.updated",
        ]
    );
    let created = &events[0]["response"];
    assert_eq!(
        (&created["status"], &created["output"], &created["usage"]),
        (&json!("in_progress"), &json!([]), &Value::Null)
    );
    assert_eq!(events[1]["item"]["content"], json!([]));
    assert_eq!(events[1]["item"]["status"], "in_progress");
    assert_eq!(events[3]["part"], json!({"type": "text", "text": ""}));
    assert_eq!(events[6]["text"], "Good morning.");
    let done = &one(&events, "response.done")["response"];
    assert_eq!(
        done["output"][0]["content"],
        json!([{"type": "output_text", "text": "Good morning."}])
    );
    assert_eq!(done["output_modalities"], json!(["text"]));
    assert_eq!(done["object"], "realtime.response");
}

#[test]
fn speech_comes_faster_than_real_time_with_its_words_ahead() {
    let mut desk = Desk::new([say("one two three four five six seven eight nine ten")]);
    desk.telephone(json!({}));
    desk.respond();
    assert!(desk.wait(149).is_empty(), "the model thinks");
    let events = desk.wait(650);
    assert_eq!(statuses(&events), ["completed"]);
    let length = audio_ms(&events);
    assert!(length > 2_400, "{length} ms in less than 650");
    let order = kinds(&events);
    let first = |kind: &str| order.iter().position(|known| *known == kind).unwrap();
    assert!(first("response.output_audio_transcript.delta") < first("response.output_audio.delta"));
    let words: String = of(&events, "response.output_audio_transcript.delta")
        .iter()
        .map(|event| event["delta"].as_str().unwrap())
        .collect();
    assert_eq!(words, "one two three four five six seven eight nine ten");
    let usage = &one(&events, "response.done")["response"]["usage"];
    assert_eq!(usage["output_token_details"]["audio_tokens"], length.div_ceil(50));
    assert_eq!(one(&events, "response.content_part.done")["part"]["transcript"], words);
}

#[test]
fn there_is_one_response_at_a_time() {
    let mut desk = Desk::new([say("Hello."), say("Again.")]);
    desk.take();
    let first = desk.respond();
    let id = first[0]["response"]["id"].as_str().unwrap();
    let events = desk.respond();
    assert_eq!(refused(&events), "conversation_already_has_active_response");
    assert!(events[0]["error"]["message"].as_str().unwrap().contains(id));
    assert_eq!(statuses(&desk.wait(3_000)), ["completed"]);
    assert_eq!(kinds(&desk.respond()), ["response.created"]);
}

#[test]
fn a_cancelled_response_stops_at_once_and_is_done() {
    let settings = Settings { pace: 1.0, ..Settings::default() };
    let mut desk = Desk::with(settings, [say("one two three four five six seven eight nine ten")]);
    desk.take();
    desk.respond();
    desk.wait(800);
    let events = desk.send(&json!({"type": "response.cancel"}));
    let done = &one(&events, "response.done")["response"];
    assert_eq!(done["status_details"], json!({"type": "cancelled", "reason": "client_cancelled"}));
    assert!(done["usage"]["output_tokens"].as_u64().unwrap() > 0);
    let transcript =
        one(&events, "response.output_audio_transcript.done")["transcript"].as_str().unwrap();
    assert!("one two three four five six".starts_with(transcript) && !transcript.is_empty());
    assert!(desk.wait(5_000).is_empty());
}

#[test]
fn a_response_is_cancelled_before_it_has_said_anything() {
    let mut desk = Desk::new([say("Hello.")]);
    desk.take();
    let events = desk.respond();
    let id = &events[0]["response"]["id"];
    let events = desk.send(&json!({"type": "response.cancel", "response_id": id}));
    assert_eq!(kinds(&events), ["response.done", "rate_limits.updated"]);
    assert!(desk.wait(5_000).is_empty());
}

#[test]
fn there_has_to_be_something_to_cancel() {
    let mut desk = Desk::new([say("Hello.")]);
    desk.take();
    let events = desk.send(&json!({"type": "response.cancel"}));
    assert_eq!(refused(&events), "response_cancel_not_active");
    desk.respond();
    let events = desk.send(&json!({"type": "response.cancel", "response_id": "resp_other"}));
    assert_eq!(refused(&events), "response_cancel_not_active");
    assert_eq!(statuses(&desk.wait(3_000)), ["completed"]);
}

#[test]
fn a_response_may_say_several_things_or_nothing() {
    let acts = vec![Act::Say("One.".to_owned()), call("a", "{}"), Act::Say("Two.".to_owned())];
    let mut desk = Desk::new([acts]);
    desk.respond();
    let events = desk.wait(5_000);
    let done = &one(&events, "response.done")["response"];
    let output: Vec<_> = done["output"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["type"].as_str().unwrap())
        .collect();
    assert_eq!(output, ["message", "function_call", "message"]);
    let indices: Vec<_> = of(&events, "response.output_item.added")
        .iter()
        .map(|event| event["output_index"].clone())
        .collect();
    assert_eq!(indices, [0, 1, 2]);

    desk.respond();
    let events = desk.wait(1_000);
    assert_eq!(one(&events, "response.done")["response"]["output"], json!([]));
}

#[test]
fn a_script_that_does_not_fit_fails_the_response() {
    let mut desk = Desk::new([vec![Act::Fail("expected another turn".to_owned())]]);
    desk.respond();
    let events = desk.wait(1_000);
    let done = &one(&events, "response.done")["response"];
    assert_eq!(
        (&done["status"], &done["status_details"]["error"]["message"]),
        (&json!("failed"), &json!("expected another turn"))
    );
}

#[test]
fn an_item_that_is_deleted_while_it_is_spoken_is_not_done_in_the_conversation() {
    let settings = Settings { pace: 1.0, ..Settings::default() };
    let mut desk = Desk::with(settings, [say("one two three four five six"), say("Hi.")]);
    desk.respond();
    let events = desk.wait(500);
    let id = &one(&events, "conversation.item.added")["item"]["id"];
    desk.send(&json!({"type": "conversation.item.delete", "item_id": id}));
    let events = desk.wait(5_000);
    assert!(of(&events, "conversation.item.done").is_empty());
    assert_eq!(statuses(&events), ["completed"]);
    desk.respond();
    desk.wait(1_000);
    assert_eq!(desk.shown(), []);
}
