//! What a gateway says instead of a result, and what the mind makes of it.

use std::cell::Cell;

use serde_json::{Value, json};

use super::bank::{bank, confirms, error, ok, with};
use super::trades::Call;

thread_local! {
    /// Whether the caller has proved who they are; how often a tool was run.
    static VERIFIED: Cell<bool> = const { Cell::new(false) };
}

/// Payments need a PIN and a yes, and the PIN an account; what is refused is asked for in the refusal.
fn asks(name: &str, arguments: &Value) -> Value {
    match name {
        "get_account_balance" if !VERIFIED.get() => error(
            "refused",
            "I do not know who is calling. What is your account number? A name will do, too.",
        ),
        "verify_caller" if arguments["pin"] == "0000" => {
            error("refused", "It is locked. Shall somebody call you back?")
        }
        "verify_caller" if arguments["pin"] != "4711" => {
            error("refused", "That is not the PIN. What is it, digit by digit?")
        }
        _ => verifies(name, arguments),
    }
}

/// Payments need a PIN and a yes.
fn verifies(name: &str, arguments: &Value) -> Value {
    match name {
        "make_payment" if !VERIFIED.get() => with(
            "verification_required",
            "The caller has to prove first who they are. Call `verify_caller` first, then call `make_payment` again.",
            &json!({"call_first": "verify_caller"}),
        ),
        "get_account_balance" if !VERIFIED.get() => with(
            "verification_required",
            "It has to be known first who is calling. Call `identify_caller` first, then call `get_account_balance` again.",
            &json!({"call_first": "identify_caller"}),
        ),
        "verify_caller" => {
            VERIFIED.set(arguments["pin"] == "4711");
            confirms(name, arguments)
        }
        "identify_caller" => {
            VERIFIED.set(true);
            ok(&json!({"name": "Ada"}))
        }
        _ => confirms(name, arguments),
    }
}

#[test]
fn a_caller_proves_who_they_are_and_agrees_before_they_pay() {
    VERIFIED.set(false);
    let mut call = Call::new(bank(), verifies);
    let said = call.say("I want to pay fifty dollars");
    assert_eq!(said, "I have to check who you are first. What is your PIN?");
    let said = call.say("My PIN is four seven one one");
    assert!(said.contains("amount 50 dollars") && said.ends_with("Shall I go ahead?"), "{said}");
    assert!(!said.contains('`') && !said.contains("K7-XQ"), "{said}");
    let said = call.say("Yes, please");
    assert!(said.contains("paid"), "{said}");
    assert_eq!(
        call.called,
        [
            r#"make_payment {"amount_cents":5000}"#,
            r#"verify_caller {"pin":"4711"}"#,
            r#"make_payment {"amount_cents":5000}"#,
            r#"make_payment {"amount_cents":5000,"confirmation":"K7-XQ"}"#,
        ]
    );
}

