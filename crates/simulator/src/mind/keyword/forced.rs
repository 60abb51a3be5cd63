//! Calls that a response must make, whatever was said: what words do not fill is made up, within the schema.

use serde_json::{Map, Value, json};

use super::reply::Reply;
use crate::mind::schema::{self, Kind, Slot};
use crate::mind::slots::{self, Hearing};
use crate::mind::view::View;
use crate::mind::{Tool, Turn, rank};

/// Makes sure that some tool is called: the one that fits best, else one that needs nothing, else the first.
pub(super) fn require(turn: &Turn<'_>, view: &View<'_>, reply: &mut Reply) {
    if !reply.calls().is_empty() {
        return;
    }
    let fitting = rank::rank(turn.tools, &view.turn).into_iter().next().map(|fit| fit.tool);
    let easy = || {
        turn.tools
            .iter()
            .find(|tool| schema::slots(&tool.parameters).iter().all(|slot| !slot.required))
    };
    if let Some(tool) = fitting.or_else(easy).or_else(|| turn.tools.first()) {
        reply.only_call(&tool.name, arguments(tool, &view.turn, turn));
    }
}

/// Makes sure that this tool is called, and no other.
pub(super) fn call(name: &str, turn: &Turn<'_>, view: &View<'_>, reply: &mut Reply) {
    let planned = reply.calls().iter().find(|(planned, _)| planned == name).cloned();
    let made_up = || {
        turn.tools
            .iter()
            .find(|tool| tool.name == name)
            .map(|tool| (name.to_owned(), arguments(tool, &view.turn, turn)))
    };
    if let Some((name, arguments)) = planned.or_else(made_up) {
        reply.only_call(&name, arguments);
    }
}

/// Arguments for a tool from these words; what is required and was not said is made up.
pub(super) fn arguments(tool: &Tool, words: &str, turn: &Turn<'_>) -> Map<String, Value> {
    let slots = schema::slots(&tool.parameters);
    let mut given = Map::new();
    slots::fill(&slots, &mut Hearing::of(words, turn.now, None), &mut given);
    for slot in slots.iter().filter(|slot| slot.required) {
        if !given.contains_key(&slot.name)
            && let Some(value) = made_up(slot)
        {
            given.insert(slot.name.clone(), value);
        }
    }
    while !schema::accepts(&tool.parameters, &Value::Object(given.clone())) {
        let optional = given
            .keys()
            .find(|name| slots.iter().any(|slot| slot.name == **name && !slot.required))
            .cloned();
        match optional {
            Some(name) => given.remove(&name),
            None => break,
        };
    }
    given
}

/// A value that the slot accepts.
fn made_up(slot: &Slot) -> Option<Value> {
    let candidates = match &slot.kind {
        Kind::Choice(values) => values.clone(),
        Kind::Flag => vec![json!(false), json!(true)],
        Kind::Number(_) | Kind::Cents => numbers(slot),
        Kind::Id => [texts(slot), numbers(slot)].concat(),
        Kind::List(item) => {
            let entries: Vec<Value> = made_up(item).into_iter().cycle().take(5).collect();
            (0..=entries.len()).map(|length| json!(entries[..length])).collect()
        }
        Kind::Object(branches) => branches.iter().map(|slots| object(slots)).collect(),
        Kind::Opaque => vec![json!({}), json!([]), json!(""), json!(0), json!(false), Value::Null],
        _ => texts(slot),
    };
    slot.default.clone().into_iter().chain(candidates).find(|value| slot.accepts(value))
}

fn object(slots: &[Slot]) -> Value {
    slots
        .iter()
        .filter(|slot| slot.required)
        .filter_map(|slot| Some((slot.name.clone(), made_up(slot)?)))
        .collect()
}

fn numbers(slot: &Slot) -> Vec<Value> {
    let mut values: Vec<Value> = slot.bounds();
    values.extend([0, 1, 2, 5, 10, 100, 1000].map(Value::from));
    values
}

fn texts(slot: &Slot) -> Vec<Value> {
    let samples = [
        "unknown",
        "1042",
        "A17",
        "INV-1042",
        "123456",
        "2026-01-01",
        "2026-01-01T09:00:00Z",
        "09:00:00Z",
        "a@example.com",
        "+15550100",
        "",
    ];
    let padded = slot.least_length().map(|length| "x".repeat(length.min(10_000)));
    let short = (1..7).rev().map(|length| "unknow"[..length].to_owned());
    samples.into_iter().map(str::to_owned).chain(padded).chain(short).map(Value::String).collect()
}
