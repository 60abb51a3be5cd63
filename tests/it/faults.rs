//! What models, servers and tools do wrong, row by row, and that the caller hardly notices.
//!
//! | the server (or a tool) does | held by |
//! | --- | --- |
//! | a caller's turn starts just before a slow tool's output is added, so `response.create` is refused | [`tools`](crate::tools): `a_result_refused_its_response_is_told_once_the_running_one_is_over` |
//! | refuses one `response.create`, and then some response runs | [`tools`](crate::tools): `a_refusal_without_an_id_that_another_response_answers_is_not_asked_for_again`; here: `a_refused_response_is_asked_for_again` |
//! | calls an unknown tool | [`tools`](crate::tools): `an_unknown_tool_is_answered_with_the_nearest_real_names`; here |
//! | sends cut-off JSON arguments | [`bad_input`](crate::bad_input): `cut_off_json_runs_nothing_and_says_what_was_unreadable`; here |
//! | cut-off JSON in a transfer call | [`handoff`](crate::handoff): `cut_off_arguments_transfer_nobody`; here |
//! | sends the wrong argument type | [`bad_input`](crate::bad_input): `a_wrong_type_names_path_value_and_expectation`; here |
//! | a tool raises a secret | [`leaks`](crate::leaks) |
//! | two parallel calls, 30 ms and 600 ms | [`tools`](crate::tools): `two_calls_of_one_response_are_told_together`; [`holds`](crate::holds) where one takes longer than callers wait |
//! | the same call twice | here: `the_same_call_twice_is_run_once_and_both_are_answered` |
//! | refuses the handoff's `session.update` | [`handoff`](crate::handoff): `a_refused_transfer_leaves_everything_with_the_agent_before_who_says_so`; here |
//! | drops the socket in mid-reply | [`links`](crate::links), [`restored`](crate::restored) |

use std::sync::atomic::Ordering;
use std::time::Duration;

use harness::{App, Phone, Stage, roster};
use serde_json::Value;
use switchboard_lines::twilio::caller::{HungUp, Report, Script};
use switchboard_session::CallEvent;
use switchboard_simulator::{EarsChoice, Settings, Simulator, VoiceChoice};

const SECOND: Duration = Duration::from_secs(1);

/// A caller asks for their balance and says goodbye, while this goes wrong.
async fn call(fault: &str) -> (Report, Vec<CallEvent>, App) {
    let (voice, ears) = (VoiceChoice::TextChannel, EarsChoice::TextChannel);
    let faults = vec![fault.parse().unwrap()];
    let simulator = Simulator::new(Settings { voice, ears, faults, ..Settings::default() });
    let app = App::default();
    let phone = Phone::new(roster(), app.clone(), simulator).await;
    let script = Script::default().say("What is my balance?").say("goodbye");
    let (report, events) = phone.call("+15550100", script).await;
    (report, events, app)
}

/// What the caller notices at the most: nobody is silent, nobody apologises from a tape, and the call ends as it should.
fn goes_on(fault: &str, report: &Report, events: &[CallEvent]) {
    let heard = report.heard_text();
    let silence = report.longest_silence.unwrap().length();
    assert!(silence <= Duration::from_millis(2_500), "{fault}: {silence:?} in {heard:?}");
    assert!(heard.contains("Goodbye"), "{fault}: {heard:?}");
    assert!(matches!(report.hung_up, HungUp::Server { code: 1000, .. }), "{fault}: {events:?}");
    let sorry = |event: &&CallEvent| matches!(event, CallEvent::Apologised { .. });
    assert_eq!(events.iter().find(sorry), None, "{fault}");
}

fn outcomes<'a>(events: &'a [CallEvent], tool: &str) -> Vec<&'a str> {
    let outcome = |event: &'a CallEvent| match event {
        CallEvent::ToolAnswered { tool: answered, outcome, .. } if answered == tool => {
            Some(outcome.as_str())
        }
        _ => None,
    };
    events.iter().filter_map(outcome).collect()
}

