//! How a call ends.

use std::time::Duration;

use harness::Stage;
use serde_json::{Value, json};
use switchboard_session::{CallEvent, CallState};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn the_goodbye_is_heard_to_its_end_before_we_hang_up() {
    let mut stage = Stage::asked("That was all, goodbye.").await;
    stage.model.say("resp_1", "item_1", "Goodbye, and thank you for calling!", SECOND * 3).await;
    let item = stage
        .model
        .call("resp_1", "call_1", "end_call", r#"{"reason":"the caller said goodbye"}"#)
        .await;
    stage.model.done("resp_1", "completed", &[item]).await;
    stage.model.output("call_1").await;

    stage.caller.hear_hang_up().await;

    assert_eq!(stage.caller.heard_of("item_1"), SECOND * 3);
    stage.model.expect_close().await;
    stage.gone().await;
    assert_eq!(
        stage.sessions.call(stage.id.as_str()).map(|call| call.state),
        Some(CallState::Ended)
    );
}

#[tokio::test(start_paused = true)]
async fn an_end_without_a_goodbye_owes_one_that_calls_no_tools() {
    let mut stage = Stage::asked("Bye.").await;
    let item = stage.model.call("resp_1", "call_1", "end_call", r#"{"reason":"done"}"#).await;
    stage.model.done("resp_1", "completed", &[item]).await;
    stage.model.output("call_1").await;

    let request = stage.model.answer("resp_2", "Goodbye!", SECOND).await;

    assert_eq!(request["response"]["tool_choice"], "none");
    stage.caller.hear_hang_up().await;
    assert_eq!(stage.caller.heard_of("item_resp_2"), SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_speaks_during_the_goodbye_calls_the_end_off() {
    let mut stage = Stage::asked("Goodbye.").await;
    stage.model.say("resp_1", "item_1", "Goodbye, and thank you for calling!", SECOND * 3).await;
    let item = stage.model.call("resp_1", "call_1", "end_call", r#"{"reason":"done"}"#).await;
    stage.model.done("resp_1", "completed", &[item]).await;
    stage.model.output("call_1").await;
    stage.caller.hear("item_1", SECOND).await;

    stage.model.speech_started("user_2").await;
    stage.model.expect("conversation.item.truncate").await;
    stage.model.turn("user_2", "Wait, one more thing!").await;
    stage.model.begin("resp_2", &Value::Null).await;
    stage.model.say("resp_2", "item_2", "Of course.", SECOND).await;
    stage.model.done("resp_2", "completed", &[]).await;

    stage.caller.hear("item_2", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
    assert!(!stage.caller.hung_up);
}

#[tokio::test(start_paused = true)]
async fn the_callers_hang_up_closes_the_model_at_once() {
    let mut stage = Stage::asked("Hm.").await;

    stage.caller.hang_up().await;

    stage.model.expect_close().await;
    stage.gone().await;
    assert!(
        stage
            .events()
            .contains(&CallEvent::Ended { reason: "the caller hung up".into(), failed: false })
    );
    assert!(stage.metrics().contains("switchboard_calls_live 0"), "{}", stage.metrics());
}

#[tokio::test(start_paused = true)]
async fn draining_lets_calls_end_and_then_ends_them() {
    let mut stage = Stage::greeted().await;
    let sessions = stage.sessions.clone();

    let drained = tokio::spawn(async move { sessions.drain(SECOND * 5).await });
    stage.caller.hear_hang_up().await;

    drained.await.unwrap();
    assert!(stage.sessions.is_draining());
    assert!(stage.caller.heard_recorded() > SECOND * 3, "the caller is told");
    assert!(stage.sessions.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn draining_cuts_a_long_story_short_and_says_sorry() {
    let mut stage = Stage::asked("Tell me everything.").await;
    stage.model.say("resp_1", "item_1", "a very long story", SECOND * 60).await;
    stage.caller.hear("item_1", SECOND).await;
    let sessions = stage.sessions.clone();

    let drained = tokio::spawn(async move { sessions.drain(SECOND).await });
    stage.caller.hear_hang_up().await;

    drained.await.unwrap();
    assert!(stage.caller.heard_of("item_1") < SECOND * 4, "{:?}", stage.caller.heard_of("item_1"));
    assert!(stage.caller.heard_recorded() > SECOND * 3);
}

#[tokio::test(start_paused = true)]
async fn what_a_call_cost_is_counted_at_its_end() {
    let mut stage = Stage::asked("Hm.").await;
    stage.model.done_with("resp_1", json!({"status": "cancelled"})).await;
    stage.caller.hang_up().await;
    stage.gone().await;

    let metrics = stage.metrics();
    assert!(metrics.contains(r#"switchboard_tokens_total{kind="output_audio"} 12"#), "{metrics}");
    assert!(metrics.contains("switchboard_turns_total 1"), "{metrics}");
}
