//! Opening the file, and bringing its tables up to date.

use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{
    Connection, ErrorCode, MAIN_DB, OptionalExtension as _, Transaction, TransactionBehavior,
};

use super::file::{BUSY_TIMEOUT, Creation, File};
use super::{OpenError, checkpoint};

/// Every change of the tables there has been, oldest first; `switchboard_migrations` has a row for each that the file has had.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/1.sql")];

/// The version of a file that has had them all.
#[expect(
    clippy::cast_possible_truncation,
    reason = "nobody writes four thousand million migrations"
)]
const NEWEST: u32 = MIGRATIONS.len() as u32;

/// The table that counts them: its own, since the file's `user_version` may be somebody else's.
const COUNT_MIGRATIONS: &str = "CREATE TABLE IF NOT EXISTS switchboard_migrations (
    version INTEGER PRIMARY KEY,
    applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT";

/// Opens the file, for the one who writes. Blocks on the disk.
pub(super) fn open(file: &File) -> Result<Connection, OpenError> {
    let explain = |source| OpenError::new(file, source);
    let mut connection = file.connect(Creation::Allowed).map_err(explain)?;
    if connection.is_readonly(MAIN_DB).map_err(explain)? {
        return Err(OpenError::ReadOnly { path: file.into(), source: None });
    }
    use_a_log(&connection).map_err(explain)?;
    connection
        .pragma_update(None, "wal_autocheckpoint", checkpoint::LONGEST_LOG)
        .map_err(explain)?;
    // What this means for what was acknowledged stands at the store's type.
    connection.pragma_update(None, "synchronous", "normal").map_err(explain)?;
    migrate(&mut connection, file)?;
    Ok(connection)
}

/// Switches to a write-ahead log, so that readers and the writer do not wait for each other. `SQLite` does not wait here by itself when
/// two processes do it to a new file at once.
fn use_a_log(connection: &Connection) -> rusqlite::Result<()> {
    let give_up = Instant::now() + BUSY_TIMEOUT;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < give_up =>
            {
                thread::sleep(Duration::from_millis(2));
            }
            done => return done,
        }
    }
}

/// Applies the migrations that the file has not had, in one transaction: two processes that start at once do it once.
fn migrate(connection: &mut Connection, file: &File) -> Result<(), OpenError> {
    let explain = |source| OpenError::new(file, source);
    if version(connection, file)? == NEWEST {
        return Ok(());
    }
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    let found = version(&transaction, file)?;
    for (number, migration) in (1..).zip(MIGRATIONS).skip_while(|(number, _)| *number <= found) {
        apply(&transaction, number, migration).map_err(explain)?;
    }
    transaction.commit().map_err(explain)
}

fn apply(transaction: &Transaction<'_>, number: u32, migration: &str) -> rusqlite::Result<()> {
    transaction.execute_batch(COUNT_MIGRATIONS)?;
    transaction.execute_batch(migration)?;
    transaction.execute("INSERT INTO switchboard_migrations (version) VALUES (?1)", [number])?;
    Ok(())
}

/// How many migrations the file has had.
fn version(connection: &Connection, file: &File) -> Result<u32, OpenError> {
    let explain = |source| OpenError::new(file, source);
    let counted = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE name = 'switchboard_migrations'", (), |_| {
            Ok(())
        })
        .optional()
        .map_err(explain)?;
    if counted.is_none() {
        return Ok(0);
    }
    let found = "SELECT coalesce(max(version), 0) FROM switchboard_migrations";
    let found: u32 = connection.query_row(found, (), |row| row.get(0)).map_err(explain)?;
    if found > NEWEST {
        return Err(OpenError::Newer { path: file.into(), found, known: NEWEST });
    }
    Ok(found)
}

/// A database in memory with our tables, for tests.
#[cfg(test)]
pub(super) fn in_memory() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    let transaction = connection.transaction().unwrap();
    for (number, migration) in (1..).zip(MIGRATIONS) {
        apply(&transaction, number, migration).unwrap();
    }
    transaction.commit().unwrap();
    connection
}
