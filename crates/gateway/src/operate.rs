//! What operators do to a running gateway.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use switchboard_policy::Policies;
use switchboard_store::{AuditEntry, AuditKind};
use tokio::time::Instant;

use crate::approve::row;
use crate::{
    Approval, BackendState, DecideError, Degradation, Gateway, Operations, SwitchedOn, ToolState,
    Verdict,
};

impl<A: Send + Sync + 'static> Operations for Gateway<A> {
    fn approvals(&self) -> Vec<Approval> {
        self.shared.approvals.list(Instant::now())
    }

    fn decide(
        &self,
        id: &str,
        verdict: Verdict,
        by: &str,
        note: Option<&str>,
    ) -> BoxFuture<'static, Result<Approval, DecideError>> {
        let decided = self.shared.approvals.decide(id, verdict, by, note, Instant::now());
        let ledger = self.shared.ledger.clone();
        async move {
            let approval = decided?;
            tracing::info!(
                approval = approval.id,
                decision = approval.state.as_str(),
                by = approval.by,
                "a person has decided"
            );
            ledger.record(row(&approval)).await;
            Ok(approval)
        }
        .boxed()
    }

    fn degradation(&self) -> Degradation {
        self.shared.admission.degradation()
    }

    fn degrade(&self, on: bool, by: &str, reason: &str) -> BoxFuture<'static, Degradation> {
        let shared = Arc::clone(&self.shared);
        let (by, reason) = (by.to_owned(), reason.to_owned());
        async move {
            let since = Timestamp::now();
            let switched = on.then(|| SwitchedOn { by: by.clone(), reason: reason.clone(), since });
            shared.admission.degrade(switched);
            tracing::warn!(on, by, reason, "tools that callers can do without are switched");
            let (decision, outcome) =
                if on { ("switched off", "on") } else { ("switched on", "off") };
            let entry = AuditEntry {
                by: Some(by),
                detail: Some(reason),
                ..AuditEntry::new(AuditKind::Degradation, decision, outcome)
            };
            shared.ledger.record(entry).await;
            shared.admission.degradation()
        }
        .boxed()
    }

    fn reload_policies(&self, policies: Policies, by: &str) -> BoxFuture<'static, ()> {
        let shared = Arc::clone(&self.shared);
        let by = by.to_owned();
        async move {
            let digest = policies.digest().to_owned();
            let before = shared.policies.swap(Arc::new(policies)).digest().to_owned();
            tracing::info!(digest, before, by, "other policies hold from now on");
            let change = format!("{before} to {digest}");
            shared.ledger.record(of_policies(by, "loaded", "ok", change)).await;
        }
        .boxed()
    }

    fn policies_loaded(&self, by: &str) -> BoxFuture<'static, ()> {
        let digest = self.shared.policies.load().digest().to_owned();
        tracing::info!(digest, by, "these policies hold");
        let (ledger, by) = (self.shared.ledger.clone(), by.to_owned());
        async move { ledger.record(of_policies(by, "loaded", "ok", digest)).await }.boxed()
    }

    fn policies_refused(&self, by: &str, first_mistake: &str) -> BoxFuture<'static, ()> {
        let digest = self.shared.policies.load().digest().to_owned();
        let (ledger, by) = (self.shared.ledger.clone(), by.to_owned());
        let stays = format!("{digest} stays: {first_mistake}");
        async move { ledger.record(of_policies(by, "refused", "unusable", stays)).await }.boxed()
    }

    fn rows_missing(&self) -> u64 {
        self.shared.ledger.rows_missing()
    }

    fn backends(&self) -> Vec<BackendState> {
        self.shared.admission.backends()
    }

    fn tools(&self) -> Vec<ToolState> {
        self.shared.admission.tools()
    }
}

/// The row of what was done with policies.
fn of_policies(by: String, decision: &str, outcome: &str, detail: String) -> AuditEntry {
    AuditEntry {
        by: Some(by),
        detail: Some(detail),
        ..AuditEntry::new(AuditKind::PolicyReload, decision, outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use switchboard_store::{AuditFilter, MemoryStore, Store};

    use super::*;
    use crate::Tools;
    use crate::testing::{App, Moody, ann, gateway, policies, request};

    #[tokio::test]
    async fn a_degradation_is_recorded_with_who_and_why() {
        let store = Arc::new(MemoryStore::new());
        let gateway = gateway(&App::default()).with_store(store.clone());
        assert!(gateway.degrade(true, "Eve", "the ledger is slow").await.is_on());
        assert!(!gateway.degrade(false, "Eve", "it is back").await.is_on());
        let rows = store.audit(AuditFilter::default()).await.unwrap();
        let outcomes: Vec<_> = rows.iter().map(|row| row.entry.outcome.as_str()).collect();
        assert_eq!(outcomes, ["on", "off"]);
        assert_eq!(rows[0].entry.by.as_deref(), Some("Eve"));
        assert_eq!(rows[0].entry.detail.as_deref(), Some("the ledger is slow"));
    }

    #[tokio::test]
    async fn reloaded_policies_hold_at_once_and_are_recorded() {
        let store = Arc::new(MemoryStore::new());
        let gateway = gateway(&App::default()).with_store(store.clone());
        let move_date = || crate::Request {
            agent: crate::testing::CALENDAR,
            session: ann(),
            ..request("move_date", r#"{"seconds": 0}"#)
        };
        assert_eq!(gateway.answer(move_date()).await.envelope.outcome(), "not_allowed");
        gateway.reload_policies(policies(), "Eve").await;
        assert_eq!(gateway.answer(move_date()).await.envelope.outcome(), "ok");
        let filter = AuditFilter { kind: Some(AuditKind::PolicyReload), ..AuditFilter::default() };
        assert_eq!(store.audit(filter).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn what_holds_at_the_start_and_what_was_refused_are_recorded() {
        let store = Arc::new(MemoryStore::new());
        let gateway = gateway(&App::default()).with_store(store.clone()).with_policies(policies());
        gateway.policies_loaded("the start").await;
        gateway.policies_refused("Eve", "a.cedar:1:5: no such tool").await;
        let filter = AuditFilter { kind: Some(AuditKind::PolicyReload), ..AuditFilter::default() };
        let rows = store.audit(filter).await.unwrap();
        let digest = policies().digest().to_owned();
        let stays = format!("{digest} stays: a.cedar:1:5: no such tool");
        for (row, by, decision, detail) in
            [(&rows[0], "the start", "loaded", &digest), (&rows[1], "Eve", "refused", &stays)]
        {
            assert_eq!((row.entry.by.as_deref(), &*row.entry.decision), (Some(by), decision));
            assert_eq!(row.entry.detail.as_ref(), Some(detail));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rows_that_could_not_be_added_are_counted() {
        let store = Moody::new();
        let gateway = gateway(&App::default()).with_store(store.clone());
        gateway.answer(request("end_call", r#"{"reason": "done"}"#)).await;
        assert_eq!(gateway.rows_missing(), 0);
        store.off.store(true, Ordering::SeqCst);
        gateway.answer(request("end_call", r#"{"reason": "done"}"#)).await;
        gateway.answer(request("look", r#"{"seconds": 0}"#)).await;
        assert_eq!(gateway.rows_missing(), 2);
    }

    #[test]
    fn a_gateway_is_an_object_of_operations() {
        fn takes(_: Option<Arc<dyn Operations>>) {}
        takes(None::<Arc<Gateway<App>>>.map(|gateway| gateway as Arc<dyn Operations>));
    }
}
