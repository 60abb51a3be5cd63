//! Days.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::words::{cardinal, month, ordinal, weekday};
use super::{UnclearWhen, wording};

/// One day, or several on end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first of them.
    pub first: Date,
    /// The last of them; the same as the first when it is one.
    pub last: Date,
}

/// How many days from today `any time` looks at.
const ANY_TIME: u16 = 28;

impl Days {
    /// One day.
    pub const fn one(date: Date) -> Self {
        Self { first: date, last: date }
    }

    /// So many days from this one on.
    pub fn from(first: Date, count: u16) -> Self {
        Self { first, last: after(first, count.saturating_sub(1)) }
    }

    /// Whether this day is one of them.
    pub fn contains(self, date: Date) -> bool {
        (self.first..=self.last).contains(&date)
    }

    /// The day, if it is one.
    pub fn single(self) -> Option<Date> {
        (self.first == self.last).then_some(self.first)
    }
}

/// `on Friday, November 27`, to stand in a sentence.
impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.single() {
            Some(date) => write!(f, "on {}", wording::day(date)),
            None => write!(f, "from {} to {}", wording::day(self.first), wording::day(self.last)),
        }
    }
}

/// Which of the many Fridays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// `Friday`, `coming Friday`.
    Coming,
    /// `this Friday`: this week's, or the coming one when that has been.
    ThisWeeks,
    /// `next Friday`.
    NextWeeks,
    /// `Friday week`, `Friday after next`.
    AfterNext,
}

/// The words for days that have been found in a phrase.
#[derive(Debug)]
pub(super) struct Found {
    today: Date,
    days: Option<Days>,
    weekday: Option<(Weekday, Which)>,
    several: bool,
}

/// What a rule made of the first words, and how many it took.
type Taken<T> = Option<(T, usize)>;

impl Found {
    pub(super) fn new(today: Date) -> Self {
        Self { today, days: None, weekday: None, several: false }
    }

    /// Whether any day has been found yet.
    pub(super) fn any(&self) -> bool {
        self.days.is_some() || self.weekday.is_some()
    }

    /// Takes the words for a day from the front, if that is what they are, and says how many.
    pub(super) fn take(&mut self, words: &[String]) -> Result<Option<usize>, UnclearWhen> {
        if let Some((days, used)) = self.days(words)? {
            self.several |= self.days.is_some_and(|before| before != days);
            self.days = Some(days);
            return Ok(Some(used));
        }
        if let Some((named, used)) = named_weekday(words) {
            self.several |= self.weekday.is_some_and(|before| before.0 != named.0);
            self.weekday = Some(named);
            return Ok(Some(used));
        }
        Ok(None)
    }

    /// What all of it means. Without a day it is an error, and so it is without a day and a time.
    pub(super) fn settle(self, phrase: &str, no_time: bool) -> Result<Days, UnclearWhen> {
        let several = || UnclearWhen::SeveralDays { phrase: phrase.to_owned() };
        if self.several {
            return Err(several());
        }
        let days = match (self.days, self.weekday) {
            (None, None) if !no_time && phrase.to_lowercase().contains("any ") => {
                Days::from(self.today, ANY_TIME)
            }
            (None, None) => return Err(UnclearWhen::NoDay { phrase: phrase.to_owned() }),
            (Some(days), None) => days,
            (None, Some((weekday, which))) => Days::one(self.resolve(weekday, which)),
            (Some(days), Some((weekday, _))) => match days.single() {
                Some(date) if date.weekday() == weekday => days,
                Some(date) => return Err(UnclearWhen::Contradiction { date, weekday }),
                None => {
                    let found = super::super::hours::days_from(days.first)
                        .take_while(|date| *date <= days.last)
                        .find(|date| date.weekday() == weekday);
                    Days::one(found.ok_or_else(several)?)
                }
            },
        };
        if days.last < self.today {
            return Err(UnclearWhen::Past { date: days.last });
        }
        Ok(Days { first: days.first.max(self.today), ..days })
    }

    /// The day that `Friday` means today.
    fn resolve(&self, weekday: Weekday, which: Which) -> Date {
        let monday = monday_of(self.today);
        let offset = weekday.since(Weekday::Monday).unsigned_abs().into();
        let coming = after(
            self.today,
            match weekday.since(self.today.weekday()) {
                0 => 7,
                days => days.unsigned_abs().into(),
            },
        );
        match which {
            Which::Coming => coming,
            Which::ThisWeeks if after(monday, offset) < self.today => coming,
            Which::ThisWeeks => after(monday, offset),
            Which::NextWeeks => after(monday, 7 + offset),
            Which::AfterNext => after(coming, 7),
        }
    }

