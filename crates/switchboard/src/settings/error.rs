//! What can be wrong with the settings.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::source::{Place, Source};

/// Why the settings cannot be used. Each message says where the value stands and what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The configuration file cannot be opened or is not UTF-8.
    #[error("cannot read the configuration file {}{advice}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What to do, where that is known.
        advice: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file is not TOML.
    #[error("{}: this is not TOML: {message}", Place { path, line: *line })]
    NotToml {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: Option<usize>,
        /// What the parser expected.
        message: String,
    },
    /// A key that no part of Switchboard knows.
    #[error("{}: unknown key `{key}`; {hint}", Place { path, line: *line })]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: Option<usize>,
        /// The key, with its tables: `model.turn_detection.treshold`.
        key: String,
        /// The nearest known key, or all of them.
        hint: String,
    },
    /// A key whose value cannot be used.
    #[error("{}: `{key}`: {message}", Place { path, line: *line })]
    BadKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: Option<usize>,
        /// The key, with its tables.
        key: String,
        /// What came, and what was expected.
        message: String,
    },
    /// A value that cannot be read, wherever it came from.
    #[error("{from}: cannot use `{value}`: {expected}")]
    Invalid {
        /// Where the value came from.
        from: Source,
        /// The value as it was written.
        value: String,
        /// What would be right.
        expected: String,
    },
    /// `[faults]` makes tools fail on purpose, and nobody said that this is wanted.
    #[error(
        "{}: `[faults]` makes tools slow or failing on purpose and is for tests: \
         set SWITCHBOARD_ALLOW_FAULTS=1 to allow it, or remove the section",
        Place { path, line: *line }
    )]
    FaultsNotAllowed {
        /// The file.
        path: PathBuf,
        /// The line of the section, from 1.
        line: Option<usize>,
    },
    /// Others could reach the call list, and no token protects it.
    #[error(
        "{from}: {address} can be reached from other machines, and the call list must not be open to all of them: \
         set SWITCHBOARD_ADMIN_TOKEN to a long random text, or listen on 127.0.0.1"
    )]
    Unprotected {
        /// The address asked for.
        address: SocketAddr,
        /// Where it came from.
        from: Source,
    },
}