#[tokio::test(start_paused = true)]
async fn a_refused_response_is_asked_for_again() {
    for fault in ["refuse_response@create:2", "refuse_response@create:3"] {
        let (report, events, app) = call(fault).await;

        goes_on(fault, &report, &events);
        let heard = report.heard_text();
        assert_eq!(heard.matches("42 dollars").count(), 1, "{fault}: {heard:?}");
        assert_eq!(app.counts.balances.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_fails_or_is_never_answered_is_asked_for_again() {
    for fault in
        ["server_error@response:4", "rate_limit_exceeded@response:4", "fail_midway@response:4"]
    {
        let (report, events, app) = call(fault).await;

        goes_on(fault, &report, &events);
        assert_eq!(app.counts.balances.load(Ordering::SeqCst), 1, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_whose_beginning_is_not_told_counts_all_the_same() {
    for response in 1..=5 {
        let fault = format!("omit_response_created@response:{response}");
        let (report, events, app) = call(&fault).await;

        goes_on(&fault, &report, &events);
        let heard = report.heard_text();
        assert_eq!(heard.matches("42 dollars").count(), 1, "{fault}: {heard:?}");
        assert_eq!(heard.matches("Goodbye").count(), 1, "{fault}: {heard:?}");
        assert_eq!(app.counts.balances.load(Ordering::SeqCst), 1, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_tool_is_answered_and_the_model_tries_another() {
    let (report, events, _) = call("unknown_tool@call:2").await;

    goes_on("unknown_tool", &report, &events);
    assert_eq!(outcomes(&events, "lookup_everything"), ["unknown_tool"]);
}

#[tokio::test(start_paused = true)]
async fn arguments_that_are_cut_off_or_wrong_run_nothing() {
    for fault in ["malformed_arguments@call:2", "wrong_argument_type@call:2"] {
        let (report, events, app) = call(fault).await;

        goes_on(fault, &report, &events);
        let outcomes = outcomes(&events, "get_balance");
        assert_eq!(outcomes.first(), Some(&"invalid_arguments"), "{fault}: {outcomes:?}");
        let good = outcomes.iter().filter(|outcome| **outcome == "ok").count();
        assert_eq!(app.counts.balances.load(Ordering::SeqCst), good, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_that_is_cut_off_or_refused_leaves_the_call_with_the_agent_before() {
    for fault in ["malformed_arguments@call:1", "refuse_update@update:2"] {
        let (report, events, _) = call(fault).await;

        goes_on(fault, &report, &events);
        let first = events.iter().find_map(|event| match event {
            CallEvent::HandoffRefused { agent, .. } => Some(agent.as_str()),
            CallEvent::ToolAnswered { outcome, .. } if outcome == "invalid_arguments" => {
                Some("triage")
            }
            CallEvent::HandedOff { to, .. } => Some(to.as_str()),
            _ => None,
        });
        assert_eq!(first, Some("triage"), "{fault}: {events:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_model_makes_twice_is_told_once() {
    let (report, events, app) = call("duplicate_call@call:2").await;

    goes_on("duplicate_call", &report, &events);
    assert_eq!(outcomes(&events, "get_balance"), ["ok", "ok"]);
    assert_eq!(app.counts.balances.load(Ordering::SeqCst), 1);
    assert_eq!(report.heard_text().matches("42 dollars").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_same_call_twice_is_run_once_and_both_are_answered() {
    let mut stage = Stage::waiting().await;
    stage.asks("user_1", "Pay it in.", "resp_1").await;
    let arguments = r#"{"milliseconds":700}"#;
    let first = stage.model.call("resp_1", "call_1", "pay_in", arguments).await;
    let second = stage.model.call("resp_1", "call_2", "pay_in", arguments).await;
    stage.model.done("resp_1", "completed", &[first, second]).await;

    let (first, second) = (stage.model.output("call_1").await, stage.model.output("call_2").await);

    assert_eq!((&first["data"], &second["data"]), (&"paid".into(), &"paid".into()));
    assert_eq!(first.get("duplicate"), None, "{first}");
    assert_eq!(second["duplicate"], true, "{second}");
    assert_eq!(stage.app.counts.payments.load(Ordering::SeqCst), 1);
    stage.model.answer("resp_2", "It is paid.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;

    // Again after the caller has spoken over it: the result is still there, and nothing is paid again.
    stage.asks("user_2", "Did you pay it in?", "resp_3").await;
    let third = stage.model.call("resp_3", "call_3", "pay_in", arguments).await;
    stage.model.done("resp_3", "completed", &[third]).await;
    assert_eq!(stage.model.output("call_3").await["duplicate"], Value::Bool(true));
    stage.model.answer("resp_4", "It is paid.", SECOND).await;
    assert_eq!(stage.app.counts.payments.load(Ordering::SeqCst), 1);
}
