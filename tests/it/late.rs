//! Calls that go on behind the talk: answered `pending`, and told at the next quiet moment.

use std::time::Duration;

use harness::{Beside, Stage};
use serde_json::{Value, json};

const SECOND: Duration = Duration::from_secs(1);

/// The agent calls a tool that may detach and takes so long; it has been answered `pending`, and that has been told.
async fn detached(takes: u64) -> Stage {
    let mut stage = Stage::waiting().await;
    stage.asks("user_1", "Do some research.", "resp_1").await;
    let called = stage.caller.now();
    let arguments = json!({"milliseconds": takes}).to_string();
    let item = stage.model.call("resp_1", "call_1", "research", &arguments).await;
    stage.model.done("resp_1", "completed", &[item]).await;
    let envelope = stage.model.output("call_1").await;
    assert_eq!(envelope["status"], "pending", "{envelope}");
    assert_eq!(stage.caller.now() - called, SECOND * 5);
    stage.model.answer("resp_2", "I am on it. Anything else?", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;
    stage
}

/// The pair of items as which a late result enters the conversation; returns the envelope.
async fn pair(stage: &mut Stage) -> Value {
    let call = stage.model.expect("conversation.item.create").await["item"].take();
    stage.model.send(json!({"type": "conversation.item.added", "item": call})).await;
    assert_eq!((&call["type"], &call["name"]), (&json!("function_call"), &json!("research")));
    assert_ne!(call["call_id"], "call_1", "that one has its answer");
    let output = stage.model.expect("conversation.item.create").await["item"].take();
    stage.model.send(json!({"type": "conversation.item.added", "item": output})).await;
    assert_eq!(output["type"], "function_call_output");
    assert_eq!(output["call_id"], call["call_id"]);
    serde_json::from_str(output["output"].as_str().unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_talk_goes_on_and_the_late_result_is_told_at_the_next_quiet_moment() {
    let mut stage = detached(12_000).await;
    let phrases = stage.held().len();
    stage.asks("user_2", "Tell me a story meanwhile.", "resp_3").await;
    stage.model.say("resp_3", "item_3", "Once upon a time…", SECOND * 8).await;

    // The result is in while the story is being told.
    let envelope = pair(&mut stage).await;
    assert_eq!(envelope["status"], "ok", "{envelope}");
    assert_eq!(envelope["data"], "a long story");
    stage.model.expect_nothing_for(SECOND).await;
    stage.model.done("resp_3", "completed", &[]).await;
    stage.model.answer("resp_4", "I have found a long story.", SECOND).await;

    stage.caller.hear("item_resp_4", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 20).await;
    assert_eq!(stage.held().len(), phrases, "nobody waited");
}

#[tokio::test(start_paused = true)]
async fn a_silent_caller_is_told_a_late_result_too() {
    let mut stage = detached(9_000).await;

    let envelope = pair(&mut stage).await;
    assert_eq!(envelope["data"], "a long story");
    stage.model.answer("resp_3", "I have found a long story.", SECOND).await;

    stage.caller.hear("item_resp_3", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 20).await;
}

#[tokio::test(start_paused = true)]
async fn a_late_result_outlives_a_transfer() {
    let mut stage = detached(20_000).await;
    stage.asks("user_2", "And the past?", "resp_3").await;
    let brief = r#"{"reason":"the past","summary":"asks about it"}"#;
    let item = stage.model.call("resp_3", "call_2", "transfer_to_archive", brief).await;
    stage.model.output("call_2").await;
    stage.model.update().await;
    stage.model.done("resp_3", "completed", &[item]).await;
    stage.model.answer("resp_4", "It was long ago.", SECOND).await;
    assert_eq!(stage.agent(), "archive");

    assert_eq!(pair(&mut stage).await["data"], "a long story");
    stage.model.answer("resp_5", "The desk has found a long story.", SECOND).await;

    stage.caller.hear("item_resp_5", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 20).await;
}

#[tokio::test(start_paused = true)]
async fn a_late_result_waits_for_a_lost_link_and_is_told_over_the_next() {
    let mut stage = detached(9_000).await;
    stage.model.close(1011).await;
    assert!(stage.refuse_for(SECOND * 6).await > 3);

    stage.model = stage.redialled().await;
    stage.model.beside = Beside::Spoken;
    stage.model.update().await;
    let restored = stage.model.restored().await;
    let outputs: Vec<_> =
        restored.iter().filter(|item| item["type"] == "function_call_output").collect();
    assert_eq!(outputs.len(), 2, "the pending answer and the result: {restored:?}");
    assert!(outputs[1]["output"].as_str().unwrap().contains("a long story"), "{outputs:?}");
    stage.model.answer("resp_3", "I have found a long story.", SECOND).await;

    stage.caller.hear("item_resp_3", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 20).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_the_caller_has_hung_up_meanwhile() {
    let mut stage = detached(12_000).await;

    stage.caller.hang_up().await;

    stage.model.expect_close().await;
    stage.gone().await;
    assert_eq!(stage.refuse_for(SECOND * 30).await, 0, "nor is the model dialled again");
}
