//! Why a phrase names no day.

use jiff::civil::{Date, Weekday};

use super::wording;

/// Why a phrase names no one time. The text can be said to the speaker, and asks for what is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnclearWhen {
    /// There is no day in it.
    #[error("I found no day in \"{phrase}\". Which day shall it be, and what time of day?")]
    NoDay {
        /// What was said.
        phrase: String,
    },
    /// There are several.
    #[error("That was more than one day. Which one shall it be?")]
    SeveralDays {
        /// What was said.
        phrase: String,
    },
    /// It says when not.
    #[error("That is when it shall not be. Which day shall it be?")]
    Excludes {
        /// What was said.
        phrase: String,
    },
    /// The day of the week is not that of the date.
    #[error("{} is not a {}. Which of the two do you mean?", wording::day(*.date), wording::weekday_name(*.weekday))]
    Contradiction {
        /// The date.
        date: Date,
        /// The day of the week that was named with it.
        weekday: Weekday,
    },
    /// The day has been.
    #[error("{} has been already. Which day from today on shall it be?", wording::day(*.date))]
    Past {
        /// The day.
        date: Date,
    },
    /// There is no such day in the calendar.
    #[error("There is no such day as \"{said}\". Which day do you mean?")]
    NoSuchDate {
        /// The words for it.
        said: String,
    },
}
