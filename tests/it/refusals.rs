//! The model refuses, fails, or goes away.

use std::time::Duration;

use harness::Stage;
use serde_json::json;
use switchboard_session::CallEvent;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_refused_first_update_ends_the_call_with_the_apology_within_ten_seconds() {
    let mut stage = Stage::new().await;
    stage.model.refuse_update().await;

    stage.caller.hear_hang_up().await;

    let last = stage.caller.heard.last().expect("the apology is heard").at;
    assert!(last < SECOND * 10, "{last:?}");
    assert!(stage.caller.heard_recorded() > SECOND * 3);
    stage.model.expect_close().await;
    stage.gone().await;
}

#[tokio::test(start_paused = true)]
async fn a_first_update_that_nobody_answers_ends_the_call_within_ten_seconds() {
    let mut stage = Stage::new().await;
    stage.model.expect("session.update").await;

    stage.caller.hear_hang_up().await;

    assert!(stage.caller.heard.last().expect("the apology is heard").at < SECOND * 10);
}

#[tokio::test(start_paused = true)]
async fn formats_that_came_back_different_are_refused_loudly() {
    let mut stage = Stage::new().await;
    let mut session = stage.model.expect("session.update").await["session"].take();
    session["audio"]["input"]["format"] = json!({"type": "audio/pcm", "rate": 24000});
    stage.model.send(json!({"type": "session.updated", "session": session})).await;

    stage.caller.hear_hang_up().await;

    let reason = stage.events().into_iter().find_map(|event| match event {
        CallEvent::Apologised { reason } => Some(reason),
        _ => None,
    });
    assert!(reason.as_deref().is_some_and(|reason| reason.contains("format")), "{reason:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_is_waited_out_and_the_answer_is_spoken() {
    let mut stage = Stage::asked("Are you open?").await;
    let limits = json!([{"name": "tokens", "limit": 100, "remaining": 0, "reset_seconds": 6.0}]);
    stage.model.send(json!({"type": "rate_limits.updated", "rate_limits": limits})).await;
    let error = json!({"type": "tokens", "code": "rate_limit_exceeded", "message": "slow down"});
    let details = json!({"type": "failed", "error": error});
    stage.model.done_with("resp_1", json!({"status": "failed", "status_details": details})).await;

    stage.model.expect_nothing_for(Duration::from_millis(5_900)).await;
    stage.model.answer("resp_2", "Nine to five.", SECOND).await;

    stage.caller.hear("item_resp_2", SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn three_failures_are_told_and_the_call_goes_on() {
    let mut stage = Stage::greeted().await;
    stage.model.speech_started("user_1").await;
    stage.model.turn("user_1", "Are you open?").await;
    for attempt in 0..3 {
        let response = format!("resp_{attempt}");
        stage.model.respond(&response).await;
        let error = json!({"type": "server_error", "code": "server_error", "message": "oops"});
        let details = json!({"type": "failed", "error": error});
        stage
            .model
            .done_with(&response, json!({"status": "failed", "status_details": details}))
            .await;
    }
    stage.model.expect_nothing_for(SECOND * 8).await;
    stage.caller.look();
    assert!(stage.caller.heard_recorded() > SECOND * 3, "the caller is told");
    assert!(!stage.caller.hung_up);

    stage.asks("user_2", "Hello?", "resp_9").await;
    stage.model.say("resp_9", "item_9", "Nine to five.", SECOND).await;
    stage.model.done("resp_9", "completed", &[]).await;
    stage.caller.hear("item_9", SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_is_used_up_ends_the_call_with_the_apology() {
    let mut stage = Stage::asked("Are you open?").await;
    let error =
        json!({"type": "insufficient_quota", "code": "insufficient_quota", "message": "pay"});
    let details = json!({"type": "failed", "error": error});
    stage.model.done_with("resp_1", json!({"status": "failed", "status_details": details})).await;

    stage.caller.hear_hang_up().await;
    assert!(stage.caller.heard_recorded() > SECOND * 3);
}

#[tokio::test(start_paused = true)]
async fn a_lost_link_ends_the_call_with_the_apology() {
    let mut stage = Stage::asked("Are you open?").await;
    stage.model.vanish();

    stage.caller.hear_hang_up().await;

    assert!(stage.caller.heard_recorded() > SECOND * 3);
}

#[tokio::test(start_paused = true)]
async fn a_response_that_goes_quiet_is_stopped_and_asked_for_again() {
    let mut stage = Stage::asked("Are you open?").await;

    let cancel = stage.model.expect("response.cancel").await;
    assert_eq!(cancel["response_id"], "resp_1");
    stage.model.done_with("resp_1", json!({"status": "cancelled"})).await;

    stage.model.answer("resp_2", "Nine to five.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn events_nobody_knows_and_frames_nobody_can_read_are_harmless() {
    let mut stage = Stage::asked("Are you open?").await;
    stage
        .model
        .send(json!({"type": "response.hologram.delta", "response_id": "resp_1", "delta": "?"}))
        .await;
    stage.model.send(json!({"type": "response.output_audio.delta", "response_id": 7})).await;
    stage.model.send(json!({"type": "response.done", "response": {"id": "resp_unseen", "status": "cancelled", "output": null}})).await;
    stage.model.say("resp_1", "item_1", "Nine to five.", SECOND).await;
    stage.model.done("resp_1", "completed", &[]).await;

    stage.caller.hear("item_1", SECOND).await;
    stage.model.expect_nothing_for(SECOND * 5).await;
}
