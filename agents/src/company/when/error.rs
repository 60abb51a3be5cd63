//! Why a phrase names no day.

use jiff::civil::{Date, Weekday};

use super::wording;

/// Why a phrase names no one time. The text is for whoever talks with the speaker, and says what to ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnclearWhen {
    /// There is no day in it.
    #[error(
        "I found no day in \"{phrase}\". Ask for a day and a time of day, such as \"Friday morning\"."
    )]
    NoDay {
        /// What was said.
        phrase: String,
    },
    /// There are several.
    #[error(
        "\"{phrase}\" names more than one day. Ask which day it is to be, and pass that day alone."
    )]
    SeveralDays {
        /// What was said.
        phrase: String,
    },
    /// It says when not.
    #[error("\"{phrase}\" says when not. Ask which day it is to be.")]
    Excludes {
        /// What was said.
        phrase: String,
    },
    /// The day of the week is not that of the date.
    #[error("{} is not a {}. Ask which of the two is meant.", wording::day(*.date), wording::weekday_name(*.weekday))]
    Contradiction {
        /// The date.
        date: Date,
        /// The day of the week that was named with it.
        weekday: Weekday,
    },
    /// The day has been.
    #[error("{} has been already. Ask for a day from today on.", wording::day(*.date))]
    Past {
        /// The day.
        date: Date,
    },
    /// There is no such day in the calendar.
    #[error("There is no day such as \"{said}\". Ask for the date again.")]
    NoSuchDate {
        /// The words for it.
        said: String,
    },
}
