//! When the office is open.

use jiff::civil::{Date, Time, Weekday};
use jiff::{ToSpan, Zoned};
use rusqlite::Connection;

use super::database::Database;
use super::wording::{clock, day, weekday_name};

/// The office, as far as its doors are concerned.
#[derive(Debug, Clone)]
pub struct Office {
    database: Database,
}

/// The hours of each day of the week. Holidays are not in it: [`Hours::on`] knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Monday first; none is closed.
    week: [Option<Opening>; 7],
}

/// From when to when the office is open on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// The door opens.
    pub from: Time,
    /// The door closes.
    pub to: Time,
}

/// One day at the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Open.
    Open(Opening),
    /// Closed, as on every such day of the week.
    Closed,
    /// Closed for this holiday.
    Holiday(&'static str),
}

impl Office {
    /// The office of this database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Its hours.
    pub async fn hours(&self) -> rusqlite::Result<Hours> {
        self.database.read(Hours::load).await
    }
}

impl Hours {
    /// Reads the hours.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut week = [None; 7];
        let mut query = connection.prepare("SELECT weekday, opens, closes FROM opening_hours")?;
        let mut rows = query.query(())?;
        while let Some(row) = rows.next()? {
            let time = |column| -> rusqlite::Result<Time> {
                let text: String = row.get(column)?;
                text.parse().map_err(|error: jiff::Error| {
                    rusqlite::Error::FromSqlConversionFailure(
                        column,
                        rusqlite::types::Type::Text,
                        error.into(),
                    )
                })
            };
            let weekday: usize = row.get::<_, u8>(0)?.into();
            week[weekday - 1] = Some(Opening { from: time(1)?, to: time(2)? });
        }
        Ok(Self { week })
    }

    /// The hours of an ordinary day of the week.
    pub fn of(&self, weekday: Weekday) -> Option<Opening> {
        let place = usize::try_from(weekday.to_monday_zero_offset()).expect("an offset is 0 to 6");
        self.week[place]
    }

    /// The hours of this very day.
    pub fn on(&self, date: Date) -> Day {
        match (holiday(date), self.of(date.weekday())) {
            (_, None) => Day::Closed,
            (Some(name), Some(_)) => Day::Holiday(name),
            (None, Some(opening)) => Day::Open(opening),
        }
    }

    /// Whether the office is open at this moment.
    pub fn is_open(&self, now: &Zoned) -> bool {
        matches!(self.on(now.date()), Day::Open(opening) if (opening.from..opening.to).contains(&now.time()))
    }

    /// How it is today: `We are open today until 8 PM.`
    pub fn today_in_words(&self, now: &Zoned) -> String {
        let why = match self.on(now.date()) {
            Day::Open(opening) if now.time() < opening.from => {
                return format!(
                    "We open today at {}, until {}.",
                    clock(opening.from),
                    clock(opening.to)
                );
            }
            Day::Open(opening) if now.time() < opening.to => {
                return format!("We are open today until {}.", clock(opening.to));
            }
            Day::Open(_) => "We have closed for today".to_owned(),
            Day::Closed => format!("We are closed on {}s", weekday_name(now.weekday())),
            Day::Holiday(name) => format!("We are closed today, it is {name}"),
        };
        match self.next_opening(now) {
            Some((date, time)) => {
                format!("{why}. We open again on {}, at {}.", day(date), clock(time))
            }
            None => format!("{why}."),
        }
    }

    /// The hours of the week, days with the same hours together: `Monday to Friday from 8 AM to 8 PM`.
    pub fn week_in_words(&self) -> Vec<String> {
        let days: Vec<_> = Weekday::Monday
            .cycle_forward()
            .take(7)
            .map(|weekday| (weekday, self.of(weekday)))
            .collect();
        let alike = days.chunk_by(|(_, hours), (_, next)| hours == next);
        alike
            .map(|days| {
                let (first, last) = (days[0], days[days.len() - 1]);
                let mut words = weekday_name(first.0).to_owned();
                if first.0 != last.0 {
                    words = format!("{words} to {}", weekday_name(last.0));
                }
                match first.1 {
                    Some(hours) => {
                        format!("{words} from {} to {}", clock(hours.from), clock(hours.to))
                    }
                    None => format!("{words} closed"),
                }
            })
            .collect()
    }

    /// The holidays of the next two months on which the door stays closed: `Thursday, November 26: closed for Thanksgiving`.
    pub fn holidays_in_words(&self, today: Date) -> Vec<String> {
        let holidays = days_from(today).take(60).filter_map(|date| match self.on(date) {
            Day::Holiday(name) => Some(format!("{}: closed for {name}", day(date))),
            Day::Open(_) | Day::Closed => None,
        });
        holidays.collect()
    }

    /// The next time the door opens after `now`, within a fortnight.
    pub fn next_opening(&self, now: &Zoned) -> Option<(Date, Time)> {
        days_from(now.date()).take(14).find_map(|date| match self.on(date) {
            Day::Open(opening) if date > now.date() || opening.from > now.time() => {
                Some((date, opening.from))
            }
            _ => None,
        })
    }
}

