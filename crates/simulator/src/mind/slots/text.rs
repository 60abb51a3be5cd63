//! Texts: short ones that are asked for, and the caller's own words.

use serde_json::{Value, json};

use super::{Found, Hearing, when, whole};
use crate::mind::schema::Slot;
use crate::mind::{parts, words};

/// A short text: after "my city is", after the slot's own name, in quotes, or the whole answer.
pub(super) fn plain(slot: &Slot, hearing: &Hearing<'_>) -> Vec<Found<Value>> {
    if let Some(quoted) = words::quoted(hearing.said) {
        return whole(json!(quoted));
    }
    let name = slot.words();
    let last = name.rsplit(' ').next().unwrap_or_default();
    let stands = hearing
        .words
        .windows(2)
        .position(|pair| pair[0].plain == last && matches!(pair[1].plain.as_str(), "is" | "to"));
    if let Some(at) = stands {
        let rest = at + 2..hearing.words.len();
        if !rest.is_empty() {
            return vec![Found {
                value: json!(when::said(&hearing.words, rest.clone())),
                words: rest,
            }];
        }
    }
    if hearing.is_asked(slot) { answer(hearing) } else { Vec::new() }
}

/// An answer without what leads up to it.
fn answer(hearing: &Hearing<'_>) -> Vec<Found<Value>> {
    let leads = [
        "its", "it", "is", "the", "a", "an", "my", "im", "in", "at", "to", "on", "yes", "well",
        "um", "uh", "please", "that", "thats", "would", "be",
    ];
    let skip = hearing.words.iter().take_while(|word| leads.contains(&word.plain.as_str())).count();
    let skip = if skip == hearing.words.len() { 0 } else { skip };
    let polite =
        hearing.words.last().is_some_and(|word| word.plain == "please" || word.plain == "thanks");
    let end = hearing.words.len() - usize::from(polite && hearing.words.len() > skip + 1);
    if skip >= end {
        return Vec::new();
    }
    vec![Found { value: json!(when::said(&hearing.words, skip..end)), words: skip..end }]
}

/// The caller's own words, for a slot that is required or was asked for: of a reason and of a message those that are it.
pub(super) fn free(slot: &Slot, hearing: &Hearing<'_>) -> Vec<Found<Value>> {
    let said = hearing.said.trim();
    if said.is_empty() || !(slot.required || hearing.is_asked(slot)) {
        return Vec::new();
    }
    let name = slot.words();
    let own = match name.rsplit(' ').next().unwrap_or_default() {
        "reason" | "cause" | "why" => Some(parts::cause(said).unwrap_or(said)),
        "message" | "note" | "notes" if !hearing.is_asked(slot) => parts::message(said),
        _ => Some(said),
    };
    own.map(|own| whole(json!(own))).unwrap_or_default()
}
