//! A change to the database in the making, and doing things once.

use std::ops::Deref;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction};

/// Names one wish of a caller, however often it arrives: an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// The wish with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

/// A transaction that has begun; used like the connection it is on.
#[derive(Debug)]
pub struct Change<'a>(&'a Transaction<'a>);

impl<'a> Change<'a> {
    /// Wraps a transaction.
    pub(super) fn new(transaction: &'a Transaction<'a>) -> Self {
        Self(transaction)
    }

    /// Does `work` unless it has been done under this key; either way returns the row that it made or changed.
    ///
    /// The key is committed with the work or not at all, so a wish that arrives again after a crash, a timeout or a dropped line
    /// is neither lost nor done twice.
    pub fn once<E: From<rusqlite::Error>>(
        &self,
        key: &Key,
        now: Timestamp,
        work: impl FnOnce(&Self) -> Result<i64, E>,
    ) -> Result<i64, E> {
        let before = self
            .query_row("SELECT made FROM once WHERE key = ?1", [&key.0], |row| row.get(0))
            .optional()?;
        if let Some(made) = before {
            return Ok(made);
        }
        let made = work(self)?;
        self.execute(
            "INSERT INTO once (key, made, made_at) VALUES (?1, ?2, ?3)",
            (&key.0, made, now.as_second()),
        )?;
        Ok(made)
    }
}

impl<'a> Deref for Change<'a> {
    type Target = Transaction<'a>;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}
