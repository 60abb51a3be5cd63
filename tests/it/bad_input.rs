//! Arguments that no tool should be run with.

use std::sync::atomic::Ordering;
use std::time::Duration;

use harness::Stage;
use serde_json::Value;

const SECOND: Duration = Duration::from_secs(1);

/// Billing is called with these arguments for `pay`; returns the envelope.
async fn pay(arguments: &str) -> (Stage, Value) {
    let mut stage = Stage::asked("I want to pay.").await;
    let brief = r#"{"reason":"a payment","summary":"wants to pay"}"#;
    let item = stage.model.call("resp_1", "call_0", "transfer_to_billing", brief).await;
    stage.model.output("call_0").await;
    stage.model.update().await;
    stage.model.done("resp_1", "completed", &[item]).await;
    stage.model.respond("resp_2").await;
    let item = stage.model.call("resp_2", "call_1", "pay", arguments).await;
    stage.model.done("resp_2", "completed", &[item]).await;
    let envelope = stage.model.output("call_1").await;
    stage.model.answer("resp_3", "…", SECOND).await;
    (stage, envelope)
}

#[tokio::test(start_paused = true)]
async fn cut_off_json_runs_nothing_and_says_what_was_unreadable() {
    let (stage, envelope) = pay(r#"{"amount_cents": 12"#).await;

    assert_eq!(envelope["error_code"], "invalid_arguments", "{envelope}");
    assert_eq!(stage.app.counts.payments.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_type_names_path_value_and_expectation() {
    let (stage, envelope) = pay(r#"{"amount_cents": "twelve"}"#).await;

    assert_eq!(envelope["error_code"], "invalid_arguments");
    let text = envelope.to_string();
    assert!(
        text.contains("amount_cents") && text.contains("twelve") && text.contains("a whole number"),
        "{text}"
    );
    assert_eq!(stage.app.counts.payments.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn unknown_and_missing_arguments_run_nothing() {
    for arguments in ["{}", r#"{"amount_cents": 5, "tip": 1}"#, "null", "", "[]"] {
        let (stage, envelope) = pay(arguments).await;

        assert_eq!(envelope["error_code"], "invalid_arguments", "{arguments}: {envelope}");
        assert_eq!(stage.app.counts.payments.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn good_arguments_run_once() {
    let (stage, envelope) = pay(r#"{"amount_cents": 200}"#).await;

    assert_eq!(envelope["data"]["amount_cents"], 4_000);
    assert_eq!(stage.app.counts.payments.load(Ordering::SeqCst), 1);
}