/// This day and all that follow.
pub fn days_from(first: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |date| date.checked_add(1.day()).ok())
}

/// The holiday on this day, on which the office is closed.
pub fn holiday(date: Date) -> Option<&'static str> {
    let nth = |n, weekday| {
        date.first_of_month().nth_weekday_of_month(n, weekday).is_ok_and(|day| day == date)
    };
    match (date.month(), date.day()) {
        (1, 1) => Some("New Year's Day"),
        (5, _) if nth(-1, Weekday::Monday) => Some("Memorial Day"),
        (7, 4) => Some("Independence Day"),
        (9, _) if nth(1, Weekday::Monday) => Some("Labor Day"),
        (11, _) if nth(4, Weekday::Thursday) => Some("Thanksgiving"),
        (12, 25) => Some("Christmas Day"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    fn hours() -> Hours {
        let weekday = Some(Opening { from: time(8, 0, 0, 0), to: time(20, 0, 0, 0) });
        let saturday = Some(Opening { from: time(9, 0, 0, 0), to: time(14, 0, 0, 0) });
        Hours { week: [weekday, weekday, weekday, weekday, weekday, saturday, None] }
    }

    fn at(date: Date, hour: i8, minute: i8) -> Zoned {
        date.at(hour, minute, 0, 0).to_zoned(crate::company::zone()).unwrap()
    }

    #[test]
    fn the_door_is_open_from_the_first_minute_to_the_last() {
        let monday = date(2026, 11, 23);
        let open =
            [(7, 59), (8, 0), (19, 59), (20, 0)].map(|(h, m)| hours().is_open(&at(monday, h, m)));
        assert_eq!(open, [false, true, true, false]);
    }

    #[test]
    fn holidays_are_told_from_ordinary_closed_days() {
        assert_eq!(hours().on(date(2026, 11, 26)), Day::Holiday("Thanksgiving"));
        assert_eq!(hours().on(date(2026, 11, 22)), Day::Closed);
        assert_eq!(
            hours().on(date(2027, 7, 4)),
            Day::Closed,
            "a holiday on a Sunday changes nothing"
        );
    }

    #[test]
    fn movable_holidays_fall_where_the_calendar_has_them() {
        let holidays = [(2026, 5, 25), (2027, 5, 31), (2026, 9, 7), (2027, 9, 6), (2027, 11, 25)];
        for (year, month, day) in holidays {
            assert!(holiday(date(year, month, day)).is_some(), "{year}-{month}-{day}");
        }
        let days = days_from(date(2026, 1, 1)).take(365);
        assert_eq!(days.filter_map(holiday).count(), 6);
    }

    #[test]
    fn the_week_is_told_in_three_phrases() {
        let week =
            ["Monday to Friday from 8 AM to 8 PM", "Saturday from 9 AM to 2 PM", "Sunday closed"];
        assert_eq!(hours().week_in_words(), week);
    }

    #[test]
    fn today_is_told_as_it_is() {
        let table = [
            (at(date(2026, 11, 23), 7, 0), "We open today at 8 AM, until 8 PM."),
            (at(date(2026, 11, 23), 9, 0), "We are open today until 8 PM."),
            (
                at(date(2026, 11, 23), 21, 0),
                "We have closed for today. We open again on Tuesday, November 24, at 8 AM.",
            ),
            (
                at(date(2026, 11, 22), 9, 0),
                "We are closed on Sundays. We open again on Monday, November 23, at 8 AM.",
            ),
            (
                at(date(2026, 11, 26), 9, 0),
                "We are closed today, it is Thanksgiving. We open again on Friday, November 27, at 8 AM.",
            ),
        ];
        for (now, words) in table {
            assert_eq!(hours().today_in_words(&now), words);
        }
    }

    #[test]
    fn the_next_opening_skips_sundays_and_holidays() {
        let eight = time(8, 0, 0, 0);
        assert_eq!(
            hours().next_opening(&at(date(2026, 11, 23), 6, 0)),
            Some((date(2026, 11, 23), eight))
        );
        assert_eq!(
            hours().next_opening(&at(date(2026, 11, 21), 15, 0)),
            Some((date(2026, 11, 23), eight))
        );
        assert_eq!(
            hours().next_opening(&at(date(2026, 11, 25), 9, 0)),
            Some((date(2026, 11, 27), eight))
        );
    }
}
