//! The front desk: messages and callbacks, which people pick up.

use jiff::civil::{Date, Time};
use jiff::{ToSpan, Zoned};
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::database::{Database, Key};
use super::hours::{Day, Hours, days_from};
use super::number::{AccountNumber, MessageNumber};
use super::when::When;
use super::wording;

/// How many callbacks people manage in an hour.
const CALLBACKS_AN_HOUR: u32 = 3;

/// The front desk.
#[derive(Debug, Clone)]
pub struct Desk {
    database: Database,
}

/// Who picks a message up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Department {
    /// Bills and payments.
    Billing,
    /// New lines and other plans.
    Sales,
    /// Faults and equipment.
    Technical,
    /// Complaints and praise.
    Management,
}

/// A note to a department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Who picks it up.
    pub department: Department,
    /// Whose it is, if that is known.
    pub account: Option<AccountNumber>,
    /// The number to call, if one is known.
    pub phone: Option<String>,
    /// What it says.
    pub body: String,
}

/// A promise to call back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Callback {
    /// Its number.
    pub number: MessageNumber,
    /// The hour in which somebody calls, in full.
    pub when: String,
}

/// Why nobody will call back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// Nobody is free at that time.
    #[error("nobody can call {asked}")]
    NoHour {
        /// What was asked for.
        asked: When,
        /// The next hour in which somebody could.
        offer: Option<String>,
    },
    /// The database failed.
    #[error("the desk cannot be used")]
    Storage(#[from] rusqlite::Error),
}

impl Desk {
    /// The desk of this database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Leaves a message.
    pub async fn leave(&self, note: Note, now: Zoned, key: Key) -> rusqlite::Result<MessageNumber> {
        let leave = move |connection: &super::database::Change<'_>| {
            connection.once(&key, now.timestamp(), |change| insert(change, &note, &now, None))
        };
        self.database.write(leave).await.map(MessageNumber::new)
    }

    /// Promises a callback in the first free hour at that time.
    pub async fn call_back(
        &self,
        note: Note,
        when: When,
        now: Zoned,
        key: Key,
    ) -> Result<Callback, CallbackError> {
        self.database
            .write(move |change| {
                let made = change.once(&key, now.timestamp(), |change| {
                    let Some(hour) = free_hour(change, &when, &now)? else {
                        let later = When::any_time(when.days.first, 14);
                        let offer = free_hour(change, &later, &now)?.map(|hour| in_full(&hour));
                        return Err(CallbackError::NoHour { asked: when, offer });
                    };
                    Ok(insert(change, &note, &now, Some(&hour))?)
                })?;
                let at: i64 = change.query_row(
                    "SELECT call_at FROM messages WHERE id = ?1",
                    [made],
                    |row| row.get(0),
                )?;
                let hour = jiff::Timestamp::from_second(at).unwrap_or(jiff::Timestamp::MAX);
                let when = in_full(&hour.to_zoned(now.time_zone().clone()));
                Ok(Callback { number: MessageNumber::new(made), when })
            })
            .await
    }
}

fn insert(
    connection: &Connection,
    note: &Note,
    now: &Zoned,
    call_at: Option<&Zoned>,
) -> rusqlite::Result<i64> {
    let department = match note.department {
        Department::Billing => "billing",
        Department::Sales => "sales",
        Department::Technical => "technical",
        Department::Management => "management",
    };
    let call_at = call_at.map(|hour| hour.timestamp().as_second());
    connection.execute(
        "INSERT INTO messages (department, customer_id, phone, body, left_at, call_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![department, note.account, note.phone, note.body, now.timestamp().as_second(), call_at],
    )?;
    Ok(connection.last_insert_rowid())
}

