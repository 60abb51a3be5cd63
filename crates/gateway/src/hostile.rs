//! Whatever a model writes as arguments gets a verdict, and nothing runs that should not.

use std::sync::atomic::Ordering;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Tools;
use crate::testing::{App, gateway, request};

fn hostile_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!("card")),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec(("(cents|number|.{0,5})", inner), 0..5)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

/// Documents that look like arguments and are not quite: wrong values, other keys, cut off, or with something put in.
fn hostile_document() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        Just("number"),
        Just("cents"),
        Just("by"),
        Just("note"),
        Just("parts"),
        Just("cent")
    ];
    let fields = proptest::collection::vec((key, hostile_value()), 0..6);
    let text = fields.prop_map(|fields| {
        let fields: Vec<String> =
            fields.iter().map(|(key, value)| format!("{key:?}: {value}")).collect();
        format!("{{{}}}", fields.join(", "))
    });
    let text = text.boxed();
    let cut = (text.clone(), any::<prop::sample::Index>()).prop_map(|(text, at)| {
        let characters: Vec<char> = text.chars().collect();
        characters[..at.index(characters.len())].iter().collect()
    });
    let put_in = (text.clone(), any::<prop::sample::Index>(), any::<char>()).prop_map(
        |(text, at, character)| {
            let mut characters: Vec<char> = text.chars().collect();
            characters.insert(at.index(characters.len()), character);
            characters.into_iter().collect()
        },
    );
    prop_oneof![text, cut, put_in, ".{0,60}", hostile_value().prop_map(|value| value.to_string())]
}

/// Whether arguments are right, by other means than the gateway's.
fn fits(text: &str) -> bool {
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(text) else { return false };
    let is = |key: &str, right: fn(&Value) -> bool| fields.get(key).is_some_and(right);
    let may = |key: &str, right: fn(&Value) -> bool| fields.get(key).is_none_or(right);
    is("number", Value::is_string)
        && is("cents", Value::is_u64)
        && may("by", |by| by.is_null() || *by == "card" || *by == "debit")
        && may("note", |note| note.is_null() || note.is_string())
        && may("parts", |parts| {
            let is_part = |part: &Value| {
                part.as_object().is_some_and(|p| p.len() == 1) && part["cents"].is_u64()
            };
            parts.as_array().is_some_and(|parts| parts.iter().all(is_part))
        })
        && fields
            .keys()
            .all(|key| ["number", "cents", "by", "note", "parts"].contains(&key.as_str()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn hostile_arguments_get_a_verdict_and_run_nothing(text in hostile_document()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let app = App::default();
        let answer = runtime.block_on(async { gateway(&app).answer(request("pay_invoice", &text)).await });
        let ran = app.paid.load(Ordering::SeqCst);
        prop_assert!(answer.envelope.to_output().chars().count() <= crate::MAX_OUTPUT);
        if answer.envelope.outcome() == "ok" {
            prop_assert!(fits(&text) && ran == 1);
        } else {
            prop_assert_eq!(answer.envelope.outcome(), "invalid_arguments");
            prop_assert_eq!(ran, 0);
        }
    }
}
