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
        &["refuse_response@create:1", "refuse_out_of_band@out_of_band:*"],
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

#[test]
fn the_link_is_cut_in_every_way_after_a_certain_event() {
    for (fault, end) in [
        ("close_1006", Output::Abort),
        ("reset", Output::Reset),
        ("mute", Output::Mute),
        (
            "close=1012",
            Output::Close { code: 1_012, reason: "the simulator was told to close".to_owned() },
        ),
    ] {
        let fault = format!("{fault}@event:response.output_audio.delta:3");
        let mut desk = Desk::with_faults(&[&fault], [say(LONG)]);
        desk.respond();
        let events = desk.wait(10_000);
        assert_eq!(of(&events, "response.output_audio.delta").len(), 3, "{fault}");
        assert_eq!(events.last().unwrap()["type"], "response.output_audio.delta");
        assert_eq!(desk.end, Some(end));
        assert!(desk.type_in("Hello").is_empty(), "nobody listens any more");
    }
}

#[test]
fn the_link_is_cut_after_any_number_of_events() {
    for nth in 1..=20 {
        let mut desk = Desk::with_faults(&[&format!("close_1006@sent:{nth}")], [say(LONG)]);
        let mut events = desk.take();
        events.extend(desk.type_in("Hello"));
        events.extend(desk.respond());
        events.extend(desk.wait(10_000));
        assert_eq!((events.len(), &desk.end), (nth, &Some(Output::Abort)));
    }
}

#[test]
fn a_session_expires_after_an_event_with_its_error_behind_it() {
    let mut desk = Desk::with_faults(&["session_expired@event:response.created:1"], [say(LONG)]);
    desk.take();
    let events = desk.respond();
    assert_eq!(kinds(&events), ["response.created", "error"]);
    assert!(matches!(desk.end, Some(Output::Close { code: 1_001, .. })));
}

#[test]
fn what_arrives_as_the_link_is_cut_is_lost() {
    let faults = ["close_1006@received:2", "unknown_event@event:conversation.item.create:1"];
    let mut desk = Desk::with_faults(&faults, [say(LONG)]);
    desk.take();
    desk.send(&json!({"type": "input_audio_buffer.append", "audio": ""}));
    let events = desk.type_in("Hello");
    assert_eq!(
        kinds(&events),
        ["simulator.weather", "conversation.item.added", "conversation.item.done"]
    );
    assert!(desk.respond().is_empty());
    assert_eq!(desk.end, Some(Output::Abort));
}

#[test]
fn a_response_is_late_or_pauses_and_goes_on() {
    for (fault, before) in [("delay_response=8000", false), ("pause=8000", true)] {
        let mut desk = Desk::with_faults(&[fault], [say(LONG)]);
        desk.telephone(json!({}));
        assert_eq!(kinds(&desk.respond()), ["response.created"]);
        let events = desk.wait(8_000);
        assert_eq!(!of(&events, "response.output_audio.delta").is_empty(), before, "{fault}");
        assert!(of(&events, "response.done").is_empty(), "{fault}");
        let events = desk.wait(2_000);
        assert_eq!(done(&events)["status"], "completed", "{fault}");
        assert_eq!(done(&events)["output"][0]["content"][0]["transcript"], LONG);
    }
}

#[test]
fn a_response_fails_after_it_has_spoken() {
    let mut desk = Desk::with_faults(&["fail_midway=500"], [say(LONG)]);
    desk.telephone(json!({}));
    desk.respond();
    let events = desk.wait(10_000);
    assert_eq!(audio_ms(&events), 640);
    assert_eq!(done(&events)["status_details"]["error"]["type"], "server_error");
    assert_eq!(done(&events)["output"][0]["status"], "incomplete");
}

#[test]
fn a_rate_limit_says_when_it_is_over_if_it_is_told_to() {
    for (fault, told) in [("rate_limit_exceeded=2500", true), ("rate_limit_exceeded", false)] {
        let mut desk = Desk::with_faults(&[fault], []);
        desk.respond();
        let events = desk.wait(1_000);
        let message = done(&events)["status_details"]["error"]["message"].as_str().unwrap();
        assert_eq!(message.contains("try again in 2.5s"), told, "{message}");
        let limits = of(&events, "rate_limits.updated");
        assert_eq!(limits.len(), usize::from(told));
        if told {
            let limit = &limits[0]["rate_limits"][0];
            assert_eq!((&limit["remaining"], &limit["reset_seconds"]), (&json!(0), &json!(2.5)));
        }
    }
}

#[test]
fn items_of_a_kind_are_refused() {
    let faults = ["refuse_item@item:function_call_output:1", "refuse_item@item:user:2"];
    let mut desk = Desk::with_faults(&faults, [vec![call("a", "{}")]]);
    desk.respond();
    let events = desk.wait(1_000);
    let id = one(&events, "response.function_call_arguments.done")["call_id"].clone();
    let item = json!({"type": "function_call_output", "call_id": id, "output": "4"});
    let create = json!({"type": "conversation.item.create", "item": item});
    assert_eq!(refused(&desk.send(&create)), "invalid_tool_call_id");
    assert_eq!(kinds(&desk.send(&create)), ["conversation.item.added", "conversation.item.done"]);
    assert_eq!(desk.type_in("one").len(), 2);
    assert_eq!(refused(&desk.type_in("two")), "invalid_value");
    assert_eq!(desk.type_in("two").len(), 2);
}

#[test]
fn requests_are_not_answered_at_all() {
    let mut desk = Desk::with_faults(
        &["ignore_response@create:1", "ignore_out_of_band@out_of_band:1"],
        [say("one"), say("two")],
    );
    desk.take();
    assert!(desk.respond().is_empty());
    let beside = json!({"type": "response.create", "response": {"conversation": "none"}});
    assert!(desk.send(&beside).is_empty());
    assert!(desk.wait(5_000).is_empty());
    assert_eq!(kinds(&desk.respond()), ["response.created"]);
    assert_eq!(kinds(&desk.send(&beside)), ["response.created"]);
}

#[test]
fn what_goes_wrong_beside_the_conversation_is_counted_apart() {
    let mut desk = Desk::with_faults(
        &["server_error@response:1", "rate_limit_exceeded@out_of_band:2"],
        [say("one"), say("two")],
    );
    let beside = json!({"type": "response.create", "response": {"conversation": "none"}});
    let mut status = |event: &Value| {
        desk.send(event);
        done(&desk.wait(3_000))["status"].clone()
    };
    assert_eq!(status(&beside), "completed");
    assert_eq!(status(&beside), "failed");
    assert_eq!(status(&json!({"type": "response.create"})), "failed");
    assert_eq!(status(&json!({"type": "response.create"})), "completed");
}
