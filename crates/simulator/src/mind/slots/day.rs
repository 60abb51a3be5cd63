//! Days: weekdays, dates, and days counted from today.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use super::numbers::{number_at, ordinal};
use super::when::whole;
use crate::mind::words::Word;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The day that begins at this word, and how many words it takes.
pub(super) fn at(words: &[Word], at: usize, today: Date) -> Option<(Date, usize)> {
    let word = |offset: usize| words.get(at + offset).map_or("", |word| word.plain.as_str());
    let (skip, first) = if word(0) == "the" { (1, word(1)) } else { (0, word(0)) };
    let relative = match (first, word(skip + 1), word(skip + 2)) {
        ("day", "after", "tomorrow") => Some((2, 3)),
        ("day", "before", "yesterday") => Some((-2, 3)),
        ("today" | "tonight", _, _) => Some((0, 1)),
        ("tomorrow", _, _) => Some((1, 1)),
        ("yesterday", _, _) => Some((-1, 1)),
        ("next", "week", _) => Some((7, 2)),
        _ => None,
    };
    if let Some((days, length)) = relative {
        return Some((plus(today, days.days())?, skip + length));
    }
    weekday(words, at + skip, today)
        .map(|(day, length)| dated(words, at + skip, (day, length), today))
        .map(|(day, length)| (day, skip + length))
        .or_else(|| counted(words, at, today))
        .or_else(|| calendar_date(words, at, today))
}

fn plus(day: Date, span: Span) -> Option<Date> {
    day.checked_add(span).ok()
}

/// "Friday", "this Friday", "next Friday", "the weekend".
fn weekday(words: &[Word], at: usize, today: Date) -> Option<(Date, usize)> {
    let first = words.get(at)?;
    let modifier = matches!(first.plain.as_str(), "next" | "this" | "coming");
    let name = if modifier { words.get(at + 1)? } else { first };
    let length = 1 + usize::from(modifier);
    let weekday = weekday_named(&name.plain)?;
    let mut day = today.nth_weekday(1, weekday).ok()?;
    let this_week = day.iso_week_date().week() == today.iso_week_date().week();
    if first.plain == "next" && this_week {
        day = plus(day, 1.week())?;
    }
    Some((day, length))
}

/// The date after a weekday, where one with a month follows: "Saturday, December 5".
fn dated(words: &[Word], at: usize, (day, length): (Date, usize), today: Date) -> (Date, usize) {
    let from = at + length;
    calendar_date(words, from, today)
        .filter(|(_, more)| {
            words[from..from + more].iter().any(|word| month(&word.plain).is_some())
        })
        .map_or((day, length), |(date, more)| (date, length + more))
}

