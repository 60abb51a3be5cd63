//! Talk: questions and their answers, courtesies, second thoughts.

use serde_json::json;

use super::trades::{
    Call, dentist, dentist_answers, pizzeria, pizzeria_answers, provider, provider_answers,
};
use crate::mind::{Act, Said};

#[test]
fn what_is_missing_is_asked_for_and_completed_from_the_answers() {
    let mut call = Call::new(pizzeria(), pizzeria_answers);
    let mut said = call.say("I'd like to order two pizzas");
    for _ in 0..3 {
        assert!(said.ends_with(['?', '.']), "{said}");
        said = match () {
            () if said.contains("street") => call.say("5 Elm Street"),
            () if said.contains("Which pizza") => call.say("a salami"),
            () if said.contains("Which size") => call.say("large please"),
            () => panic!("{said}"),
        };
    }
    assert_eq!(
        call.called,
        [r#"order_pizza {"address":"5 Elm Street","pizza":"salami","quantity":2,"size":"large"}"#]
    );
    assert!(said.contains("half an hour"), "{said}");
}

#[test]
fn a_day_and_a_time_said_apart_belong_together() {
    let mut call = Call::new(dentist(), dentist_answers);
    let said = call.say("This is Anna Smith, I need to book a cleaning next Monday");
    assert!(said.contains("When") || said.contains("come"), "{said}");
    call.say("at half past nine");
    assert_eq!(
        call.called,
        [
            r#"book_visit {"kind":"cleaning","patient_name":"Anna Smith","starts_at":"2026-11-23T09:30:00Z"}"#
        ]
    );
}

#[test]
fn which_of_several_is_asked_and_the_answer_taken() {
    for (answer, expected) in
        [("the second one", "INV-1043"), ("INV 1042", "INV-1042"), ("1042", "INV-1042")]
    {
        let mut call = Call::new(provider(), provider_answers).at("billing");
        let said = call.say("I want to pay my bill");
        assert!(said.contains('2') && said.ends_with('?'), "{said}");
        call.say(answer);
        let paid = call
            .called
            .iter()
            .any(|called| called.starts_with("pay_invoice") && called.contains(expected));
        assert!(paid, "{answer}: {:?}", call.called);
    }
}

#[test]
fn a_confirmation_is_read_back_and_done_only_after_a_yes() {
    let mut call = Call::new(provider(), provider_answers).at("billing");
    let said = call.say("Pay invoice INV-1042");
    assert!(said.contains("30 dollars"), "{said}");
    let said = call.say("Yes, please");
    assert_eq!(
        call.called.last().map(String::as_str),
        Some(r#"pay_invoice {"confirmed":true,"invoice_number":"INV-1042"}"#)
    );
    assert!(said.contains("paid"), "{said}");

    let mut call = Call::new(provider(), provider_answers).at("billing");
    call.say("Pay invoice INV-1042");
    call.say("No, don't");
    assert_eq!(call.called.len(), 1, "{:?}", call.called);
}

#[test]
fn goodbye_is_said_and_then_the_call_ended() {
    for words in ["Goodbye", "No, that's all, thanks", "bye bye"] {
        let mut call = Call::new(dentist(), dentist_answers);
        call.run();
        call.items.push(Said::User(words.to_owned()));
        let acts = call.respond();
        assert!(
            matches!(&acts[..], [Act::Say(_), Act::Call { name, .. }] if name == "end_call"),
            "{words}: {acts:?}"
        );
    }
}

#[test]
fn no_after_an_offer_of_more_ends_the_call() {
    let mut call = Call::new(dentist(), dentist_answers);
    call.say("What are your opening hours?");
    call.say("Thank you");
    call.say("No thanks");
    assert_eq!(
        call.called.last().map(|called| called.starts_with("end_call")),
        Some(true),
        "{:?}",
        call.called
    );
}

#[test]
fn courtesies_are_answered_without_a_call() {
    let mut call = Call::new(dentist(), dentist_answers);
    assert!(call.run().contains("Bright Smile, good day!"));
    assert!(call.say("Hello").contains("help"));
    let before = call.say("Thank you");
    assert!(before.contains("welcome"), "{before}");
    assert_eq!(call.say("Sorry, can you repeat that?"), before);
    assert!(call.say("What can you do?").contains("opening hours"));
    assert!(call.called.is_empty(), "{:?}", call.called);
    call.say("Hold on a second please");
    assert_eq!(call.called, ["stay_silent {}"]);
}

#[test]
fn never_mind_drops_the_question() {
    let mut call = Call::new(pizzeria(), pizzeria_answers);
    call.say("I want to order a pizza");
    call.say("Oh, never mind");
    let said = call.say("large");
    assert!(!said.contains("Which"), "{said}");
    assert!(call.called.is_empty());
}

#[test]
fn a_question_is_given_up_after_two_answers_that_do_not_help() {
    let mut call = Call::new(pizzeria(), pizzeria_answers);
    call.say("Where is my order?");
    let said = call.say("purple");
    assert!(said.contains("did not get that"), "{said}");
    let said = call.say("purple");
    assert!(said.contains("leave it"), "{said}");
}

#[test]
fn another_request_beats_a_question() {
    let mut call = Call::new(pizzeria(), pizzeria_answers);
    call.say("Where is my order?");
    call.say("What pizzas do you have?");
    assert_eq!(call.called, ["show_menu {}"]);
}

#[test]
fn words_that_add_to_what_was_done_change_it() {
    let mut call = Call::new(provider(), provider_answers).at("calendar");
    call.say("Move my appointment to Friday morning");
    call.say("Actually, make it Monday at ten");
    assert_eq!(
        call.called.last().map(String::as_str),
        Some(r#"move_appointment {"appointment_id":"A17","new_time":"Monday at ten"}"#)
    );
}

#[test]
fn a_subject_without_a_verb_is_offered_and_done_on_yes() {
    let mut call = Call::new(dentist(), dentist_answers);
    let said = call.say("A visit on Monday at ten");
    assert!(said.contains("Do you want me to book"), "{said}");
    let said = call.say("yes");
    assert!(said.ends_with('?'), "asks for the name or the kind: {said}");
}

#[test]
fn a_turn_that_grows_is_heard_as_one() {
    let mut call = Call::new(provider(), provider_answers).at("calendar");
    call.items.push(Said::User("Cancel".to_owned()));
    call.respond();
    call.say("my appointment please");
    assert_eq!(
        call.called.last().map(String::as_str),
        Some(r#"cancel_appointment {"appointment_id":"A17"}"#)
    );
}

#[test]
fn something_that_has_to_come_first_is_done_first() {
    fn answers(name: &str, arguments: &serde_json::Value) -> serde_json::Value {
        match name {
            "report_outage" => {
                json!({"status": "error", "error_code": "verification_required", "retryable": false,
                "message": "I need to know who you are first.", "call_first": "identify_caller"})
            }
            _ => provider_answers(name, arguments),
        }
    }
    let mut call = Call::new(provider(), answers);
    let said = call.say("My internet is not working");
    assert!(said.contains("who you are first") && said.ends_with('?'), "{said}");
    call.say("C-1001");
    let names: Vec<_> = call.called.iter().filter_map(|called| called.split(' ').next()).collect();
    assert_eq!(names[..2], ["report_outage", "identify_caller"]);
    assert_eq!(names[2], "report_outage", "the request is taken up again");
}
