use std::collections::HashSet;

use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::*;
use crate::Secret;
use crate::schema::ArgumentsSchema;

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is looked at")]
struct Pay {
    /// How much, in cents.
    cents: u32,
    /// The PIN, if asked for.
    pin: Option<Secret<String>>,
    /// Which of the two.
    kind: Option<Secret<Kind>>,
    /// With what.
    with: Means,
    /// The answers to the security questions.
    answers: Vec<Secret<String>>,
    /// Who else is to know.
    others: Vec<Person>,
    /// The word that was agreed.
    #[schemars(extend("x-secret" = true))]
    word: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// One's own.
    Own,
    /// Somebody else's.
    Other,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "lowercase")]
#[expect(dead_code, reason = "only the schema is looked at")]
enum Means {
    Card {
        /// The card's number.
        number: Secret<String>,
    },
    Letter {
        /// The address.
        address: String,
    },
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is looked at")]
struct Person {
    /// Their name.
    name: String,
    /// When they were born.
    born: Secret<Date>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is looked at")]
struct Date {
    /// The year.
    year: u16,
}

fn redact(arguments: &Value) -> Value {
    ArgumentsSchema::of::<Pay>().secrets.redact(arguments)
}

#[test]
fn secrets_are_hidden_at_every_depth_and_the_rest_is_shown() {
    let arguments = json!({
        "cents": 500,
        "pin": "1",
        "kind": "own",
        "with": { "by": "card", "number": "2" },
        "answers": ["3", "4"],
        "others": [{ "name": "Ann", "born": { "year": 1970 } }],
        "word": "5",
    });
    let shown = json!({
        "cents": 500,
        "pin": SHOWN,
        "kind": SHOWN,
        "with": { "by": "card", "number": SHOWN },
        "answers": [SHOWN, SHOWN],
        "others": [{ "name": "Ann", "born": SHOWN }],
        "word": SHOWN,
    });
    assert_eq!(redact(&arguments), shown);
    let letter = json!({ "with": { "by": "letter", "address": "Main Street 1" }, "others": [] });
    assert_eq!(redact(&letter), letter);
}

#[test]
fn on_the_wire_a_secret_is_like_any_other_argument() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct Marked {
        /// The PIN.
        pin: Secret<String>,
        /// Which of the two.
        kind: Option<Secret<Kind>>,
        /// Since when.
        since: Option<Secret<Date>>,
        /// More of them.
        more: Vec<Secret<u8>>,
    }
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct Plain {
        /// The PIN.
        pin: String,
        /// Which of the two.
        kind: Option<Kind>,
        /// Since when.
        since: Option<Date>,
        /// More of them.
        more: Vec<u8>,
    }
    let (marked, plain) = (ArgumentsSchema::of::<Marked>(), ArgumentsSchema::of::<Plain>());
    assert_eq!(marked.parameters.to_string(), plain.parameters.to_string());
    assert_eq!(marked.faults, []);
    assert!(!marked.secrets.is_empty() && plain.secrets.is_empty());
}

#[test]
fn what_stands_where_nothing_is_expected_may_be_a_secret() {
    for (arguments, shown) in [
        (json!({ "cents": 1, "Pin": "1" }), json!({ "cents": 1, "Pin": SHOWN })),
        (json!({ "arguments": { "pin": "1" } }), json!({ "arguments": SHOWN })),
        (json!({ "with": "card 2" }), json!({ "with": SHOWN })),
        (json!({ "with": ["2"], "answers": "3" }), json!({ "with": SHOWN, "answers": SHOWN })),
        (json!("1"), json!(SHOWN)),
        (json!([{ "pin": "1" }]), json!(SHOWN)),
        (json!(null), json!(null)),
    ] {
        assert_eq!(redact(&arguments), shown, "{arguments}");
    }
}

#[test]
fn arguments_without_secrets_are_shown_as_they_came() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct Find {
        /// The number.
        number: String,
    }
    let secrets = ArgumentsSchema::of::<Find>().secrets;
    for arguments in [json!({ "number": "1", "more": [1, { "a": null }] }), json!("x"), json!([[]])]
    {
        assert_eq!(secrets.redact(&arguments), arguments);
    }
}

#[test]
fn a_form_that_takes_any_name_hides_what_another_form_shows() {
    let mut schema = json!({ "anyOf": [
        { "type": "object", "properties": { "pin": { "type": "string", "x-secret": true }, "name": { "type": "string" } } },
        { "type": "object", "properties": { "note": { "type": "string" } }, "additionalProperties": { "x-secret": true } },
    ]});
    let secrets = Secrets::take(&mut schema);
    let shown = secrets.redact(&json!({ "pin": "1", "name": "2", "note": "3", "else": "4" }));
    assert_eq!(shown, json!({ "pin": SHOWN, "name": SHOWN, "note": "3", "else": SHOWN }));
    assert!(!schema.to_string().contains(KEYWORD));
}

/// A schema, a value that fits it with a text of its own at each leaf, and that value as it must be shown.
#[derive(Debug, Clone)]
struct Case {
    schema: Value,
    value: Value,
    shown: Value,
}

