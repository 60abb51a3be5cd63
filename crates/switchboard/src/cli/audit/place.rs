//! Where the audit log is, and whether there is one: looking at it makes none.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use switchboard_store::Store;
use url::Url;

use crate::cli::failure::Failure;
use crate::cli::{CommonFlags, settings_without_tools};
use crate::database;
use crate::settings::{DatabaseUrl, Setting};

/// The table that the rows are in.
const TABLE: &str =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'switchboard_audit'";
/// How long to wait for a server that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the log is.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    #[arg(
        long,
        value_name = "FILE",
        help = "Read this configuration file [default: switchboard.toml, if it is there]"
    )]
    pub(super) config: Option<PathBuf>,
    #[arg(
        long,
        value_name = "URL",
        help = "Read the log here: the server's database [env: SWITCHBOARD_DATABASE] [default: sqlite://switchboard.db]"
    )]
    pub(super) database: Option<String>,
}

/// Why there is no log to be read.
#[derive(Debug, thiserror::Error)]
enum NoLog {
    #[error(
        "it does not exist; `switchboard serve` makes it when it first starts, --database names another"
    )]
    Nothing,
    #[error("it is a directory; --database names a file, as in sqlite:///var/lib/switchboard.db")]
    Directory,
    #[error("it is empty; if it was not, put a backup in its place; --database names another file")]
    Empty,
    #[error("it is not a SQLite database; --database names the server's")]
    NotADatabase,
    #[error("it is the database of another program; --database names the server's")]
    NoTable,
    #[error("it cannot be read; give this user read and write access to it and its directory")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Place {
    /// Opens the store of this place, or of the flags before the command's name. There must be a log in it: a slip in its
    /// name should neither show an empty one nor make one.
    pub(super) async fn open(self, before: CommonFlags) -> Result<Arc<dyn Store>, Failure> {
        let ours =
            CommonFlags { config: self.config, database: self.database, ..CommonFlags::default() };
        let database = settings_without_tools(&ours.or(before).into_flags())?.database;
        match &database.value {
            DatabaseUrl::Sqlite(path) => {
                let look = path.clone();
                let looked = tokio::task::spawn_blocking(move || look_for_log(&look)).await?;
                looked.map_err(|why| no_log(&database, path, &why))?;
            }
            DatabaseUrl::Memory => {
                return Err(Failure::because(format!(
                    "memory: (from {}) is the memory of a running server, which no other process sees: ask that server at \
                     /api/audit, or keep the log in a file with --database sqlite://FILE",
                    database.source
                )));
            }
            DatabaseUrl::Postgres(_) => {}
        }
        Ok(database::open(&database).await?)
    }
}

fn no_log(database: &Setting<DatabaseUrl>, path: &Path, why: &NoLog) -> Failure {
    Failure::because(format!(
        "there is no audit log in {} (from {}): {}",
        path.display(),
        database.source,
        crate::cli::with_causes(why)
    ))
}

/// Looks whether a file is a database with an audit log in it, without leaving a trace in the file. Blocks on the disk.
fn look_for_log(path: &Path) -> Result<(), NoLog> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(NoLog::Nothing),
        Err(error) => return Err(NoLog::Unreadable(Box::new(error))),
        Ok(found) => found,
    };
    if found.is_dir() {
        return Err(NoLog::Directory);
    }
    if found.len() == 0 {
        return Err(NoLog::Empty);
    }
    match tables(path) {
        Ok(0) => Err(NoLog::NoTable),
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(NoLog::NotADatabase)
        }
        Err(error) => Err(NoLog::Unreadable(Box::new(error))),
    }
}

/// How many tables are the audit log's: one or none.
fn tables(path: &Path) -> rusqlite::Result<u32> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match untouched(path) {
        Some(file) => Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_URI)?,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.busy_timeout(PATIENCE)?;
    connection.query_row(TABLE, (), |row| row.get(0))
}

/// A file without a write-ahead log beside it, named so that `SQLite` makes none just to look: it could belong to another user
/// than the file's.
fn untouched(path: &Path) -> Option<String> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        return None;
    }
    let url = Url::from_file_path(std::path::absolute(path).ok()?).ok()?;
    Some(format!("{url}?immutable=1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scratch;

    async fn opened(url: &str) -> Result<Arc<dyn Store>, String> {
        let place = Place { config: None, database: Some(url.to_owned()) };
        let opened = place.open(CommonFlags::default()).await;
        opened.map_err(|failure| failure.reasons()[0].clone())
    }

    async fn refused(path: &Path) -> String {
        opened(&format!("sqlite://{}", path.display())).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_log_that_is_not_there_is_explained() {
        let reason = refused(Path::new("/nowhere/x.db")).await;
        assert!(reason.contains("/nowhere/x.db (from --database): it does not exist"), "{reason}");
        let reason = opened("memory:").await.unwrap_err();
        assert!(reason.contains("no other process sees"), "{reason}");
    }

    #[tokio::test]
    async fn what_is_no_log_is_left_as_it_is() {
        let scratch = Scratch::new();
        let prose = "no database, but long enough to be taken for one: 0123456789 0123456789 0123456789 0123";
        let other = scratch.path().join("other.db");
        let songs = "PRAGMA journal_mode = wal; CREATE TABLE songs (name TEXT)";
        Connection::open(&other).unwrap().execute_batch(songs).unwrap();
        for (path, why) in [
            (scratch.write("empty.db", ""), "it is empty"),
            (scratch.write("prose.db", prose), "not a SQLite database"),
            (other, "the database of another program"),
        ] {
            let before = fs::read(&path).unwrap();
            let reason = refused(&path).await;
            assert!(
                reason.contains("there is no audit log in") && reason.contains(why),
                "{reason}"
            );
            assert_eq!(fs::read(&path).unwrap(), before, "{}", path.display());
        }
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 3, "nothing is beside them");
        assert!(refused(scratch.path()).await.contains("a directory"));
    }

    #[tokio::test]
    async fn a_log_is_opened_while_the_server_has_it() {
        let scratch = Scratch::new();
        let url = format!("sqlite://{}", scratch.path().join("calls.db").display());
        let server = database::open(&url.parse::<DatabaseUrl>().unwrap().into()).await.unwrap();
        opened(&url).await.unwrap();
        drop(server);
        opened(&url).await.unwrap();
    }
}
