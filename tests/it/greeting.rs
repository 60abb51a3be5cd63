//! How a call begins.

use std::time::Duration;

use harness::Stage;
use serde_json::json;
use switchboard_session::CallEvent;

#[tokio::test(start_paused = true)]
async fn the_first_update_sets_everything_and_then_the_agent_greets() {
    let mut stage = Stage::new().await;

    let session = stage.model.update().await;

    assert_eq!(session["output_modalities"], json!(["audio"]));
    assert_eq!(session["audio"]["input"]["format"], json!({"type": "audio/pcmu"}));
    assert_eq!(session["audio"]["output"]["format"], json!({"type": "audio/pcmu"}));
    assert_eq!(session["audio"]["output"]["voice"], "marin");
    assert_eq!(session["truncation"]["retention_ratio"], 0.8);
    let instructions = session["instructions"].as_str().unwrap();
    assert!(instructions.starts_with("Find out what the caller wants."), "{instructions}");
    assert!(instructions.contains("Greeting: Good day, how can I help?"), "{instructions}");
    let tools: Vec<_> = session["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    let expected = [
        "get_business_hours",
        "wait_for_it",
        "transfer_to_billing",
        "transfer_to_calendar",
        "stay_silent",
        "end_call",
    ];
    assert_eq!(tools, expected);

    stage.model.answer("resp_1", "Good day!", Duration::from_secs(1)).await;
    stage.caller.hear("item_resp_1", Duration::from_secs(1)).await;
    assert!(stage.events().contains(&CallEvent::Started { agent: "triage".into() }));
}

#[tokio::test(start_paused = true)]
async fn caller_audio_is_held_until_the_session_is_set_up() {
    let mut stage = Stage::new().await;
    let update = stage.model.expect("session.update").await;
    stage.caller.speak(Duration::from_secs(1));
    stage.model.expect_nothing_for(Duration::from_secs(2)).await;
    assert_eq!(stage.model.heard, 0, "nothing is forwarded before session.updated");

    stage.model.send(json!({"type": "session.updated", "session": update["session"]})).await;
    stage.model.expect("response.create").await;

    assert!(stage.model.heard >= 8_000, "then all of it: {}", stage.model.heard);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_speaks_first_is_answered_instead_of_greeted() {
    let mut stage = Stage::new().await;
    let update = stage.model.expect("session.update").await;
    stage.caller.speak(Duration::from_secs(1));
    stage.model.send(json!({"type": "session.updated", "session": update["session"]})).await;

    stage.asks("user_1", "What is my balance?", "resp_1").await;
    stage.model.say("resp_1", "item_1", "Good day! Let me look.", Duration::from_secs(1)).await;
    stage.model.done("resp_1", "completed", &[]).await;

    stage.model.expect_nothing_for(Duration::from_secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn a_greeting_that_fails_is_asked_for_again() {
    let mut stage = Stage::new().await;
    stage.model.update().await;
    stage.model.respond("resp_1").await;
    let error = json!({"type": "server_error", "code": "server_error", "message": "oops"});
    let details = json!({"type": "failed", "error": error});
    stage.model.done_with("resp_1", json!({"status": "failed", "status_details": details})).await;

    stage.model.answer("resp_2", "Good day!", Duration::from_secs(1)).await;

    stage.caller.hear("item_resp_2", Duration::from_secs(1)).await;
}
