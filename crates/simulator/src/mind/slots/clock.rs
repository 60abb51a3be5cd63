//! Times of day: hours and minutes, parts of the day.

use jiff::civil::{Time, time};

use super::numbers::number_at;
use super::when::whole;
use crate::mind::words::Word;

/// A time of day as far as it has been said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// Hour and minute, if they were said.
    exact: Option<(i8, i8)>,
    /// Morning, afternoon, evening, if that was said.
    half: Option<Half>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
    Evening,
}

impl Clock {
    const fn exact(hour: i8, minute: i8) -> Self {
        Self { exact: Some((hour, minute)), half: None }
    }

    const fn half(half: Half) -> Self {
        Self { exact: None, half: Some(half) }
    }

    /// Adds what is said next, if it fits: an hour to a part of the day or the other way round.
    pub(super) fn join(first: Option<Self>, next: Self) -> Option<Self> {
        let Some(first) = first else { return Some(next) };
        let clash = (first.exact.is_some() && next.exact.is_some())
            || (first.half.is_some() && next.half.is_some());
        (!clash).then(|| Self { exact: first.exact.or(next.exact), half: first.half.or(next.half) })
    }

    /// The time that is meant: one to six without more is in the afternoon.
    pub(super) fn time(self) -> Time {
        let (hour, minute) = match (self.exact, self.half) {
            (Some((hour, minute)), Some(Half::Afternoon | Half::Evening)) if hour < 12 => {
                (hour + 12, minute)
            }
            (Some((12, minute)), Some(Half::Morning)) => (0, minute),
            (Some((hour @ 1..=6, minute)), None) => (hour + 12, minute),
            (Some(exact), _) => exact,
            (None, Some(Half::Afternoon)) => (14, 0),
            (None, Some(Half::Evening)) => (18, 0),
            (None, Some(Half::Morning) | None) => (9, 0),
        };
        time(hour, minute, 0, 0)
    }
}

/// The time that begins at this word, and how many words it takes; `certain` where a bare number is an hour.
pub(super) fn at(words: &[Word], at: usize, certain: bool) -> Option<(Clock, usize)> {
    let word = words.get(at)?;
    let particle = matches!(word.plain.as_str(), "the" | "in") && words.get(at + 1).is_some();
    if particle {
        let skip = if words[at].plain == "in" && words[at + 1].plain == "the" { 2 } else { 1 };
        return named(&words.get(at + skip)?.plain)
            .filter(|clock| clock.half.is_some())
            .map(|clock| (clock, skip + 1));
    }
    named(&word.plain)
        .map(|clock| (clock, 1))
        .or_else(|| figures(&word.plain))
        .or_else(|| spoken(words, at))
        .or_else(|| hour(words, at, certain || preceded(words, at)))
}

fn named(plain: &str) -> Option<Clock> {
    Some(match plain {
        "morning" => Clock::half(Half::Morning),
        "afternoon" => Clock::half(Half::Afternoon),
        "evening" | "night" => Clock::half(Half::Evening),
        "noon" | "midday" => Clock::exact(12, 0),
        "midnight" => Clock::exact(0, 0),
        _ => return None,
    })
}

/// `10:30`, `10am`, `10.30pm`.
fn figures(plain: &str) -> Option<(Clock, usize)> {
    let (text, half) = ["am", "pm"]
        .iter()
        .find_map(|half| plain.strip_suffix(half).map(|text| (text, Some(*half))))
        .unwrap_or((plain, None));
    let (hour, minute) = match text.split_once([':', '.', 'h']) {
        Some((hour, minute)) if half.is_some() || text.contains(':') => {
            (hour.parse().ok()?, minute.get(..2)?.parse().ok()?)
        }
        None if half.is_some() => (text.parse().ok()?, 0),
        _ => return None,
    };
    let clock = within(hour, minute)?;
    // Written with a colon and two digits it is meant as it stands: 02:30 is in the night.
    let plain_24h = half.is_none() && text.starts_with('0');
    Some((
        Clock {
            exact: clock.exact,
            half: half.map(half_of).or(plain_24h.then_some(Half::Morning)),
        },
        1,
    ))
}

