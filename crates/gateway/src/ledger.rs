//! What the gateway asks of the store, and what it does when the store does not answer: an effect is not begun without a memory of it,
//! and no answer is lost over a row.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchboard_agent::{IdempotencyKey, Outcome, TraceId};
use switchboard_store::{AuditEntry, Begun, Store, StoreError, Wish};
use tokio::time::timeout;

use crate::refusal::Refusal;

/// How long the store may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// When it is worth asking again for what the store could not begin.
const STORE_RETRY: Duration = Duration::from_secs(1);

/// The store, as the gateway uses it. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    store: Arc<dyn Store>,
    missing: Arc<AtomicU64>,
}

/// What is known of an effect that is about to be had.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Have it, under this key.
    Have(IdempotencyKey),
    /// It was had, and this came of it.
    Had(Outcome),
}

/// An outcome as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    data: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
}

impl Ledger {
    /// A ledger in this store.
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, missing: Arc::default() }
    }

    /// How many rows could not be added to the audit log.
    pub(crate) fn rows_missing(&self) -> u64 {
        self.missing.load(Ordering::Relaxed)
    }

    /// Adds a row to the audit log, and waits until it is there. A row that cannot be added is in the log instead, and
    /// counted.
    ///
    /// The row is added by a task of its own: it comes to be also when nobody waits for it any more.
    pub(crate) async fn record(&self, entry: AuditEntry) {
        let ledger = self.clone();
        let recording = tokio::spawn(async move { ledger.append(entry).await });
        if let Err(error) = recording.await {
            self.missing.fetch_add(1, Ordering::Relaxed);
            tracing::error!(%error, "recording in the audit log broke");
        }
    }

    /// As [`record`](Self::record), without waiting. Outside a runtime, at the very end of the process, there is nothing to add to.
    pub(crate) fn record_behind(&self, entry: impl Future<Output = AuditEntry> + Send + 'static) {
        let ledger = self.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { ledger.append(entry.await).await });
        }
    }

    /// As [`record`](Self::record), on the task that asks.
    pub(crate) async fn append(&self, entry: AuditEntry) {
        let without_arguments = AuditEntry { arguments: None, ..entry.clone() };
        if let Some(cause) = problem(timeout(PATIENCE, self.store.append_audit(entry)).await) {
            self.missing.fetch_add(1, Ordering::Relaxed);
            let row = serde_json::to_string(&without_arguments).unwrap_or_default();
            tracing::error!(cause, row, "a row is missing from the audit log");
        }
    }

    /// Says that an effect is about to be had; refuses it when that cannot be remembered.
    pub(crate) async fn begin(
        &self,
        wish: &IdempotencyKey,
        window: Duration,
        trace_id: &TraceId,
    ) -> Result<Effect, Refusal> {
        let wish = Wish { key: wish.to_string(), window };
        let cause = match timeout(PATIENCE, self.store.begin_effect(wish)).await {
            Ok(Ok(Begun::New { key } | Begun::Unfinished { key })) => {
                return Ok(Effect::Have(IdempotencyKey::new(key)));
            }
            Ok(Ok(Begun::Finished { output, .. })) => {
                return Ok(Effect::Had(read(&output, trace_id)));
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        tracing::error!(%trace_id, cause, "the store cannot remember an effect, which is refused");
        Err(Refusal::busy(STORE_RETRY))
    }

    /// Keeps what came of an effect.
    pub(crate) async fn finish(&self, key: &IdempotencyKey, outcome: &Outcome, trace_id: &TraceId) {
        let Some(output) = written(outcome) else {
            // What sends the caller elsewhere happens once it is asked for: asked again, it is meant again.
            return self.forget(key, trace_id).await;
        };
        let finished = timeout(PATIENCE, self.store.finish_effect(key.as_str(), output)).await;
        if let Some(cause) = problem(finished) {
            tracing::error!(%trace_id, cause, "the result of an effect is not stored");
        }
    }

    /// Keeps what came of an effect, and the row of the call that had it, at one go where the store can.
    pub(crate) async fn settle(
        &self,
        key: &IdempotencyKey,
        outcome: &Outcome,
        row: AuditEntry,
        trace_id: &TraceId,
    ) {
        let Some(output) = written(outcome) else {
            self.forget(key, trace_id).await;
            return self.append(row).await;
        };
        let settled = self.store.settle_effect(key.as_str(), output, row.clone());
        if let Some(cause) = problem(timeout(PATIENCE, settled).await) {
            tracing::error!(%trace_id, cause, "the result of an effect is not stored");
            self.append(row).await;
        }
    }

    /// Says that an effect was surely not had.
    pub(crate) async fn forget(&self, key: &IdempotencyKey, trace_id: &TraceId) {
        let forgotten = timeout(PATIENCE, self.store.forget_effect(key.as_str())).await;
        if let Some(cause) = problem(forgotten) {
            tracing::error!(%trace_id, cause, "the store still takes an effect for begun");
        }
    }

    /// How long tools usually take; nothing when the store does not say.
    pub(crate) async fn usual_times(&self) -> HashMap<String, Duration> {
        match timeout(PATIENCE, self.store.usual_times()).await {
            Ok(Ok(times)) => times,
            other => {
                let cause = problem(other).unwrap_or_default();
                tracing::warn!(cause, "how long tools usually take is not known");
                HashMap::new()
            }
        }
    }

    /// Has the store learn how long a tool takes.
    pub(crate) async fn learn(&self, tool: &str, time: Duration) {
        if let Some(cause) = problem(timeout(PATIENCE, self.store.learn_time(tool, time)).await) {
            tracing::warn!(tool, cause, "how long a tool takes is not kept");
        }
    }
}

/// What went wrong, if anything did.
fn problem<T>(
    answer: Result<Result<T, StoreError>, tokio::time::error::Elapsed>,
) -> Option<String> {
    match answer {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("no answer in time".to_owned()),
    }
}

/// An outcome as text; `None` for one that asks something of the session, which cannot be told twice.
fn written(outcome: &Outcome) -> Option<String> {
    let stored = match outcome {
        Outcome::Json(data) => Stored { data: data.clone(), confidence: None },
        Outcome::Rated(data, confidence) => {
            Stored { data: data.clone(), confidence: Some(*confidence) }
        }
        Outcome::Handoff(_) | Outcome::StaySilent | Outcome::EndCall { .. } => return None,
    };
    Some(serde_json::to_string(&stored).expect("data of a tool is plain JSON"))
}

/// The outcome that was stored. One that cannot be read was had all the same, and is not had again.
fn read(output: &str, trace_id: &TraceId) -> Outcome {
    match serde_json::from_str(output) {
        Ok(Stored { data, confidence: None }) => Outcome::Json(data),
        Ok(Stored { data, confidence: Some(confidence) }) => Outcome::Rated(data, confidence),
        Err(error) => {
            tracing::error!(%trace_id, %error, "the stored result of an effect is unreadable");
            Outcome::Json(Value::Null)
        }
    }
}

/// Whether what came of an effect answers for the same effect again.
pub(crate) fn can_be_told_again(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Json(_) | Outcome::Rated(..))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use switchboard_agent::{AgentId, Handoff};
    use switchboard_store::MemoryStore;

    use super::*;

    const WINDOW: Duration = Duration::from_secs(120);

    fn trace_id() -> TraceId {
        TraceId::new("t-1")
    }

    async fn begin(ledger: &Ledger) -> Effect {
        ledger.begin(&IdempotencyKey::new("pay"), WINDOW, &trace_id()).await.unwrap()
    }

    async fn key(ledger: &Ledger) -> IdempotencyKey {
        match begin(ledger).await {
            Effect::Have(key) => key,
            Effect::Had(outcome) => panic!("{outcome:?}"),
        }
    }

    #[tokio::test]
    async fn what_was_had_is_told_as_it_was() {
        for outcome in [Outcome::Json(json!({ "cents": 5 })), Outcome::Rated(json!("maybe"), 0.25)]
        {
            let ledger = Ledger::new(Arc::new(MemoryStore::new()));
            ledger.finish(&key(&ledger).await, &outcome, &trace_id()).await;
            match begin(&ledger).await {
                Effect::Had(had) => assert_eq!(had, outcome),
                Effect::Have(key) => panic!("it would be had twice, as {key}"),
            }
        }
    }

    #[tokio::test]
    async fn what_broke_off_in_between_goes_on_under_its_key() {
        let ledger = Ledger::new(Arc::new(MemoryStore::new()));
        assert_eq!(key(&ledger).await, key(&ledger).await);
    }

    #[tokio::test]
    async fn what_sends_the_caller_elsewhere_is_not_told_again() {
        let ledger = Ledger::new(Arc::new(MemoryStore::new()));
        let handoff = Outcome::Handoff(Handoff::to(AgentId::new("person")));
        assert!(!can_be_told_again(&handoff));
        let first = key(&ledger).await;
        ledger.finish(&first, &handoff, &trace_id()).await;
        assert_eq!(key(&ledger).await, first);
    }

    #[test]
    fn an_unreadable_result_is_not_had_again() {
        assert_eq!(read("{", &trace_id()), Outcome::Json(Value::Null));
    }
}
