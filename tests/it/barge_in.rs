//! The caller speaks over the agent.

use std::time::Duration;

use harness::Stage;
use serde_json::{Value, json};
use switchboard_session::CallEvent;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn barge_in_truncates_to_what_the_caller_heard() {
    let mut stage = Stage::asked("Tell me everything.").await;
    stage
        .model
        .say("resp_1", "item_1", "one two three four five six seven eight", SECOND * 8)
        .await;
    stage.model.done("resp_1", "completed", &[]).await;
    stage.caller.hear("item_1", SECOND * 3).await;

    stage.model.speech_started("user_2").await;
    let truncate = stage.model.expect("conversation.item.truncate").await;

    let ms = truncate["audio_end_ms"].as_u64().unwrap();
    assert!((3_000..=3_020).contains(&ms), "{ms}");
    assert_eq!(truncate["item_id"], "item_1");
    stage.model.expect_nothing_for(SECOND).await;
    stage.caller.look();
    assert_eq!(stage.caller.clears, 1);
    assert_eq!(stage.caller.heard_of("item_1"), SECOND * 3, "the line is silent at once");
    let said = CallEvent::AgentSaid {
        agent: "triage".into(),
        text: "one two three".into(),
        interrupted: true,
    };
    assert!(stage.events().contains(&said), "{:?}", stage.events());
}

#[tokio::test(start_paused = true)]
async fn late_audio_of_the_cancelled_response_is_not_heard() {
    let mut stage = Stage::asked("Tell me everything.").await;
    stage.model.speech_started("user_2").await;
    stage.model.say("resp_1", "item_1", "too late", SECOND * 4).await;
    stage.model.done_with("resp_1", json!({"status": "cancelled"})).await;

    let delete = stage.model.expect("conversation.item.delete").await;

    assert_eq!(delete["item_id"], "item_1", "nobody heard it, so it was never said");
    stage.model.turn("user_2", "Stop.").await;
    stage.model.begin("resp_2", &Value::Null).await;
    stage.model.say("resp_2", "item_2", "All right.", SECOND).await;
    stage.model.done("resp_2", "completed", &[]).await;
    stage.caller.hear("item_2", SECOND).await;
    assert_eq!(stage.caller.heard_of("item_1"), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_answer_taken_back_unheard_is_owed_again() {
    let mut stage = Stage::asked("Tell me everything.").await;
    stage.model.say("resp_1", "item_1", "a long story", SECOND * 6).await;
    let item = stage.model.call("resp_1", "call_1", "get_business_hours", "{}").await;
    stage.model.done("resp_1", "completed", &[item]).await;
    stage.model.output("call_1").await;
    // The result is said behind the long story, and the caller speaks before it is heard.
    stage.model.answer("resp_2", "Nine to five.", SECOND).await;
    stage.caller.hear("item_1", SECOND).await;
    stage.model.speech_started("user_2").await;
    assert_eq!(stage.model.expect("conversation.item.truncate").await["item_id"], "item_1");
    assert_eq!(stage.model.expect("conversation.item.delete").await["item_id"], "item_resp_2");

    // It was noise: no turn follows, and the server has no answer of its own.
    stage.model.send(json!({"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 100, "item_id": "user_2"})).await;

    stage.model.answer("resp_3", "Nine to five.", SECOND).await;
    stage.caller.hear("item_resp_3", SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn speech_over_a_request_cancels_its_response_when_it_begins() {
    let mut stage = Stage::asked("Are you open?").await;
    let item = stage.model.call("resp_1", "call_1", "get_business_hours", "{}").await;
    stage.model.done("resp_1", "completed", &[item]).await;
    stage.model.output("call_1").await;
    let create = stage.model.expect("response.create").await;
    stage.model.speech_started("user_2").await;
    stage.model.begin("resp_2", &create["response"]["metadata"]).await;

    let cancel = stage.model.expect("response.cancel").await;

    assert_eq!(cancel["response_id"], "resp_2");
    stage.model.done_with("resp_2", json!({"status": "cancelled"})).await;
    stage.model.expect_nothing_for(SECOND).await;
    stage.model.turn("user_2", "On Sunday?").await;
    stage.model.begin("resp_3", &Value::Null).await;
    stage.model.say("resp_3", "item_3", "Nine to five, not on Sundays.", SECOND).await;
    stage.model.done("resp_3", "completed", &[]).await;
    stage.model.expect_nothing_for(SECOND * 10).await;
}

#[tokio::test(start_paused = true)]
async fn digits_enter_as_one_turn_that_is_answered() {
    let mut stage = Stage::greeted().await;

    stage.caller.press("1234#").await;

    let item = stage.model.expect("conversation.item.create").await;
    assert!(item["item"]["content"][0]["text"].as_str().unwrap().contains("1234"), "{item}");
    stage.model.send(json!({"type": "conversation.item.added", "item": item["item"]})).await;
    stage.model.answer("resp_2", "Thank you.", SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn typing_over_the_agent_stops_it_and_is_answered() {
    let mut stage = Stage::typed().await;
    let session = stage.model.update().await;
    assert_eq!(session["output_modalities"], json!(["text"]));
    stage.model.respond("resp_1").await;

    stage.caller.type_line("What do I owe?").await;

    let cancel = stage.model.expect("response.cancel").await;
    assert_eq!(cancel["response_id"], "resp_1");
    let item = stage.model.expect("conversation.item.create").await;
    assert_eq!(item["item"]["content"][0], json!({"type": "input_text", "text": "What do I owe?"}));
    stage.model.send(json!({"type": "conversation.item.added", "item": item["item"]})).await;
    stage.model.done_with("resp_1", json!({"status": "cancelled"})).await;
    stage.model.respond("resp_2").await;
    stage.model.write("resp_2", "item_2", "Forty-two dollars.").await;

    let said = stage.caller.see(|event| matches!(event, CallEvent::AgentSaid { .. })).await;
    assert_eq!(
        said,
        CallEvent::AgentSaid {
            agent: "triage".into(),
            text: "Forty-two dollars.".into(),
            interrupted: false
        }
    );
}
