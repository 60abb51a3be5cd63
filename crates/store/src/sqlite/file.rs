//! The file, and what its errors mean while the store is open.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::OpenError;
use crate::StoreError;

/// How long one statement waits for another process that writes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How many prepared statements a connection keeps: all there are, and the filters that are asked for often.
const CACHED_STATEMENTS: usize = 64;

/// The file that the store is in; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct File(Arc<Path>);

impl File {
    /// The file at this path, made absolute: a later change of the working directory changes nothing.
    pub(super) fn at(path: &Path) -> Result<Self, OpenError> {
        let absolute = std::path::absolute(path)
            .map_err(|source| OpenError::NoName { path: path.to_owned(), source })?;
        Ok(Self(absolute.into()))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// A connection to it; the file itself is made only where that is `allowed`.
    pub(super) fn connect(&self, allowed: Creation) -> rusqlite::Result<Connection> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if allowed == Creation::Allowed {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let connection = Connection::open_with_flags(self.path(), flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    }

    /// What it means for the store that `SQLite` answered with this error.
    pub(super) fn explain(&self, error: rusqlite::Error) -> StoreError {
        let place = self.0.display().to_string();
        match advice(&error) {
            Some(advice) => StoreError::Unavailable { place, advice, source: Arc::new(error) },
            None => StoreError::Corrupt {
                place,
                what: error.to_string(),
                source: Some(Arc::new(error)),
            },
        }
    }

    /// What is left to say after the store has died.
    pub(super) fn closed(&self) -> StoreError {
        StoreError::Closed { place: self.0.display().to_string() }
    }
}

/// Whether the file may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Creation {
    /// It may.
    Allowed,
    /// It has to be there.
    Forbidden,
}

/// What the operator can do about an error; none if it is the data that are wrong.
fn advice(error: &rusqlite::Error) -> Option<&'static str> {
    let advice = match error.sqlite_error_code()? {
        ErrorCode::DiskFull => "its disk is full; the store goes on when there is room again",
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            "another process has kept it locked for five seconds; end that, or wait for it"
        }
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            "this user may not write to it any more; give back write access to the file and its directory"
        }
        ErrorCode::CannotOpen => {
            "it cannot be opened any more; see whether the file is still there, and whether the process may open more files"
        }
        ErrorCode::SystemIoFailure => "reading or writing failed; see whether its disk is in order",
        ErrorCode::OutOfMemory => "there is no memory left",
        ErrorCode::TooBig => "what is to be kept is too big for a row",
        // A missing table or column, a broken constraint, a torn page: somebody else has changed the file.
        _ => return None,
    };
    Some(advice)
}

impl From<&File> for PathBuf {
    fn from(file: &File) -> Self {
        file.path().to_owned()
    }
}
