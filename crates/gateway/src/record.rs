//! Last step: one line in the log and one row in the audit log for each tool call, whatever came of it. The row is there before the
//! answer leaves.

use std::sync::Arc;

use serde_json::Value;
use switchboard_store::{AuditEntry, AuditKind};
use tokio::time::Instant;

use crate::ledger::Ledger;
use crate::lookup::LONGEST_NAME;
use crate::refusal::shortened;
use crate::row::Row;
use crate::running::Ending;
use crate::{Envelope, Request};

/// The steps of a call at which it can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    LookUp,
    Validate,
    Authorize,
    Repeats,
    Confirm,
    Approve,
    /// It was not refused.
    Run,
}

/// The record of one tool call, from its beginning. Dropped before its [`end`](Self::end), it says that the call was given up.
pub(crate) struct Record {
    ledger: Ledger,
    entry: AuditEntry,
    began: Instant,
    step: Step,
    run: Option<Ending>,
    /// The row that the run may add, where it is shared with it.
    row: Option<Arc<Row>>,
    ended: bool,
}

impl Record {
    /// Begins the record of a request.
    pub(crate) fn begin(request: &Request, ledger: &Ledger) -> Self {
        let caller = request.session.caller();
        let entry = AuditEntry {
            call: Some(request.session.id().to_owned()),
            caller: caller.customer.or(caller.number),
            tenant: caller.tenant,
            agent: Some(request.agent.to_string()),
            tool: Some(shortened(&request.tool, LONGEST_NAME)),
            call_id: Some(request.call_id.clone()),
            trace_id: Some(request.trace_id.to_string()),
            ..AuditEntry::new(AuditKind::ToolCall, "", "")
        };
        Self {
            ledger: ledger.clone(),
            entry,
            began: Instant::now(),
            step: Step::LookUp,
            run: None,
            row: None,
            ended: false,
        }
    }

    /// The record of what comes of the same call later.
    pub(crate) fn later(&self) -> Self {
        Self {
            ledger: self.ledger.clone(),
            entry: self.entry.clone(),
            began: self.began,
            step: self.step,
            run: None,
            row: None,
            ended: false,
        }
    }

