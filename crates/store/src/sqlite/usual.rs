//! The table of usual times.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::usual;

/// All of them.
pub(super) fn load(connection: &Connection) -> rusqlite::Result<HashMap<String, Duration>> {
    let mut query = connection.prepare("SELECT took_us, tool FROM switchboard_usual_times")?;
    let times = query.query_map((), |row| Ok((row.get(1)?, read(row)?)))?;
    times.collect()
}

/// Learns from one run, on top of what the file has: another process may have learnt, too.
pub(super) fn learn(
    connection: &Connection,
    tool: &str,
    run: Duration,
) -> rusqlite::Result<Duration> {
    let known = connection
        .prepare_cached("SELECT took_us FROM switchboard_usual_times WHERE tool = ?1")?
        .query_row([tool], read)
        .optional()?;
    let usual = usual::after(known, run);
    let micros = i64::try_from(usual.as_micros()).expect("a usual time is less than a day");
    connection
        .prepare_cached(
            "INSERT INTO switchboard_usual_times (tool, took_us) VALUES (?1, ?2)
            ON CONFLICT (tool) DO UPDATE SET took_us = excluded.took_us",
        )?
        .execute((tool, micros))?;
    Ok(usual)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Duration> {
    Ok(Duration::from_micros(row.get(0)?))
}
