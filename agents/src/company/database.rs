//! The company's `SQLite` database: opening it, its schema, and how code gets at it.
//!
//! `SQLite` has one writer at a time, so there is one connection, behind a lock, used on threads where blocking is
//! allowed; the caller's async thread never waits for a disk. A write is one transaction from its first read on: whatever it
//! decided still holds when it commits. What must happen once is written [`once`](Change::once), under a key that is committed in the
//! same transaction.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, MAIN_DB, OpenFlags, Transaction, TransactionBehavior};

mod change;
mod error;

pub use change::{Change, Key};
pub use error::OpenError;

/// Every schema change there has been, oldest first; the file's `user_version` counts those it has had.
const MIGRATIONS: &[&str] =
    &[include_str!("../../migrations/1.sql"), include_str!("../../migrations/2.sql")];

/// The version of a file that has had them all.
#[expect(
    clippy::cast_possible_truncation,
    reason = "nobody writes four thousand million migrations"
)]
const NEWEST: u32 = MIGRATIONS.len() as u32;

/// How long one statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A place for the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file, created if it is not there; a relative path is relative to the working directory.
    File(PathBuf),
    /// Memory: gone when the last handle is.
    Memory,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Memory => f.write_str("the database in memory"),
        }
    }
}

/// The company's database, cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    connection: Arc<Mutex<Connection>>,
}

impl Database {
    /// Opens the database at `location`, brings its schema up to date, and lets `fill` write the first rows if it is new.
    ///
    /// The schema and the first rows are one transaction: a start that is interrupted leaves no half-filled file. Blocks
    /// on the disk.
    pub fn open(
        location: &Location,
        fill: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<Self, OpenError> {
        let explain = |source| OpenError::new(location, source);
        let mut connection = connect(location).map_err(explain)?;
        if connection.is_readonly(MAIN_DB).map_err(explain)? {
            return Err(OpenError::Unwritable { location: location.clone(), source: None });
        }
        configure(&connection).map_err(explain)?;
        migrate(&mut connection, location, fill)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Asks the database something.
    pub async fn read<T, E>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        self.on_a_blocking_thread(move |connection| query(connection)).await
    }

    /// Changes the database: all of what `change` does, or, if it returns an error or panics, nothing of it.
    ///
    /// A change that has begun is finished even if the caller of this function gives up waiting.
    pub async fn write<T, E>(
        &self,
        change: impl FnOnce(&Change<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<rusqlite::Error> + Send + 'static,
    {
        self.on_a_blocking_thread(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = change(&Change::new(&transaction))?;
            transaction.commit()?;
            Ok(done)
        })
        .await
    }

    async fn on_a_blocking_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> T {
        let connection = Arc::clone(&self.connection);
        let work = tokio::task::spawn_blocking(move || {
            // A panic under the lock has rolled its transaction back: the connection is as good as before.
            work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner))
        });
        work.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

fn connect(location: &Location) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match location {
        Location::File(path) => Connection::open_with_flags(path, flags),
        Location::Memory => Connection::open_in_memory_with_flags(flags),
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Applies the migrations that the file has not had, in one transaction: two processes that start at once do it once.
fn migrate(
    connection: &mut Connection,
    location: &Location,
    fill: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
) -> Result<(), OpenError> {
    let explain = |source| OpenError::new(location, source);
    if version(connection, location)? == NEWEST {
        return Ok(());
    }
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    let found = version(&transaction, location)?;
    for (_, migration) in (0..).zip(MIGRATIONS).skip_while(|(number, _)| *number < found) {
        transaction.execute_batch(migration).map_err(explain)?;
    }
    if found == 0 {
        fill(&transaction).map_err(explain)?;
    }
    transaction.pragma_update(None, "user_version", NEWEST).map_err(explain)?;
    transaction.commit().map_err(explain)
}

/// How many migrations the file has had.
fn version(connection: &Connection, location: &Location) -> Result<u32, OpenError> {
    let explain = |source| OpenError::new(location, source);
    let found: u32 =
        connection.query_row("PRAGMA user_version", (), |row| row.get(0)).map_err(explain)?;
    if found > NEWEST {
        return Err(OpenError::Newer { location: location.clone(), found, known: NEWEST });
    }
    if found == 0 {
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))
            .map_err(explain)?;
        if tables > 0 {
            return Err(OpenError::Foreign { location: location.clone() });
        }
    }
    Ok(found)
}

#[cfg(test)]
pub(crate) mod scratch;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::scratch::Scratch;
    use super::*;

    fn add_a_plan(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        transaction.execute("INSERT INTO plans VALUES (1, 'Test', 100, 0, 1000)", ()).map(drop)
    }