    /// The record of the same call, to be begun when it goes on.
    pub(crate) fn later_on(&self) -> impl FnOnce() -> Self + Send + 'static {
        let (ledger, entry, step) = (self.ledger.clone(), self.entry.clone(), self.step);
        move || Self {
            ledger,
            entry,
            began: Instant::now(),
            step,
            run: None,
            row: None,
            ended: false,
        }
    }

    /// The call has come to this step.
    pub(crate) fn at(&mut self, step: Step) {
        self.step = step;
    }

    /// These are its arguments, secrets taken out.
    pub(crate) fn arguments(&mut self, redacted: Value) {
        tracing::debug!(
            tool = self.entry.tool,
            trace_id = self.entry.trace_id,
            arguments = %redacted,
            "tool arguments"
        );
        self.entry.arguments = Some(redacted);
    }

    /// Something worth noting beside.
    pub(crate) fn note(&mut self, detail: impl Into<String>) {
        self.entry.detail = Some(detail.into());
    }

    /// The call waits for this run; if it is given up, what the run comes to is recorded all the same.
    pub(crate) fn waits_for(&mut self, run: Ending) {
        self.run = Some(run);
    }

    /// The row as it stands, for the run to add when it ends well.
    pub(crate) fn share(&mut self) -> Arc<Row> {
        let row = Arc::new(Row::new(self.entry.clone(), self.began));
        self.row = Some(Arc::clone(&row));
        row
    }

    /// The call was answered. Returns when that stands in the audit log.
    pub(crate) async fn end(mut self, envelope: &Envelope) {
        self.ended = true;
        self.write(envelope.outcome());
        if self.takes_its_row() {
            self.ledger.record(self.entry.clone()).await;
        }
    }

    /// Whether the row is to be added here, and not by the run.
    fn takes_its_row(&self) -> bool {
        self.row.as_ref().is_none_or(|row| row.take_for_call())
    }

    /// Writes the line, and completes the row.
    fn write(&mut self, outcome: &str) {
        let took = self.began.elapsed();
        self.entry.took = Some(took);
        self.entry.decision = self.decision(outcome).to_owned();
        outcome.clone_into(&mut self.entry.outcome);
        let AuditEntry { call, agent, tool, call_id, trace_id, decision, .. } = &self.entry;
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            call,
            agent,
            tool,
            call_id,
            decision,
            outcome,
            took_ms,
            trace_id,
            "tool call"
        );
    }

    fn decision(&self, outcome: &str) -> &'static str {
        match self.step {
            Step::LookUp => "refused by look-up",
            Step::Validate => "refused by validate",
            Step::Authorize => "refused by authorize",
            Step::Repeats => "refused by repeats",
            Step::Confirm => "refused by confirm",
            Step::Approve => "refused by approve",
            Step::Run if matches!(outcome, "busy" | "unavailable") => "refused by admit",
            Step::Run => "allowed",
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        self.write("given_up");
        if !self.takes_its_row() {
            return;
        }
        let (mut entry, run) = (self.entry.clone(), self.run.take());
        self.ledger.record_behind(async move {
            if let Some(run) = run {
                entry.detail = Some(format!("the tool came to: {}", run.ended().await.word()));
            }
            entry
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use switchboard_store::{AuditFilter, MemoryStore, Store};

    use crate::Tools;
    use crate::testing::{App, Log, gateway, request};

    #[tokio::test]
    async fn each_call_is_one_line() {
        for (tool, arguments, line) in [
            (
                "stay_silent",
                "{}",
                r#"agent="billing" tool="stay_silent" call_id="call_1" decision="allowed" outcome="ok""#,
            ),
            (
                "stay_silent",
                "{",
                r#"tool="stay_silent" call_id="call_1" decision="refused by validate" outcome="invalid_arguments""#,
            ),
            (
                "decline",
                "{}",
                r#"tool="decline" call_id="call_1" decision="allowed" outcome="refused""#,
            ),
        ] {
            Log::begin();
            gateway(&App::default()).answer(request(tool, arguments)).await;
            let log = Log::text();
            let lines: Vec<&str> = log
                .lines()
                .filter(|line| line.contains("INFO") && line.contains("tool call"))
                .collect();
            assert_eq!(lines.len(), 1, "{log}");
            assert!(lines[0].contains(line) && lines[0].contains(r#"trace_id="t-1""#), "{log}");
        }
    }

    #[tokio::test]
    async fn each_call_is_a_row_before_its_answer_leaves() {
        let store = Arc::new(MemoryStore::new());
        let gateway = gateway(&App::default()).with_store(store.clone());
        for (tool, arguments, decision, outcome) in [
            ("pay_invoice", r#"{"number": "1", "cents": 5}"#, "allowed", "ok"),
            ("pay_invoice", r#"{"number": 1}"#, "refused by validate", "invalid_arguments"),
            ("pay_invoyce", "{}", "refused by look-up", "unknown_tool"),
            ("end_call", r#"{"reason": "done"}"#, "allowed", "ok"),
        ] {
            let before = store.audit(AuditFilter::default()).await.unwrap().len();
            gateway.answer(request(tool, arguments)).await;
            let rows = store.audit(AuditFilter::default()).await.unwrap();
            assert_eq!(rows.len(), before + 1);
            let entry = &rows.last().unwrap().entry;
            assert_eq!((entry.decision.as_str(), entry.outcome.as_str()), (decision, outcome));
            assert_eq!(entry.tool.as_deref(), Some(tool));
            assert_eq!(entry.trace_id.as_deref(), Some("t-1"));
            assert!(entry.took.is_some());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_given_up_is_a_line_and_a_row_that_says_what_came_of_it() {
        Log::begin();
        let (app, store) = (App::default(), Arc::new(MemoryStore::new()));
        let gateway = gateway(&app).with_store(store.clone());
        let answer = tokio::time::timeout(
            Duration::from_secs(1),
            gateway.answer(request("wait_for_it", "{}")),
        )
        .await;
        assert!(answer.is_err());
        let log = Log::text();
        assert!(log.contains(r#"outcome="given_up" took_ms=1000"#), "{log}");
        app.go.notify_waiters();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let rows = store.audit(AuditFilter::default()).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].entry.outcome, "given_up");
        assert_eq!(rows[0].entry.detail.as_deref(), Some("the tool came to: ok"));
    }

    #[tokio::test]
    async fn arguments_are_logged_for_debugging_only() {
        Log::begin();
        gateway(&App::default())
            .answer(request("pay_invoice", r#"{"number": "100042", "cents": 500}"#))
            .await;
        let log = Log::text();
        assert!(
            log.lines().all(|line| line.contains("DEBUG") || !line.contains("100042")),
            "{log}"
        );
        assert!(log.contains("100042"), "{log}");
    }
}
