//! Transfers: a transaction, so that the local agent is always the server's.

use std::time::Duration;

use harness::Stage;
use serde_json::{Value, json};
use switchboard_session::CallEvent;

const SECOND: Duration = Duration::from_secs(1);
const BRIEF: &str = r#"{"reason":"a bill","summary":"They ask for their balance."}"#;

#[tokio::test(start_paused = true)]
async fn the_next_agent_acts_at_once_with_its_brief_and_its_tools() {
    let mut stage = Stage::asked("What do I owe?").await;
    let item = stage.model.call("resp_1", "call_1", "transfer_to_billing", BRIEF).await;
    let envelope = stage.model.output("call_1").await;
    assert_eq!(envelope["data"]["transferring_to"], "billing");

    let session = stage.model.update().await;
    stage.model.done("resp_1", "completed", &[item]).await;

    let instructions = session["instructions"].as_str().unwrap();
    assert!(instructions.starts_with("Help with bills."), "{instructions}");
    assert!(instructions.contains("They ask for their balance."), "{instructions}");
    assert!(session["tools"].to_string().contains("get_balance"));
    assert_eq!(
        session["audio"]["input"]["format"],
        json!({"type": "audio/pcmu"}),
        "the whole audio object goes along"
    );
    assert_eq!(session["audio"]["output"]["format"], json!({"type": "audio/pcmu"}));
    assert!(
        session["audio"]["output"].get("voice").is_none(),
        "a voice is refused once it has spoken"
    );
    stage.model.respond("resp_2").await;
    assert_eq!(stage.agent(), "billing");
    let item = stage.model.call("resp_2", "call_2", "get_balance", "{}").await;
    stage.model.done("resp_2", "completed", &[item]).await;
    assert_eq!(stage.model.output("call_2").await["data"]["amount_cents"], 4_200);
    stage.model.answer("resp_3", "You owe forty-two dollars.", SECOND).await;
    let moved = CallEvent::HandedOff {
        from: "triage".into(),
        to: "billing".into(),
        reason: "a bill".into(),
    };
    assert!(stage.events().contains(&moved));
}