/// The leaf `#`, which `number` makes a text of its own.
const LEAF: &str = "#";

fn case() -> impl Strategy<Value = Case> {
    let leaf =
        Just(Case { schema: json!({ "type": "string" }), value: json!(LEAF), shown: json!(LEAF) });
    let tree = leaf.prop_recursive(4, 24, 4, |inside| {
        prop_oneof![
            proptest::collection::vec(marked(inside.clone()), 0..4)
                .prop_map(|fields| object(&fields)),
            (marked(inside.clone()), 0..3_usize).prop_map(|(element, count)| list(&element, count)),
            (marked(inside.clone()), marked(inside)).prop_map(|(one, other)| either(&one, &other)),
        ]
    });
    marked(tree).prop_map(|case| {
        let mut next = 0;
        let mut numbers = Vec::new();
        let value = number(case.value, &mut next, &mut numbers);
        let shown = same_numbers(&value, case.shown);
        Case { schema: case.schema, value, shown }
    })
}

/// Sometimes secret.
fn marked(inside: impl Strategy<Value = Case>) -> impl Strategy<Value = Case> {
    (inside, proptest::bool::weighted(0.25)).prop_map(|(mut case, secret)| {
        if secret {
            case.schema[KEYWORD] = true.into();
            case.shown = SHOWN.into();
        }
        case
    })
}

fn object(fields: &[Case]) -> Case {
    let named = |part: fn(&Case) -> &Value| {
        let fields = fields.iter().enumerate();
        Value::Object(fields.map(|(n, case)| (format!("f{n}"), part(case).clone())).collect())
    };
    Case {
        schema: json!({ "type": "object", "properties": named(|case| &case.schema) }),
        value: named(|case| &case.value),
        shown: named(|case| &case.shown),
    }
}

fn list(element: &Case, count: usize) -> Case {
    Case {
        schema: json!({ "type": "array", "items": element.schema }),
        value: Value::Array(vec![element.value.clone(); count]),
        shown: Value::Array(vec![element.shown.clone(); count]),
    }
}

/// Two forms under names that differ, so that neither says anything about the other.
fn either(one: &Case, other: &Case) -> Case {
    let form = |name: &str, case: &Case| {
        let mut properties = Map::new();
        properties.insert(name.to_owned(), case.schema.clone());
        json!({ "type": "object", "properties": properties })
    };
    Case {
        schema: json!({ "anyOf": [form("one", one), form("other", other), { "type": "null" }] }),
        value: json!({ "one": one.value }),
        shown: json!({ "one": one.shown }),
    }
}

/// Gives each leaf a text of its own.
fn number(value: Value, next: &mut usize, numbers: &mut Vec<String>) -> Value {
    match value {
        Value::String(_) => {
            *next += 1;
            numbers.push(format!("leaf-{next}-"));
            json!(format!("leaf-{next}-"))
        }
        Value::Array(list) => list.into_iter().map(|value| number(value, next, numbers)).collect(),
        Value::Object(object) => {
            let fields =
                object.into_iter().map(|(name, value)| (name, number(value, next, numbers)));
            Value::Object(fields.collect())
        }
        other => other,
    }
}

/// Puts the texts of the leaves where they are to be shown.
fn same_numbers(value: &Value, shown: Value) -> Value {
    match (value, shown) {
        (_, Value::String(text)) if text == SHOWN => Value::String(text),
        (Value::Array(values), Value::Array(shown)) => {
            values.iter().zip(shown).map(|(value, shown)| same_numbers(value, shown)).collect()
        }
        (Value::Object(values), Value::Object(shown)) => {
            let fields = shown.into_iter().map(|(name, shown)| {
                let shown = same_numbers(&values[&name], shown);
                (name, shown)
            });
            Value::Object(fields.collect())
        }
        (value, _) => value.clone(),
    }
}

/// All texts in a value.
fn texts(value: &Value) -> HashSet<&str> {
    match value {
        Value::String(text) => HashSet::from([text.as_str()]),
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(object) => object.values().flat_map(texts).collect(),
        _ => HashSet::new(),
    }
}

/// Any JSON.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "leaf-[a-z]{8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inside| {
        prop_oneof![
            proptest::collection::vec(inside.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("f[0-3]|one|other|x", inside, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn secrets_never_show_and_everything_else_is_unchanged(case in case()) {
        let mut schema = case.schema.clone();
        let secrets = Secrets::take(&mut schema);
        prop_assert!(!schema.to_string().contains(KEYWORD));
        prop_assert_eq!(secrets.redact(&case.value), case.shown);
    }

    #[test]
    fn a_secret_place_hides_whatever_is_put_there(case in case(), anything in any_json()) {
        let mut schema = json!({ "type": "object", "properties": { "open": case.schema, "shut": { "type": "string", "x-secret": true } } });
        let secrets = Secrets::take(&mut schema);
        let shown = secrets.redact(&json!({ "open": case.value, "shut": anything.clone(), "Shut": anything.clone() }));
        prop_assert!(texts(&shown).is_disjoint(&texts(&anything)), "{}", shown);
        let shown = secrets.redact(&anything);
        prop_assert!(!anything.is_string() || shown == SHOWN);
    }
}
