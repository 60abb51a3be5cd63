//! Moments in the form that a slot wants: as they were said, or in ISO.

use std::ops::Range;

use serde_json::Value;

use super::when::{self, When};
use super::{Found, Hearing};
use crate::mind::schema::{Kind, Part, Slot, Stamp};

/// The sentence's moments, in the form that the slot wants; of several the one whose preposition fits the slot's name.
pub(super) fn stamps(
    stamp: Stamp,
    slot: &Slot,
    siblings: &[&Slot],
    hearing: &Hearing<'_>,
) -> Vec<Found<Value>> {
    let lenient = hearing.is_asked(slot);
    let mut moments = if lenient {
        when::moments(&hearing.words, hearing.now, true)
    } else {
        hearing.moments.clone()
    };
    let name = slot.words();
    let is = |words: &[&str]| name.split(' ').any(|word| words.contains(&word));
    let wanted: &[&str] = if is(&["from", "start", "starts", "begin", "old", "since", "after"]) {
        &["from", "since", "after", "between"]
    } else if is(&["to", "until", "end", "ends", "new", "till", "before"]) {
        &["to", "until", "till", "before", "and", "for"]
    } else {
        &[]
    };
    moments.sort_by_key(|moment| !wanted.contains(&moment.lead.as_str()));
    if let Some(both) = joined(&moments) {
        moments.insert(0, both);
    }
    let other_day = siblings
        .iter()
        .any(|other| matches!(other.kind, Kind::When(Stamp::Date | Stamp::Spoken(Part::Day))));
    let other_time = siblings.iter().any(|other| {
        matches!(
            other.kind,
            Kind::When(Stamp::Time | Stamp::TimeZ | Stamp::HourMinute | Stamp::Spoken(Part::Clock))
        )
    });
    let stamp = match stamp {
        Stamp::Spoken(Part::Both) if other_time => Stamp::Spoken(Part::Day),
        Stamp::Spoken(Part::Both) if other_day && name.contains("time") => {
            Stamp::Spoken(Part::Clock)
        }
        Stamp::Spoken(Part::Day) if !other_time => Stamp::Spoken(Part::Both),
        other => other,
    };
    moments.iter().filter_map(|moment| stamped(stamp, moment, hearing)).collect()
}

/// The moment in this form; none where it lacks what the form needs.
fn stamped(stamp: Stamp, moment: &When, hearing: &Hearing<'_>) -> Option<Found<Value>> {
    let date_time =
        || Some(moment.day?.to_datetime(moment.time?).strftime("%Y-%m-%dT%H:%M:%S").to_string());
    let clock = |form: &str| moment.time.map(|time| time.strftime(form).to_string());
    let (text, words) = match stamp {
        Stamp::Spoken(Part::Both) => (Some(moment.said.clone()), Some(moment.words.clone())),
        Stamp::Spoken(Part::Day) => spoken(moment.day_words.as_ref(), hearing),
        Stamp::Spoken(Part::Clock) => spoken(moment.time_words.as_ref(), hearing),
        Stamp::Date => (moment.day.map(|day| day.to_string()), moment.day_words.clone()),
        Stamp::Time => (clock("%H:%M:%S"), moment.time_words.clone()),
        Stamp::TimeZ => (clock("%H:%M:%SZ"), moment.time_words.clone()),
        Stamp::HourMinute => (clock("%H:%M"), moment.time_words.clone()),
        Stamp::DateTime => (date_time(), Some(moment.words.clone())),
        Stamp::DateTimeZ => (date_time().map(|text| text + "Z"), Some(moment.words.clone())),
    };
    Some(Found {
        value: Value::String(text?),
        words: words.unwrap_or_else(|| moment.words.clone()),
    })
}

fn spoken(
    range: Option<&Range<usize>>,
    hearing: &Hearing<'_>,
) -> (Option<String>, Option<Range<usize>>) {
    (range.map(|range| when::said(&hearing.words, range.clone())), range.cloned())
}

/// A day said in one place and a time in another, as one moment; none where one moment has both already.
fn joined(moments: &[When]) -> Option<When> {
    if moments.iter().any(|moment| moment.day.is_some() && moment.time.is_some()) {
        return None;
    }
    let day = moments.iter().find(|moment| moment.day.is_some())?;
    let clock = moments.iter().find(|moment| moment.time.is_some())?;
    let link = if clock.lead == "at" { " at " } else { " " };
    Some(When {
        said: format!("{}{link}{}", day.said, clock.said),
        time: clock.time,
        time_words: clock.time_words.clone(),
        ..day.clone()
    })
}