fn half_of(half: &str) -> Half {
    if half == "am" { Half::Morning } else { Half::Afternoon }
}

/// "half past ten", "quarter to five", "ten past nine", "ten o'clock".
fn spoken(words: &[Word], at: usize) -> Option<(Clock, usize)> {
    let plain = |offset: usize| words.get(at + offset).map_or("", |word| word.plain.as_str());
    let skip = usize::from(plain(0) == "a" && plain(1) == "quarter");
    let (minutes, length) = match plain(skip) {
        "half" => (30, 1),
        "quarter" => (15, 1),
        _ => {
            let (minutes, length) = number_at(words, at)?;
            (whole(minutes).filter(|minutes| (1..60).contains(minutes))?, length)
        }
    };
    let direction = plain(skip + length);
    if !matches!(direction, "past" | "to" | "after")
        || (direction != "past" && length == 1 && plain(skip) != "quarter" && plain(skip) != "half")
    {
        return None;
    }
    let (hour, more) = number_at(words, at + skip + length + 1)?;
    let total = whole(hour).filter(|hour| (1..=12).contains(hour))? * 60
        + if direction == "to" { -minutes } else { minutes };
    let clock = within(i8::try_from(total / 60).ok()?, i8::try_from(total % 60).ok()?)?;
    Some((clock, skip + length + 1 + more))
}

/// "ten", "ten thirty", "10 am", "ten o'clock".
fn hour(words: &[Word], at: usize, certain: bool) -> Option<(Clock, usize)> {
    let (value, length) = number_at(words, at)?;
    if value.fract() != 0.0 {
        return None;
    }
    let hour = i8::try_from(whole(value)?).ok()?;
    let next = |offset: usize| words.get(at + offset).map_or("", |word| word.plain.as_str());
    if let Some((half, more)) = meridiem(next(length), next(length + 1)) {
        return Some((Clock { exact: within(hour, 0)?.exact, half: Some(half) }, length + more));
    }
    if next(length) == "oclock" {
        return Some((within(hour, 0)?, length + 1));
    }
    if !certain || is_unit(next(length)) {
        return None;
    }
    let minutes = number_at(words, at + length).filter(|_| !words[at + length - 1].pause);
    let minutes = minutes.and_then(|(minutes, more)| {
        Some((whole(minutes).filter(|minutes| (10..60).contains(minutes))?, more))
    });
    match minutes {
        Some((minutes, more)) => {
            let halved = meridiem(next(length + more), next(length + more + 1));
            let exact = within(hour, i8::try_from(minutes).ok()?)?.exact;
            let (half, tail) = halved.map_or((None, 0), |(half, tail)| (Some(half), tail));
            Some((Clock { exact, half }, length + more + tail))
        }
        None => Some((within(hour, 0)?, length)),
    }
}

fn meridiem(first: &str, second: &str) -> Option<(Half, usize)> {
    match (first, second) {
        ("am" | "a.m", _) => Some((Half::Morning, 1)),
        ("pm" | "p.m", _) => Some((Half::Afternoon, 1)),
        ("a", "m") => Some((Half::Morning, 2)),
        ("p", "m") => Some((Half::Afternoon, 2)),
        _ => None,
    }
}

/// Words after a number that make it a count and not an hour.
fn is_unit(word: &str) -> bool {
    matches!(
        word,
        "minutes"
            | "minute"
            | "hours"
            | "hour"
            | "days"
            | "day"
            | "weeks"
            | "week"
            | "months"
            | "month"
            | "people"
            | "persons"
            | "euros"
            | "euro"
            | "dollars"
            | "pounds"
            | "cents"
            | "percent"
            | "times"
            | "pizzas"
    )
}

fn within(hour: i8, minute: i8) -> Option<Clock> {
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then(|| Clock::exact(hour, minute))
}

/// Whether the word before makes a number an hour.
fn preceded(words: &[Word], at: usize) -> bool {
    at > 0 && matches!(words[at - 1].plain.as_str(), "at" | "around" | "by" | "till" | "until")
}