/// The weekday of this name, short or long; a weekend begins on Saturday.
pub(crate) fn weekday_named(name: &str) -> Option<Weekday> {
    Some(match name.strip_suffix('s').unwrap_or(name) {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thur" | "thu" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "weekend" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

/// "in three days", "in a week".
fn counted(words: &[Word], at: usize, today: Date) -> Option<(Date, usize)> {
    if words.get(at)?.plain != "in" {
        return None;
    }
    let (count, length) = match words.get(at + 1)?.plain.as_str() {
        "a" | "one" => (1.0, 1),
        _ => number_at(words, at + 1)?,
    };
    let count = whole(count)?;
    let span = match words.get(at + 1 + length)?.plain.as_str() {
        "day" | "days" => Span::new().try_days(count),
        "week" | "weeks" => Span::new().try_weeks(count),
        "month" | "months" => Span::new().try_months(count),
        _ => return None,
    };
    Some((plus(today, span.ok()?)?, length + 2))
}

/// `2026-11-27`, `27/11/2026`, `27.11.`, "27 November", "November 27th", "the 27th".
fn calendar_date(words: &[Word], at: usize, today: Date) -> Option<(Date, usize)> {
    let first = words.get(at)?;
    if let Some(day) = written(&first.said, today) {
        return Some((day, 1));
    }
    let skip = usize::from(first.plain == "the");
    if let Some(month) = month(&words.get(at + skip)?.plain) {
        let (day, length) = day_number(words, at + skip + 1)?;
        return Some((
            coming(month, day, year(words, at + skip + 1 + length), today)?,
            length + 1 + skip + usize::from(year(words, at + skip + 1 + length).is_some()),
        ));
    }
    let (day, length) = day_number(words, at + skip)?;
    let of = at + skip + length;
    let link = usize::from(words.get(of).is_some_and(|word| word.plain == "of"));
    if let Some(month) = words.get(of + link).and_then(|word| month(&word.plain)) {
        let year = year(words, of + link + 1);
        return Some((
            coming(month, day, year, today)?,
            of + link + 1 + usize::from(year.is_some()) - at,
        ));
    }
    let is_ordinal = length == 1 && ordinal(&words[at + skip].plain).is_some();
    let stands_alone = words.get(of).is_none_or(|next| {
        words[of - 1].pause
            || !next.plain.chars().all(char::is_alphabetic)
            || is_particle(&next.plain)
    });
    (skip == 1 && is_ordinal && stands_alone)
        .then(|| this_month(day, today).map(|date| (date, skip + length)))?
}

fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "at" | "in" | "please" | "would" | "is" | "if" | "and" | "or" | "around" | "works"
    )
}

fn day_number(words: &[Word], at: usize) -> Option<(i8, usize)> {
    let word = words.get(at)?;
    let (value, length) = match ordinal(&word.plain) {
        Some(day) => (f64::from(day), 1),
        None => twenty_something(words, at).or_else(|| number_at(words, at))?,
    };
    let day = whole(value).filter(|day| (1..=31).contains(day))?;
    Some((i8::try_from(day).ok()?, length))
}

/// "twenty third" in two words.
fn twenty_something(words: &[Word], at: usize) -> Option<(f64, usize)> {
    let tens = match words.get(at)?.plain.as_str() {
        "twenty" => 20,
        "thirty" => 30,
        _ => return None,
    };
    let ones = ordinal(&words.get(at + 1)?.plain).filter(|ones| *ones < 10)?;
    Some((f64::from(tens + ones), 2))
}

fn month(name: &str) -> Option<i8> {
    let full = |month: &&str| {
        *month == name
            || (name.len() >= 3
                && name != "mar"
                && name != "may"
                && name.len() <= 4
                && month.starts_with(name))
    };
    let at = MONTHS.iter().position(full)?;
    i8::try_from(at + 1).ok()
}

fn year(words: &[Word], at: usize) -> Option<i16> {
    words.get(at)?.plain.parse().ok().filter(|year| (1900..2200).contains(year))
}

/// The date in the given year, else the next one that is not past.
fn coming(month: i8, day: i8, year: Option<i16>, today: Date) -> Option<Date> {
    if let Some(year) = year {
        return Date::new(year, month, day).ok();
    }
    let this_year = Date::new(today.year(), month, day).ok().filter(|date| *date >= today);
    this_year.or_else(|| Date::new(today.year() + 1, month, day).ok())
}

/// The next day with this number, in this month or a later one.
fn this_month(day: i8, today: Date) -> Option<Date> {
    let months = (0..4)
        .filter_map(|months| today.first_of_month().checked_add(Span::new().months(months)).ok());
    months
        .filter_map(|first| Date::new(first.year(), first.month(), day).ok())
        .find(|date| *date >= today)
}

/// A date in figures, day before month unless it is ISO.
fn written(text: &str, today: Date) -> Option<Date> {
    if text.len() == 10
        && let Ok(date) = text.parse::<Date>()
    {
        return Some(date);
    }
    let separator = if text.contains('/') { '/' } else { '.' };
    let mut parts = text.split(separator).filter(|part| !part.is_empty());
    let day = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let year = match parts.next() {
        Some(year) => {
            Some(year.parse::<i16>().ok().map(|year| if year < 100 { year + 2000 } else { year })?)
        }
        None if separator == '.' && text.matches('.').count() < 2 => return None,
        None => None,
    };
    coming(month, day, year, today)
}
