//! Conversations that this mind has not been in from the start, and words that were put into its mouth.

use serde_json::json;

use super::bank::{bank, confirms};
use super::trades::{Call, pizzeria, pizzeria_answers, provider, provider_answers};
use crate::mind::{Act, Said};

const NOTE: &str = "The connection was renewed; go on where you were, and do not greet again.";

fn user(text: &str) -> Said {
    Said::User(text.to_owned())
}

fn assistant(text: &str) -> Said {
    Said::Assistant(text.to_owned())
}

#[test]
fn an_answer_is_understood_by_a_mind_that_did_not_ask() {
    let mut call = Call::new(pizzeria(), |name, arguments| match name {
        "track_delivery" => json!({"message": "It is at the corner."}),
        _ => pizzeria_answers(name, arguments),
    });
    call.run();
    call.say("Where is my order?");
    let mut call = call.redialled(NOTE);
    let said = call.say("512");
    assert_eq!(call.called, [r#"track_delivery {"order_number":512}"#]);
    assert!(said.contains("at the corner"), "{said}");
}

#[test]
fn a_yes_is_understood_by_a_mind_that_did_not_read_back() {
    let mut call = Call::new(bank(), confirms);
    call.say("Pay fifty dollars");
    let mut call = call.redialled(NOTE);
    call.say("Yes");
    assert_eq!(
        call.called.last().unwrap(),
        r#"make_payment {"amount_cents":5000,"confirmation":"K7-XQ"}"#
    );
}

#[test]
fn a_result_that_nobody_has_told_is_told_once() {
    let mut call = Call::new(bank(), confirms);
    call.say("What is my balance?");
    let told = call.items.pop();
    assert!(matches!(told, Some(Said::Assistant(_))));
    let mut call = call.redialled(NOTE);
    let said = call.run();
    assert!(said.contains("84 dollars and 90 cents") && !said.contains("Hello"), "{said}");
    assert_eq!(call.called.len(), 1, "{:?}", call.called);
}

#[test]
fn an_unanswered_turn_is_answered() {
    let mut call = Call::new(bank(), confirms);
    call.items = vec![assistant("Hello."), user("What is my balance?")];
    let said = call.redialled(NOTE).run();
    assert!(said.contains("84 dollars"), "{said}");
}

#[test]
fn where_all_is_told_nothing_is_done_again() {
    let mut call = Call::new(bank(), confirms);
    call.say("What is my balance?");
    let mut call = call.redialled(NOTE);
    let said = call.run();
    assert!(said.contains("anything else"), "{said}");
    assert_eq!(call.called.len(), 1, "{:?}", call.called);
}

#[test]
fn nobody_is_greeted_again() {
    let mut call = Call::new(bank(), confirms).redialled(NOTE);
    assert_eq!(call.run(), "How can I help you?");
}

#[test]
fn what_agents_did_before_is_not_wanted_any_more() {
    let mut call = Call::new(provider(), provider_answers);
    call.say("When are you open?");
    call.say("What is my balance?");
    assert_eq!(call.agent(), "billing");
    let before = call.called.len();
    let mut call = call.redialled(NOTE);
    call.run();
    assert_eq!(call.called.len(), before, "{:?}", call.called);
    call.say("Show me my invoices");
    assert_eq!(call.called[before..], ["list_invoices {}"]);
}

#[test]
fn a_handoff_that_was_just_made_goes_on() {
    let mut call = Call::new(provider(), provider_answers);
    call.items.push(user("What is my balance?"));
    let acts = call.respond();
    assert!(matches!(&acts[..], [Act::Call { name, .. }] if name == "transfer_to_billing"));
    call.items.push(Said::Call {
        call_id: "c1".to_owned(),
        name: "transfer_to_billing".to_owned(),
        arguments: r#"{"reason":"balance","summary":"They ask for their balance."}"#.to_owned(),
    });
    call.items.push(Said::Output {
        call_id: "c1".to_owned(),
        output: json!({"status": "ok", "data": {"transferring_to": "billing"}}).to_string(),
    });
    let mut call = call.at("billing").redialled(NOTE);
    let said = call.run();
    assert_eq!(call.called, ["get_account_balance {}"]);
    assert!(said.contains("42 dollars"), "{said}");
}

#[test]
fn a_phrase_said_on_order_does_not_count_as_an_answer() {
    let mut call = Call::new(bank(), confirms);
    call.items.push(user("What is my balance?"));
    let acts = call.respond();
    let [Act::Call { name, arguments }] = &acts[..] else { panic!("{acts:?}") };
    call.items.push(Said::Call {
        call_id: "c1".to_owned(),
        name: name.clone(),
        arguments: arguments.clone(),
    });
    let order = "Say exactly: One moment, I am looking.";
    let acts = call.respond_as(Some(order), false);
    assert_eq!(acts, [Act::Say("One moment, I am looking.".to_owned())]);
    call.items.push(Said::Output {
        call_id: "c1".to_owned(),
        output: confirms("get_account_balance", &json!({})).to_string(),
    });
    call.items.push(assistant("One moment, I am looking."));
    let said = call.run();
    assert!(said.contains("84 dollars"), "{said}");
}

#[test]
fn what_is_answered_beside_the_conversation_changes_nothing_in_it() {
    let mut call = Call::new(bank(), confirms);
    call.say("I want to make a payment");
    let acts = call.respond_as(Some("Sum the call up for the file."), true);
    assert!(!acts.is_empty());
    call.say("fifty dollars");
    assert_eq!(call.called, [r#"make_payment {"amount_cents":5000}"#]);
}
