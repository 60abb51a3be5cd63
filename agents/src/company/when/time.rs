//! Times of day.

use std::fmt;

use jiff::civil::{Time, time};

use super::wording;
use super::words::cardinal;

/// A time of day, as exactly as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOfDay {
    /// Any.
    Any,
    /// Before noon.
    Morning,
    /// From noon to five.
    Afternoon,
    /// From five on.
    Evening,
    /// Something that is going on at this time.
    At(Time),
    /// Something that begins and ends within these times.
    Between(Time, Time),
}

const NOON: Time = time(12, 0, 0, 0);
const FIVE: Time = time(17, 0, 0, 0);

impl TimeOfDay {
    /// Whether something from `start` to `end` is at this time of day.
    pub fn fits(self, start: Time, end: Time) -> bool {
        match self {
            Self::Any => true,
            Self::Morning => end <= NOON,
            Self::Afternoon => start >= NOON && end <= FIVE,
            Self::Evening => start >= FIVE,
            Self::At(time) => (start..end).contains(&time),
            Self::Between(from, to) => start >= from && end <= to,
        }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Any => Ok(()),
            Self::Morning => f.write_str(", in the morning"),
            Self::Afternoon => f.write_str(", in the afternoon"),
            Self::Evening => f.write_str(", in the evening"),
            Self::At(time) => write!(f, ", at {}", wording::clock(time)),
            Self::Between(Time::MIN, to) => write!(f, ", before {}", wording::clock(to)),
            Self::Between(from, Time::MAX) => write!(f, ", after {}", wording::clock(from)),
            Self::Between(from, to) => {
                write!(f, ", between {} and {}", wording::clock(from), wording::clock(to))
            }
        }
    }
}

/// An hour and minute as said, before it is known which half of the day is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock {
    hour: u16,
    minute: u16,
    half: Option<Half>,
    /// Whether it can be nothing but a time: it has a colon, a half of the day, or `o'clock`.
    certain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Am,
    Pm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    At(Clock),
    After(Clock),
    Before(Clock),
    Between(Clock, Clock),
}

/// The words for times that have been found in a phrase; where there are several, the last counts.
#[derive(Debug, Default)]
pub(super) struct Found {
    part: Option<TimeOfDay>,
    said: Option<Said>,
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.part.is_none() && self.said.is_none()
    }

    /// Takes the words for a time from the front, if that is what they are, and says how many. A bare number is an hour only
    /// `after_a_day`.
    pub(super) fn take(&mut self, words: &[String], after_a_day: bool) -> Option<usize> {
        if let Some((part, used)) = part(words) {
            self.part = Some(part);
            return Some(used);
        }
        let (said, used) = said(words, after_a_day)?;
        self.said = Some(said);
        Some(used)
    }

    /// What all of it means.
    pub(super) fn settle(&self) -> TimeOfDay {
        let part = self.part;
        match self.said {
            None => part.unwrap_or(TimeOfDay::Any),
            Some(Said::At(clock)) => TimeOfDay::At(clock.settle(part)),
            Some(Said::After(clock)) => TimeOfDay::Between(clock.settle(part), Time::MAX),
            Some(Said::Before(clock)) => TimeOfDay::Between(Time::MIN, clock.settle(part)),
            Some(Said::Between(from, to)) => {
                // "Between 1 and 3 PM": what is said of the second holds for the first.
                let to = to.settle(part);
                let inherited = if to >= NOON { Half::Pm } else { Half::Am };
                let likely = Clock { half: from.half.or(Some(inherited)), ..from }.settle(part);
                let from = if likely <= to { likely } else { from.settle(part) };
                TimeOfDay::Between(from, to)
            }
        }
    }
}

/// A part of the day: `morning`, `tonight`, `first thing`.
fn part(words: &[String]) -> Option<(TimeOfDay, usize)> {
    let second = words.get(1).map(String::as_str);
    Some(match (words.first()?.as_str(), second) {
        ("morning" | "mornings", _) => (TimeOfDay::Morning, 1),
        ("first", Some("thing")) => (TimeOfDay::Morning, 2),
        ("afternoon" | "afternoons", _) => (TimeOfDay::Afternoon, 1),
        ("evening" | "evenings" | "night" | "tonight", _) => (TimeOfDay::Evening, 1),
        _ => return None,
    })
}

