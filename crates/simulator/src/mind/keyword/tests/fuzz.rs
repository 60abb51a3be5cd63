//! Any words, any schemas: the mind never panics, and what it calls is valid.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::KeywordMind;
use super::trades::now;
use crate::mind::{Act, Mind, Said, Tool, ToolChoice, Turn};

const WORDS: &[&str] = &[
    "move",
    "my",
    "appointment",
    "to",
    "Friday",
    "morning",
    "at",
    "ten",
    "pay",
    "INV-1042",
    "what",
    "is",
    "the",
    "balance",
    "yes",
    "no",
    "goodbye",
    "hello",
    "and",
    "then",
    "two",
    "large",
    "pizzas",
    "$42.50",
    "email",
    "jo@example.com",
    "A",
    "17",
    "cancel",
    "never",
    "mind",
    "the",
    "second",
    "one",
    "half",
    "past",
    "point",
    "hundred",
    "double",
    "31",
    "february",
    "99999999999999999999",
    "ünïcödé",
    "\u{202e}",
    "\"",
    "\u{201d}",
    "?",
    ".",
    "-",
    "in",
    "weeks",
    "name",
    "Anna",
    "İ",
    "ß,",
];

fn sentence() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::collection::vec(prop::sample::select(WORDS), 0..12).prop_map(|words| words.join(" ")),
        1 => ".{0,60}",
    ]
}

/// Schemas that some value fits.
fn property() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({"type": "string"})),
        Just(json!({"type": "string", "minLength": 3})),
        Just(json!({"type": "string", "format": "date"})),
        Just(json!({"type": "string", "format": "date-time"})),
        Just(json!({"type": "string", "format": "email"})),
        Just(json!({"type": "string", "pattern": "^INV-[0-9]{4}$"})),
        (-50i64..50, 0i64..50).prop_map(
            |(least, span)| json!({"type": "integer", "minimum": least, "maximum": least + span})
        ),
        Just(json!({"type": "number"})),
        Just(json!({"type": ["boolean", "null"]})),
        Just(json!({"enum": ["small", "large", "extra_large"]})),
        Just(json!({"const": "fixed"})),
        Just(json!({"anyOf": [{"type": "integer"}, {"type": "null"}]})),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|items| json!({"type": "array", "items": items, "minItems": 1})),
            (name(), inner).prop_map(|(name, inner)| json!({"type": "object", "properties": {name.clone(): inner}, "required": [name], "additionalProperties": false})),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let names = [
        "id",
        "appointment_id",
        "new_time",
        "date",
        "time",
        "amount_cents",
        "quantity",
        "size",
        "name",
        "phone",
        "email",
        "reason",
        "city",
        "confirmed",
        "number",
        "items",
    ];
    prop::sample::select(names.to_vec()).prop_map(str::to_owned)
}

fn tool() -> impl Strategy<Value = Tool> {
    let verbs = ["get", "list", "move", "pay", "cancel", "order", "transfer_to", "find", "update"];
    let nouns = ["appointment", "balance", "invoices", "pizza", "billing", "name"];
    let properties = prop::collection::btree_map(name(), (property(), any::<bool>()), 0..4);
    let name = (prop::sample::select(verbs.to_vec()), prop::sample::select(nouns.to_vec()));
    (name, sentence(), properties).prop_map(|((verb, noun), description, properties)| {
        let required: Vec<&String> = properties.iter().filter(|(_, (_, required))| *required).map(|(name, _)| name).collect();
        let schemas: serde_json::Map<String, Value> = properties.iter().map(|(name, (schema, _))| (name.clone(), schema.clone())).collect();
        let parameters = json!({"type": "object", "properties": schemas, "required": required, "additionalProperties": false});
        Tool { name: format!("{verb}_{noun}"), description, parameters }
    })
}

fn output() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(json!({"status": "ok", "data": {"appointments": [{"id": "A17", "starts_at": "2026-11-24T15:00"}, {"id": 3}]}}).to_string()),
        Just(json!({"status": "ok", "data": null}).to_string()),
        Just(json!({"status": "error", "error_code": "invalid_arguments", "message": "new_time is wrong", "retryable": true}).to_string()),
        Just(json!({"status": "error", "error_code": "confirmation_required", "message": "Sure?", "confirmation": "c1"}).to_string()),
        refusal(),
        Just(json!({"status": "pending", "task_id": "t", "message": ""}).to_string()),
        sentence(),
    ]
}

