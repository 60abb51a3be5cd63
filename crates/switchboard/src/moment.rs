//! A moment as people write it: a date and time, or how long ago.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

/// A moment: RFC 3339 (`2030-01-31T09:00:00Z`), or so long ago (`90s`, `15m`, `2h`, `3d`, `1w`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Moment {
    /// This one.
    At(Timestamp),
    /// So long before now.
    Ago(Duration),
}

/// A text that is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a time such as 2030-01-31T09:00:00Z, or how long ago: 90s, 15m, 2h, 3d, 1w")]
pub(crate) struct UnreadableMoment;

/// The units of a span, in seconds.
const UNITS: [(char, u64); 5] =
    [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400), ('w', 7 * 86_400)];

impl Moment {
    /// The moment as a time, said at `now`. Longer ago than time goes back is the beginning of time.
    pub(crate) fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(span) => now.checked_sub(span).unwrap_or(Timestamp::MIN),
        }
    }
}

impl FromStr for Moment {
    type Err = UnreadableMoment;

    fn from_str(text: &str) -> Result<Self, UnreadableMoment> {
        if let Ok(at) = text.parse() {
            return Ok(Self::At(at));
        }
        let (unit, seconds) =
            *UNITS.iter().find(|(unit, _)| text.ends_with(*unit)).ok_or(UnreadableMoment)?;
        let count = text.strip_suffix(unit).ok_or(UnreadableMoment)?;
        let count: u64 = count.parse().map_err(|_| UnreadableMoment)?;
        let seconds = count.checked_mul(seconds).ok_or(UnreadableMoment)?;
        Ok(Self::Ago(Duration::from_secs(seconds)))
    }
}

impl TryFrom<String> for Moment {
    type Error = UnreadableMoment;

    fn try_from(text: String) -> Result<Self, UnreadableMoment> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> String {
        let now: Timestamp = "2030-01-31T09:00:00Z".parse().unwrap();
        text.parse::<Moment>().unwrap().at(now).to_string()
    }

    #[test]
    fn a_time_is_that_time_wherever_it_was_written() {
        assert_eq!(at("2030-01-30T10:00:00+02:00"), "2030-01-30T08:00:00Z");
    }

    #[test]
    fn a_span_is_so_long_ago() {
        assert_eq!(at("90s"), "2030-01-31T08:58:30Z");
        assert_eq!(at("2h"), "2030-01-31T07:00:00Z");
        assert_eq!(at("3d"), "2030-01-28T09:00:00Z");
        assert_eq!(at("1w"), "2030-01-24T09:00:00Z");
        assert_eq!(at("1000000w"), Timestamp::MIN.to_string(), "before all rows");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "h", "2", "-2h", "2hh", "2 h", "yesterday", "2030-01-31", "99999999999999999999w"]
        {
            assert_eq!(text.parse::<Moment>(), Err(UnreadableMoment), "{text}");
        }
    }
}
