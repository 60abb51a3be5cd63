//! Days and times as people say them: "Friday morning", "the day after tomorrow at half past ten", "27 November".

use std::ops::Range;

use jiff::civil::{Date, DateTime, Time};

use super::clock::{self, Clock};
use super::day;
use crate::mind::words::Word;

/// A moment in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct When {
    /// The words it takes, without the preposition before it.
    pub(crate) words: Range<usize>,
    /// The words as they were said: "Friday morning".
    pub(crate) said: String,
    /// The day, if one was said.
    pub(crate) day: Option<Date>,
    /// The words of the day alone.
    pub(crate) day_words: Option<Range<usize>>,
    /// The time of day, if one was said; of "morning", its usual hour.
    pub(crate) time: Option<Time>,
    /// The words of the time alone.
    pub(crate) time_words: Option<Range<usize>>,
    /// The preposition before it, or empty.
    pub(crate) lead: String,
}

/// Every moment in the sentence; `lenient` takes a bare number for an hour, as in an answer to "what time?".
pub(crate) fn moments(words: &[Word], now: DateTime, lenient: bool) -> Vec<When> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match moment_at(words, at, now, lenient) {
            Some(moment) => {
                at = moment.words.end;
                found.push(moment);
            }
            None => at += 1,
        }
    }
    found
}

fn moment_at(words: &[Word], from: usize, now: DateTime, lenient: bool) -> Option<When> {
    if let Some((later, length)) = later(words, from, now) {
        return Some(moment(
            words,
            from..from + length,
            (Some(later.date()), None),
            (Some(later.time()), None),
        ));
    }
    if let Some(exact) = words.get(from).and_then(|word| timestamp(&word.said)) {
        let span = from..from + 1;
        return Some(moment(words, span, (Some(exact.date()), None), (Some(exact.time()), None)));
    }
    let mut day = None;
    let mut clock: Option<Clock> = None;
    let mut day_words: Option<Range<usize>> = None;
    let mut time_words: Option<Range<usize>> = None;
    let mut end = from;
    loop {
        let joined = if end == from { from } else { skip_joints(words, end) };
        if day.is_none()
            && let Some((date, length)) = day::at(words, joined, now.date())
        {
            day = Some(date);
            day_words = Some(joined..joined + length);
            end = joined + length;
        } else if let Some((next, length)) = clock::at(words, joined, lenient)
            && let Some(both) = Clock::join(clock, next)
        {
            clock = Some(both);
            let start = time_words.map_or(joined, |range| range.start);
            time_words = Some(start..joined + length);
            end = joined + length;
        } else {
            break;
        }
    }
    if day.is_none() && clock.is_none() {
        return None;
    }
    let night = words[from..end].iter().any(|word| word.plain == "tonight");
    let time =
        clock.map(Clock::time).or(if night { Some(jiff::civil::time(20, 0, 0, 0)) } else { None });
    Some(moment(words, from..end, (day, day_words), (time, time_words)))
}

/// Skips what stands between the parts of one moment: "on", "at", "in the", a comma.
fn skip_joints(words: &[Word], from: usize) -> usize {
    let plain = |at: usize| words.get(at).map_or("", |word| word.plain.as_str());
    match (plain(from), plain(from + 1)) {
        ("in" | "on" | "of", "the") => from + 2,
        ("at" | "on" | "in" | "around" | "about" | "sometime" | "early" | "late", _) => from + 1,
        _ => from,
    }
}

/// "in two hours", "in half an hour", "in 20 minutes", counted from now.
fn later(words: &[Word], from: usize, now: DateTime) -> Option<(DateTime, usize)> {
    if words.get(from)?.plain != "in" {
        return None;
    }
    let (count, length) = match words.get(from + 1)?.plain.as_str() {
        "half" => (0.5, 2),
        "an" | "a" => (1.0, 1),
        _ => super::numbers::number_at(words, from + 1)?,
    };
    let minutes = match words.get(from + 1 + length)?.plain.as_str() {
        "minute" | "minutes" => count,
        "hour" | "hours" => count * 60.0,
        _ => return None,
    };
    let span = jiff::Span::new().try_minutes(whole(minutes)?).ok()?;
    Some((now.checked_add(span).ok()?, length + 2))
}

#[expect(clippy::cast_possible_truncation, reason = "bounded before the cast")]
pub(super) fn whole(value: f64) -> Option<i64> {
    (value.abs() < 1e6).then_some(value.round() as i64)
}

