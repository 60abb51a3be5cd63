//! Calls that a person must approve: asked about, answered for the time being, and run once somebody has said yes.

use std::sync::Arc;
use std::time::Duration;

use switchboard_store::{AuditEntry, AuditKind};
use tokio::time::Instant;

use crate::approvals::{Question, Waiting};
use crate::authorize::{Permission, not_allowed};
use crate::conduct::ToolCall;
use crate::enter::{Entered, Part};
use crate::gateway::Shared;
use crate::record::{Record, Step};
use crate::redact::redacted;
use crate::refusal::Refusal;
use crate::{Answer, Approval, ApprovalState, Effect, Later};

impl<A: Send + Sync + 'static> Shared<A> {
    /// Asks a person.
    pub(crate) fn ask(&self, call: &ToolCall<A>, now: Instant) -> Result<Entered, Refusal> {
        let caller = call.request.session.caller();
        let question = Question {
            call: call.request.session.id().to_owned(),
            caller: caller.customer.or(caller.number),
            agent: call.request.agent.to_string(),
            tool: call.entry.tool.name().to_owned(),
            arguments: redacted(&call.entry.tool, &call.arguments),
            trace_id: call.request.trace_id.to_string(),
            wish: call.wish.clone(),
            wait: self.approval_wait,
        };
        let (approval, waiting) = self
            .approvals
            .ask(question, now)
            .ok_or_else(|| Refusal::busy(Duration::from_secs(60)))?;
        Ok(Entered::Asks(Box::new(approval), waiting))
    }

    /// Says that a person is asked; what they decide comes later.
    pub(crate) async fn asks(
        self: &Arc<Self>,
        call: &Arc<ToolCall<A>>,
        approval: &Approval,
        waiting: Waiting,
        record: &Record,
    ) -> Answer {
        tracing::info!(
            approval = approval.id,
            tool = approval.tool,
            call = approval.call,
            "a person is asked to approve a tool call"
        );
        self.ledger.record(row(approval)).await;
        let refusal = approval_required(&approval.id, self.approval_wait);
        let closing =
            Closing { shared: Arc::clone(self), approval: Some(approval.clone()), waiting };
        let later = Arc::clone(self).decided(Arc::clone(call), closing, record.later_on());
        Answer {
            envelope: refusal.into_envelope(call.request.trace_id.clone()),
            effect: Effect::None,
            later: Some(Later::new(later)),
        }
    }

    /// Waits for the decision, and does as it says.
    async fn decided(
        self: Arc<Self>,
        call: Arc<ToolCall<A>>,
        mut closing: Closing<A>,
        begin: impl FnOnce() -> Record + Send,
    ) -> Answer {
        let state = closing.waiting.decided().await;
        let approval = closing.approval.take();
        drop(closing);
        let mut record = begin();
        record.at(Step::Approve);
        let told = match state {
            ApprovalState::Approved => self.run_approved(&call, &mut record).await,
            ApprovalState::Refused => Err(approval_refused()),
            _ => {
                let expired = approval.map(|approval| Approval { state, ..approval });
                if let Some(approval) = expired {
                    self.ledger.record(row(&approval)).await;
                }
                Err(approval_expired())
            }
        };
        self.answered(told, call.request.trace_id.clone(), record).await
    }

    /// Runs what was approved, if the policies still have it so.
    async fn run_approved(
        self: &Arc<Self>,
        call: &Arc<ToolCall<A>>,
        record: &mut Record,
    ) -> Result<Answer, Refusal> {
        record.at(Step::Authorize);
        if self.may(&call.request, &call.arguments, true)? != Permission::Granted {
            return Err(not_allowed());
        }
        record.at(Step::Run);
        match self.enter_approved(call) {
            Part::Runs(joined) => self.wait_to_the_end(call, joined, record).await,
            Part::Had(ended) => self.told(call, &ended, true),
        }
    }
}

/// A question that is open. Dropped before anybody decided, it says in the audit log that the phone call has ended.
struct Closing<A: Send + Sync + 'static> {
    shared: Arc<Shared<A>>,
    approval: Option<Approval>,
    waiting: Waiting,
}

impl<A: Send + Sync + 'static> Drop for Closing<A> {
    fn drop(&mut self) {
        if let Some(approval) = self.approval.take() {
            let closed = row(&Approval { state: ApprovalState::Closed, ..approval });
            self.shared.ledger.record_behind(std::future::ready(closed));
        }
    }
}

/// The row that says how an approval stands.
pub(crate) fn row(approval: &Approval) -> AuditEntry {
    let decision = match approval.state {
        ApprovalState::Waiting => "asked",
        state => state.as_str(),
    };
    let note = approval.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    AuditEntry {
        call: Some(approval.call.clone()),
        caller: approval.caller.clone(),
        agent: Some(approval.agent.clone()),
        tool: Some(approval.tool.clone()),
        trace_id: Some(approval.trace_id.clone()),
        arguments: Some(approval.arguments.clone()),
        by: approval.by.clone(),
        detail: Some(format!("{}{note}", approval.id)),
        ..AuditEntry::new(AuditKind::Approval, decision, approval.state.as_str())
    }
}

/// A person is asked; there is so much time left.
pub(crate) fn approval_required(id: &str, left: Duration) -> Refusal {
    Refusal::new(
        "approval_required",
        "A person has to approve this, and has been asked. Tell the caller so, and go on with the talk: what they decide will be told \
         by itself, so do not call this again.",
    )
    .with("approval_id", id)
    .with("expires_in_s", left.as_secs())
}

/// A person said no.
pub(crate) fn approval_refused() -> Refusal {
    Refusal::new("approval_refused", "Sorry, this was not approved.")
}

