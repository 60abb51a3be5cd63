//! The table of usual times, and a copy of it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::writer::Batch;
use crate::usual;

/// The usual times that the file had when it was opened, with what this process has learnt since; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct UsualTimes(Arc<RwLock<HashMap<String, Duration>>>);

impl UsualTimes {
    /// Reads what the file has.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self(Arc::new(RwLock::new(load(connection)?))))
    }

    /// All of them.
    pub(super) fn all(&self) -> HashMap<String, Duration> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over what was learnt, in that order, once it is committed.
    pub(super) fn update(&self, learnt: Vec<(String, Duration)>) {
        if !learnt.is_empty() {
            self.0.write().unwrap_or_else(PoisonError::into_inner).extend(learnt);
        }
    }
}

fn load(connection: &Connection) -> rusqlite::Result<HashMap<String, Duration>> {
    let mut query = connection.prepare("SELECT took_us, tool FROM switchboard_usual_times")?;
    let times = query.query_map((), |row| Ok((row.get(1)?, read(row)?)))?;
    times.collect()
}

/// Learns from one run, on top of what the file has: another process may have learnt, too.
pub(super) fn learn(
    batch: &mut Batch<'_>,
    tool: &str,
    run: Duration,
) -> rusqlite::Result<Duration> {
    let known = batch
        .prepare_cached("SELECT took_us FROM switchboard_usual_times WHERE tool = ?1")?
        .query_row([tool], read)
        .optional()?;
    let usual = usual::after(known, run);
    let micros = i64::try_from(usual.as_micros()).expect("a usual time is less than a day");
    batch
        .prepare_cached(
            "INSERT INTO switchboard_usual_times (tool, took_us) VALUES (?1, ?2)
            ON CONFLICT (tool) DO UPDATE SET took_us = excluded.took_us",
        )?
        .execute((tool, micros))?;
    batch.learnt.push((tool.to_owned(), usual));
    Ok(usual)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Duration> {
    Ok(Duration::from_micros(row.get(0)?))
}
