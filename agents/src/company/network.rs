//! The network: what is out of order, where, and until when.

use jiff::{Timestamp, Zoned};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::database::Database;
use super::number::AccountNumber;

/// The state of the network.
#[derive(Debug, Clone)]
pub struct Network {
    database: Database,
}

/// Which area is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Area {
    /// The one with this postcode.
    Postcode(String),
    /// The one in which this customer lives.
    Of(AccountNumber),
}

/// How an area is served at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The area's name.
    pub area: String,
    /// Its postcode.
    pub postcode: String,
    /// What is out of order now; nothing is good news.
    pub outages: Vec<Outage>,
}

/// Something out of order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// `internet` or `telephone`.
    pub service: String,
    /// What broke.
    pub cause: String,
    /// Since when.
    pub since: String,
    /// When it is expected to be mended.
    pub expected_until: String,
}

impl Network {
    /// The network as this database knows it.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// The state of one area at `now`, in times of `now`'s zone; none if the company does not serve it.
    pub async fn status(&self, area: Area, now: Zoned) -> rusqlite::Result<Option<Status>> {
        self.database.read(move |connection| status(connection, &area, &now)).await
    }
}

fn status(connection: &Connection, area: &Area, now: &Zoned) -> rusqlite::Result<Option<Status>> {
    const BY_POSTCODE: &str = "SELECT name, postcode FROM areas WHERE postcode = ?1";
    const BY_CUSTOMER: &str =
        "SELECT areas.name, postcode FROM areas JOIN customers USING (postcode) WHERE id = ?1";
    let columns = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(String, String)> = match area {
        Area::Postcode(postcode) => {
            let digits: String = postcode.chars().filter(char::is_ascii_digit).collect();
            connection.query_row(BY_POSTCODE, [digits], columns).optional()?
        }
        Area::Of(account) => connection.query_row(BY_CUSTOMER, [account], columns).optional()?,
    };
    let Some((area, postcode)) = found else { return Ok(None) };
    let mut query = connection.prepare(
        "SELECT service, cause, began_at, ends_at FROM outages
         WHERE postcode = ?1 AND began_at <= ?2 AND ends_at > ?2 ORDER BY began_at",
    )?;
    let outages = query
        .query_map((&postcode, now.timestamp().as_second()), |row| {
            Ok(Outage {
                service: row.get(0)?,
                cause: row.get(1)?,
                since: moment(row.get(2)?, now),
                expected_until: moment(row.get(3)?, now),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(Some(Status { area, postcode, outages }))
}

/// A time as people say it: the hour alone if it is today.
fn moment(seconds: i64, now: &Zoned) -> String {
    let at =
        Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_zoned(now.time_zone().clone());
    let pattern =
        if at.date() == now.date() { "%-I:%M %p today" } else { "%-I:%M %p on %A, %B %-d" };
    at.strftime(pattern).to_string()
}