fn approval_expired() -> Refusal {
    Refusal::new(
        "approval_expired",
        "Sorry, nobody could approve this in time. It can be asked for again.",
    )
    .retryable(true)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use serde_json::{Value, json};
    use switchboard_store::{AuditFilter, MemoryStore, Store};

    use super::*;
    use crate::testing::{App, ann, gateway, output, policies, request};
    use crate::{DecideError, Gateway, Operations, Request, Tools, Verdict};

    struct Desk {
        app: App,
        store: Arc<MemoryStore>,
        gateway: Gateway<App>,
    }

    impl Desk {
        fn new() -> Self {
            let (app, store) = (App::default(), Arc::new(MemoryStore::new()));
            let gateway = gateway(&app).with_policies(policies()).with_store(store.clone());
            Self { app, store, gateway }
        }

        async fn refund(&self) -> Answer {
            let request = Request { session: ann(), ..request("refund", r#"{"seconds": 1}"#) };
            self.gateway.answer(request).await
        }

        async fn decide(&self, verdict: Verdict) -> Approval {
            let id = &self.gateway.approvals()[0].id;
            self.gateway.decide(id, verdict, "Eve", Some("this once")).await.unwrap()
        }

        /// The approvals' rows in the audit log.
        async fn rows(&self) -> Vec<String> {
            let filter = AuditFilter { kind: Some(AuditKind::Approval), ..AuditFilter::default() };
            let rows = self.store.audit(filter).await.unwrap();
            rows.into_iter().map(|row| row.entry.decision).collect()
        }
    }

    fn later(answer: Answer) -> Later {
        answer.later.expect("somebody is asked, and will answer")
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_approved_runs_and_its_result_comes_later() {
        let desk = Desk::new();
        let answer = desk.refund().await;
        let asked = output(&answer);
        assert_eq!(asked["error_code"], "approval_required");
        assert_eq!(asked["expires_in_s"], 900);
        let approval = desk.gateway.approvals().remove(0);
        assert_eq!(json!(approval.id), asked["approval_id"]);
        assert_eq!(
            (approval.tool.as_str(), &approval.arguments),
            ("refund", &json!({ "seconds": 1 }))
        );
        assert_eq!(desk.app.paid.load(Ordering::SeqCst), 0);

        let decided = desk.decide(Verdict::Approve).await;
        assert_eq!((decided.state, decided.by.as_deref()), (ApprovalState::Approved, Some("Eve")));
        let result = later(answer).await;
        assert_eq!(result.envelope.outcome(), "ok");
        assert_eq!(result.envelope.trace_id().as_str(), "t-1");
        assert_eq!(desk.app.paid.load(Ordering::SeqCst), 1);
        assert_eq!(desk.rows().await, ["asked", "approved"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_refused_does_not_run_now_or_when_asked_again() {
        let desk = Desk::new();
        let answer = desk.refund().await;
        desk.decide(Verdict::Refuse).await;
        assert_eq!(later(answer).await.envelope.outcome(), "approval_refused");
        let again = desk.refund().await;
        assert_eq!(again.envelope.outcome(), "approval_refused");
        assert!(again.later.is_none());
        assert_eq!(desk.app.paid.load(Ordering::SeqCst), 0);
        assert_eq!(desk.rows().await, ["asked", "refused"]);
    }

    #[tokio::test(start_paused = true)]
    async fn when_nobody_decides_that_is_told_and_it_can_be_asked_for_again() {
        let desk = Desk::new();
        let answer = desk.refund().await;
        let expired = later(answer).await.envelope;
        assert_eq!(expired.outcome(), "approval_expired");
        assert_eq!(desk.rows().await, ["asked", "expired"]);
        assert_eq!(desk.refund().await.envelope.outcome(), "approval_required");
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_call_while_somebody_is_asked_is_the_same_question() {
        let desk = Desk::new();
        let first = desk.refund().await;
        let second = desk.refund().await;
        assert_eq!(output(&first)["approval_id"], output(&second)["approval_id"]);
        assert!(second.later.is_none(), "one answer comes later, not two");
        assert_eq!(desk.gateway.approvals().len(), 1);
        assert_eq!(desk.rows().await, ["asked"]);
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_phone_call_has_ended_whoever_decides_is_told() {
        let desk = Desk::new();
        let answer = desk.refund().await;
        let id = desk.gateway.approvals()[0].id.clone();
        drop(answer);
        let error = desk.gateway.decide(&id, Verdict::Approve, "Eve", None).await.unwrap_err();
        assert_eq!(error, DecideError::CallEnded { id });
        tokio::task::yield_now().await;
        assert_eq!(desk.rows().await, ["asked", "closed"]);
        assert_eq!(desk.app.paid.load(Ordering::SeqCst), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_approved_is_checked_again_before_it_runs() {
        let desk = Desk::new();
        let session = ann();
        let request =
            Request { session: session.clone(), ..request("refund", r#"{"seconds": 1}"#) };
        let answer = desk.gateway.answer(request).await;
        desk.decide(Verdict::Approve).await;
        desk.gateway
            .reload_policies(
                switchboard_policy::Policies::built_in(desk.gateway.team(), "default"),
                "Eve",
            )
            .await;
        assert_eq!(later(answer).await.envelope.outcome(), "not_allowed");
        assert_eq!(desk.app.paid.load(Ordering::SeqCst), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_approved_is_had_once() {
        let desk = Desk::new();
        let answer = desk.refund().await;
        desk.decide(Verdict::Approve).await;
        let result = output(&later(answer).await);
        let again = output(&desk.refund().await);
        assert_eq!((&again["data"], &again["duplicate"]), (&result["data"], &Value::Bool(true)));
        assert_eq!(desk.app.paid.load(Ordering::SeqCst), 1);
    }
}
