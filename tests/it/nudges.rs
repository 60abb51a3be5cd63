//! A caller who says nothing is asked whether they are there, and in the end told goodbye.

use std::time::Duration;

use harness::Stage;
use serde_json::{Value, json};
use switchboard_session::{CallEvent, CallSettings};

const SECOND: Duration = Duration::from_secs(1);

/// A phone call whose greeting has been heard, with the usual nudges or others.
async fn greeted(nudge_ms: u64) -> Stage {
    let settings = CallSettings { render_holds: false, nudge_ms, ..CallSettings::default() };
    let mut stage = Stage::with_slow_tools(false, settings).await;
    stage.greet().await;
    stage
}

/// After this much quiet the model is told of it, and asks; returns what it was told.
async fn nudged(stage: &mut Stage, response: &str, after: Duration) -> (String, Value) {
    stage.model.expect_nothing_for(after - Duration::from_millis(100)).await;
    let note = stage.model.expect("conversation.item.create").await["item"].take();
    assert_eq!(note["role"], "system", "{note}");
    stage.model.send(json!({"type": "conversation.item.added", "item": note})).await;
    let request = stage.model.answer(response, "Are you still there?", SECOND).await;
    stage.caller.hear(&format!("item_{response}"), SECOND).await;
    (note["content"][0]["text"].as_str().unwrap().to_owned(), request)
}

#[tokio::test(start_paused = true)]
async fn a_silent_caller_is_asked_twice_and_then_told_goodbye() {
    let mut stage = greeted(15_000).await;

    let (first, _) = nudged(&mut stage, "resp_1", SECOND * 15).await;
    assert!(first.contains("still there"), "{first}");
    nudged(&mut stage, "resp_2", SECOND * 15).await;
    let (last, request) = nudged(&mut stage, "resp_3", SECOND * 15).await;

    assert!(last.contains("goodbye"), "{last}");
    assert_eq!(request["response"]["tool_choice"], "none");
    stage.caller.hear_hang_up().await;
    assert_eq!(stage.caller.heard_of("item_resp_3"), SECOND, "the goodbye is heard");
    stage.gone().await;
    let ended = stage.events().into_iter().find_map(|event| match event {
        CallEvent::Ended { reason, failed } => Some((reason, failed)),
        _ => None,
    });
    let (reason, failed) = ended.unwrap();
    assert!(reason.contains("said nothing") && !failed, "{reason}");
}

#[tokio::test(start_paused = true)]
async fn any_turn_of_the_callers_begins_the_count_again() {
    let mut stage = greeted(15_000).await;
    for round in 0..3 {
        nudged(&mut stage, &format!("resp_{round}_1"), SECOND * 15).await;
        nudged(&mut stage, &format!("resp_{round}_2"), SECOND * 15).await;
        let response = format!("resp_{round}_3");
        stage.asks(&format!("user_{round}"), "I am here.", &response).await;
        stage.model.say(&response, &format!("item_{response}"), "Good.", SECOND).await;
        stage.model.done(&response, "completed", &[]).await;
        stage.caller.hear(&format!("item_{response}"), SECOND).await;
    }
    stage.caller.press("1#").await;
    let item = stage.model.expect("conversation.item.create").await["item"].take();
    stage.model.send(json!({"type": "conversation.item.added", "item": item})).await;
    stage.model.answer("resp_key", "Thank you.", SECOND).await;
    stage.caller.hear("item_resp_key", SECOND).await;

    let (note, _) = nudged(&mut stage, "resp_last", SECOND * 15).await;
    assert!(note.contains("still there"), "{note}");
    assert!(!stage.caller.hung_up);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_answers_the_goodbye_stays() {
    let mut stage = greeted(15_000).await;
    nudged(&mut stage, "resp_1", SECOND * 15).await;
    nudged(&mut stage, "resp_2", SECOND * 15).await;
    stage.model.expect_nothing_for(SECOND * 14).await;
    let note = stage.model.expect("conversation.item.create").await["item"].take();
    stage.model.send(json!({"type": "conversation.item.added", "item": note})).await;
    stage.model.respond("resp_3").await;
    stage.model.say("resp_3", "item_3", "Goodbye, and call again at any time.", SECOND * 2).await;
    stage.model.done("resp_3", "completed", &[]).await;
    stage.caller.hear("item_3", SECOND).await;

    stage.model.speech_started("user_1").await;
    stage.model.expect("conversation.item.truncate").await;
    stage.model.turn("user_1", "No, wait!").await;
    stage.model.begin("resp_4", &Value::Null).await;
    stage.model.say("resp_4", "item_4", "I am here.", SECOND).await;
    stage.model.done("resp_4", "completed", &[]).await;
    stage.caller.hear("item_4", SECOND).await;

    stage.model.expect_nothing_for(SECOND * 10).await;
    assert!(!stage.caller.hung_up);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_where_that_is_switched_off() {
    let mut stage = greeted(0).await;

    stage.model.expect_nothing_for(SECOND * 600).await;
}

#[tokio::test(start_paused = true)]
async fn a_caller_for_whom_something_still_runs_is_told_so_and_not_hung_up_on() {
    let mut stage = greeted(15_000).await;
    stage.model.expect_nothing_for(Duration::from_millis(700)).await;
    stage.asks("user_1", "Do some research.", "resp_1").await;
    let item = stage.model.call("resp_1", "call_1", "research", r#"{"milliseconds":250000}"#).await;
    stage.model.done("resp_1", "completed", &[item]).await;
    let (envelope, _) = stage.model.output_after_holds("call_1").await;
    assert_eq!(envelope["status"], "pending");
    stage.model.answer("resp_2", "I am on it.", SECOND).await;
    stage.model.expect("conversation.item.delete").await;
    stage.caller.hear("item_resp_2", SECOND).await;

    for round in 1..=4 {
        let (response, after) = (format!("resp_3_{round}"), SECOND * 15 * round);
        let (note, _) = nudged(&mut stage, &response, after).await;
        assert!(note.contains("still being worked on"), "{note}");
    }
    assert!(!stage.caller.hung_up);
}