    /// The days that the first words name without a bare weekday.
    fn days(&self, words: &[String]) -> Result<Taken<Days>, UnclearWhen> {
        if let Some(taken) =
            self.near(words).or_else(|| self.week(words)).or_else(|| self.distance(words))
        {
            return Ok(Some(taken));
        }
        calendar_date(words, self.today)
    }

    /// `today`, `the day after tomorrow`, `as soon as possible`.
    fn near(&self, words: &[String]) -> Taken<Days> {
        let one = |days: u16, used| Some((Days::one(after(self.today, days)), used));
        let any = |used| Some((Days::from(self.today, ANY_TIME), used));
        match &texts::<4>(words) {
            ["day", "after", "tomorrow", _] => one(2, 3),
            ["as", "soon", "as", "possible"] => any(4),
            ["any", "time" | "day", ..]
            | ["next" | "first", "available" | "free" | "possible" | "slot" | "opening", ..] => {
                any(2)
            }
            ["asap" | "anytime" | "whenever" | "earliest" | "soonest" | "soon", ..] => any(1),
            ["yesterday", ..] => Some((Days::one(self.today.yesterday().unwrap_or(Date::MIN)), 1)),
            ["tomorrow", ..] => one(1, 1),
            // The part of the day is left for the time.
            ["today" | "now", ..] | ["this", "morning" | "afternoon" | "evening", ..] => one(0, 1),
            ["tonight", ..] if self.days.is_none() => Some((Days::one(self.today), 0)),
            _ => None,
        }
    }

    /// `this week`, `the weekend`, `the week after next`, `next month`.
    fn week(&self, words: &[String]) -> Taken<Days> {
        let monday = monday_of(self.today);
        let days =
            |offset: u16, count, used| Some((Days::from(after(monday, offset), count), used));
        match &texts::<3>(words) {
            ["week", "after", "next"] => days(14, 7, 3),
            ["next", "week", _] => days(7, 7, 2),
            ["this", "week", _] => days(0, 7, 2),
            ["next", "weekend", _] => days(12, 2, 2),
            ["this", "weekend", _] => days(5, 2, 2),
            ["weekend", ..] => days(5, 2, 1),
            ["next", "month", _] => {
                let first = self.today.first_of_month().checked_add(1.month()).ok()?;
                Some((Days { first, last: first.last_of_month() }, 2))
            }
            ["last", "week" | "month", _] => Some((Days::one(self.today.yesterday().ok()?), 2)),
            _ => None,
        }
    }

    /// `in two weeks`, `three days from now`, `a week from Friday`, `a week on Tuesday`.
    fn distance(&self, words: &[String]) -> Taken<Days> {
        let lead = usize::from(words.first().is_some_and(|word| word == "in" || word == "within"));
        let (count, used) = count(words.get(lead..)?)?;
        let mut used = lead + used;
        let unit = words.get(used)?.as_str();
        used += 1;
        let mut start = self.today;
        match self.anchor(words.get(used..)?) {
            Some((day, more)) => (start, used) = (day, used + more),
            None if lead == 0 => return None,
            None => {}
        }
        let date = match unit {
            "day" | "days" => after(start, count),
            "week" | "weeks" => after(start, count.saturating_mul(7)),
            "month" | "months" => start.checked_add(i32::from(count).months()).ok()?,
            _ => return None,
        };
        Some((Days::one(date), used))
    }

    /// The day from which a distance counts: `from tomorrow`, `on Friday`.
    fn anchor(&self, words: &[String]) -> Taken<Date> {
        let (first, rest) = words.split_first()?;
        if !matches!(first.as_str(), "from" | "on" | "after") {
            return None;
        }
        if let Some((days, used)) = self.near(rest) {
            return Some((days.first, used + 1));
        }
        let ((weekday, which), used) = named_weekday(rest)?;
        Some((self.resolve(weekday, which), used + 1))
    }
}

/// `a`, `two`, `a couple of`.
fn count(words: &[String]) -> Taken<u16> {
    match &texts::<3>(words) {
        ["a", "couple", "of"] => Some((2, 3)),
        ["a" | "an", ..] => Some((1, 1)),
        _ => cardinal(words),
    }
}

