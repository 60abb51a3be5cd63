//! Values as people say them: money, days, times, numbers.

use jiff::civil::{Date, Time};
use serde_json::Value;

use crate::mind::slots::timestamp;
use crate::mind::words;

/// A value under its key.
pub(super) fn value(key: &str, value: &Value, currency: Option<&str>, today: Date) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => {
            let cents = number.as_i64().filter(|_| key.ends_with("_cents") || key == "cents");
            match (cents, number.as_f64()) {
                (Some(cents), _) => money(cents, currency),
                (None, Some(amount)) if currency.is_some() && is_amount(key) => {
                    money_of(amount, currency)
                }
                _ => number.to_string(),
            }
        }
        Value::String(text) => self::text(text, today),
        Value::Array(entries) => format!("{} entries", entries.len()),
        Value::Object(_) => String::new(),
    }
}

fn is_amount(key: &str) -> bool {
    ["amount", "balance", "price", "total", "cost", "fee", "sum", "due", "owed", "paid"]
        .iter()
        .any(|word| key.contains(word))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float too large saturates, and is told wrong rather than not at all"
)]
fn money_of(amount: f64, currency: Option<&str>) -> String {
    money((amount * 100.0).round() as i64, currency)
}

/// An amount in hundredths: "42 euros and 50 cents".
fn money(cents: i64, currency: Option<&str>) -> String {
    let (one, many, minor) = match currency.map(str::to_uppercase).as_deref() {
        Some("EUR") => ("euro", "euros", "cents"),
        Some("GBP") => ("pound", "pounds", "pence"),
        Some("CHF") => ("franc", "francs", "centimes"),
        Some("JPY") => ("yen", "yen", "sen"),
        _ => ("dollar", "dollars", "cents"),
    };
    let sign = if cents < 0 { "minus " } else { "" };
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    let whole_text = format!("{whole} {}", if whole == 1 { one } else { many });
    let minor = if rest == 1 { words::singular(minor) } else { minor.to_owned() };
    match (whole, rest) {
        (_, 0) => format!("{sign}{whole_text}"),
        (0, _) => format!("{sign}{rest} {minor}"),
        _ => format!("{sign}{whole_text} and {rest} {minor}"),
    }
}

/// A text; dates and times in ISO form as they are said, identifiers as words.
pub(super) fn text(text: &str, today: Date) -> String {
    let text = text.trim();
    if let Some(moment) = timestamp(text) {
        return format!("{} at {}", day(moment.date(), today), clock(moment.time()));
    }
    if let Some(date) = iso_date(text) {
        return day(date, today);
    }
    if let Some(range) = range(text) {
        return range;
    }
    if let Some(time) = hour_minute(text) {
        return clock(time);
    }
    let identifier = text.contains('_')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if identifier { words::of_name(text) } else { text.to_owned() }
}

fn iso_date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok())?
}

/// `09:00` or `09:00:00`.
fn hour_minute(text: &str) -> Option<Time> {
    let sound = matches!(text.len(), 4 | 5 | 8)
        && text.contains(':')
        && text.bytes().all(|c| c.is_ascii_digit() || c == b':');
    let padded = if text.len() == 4 { format!("0{text}") } else { text.to_owned() };
    sound.then(|| padded.parse().ok())?
}

/// `09:00-17:00`.
fn range(text: &str) -> Option<String> {
    let (from, to) = text.split_once(['-', '–'])?;
    Some(format!("{} to {}", clock(hour_minute(from.trim())?), clock(hour_minute(to.trim())?)))
}

/// "Friday, 27 November", with the year if it is another.
fn day(date: Date, today: Date) -> String {
    let form = if date.year() == today.year() { "%A, %-d %B" } else { "%A, %-d %B %Y" };
    date.strftime(form).to_string()
}

/// "9 in the morning", "half past" left to people: "2:30 in the afternoon".
fn clock(time: Time) -> String {
    let (hour, minute) = (time.hour(), time.minute());
    if minute == 0 && hour == 12 {
        return "noon".to_owned();
    }
    if minute == 0 && hour == 0 {
        return "midnight".to_owned();
    }
    let part = match hour {
        0..12 => "in the morning",
        12..18 => "in the afternoon",
        _ => "in the evening",
    };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    if minute == 0 { format!("{hour} {part}") } else { format!("{hour}:{minute:02} {part}") }
}

/// A key as words, without its unit and what only machines need: `balance_cents` is "balance".
pub(super) fn key(key: &str) -> String {
    let name = words::of_name(key);
    let mut parts: Vec<&str> = name.split(' ').collect();
    while parts.len() > 1 && matches!(parts[parts.len() - 1], "cents" | "at" | "on" | "iso") {
        parts.pop();
    }
    match parts.as_slice() {
        ["starts" | "start"] => "start".to_owned(),
        ["ends" | "end"] => "end".to_owned(),
        _ => parts.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    #[test]
    fn money_is_said_with_its_units() {
        for (cents, currency, expected) in [
            (4250, Some("EUR"), "42 euros and 50 cents"),
            (100, None, "1 dollar"),
            (1, Some("GBP"), "1 pence"),
            (-2000, None, "minus 20 dollars"),
            (0, None, "0 dollars"),
            (i64::MIN, None, "minus 92233720368547758 dollars and 8 cents"),
        ] {
            assert_eq!(money(cents, currency), expected);
        }
    }

    #[test]
    fn moments_are_said_as_people_say_them() {
        let today = date(2026, 11, 21);
        for (iso, expected) in [
            ("2026-11-27", "Friday, 27 November"),
            ("2027-01-04", "Monday, 4 January 2027"),
            ("2026-11-27T09:00:00", "Friday, 27 November at 9 in the morning"),
            ("2026-11-27T14:30:00Z", "Friday, 27 November at 2:30 in the afternoon"),
            ("2026-11-27T09:00:00+01:00[Europe/Berlin]", "Friday, 27 November at 9 in the morning"),
            ("2026-11-27T18:00:00-05:00", "Friday, 27 November at 6 in the evening"),
            ("12:00", "noon"),
            ("09:00-17:00", "9 in the morning to 5 in the afternoon"),
            ("in_progress", "in progress"),
            ("A-1", "A-1"),
        ] {
            assert_eq!(text(iso, today), expected, "{iso}");
        }
    }

    #[test]
    fn amounts_in_units_need_a_currency() {
        let today = date(2026, 11, 21);
        assert_eq!(value("total", &json!(12.5), Some("EUR"), today), "12 euros and 50 cents");
        assert_eq!(value("total", &json!(12.5), None, today), "12.5");
    }
}
