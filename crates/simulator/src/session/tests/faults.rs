//! Faults that were asked for (points 11 and 12).

use super::*;

const LONG: &str = "one two three four five six seven eight nine ten";

fn done(events: &[Value]) -> &Value {
    &one(events, "response.done")["response"]
}

#[test]
fn a_response_fails_for_want_of_tokens() {
    let mut desk = Desk::with_faults(
        &["rate_limit_exceeded@response:2"],
        [say("Hello."), say("never"), say("Hello.")],
    );
    let mut statuses = Vec::new();
    for _ in 0..3 {
        desk.respond();
        let events = desk.wait(3_000);
        statuses.push((
            done(&events)["status"].clone(),
            done(&events)["status_details"]["error"]["code"].clone(),
        ));
        assert!(done(&events)["usage"].is_object());
    }
    let completed = (json!("completed"), Value::Null);
    assert_eq!(
        statuses,
        [completed.clone(), (json!("failed"), json!("rate_limit_exceeded")), completed]
    );
}

#[test]
fn a_server_error_is_of_its_own_kind() {
    let mut desk = Desk::with_faults(&["server_error"], []);
    desk.respond();
    let events = desk.wait(1_000);
    assert_eq!(done(&events)["status_details"]["error"]["type"], "server_error");
}

#[test]
fn a_connection_ends_in_mid_reply() {
    for (fault, end) in [
        ("close_1006", Output::Abort),
        ("close_1011", Output::Close { code: 1_011, reason: "internal error".to_owned() }),
        ("close_1001", Output::Close { code: 1_001, reason: "going away".to_owned() }),
    ] {
        let mut desk = Desk::with_faults(&[fault], [say(LONG)]);
        desk.respond();
        let events = desk.wait(10_000);
        assert!(!of(&events, "response.output_audio.delta").is_empty());
        assert!(of(&events, "response.done").is_empty());
        assert_eq!(desk.end, Some(end));
    }
}

#[test]
fn a_session_expires_early() {
    let mut desk = Desk::with_faults(&["session_expired@after:5000"], []);
    desk.take();
    assert!(desk.wait(4_999).is_empty());
    assert_eq!(refused(&desk.wait(1)), "session_expired");
    assert!(matches!(desk.end, Some(Output::Close { code: 1_001, .. })));
}

#[test]
fn a_response_is_done_that_was_never_created() {
    let mut desk = Desk::with_faults(&["omit_response_created"], [say("Hello.")]);
    desk.take();
    assert!(desk.respond().is_empty());
    assert_eq!(done(&desk.wait(3_000))["status"], "completed");
}

#[test]
fn a_response_stalls_and_can_be_cancelled() {
    let mut desk = Desk::with_faults(&["stall=500@response:1"], [say(LONG)]);
    desk.telephone(json!({}));
    desk.respond();
    let events = desk.wait(60_000);
    assert_eq!(audio_ms(&events), 640);
    assert!(of(&events, "response.done").is_empty());
    let events = desk.send(&json!({"type": "response.cancel"}));
    assert_eq!(done(&events)["status"], "cancelled");
}

#[test]
fn an_update_is_late_or_refused() {
    let mut desk = Desk::with_faults(&["delay_update=1500@update:1", "refuse_update@update:2"], []);
    desk.take();
    assert!(desk.update(json!({"instructions": "one"})).is_empty());
    assert!(desk.wait(1_499).is_empty());
    assert_eq!(kinds(&desk.wait(1)), ["session.updated"]);
    assert_eq!(refused(&desk.update(json!({"instructions": "two"}))), "invalid_value");
    let events = desk.update(json!({}));
    assert_eq!(events[0]["session"]["instructions"], "one");
}

#[test]
fn a_request_is_refused_though_nothing_runs() {
    let mut desk = Desk::with_faults(
        &["refuse_response@create:1", "refuse_out_of_band@create:*"],
        [say("Hello.")],
    );
    desk.take();
    assert_eq!(refused(&desk.respond()), "conversation_already_has_active_response");
    let events =
        desk.send(&json!({"type": "response.create", "response": {"conversation": "none"}}));
    assert_eq!(refused(&events), "invalid_value");
    assert_eq!(kinds(&desk.respond()), ["response.created"]);
}

#[test]
fn calls_are_spoilt() {
    let arguments = r#"{"account":"123456"}"#;
    for (fault, name, expected) in [
        ("unknown_tool", "lookup_everything", arguments),
        ("malformed_arguments", "a", r#"{"account":"1"#),
        ("wrong_argument_type", "a", r#"{"account":42}"#),
    ] {
        let mut desk =
            Desk::with_faults(&[fault], [vec![call("a", arguments)], vec![call("a", arguments)]]);
        desk.respond();
        let events = desk.wait(1_000);
        let spoilt = one(&events, "response.function_call_arguments.done");
        assert_eq!(
            (&spoilt["name"], &spoilt["arguments"]),
            (&json!(name), &json!(expected)),
            "{fault}"
        );
        desk.respond();
        let events = desk.wait(1_000);
        assert_eq!(one(&events, "response.function_call_arguments.done")["arguments"], arguments);
    }
}

#[test]
fn a_call_is_made_twice_under_two_ids() {
    let mut desk = Desk::with_faults(&["duplicate_call"], [vec![call("a", "{}")]]);
    desk.respond();
    let events = desk.wait(1_000);
    let calls = of(&events, "response.function_call_arguments.done");
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0]["arguments"], calls[1]["arguments"]);
    assert_ne!(calls[0]["call_id"], calls[1]["call_id"]);
    assert_eq!(done(&events)["output"].as_array().unwrap().len(), 2);
}

#[test]
fn errors_stop_naming_events_and_unknown_events_come() {
    let mut desk =
        Desk::with_faults(&["error_without_event_id@update:1", "unknown_event@response:1"], []);
    desk.take();
    let cancel = json!({"type": "response.cancel", "event_id": "mine"});
    assert_eq!(desk.send(&cancel)[0]["error"]["event_id"], "mine");
    desk.update(json!({}));
    assert_eq!(desk.send(&cancel)[0]["error"]["event_id"], Value::Null);
    assert!(kinds(&desk.respond()).contains(&"simulator.weather"));
}
