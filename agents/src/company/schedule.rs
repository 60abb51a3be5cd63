//! The schedule: technicians, their slots, and the appointments in them.
//!
//! A slot is two hours of one technician's day. Slots are not kept: they follow from the opening hours, and what is not booked is
//! free. A unique index keeps two appointments out of one slot, whoever writes them; who comes second is told, and offered the
//! next slots.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::database::{Change, Database, Key};
use super::number::{AccountNumber, AppointmentNumber};
use super::when::When;

mod error;
mod slot;

pub use error::ScheduleError;
pub use slot::Slot;
pub(super) use slot::{FreeSlot, free};

/// How many slots are offered instead of one that is taken.
const OFFERS: usize = 3;

/// The schedule.
#[derive(Debug, Clone)]
pub struct Schedule {
    database: Database,
}

/// What a technician comes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppointmentKind {
    /// A new line.
    Installation,
    /// Something does not work.
    Repair,
    /// A new router or telephone.
    EquipmentSwap,
    /// The line moves to a new address.
    Move,
}

/// A technician's visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Appointment {
    /// Its number.
    pub number: AppointmentNumber,
    /// What for.
    pub kind: AppointmentKind,
    /// When.
    #[serde(rename = "when")]
    pub slot: Slot,
    /// Who comes.
    pub technician: String,
    /// What the technician should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Schedule {
    /// The schedule in this database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// A customer's booked appointments that are not over, the next one first.
    pub async fn appointments(
        &self,
        account: AccountNumber,
        now: Zoned,
    ) -> rusqlite::Result<Vec<Appointment>> {
        self.database.read(move |connection| ahead(connection, account, &now)).await
    }

    /// The slots in which a technician is free, at most `limit`, each time of day once.
    pub async fn free_slots(
        &self,
        when: When,
        now: Zoned,
        limit: usize,
    ) -> Result<Vec<Slot>, ScheduleError> {
        self.database
            .read(move |connection| {
                let found = free(connection, &when, &now)?;
                if found.is_empty() {
                    return Err(ScheduleError::nothing_free(connection, when, &now)?);
                }
                Ok(found.into_iter().map(|free| free.slot).take(limit).collect())
            })
            .await
    }

    /// Books the first free slot at that time.
    pub async fn book(
        &self,
        account: AccountNumber,
        kind: AppointmentKind,
        when: When,
        now: Zoned,
        key: Key,
    ) -> Result<Appointment, ScheduleError> {
        self.database
            .write(move |change| {
                let made = change.once(&key, now.timestamp(), |change| {
                    let FreeSlot { technician, slot } = choose(change, account, when, &now)?;
                    insert(change, account, technician, kind, &slot)?;
                    Ok::<_, ScheduleError>(change.last_insert_rowid())
                })?;
                appointment_of(change, account, AppointmentNumber::new(made), &now)
            })
            .await
    }

    /// Moves an appointment to the first free slot at that time; its old slot is free from then on.
    pub async fn move_to(
        &self,
        account: AccountNumber,
        number: AppointmentNumber,
        when: When,
        now: Zoned,
        key: Key,
    ) -> Result<Appointment, ScheduleError> {
        self.database
            .write(move |change| {
                change.once(&key, now.timestamp(), |change| {
                    let appointment = changeable(change, account, number, &now)?;
                    if appointment.slot.fits(&when) {
                        return Err(ScheduleError::AlreadyThen { appointment: Box::new(appointment) });
                    }
                    let FreeSlot { technician, slot } = choose(change, account, when, &now)?;
                    change.execute(
                        "UPDATE appointments SET technician_id = ?1, starts_at = ?2, ends_at = ?3 WHERE id = ?4",
                        params![technician, slot.start.timestamp().as_second(), slot.end.timestamp().as_second(), number],
                    )?;
                    Ok(number.id())
                })?;
                appointment_of(change, account, number, &now)
            })
            .await
    }

    /// Cancels an appointment, and returns it as it was.
    pub async fn cancel(
        &self,
        account: AccountNumber,
        number: AppointmentNumber,
        now: Zoned,
        key: Key,
    ) -> Result<Appointment, ScheduleError> {
        self.database
            .write(move |change| {
                change.once(&key, now.timestamp(), |change| {
                    changeable(change, account, number, &now)?;
                    change.execute(
                        "UPDATE appointments SET status = 'cancelled' WHERE id = ?1",
                        [number],
                    )?;
                    Ok::<_, ScheduleError>(number.id())
                })?;
                appointment_of(change, account, number, &now)
            })
            .await
    }

    /// Leaves a note for the technician, in place of any that was there.
    pub async fn note(
        &self,
        account: AccountNumber,
        number: AppointmentNumber,
        note: String,
        now: Zoned,
    ) -> Result<Appointment, ScheduleError> {
        self.database
            .write(move |change| {
                changeable(change, account, number, &now)?;
                change
                    .execute("UPDATE appointments SET note = ?1 WHERE id = ?2", (note, number))?;
                appointment_of(change, account, number, &now)
            })
            .await
    }
}

