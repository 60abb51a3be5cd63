//! Slots, and which of them are free.

use std::collections::HashSet;
use std::fmt;

use jiff::civil::{Date, Time, time};
use jiff::{ToSpan, Zoned};
use rusqlite::Connection;
use serde::{Serialize, Serializer};

use super::super::hours::{Day, Hours, days_from};
use super::super::when::When;
use super::super::wording;

/// The times at which a technician comes, where the office is open then.
const WINDOWS: [(Time, Time); 5] = [
    (time(8, 0, 0, 0), time(10, 0, 0, 0)),
    (time(10, 0, 0, 0), time(12, 0, 0, 0)),
    (time(13, 0, 0, 0), time(15, 0, 0, 0)),
    (time(15, 0, 0, 0), time(17, 0, 0, 0)),
    (time(17, 0, 0, 0), time(19, 0, 0, 0)),
];

/// How far ahead slots can be booked, in days.
pub(super) const HORIZON_DAYS: i32 = 60;

/// Two hours in which a technician comes.
///
/// Shown and serialised in full: `Friday, November 27, between 8 and 10 in the morning`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The technician comes after this,
    pub start: Zoned,
    /// and before this.
    pub end: Zoned,
}

impl Slot {
    /// Whether this is at the time that was asked for.
    pub fn fits(&self, when: &When) -> bool {
        when.fits(self.start.date(), self.start.time(), self.end.time())
    }

    /// The slot on this day, in the zone of `now`.
    fn on(date: Date, (from, to): (Time, Time), now: &Zoned) -> Option<Self> {
        let zoned = |time| date.to_datetime(time).to_zoned(now.time_zone().clone()).ok();
        Some(Self { start: zoned(from)?, end: zoned(to)? })
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.start.hour() {
            ..12 => "in the morning",
            12..17 => "in the afternoon",
            _ => "in the evening",
        };
        let hour = |at: &Zoned| at.strftime("%-I").to_string();
        write!(
            f,
            "{}, between {} and {} {part}",
            wording::day(self.start.date()),
            hour(&self.start),
            hour(&self.end)
        )
    }
}

impl Serialize for Slot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A slot in which this technician is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::company) struct FreeSlot {
    /// The technician's key.
    pub(in crate::company) technician: i64,
    /// The slot.
    pub(in crate::company) slot: Slot,
}

/// The free slots at that time, in order; of several technicians who are free at once, the first.
pub(in crate::company) fn free(
    connection: &Connection,
    when: &When,
    now: &Zoned,
) -> rusqlite::Result<Vec<FreeSlot>> {
    let hours = Hours::load(connection)?;
    let technicians = technicians(connection)?;
    let taken = taken(connection, now)?;
    let last = now.date().saturating_add(HORIZON_DAYS.days()).min(when.days.last);
    let days = days_from(when.days.first.max(now.date())).take_while(|date| *date <= last);
    let slots = days.flat_map(|date| {
        windows(&hours, date).filter_map(move |window| Slot::on(date, window, now))
    });
    let wanted = slots.filter(|slot| slot.fits(when) && slot.start > *now);
    let free = wanted.filter_map(|slot| {
        let start = slot.start.timestamp().as_second();
        let technician =
            technicians.iter().find(|technician| !taken.contains(&(**technician, start)))?;
        Some(FreeSlot { technician: *technician, slot })
    });
    Ok(free.collect())
}

/// The windows of a day, those within the opening hours.
fn windows(hours: &Hours, date: Date) -> impl Iterator<Item = (Time, Time)> {
    let opening = match hours.on(date) {
        Day::Open(opening) => Some(opening),
        Day::Closed | Day::Holiday(_) => None,
    };
    let within = move |(from, to): &(Time, Time)| {
        opening.is_some_and(|open| open.from <= *from && *to <= open.to)
    };
    WINDOWS.into_iter().filter(within)
}

fn technicians(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut query = connection.prepare("SELECT id FROM technicians ORDER BY id")?;
    query.query_map((), |row| row.get(0))?.collect()
}

/// The slots that are booked from now on, by technician and second at which they begin.
fn taken(connection: &Connection, now: &Zoned) -> rusqlite::Result<HashSet<(i64, i64)>> {
    let mut query = connection.prepare(
        "SELECT technician_id, starts_at FROM appointments WHERE status = 'booked' AND starts_at > ?1",
    )?;
    query.query_map([now.timestamp().as_second()], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
