//! Days and times as people say them: `Friday morning`, `the day after tomorrow`, `in two weeks at half past three`.
//!
//! [`When::read`] finds the words for a day and for a time of day and lets the others be, so a whole sentence will do. It never
//! guesses between two days: a phrase with several, with `not`, or with a weekday that does not fit its date is an error that asks for
//! what is missing. The rules that people disagree about:
//!
//! - A bare weekday is the next one after today; `this Friday` is this week's if that is still to come, `next Friday` next week's. Weeks begin on Monday.
//! - An hour without AM or PM is one at which people work: 7 to 12 before noon, 1 to 6 after.
//! - A date without a year is the next such date.

use std::fmt;

use jiff::Zoned;
use jiff::civil::{Date, Time};

use super::wording;

mod day;
mod error;
mod time;
mod words;

pub use day::Days;
pub use error::UnclearWhen;
pub use time::TimeOfDay;

/// A day, or several on end, and a time of day.
///
/// ```
/// use agents::company::when::When;
/// use jiff::civil::date;
///
/// let now = date(2026, 11, 21).at(9, 0, 0, 0).to_zoned(agents::company::zone())?;
/// let when = When::read("move it to Friday morning, please", &now)?;
/// assert_eq!(when.days.first, date(2026, 11, 27));
/// assert_eq!(when.to_string(), "on Friday, November 27, in the morning");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// The days.
    pub days: Days,
    /// The time on each of them.
    pub time: TimeOfDay,
}

impl When {
    /// Reads a phrase that was said at `now`, whose zone is the speaker's.
    ///
    /// # Errors
    ///
    /// An [`UnclearWhen`], whose text asks for what is missing.
    pub fn read(phrase: &str, now: &Zoned) -> Result<Self, UnclearWhen> {
        let words = words::split(phrase);
        let today = now.date();
        let mut days = day::Found::new(today);
        let mut times = time::Found::default();
        let mut rest = words.as_slice();
        while let Some((first, others)) = rest.split_first() {
            if words::excludes(first) {
                return Err(UnclearWhen::Excludes { phrase: phrase.to_owned() });
            }
            rest = match days.take(rest)?.or_else(|| times.take(rest, days.any())) {
                Some(used) => &rest[used..],
                None => others,
            };
        }
        let days = days.settle(phrase, times.is_empty())?;
        Ok(Self { days, time: times.settle() })
    }

    /// Any time on `count` days from `first` on.
    pub fn any_time(first: Date, count: u16) -> Self {
        Self { days: Days::from(first, count), time: TimeOfDay::Any }
    }

    /// Whether something from `start` to `end` on `date` is what was asked for.
    pub fn fits(&self, date: Date, start: Time, end: Time) -> bool {
        self.days.contains(date) && self.time.fits(start, end)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.days, self.time)
    }
}

#[cfg(test)]
mod tests;
