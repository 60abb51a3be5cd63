//! Usage, limits and the longest life (points 8 and 12).

use super::*;

#[test]
fn usage_counts_input_by_kind_and_what_was_read_before() {
    let mut desk = Desk::new([say("Hello."), say("Hello again.")]);
    desk.telephone(json!({}));
    let events = desk.talk("what is my balance");
    let first = one(&events, "response.done")["response"]["usage"].clone();
    assert!(first["input_token_details"]["audio_tokens"].as_u64().unwrap() >= 15);
    assert_eq!(first["input_token_details"]["cached_tokens"], 0);
    let total = first["input_tokens"].as_u64().unwrap() + first["output_tokens"].as_u64().unwrap();
    assert_eq!(first["total_tokens"], total);

    desk.respond();
    let events = desk.wait(3_000);
    let second = &one(&events, "response.done")["response"]["usage"];
    assert_eq!(second["input_token_details"]["cached_tokens"], first["input_tokens"]);
    assert!(second["input_tokens"].as_u64() > first["input_tokens"].as_u64());
}

#[test]
fn a_change_of_instructions_empties_the_cache() {
    let mut desk = Desk::new([say("Hello."), say("Hello again.")]);
    desk.respond();
    desk.wait(3_000);
    desk.update(json!({"instructions": "Be brief."}));
    desk.respond();
    let events = desk.wait(3_000);
    assert_eq!(
        one(&events, "response.done")["response"]["usage"]["input_token_details"]["cached_tokens"],
        0
    );
}

#[test]
fn the_budget_is_told_after_every_response() {
    let mut desk = Desk::new([say("Hello.")]);
    desk.respond();
    let events = desk.wait(3_000);
    let limits = &one(&events, "rate_limits.updated")["rate_limits"][0];
    let spent =
        one(&events, "response.done")["response"]["usage"]["total_tokens"].as_u64().unwrap();
    assert_eq!((&limits["name"], &limits["limit"]), (&json!("tokens"), &json!(800_000)));
    assert_eq!(limits["remaining"], 800_000 - spent);
}

#[test]
fn a_response_that_has_used_its_tokens_is_incomplete() {
    let mut desk = Desk::new([
        say("one two three four five six seven eight nine ten"),
        vec![call("a", "{\"long\": \"argument, very long\"}")],
    ]);
    desk.take();
    let limited = json!({"type": "response.create", "response": {"max_output_tokens": 20}});
    desk.send(&limited);
    let events = desk.wait(5_000);
    let done = &one(&events, "response.done")["response"];
    assert_eq!(done["status"], "incomplete");
    assert_eq!(
        done["status_details"],
        json!({"type": "incomplete", "reason": "max_output_tokens"})
    );
    assert_eq!(done["max_output_tokens"], 20);
    assert!(done["usage"]["output_tokens"].as_u64().unwrap() <= 20);
    assert_eq!(done["output"][0]["status"], "incomplete");

    desk.send(&json!({"type": "response.create", "response": {"max_output_tokens": 5}}));
    let events = desk.wait(5_000);
    let done = &one(&events, "response.done")["response"];
    assert_eq!(
        (&done["status"], &done["output"][0]["status"]),
        (&json!("incomplete"), &json!("incomplete"))
    );
    assert!(of(&events, "response.function_call_arguments.done").is_empty());
}

#[test]
fn a_session_lives_for_an_hour_however_often_it_is_updated() {
    let mut desk = Desk::new([]);
    desk.take();
    desk.wait(3_599_000);
    desk.update(json!({}));
    let events = desk.wait(1_000);
    assert_eq!(refused(&events), "session_expired");
    let message = "Your session hit the maximum duration of 60 minutes.";
    let error = json!({"type": "invalid_request_error", "code": "session_expired", "message": message, "param": null, "event_id": null});
    assert_eq!(events[0]["error"], error);
    assert_eq!(desk.end, Some(Output::Close { code: 1_001, reason: message.to_owned() }));
    assert!(desk.respond().is_empty(), "nothing follows a close");
}
