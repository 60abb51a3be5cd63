//! A bank whose tools stand behind a gateway: what it refuses, and how.

use serde_json::{Value, json};

use super::trades::{Agent, tool};

/// The one agent of the bank.
pub(super) fn bank() -> Vec<Agent> {
    let confirmation = json!({"type": "string", "description": "Only after the caller has said yes: the code that the refusal gave you."});
    let tools = vec![
        tool(
            "verify_caller",
            "Check the PIN of the caller.",
            &["pin"],
            &json!({"pin": {"type": "string", "pattern": "^[0-9]{4}$", "description": "The PIN, four digits."}}),
        ),
        tool(
            "identify_caller",
            "Find out who is calling.",
            &[],
            &json!({
                "account_number": {"type": "string", "description": "The account number, such as A-10017, as the caller says it."},
                "name": {"type": "string", "description": "The caller's name, first and last."},
            }),
        ),
        tool("get_account_balance", "What the caller owes.", &[], &json!({})),
        tool("list_cards", "The caller's cards.", &[], &json!({})),
        tool(
            "make_payment",
            "Make a payment with the card on file. First say the amount, and wait for a yes.",
            &["amount_cents"],
            &json!({
                "amount_cents": {"type": "integer", "minimum": 1, "description": "How much."},
                "confirmation": confirmation,
            }),
        ),
        tool(
            "refund_purchase",
            "Refund a purchase.",
            &["amount"],
            &json!({"amount": {"type": "integer", "description": "How much, in cents."}}),
        ),
        tool(
            "order_statement",
            "Order a statement by post.",
            &["month"],
            &json!({"month": {"enum": ["june", "july"], "description": "Which month."}}),
        ),
    ];
    vec![Agent { name: "desk", instructions: "You are the desk of Grey Bank.", tools }]
}

/// Everything works, once a payment is confirmed.
pub(super) fn confirms(name: &str, arguments: &Value) -> Value {
    match name {
        "make_payment" if arguments["confirmation"] != "K7-XQ" => {
            let message = "Read back the amount and the card, and ask the caller to agree. When they have said yes, call \
                `make_payment` again with the same arguments and the confirmation `K7-XQ`.";
            with(
                "confirmation_required",
                message,
                &json!({"confirmation": "K7-XQ", "read_back": "the amount and the card"}),
            )
        }
        "make_payment" => ok(&json!({"message": "It is paid."})),
        "get_account_balance" => {
            ok(&json!({"balance_cents": 8490, "card_on_file_ends_in": "4242"}))
        }
        "list_cards" => ok(&json!({"cards": []})),
        "verify_caller" if arguments["pin"] == "4711" => ok(&json!({"verified": true})),
        "verify_caller" => error("refused", "That PIN is not right."),
        _ => ok(&json!({"message": "It is done."})),
    }
}

pub(super) fn ok(data: &Value) -> Value {
    json!({"status": "ok", "data": data, "trace_id": "t"})
}

pub(super) fn error(code: &str, message: &str) -> Value {
    with(code, message, &json!({}))
}

/// An error with more beside it.
pub(super) fn with(code: &str, message: &str, more: &Value) -> Value {
    let mut error = json!({"status": "error", "error_code": code, "message": message, "retryable": true, "trace_id": "t"});
    error.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    error
}
