//! The caller's audio: turns, manual commits, transcripts, interruptions (points 4 and 9).

use super::*;

fn desk(audio: Value, acts: impl IntoIterator<Item = Vec<Act>>) -> Desk {
    let mut desk = Desk::new(acts);
    desk.telephone(audio);
    desk
}

#[test]
fn a_turn_is_found_in_the_audio_and_answered_in_order() {
    let mut desk = desk(json!({}), [say("It is four euros.")]);
    let events = desk.talk("what is my balance");
    let mut order: Vec<_> = kinds(&events);
    order.retain(|kind| !kind.contains("delta"));
    assert_eq!(
        order,
        [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
            "rate_limits.updated",
        ]
    );
    let id = &one(&events, "input_audio_buffer.speech_started")["item_id"];
    assert_eq!(id, &one(&events, "input_audio_buffer.speech_stopped")["item_id"]);
    assert_eq!(id, &one(&events, "input_audio_buffer.committed")["item_id"]);
    assert_eq!(id, &of(&events, "conversation.item.added")[0]["item"]["id"]);
    assert_eq!(&of(&events, "conversation.item.added")[1]["previous_item_id"], id);
    let start =
        one(&events, "input_audio_buffer.speech_started")["audio_start_ms"].as_u64().unwrap();
    assert!((650..=750).contains(&start), "{start}");
    assert_eq!(desk.shown(), [Said::User("what is my balance".to_owned())]);
}

#[test]
fn an_append_is_not_answered() {
    let mut desk = desk(json!({}), []);
    assert!(desk.stream(&[0xFF; 1_600]).is_empty());
    let events = desk.send(&json!({"type": "input_audio_buffer.append", "audio": "?"}));
    assert_eq!(refused(&events), "invalid_value");
}

#[test]
fn less_than_100_ms_cannot_be_committed() {
    let mut desk = desk(json!({"input": {"turn_detection": null}}), []);
    let commit = json!({"type": "input_audio_buffer.commit"});
    let events = desk.send(&commit);
    assert_eq!(refused(&events), "input_audio_buffer_commit_empty");
    desk.stream(&[0xFF; 792]);
    let events = desk.send(&commit);
    assert!(
        events[0]["error"]["message"]
            .as_str()
            .unwrap()
            .ends_with("buffer only has 99.00ms of audio.")
    );
    desk.stream(&[0xFF; 8]);
    let events = desk.send(&commit);
    assert_eq!(
        kinds(&events),
        ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]
    );
}

#[test]
fn manual_turns_are_committed_and_cleared_by_the_client() {
    let mut desk = desk(json!({"input": {"turn_detection": null}}), []);
    assert!(desk.talk("forget this").is_empty());
    let events = desk.send(&json!({"type": "input_audio_buffer.clear"}));
    assert_eq!(kinds(&events), ["input_audio_buffer.cleared"]);
    desk.talk("what is my balance");
    desk.send(&json!({"type": "input_audio_buffer.commit"}));
    assert!(desk.wait(1_000).is_empty(), "a commit starts no response");
    desk.respond();
    desk.wait(500);
    assert_eq!(desk.shown(), [Said::User("what is my balance".to_owned())]);
}

#[test]
fn speech_that_nobody_understands_is_an_empty_turn() {
    let mut desk = desk(json!({"input": {"transcription": {"model": "gpt-4o-transcribe"}}}), []);
    // A hum with overtones: voiced, and no words in it.
    let hum: Vec<i16> = (0..8_000).map(|n| if n % 64 < 32 { 6_000 } else { -6_000 }).collect();
    let quiet = [0; 8_000];
    let events = desk.stream(&g711::encode_mulaw(&[&quiet[..], &hum, &quiet].concat()));
    let completed = one(&events, "conversation.item.input_audio_transcription.completed");
    assert_eq!(completed["transcript"], "");
    desk.wait(500);
    assert_eq!(desk.shown(), [Said::User(String::new())]);
}

#[test]
fn a_recogniser_is_waited_for() {
    let opening = Opening::Realtime { model: "gpt-realtime".to_owned() };
    let mut desk = Desk::open(Settings::default(), opening, [say("Fine.")], true);
    desk.telephone(json!({"input": {"transcription": {"model": "whisper-1"}}}));
    let hum: Vec<i16> = (0..8_000).map(|n| if n % 64 < 32 { 6_000 } else { -6_000 }).collect();
    let quiet = [0; 8_000];
    let events = desk.stream(&g711::encode_mulaw(&[&quiet[..], &hum, &quiet].concat()));
    assert!(of(&events, "response.done").is_empty());
    assert!(desk.wait(3_000).is_empty());

    let item = desk.unrecognised.remove(0);
    desk.session.recognised(&item, "my balance".to_owned(), desk.now);
    desk.pump();
    let events = [desk.take(), desk.wait(3_000)].concat();
    let completed = one(&events, "conversation.item.input_audio_transcription.completed");
    assert_eq!(completed["transcript"], "my balance");
    assert_eq!(completed["usage"]["type"], "duration");
    one(&events, "response.done");
    assert_eq!(desk.shown(), [Said::User("my balance".to_owned())]);
}

