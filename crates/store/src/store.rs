//! The trait that every engine implements.

use std::collections::HashMap;
use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::{AuditEntry, AuditFilter, AuditRow, Begun, StoreError, Verified, Wish};

/// What outlives a call. Object safe: held as `Arc<dyn Store>`.
///
/// An answer means that the thing is kept: it outlives a killed process. What else it outlives is the engine's to say. Dropping a
/// future before its answer leaves open whether it happened.
pub trait Store: Send + Sync + Debug {
    /// Adds a row to the audit log, which gives it its number, its time and its hash.
    fn append_audit(&self, entry: AuditEntry) -> BoxFuture<'_, Result<AuditRow, StoreError>>;

    /// The rows that a filter lets through, oldest first.
    fn audit(&self, filter: AuditFilter) -> BoxFuture<'_, Result<Vec<AuditRow>, StoreError>>;

    /// Walks the audit log's chain from its first row to its head. A broken chain is an answer, not an error.
    fn verify_audit(&self) -> BoxFuture<'_, Result<Verified, StoreError>>;

    /// Says that an effect is about to happen; of those who begin one wish at the same time, one is told [`Begun::New`].
    fn begin_effect(&self, wish: Wish) -> BoxFuture<'_, Result<Begun, StoreError>>;

    /// Keeps what came of an effect, under the key that [`begin_effect`](Self::begin_effect) gave. Of several results the first
    /// stands.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownEffect`] for a key that was never given, or was given more than a week ago.
    fn finish_effect(&self, key: &str, output: String) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Keeps what came of an effect, as [`finish_effect`](Self::finish_effect) does, and adds the row that tells of it to the audit
    /// log: both or neither, and in the time of one.
    ///
    /// # Errors
    ///
    /// As those of [`finish_effect`](Self::finish_effect).
    fn settle_effect(
        &self,
        key: &str,
        output: String,
        entry: AuditEntry,
    ) -> BoxFuture<'_, Result<AuditRow, StoreError>>;

    /// Says that a begun effect surely did not happen: the next to begin it is told [`Begun::New`], with the same key. Does nothing
    /// to one that is finished or unknown.
    fn forget_effect(&self, key: &str) -> BoxFuture<'_, Result<(), StoreError>>;

    /// How long each tool usually takes, by its name; tools that never ran are not in it.
    fn usual_times(&self) -> BoxFuture<'_, Result<HashMap<String, Duration>, StoreError>>;

    /// Learns from one run of a tool, and says how long it usually takes now: an exponential average, in which the newest run
    /// counts for three tenths.
    fn learn_time(&self, tool: &str, took: Duration)
    -> BoxFuture<'_, Result<Duration, StoreError>>;
}