/// An exact moment in ISO form, its offset ignored: `2026-11-27T09:00`.
pub(crate) fn timestamp(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(['T', ' '])?;
    let date: Date = date.parse().ok()?;
    let time = time.split(['Z', 'z', '+', '[']).next()?;
    let time = time.rsplit_once('-').map_or(time, |(time, _)| time);
    Some(date.to_datetime(time.parse().ok()?))
}

fn moment(
    words: &[Word],
    span: Range<usize>,
    (day, day_words): (Option<Date>, Option<Range<usize>>),
    (time, time_words): (Option<Time>, Option<Range<usize>>),
) -> When {
    let lead = span
        .start
        .checked_sub(1)
        .map(|before| words[before].plain.clone())
        .filter(|word| is_lead(word));
    When {
        said: said(words, span.clone()),
        words: span,
        day,
        day_words,
        time,
        time_words,
        lead: lead.unwrap_or_default(),
    }
}

fn is_lead(word: &str) -> bool {
    matches!(
        word,
        "to" | "from"
            | "until"
            | "till"
            | "on"
            | "at"
            | "by"
            | "for"
            | "before"
            | "after"
            | "since"
            | "between"
            | "and"
            | "through"
    )
}

/// Words as they were said, with single spaces.
pub(crate) fn said(words: &[Word], span: Range<usize>) -> String {
    words[span].iter().map(|word| word.said.as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::mind::words::split;

    /// A Saturday.
    fn now() -> DateTime {
        date(2026, 11, 21).at(10, 30, 0, 0)
    }

    fn one(text: &str, lenient: bool) -> (String, String) {
        let found = moments(&split(text), now(), lenient);
        let Some(first) = found.into_iter().next() else { return Default::default() };
        let day = first.day.map(|day| day.to_string()).unwrap_or_default();
        let time = first.time.map(|time| time.strftime("%H:%M").to_string()).unwrap_or_default();
        (first.said, format!("{day} {time}").trim().to_owned())
    }

    #[test]
    fn moments_are_understood_as_people_say_them() {
        for (text, said, meant) in [
            ("move it to Friday morning, please", "Friday morning", "2026-11-27 09:00"),
            ("tomorrow at 10", "tomorrow at 10", "2026-11-22 10:00"),
            ("tomorrow at three", "tomorrow at three", "2026-11-22 15:00"),
            ("the day after tomorrow", "the day after tomorrow", "2026-11-23"),
            ("next Monday at half past nine", "next Monday at half past nine", "2026-11-23 09:30"),
            (
                "on the 27th of November in the afternoon",
                "the 27th of November in the afternoon",
                "2026-11-27 14:00",
            ),
            ("November 27 at 4 pm", "November 27 at 4 pm", "2026-11-27 16:00"),
            ("27 November", "27 November", "2026-11-27"),
            ("on Saturday, December 5, please", "Saturday December 5", "2026-12-05"),
            ("Friday 27 November at 10", "Friday 27 November at 10", "2026-11-27 10:00"),
            ("on Monday 8 am", "Monday 8 am", "2026-11-23 08:00"),
            ("on 2026-12-01", "2026-12-01", "2026-12-01"),
            ("2026-12-01T09:15", "2026-12-01T09:15", "2026-12-01 09:15"),
            ("at 10am on Tuesday", "10am on Tuesday", "2026-11-24 10:00"),
            ("at ten thirty in the morning", "ten thirty in the morning", "10:30"),
            ("quarter to five tomorrow", "quarter to five tomorrow", "2026-11-22 16:45"),
            ("in two hours", "in two hours", "2026-11-21 12:30"),
            ("in three days", "in three days", "2026-11-24"),
            ("at noon", "noon", "12:00"),
            ("tonight", "tonight", "2026-11-21 20:00"),
            ("at 14:30", "14:30", "14:30"),
            ("two large pizzas", "", ""),
            ("I may come", "", ""),
        ] {
            assert_eq!(one(text, false), (said.to_owned(), meant.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_bare_number_is_an_hour_only_in_an_answer() {
        assert_eq!(one("10", true).1, "10:00");
        assert_eq!(one("10", false).1, "");
    }

    #[test]
    fn two_moments_have_their_prepositions() {
        let found = moments(&split("from Monday to Wednesday"), now(), false);
        let leads: Vec<_> = found.iter().map(|moment| moment.lead.as_str()).collect();
        assert_eq!(leads, ["from", "to"]);
    }
}