#[test]
fn a_pin_that_was_said_already_is_not_asked_for() {
    VERIFIED.set(false);
    let mut call = Call::new(bank(), verifies);
    call.say("Please pay $120, my PIN is 4711");
    assert_eq!(call.called[1], r#"verify_caller {"pin":"4711"}"#);
    assert_eq!(call.called[2], r#"make_payment {"amount_cents":12000}"#);
}

#[test]
fn a_wrong_pin_is_asked_for_again_and_left_after_three() {
    VERIFIED.set(false);
    let mut call = Call::new(bank(), verifies);
    call.say("I want to pay fifty dollars");
    for wrong in ["1234", "it is 2 3 4 5"] {
        assert_eq!(call.say(wrong), "That PIN is not right. What is your PIN?");
    }
    let said = call.say("5678");
    assert!(said.contains("not right") && !said.ends_with('?'), "{said}");
    assert_eq!(call.called.len(), 4, "{:?}", call.called);
}

#[test]
fn a_refusal_that_asks_for_the_pin_itself_is_not_asked_over() {
    VERIFIED.set(false);
    let mut call = Call::new(bank(), asks);
    call.say("I want to pay fifty dollars");
    for wrong in ["1234", "2345", "3456"] {
        assert_eq!(call.say(wrong), "That is not the PIN. What is it, digit by digit?");
    }
    assert_eq!(call.say("purple"), "Sorry, I did not get that. What is it, digit by digit?");
    assert_eq!(call.say("0 0 0 0"), "It is locked. Shall somebody call you back?");
    assert_eq!(call.called.len(), 5, "{:?}", call.called);
}

#[test]
fn a_refusal_that_asks_who_is_calling_is_answered_and_the_wish_done() {
    VERIFIED.set(false);
    let mut call = Call::new(bank(), asks);
    let said = call.say("What is my balance?");
    assert_eq!(
        said,
        "I do not know who is calling. A name will do, too. What is the account number?"
    );
    let said = call.say("A-10017");
    assert!(said.contains("84 dollars and 90 cents"), "{said}");
    assert_eq!(call.called.len(), 3, "{:?}", call.called);
}

#[test]
fn the_whole_balance_is_known_from_an_earlier_question() {
    let mut call = Call::new(bank(), confirms);
    call.say("What is my balance?");
    let said = call.say("Then I want to pay the whole balance");
    assert!(said.contains("amount 84 dollars and 90 cents"), "{said}");
    assert_eq!(call.called.len(), 2, "{:?}", call.called);
}

#[test]
fn who_is_calling_is_asked_also_where_the_tool_needs_nothing() {
    VERIFIED.set(false);
    let mut call = Call::new(bank(), verifies);
    let said = call.say("What is my balance?");
    assert_eq!(said, "I have to check who you are first. What is the account number?");
    let said = call.say("It is A-10017");
    assert_eq!(call.called[1], r#"identify_caller {"account_number":"A-10017"}"#);
    assert!(said.contains("84 dollars and 90 cents"), "{said}");
}

#[test]
fn whoever_does_not_say_who_they_are_is_not_asked_for_ever() {
    VERIFIED.set(false);
    let mut call = Call::new(bank(), verifies);
    call.say("I want to pay fifty dollars");
    call.say("No");
    let said = call.say("Thank you");
    assert!(!said.contains("PIN"), "{said}");
    assert_eq!(call.called.len(), 1, "{:?}", call.called);
}

#[test]
fn a_yes_makes_the_same_call_with_its_code_and_a_no_leaves_it() {
    for (answer, last) in [
        ("yes", r#"make_payment {"amount_cents":5000,"confirmation":"K7-XQ"}"#),
        ("go ahead", r#"make_payment {"amount_cents":5000,"confirmation":"K7-XQ"}"#),
        ("no thanks", r#"make_payment {"amount_cents":5000}"#),
        ("no, make it forty dollars", r#"make_payment {"amount_cents":4000}"#),
    ] {
        let mut call = Call::new(bank(), confirms);
        call.say("Pay fifty dollars");
        let said = call.say(answer);
        assert_eq!(call.called.last().unwrap(), last, "{answer}: {said}");
        assert_eq!(said.contains("leave it as it is"), answer == "no thanks", "{said}");
    }
}

#[test]
fn what_is_read_back_beside_the_arguments_comes_from_earlier_results() {
    let mut call = Call::new(bank(), confirms);
    call.say("What is my balance?");
    let said = call.say("Pay fifty dollars");
    assert!(said.contains("amount 50 dollars and card on file ends in 4242"), "{said}");
}

#[test]
fn the_whole_balance_is_looked_up_and_paid() {
    let mut call = Call::new(bank(), confirms);
    call.say("I want to pay the whole balance");
    assert_eq!(call.called[0], "get_account_balance {}");
    assert_eq!(call.called[1], r#"make_payment {"amount_cents":8490}"#);
}

#[test]
fn an_amount_is_in_cents_where_its_description_says_so() {
    let mut call = Call::new(bank(), confirms);
    call.say("Refund a purchase of twelve dollars and fifty cents");
    assert_eq!(call.called, [r#"refund_purchase {"amount":1250}"#]);
}

#[test]
fn an_approval_is_told_and_so_is_what_comes_of_it() {
    let asks = |name: &str, arguments: &Value| match name {
        "refund_purchase" => with(
            "approval_required",
            "A colleague has to approve this first. They have been asked.",
            &json!({"approval_id": "approval_1", "expires_in_s": 600}),
        ),
        _ => confirms(name, arguments),
    };
    for (result, told) in [
        (ok(&json!({"message": "The refund is on its way."})), "on its way"),
        (error("approval_refused", "The refund was not approved."), "not approved"),
        (error("approval_expired", ""), "in time"),
    ] {
        let mut call = Call::new(bank(), asks);
        let said = call.say("Refund a purchase of 500 dollars");
        assert!(said.contains("colleague has to approve"), "{said}");
        assert_eq!(call.called.len(), 1);
        let said = call.say("All right, thank you");
        assert!(said.contains("welcome"), "{said}");

        call.late("refund_purchase", &result);
        let said = call.run();
        assert!(said.contains(told), "{said}");
        assert_eq!(call.called.len(), 1, "{:?}", call.called);
    }
}

#[test]
fn what_is_pending_is_told_when_it_is_there() {
    let mut call = Call::new(bank(), |name, arguments| match name {
        "order_statement" => {
            json!({"status": "pending", "task_id": "task_1", "message": "I am on it.", "trace_id": "t"})
        }
        _ => confirms(name, arguments),
    });
    assert_eq!(call.say("Order a statement for June"), "I am on it.");
    let said = call.say("And what is my balance?");
    assert!(said.contains("84 dollars"), "{said}");
    call.late("order_statement", &ok(&json!({"message": "The statement is in the post."})));
    assert_eq!(call.run(), "The statement is in the post.");
}

#[test]
fn what_is_busy_or_too_slow_is_tried_again_only_when_the_caller_says_so() {
    for code in ["busy", "timeout"] {
        let answers = match code {
            "busy" => |name: &str, _: &Value| match name {
                "list_cards" => error("busy", "Too much is going on just now."),
                _ => ok(&json!({})),
            },
            _ => |name: &str, _: &Value| match name {
                "list_cards" => error("timeout", "Sorry, that takes too long."),
                _ => ok(&json!({})),
            },
        };
        let mut call = Call::new(bank(), answers);
        let said = call.say("Show me my cards");
        assert!(said.to_lowercase().matches("sorry").count() == 1, "{said}");
        assert!(said.ends_with("Shall I try again?"), "{said}");
        assert_eq!(call.called.len(), 1);
        for answer in ["yes", "please try again"] {
            let before = call.called.len();
            call.say(answer);
            assert_eq!(call.called.len(), before + 1, "{code} {answer}");
        }
        let before = call.called.len();
        call.say("no");
        assert_eq!(call.called.len(), before);
    }
}

#[test]
fn what_cannot_be_done_is_told_and_not_tried_again() {
    for code in ["unavailable", "not_allowed", "cancelled"] {
        let answers = match code {
            "unavailable" => {
                |_: &str, _: &Value| error("unavailable", "That is switched off today.")
            }
            "not_allowed" => {
                |_: &str, _: &Value| error("not_allowed", "That is switched off today.")
            }
            _ => |_: &str, _: &Value| error("cancelled", "That is switched off today."),
        };
        let mut call = Call::new(bank(), answers);
        assert_eq!(call.say("Show me my cards"), "That is switched off today.");
        assert_eq!(call.called.len(), 1, "{code}");
    }
}

#[test]
fn what_was_asked_too_often_is_told_from_what_there_is() {
    thread_local! { static ASKED: Cell<u32> = const { Cell::new(0) }; }
    let mut call = Call::new(bank(), |name, arguments| match name {
        "get_account_balance" if ASKED.replace(ASKED.get() + 1) > 0 => error(
            "repeated_call",
            "This was asked several times in a row. Stop calling it: use what you have.",
        ),
        _ => confirms(name, arguments),
    });
    call.say("What is my balance?");
    let said = call.say("What is my balance?");
    assert!(said.contains("84 dollars and 90 cents"), "{said}");
    assert_eq!(call.called.len(), 2);
}
