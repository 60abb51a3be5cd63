//! Results as sentences: what a tool's data would sound like when told.
//!
//! A `say`, `message` or `summary` in the data is told as it stands; else the keys become words and the values become
//! what people say: money, dates, times, short lists.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::words;

pub(crate) mod hint;
mod values;

/// The most entries of a list that are told.
const MOST_ENTRIES: usize = 3;
/// The most facts of one object that are told.
const MOST_FACTS: usize = 6;
/// How deep nested data is told.
const MOST_DEPTH: usize = 3;

/// Keys whose text is made to be told.
const TELLING: &[&str] = &["say", "message", "summary", "spoken", "text"];
/// Keys by which an entry of a list is known, in the order in which they are told.
const NAMING: &[&str] = &[
    "name",
    "title",
    "service",
    "subject",
    "description",
    "label",
    "kind",
    "type",
    "item",
    "product",
];

/// The data as sentences; `tool` names the subject where the data is a bare value or list.
pub(crate) fn data(value: &Value, tool: &str, today: Date) -> String {
    let subject = super::rank::subject(tool);
    let text = match value {
        Value::Null => String::new(),
        Value::Object(object) if telling(object).is_some() => {
            telling(object).unwrap_or_default().to_owned()
        }
        Value::Object(object) => facts(object, today, 0),
        Value::Array(entries) => list(&subject, entries, today),
        Value::String(text) => values::text(text, today),
        Value::Bool(yes) => if *yes { "Yes." } else { "No." }.to_owned(),
        Value::Number(_) => format!("The {subject} is {}", values::value("", value, None, today)),
    };
    let text = sentence(&text);
    if text.is_empty() { "That is done.".to_owned() } else { text }
}

