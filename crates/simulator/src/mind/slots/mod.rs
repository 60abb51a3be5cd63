//! Filling the arguments of a call from the caller's words.
//!
//! Each kind of slot has candidates in the sentence; the first that the slot's own schema accepts, and whose words no
//! other slot has taken, fills it. Nothing is guessed: a slot without a candidate stays empty.

use std::ops::Range;

use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use super::intent;
use super::schema::{self, Kind, Slot};
use super::words::{self, Word};

mod choices;
mod clock;
mod compound;
mod contact;
mod day;
pub(crate) mod ids;
mod money;
mod numbers;
mod stamps;
mod text;
mod when;

pub(crate) use choices::position;
pub(crate) use day::weekday_named;
pub(crate) use ids::bare;
pub(crate) use money::hundredths;
pub(crate) use numbers::number_at;
pub(crate) use when::{When, moments, timestamp};

/// Something in a sentence, and the words that say it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found<T> {
    /// What was meant.
    pub(crate) value: T,
    /// The words that said so.
    pub(crate) words: Range<usize>,
}

/// A sentence, to fill slots from.
#[derive(Debug)]
pub(crate) struct Hearing<'a> {
    /// The sentence.
    pub(crate) said: &'a str,
    /// Its words.
    pub(crate) words: Vec<Word>,
    /// The caller's clock.
    pub(crate) now: DateTime,
    /// The slot that was asked for, if the sentence is an answer.
    pub(crate) asked: Option<&'a str>,
    /// Words that slots have taken.
    taken: Vec<Range<usize>>,
    /// Moments in the sentence, whose words are no ids or numbers.
    moments: Vec<When>,
}

impl<'a> Hearing<'a> {
    /// Reads a sentence.
    pub(crate) fn of(said: &'a str, now: DateTime, asked: Option<&'a str>) -> Self {
        let words = words::split(said);
        let moments = when::moments(&words, now, false);
        Self { said, words, now, asked, taken: Vec::new(), moments }
    }

    /// Whether this slot was asked for.
    fn is_asked(&self, slot: &Slot) -> bool {
        self.asked == Some(slot.name.as_str())
    }

    /// Whether the sentence says the slot's own name: "my postcode is 12345".
    pub(crate) fn names(&self, slot: &Slot) -> bool {
        let code = matches!(slot.kind, Kind::Id | Kind::Plain | Kind::Phone | Kind::Email);
        code && slot.words().split(' ').all(|part| self.words.iter().any(|word| word.plain == part))
    }

    fn is_taken(&self, range: &Range<usize>) -> bool {
        self.taken.iter().any(|taken| taken.start < range.end && range.start < taken.end)
    }

    fn in_moment(&self, range: &Range<usize>) -> bool {
        self.moments
            .iter()
            .any(|moment| moment.words.start < range.end && range.start < moment.words.end)
    }
}

/// Fills what is still missing in `have` from the sentence; slots that were filled are named.
pub(crate) fn fill(
    slots: &[Slot],
    hearing: &mut Hearing<'_>,
    have: &mut Map<String, Value>,
) -> Vec<String> {
    let mut filled = Vec::new();
    let mut order: Vec<&Slot> =
        slots.iter().filter(|slot| !have.contains_key(&slot.name)).collect();
    order.sort_by_key(|slot| (!hearing.names(slot), !hearing.is_asked(slot), rank(&slot.kind)));
    for slot in order {
        let siblings: Vec<&Slot> = slots.iter().filter(|other| other.name != slot.name).collect();
        let candidates = candidates(slot, &siblings, hearing, have);
        let chosen = candidates
            .into_iter()
            .find(|found| !hearing.is_taken(&found.words) && slot.accepts(&found.value));
        if let Some(found) = chosen {
            hearing.taken.push(found.words);
            have.insert(slot.name.clone(), found.value);
            filled.push(slot.name.clone());
        }
    }
    filled
}