/// The free slot that a customer gets who asks for this time.
fn choose(
    change: &Change<'_>,
    account: AccountNumber,
    when: When,
    now: &Zoned,
) -> Result<FreeSlot, ScheduleError> {
    let own = ahead(change, account, now)?;
    let mut found = free(change, &when, now)?;
    if found.is_empty() {
        return Err(ScheduleError::nothing_free(change, when, now)?);
    }
    found.retain(|free| own.iter().all(|appointment| appointment.slot.start != free.slot.start));
    let clash = own.into_iter().find(|appointment| appointment.slot.fits(&when));
    match (found.into_iter().next(), clash) {
        (Some(free), _) => Ok(free),
        (None, Some(appointment)) => {
            Err(ScheduleError::Clash { appointment: Box::new(appointment) })
        }
        (None, None) => Err(ScheduleError::nothing_free(change, when, now)?),
    }
}

/// Writes a booked appointment.
pub(super) fn insert(
    connection: &Connection,
    account: AccountNumber,
    technician: i64,
    kind: AppointmentKind,
    slot: &Slot,
) -> rusqlite::Result<()> {
    let (starts_at, ends_at) =
        (slot.start.timestamp().as_second(), slot.end.timestamp().as_second());
    connection
        .execute(
            "INSERT INTO appointments (customer_id, technician_id, kind, starts_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![account, technician, kind.as_str(), starts_at, ends_at],
        )
        .map(drop)
}

const APPOINTMENT: &str = "
    SELECT appointments.id, kind, starts_at, ends_at, technicians.name, note, status
    FROM appointments JOIN technicians ON technicians.id = technician_id
    WHERE customer_id = ?1";

fn ahead(
    connection: &Connection,
    account: AccountNumber,
    now: &Zoned,
) -> rusqlite::Result<Vec<Appointment>> {
    let sql = format!("{APPOINTMENT} AND status = 'booked' AND ends_at > ?2 ORDER BY starts_at");
    let mut query = connection.prepare(&sql)?;
    let rows = query.query_map((account, now.timestamp().as_second()), |row| {
        appointment(row, now.time_zone())
    })?;
    rows.collect()
}

/// A customer's appointment, whatever has become of it.
fn appointment_of(
    connection: &Connection,
    account: AccountNumber,
    number: AppointmentNumber,
    now: &Zoned,
) -> Result<Appointment, ScheduleError> {
    let sql = format!("{APPOINTMENT} AND appointments.id = ?2");
    let found = connection
        .query_row(&sql, (account, number), |row| appointment(row, now.time_zone()))
        .optional()?;
    found.ok_or(ScheduleError::NotBooked { number })
}

/// A customer's appointment that is booked and has not begun.
fn changeable(
    connection: &Connection,
    account: AccountNumber,
    number: AppointmentNumber,
    now: &Zoned,
) -> Result<Appointment, ScheduleError> {
    let booked = ahead(connection, account, now)?
        .into_iter()
        .find(|appointment| appointment.number == number);
    match booked {
        None => Err(ScheduleError::NotBooked { number }),
        Some(appointment) if appointment.slot.start <= *now => Err(ScheduleError::Begun { number }),
        Some(appointment) => Ok(appointment),
    }
}

fn appointment(row: &Row<'_>, zone: &TimeZone) -> rusqlite::Result<Appointment> {
    let kind: String = row.get(1)?;
    let at = |column| -> rusqlite::Result<Zoned> {
        Ok(Timestamp::from_second(row.get(column)?)
            .unwrap_or(Timestamp::MAX)
            .to_zoned(zone.clone()))
    };
    Ok(Appointment {
        number: row.get(0)?,
        kind: AppointmentKind::named(&kind),
        slot: Slot { start: at(2)?, end: at(3)? },
        technician: row.get(4)?,
        note: row.get(5)?,
    })
}

/// As it stands in a sentence: `a repair`.
impl fmt::Display for AppointmentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Installation => "an installation",
            Self::Repair => "a repair",
            Self::EquipmentSwap => "a swap of equipment",
            Self::Move => "a move",
        })
    }
}

impl AppointmentKind {
    /// The word for it in the database.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Installation => "installation",
            Self::Repair => "repair",
            Self::EquipmentSwap => "equipment_swap",
            Self::Move => "move",
        }
    }

    /// The kind with this word; the schema admits no others.
    fn named(word: &str) -> Self {
        [Self::Installation, Self::EquipmentSwap, Self::Move]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .unwrap_or(Self::Repair)
    }
}

#[cfg(test)]
mod tests;
