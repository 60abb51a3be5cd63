//! The session at its start and as it changes (points 2 and 3).

use super::*;

#[test]
fn the_first_event_is_a_whole_session_that_says_it_is_a_simulator() {
    let mut desk = Desk::new([]);
    let events = desk.take();
    let session = &one(&events, "session.created")["session"];

    assert_eq!(session["object"], "realtime.session");
    assert_eq!(session["expires_at"], 4_600);
    assert_eq!(session["model"], "gpt-realtime-2.1");
    assert_eq!(session["output_modalities"], json!(["audio"]));
    assert!(session["instructions"].as_str().unwrap().contains("simulator"));
    assert_eq!(
        session["audio"]["input"],
        json!({
            "format": {"type": "audio/pcm", "rate": 24_000}, "transcription": null, "noise_reduction": null,
            "turn_detection": {
                "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
                "idle_timeout_ms": null, "create_response": true, "interrupt_response": true,
            },
        })
    );
    assert_eq!(session["audio"]["output"]["voice"], "marin");
}

#[test]
fn an_update_is_answered_with_the_whole_session_and_without_the_clients_id() {
    let mut desk = Desk::new([]);
    desk.take();
    let update = json!({"type": "session.update", "event_id": "mine", "session": {"type": "realtime", "instructions": "Be brief."}});
    let events = desk.send(&update);

    let updated = one(&events, "session.updated");
    assert_eq!(updated["session"]["instructions"], "Be brief.");
    assert!(updated["session"]["audio"]["output"].is_object());
    assert_ne!(updated["event_id"], "mine");
    assert!(updated.get("previous_event_id").is_none());
}

#[test]
fn a_refused_update_changes_nothing_and_names_the_event() {
    let mut desk = Desk::new([]);
    desk.take();
    let update = json!({"type": "session.update", "event_id": "mine",
                        "session": {"type": "realtime", "instructions": "New.", "temperature": 1}});
    let events = desk.send(&update);
    assert_eq!(refused(&events), "unknown_parameter");
    assert_eq!(events[0]["error"]["param"], "session.temperature");
    assert_eq!(events[0]["error"]["event_id"], "mine");

    let events = desk.update(json!({}));
    assert!(events[0]["session"]["instructions"].as_str().unwrap().contains("simulator"));
}

#[test]
fn an_update_without_a_type_is_refused() {
    let mut desk = Desk::new([]);
    desk.take();
    let events = desk.send(&json!({"type": "session.update", "session": {"instructions": "x"}}));
    assert_eq!(refused(&events), "missing_required_parameter");
    assert_eq!(events[0]["error"]["message"], "Missing required parameter: 'session.type'.");
}

#[test]
fn the_voice_is_free_until_the_model_has_spoken() {
    let mut desk = Desk::new([say("Hello there.")]);
    assert_eq!(
        kinds(&desk.update(json!({"audio": {"output": {"voice": "cedar"}}}))).last(),
        Some(&"session.updated")
    );
    desk.respond();
    desk.wait(5_000);
    let events = desk.update(json!({"audio": {"output": {"voice": "marin"}}, "instructions": "x"}));
    assert_eq!(refused(&events), "cannot_update_voice");
    let events = desk.update(json!({"audio": {"output": {"voice": "cedar"}}}));
    assert_eq!(kinds(&events), ["session.updated"]);
}

#[test]
fn what_is_no_event_is_an_error_and_the_session_goes_on() {
    let mut desk = Desk::new([]);
    desk.take();
    for frame in ["nonsense", "[]", "7", "", "{\"type\":"] {
        assert_eq!(refused(&desk.frame(frame)), "invalid_json", "{frame}");
    }
    assert_eq!(refused(&desk.frame("{}")), "invalid_event");
    assert_eq!(refused(&desk.frame(r#"{"type":"session.close"}"#)), "invalid_value");
    assert_eq!(refused(&desk.frame(r#"{"type":"output_audio_buffer.clear"}"#)), "invalid_value");
    desk.session.binary_frame();
    desk.pump();
    assert_eq!(refused(&desk.take()), "invalid_json");
    assert_eq!(kinds(&desk.update(json!({}))), ["session.updated"]);
}

#[test]
fn an_error_can_be_told_not_to_name_the_event() {
    let settings = Settings { echo_event_ids: false, ..Settings::default() };
    let mut desk = Desk::with(settings, []);
    desk.take();
    let events = desk.send(&json!({"type": "response.cancel", "event_id": "mine"}));
    assert_eq!(events[0]["error"]["event_id"], Value::Null);
}

#[test]
fn unknown_fields_and_events_are_mixed_in_where_that_is_asked_for() {
    let settings = Settings { unknown_extras: true, ..Settings::default() };
    let mut desk = Desk::with(settings, [say("Hello there, how can I help you today?")]);
    desk.respond();
    let events = desk.wait(10_000);
    assert!(events.iter().any(|event| event["type"] == "simulator.weather"));
    assert!(events.iter().any(|event| event.get("simulator_extra").is_some()));
    assert!(events.iter().any(|event| event["type"] == "response.done"));
}

#[test]
fn the_same_seed_gives_the_same_frames() {
    let run = |seed| {
        let mut desk = Desk::with(Settings { seed, ..Settings::default() }, [say("Hello.")]);
        desk.respond();
        desk.wait(2_000)
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}

#[test]
fn an_mcp_server_is_listed_as_unreachable() {
    let mut desk = Desk::new([]);
    desk.take();
    let tool = json!({"type": "mcp", "server_label": "docs", "server_url": "https://mcp.test"});
    let events = desk.update(json!({"tools": [tool]}));
    let expected = [
        "session.updated",
        "mcp_list_tools.in_progress",
        "conversation.item.added",
        "mcp_list_tools.failed",
    ];
    assert_eq!(kinds(&events), expected);
}

#[test]
fn a_beta_client_is_told_and_closed() {
    let mut desk = Desk::open(Settings::default(), Opening::Beta, [], false);
    assert_eq!(refused(&desk.take()), "beta_api_shape_disabled");
    assert!(matches!(desk.end, Some(Output::Close { code: 4_000, .. })));
}
