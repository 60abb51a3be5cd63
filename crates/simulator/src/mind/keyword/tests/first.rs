//! What comes first: a PIN before a payment, a question before a message, and the reason apart from the request.

use std::cell::Cell;

use serde_json::{Value, json};

use super::bank::{bank, confirms, error, ok, with};
use super::trades::{Agent, Call, tool};
use crate::mind::{Act, Said};

/// No payment without a PIN, however often it is asked for.
fn locked(name: &str, _: &Value) -> Value {
    match name {
        "make_payment" => with(
            "verification_required",
            "Call `verify_caller` first, then call `make_payment` again.",
            &json!({"call_first": "verify_caller"}),
        ),
        _ => ok(&json!({"message": "It is done."})),
    }
}

/// A payment needs a PIN until the right one was said.
fn verifies(name: &str, arguments: &Value) -> Value {
    thread_local! { static VERIFIED: Cell<bool> = const { Cell::new(false) }; }
    match name {
        "verify_caller" => VERIFIED.set(true),
        "make_payment" if !VERIFIED.get() => return locked(name, arguments),
        _ => {}
    }
    confirms(name, arguments)
}

/// A front desk with a department for each matter.
fn front() -> Vec<Agent> {
    let reason = json!({"type": "string", "description": "What it is for, in the caller's words."});
    let summary = json!({"type": "string", "description": "What the next agent has to know."});
    let to = |name: &str, when: &str| {
        let description = format!("Pass the caller on to {name}. {when}");
        let properties = json!({"reason": reason, "summary": summary});
        tool(&format!("transfer_to_{name}"), &description, &["reason", "summary"], &properties)
    };
    let desk = vec![
        tool("get_service_status", "Tell whether the line is down.", &[], &json!({})),
        tool(
            "leave_message",
            "Leave a message for the management or the technical department.",
            &["department", "message"],
            &json!({
                "department": {"enum": ["technical", "management"], "description": "Who is to read it."},
                "message": {"type": "string", "description": "The message, in the caller's words."},
            }),
        ),
        to("money", "The caller asks about a bill or a payment."),
        to("visits", "The caller wants to book an appointment with a technician."),
    ];
    let money = vec![tool(
        "request_refund",
        "Refund money to the caller's card.",
        &["amount_cents", "reason"],
        &json!({"amount_cents": {"type": "integer", "description": "How much."}, "reason": reason}),
    )];
    let visits = vec![
        tool("list_appointments", "List when a technician comes.", &[], &json!({})),
        tool("find_free_slots", "Find free slots for an appointment.", &[], &json!({})),
        tool(
            "add_note",
            "Leave a note for the technician.",
            &["note"],
            &json!({"note": {"type": "string", "description": "The note."}}),
        ),
        tool(
            "book_visit",
            "Book a visit.",
            &["day"],
            &json!({"day": {"type": "string", "format": "date", "description": "The day."}}),
        ),
        tool(
            "cancel_visit",
            "Cancel a visit.",
            &[],
            &json!({"visit_number": {"type": "string", "description": "The number of the visit, such as T-40014."}}),
        ),
    ];
    [("desk", desk), ("money", money), ("visits", visits)]
        .into_iter()
        .map(|(name, tools)| Agent { name, instructions: "You are a desk.", tools })
        .collect()
}

fn done(_: &str, _: &Value) -> Value {
    ok(&json!({"message": "It is done."}))
}

#[test]
fn what_needs_a_step_first_waits_for_its_result() {
    let mut call = Call::new(bank(), locked).parallel();
    call.say("I want to pay fifty dollars");
    call.items.push(Said::User("My PIN is 4711".to_owned()));
    let calls: Vec<_> = call
        .respond()
        .into_iter()
        .filter_map(|act| match act {
            Act::Call { name, .. } => Some(name),
            Act::Say(_) | Act::Fail(_) => None,
        })
        .collect();
    assert_eq!(calls, ["verify_caller"]);
}