/// `at 10`, `after 3`, `between one and three`, `half past two`.
fn said(words: &[String], after_a_day: bool) -> Option<(Said, usize)> {
    let (first, rest) = words.split_first()?;
    match first.as_str() {
        "at" | "around" | "about" => clock(rest).map(|(clock, used)| (Said::At(clock), used + 1)),
        "after" => clock(rest).map(|(clock, used)| (Said::After(clock), used + 1)),
        "before" | "until" | "till" | "by" => {
            clock(rest).map(|(clock, used)| (Said::Before(clock), used + 1))
        }
        "between" | "from" => {
            let (from, used) = clock(rest)?;
            let joined = rest
                .get(used)
                .is_some_and(|word| matches!(word.as_str(), "and" | "to" | "until" | "till"));
            match rest.get(used + 1..).filter(|_| joined).and_then(clock) {
                Some((to, more)) => Some((Said::Between(from, to), used + more + 2)),
                None => Some((Said::After(from), used + 1)),
            }
        }
        _ => {
            let (clock, used) = clock(words)?;
            (clock.certain || after_a_day).then_some((Said::At(clock), used))
        }
    }
}

/// `10`, `10:30`, `ten thirty`, `half past two`, `3 pm`, `noon`.
fn clock(words: &[String]) -> Option<(Clock, usize)> {
    let (hour, minute, mut used, mut certain) = hour_and_minute(words)?;
    if hour > 24 || minute > 59 {
        return None;
    }
    if words.get(used).is_some_and(|word| word == "oclock") {
        (used, certain) = (used + 1, true);
    }
    let half = words.get(used).and_then(|word| match word.as_str() {
        "am" => Some(Half::Am),
        "pm" => Some(Half::Pm),
        _ => None,
    });
    used += usize::from(half.is_some());
    Some((Clock { hour, minute, half, certain: certain || half.is_some() }, used))
}

fn hour_and_minute(words: &[String]) -> Option<(u16, u16, usize, bool)> {
    let first = words.first()?.as_str();
    if matches!(first, "noon" | "midday" | "lunchtime") {
        return Some((12, 0, 1, true));
    }
    if let Some((hour, minute)) = first.split_once(':') {
        return Some((hour.parse().ok()?, minute.parse().ok()?, 1, true));
    }
    let quarters = match first {
        "half" => Some(30),
        "quarter" => Some(15),
        _ => None,
    };
    if let Some(minutes) = quarters {
        let (hour, used) = cardinal(words.get(2..)?)?;
        return match words[1].as_str() {
            "past" | "after" => Some((hour, minutes, used + 2, true)),
            "to" if (1..=24).contains(&hour) => Some((hour - 1, 60 - minutes, used + 2, true)),
            _ => None,
        };
    }
    let (hour, used) = cardinal(words)?;
    // "Ten thirty", "ten fifteen"; "ten two" is no time.
    match cardinal(&words[used..]).filter(|(minute, _)| (10..60).contains(minute)) {
        Some((minute, more)) => Some((hour, minute, used + more, true)),
        None => Some((hour, 0, used, false)),
    }
}

impl Clock {
    /// The time it means, in a part of the day if one was named.
    fn settle(self, part: Option<TimeOfDay>) -> Time {
        let half = self.half.or(match part {
            Some(TimeOfDay::Morning) => Some(Half::Am),
            Some(TimeOfDay::Afternoon | TimeOfDay::Evening) => Some(Half::Pm),
            _ => None,
        });
        let hour = match (half, self.hour) {
            (_, 24) | (Some(Half::Am), 12) => 0,
            (Some(Half::Pm), 1..=11) | (None, 1..=6) => self.hour + 12,
            (_, hour) => hour,
        };
        let narrow = |value: u16| i8::try_from(value).expect("at most 59");
        time(narrow(hour), narrow(self.minute), 0, 0)
    }
}
