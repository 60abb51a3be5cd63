//! Why a store could not be opened, in the operator's words.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::file::File;

/// Why a store could not be opened. Each says which file, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The path names no file, such as an empty one.
    #[error("`{path}` does not name a file for the store; give one, such as switchboard.db", path = path.display())]
    NoName {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The directory is not there.
    #[error("cannot create {path}: there is no directory {directory}; create it, or name another file", path = path.display(), directory = directory.display())]
    NoDirectory {
        /// The file.
        path: PathBuf,
        /// The directory.
        directory: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The path is that of a directory.
    #[error("cannot open {path}: it is a directory; name a file in it", path = path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The file can be neither opened nor created.
    #[error("cannot open or create {path}: give this user read and write access to the file and its directory, or name another file", path = path.display())]
    NotPermitted {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The file can be read, but not written.
    #[error("cannot write to {path}: give this user write access to the file and its directory, or name another file", path = path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said, where it said anything.
        source: Option<rusqlite::Error>,
    },
    /// The file is something else.
    #[error("{path} is not a SQLite database; move it away, or name another file", path = path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The file is damaged.
    #[error("{path} is damaged; put a backup in its place, or move it away to begin with a new one", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The file was written by a later version of this program.
    #[error("the store in {path} has version {found}, and this program knows {known}; use the program that wrote it, or a newer one", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The store's version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// Another process holds the file.
    #[error("{path} is locked by another process; end that, or name another file", path = path.display())]
    Locked {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// There is no room for the first tables.
    #[error("cannot write to {path}: its disk is full; free some space, or name a file elsewhere", path = path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The system has no thread left for the store.
    #[error("cannot start a thread for the store in {path}: raise this user's limit of processes", path = path.display())]
    NoThread {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else: a failing disk, a bug.
    #[error("cannot open the store in {path}", path = path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
}

impl OpenError {
    /// Says what `source` means for opening `file`.
    pub(super) fn new(file: &File, source: rusqlite::Error) -> Self {
        let path = PathBuf::from(file);
        match source.sqlite_error_code() {
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::unreachable(path, source)
            }
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path, source: Some(source) },
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path, source },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, source },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Locked { path, source }
            }
            Some(ErrorCode::DiskFull) => Self::DiskFull { path, source },
            _ => Self::Other { path, source },
        }
    }

    fn unreachable(path: PathBuf, source: rusqlite::Error) -> Self {
        if path.is_dir() {
            return Self::Directory { path, source };
        }
        match path.parent() {
            Some(directory) if !directory.is_dir() => {
                Self::NoDirectory { directory: directory.to_owned(), path, source }
            }
            _ => Self::NotPermitted { path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::ffi;

    use super::*;

    #[test]
    fn every_error_names_the_file_and_says_what_to_do() {
        let table = [
            (ffi::SQLITE_CANTOPEN, "/nowhere/at/all.db", "create it, or name another file"),
            (ffi::SQLITE_CANTOPEN, "/", "it is a directory; name a file in it"),
            (
                ffi::SQLITE_CANTOPEN,
                "/store.db",
                "read and write access to the file and its directory",
            ),
            (ffi::SQLITE_PERM, "/store.db", "read and write access to the file and its directory"),
            (ffi::SQLITE_READONLY, "/store.db", "give this user write access"),
            (ffi::SQLITE_NOTADB, "/store.db", "move it away"),
            (ffi::SQLITE_CORRUPT, "/store.db", "put a backup in its place"),
            (ffi::SQLITE_BUSY, "/store.db", "locked by another process"),
            (ffi::SQLITE_FULL, "/store.db", "free some space"),
            (ffi::SQLITE_IOERR, "/store.db", "cannot open the store"),
        ];
        for (code, path, advice) in table {
            let source = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let text = OpenError::new(&File::at(Path::new(path)).unwrap(), source).to_string();
            assert!(text.contains(path) && text.contains(advice), "{text}");
        }
    }
}