#[test]
fn a_transcript_comes_in_deltas_with_its_usage() {
    let mut desk = desk(json!({"input": {"transcription": {"model": "gpt-4o-transcribe"}}}), []);
    let events = desk.talk("what is my balance");
    let kind = "conversation.item.input_audio_transcription";
    let deltas: String = of(&events, &format!("{kind}.delta"))
        .iter()
        .map(|event| event["delta"].as_str().unwrap())
        .collect();
    assert_eq!(deltas, "what is my balance");
    let completed = one(&events, &format!("{kind}.completed"));
    assert_eq!(completed["transcript"], "what is my balance");
    let usage = &completed["usage"];
    assert_eq!((&usage["type"], &usage["output_tokens"]), (&json!("tokens"), &json!(5)));
    assert!(usage["input_tokens"].as_u64().unwrap() >= 15);
}

#[test]
fn speech_cancels_the_running_response() {
    let settings = Settings { pace: 1.0, ..Settings::default() };
    let long =
        "This is a very long answer that goes on and on and on and on until somebody says stop.";
    let mut desk = Desk::with(settings, [say(long), say("Yes?")]);
    desk.telephone(json!({}));
    desk.respond();
    desk.wait(1_000);
    let events = desk.talk("stop please");
    let order = kinds(&events);
    let place = |kind: &str| order.iter().position(|known| *known == kind).unwrap();
    assert!(place("input_audio_buffer.speech_started") < place("response.done"));

    let done = of(&events, "response.done")[0];
    assert_eq!(done["response"]["status"], "cancelled");
    assert_eq!(
        done["response"]["status_details"],
        json!({"type": "cancelled", "reason": "turn_detected"})
    );
    assert!(done["response"]["usage"]["output_tokens"].as_u64().unwrap() > 0);
    assert_eq!(done["response"]["output"][0]["status"], "incomplete");
    let id = &done["response"]["id"];
    let after = &events[place("response.done")..];
    assert!(!after.iter().any(|event| event["response_id"] == *id), "nothing comes late");
    assert_eq!(of(&events, "response.created").len(), 1, "the turn is answered");
}

#[test]
fn a_response_that_may_not_be_interrupted_goes_on_and_the_turn_gets_none() {
    let settings = Settings { pace: 1.0, ..Settings::default() };
    let long =
        "This is a very long answer that goes on and on and on and on until somebody says stop.";
    let mut desk = Desk::with(settings, [say(long)]);
    desk.telephone(
        json!({"input": {"turn_detection": {"type": "server_vad", "interrupt_response": false}}}),
    );
    desk.respond();
    desk.wait(1_000);
    let events = desk.talk("stop");
    let error = one(&events, "error");
    assert_eq!(error["error"]["code"], "conversation_already_has_active_response");
    assert!(of(&events, "response.done").is_empty());
    let events = desk.wait(20_000);
    assert_eq!(one(&events, "response.done")["response"]["status"], "completed");
}

#[test]
fn without_create_response_a_turn_is_committed_and_not_answered() {
    let mut desk = desk(
        json!({"input": {"turn_detection": {"type": "server_vad", "create_response": false}}}),
        [],
    );
    let events = desk.talk("hello");
    assert!(kinds(&events).contains(&"input_audio_buffer.committed"));
    assert!(of(&events, "response.created").is_empty());
}

#[test]
fn settings_of_the_detection_count() {
    let with = |turns: Value| {
        let mut desk = desk(json!({"input": {"turn_detection": turns}}), []);
        let events = desk.talk("hello there");
        let at =
            |kind: &str, key: &str| of(&events, kind).first().and_then(|event| event[key].as_u64());
        (
            at("input_audio_buffer.speech_started", "audio_start_ms"),
            at("input_audio_buffer.speech_stopped", "audio_end_ms"),
        )
    };
    let (start, end) =
        with(json!({"type": "server_vad", "prefix_padding_ms": 0, "silence_duration_ms": 200}));
    let (padded, late) =
        with(json!({"type": "server_vad", "prefix_padding_ms": 300, "silence_duration_ms": 700}));
    assert_eq!(start.unwrap() - padded.unwrap(), 300);
    assert_eq!(late.unwrap() - end.unwrap(), 500);
    let (patient, _) = with(json!({"type": "server_vad", "threshold": 1.0}));
    assert!(patient.is_none() || patient >= padded);
}

#[test]
fn nobody_speaking_for_long_is_a_turn() {
    let turns = json!({"type": "server_vad", "idle_timeout_ms": 5_000});
    let mut desk =
        desk(json!({"input": {"turn_detection": turns}}), [say("Hello."), say("Are you there?")]);
    desk.respond();
    let events = desk.wait(4_900);
    let spoken = audio_ms(&events);
    assert!(of(&events, "input_audio_buffer.timeout_triggered").is_empty());
    let events = desk.wait(spoken + 2_000);
    let order = kinds(&events);
    assert_eq!(
        order[..5],
        [
            "input_audio_buffer.timeout_triggered",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
        ]
    );
}

#[test]
fn a_transcription_session_answers_nothing() {
    let mut desk = Desk::open(Settings::default(), Opening::Transcription, [], false);
    let events = desk.take();
    assert_eq!(events[0]["session"]["type"], "transcription");
    let session = json!({"type": "transcription", "audio": {"input": {"format": {"type": "audio/pcmu"}, "transcription": {"model": "whisper-1"}}}});
    desk.send(&json!({"type": "session.update", "session": session}));
    let events = desk.talk("hello there");
    assert_eq!(
        one(&events, "conversation.item.input_audio_transcription.delta")["delta"],
        "hello there"
    );
    assert!(of(&events, "response.created").is_empty());
    assert_eq!(refused(&desk.respond()), "invalid_value");
}