/// `Friday`, `this Friday`, `next Friday`, `Friday week`, `Friday after next`.
fn named_weekday(words: &[String]) -> Taken<(Weekday, Which)> {
    let lead = match words.first()?.as_str() {
        "this" => Some(Which::ThisWeeks),
        "next" => Some(Which::NextWeeks),
        "coming" | "following" => Some(Which::Coming),
        _ => None,
    };
    let at = usize::from(lead.is_some());
    let day = weekday(words.get(at)?)?;
    let later = match &texts::<2>(words.get(at + 1..).unwrap_or_default()) {
        ["week", _] if lead.is_none() => 1,
        ["after", "next"] if lead.is_none() => 2,
        _ => 0,
    };
    let which = if later > 0 { Which::AfterNext } else { lead.unwrap_or(Which::Coming) };
    Some(((day, which), at + 1 + later))
}

/// `December 4`, `the 4th of December`, `the 4th`, `12/4`, `2026-12-04`.
fn calendar_date(words: &[String], today: Date) -> Result<Taken<Days>, UnclearWhen> {
    let Some((year, month, day, used)) = year_month_day(words) else { return Ok(None) };
    let no_such_date = || UnclearWhen::NoSuchDate { said: words[..used].join(" ") };
    let day = i8::try_from(day).map_err(|_| no_such_date())?;
    let date = match (year, month) {
        (Some(year), Some(month)) => Date::new(year, month, day).ok(),
        (None, Some(month)) => (today.year()..today.year() + 9)
            .filter_map(|year| Date::new(year, month, day).ok())
            .find(|date| *date >= today),
        (_, None) => (0..12)
            .filter_map(|months| today.first_of_month().checked_add(months.months()).ok())
            .filter_map(|first| Date::new(first.year(), first.month(), day).ok())
            .find(|date| *date >= today),
    };
    let date = date.ok_or_else(no_such_date)?;
    if date < today {
        return Err(UnclearWhen::Past { date });
    }
    Ok(Some((Days::one(date), used)))
}

/// Behind an ordinal, a word that shows that no day is counted.
const COUNTED: [&str; 7] = ["thing", "available", "free", "one", "week", "appointment", "slot"];

/// Year and month where they are named, the day, and how many words they take.
fn year_month_day(words: &[String]) -> Option<(Option<i16>, Option<i8>, u16, usize)> {
    let first = words.first()?;
    let numbers = |separator| {
        first.split(separator).map(|part| part.parse().ok()).collect::<Option<Vec<i16>>>()
    };
    let whole = |year, month: i16, day: i16| {
        Some((
            year,
            Some(i8::try_from(month).unwrap_or(i8::MAX)),
            u16::try_from(day).unwrap_or(u16::MAX),
            1,
        ))
    };
    match (numbers('-').as_deref(), numbers('/').as_deref()) {
        (Some(&[year, month, day]), _) => return whole(Some(year), month, day),
        (_, Some(&[month, day])) => return whole(None, month, day),
        (_, Some(&[month, day, year])) => {
            return whole(Some(if year < 100 { year + 2000 } else { year }), month, day);
        }
        _ => {}
    }
    let (month_first, lead) = match month(first) {
        Some(month) => {
            (Some(month), 1 + usize::from(words.get(1).is_some_and(|word| word == "the")))
        }
        None => (None, 0),
    };
    let rest = words.get(lead..)?;
    let (day, mut used, is_ordinal) = match (ordinal(rest), cardinal(rest)) {
        (Some((day, used)), _) => (day, used, true),
        (None, Some((day, used))) => (day, used, false),
        (None, None) => return None,
    };
    let mut named = month_first;
    if named.is_none() {
        let of = usize::from(rest.get(used).is_some_and(|word| word == "of"));
        if let Some(month) = rest.get(used + of).and_then(|word| month(word)) {
            (named, used) = (Some(month), used + of + 1);
        } else if !is_ordinal || rest.get(used).is_some_and(|word| COUNTED.contains(&word.as_str()))
        {
            return None;
        }
    }
    let year = rest.get(used).filter(|word| word.len() == 4).and_then(|word| word.parse().ok());
    let year = year.filter(|year| (2000..2100).contains(year) && named.is_some());
    Some((year, named, day, lead + used + usize::from(year.is_some())))
}

/// The first words as texts; where there are too few, empty ones.
fn texts<const N: usize>(words: &[String]) -> [&str; N] {
    std::array::from_fn(|at| words.get(at).map_or("", String::as_str))
}

/// The Monday of this day's week.
fn monday_of(date: Date) -> Date {
    let offset = i32::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(offset.days()).unwrap_or(date)
}

/// So many days later; the end of the calendar at most.
fn after(date: Date, days: u16) -> Date {
    date.checked_add(i32::from(days).days()).unwrap_or(Date::MAX)
}