#[test]
fn only_what_is_called_a_pin_is_one() {
    let mut call = Call::new(bank(), locked);
    let said = call.say("Pay 50 dollars for order N-20040");
    assert!(said.ends_with("What is your PIN?"), "{said}");
    assert_eq!(call.called.len(), 1, "{:?}", call.called);

    let mut agents = bank();
    agents[0].tools.reverse();
    let mut call = Call::new(agents, locked);
    call.say("My PIN is 4711.");
    assert_eq!(call.called, [r#"verify_caller {"pin":"4711"}"#]);
}

#[test]
fn whoever_says_who_they_are_is_asked_for_the_pin_after_that() {
    let mut call = Call::new(bank(), verifies);
    call.say("I want to pay fifty dollars");
    for said in ["My name is Ada Byron", "My account number is A-1234"] {
        let said = call.say(said);
        assert_eq!(said, "What is your PIN?");
    }
    let said = call.say("4711");
    assert!(said.ends_with("Shall I go ahead?"), "{said}");
    assert_eq!(
        call.called,
        [
            r#"make_payment {"amount_cents":5000}"#,
            r#"identify_caller {"name":"Ada Byron"}"#,
            r#"identify_caller {"account_number":"A-1234"}"#,
            r#"verify_caller {"pin":"4711"}"#,
            r#"make_payment {"amount_cents":5000}"#,
        ]
    );
}

#[test]
fn it_is_what_was_spoken_of_last() {
    let mut agents = front();
    let when = json!({"type": "string", "description": "The new day, in the caller's words."});
    let tool = tool("move_appointment", "Move an appointment.", &["when"], &json!({"when": when}));
    agents[2].tools.push(tool);
    let mut call = Call::new(agents, done).at("visits");
    assert_eq!(call.say("Can we move it to Friday?"), "Do you want me to move the appointment?");
    call.say("When is my appointment?");
    call.say("Can we move it to Friday?");
    assert_eq!(call.called, ["list_appointments {}", r#"move_appointment {"when":"Friday"}"#]);
}

#[test]
fn what_is_offered_instead_is_taken_with_a_yes() {
    let mut call = Call::new(front(), |name, arguments| match arguments["day"].as_str() {
        Some("2026-11-22") => with(
            "refused",
            "We are closed. The next day is Monday, November 30. Does that suit you?",
            &json!({"retryable": false}),
        ),
        _ => done(name, arguments),
    })
    .at("visits");
    call.say("Book a visit for tomorrow");
    call.say("Yes, please");
    assert_eq!(
        call.called,
        [r#"book_visit {"day":"2026-11-22"}"#, r#"book_visit {"day":"2026-11-30"}"#]
    );
}

#[test]
fn a_callback_that_is_offered_is_taken_with_a_yes() {
    let mut agents = front();
    let topic = json!({"type": "string", "description": "What it is about, in one sentence."});
    agents[0].tools.push(tool(
        "request_callback",
        "Request a callback.",
        &["topic"],
        &json!({"topic": topic}),
    ));
    let mut call = Call::new(agents, |name, arguments| match name {
        "get_service_status" => with(
            "refused",
            "That is not known here. Shall somebody call you back?",
            &json!({"retryable": false}),
        ),
        _ => done(name, arguments),
    });
    call.say("Is the line down?");
    call.say("Yes, please");
    let asked = r#"request_callback {"topic":"call me back"}"#;
    assert_eq!(call.called.last().map(String::as_str), Some(asked));
}

#[test]
fn of_several_that_a_refusal_names_the_caller_chooses() {
    let mut call = Call::new(front(), |name, arguments| match arguments["visit_number"].as_str() {
        Some(_) => done(name, arguments),
        None => error("refused", "You have two visits: T-40014 on Tuesday, November 24 and T-40015 on Friday, November 27. Which one do you mean?"),
    })
    .at("visits");
    let said = call.say("Cancel my visit");
    assert!(said.ends_with("Which one do you mean?"), "{said}");
    call.say("The one on Friday");
    assert_eq!(call.called, ["cancel_visit {}", r#"cancel_visit {"visit_number":"T-40015"}"#]);
}

#[test]
fn whoever_has_taken_leave_is_not_asked_to_try_again() {
    let mut call = Call::new(bank(), |_, _| error("timeout", "That took too long."));
    call.items.push(Said::User("What is my balance? Goodbye.".to_owned()));
    let said = call.run();
    assert!(said.contains("took too long") && !said.contains("again"), "{said}");
}

#[test]
fn a_refund_goes_to_the_desk_for_payments_with_its_reason() {
    for (said, expected) in [
        (
            "I want a refund of 20 dollars because the line was down.",
            r#"request_refund {"amount_cents":2000,"reason":"the line was down"}"#,
        ),
        (
            "Refund me 150 dollars, I was charged twice.",
            r#"request_refund {"amount_cents":15000,"reason":"I was charged twice"}"#,
        ),
        (
            "I want a refund of 20 dollars",
            r#"request_refund {"amount_cents":2000,"reason":"I want a refund of 20 dollars"}"#,
        ),
    ] {
        let mut call = Call::new(front(), done);
        call.say(said);
        let handoff = format!(r#"transfer_to_money {{"reason":"{said}","summary":"{said}"}}"#);
        assert_eq!(call.called, [&handoff, expected]);
    }
}

#[test]
fn a_message_is_asked_for_unless_it_was_said() {
    let mut call = Call::new(front(), done);
    let said = call.say("I would like to leave a message for the management.");
    assert_eq!((said.as_str(), call.called.len()), ("What is the message?", 0));
    call.say("Well done, all of you");
    let left = r#"leave_message {"department":"management","message":"Well done, all of you"}"#;
    assert_eq!(call.called, [left]);

    let mut call = Call::new(front(), done);
    call.say("Leave a message for the technical department: my line crackles.");
    let left = r#"leave_message {"department":"technical","message":"my line crackles."}"#;
    assert_eq!(call.called, [left]);
}

#[test]
fn free_times_and_notes_for_technicians_go_to_the_desk_for_visits() {
    for (said, expected) in [
        ("Which times are free next week?", "find_free_slots {}"),
        ("When could a technician come?", "find_free_slots {}"),
        ("When does the technician come?", "list_appointments {}"),
        (
            "Add a note for the technician: ring at the back.",
            r#"add_note {"note":"ring at the back."}"#,
        ),
    ] {
        let mut call = Call::new(front(), done);
        call.say(said);
        assert_eq!(call.called.last().map(String::as_str), Some(expected), "{said}");
        assert_eq!(call.agent(), "visits");
    }
}