/// The first hour at that time in which somebody can call.
fn free_hour(connection: &Connection, when: &When, now: &Zoned) -> rusqlite::Result<Option<Zoned>> {
    let hours = Hours::load(connection)?;
    let days =
        days_from(when.days.first.max(now.date())).take_while(|date| *date <= when.days.last);
    for (date, from) in
        days.flat_map(|date| opening_hours(&hours, date).map(move |from| (date, from)))
    {
        let to = from.saturating_add(1.hour());
        let Ok(start) = date.to_datetime(from).to_zoned(now.time_zone().clone()) else { continue };
        if start <= *now || !when.fits(date, from, to) {
            continue;
        }
        let promised: u32 = connection.query_row(
            "SELECT count(*) FROM messages WHERE call_at = ?1",
            [start.timestamp().as_second()],
            |row| row.get(0),
        )?;
        if promised < CALLBACKS_AN_HOUR {
            return Ok(Some(start));
        }
    }
    Ok(None)
}

/// The whole hours for which the office is open on a day, by their starts.
fn opening_hours(hours: &Hours, date: Date) -> impl Iterator<Item = Time> {
    let opening = match hours.on(date) {
        Day::Open(opening) => Some(opening),
        Day::Closed | Day::Holiday(_) => None,
    };
    let whole = move |opening: super::hours::Opening| {
        std::iter::successors(Some(opening.from), |from| from.checked_add(1.hour()).ok())
            .take_while(move |from| from.checked_add(1.hour()).is_ok_and(|to| to <= opening.to))
    };
    opening.into_iter().flat_map(whole)
}

/// `Monday, November 23, between 2 PM and 3 PM`.
fn in_full(hour: &Zoned) -> String {
    let (from, to) = (hour.time(), hour.time().saturating_add(1.hour()));
    format!(
        "{}, between {} and {}",
        wording::day(hour.date()),
        wording::clock(from),
        wording::clock(to)
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::company::database::Location;
    use crate::company::{seed, zone};

    fn monday() -> Zoned {
        date(2026, 11, 23).at(9, 30, 0, 0).to_zoned(zone()).unwrap()
    }

    fn desk() -> Desk {
        Desk::new(
            Database::open(&Location::Memory, |transaction| seed::plant(transaction, &monday()))
                .unwrap(),
        )
    }

    fn note(body: &str) -> Note {
        Note {
            department: Department::Technical,
            account: None,
            phone: Some("+15550199".into()),
            body: body.into(),
        }
    }

    async fn call_back(desk: &Desk, phrase: &str, key: usize) -> Result<Callback, CallbackError> {
        let when = When::read(phrase, &monday()).unwrap();
        desk.call_back(note("no dial tone"), when, monday(), Key::new(key.to_string())).await
    }

    #[tokio::test]
    async fn a_callback_is_promised_for_an_hour_at_which_people_work() {
        let callback = call_back(&desk(), "today", 1).await.unwrap();
        assert_eq!(callback.when, "Monday, November 23, between 10 AM and 11 AM");
        let callback = call_back(&desk(), "tomorrow at 3", 1).await.unwrap();
        assert_eq!(callback.when, "Tuesday, November 24, between 3 PM and 4 PM");
    }

    #[tokio::test]
    async fn an_hour_takes_so_many_callbacks_and_no_more() {
        let desk = desk();
        for key in 0..3 {
            call_back(&desk, "tomorrow at 3", key).await.unwrap();
        }
        let error = call_back(&desk, "tomorrow at 3", 3).await.unwrap_err();
        let CallbackError::NoHour { offer, .. } = error else { panic!("{error}") };
        assert_eq!(offer.unwrap(), "Tuesday, November 24, between 8 AM and 9 AM");
    }

    #[tokio::test]
    async fn the_same_wish_is_one_message() {
        let desk = desk();
        let first = desk.leave(note("hello"), monday(), Key::new("k")).await.unwrap();
        assert_eq!(desk.leave(note("hello"), monday(), Key::new("k")).await.unwrap(), first);
        assert_ne!(desk.leave(note("hello"), monday(), Key::new("l")).await.unwrap(), first);
    }

    #[tokio::test]
    async fn nobody_calls_on_a_holiday() {
        let error = call_back(&desk(), "Thursday", 1).await.unwrap_err();
        assert!(matches!(error, CallbackError::NoHour { .. }), "{error}");
    }
}
