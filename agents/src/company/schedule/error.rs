//! Why a slot or an appointment is not to be had.

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use rusqlite::Connection;

use super::super::hours::{Day, Hours};
use super::super::number::AppointmentNumber;
use super::super::when::When;
use super::super::wording;
use super::slot::HORIZON_DAYS;
use super::{Appointment, OFFERS, Slot, free};

/// Why nothing was booked, moved or cancelled. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// Nobody works on that day.
    #[error("closed on {}{}", wording::day(*.date), .holiday.map(|name| format!(", {name}")).unwrap_or_default())]
    Closed {
        /// The day.
        date: Date,
        /// Which holiday it is, if it is one.
        holiday: Option<&'static str>,
        /// The next free slots.
        offers: Vec<Slot>,
    },
    /// No technician is free at that time, or it is over.
    #[error("nothing is free {asked}")]
    Full {
        /// What was asked for.
        asked: When,
        /// The next free slots.
        offers: Vec<Slot>,
    },
    /// That is further ahead than the schedule goes.
    #[error("the schedule ends on {}", wording::day(*.last))]
    TooFar {
        /// The last day that can be booked.
        last: Date,
    },
    /// The customer has an appointment at that time.
    #[error("there is another appointment, {}", .appointment.slot)]
    Clash {
        /// That appointment.
        appointment: Box<Appointment>,
    },
    /// The appointment is at that time already.
    #[error("the appointment is at that time already, {}", .appointment.slot)]
    AlreadyThen {
        /// The appointment.
        appointment: Box<Appointment>,
    },
    /// The customer has no such appointment, or it is over or cancelled.
    #[error("appointment {number} is not booked")]
    NotBooked {
        /// The number.
        number: AppointmentNumber,
    },
    /// The technician is on the way or there.
    #[error("appointment {number} has begun")]
    Begun {
        /// The number.
        number: AppointmentNumber,
    },
    /// The database failed.
    #[error("the schedule cannot be used")]
    Storage(#[from] rusqlite::Error),
}

impl ScheduleError {
    /// Why there is no free slot at that time, and what there is instead.
    pub(super) fn nothing_free(
        connection: &Connection,
        asked: When,
        now: &Zoned,
    ) -> rusqlite::Result<Self> {
        let last = now.date().saturating_add(HORIZON_DAYS.days());
        if asked.days.first > last {
            return Ok(Self::TooFar { last });
        }
        let from_then_on = When::any_time(asked.days.first, u16::MAX);
        let offers = free(connection, &from_then_on, now)?
            .into_iter()
            .map(|free| free.slot)
            .take(OFFERS)
            .collect();
        let hours = Hours::load(connection)?;
        Ok(match asked.days.single().map(|date| (date, hours.on(date))) {
            Some((date, Day::Closed)) => Self::Closed { date, holiday: None, offers },
            Some((date, Day::Holiday(name))) => Self::Closed { date, holiday: Some(name), offers },
            _ => Self::Full { asked, offers },
        })
    }
}
