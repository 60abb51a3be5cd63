//! Requests: which tool is called, at which agent, with which arguments.

use serde_json::json;

use super::super::KeywordMind;
use super::trades::{
    Agent, Answers, Call, dentist, dentist_answers, pizzeria, pizzeria_answers, provider,
    provider_answers,
};
use crate::mind::{Act, Said};

/// The first call and all that is said, for one sentence at one agent.
fn first(agents: Vec<Agent>, answers: Answers, at: &str, words: &str) -> (Option<String>, String) {
    let mut call = Call::new(agents, answers).at(at);
    let said = call.say(words);
    (call.called.first().cloned(), said)
}

#[test]
fn a_sentence_calls_the_tool_it_asks_for_in_any_trade() {
    for (at, words, expected) in [
        ("triage", "When are you open?", "get_business_hours {}"),
        (
            "triage",
            "My customer number is C-1001",
            r#"identify_caller {"customer_number":"C-1001"}"#,
        ),
        (
            "triage",
            "My internet is not working",
            r#"report_outage {"description":"My internet is not working"}"#,
        ),
        ("billing", "How much do I owe you?", "get_account_balance {}"),
        ("billing", "What's my balance?", "get_account_balance {}"),
        ("billing", "Show me my bills", "list_invoices {}"),
        (
            "billing",
            "I want to pay invoice INV-1042",
            r#"pay_invoice {"invoice_number":"INV-1042"}"#,
        ),
        (
            "billing",
            "Please prepare my statement for 2025",
            r#"create_task {"arguments":{"year":2025},"kind":"prepare_statement"}"#,
        ),
        ("calendar", "When is my appointment?", "list_appointments {}"),
        (
            "calendar",
            "Do you have a free slot on the day after tomorrow?",
            r#"find_free_times {"day":"2026-11-23"}"#,
        ),
    ] {
        let (called, said) = first(provider(), provider_answers, at, words);
        assert_eq!(called.as_deref(), Some(expected), "{words}: {said}");
    }
    for (words, expected) in [
        ("What are your opening hours?", "get_opening_hours {}"),
        (
            "My name is Anna Smith and I'd like to book a checkup tomorrow at 10",
            r#"book_visit {"kind":"checkup","patient_name":"Anna Smith","starts_at":"2026-11-22T10:00:00Z"}"#,
        ),
    ] {
        let (called, said) = first(dentist(), dentist_answers, "reception", words);
        assert_eq!(called.as_deref(), Some(expected), "{words}: {said}");
    }
    for (words, expected) in [
        ("What pizzas do you have?", "show_menu {}"),
        ("Where is my order number 512?", r#"track_delivery {"order_number":512}"#),
        ("I'd like to speak to a person", "transfer_to_person"),
        ("I want to complain", "transfer_to_person"),
    ] {
        let (called, said) = first(pizzeria(), pizzeria_answers, "counter", words);
        assert!(
            called.as_deref().is_some_and(|called| called.starts_with(expected)),
            "{words}: {called:?} {said}"
        );
    }
}

#[test]
fn what_no_tool_fits_calls_nothing_and_says_what_can_be_done() {
    for (agents, answers, at, words) in [
        (provider(), provider_answers as Answers, "triage", "Do you sell bananas?"),
        (provider(), provider_answers, "triage", "colourless green ideas sleep furiously"),
        (provider(), provider_answers, "calendar", "asdf qwer"),
        (dentist(), dentist_answers, "reception", "I want to move to Spain"),
        (pizzeria(), pizzeria_answers, "counter", "tell me a joke"),
    ] {
        let (called, said) = first(agents, answers, at, words);
        assert_eq!(called, None, "{words}");
        assert!(said.contains("I can "), "{words}: {said}");
    }
}

#[test]
fn a_change_is_never_made_without_a_word_for_it() {
    for (at, words) in [
        ("calendar", "My appointment, hm"),
        ("billing", "invoice INV-1042"),
        ("calendar", "cancel my contract"),
    ] {
        let mut call = Call::new(provider(), provider_answers).at(at);
        call.say(words);
        let changed = call.called.iter().any(|called| {
            called.starts_with("cancel") || called.starts_with("pay") || called.starts_with("move")
        });
        assert!(!changed, "{words}: {:?}", call.called);
    }
}

#[test]
fn a_balance_is_fetched_from_the_agent_that_has_it() {
    let mut call = Call::new(provider(), provider_answers);
    let greeting = call.run();
    assert!(greeting.contains("the front desk of Harbour Internet"), "{greeting}");

    let said = call.say("What is my balance?");

    assert_eq!(call.called.len(), 2, "{:?}", call.called);
    assert!(
        call.called[0].starts_with("transfer_to_billing")
            && call.called[0].contains("What is my balance?")
    );
    assert_eq!(call.called[1], "get_account_balance {}");
    assert!(said.contains("42 dollars and 50 cents"), "{said}");
    assert!(!said.contains("Hello"), "no cold greeting: {said}");
    assert_eq!(call.agent(), "billing");
}

#[test]
fn an_appointment_is_moved_across_agents_with_its_id_looked_up() {
    let mut call = Call::new(provider(), provider_answers).at("billing");

    let said = call.say("Move my appointment to Friday morning");

    assert!(call.called[0].starts_with("transfer_to_calendar"), "{:?}", call.called);
    assert_eq!(
        call.called[1..],
        [
            "list_appointments {}",
            r#"move_appointment {"appointment_id":"A17","new_time":"Friday morning"}"#
        ]
    );
    assert!(said.contains("is now on"), "{said}");
    assert!(!said.contains("Router"), "the list was only looked at: {said}");
}

#[test]
fn the_whole_demo_call_goes_through() {
    let mut call = Call::new(provider(), provider_answers);
    call.run();
    call.say("What is my balance?");
    call.say("Move my appointment to Friday morning");
    let said = call.say("goodbye");
    assert!(said.to_lowercase().contains("goodbye"), "{said}");
    assert_eq!(
        call.called.last().map(|called| called.starts_with("end_call")),
        Some(true),
        "{:?}",
        call.called
    );
    let names: Vec<_> = call.called.iter().filter_map(|called| called.split(' ').next()).collect();
    let expected = [
        "transfer_to_billing",
        "get_account_balance",
        "transfer_to_calendar",
        "list_appointments",
        "move_appointment",
        "end_call",
    ];
    assert_eq!(names, expected);
}

#[test]
fn another_department_is_reached_through_the_one_that_takes_the_rest() {
    let mut call = Call::new(provider(), provider_answers).at("calendar");
    let said = call.say("What is my balance?");
    assert!(call.called[0].starts_with("transfer_to_triage"), "{:?}", call.called);
    assert!(call.called[1].starts_with("transfer_to_billing"));
    assert!(said.contains("42 dollars"), "{said}");
}

#[test]
fn a_department_asked_for_by_name_says_that_it_is_there() {
    for words in
        ["Can I talk to billing please?", "Put me through to the billing department", "billing"]
    {
        let mut call = Call::new(provider(), provider_answers);
        let said = call.say(words);
        assert_eq!(call.called.len(), 1, "{words}: {:?}", call.called);
        assert!(said.contains("This is billing"), "{words}: {said}");
    }
}

#[test]
fn several_requests_are_done_one_after_another() {
    let mut call = Call::new(provider(), provider_answers);
    let said = call.say("What's my balance and move my appointment to Friday morning");
    let names: Vec<_> = call.called.iter().filter_map(|called| called.split(' ').next()).collect();
    let expected = [
        "transfer_to_billing",
        "get_account_balance",
        "transfer_to_calendar",
        "list_appointments",
        "move_appointment",
    ];
    assert_eq!(names, expected, "{said}");
}

#[test]
fn several_requests_are_called_together_where_that_is_allowed() {
    let mut call = Call::new(provider(), provider_answers).at("billing").parallel();
    call.items.push(Said::User("What is my balance and show me my invoices".to_owned()));
    let acts = call.respond();
    let names: Vec<_> = acts
        .iter()
        .filter_map(|act| if let Act::Call { name, .. } = act { Some(name.as_str()) } else { None })
        .collect();
    assert_eq!(names, ["get_account_balance", "list_invoices"]);
}

#[test]
fn a_tool_that_fails_twice_is_not_called_a_third_time() {
    let mut call = Call::new(pizzeria(), pizzeria_answers);
    let said = call.say("Track order 512");
    assert_eq!(call.called.len(), 2, "{:?}", call.called);
    assert!(said.contains("cannot be reached"), "{said}");
}

#[test]
fn a_mind_that_comes_late_finds_its_way_from_the_items() {
    let mut call = Call::new(provider(), provider_answers).at("calendar");
    call.items.push(Said::User("Move my appointment to Friday morning".to_owned()));
    let acts = call.respond();
    assert!(matches!(&acts[..], [Act::Call { name, .. }] if name == "list_appointments"));
    call.items.push(Said::Call {
        call_id: "c".to_owned(),
        name: "list_appointments".to_owned(),
        arguments: "{}".to_owned(),
    });
    call.items.push(Said::Output {
        call_id: "c".to_owned(),
        output: provider_answers("list_appointments", &json!({})).to_string(),
    });
    call.mind = KeywordMind::new(2);
    call.run();
    assert_eq!(
        call.called,
        [r#"move_appointment {"appointment_id":"A17","new_time":"Friday morning"}"#]
    );
}

#[test]
fn a_refused_handoff_is_told() {
    let mut call = Call::new(provider(), provider_answers);
    call.items.push(Said::User("What is my balance?".to_owned()));
    call.respond();
    call.items.extend([
        Said::Call {
            call_id: "c".to_owned(),
            name: "transfer_to_billing".to_owned(),
            arguments: "{}".to_owned(),
        },
        Said::Output {
            call_id: "c".to_owned(),
            output: json!({"status": "ok", "data": {"transferring_to": "billing"}}).to_string(),
        },
        Said::System("The handoff to billing was refused; you are still triage.".to_owned()),
    ]);
    let said = call.run();
    assert!(said.contains("cannot put you through"), "{said}");
    assert!(call.called.is_empty(), "{:?}", call.called);
}
