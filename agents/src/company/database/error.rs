//! Why a database could not be opened, in the operator's words.

use rusqlite::ErrorCode;

use super::Location;

/// Why the company's database could not be opened. Each says which file, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file can be neither opened nor created.
    #[error(
        "cannot open or create {location}: it has to be a file, in a directory that exists and that this user may write to"
    )]
    Unreachable {
        /// The file.
        location: Location,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The file can be read, but not written.
    #[error(
        "cannot write to {location}: give this user write access to the file and its directory, or name another with --database"
    )]
    Unwritable {
        /// The file.
        location: Location,
        /// What `SQLite` said, where it said anything.
        source: Option<rusqlite::Error>,
    },
    /// The file is something else.
    #[error(
        "{location} is not a SQLite database; move it away, or name another file with --database"
    )]
    NotADatabase {
        /// The file.
        location: Location,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The file is a database, of another program.
    #[error("{location} is a database of another program; name another file with --database")]
    Foreign {
        /// The file.
        location: Location,
    },
    /// The file is damaged.
    #[error(
        "{location} is damaged; put a backup in its place, or move it away to begin with a new one"
    )]
    Damaged {
        /// The file.
        location: Location,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The file was written by a later version of this program.
    #[error(
        "{location} has schema version {found}, and this program knows {known}; use the program that wrote it, or a newer one"
    )]
    Newer {
        /// The file.
        location: Location,
        /// The file's version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// Another process holds the file.
    #[error(
        "{location} is locked by another process; end that, or name another file with --database"
    )]
    Locked {
        /// The file.
        location: Location,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// Anything else: a full disk, a failing one, a bug.
    #[error("cannot open the database {location}")]
    Other {
        /// The file.
        location: Location,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
}

impl OpenError {
    /// Says what `source` means for the file at `location`.
    pub(super) fn new(location: &Location, source: rusqlite::Error) -> Self {
        let location = location.clone();
        match source.sqlite_error_code() {
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Unreachable { location, source }
            }
            Some(ErrorCode::ReadOnly) => Self::Unwritable { location, source: Some(source) },
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { location, source },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { location, source },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Locked { location, source }
            }
            _ => Self::Other { location, source },
        }
    }
}
