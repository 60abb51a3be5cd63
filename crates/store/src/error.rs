//! Why a store did not do what it was asked.

use std::error::Error;
use std::sync::Arc;

/// Why a store did not do what it was asked. What was asked has then not happened, except for [`Closed`](Self::Closed), which
/// leaves it open.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot be used now; the same request may work later.
    #[error("{place} cannot be used: {advice}")]
    Unavailable {
        /// The store: for `SQLite` the file.
        place: String,
        /// What is wrong and what to do, in the operator's words.
        advice: &'static str,
        /// What the engine said.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// The store's data make no sense.
    #[error("{place} is damaged: {what}; put a backup in its place")]
    Corrupt {
        /// The store: for `SQLite` the file.
        place: String,
        /// What makes no sense.
        what: String,
        /// What the engine said, where it said anything.
        source: Option<Arc<dyn Error + Send + Sync>>,
    },
    /// The store has stopped, after a panic in it.
    #[error(
        "{place} has been closed by an earlier failure; the log has it, and a restart opens it again"
    )]
    Closed {
        /// The store: for `SQLite` the file.
        place: String,
    },
    /// No effect was begun under this key.
    #[error(
        "no effect was begun under the key `{key}`, or it was so long ago that it has been swept away"
    )]
    UnknownEffect {
        /// The key.
        key: String,
    },
}