    async fn plans(database: &Database) -> i64 {
        database
            .read(|connection| {
                connection.query_row("SELECT count(*) FROM plans", (), |row| row.get(0))
            })
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_new_database_is_filled_once() {
        let scratch = Scratch::new();
        for _ in 0..2 {
            let database = Database::open(&scratch.location(), add_a_plan).unwrap();
            assert_eq!(plans(&database).await, 1);
        }
    }

    #[tokio::test]
    async fn a_file_of_an_older_version_is_brought_up_to_date_with_its_rows() {
        const OLD: &str = "
            INSERT INTO plans VALUES (1, 'Test', 100, 0, 1000);
            INSERT INTO areas VALUES ('55710', 'Larkfield');
            INSERT INTO customers VALUES (1, 'Ann', '+1', 'Elm', '55710', 1, NULL, '2026-01-01');
            INSERT INTO ledger_accounts VALUES (1, 'cash', NULL), (2, 'revenue', NULL), (3, 'ann', 1);
            INSERT INTO invoices VALUES (7, 1, '2026-01-01', '2026-01-21');
            INSERT INTO entries VALUES (9, 0, 3, 2, 1000, 7, NULL);
            PRAGMA user_version = 1;";
        let scratch = Scratch::new();
        let old = connect(&scratch.location()).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.execute_batch(OLD).unwrap();
        drop(old);
        let database = Database::open(&scratch.location(), |_| panic!("it is not new")).unwrap();
        let entry = |connection: &Connection| {
            connection.query_row(
                "SELECT debit, cents, invoice_id, refund_id FROM entries",
                (),
                |row| {
                    Ok::<(i64, i64, i64, Option<i64>), _>((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                    ))
                },
            )
        };
        assert_eq!(database.read(entry).await.unwrap(), (3, 1_000, 7, None));
    }

    #[test]
    fn a_first_start_that_fails_leaves_nothing_behind() {
        let scratch = Scratch::new();
        let error = Database::open(&scratch.location(), |_| Err(rusqlite::Error::InvalidQuery))
            .unwrap_err();
        assert!(matches!(error, OpenError::Other { .. }), "{error}");
        Database::open(&scratch.location(), add_a_plan).unwrap();
    }

    #[test]
    fn starts_at_the_same_moment_fill_it_once() {
        let scratch = Scratch::new();
        std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| Database::open(&scratch.location(), add_a_plan).map(drop)))
                .collect();
            for start in starts {
                start.join().unwrap().unwrap();
            }
        });
    }

    #[tokio::test]
    async fn a_change_that_fails_changes_nothing() {
        let database = Database::open(&Location::Memory, add_a_plan).unwrap();
        let failed: Result<(), rusqlite::Error> = database
            .write(|change| {
                change.execute("DELETE FROM plans", ())?;
                Err(rusqlite::Error::InvalidQuery)
            })
            .await;
        assert!(failed.is_err());
        assert_eq!(plans(&database).await, 1);
    }

    #[tokio::test]
    async fn a_change_that_panics_harms_only_itself() {
        let database = Database::open(&Location::Memory, add_a_plan).unwrap();
        let other = database.clone();
        let panicked = tokio::spawn(async move {
            let change = |change: &Change<'_>| -> rusqlite::Result<()> {
                change.execute("DELETE FROM plans", ())?;
                panic!("a bug in a tool")
            };
            other.write(change).await
        });
        assert!(panicked.await.is_err());
        assert_eq!(plans(&database).await, 1);
    }

    #[test]
    fn a_file_that_is_no_database_is_refused_by_name() {
        let scratch = Scratch::new();
        fs::write(
            scratch.directory().join("company.db"),
            "Dear Larkfield, please find attached. ".repeat(40),
        )
        .unwrap();
        let error = Database::open(&scratch.location(), add_a_plan).unwrap_err();
        assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
        assert!(error.to_string().contains("company.db"), "{error}");
    }

    #[test]
    fn a_missing_directory_is_refused_by_name() {
        let scratch = Scratch::new();
        let location = Location::File(scratch.directory().join("not/there/company.db"));
        let error = Database::open(&location, add_a_plan).unwrap_err();
        assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
        assert!(error.to_string().contains("not/there"), "{error}");
    }

    #[test]
    fn a_newer_schema_is_refused_rather_than_misread() {
        let scratch = Scratch::new();
        drop(Database::open(&scratch.location(), add_a_plan).unwrap());
        connect(&scratch.location()).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let error = Database::open(&scratch.location(), add_a_plan).unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
    }

    #[test]
    fn another_programs_database_is_left_alone() {
        let scratch = Scratch::new();
        connect(&scratch.location())
            .unwrap()
            .execute_batch("CREATE TABLE recipes (name TEXT)")
            .unwrap();
        let error = Database::open(&scratch.location(), add_a_plan).unwrap_err();
        assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    }

    #[test]
    fn a_damaged_file_is_called_damaged() {
        let scratch = Scratch::new();
        drop(Database::open(&scratch.location(), add_a_plan).unwrap());
        let path = scratch.directory().join("company.db");
        let mut bytes = fs::read(&path).unwrap();
        // The schema's first page, after the file's header.
        bytes[100..4_000].fill(0xA5);
        fs::write(&path, bytes).unwrap();
        let error = Database::open(&scratch.location(), add_a_plan).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    }
}
