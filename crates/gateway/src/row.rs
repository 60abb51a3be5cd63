//! The row of a call that waits for its run to the very end.
//!
//! It is added once, by whoever comes to it first. The run adds it where the tool ran, together with what came of it, so that there is
//! nothing left to be written when the answer comes back to the threads that carry audio. The call adds it when it is told anything
//! else, or is given up.

use std::sync::{Arc, OnceLock};

use switchboard_agent::{IdempotencyKey, Outcome, TraceId};
use switchboard_store::AuditEntry;
use tokio::time::Instant;

use crate::ledger::{Ledger, can_be_told_again};

/// A row that a call and its run share.
#[derive(Debug)]
pub(crate) struct Row {
    entry: AuditEntry,
    began: Instant,
    taker: OnceLock<Taker>,
}

#[derive(Debug, PartialEq, Eq)]
enum Taker {
    Call,
    Run,
}

impl Row {
    /// The row of a call that began then, complete but for its end.
    pub(crate) fn new(entry: AuditEntry, began: Instant) -> Self {
        Self { entry, began, taker: OnceLock::new() }
    }

    /// Whether the call is the one to add it.
    pub(crate) fn take_for_call(&self) -> bool {
        self.taker.set(Taker::Call).is_ok()
    }

    /// Whether the run adds it, or has done so.
    pub(crate) fn is_the_runs(&self) -> bool {
        self.taker.get() == Some(&Taker::Run)
    }

    fn take_for_run(&self) -> Option<AuditEntry> {
        self.taker.set(Taker::Run).ok()?;
        Some(AuditEntry {
            decision: "allowed".to_owned(),
            outcome: "ok".to_owned(),
            took: Some(self.began.elapsed()),
            ..self.entry.clone()
        })
    }
}

/// Keeps what came of a run, where it ran.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    pub(crate) ledger: Ledger,
    pub(crate) row: Arc<Row>,
    /// The key of what was done, once it is known; none for a read, of which only the row is kept.
    pub(crate) effect: Arc<OnceLock<IdempotencyKey>>,
    pub(crate) trace_id: TraceId,
}

impl Keeper {
    /// Keeps a result that the call will be told as it is, and adds the row. Anything else is left to the call.
    ///
    /// It is kept by a task of its own: also when the run is stopped meanwhile.
    pub(crate) async fn keep(self, outcome: &Outcome) {
        if !can_be_told_again(outcome) {
            return;
        }
        let Self { ledger, row, effect, trace_id } = self;
        let Some(entry) = row.take_for_run() else { return };
        let keeping = match effect.get().cloned() {
            None => tokio::spawn(async move { ledger.append(entry).await }),
            Some(key) => {
                let outcome = outcome.clone();
                tokio::spawn(async move { ledger.settle(&key, &outcome, entry, &trace_id).await })
            }
        };
        if let Err(error) = keeping.await {
            tracing::error!(%error, "keeping what came of a tool call broke");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use switchboard_store::{AuditFilter, AuditKind, Begun, MemoryStore, Store, Wish};

    use super::*;

    fn row() -> Row {
        Row::new(AuditEntry::new(AuditKind::ToolCall, "", ""), Instant::now())
    }

    #[test]
    fn a_row_is_taken_once() {
        let (first, second) = (row(), row());
        assert!(first.take_for_call() && first.take_for_run().is_none() && !first.is_the_runs());
        assert!(second.take_for_run().is_some() && !second.take_for_call() && second.is_the_runs());
    }

    #[tokio::test]
    async fn a_result_and_its_row_are_kept_unless_the_call_was_told_something_else() {
        let store = Arc::new(MemoryStore::new());
        let wish = Wish { key: "pay".into(), window: std::time::Duration::from_secs(120) };
        let key = store.begin_effect(wish.clone()).await.unwrap().key().to_owned();
        let keeper = |row: Row| Keeper {
            ledger: Ledger::new(store.clone()),
            row: Arc::new(row),
            effect: Arc::new(OnceLock::from(IdempotencyKey::new(&*key))),
            trace_id: TraceId::new("t-1"),
        };
        let paid = Outcome::Json(json!("paid"));
        let taken = row();
        taken.take_for_call();
        keeper(taken).keep(&paid).await;
        keeper(row()).keep(&Outcome::StaySilent).await;
        assert_eq!(store.audit(AuditFilter::default()).await.unwrap(), []);
        keeper(row()).keep(&paid).await;
        let rows = store.audit(AuditFilter::default()).await.unwrap();
        assert_eq!((rows.len(), rows[0].entry.outcome.as_str()), (1, "ok"));
        assert!(matches!(store.begin_effect(wish).await.unwrap(), Begun::Finished { .. }));
    }
}