/// The text that the data itself offers to be told.
fn telling(object: &Map<String, Value>) -> Option<&str> {
    TELLING
        .iter()
        .find_map(|key| object.get(*key)?.as_str())
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// An object's facts as sentences: plain ones together, then each list.
fn facts(object: &Map<String, Value>, today: Date, depth: usize) -> String {
    let currency = object.get("currency").and_then(Value::as_str);
    let plain: Vec<String> = object
        .iter()
        .filter(|(key, value)| is_told(key, value) && !value.is_array() && !value.is_object())
        .take(MOST_FACTS)
        .map(|(key, value)| fact(key, value, currency, today))
        .collect();
    let mut sentences = Vec::new();
    if !plain.is_empty() {
        sentences.push(sentence(&series(&plain)));
    }
    for (key, value) in object.iter().filter(|(key, value)| is_told(key, value)) {
        match value {
            Value::Array(entries) => {
                sentences.push(sentence(&list(&words::of_name(key), entries, today)));
            }
            Value::Object(inner) if depth < MOST_DEPTH => {
                sentences
                    .push(telling(inner).map_or_else(|| facts(inner, today, depth + 1), sentence));
            }
            _ => {}
        }
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

/// Whether a caller wants to hear it: no ids of machines, no empty values.
fn is_told(key: &str, value: &Value) -> bool {
    let name = words::of_name(key);
    let last = name.rsplit(' ').next().unwrap_or_default();
    let technical = matches!(
        last,
        "id" | "ids"
            | "uuid"
            | "currency"
            | "trace"
            | "token"
            | "version"
            | "hash"
            | "timezone"
            | "url"
    );
    !technical && !value.is_null() && value.as_str() != Some("") && !name.is_empty()
}

/// One fact: "the balance is 42 euros".
fn fact(key: &str, value: &Value, currency: Option<&str>, today: Date) -> String {
    let told = values::value(key, value, currency, today);
    let name = values::key(key);
    match value {
        Value::Bool(true) if is_state(&name) => format!("it is {name}"),
        Value::Bool(false) if is_state(&name) => format!("it is not {name}"),
        Value::Bool(_) => format!("{name}: {told}"),
        _ if weekday(&name) => format!("{}: {told}", capital(&name)),
        _ if name == "status" || name == "state" => format!("it is {told}"),
        _ if name.ends_with('s') && !name.ends_with("ss") && !name.ends_with("us") => {
            format!("the {name} are {told}")
        }
        _ => format!("the {name} is {told}"),
    }
}

/// Whether a flag's name says how something is: "available", "paid".
fn is_state(name: &str) -> bool {
    !name.contains(' ')
        && ["ed", "able", "open", "paid", "ready", "free", "due", "active", "online", "done"]
            .iter()
            .any(|ending| name.ends_with(ending))
}

fn weekday(name: &str) -> bool {
    super::slots::weekday_named(name).is_some()
}

/// A list: how many there are, the first few, and how many more.
fn list(name: &str, entries: &[Value], today: Date) -> String {
    let name = if name.is_empty() { "entries" } else { name };
    let told: Vec<String> = entries
        .iter()
        .take(MOST_ENTRIES)
        .map(|value| entry(value, today))
        .filter(|text| !text.is_empty())
        .collect();
    let more = entries.len().saturating_sub(MOST_ENTRIES);
    let tail = if more > 0 { format!("; and {more} more") } else { String::new() };
    match entries.len() {
        0 => format!("There are no {name}"),
        1 => format!("There is one {}: {}", words::singular(name), told.join("")),
        count => format!("There are {count} {name}: {}{tail}", series_of_entries(&told, more > 0)),
    }
}

fn series_of_entries(entries: &[String], more: bool) -> String {
    if entries.iter().any(|entry| entry.contains(',')) {
        return match entries {
            [first @ .., last] if !more && !first.is_empty() => {
                format!("{}; and {last}", first.join("; "))
            }
            _ => entries.join("; "),
        };
    }
    if more { entries.join(", ") } else { series(entries) }
}

/// An entry of a list in few words: what it is, then when, then the rest.
pub(crate) fn entry(value: &Value, today: Date) -> String {
    let Value::Object(object) = value else {
        return values::value("", value, None, today);
    };
    if let Some(text) = telling(object) {
        return text.trim_end_matches('.').to_owned();
    }
    let currency = object.get("currency").and_then(Value::as_str);
    let mut keys: Vec<&String> = object
        .iter()
        .filter(|(key, value)| is_told(key, value) && !value.is_object())
        .map(|(key, _)| key)
        .collect();
    keys.sort_by_key(|key| NAMING.iter().position(|naming| naming == key).unwrap_or(NAMING.len()));
    let told: Vec<String> = keys
        .into_iter()
        .take(MOST_FACTS)
        .map(|key| part(key, &object[key], currency, today))
        .collect();
    told.join(", ")
}

/// One part of an entry; its key is left out where the value explains itself.
fn part(key: &str, value: &Value, currency: Option<&str>, today: Date) -> String {
    let told = values::value(key, value, currency, today);
    let explains_itself = NAMING.contains(&key)
        || matches!(value, Value::String(_)) && !told.bytes().all(|c| c.is_ascii_digit())
        || key.ends_with("_cents");
    if let Value::Array(entries) = value {
        let inner: Vec<String> =
            entries.iter().take(MOST_ENTRIES).map(|value| entry(value, today)).collect();
        return series(&inner);
    }
    if explains_itself { told } else { format!("{} {told}", values::key(key)) }
}

/// A value under its name: "amount 50 dollars".
pub(crate) fn named(key: &str, value: &Value, currency: Option<&str>, today: Date) -> String {
    format!("{} {}", values::key(key), values::value(key, value, currency, today))
}

/// The currency that a description speaks of.
pub(crate) fn currency(description: &str) -> Option<&'static str> {
    let plain = words::plain(description);
    plain.split(' ').find_map(|word| match word {
        "dollar" | "dollars" | "usd" => Some("USD"),
        "euro" | "euros" | "eur" => Some("EUR"),
        "pound" | "pounds" | "gbp" => Some("GBP"),
        _ => None,
    })
}

/// "a, b and c".
pub(crate) fn series(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// "a, b or c".
pub(crate) fn choice(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// A text as a sentence: a capital at the start, a stop at the end.
pub(crate) fn sentence(text: &str) -> String {
    let text = capital(text.trim());
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text } else { text + "." }
}

/// The text with a capital at its start.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn told(value: &Value) -> String {
        data(value, "get_account_balance", date(2026, 11, 21))
    }

    #[test]
    fn data_becomes_sentences() {
        for (value, expected) in [
            (
                json!({"balance_cents": 4250, "currency": "EUR", "due_date": "2026-11-27"}),
                "The balance is 42 euros and 50 cents and the due date is Friday, 27 November.",
            ),
            (json!({"message": "All done.", "id": 3}), "All done."),
            (json!(null), "That is done."),
            (json!({}), "That is done."),
            (json!("moved"), "Moved."),
            (json!({"available": true}), "It is available."),
            (json!({"status": "in_progress"}), "It is in progress."),
            (json!({"appointments": []}), "There are no appointments."),
            (json!({"customer": {"name": "Anna", "customer_id": 7}}), "The name is Anna."),
            (json!({"monday": "09:00-17:00"}), "Monday: 9 in the morning to 5 in the afternoon."),
        ] {
            assert_eq!(told(&value), expected);
        }
    }

    #[test]
    fn lists_are_told_up_to_three_entries() {
        let entry = |n: u8| json!({"id": format!("A{n}"), "starts_at": format!("2026-12-0{n}T09:00"), "title": "Check-up"});
        let text =
            told(&json!({"appointments": [entry(1), entry(2), entry(3), entry(4), entry(5)]}));
        assert!(
            text.starts_with(
                "There are 5 appointments: Check-up, Tuesday, 1 December at 9 in the morning; "
            ),
            "{text}"
        );
        assert!(text.ends_with("; and 2 more."), "{text}");
        assert!(!text.contains("A1"), "{text}");
        assert_eq!(
            told(&json!({"toppings": ["ham", "olives"]})),
            "There are 2 toppings: ham and olives."
        );
    }

    #[test]
    fn nothing_is_told_without_end() {
        let mut value = json!(1);
        for _ in 0..100 {
            value = json!({"inner": value});
        }
        assert!(told(&value).len() < 200);
    }
}