/// The order in which kinds take their words: the most certain first.
fn rank(kind: &Kind) -> u8 {
    match kind {
        Kind::Choice(_) => 0,
        Kind::Email => 1,
        Kind::Phone => 2,
        Kind::Cents => 3,
        Kind::When(_) => 4,
        Kind::Id => 5,
        Kind::Name => 6,
        Kind::Number(_) => 7,
        Kind::Flag => 8,
        Kind::List(_) | Kind::Object(_) => 9,
        Kind::Plain => 10,
        Kind::Free | Kind::Opaque => 11,
    }
}

/// What in the sentence could fill the slot, the best first.
fn candidates(
    slot: &Slot,
    siblings: &[&Slot],
    hearing: &Hearing<'_>,
    have: &Map<String, Value>,
) -> Vec<Found<Value>> {
    let words = &hearing.words;
    if schema::is_confirmation(&slot.name) && slot.kind != Kind::Flag {
        return Vec::new();
    }
    match &slot.kind {
        Kind::Choice(values) => choice(values, slot, hearing),
        Kind::Email => texts(contact::emails(words)),
        Kind::Phone => texts(contact::phones(words)),
        Kind::Cents => cents(slot, hearing),
        Kind::When(stamp) => stamps::stamps(*stamp, slot, siblings, hearing),
        Kind::Id => known_by(slot, hearing),
        Kind::Name => texts(contact::names(words, hearing.is_asked(slot))),
        Kind::Number(whole) => counts(*whole, slot, hearing),
        Kind::Flag => flag(slot, hearing),
        Kind::List(item) => compound::list(item, slot, hearing),
        Kind::Object(branches) => compound::object(branches, slot, siblings, hearing, have),
        Kind::Plain => text::plain(slot, hearing),
        Kind::Free => text::free(slot, hearing),
        Kind::Opaque => Vec::new(),
    }
}

fn texts(found: Vec<Found<String>>) -> Vec<Found<Value>> {
    found
        .into_iter()
        .map(|found| Found { value: Value::String(found.value), words: found.words })
        .collect()
}

/// A value that the whole sentence says, without taking words from other slots.
fn whole(value: Value) -> Vec<Found<Value>> {
    vec![Found { value, words: 0..0 }]
}

fn choice(values: &[Value], slot: &Slot, hearing: &Hearing<'_>) -> Vec<Found<Value>> {
    match values {
        [only] if slot.required => whole(only.clone()),
        [only] if !only.is_boolean() => Vec::new(),
        _ => choices::choose(values, &slot.description, &hearing.words, hearing.said)
            .map(whole)
            .unwrap_or_default(),
    }
}

/// Amounts with a currency; a bare number only when asked, or for a slot that is required.
fn cents(slot: &Slot, hearing: &Hearing<'_>) -> Vec<Found<Value>> {
    let mut found: Vec<Found<Value>> = money::amounts(&hearing.words)
        .into_iter()
        .map(|found| Found { value: json!(found.value), words: found.words })
        .collect();
    if slot.required || hearing.is_asked(slot) {
        let bare = numbers::numbers(&hearing.words)
            .into_iter()
            .filter(|found| !hearing.in_moment(&found.words));
        found.extend(bare.filter_map(|found| {
            Some(Found { value: json!(money::hundredths(found.value)?), words: found.words })
        }));
    }
    found
}

