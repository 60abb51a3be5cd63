//! Lists and objects: their parts are filled one by one from the same sentence.

use serde_json::{Map, Value};

use super::{Found, Hearing, fill, whole};
use crate::mind::schema::{Kind, Slot};

/// A list: the sentence's parts, each as one entry.
pub(super) fn list(item: &Slot, slot: &Slot, hearing: &Hearing<'_>) -> Vec<Found<Value>> {
    if !(slot.required || hearing.is_asked(slot)) {
        return Vec::new();
    }
    let parts = hearing
        .said
        .split([',', ';'])
        .flat_map(|part| part.split(" and "))
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let entries: Vec<Value> = parts
        .filter_map(|part| {
            let mut inner = Hearing::of(
                part,
                hearing.now,
                hearing.is_asked(slot).then_some(item.name.as_str()),
            );
            let mut have = Map::new();
            fill(std::slice::from_ref(item), &mut inner, &mut have);
            have.remove(&item.name)
        })
        .collect();
    if entries.is_empty() { Vec::new() } else { whole(Value::Array(entries)) }
}

/// An object: each of its slots from the same sentence; of a union the branch that a sibling's choice points at.
pub(super) fn object(
    branches: &[Vec<Slot>],
    slot: &Slot,
    siblings: &[&Slot],
    hearing: &Hearing<'_>,
    have: &Map<String, Value>,
) -> Vec<Found<Value>> {
    if !slot.required {
        return Vec::new();
    }
    let pointed = siblings.iter().find_map(|sibling| match &sibling.kind {
        Kind::Choice(values) if values.len() == branches.len() => {
            values.iter().position(|value| have.get(&sibling.name) == Some(value))
        }
        _ => None,
    });
    let filled = |slots: &Vec<Slot>| {
        let mut inner = Hearing::of(hearing.said, hearing.now, hearing.asked);
        let mut have = Map::new();
        fill(slots, &mut inner, &mut have);
        Value::Object(have)
    };
    match pointed {
        Some(at) => whole(filled(&branches[at])),
        None => branches.iter().map(filled).flat_map(whole).collect(),
    }
}
