//! The kinds of values that slots hold, read from type, format, name and description.

use serde_json::Value;

use super::schema::Slot;
use super::slots::ids;
use super::words;

/// What kind of value a slot holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// The caller's own words: a reason, a summary, a message.
    Free,
    /// A short text that has to be asked for: a city, a street.
    Plain,
    /// Something a thing is known by: an id, a number on an invoice.
    Id,
    /// A person's name.
    Name,
    /// A telephone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A day, a time of day, or both, in the form that the schema asks for.
    When(Stamp),
    /// An amount of money in hundredths.
    Cents,
    /// A number; whole where `true`.
    Number(bool),
    /// Yes or no.
    Flag,
    /// One of these values.
    Choice(Vec<Value>),
    /// Several of these.
    List(Box<Slot>),
    /// An object with these slots; a union has one set for each branch.
    Object(Vec<Vec<Slot>>),
    /// A value that words cannot give.
    Opaque,
}

/// The form of a [`Kind::When`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// As the caller says it.
    Spoken(Part),
    /// `2026-11-27`.
    Date,
    /// `09:00:00`.
    Time,
    /// `09:00:00Z`.
    TimeZ,
    /// `09:00`.
    HourMinute,
    /// `2026-11-27T09:00:00`.
    DateTime,
    /// `2026-11-27T09:00:00Z`.
    DateTimeZ,
}

/// Which half of a spoken moment a slot is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// "Friday"
    Day,
    /// "at ten"
    Clock,
    /// "Friday at ten"
    Both,
}

/// The kind of a number, by its name.
pub(super) fn number_kind(name: &str, whole: bool) -> Kind {
    let name = words::of_name(name);
    let last = name.rsplit(' ').next().unwrap_or_default();
    match last {
        "cents" if whole => Kind::Cents,
        "id" | "number" | "no" | "ref" | "reference" | "code" | "pin" if whole => Kind::Id,
        _ => Kind::Number(whole),
    }
}

/// The kind of a text, by its format, its name and what is said about it.
pub(super) fn text_kind(name: &str, description: &str, format: &str) -> Kind {
    if let Some(stamp) = stamp(name, description, format) {
        return Kind::When(stamp);
    }
    if format == "email" {
        return Kind::Email;
    }
    let name = words::of_name(name);
    let last = name.rsplit(' ').next().unwrap_or_default();
    let about = words::plain(description);
    let says = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    match last {
        _ if says(&["email", "e mail"]) => Kind::Email,
        _ if says(&["phone", "mobile", "telephone"]) => Kind::Phone,
        "id" | "ids" | "uuid" | "number" | "no" | "ref" | "reference" | "code" | "key" | "pin"
        | "digits" => Kind::Id,
        "name" if !says(&["file", "user name", "plan", "product", "item", "service"]) => Kind::Name,
        "reason" | "summary" | "message" | "note" | "notes" | "description" | "details"
        | "question" | "query" | "text" | "comment" | "comments" | "request" | "complaint"
        | "problem" | "issue" | "symptoms" | "feedback" | "subject" | "topic" => Kind::Free,
        "invoice" | "appointment" | "order" | "booking" if is_code(&about, description) => Kind::Id,
        _ if about.contains("the caller says")
            || about.contains("in the callers words")
            || about.contains("in one sentence") =>
        {
            Kind::Free
        }
        _ if is_code(&about, description) => Kind::Id,
        _ => Kind::Plain,
    }
}

/// Whether the description speaks of an id or a number, or gives one as its example.
fn is_code(about: &str, description: &str) -> bool {
    let spoken = about.split(' ').any(|word| matches!(word, "id" | "digits" | "number"));
    spoken && !about.starts_with("how many") && !about.contains("street")
        || ids::sample(description).is_some()
}

/// The form of a moment, by the schema's format, else by what the name and the description say.
fn stamp(name: &str, description: &str, format: &str) -> Option<Stamp> {
    match format {
        "date" => return Some(Stamp::Date),
        "time" => return Some(Stamp::TimeZ),
        "partial-time" => return Some(Stamp::Time),
        "date-time" => return Some(Stamp::DateTimeZ),
        "partial-date-time" => return Some(Stamp::DateTime),
        _ => {}
    }
    let name = words::of_name(name);
    let mut parts = name.split(' ');
    let day = name.split(' ').any(|word| matches!(word, "date" | "day" | "weekday"));
    let clock = name.split(' ').any(|word| matches!(word, "time" | "hour" | "clock"));
    let moment = parts.any(|word| {
        matches!(
            word,
            "when" | "moment" | "slot" | "datetime" | "timestamp" | "starts" | "start" | "at"
        )
    });
    if !(day || clock || moment) || name.ends_with("id") {
        return None;
    }
    let upper = description.to_uppercase();
    let iso_day = upper.contains("YYYY-MM-DD") || has_shape(description, "0000-00-00");
    let iso_clock = upper.contains("HH:MM") || has_shape(description, "00:00");
    Some(match (iso_day, iso_clock) {
        (true, true) => Stamp::DateTime,
        (true, false) if upper.contains("8601") && !day => Stamp::DateTime,
        (true, false) => Stamp::Date,
        (false, true) => Stamp::HourMinute,
        (false, false) if upper.contains("ISO 8601") || upper.contains("RFC 3339") => {
            if day && !clock { Stamp::Date } else { Stamp::DateTime }
        }
        (false, false) => Stamp::Spoken(match (day, clock || moment) {
            (true, false) => Part::Day,
            (false, true) if name == "time" || name == "hour" => Part::Clock,
            _ => Part::Both,
        }),
    })
}

/// Whether the text has a place with digits where the shape has zeros, and else the shape's own characters.
fn has_shape(text: &str, shape: &str) -> bool {
    text.as_bytes().windows(shape.len()).any(|window| {
        window
            .iter()
            .zip(shape.bytes())
            .all(|(c, s)| if s == b'0' { c.is_ascii_digit() } else { *c == s })
    })
}