/// What a gateway may say instead of a result.
fn refusal() -> impl Strategy<Value = String> {
    let codes = [
        "approval_required",
        "approval_refused",
        "busy",
        "cancelled",
        "confirmation_required",
        "not_allowed",
        "repeated_call",
        "timeout",
        "unavailable",
        "verification_required",
    ];
    let more =
        json!({"call_first": "get_balance", "confirmation": "c2", "read_back": "the amount"});
    (prop::sample::select(codes.to_vec()), sentence(), any::<bool>()).prop_map(
        move |(code, message, retryable)| {
            let mut refusal = more.clone();
            refusal["status"] = json!("error");
            refusal["error_code"] = json!(code);
            refusal["message"] = json!(message);
            refusal["retryable"] = json!(retryable);
            refusal.to_string()
        },
    )
}

fn choice() -> impl Strategy<Value = ToolChoice> {
    prop_oneof![
        4 => Just(ToolChoice::Auto),
        1 => Just(ToolChoice::None),
        1 => Just(ToolChoice::Required),
        1 => Just(ToolChoice::Function("pay_invoices".to_owned())),
    ]
}

/// A conversation: the caller's words, each followed by responses whose calls get these outputs; each by another mind if the link
/// is lost every time.
fn converse(
    seed: u64,
    tools: &[Tool],
    choice: &ToolChoice,
    turns: &[(String, String)],
    own: Option<&str>,
    redials: bool,
) -> Vec<Vec<Act>> {
    let mut mind = KeywordMind::new(seed);
    let mut items = Vec::new();
    let mut all = Vec::new();
    for (at, (words, output)) in turns.iter().enumerate() {
        items.push(Said::User(words.clone()));
        if redials {
            mind = KeywordMind::new(seed);
        }
        for round in 0..12 {
            let turn = Turn {
                instructions: "You are a test.",
                tools,
                tool_choice: choice,
                items: &items,
                response_instructions: own.filter(|_| at == 1),
                parallel_tool_calls: at % 2 == 0,
                out_of_band: false,
                now: now(),
            };
            let acts = mind.respond(&turn);
            let mut calls = 0;
            for act in &acts {
                match act {
                    Act::Say(text) => items.push(Said::Assistant(text.clone())),
                    Act::Call { name, arguments } => {
                        calls += 1;
                        let call_id = format!("{at}.{round}.{calls}");
                        items.push(Said::Call {
                            call_id: call_id.clone(),
                            name: name.clone(),
                            arguments: arguments.clone(),
                        });
                        items.push(Said::Output { call_id, output: output.clone() });
                    }
                    Act::Fail(_) => {}
                }
            }
            all.push(acts);
            if calls == 0 || *choice != ToolChoice::Auto {
                break;
            }
            assert!(round < 11, "the mind never stops calling");
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn calls_are_valid_and_the_same_seed_gives_the_same_acts(
        seed in any::<u64>(),
        tools in prop::collection::vec(tool(), 0..6),
        choice in choice(),
        turns in prop::collection::vec((sentence(), output()), 1..5),
        own in prop::option::of(sentence()),
        redials in any::<bool>(),
    ) {
        let acts = converse(seed, &tools, &choice, &turns, own.as_deref(), redials);
        for act in acts.iter().flatten() {
            match act {
                Act::Call { name, arguments } => {
                    prop_assert!(choice != ToolChoice::None, "{name} was called");
                    let arguments: Value = serde_json::from_str(arguments).unwrap();
                    let valid = tools.iter().filter(|tool| tool.name == *name).any(|tool| jsonschema::is_valid(&tool.parameters, &arguments));
                    prop_assert!(valid, "{name} {arguments}");
                }
                Act::Say(text) => prop_assert!(!text.trim().is_empty()),
                Act::Fail(why) => prop_assert!(false, "{why}"),
            }
        }
        prop_assert!(acts.iter().all(|acts| !acts.is_empty()), "a response with nothing in it");
        prop_assert_eq!(acts, converse(seed, &tools, &choice, &turns, own.as_deref(), redials));
    }
}