fn counts(is_whole: bool, slot: &Slot, hearing: &Hearing<'_>) -> Vec<Found<Value>> {
    let amounts = money::amounts(&hearing.words);
    let name = slot.words();
    let is_amount =
        ["amount", "price", "total", "sum", "budget"].iter().any(|word| name.contains(word));
    let mut found: Vec<Found<f64>> = Vec::new();
    if is_amount {
        #[expect(
            clippy::cast_precision_loss,
            reason = "amounts are bounded below the precision of a double"
        )]
        found.extend(
            amounts.iter().map(|found| Found {
                value: found.value as f64 / 100.0,
                words: found.words.clone(),
            }),
        );
    }
    let of_money =
        |words: &Range<usize>| amounts.iter().any(|found| found.words.contains(&words.start));
    let numbers = numbers::numbers(&hearing.words);
    found.extend(
        numbers
            .into_iter()
            .filter(|found| !hearing.in_moment(&found.words) && !of_money(&found.words)),
    );
    let is_count = ["quantity", "count", "how many", "number of", "pieces", "copies"]
        .iter()
        .any(|word| name.contains(word));
    if is_count
        && let Some(at) =
            hearing.words.iter().position(|word| matches!(word.plain.as_str(), "a" | "an"))
    {
        found.push(Found { value: 1.0, words: at..at + 1 });
    }
    found
        .into_iter()
        .filter_map(|found| {
            Some(Found { value: number(found.value, is_whole)?, words: found.words })
        })
        .collect()
}

fn number(value: f64, is_whole: bool) -> Option<Value> {
    let whole = when::whole(value).filter(|_| value.fract() == 0.0);
    match whole {
        Some(whole) => Some(json!(whole)),
        None if is_whole => None,
        None => Some(json!(value)),
    }
}

/// Ids; short bare digits only when they are asked for or introduced as one.
fn known_by(slot: &Slot, hearing: &Hearing<'_>) -> Vec<Found<Value>> {
    let introduced = |at: usize| {
        let before = at
            .checked_sub(1)
            .and_then(|before| hearing.words.get(before))
            .map_or("", |word| word.plain.as_str());
        matches!(before, "number" | "id" | "no" | "code" | "reference" | "is" | "its")
            || slot.words().split(' ').any(|word| word == before)
    };
    let amounts = money::amounts(&hearing.words);
    let of_money =
        |words: &Range<usize>| amounts.iter().any(|found| found.words.contains(&words.start));
    let sound = |found: &Found<String>| {
        let short = found.value.len() < 3 && found.value.bytes().all(|c| c.is_ascii_digit());
        !hearing.in_moment(&found.words)
            && !of_money(&found.words)
            && (!short || hearing.is_asked(slot) || introduced(found.words.start))
            && ids::may_be(slot, found, hearing)
    };
    let mut found: Vec<Found<Value>> = Vec::new();
    let mut ids: Vec<_> =
        ids::ids(&hearing.words, &slot.description).into_iter().filter(sound).collect();
    ids.sort_by_key(|id| !named_before(slot, id.words.start, &hearing.words));
    for id in ids {
        if let Ok(number) = id.value.parse::<i64>() {
            found.push(Found { value: json!(number), words: id.words.clone() });
        }
        found.push(Found { value: Value::String(id.value), words: id.words });
    }
    // The schema takes either a number or a text: what it does not accept is passed over.
    found
}

/// Whether the slot's own name stands just before this word, as in "my pin is".
fn named_before(slot: &Slot, at: usize, words: &[Word]) -> bool {
    let name = slot.words();
    let name = name.rsplit(' ').next().unwrap_or_default();
    words[at.saturating_sub(3)..at].iter().any(|word| word.plain == name)
}

fn flag(slot: &Slot, hearing: &Hearing<'_>) -> Vec<Found<Value>> {
    if hearing.is_asked(slot) {
        return intent::agreement(hearing.said).map(|yes| whole(json!(yes))).unwrap_or_default();
    }
    let about = words::terms(&slot.words());
    let said = words::terms(hearing.said);
    let mentioned = !about.is_empty()
        && about.iter().all(|term| said.iter().any(|other| term.stem == other.stem));
    if !mentioned || slot.words().contains("confirm") {
        return Vec::new();
    }
    let refused = hearing
        .words
        .iter()
        .any(|word| matches!(word.plain.as_str(), "no" | "not" | "without" | "dont" | "never"));
    whole(json!(!refused))
}