#[tokio::test(start_paused = true)]
async fn a_refused_transfer_leaves_everything_with_the_agent_before_who_says_so() {
    let mut stage = Stage::asked("What do I owe?").await;
    let item = stage.model.call("resp_1", "call_1", "transfer_to_billing", BRIEF).await;
    stage.model.output("call_1").await;
    stage.model.refuse_update().await;
    stage.model.done("resp_1", "completed", &[item]).await;

    let note = stage.model.expect("conversation.item.create").await;
    assert_eq!(note["item"]["role"], "system");
    assert!(note["item"].to_string().contains("billing did not work"), "{note}");
    stage.model.send(json!({"type": "conversation.item.added", "item": note["item"]})).await;
    stage.model.answer("resp_2", "I cannot reach billing just now.", SECOND).await;

    assert_eq!(stage.agent(), "triage");
    stage.caller.hear("item_resp_2", SECOND).await;
    stage.asks("user_2", "Then when are you open?", "resp_3").await;
    let item = stage.model.call("resp_3", "call_2", "get_business_hours", "{}").await;
    stage.model.done("resp_3", "completed", &[item]).await;
    assert_eq!(
        stage.model.output("call_2").await["status"],
        "ok",
        "the agent before still has its tools"
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_that_came_back_different_is_rolled_back() {
    let mut stage = Stage::asked("What do I owe?").await;
    let item = stage.model.call("resp_1", "call_1", "transfer_to_billing", BRIEF).await;
    stage.model.output("call_1").await;
    let mut session = stage.model.expect("session.update").await["session"].take();
    session["audio"]["output"]["format"] = json!({"type": "audio/pcm", "rate": 24000});
    stage.model.send(json!({"type": "session.updated", "session": session})).await;

    let again = stage.model.update().await;
    stage.model.done("resp_1", "completed", &[item]).await;

    assert!(again["instructions"].as_str().unwrap().starts_with("Find out what the caller wants."));
    assert_eq!(again["audio"]["output"]["format"], json!({"type": "audio/pcmu"}));
    stage.model.expect("conversation.item.create").await;
    stage.model.expect("response.create").await;
    assert_eq!(stage.agent(), "triage");
}

#[tokio::test(start_paused = true)]
async fn cut_off_arguments_transfer_nobody() {
    let mut stage = Stage::asked("What do I owe?").await;
    let item =
        stage.model.call("resp_1", "call_1", "transfer_to_billing", r#"{"reason":"a bi"#).await;
    stage.model.done("resp_1", "completed", &[item]).await;

    let envelope = stage.model.output("call_1").await;

    assert_eq!(envelope["error_code"], "invalid_arguments", "{envelope}");
    stage.model.answer("resp_2", "One moment.", SECOND).await;
    assert_eq!(stage.agent(), "triage");
}

#[tokio::test(start_paused = true)]
async fn the_first_transfer_of_a_response_wins() {
    let mut stage = Stage::asked("Money and dates.").await;
    let first = stage.model.call("resp_1", "call_1", "transfer_to_billing", BRIEF).await;
    let second = stage.model.call("resp_1", "call_2", "transfer_to_calendar", BRIEF).await;
    stage.model.done("resp_1", "completed", &[first, second]).await;

    let mut answers = Vec::new();
    let mut session = Value::Null;
    while answers.len() < 2 || session.is_null() {
        let mut event = stage.model.next().await;
        match event["type"].as_str() {
            Some("session.update") => session = event["session"].take(),
            Some("conversation.item.create") => answers.push(event["item"]["output"].to_string()),
            _ => panic!("{event}"),
        }
    }

    assert!(answers.iter().any(|answer| answer.contains("transferring_to")), "{answers:?}");
    assert!(
        answers.iter().any(|answer| answer.contains("already_transferring") || answer.contains("handing_off")),
        "{answers:?}"
    );
    stage.model.send(json!({"type": "session.updated", "session": session})).await;
    stage.model.answer("resp_2", "Billing here.", SECOND).await;
    assert_eq!(stage.agent(), "billing");
}

#[tokio::test(start_paused = true)]
async fn the_caller_may_speak_during_a_transfer_and_nothing_is_cleared_for_it() {
    let mut stage = Stage::asked("What do I owe?").await;
    stage.model.say("resp_1", "item_1", "Let me pass you on.", SECOND * 2).await;
    let item = stage.model.call("resp_1", "call_1", "transfer_to_billing", BRIEF).await;
    stage.model.output("call_1").await;
    let session = stage.model.expect("session.update").await["session"].take();
    let before = stage.model.heard;
    stage.caller.speak(SECOND);
    stage.model.done("resp_1", "completed", &[item]).await;
    stage.model.expect_nothing_for(SECOND).await;

    assert!(stage.model.heard > before, "the caller's audio flows on");
    stage.model.send(json!({"type": "session.updated", "session": session})).await;
    stage.model.respond("resp_2").await;
    stage.caller.hear("item_1", SECOND * 2).await;
    assert_eq!(stage.caller.clears, 0);
}

#[tokio::test(start_paused = true)]
async fn after_an_unanswered_transfer_another_link_is_set_to_the_agent_that_was_wanted() {
    let mut stage = Stage::asked("What do I owe?").await;
    let item = stage.model.call("resp_1", "call_1", "transfer_to_billing", BRIEF).await;
    stage.model.output("call_1").await;
    stage.model.expect("session.update").await;
    stage.model.done("resp_1", "completed", &[item]).await;

    let mut model = stage.redialled().await;
    let session = model.update().await;

    assert!(session["instructions"].as_str().unwrap().starts_with("Help with bills."), "{session}");
    model.restored().await;
    let asked = model.respond("resp_2").await;
    assert!(asked["response"]["metadata"]["switchboard_request"].is_string(), "{asked}");
    assert_eq!(stage.agent(), "billing");
}
