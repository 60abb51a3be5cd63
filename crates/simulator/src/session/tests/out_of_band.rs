//! Responses beside the conversation (point 7).

use super::*;

fn classify(extra: &Value) -> Value {
    let mut response = json!({"conversation": "none", "output_modalities": ["text"], "metadata": {"purpose": "classify"}});
    response.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    json!({"type": "response.create", "response": response})
}

#[test]
fn one_beside_the_conversation_runs_along_and_leaves_no_trace() {
    let mut desk =
        Desk::new([say("A long answer to the caller, word by word."), say("billing"), say("Bye.")]);
    desk.take();
    desk.type_in("Hello");
    desk.respond();
    let events = desk.send(&classify(&json!({})));
    let created = &one(&events, "response.created")["response"];
    assert_eq!(
        (&created["conversation_id"], &created["metadata"]),
        (&Value::Null, &json!({"purpose": "classify"}))
    );

    let events = desk.wait(10_000);
    let done = of(&events, "response.done");
    assert_eq!(done.len(), 2);
    let beside = done.iter().find(|event| event["response"]["conversation_id"].is_null()).unwrap();
    assert_eq!(beside["response"]["metadata"]["purpose"], "classify");
    assert_eq!(beside["response"]["output"][0]["content"][0]["text"], "billing");
    let item = &beside["response"]["output"][0]["id"];
    assert!(!events.iter().any(|event| {
        event["type"].as_str().unwrap().starts_with("conversation.item")
            && event["item"]["id"] == *item
    }));

    desk.respond();
    desk.wait(3_000);
    assert_eq!(desk.shown().len(), 2, "the caller's words and the answer");
}

#[test]
fn input_stands_in_for_the_conversation() {
    let mut desk = Desk::new([say("a"), say("b"), say("c")]);
    desk.take();
    let events = desk.type_in("Hello");
    desk.type_in("Something else");
    let id = &events[0]["item"]["id"];
    let given = json!({"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Classify."}]});
    desk.send(&classify(&json!({"input": [{"type": "item_reference", "id": id}, given]})));
    desk.wait(1_000);
    assert_eq!(
        desk.shown(),
        [Said::User("Hello".to_owned()), Said::System("Classify.".to_owned())]
    );

    desk.send(&classify(&json!({"input": []})));
    desk.wait(1_000);
    assert_eq!(desk.shown(), []);

    let events =
        desk.send(&classify(&json!({"input": [{"type": "item_reference", "id": "nobody"}]})));
    assert_eq!(refused(&events), "invalid_value");
    assert_eq!(events[0]["error"]["param"], "response.input[0].id");
}

#[test]
fn one_beside_the_conversation_is_cancelled_by_its_id_only() {
    let mut desk = Desk::new([say("one two three four five six seven eight")]);
    desk.take();
    let events = desk.send(&classify(&json!({"output_modalities": ["audio"]})));
    let id = events[0]["response"]["id"].clone();
    assert_eq!(
        refused(&desk.send(&json!({"type": "response.cancel"}))),
        "response_cancel_not_active"
    );
    let events = desk.send(&json!({"type": "response.cancel", "response_id": id}));
    assert_eq!(one(&events, "response.done")["response"]["status"], "cancelled");
}

#[test]
fn the_callers_voice_does_not_cancel_one_beside_the_conversation() {
    let settings = Settings { pace: 0.5, ..Settings::default() };
    let mut desk = Desk::with(settings, [say("one two three four five six seven eight")]);
    desk.telephone(
        json!({"input": {"turn_detection": {"type": "server_vad", "create_response": false}}}),
    );
    desk.send(&classify(&json!({"output_modalities": ["audio"]})));
    let events = desk.talk("hello");
    one(&events, "input_audio_buffer.speech_started");
    let events = [events, desk.wait(20_000)].concat();
    assert_eq!(one(&events, "response.done")["response"]["status"], "completed");
}

#[test]
fn an_answer_may_be_written_to_the_conversation_with_a_context_of_its_own() {
    let mut desk = Desk::new([say("Hello.")]);
    desk.take();
    desk.type_in("Not this");
    desk.send(
        &json!({"type": "response.create", "response": {"input": [], "instructions": "Greet."}}),
    );
    let events = desk.wait(3_000);
    one(&events, "conversation.item.added");
    assert_eq!(desk.shown(), []);
}

#[test]
fn several_run_at_once_and_each_is_cancelled_alone() {
    let mut desk = Desk::new([say("One moment."), say("Nearly there."), say("Bear with me.")]);
    desk.telephone(json!({}));
    let phrase = |n: u8| {
        json!({"type": "response.create", "response": {"conversation": "none", "input": [], "tools": [], "tool_choice": "none",
            "instructions": "Say exactly: One moment.", "output_modalities": ["audio"], "metadata": {"phrase": n.to_string()}}})
    };
    let ids: Vec<Value> =
        (0..3).map(|n| desk.send(&phrase(n))[0]["response"]["id"].clone()).collect();
    let events = desk.send(&json!({"type": "response.cancel", "response_id": ids[1]}));
    assert_eq!(one(&events, "response.done")["response"]["id"], ids[1]);

    let events = desk.wait(5_000);
    let done = of(&events, "response.done");
    let of_phrases: Vec<_> =
        done.iter().map(|event| &event["response"]["metadata"]["phrase"]).collect();
    assert_eq!(of_phrases, ["0", "2"]);
    for event in done {
        assert_eq!(event["response"]["status"], "completed");
        assert_eq!(event["response"].get("conversation_id"), Some(&Value::Null));
    }
    for id in [&ids[0], &ids[2]] {
        let own = |event: &&Value| event["response_id"] == *id;
        assert!(of(&events, "response.output_audio.delta").iter().any(own));
    }
    assert!(of(&events, "conversation.item.added").is_empty());
}

#[test]
fn one_beside_the_conversation_does_not_keep_the_caller_from_being_idle() {
    let mut desk = Desk::new([say("How can I help?"), say("One moment.")]);
    let turns = json!({"type": "server_vad", "create_response": false, "idle_timeout_ms": 5_000});
    desk.telephone(json!({"input": {"turn_detection": turns}}));
    desk.respond();
    desk.wait(3_000);
    desk.send(&classify(&json!({"output_modalities": ["audio"]})));
    let events = desk.wait(6_000);
    one(&events, "input_audio_buffer.timeout_triggered");
}
