//! Tool calls: each is run once and answered once, and its result is told.

use std::sync::atomic::Ordering;
use std::time::Duration;

use harness::Stage;
use serde_json::{Value, json};

const SECOND: Duration = Duration::from_secs(1);

/// The response has ended, and its one call is answered; returns the envelope.
async fn called(stage: &mut Stage, name: &str, arguments: &str) -> Value {
    let item = stage.model.call("resp_1", "call_1", name, arguments).await;
    stage.model.done("resp_1", "completed", &[item]).await;
    stage.model.output("call_1").await
}

#[tokio::test(start_paused = true)]
async fn a_call_announced_three_times_is_run_once_and_its_result_is_told() {
    let mut stage = Stage::asked("Are you open?").await;

    let envelope = called(&mut stage, "get_business_hours", "{}").await;

    assert_eq!((&envelope["status"], &envelope["data"]), (&json!("ok"), &json!("nine to five")));
    stage.model.answer("resp_2", "Nine to five.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn an_unknown_tool_is_answered_with_the_nearest_real_names() {
    let mut stage = Stage::asked("Are you open?").await;

    let envelope = called(&mut stage, "get_bussiness_hours", "{}").await;

    assert_eq!(envelope["error_code"], "unknown_tool");
    assert!(envelope.to_string().contains("get_business_hours"), "{envelope}");
    stage.model.answer("resp_2", "Nine to five.", SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn another_agents_tool_is_answered_with_whose_it_is() {
    let mut stage = Stage::asked("What do I owe?").await;

    let envelope = called(&mut stage, "get_balance", "{}").await;

    assert_eq!(envelope["error_code"], "not_your_tool");
    assert!(envelope.to_string().contains("billing"), "{envelope}");
    assert_eq!(stage.app.counts.balances.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn two_calls_of_one_response_are_told_together() {
    let mut stage = Stage::asked("Both, please.").await;
    let fast = stage.model.call("resp_1", "call_1", "wait_for_it", r#"{"milliseconds":30}"#).await;
    let slow = stage.model.call("resp_1", "call_2", "wait_for_it", r#"{"milliseconds":600}"#).await;
    stage.model.done("resp_1", "completed", &[fast, slow]).await;

    stage.model.output("call_1").await;
    stage.model.output("call_2").await;
    stage.model.answer("resp_2", "Done, both.", SECOND).await;

    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_panics_or_fails_with_a_secret_says_nothing_of_it() {
    for (tool, code) in [("explode", "internal_error"), ("leak", "tool_failed")] {
        let mut stage = Stage::asked("Billing, please.").await;
        let item = stage
            .model
            .call(
                "resp_1",
                "call_0",
                "transfer_to_billing",
                r#"{"reason":"money","summary":"wants billing"}"#,
            )
            .await;
        stage.model.output("call_0").await;
        stage.model.update().await;
        stage.model.done("resp_1", "completed", &[item]).await;
        stage.model.respond("resp_2").await;

        let item = stage.model.call("resp_2", "call_1", tool, "{}").await;
        stage.model.done("resp_2", "completed", &[item]).await;
        let envelope = stage.model.output("call_1").await;

        assert_eq!(envelope["error_code"], code, "{envelope}");
        assert!(!envelope.to_string().contains("hunter2"), "{envelope}");
        assert!(envelope["trace_id"].is_string());
        let seen = format!("{:?}", stage.events());
        assert!(!seen.contains("hunter2"), "{seen}");
        stage.model.answer("resp_3", "Sorry, that did not work.", SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_never_ends_is_answered_at_its_deadline() {
    let mut stage = Stage::asked("Wait for it.").await;

    let arguments = r#"{"milliseconds":99999999}"#;
    let item = stage.model.call("resp_1", "call_1", "wait_for_it", arguments).await;
    stage.model.done("resp_1", "completed", &[item]).await;
    let (envelope, phrases) = stage.model.output_after_holds("call_1").await;

    assert_eq!(envelope["error_code"], "timeout");
    assert!(phrases.len() >= 3, "{phrases:?}");
    stage.model.answer("resp_2", "Sorry, that took too long.", SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn a_result_that_comes_while_the_caller_speaks_is_told_by_the_answer_to_their_turn() {
    let mut stage = Stage::asked("Wait for it.").await;
    let item =
        stage.model.call("resp_1", "call_1", "wait_for_it", r#"{"milliseconds":1500}"#).await;
    stage.model.done("resp_1", "completed", &[item]).await;

    stage.model.speech_started("user_2").await;
    stage.model.output("call_1").await;
    stage.model.turn("user_2", "Are you still there?").await;
    stage.model.begin("resp_2", &Value::Null).await;
    stage.model.say("resp_2", "item_2", "Yes, and it is done.", SECOND).await;
    stage.model.done("resp_2", "completed", &[]).await;

    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_result_refused_its_response_is_told_once_the_running_one_is_over() {
    let mut stage = Stage::asked("Wait for it.").await;
    let item =
        stage.model.call("resp_1", "call_1", "wait_for_it", r#"{"milliseconds":1500}"#).await;
    stage.model.done("resp_1", "completed", &[item]).await;

    // The caller's turn starts a response on the server just before the output is added: ours is refused.
    let output = stage.model.expect("conversation.item.create").await;
    let create = stage.model.expect("response.create").await;
    stage.model.speech_started("user_2").await;
    stage.model.turn("user_2", "Hello?").await;
    stage.model.begin("resp_2", &Value::Null).await;
    stage.model.send(json!({"type": "conversation.item.added", "item": output["item"]})).await;
    stage.model.error("conversation_already_has_active_response", create["event_id"].clone()).await;
    stage.model.say("resp_2", "item_2", "Still waiting.", SECOND).await;
    stage.model.done("resp_2", "completed", &[]).await;

    stage.model.answer("resp_3", "It is done.", SECOND).await;

    stage.caller.hear("item_resp_3", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_without_an_id_that_another_response_answers_is_not_asked_for_again() {
    let mut stage = Stage::asked("Wait for it.").await;
    let item =
        stage.model.call("resp_1", "call_1", "wait_for_it", r#"{"milliseconds":1500}"#).await;
    stage.model.done("resp_1", "completed", &[item]).await;

    // The output is in the conversation when the server's own response begins: that one tells the result.
    stage.model.output("call_1").await;
    stage.model.expect("response.create").await;
    stage.model.begin("resp_2", &Value::Null).await;
    stage.model.error("conversation_already_has_active_response", Value::Null).await;
    stage.model.say("resp_2", "item_2", "It is done.", SECOND).await;
    stage.model.done("resp_2", "completed", &[]).await;

    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_half_written_call_of_a_cancelled_response_is_not_run() {
    let mut stage = Stage::asked("Pay.").await;
    stage.model.speech_started("user_2").await;
    stage.model.expect_nothing_for(Duration::from_millis(100)).await;
    let item = json!({"id": "item_c", "type": "function_call", "status": "incomplete", "name": "get_business_hours",
        "call_id": "call_1", "arguments": "{\"a"});
    stage
        .model
        .send(json!({"type": "response.function_call_arguments.done", "response_id": "resp_1", "output_index": 0,
            "item_id": "item_c", "call_id": "call_1", "name": "get_business_hours", "arguments": "{\"a"}))
        .await;
    stage.model.done("resp_1", "cancelled", &[item]).await;
    stage.model.turn("user_2", "No, wait.").await;
    stage.model.begin("resp_2", &Value::Null).await;
    stage.model.say("resp_2", "item_2", "All right.", SECOND).await;
    stage.model.done("resp_2", "completed", &[]).await;

    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn an_output_for_a_call_that_the_server_has_forgotten_goes_in_as_a_pair() {
    let mut stage = Stage::asked("Are you open?").await;
    let item = stage.model.call("resp_1", "call_1", "get_business_hours", "{}").await;
    stage.model.done("resp_1", "completed", &[item]).await;
    let output = stage.model.expect("conversation.item.create").await;
    let create = stage.model.expect("response.create").await;
    stage.model.error("invalid_tool_call_id", output["event_id"].clone()).await;
    stage.model.begin("resp_2", &create["response"]["metadata"]).await;

    let call = stage.model.expect("conversation.item.create").await;
    let again = stage.model.expect("conversation.item.create").await;

    assert_eq!(call["item"]["type"], "function_call");
    assert_eq!(call["item"]["name"], "get_business_hours");
    assert_eq!(again["item"]["call_id"], call["item"]["call_id"]);
    assert_eq!(again["item"]["output"], output["item"]["output"]);
    // The response that was asked for before knows nothing of it.
    for item in [&call, &again] {
        stage.model.send(json!({"type": "conversation.item.added", "item": item["item"]})).await;
    }
    stage.model.say("resp_2", "item_2", "I am still looking.", SECOND).await;
    stage.model.done("resp_2", "completed", &[]).await;
    stage.model.answer("resp_3", "Nine to five.", SECOND).await;
    stage.caller.hear("item_resp_3", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_little_is_understood() {
    let mut stage = Stage::asked("Are you open?").await;
    // No id, no status, no name in the arguments event, no output in the end.
    let call = json!({"type": "function_call", "name": "get_business_hours", "call_id": "call_1", "arguments": "{}"});
    stage
        .model
        .send(json!({"type": "response.output_item.done", "response_id": "resp_1", "item": call}))
        .await;
    stage.model.done_with("resp_1", json!({"output": null})).await;

    assert_eq!(stage.model.output("call_1").await["status"], "ok");
    stage.model.answer("resp_2", "Nine to five.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn stay_silent_is_answered_and_followed_by_nothing() {
    let mut stage = Stage::asked("Just a moment, dear…").await;

    let envelope = called(&mut stage, "stay_silent", "{}").await;

    assert_eq!(envelope["status"], "ok");
    stage.model.expect_nothing_for(SECOND * 20).await;
}
