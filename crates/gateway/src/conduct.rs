//! Carries a run out, in a task of its own, so that it goes on when the call that began it is given up: admitted, remembered, tried,
//! settled, learnt from.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::Value;
use switchboard_agent::{IdempotencyKey, Modifiers, Outcome, ToolContext, ToolError, TraceId};
use switchboard_store::{AuditEntry, AuditKind};
use tokio::time::Instant;

use crate::admit::{self, Asked, Permit, Refused};
use crate::book::{PhoneCall, lock};
use crate::gateway::{DETACHED_DEADLINE, Shared, TENANT, WINDOW};
use crate::ledger::{Effect, can_be_told_again};
use crate::refusal::Refusal;
use crate::retry::Retries;
use crate::row::{Keeper, Row};
use crate::run::{Beginning, End, NotBegun, causes, judge, run};
use crate::running::{Duty, Ended};
use crate::toolbox::Entry;
use crate::{BreakerChange, Request};

/// A call of an agent's own tool that has passed the checks.
pub(crate) struct ToolCall<A> {
    pub(crate) entry: Arc<Entry<A>>,
    pub(crate) request: Request,
    pub(crate) arguments: Value,
    /// The code by which the caller has said yes.
    pub(crate) confirmation: Option<String>,
    pub(crate) wish: IdempotencyKey,
    pub(crate) phone_call: Arc<Mutex<PhoneCall>>,
}

impl<A> ToolCall<A> {
    pub(crate) fn modifiers(&self) -> &Modifiers {
        self.entry.tool.modifiers()
    }

    /// Whether the call is told how its run ends, and nothing before that.
    pub(crate) fn waits_to_the_end(&self) -> bool {
        let modifiers = self.modifiers();
        !modifiers.detach && !modifiers.cancel.at_barge_in()
    }
}

/// What carrying a run out has come to.
struct Work {
    ended: Ended,
    /// How long the tool took, where that says something about the tool.
    time: Option<Duration>,
    /// What it did to its backend's circuit breaker.
    change: Option<BreakerChange>,
}

impl Work {
    fn without_run(ended: Ended) -> Self {
        Self { ended, time: None, change: None }
    }
}

impl<A: Send + Sync + 'static> Shared<A> {
    /// Carries a run out. Its end is told once it is remembered. It adds the row of the call that began it, if it ends well and that
    /// is shared.
    pub(crate) fn conduct(
        self: &Arc<Self>,
        call: Arc<ToolCall<A>>,
        duty: Duty,
        row: Option<Arc<Row>>,
    ) {
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            let Duty { number, tell, stop } = duty;
            let _over = Over { call: &call, number };
            let work = tokio::select! {
                biased;
                work = shared.work(&call, row) => work,
                () = stop.cancelled() => Work::without_run(Ended::now(Err(cancelled()))),
            };
            let Work { ended, time, change } = work;
            call.close(number, &ended);
            // Nobody may wait any more.
            let _ = tell.send(Arc::new(ended));
            shared.learn(call.entry.tool.name(), time, change).await;
        });
    }

    async fn work(&self, call: &ToolCall<A>, row: Option<Arc<Row>>) -> Work {
        let until = Instant::now() + self.deadline_of(call.modifiers());
        let permit = match self.admit(call, until).await {
            Ok(permit) => permit,
            Err(refusal) => return Work::without_run(Ended::now(Err(refusal))),
        };
        let key = Arc::<OnceLock<IdempotencyKey>>::default();
        let keeper = row.map(|row| Keeper {
            ledger: self.ledger.clone(),
            row,
            effect: Arc::clone(&key),
            trace_id: call.request.trace_id.clone(),
        });
        let began = Instant::now();
        let end = match self.tries(call, &key, keeper.as_ref(), until).await {
            End::NotBegun(NotBegun::Had(outcome)) => {
                return Work::without_run(Ended::earlier(outcome));
            }
            End::NotBegun(NotBegun::Refused(refusal)) => {
                return Work::without_run(Ended::now(Err(refusal)));
            }
            End::TimedOut if !call.modifiers().read_only && key.get().is_none() => {
                return Work::without_run(Ended::now(Err(store_is_slow())));
            }
            end => end,
        };
        let time = began.elapsed();
        let change = permit.ended(end.for_admission());
        let (tool, trace_id) = (call.entry.tool.name(), &call.request.trace_id);
        let result = judge(end, tool, trace_id, call.modifiers().idempotent);
        if keeper.is_none_or(|keeper| !keeper.row.is_the_runs())
            && let Some(key) = key.get()
        {
            self.settle(key, &result, trace_id).await;
        }
        let time = result.is_ok().then_some(time);
        Work { ended: Ended::now(result), time, change }
    }

    fn deadline_of(&self, modifiers: &Modifiers) -> Duration {
        let usual = if modifiers.detach { DETACHED_DEADLINE } else { self.deadline };
        modifiers.deadline.unwrap_or(usual)
    }

    /// Waits for the right to run, within the deadline.
    async fn admit(&self, call: &ToolCall<A>, until: Instant) -> Result<Permit, Refusal> {
        let (modifiers, tool) = (call.modifiers(), call.entry.tool.name());
        let caller = call.request.session.caller();
        let known = caller.customer.as_deref().or(caller.number.as_deref());
        let asked = Asked {
            tool,
            backend: modifiers.backend.as_deref().unwrap_or(tool),
            optional: modifiers.optional,
            at_most: modifiers.at_most,
            caller: known.unwrap_or(call.request.session.id()),
            tenant: caller.tenant.as_deref().unwrap_or(TENANT),
            turn: call.request.turn,
        };
        match tokio::time::timeout_at(until, self.admission.admit(asked)).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(Refused::Busy { retry_after, why })) => {
                tracing::warn!(tool, trace_id = %call.request.trace_id, %why, "a tool call is not admitted");
                Err(Refusal::busy(retry_after))
            }
            Ok(Err(Refused::Unavailable)) => Err(unavailable()),
            Err(_) => Err(Refusal::busy(Duration::from_secs(1))),
        }
    }

    /// Finds out under which key the tool runs, on the tool's thread. Reads need no memory; an effect is remembered before it is had,
    /// and its key is kept.
    fn beginning(
        &self,
        call: &ToolCall<A>,
        effect: &Arc<OnceLock<IdempotencyKey>>,
        until: Instant,
    ) -> Beginning<A> {
        let mut context = self.context(&call.request, &call.wish);
        let modifiers = call.modifiers();
        if modifiers.read_only {
            return std::future::ready(Ok(context)).boxed();
        }
        let window = modifiers.window.unwrap_or(WINDOW);
        let (ledger, effect) = (self.ledger.clone(), Arc::clone(effect));
        async move {
            match ledger.begin(&context.idempotency_key, window, &context.trace_id).await {
                Ok(Effect::Have(key)) => {
                    context.idempotency_key = effect.get_or_init(|| key).clone();
                    // Past it the call may have been told already that nothing was done.
                    let in_time = Instant::now() < until;
                    in_time.then_some(context).ok_or_else(|| NotBegun::Refused(store_is_slow()))
                }
                Ok(Effect::Had(outcome)) => Err(NotBegun::Had(outcome)),
                Err(refusal) => Err(NotBegun::Refused(refusal)),
            }
        }
        .boxed()
    }

    /// Runs the tool; one that may be done twice is tried again when it fails.
    async fn tries(
        &self,
        call: &ToolCall<A>,
        key: &Arc<OnceLock<IdempotencyKey>>,
        keeper: Option<&Keeper>,
        until: Instant,
    ) -> End {
        let ToolCall { entry, request, .. } = call;
        let Ok(threads) = self.threads.handle() else {
            return End::Panicked(Box::new("there are no threads for tools"));
        };
        let tool = entry.tool.name();
        let mut retries = Retries::new(call.modifiers().idempotent, until);
        loop {
            let beginning = self.beginning(call, key, until);
            let fault = self.faults.of(tool).cloned();
            let end = run(&threads, entry, &call.arguments, beginning, fault, keeper, until).await;
            let Some(cause) = end.failure() else { return end };
            let Some(pause) = retries.next(Instant::now()) else { return end };
            tracing::debug!(tool, trace_id = %request.trace_id, cause, ?pause, "a tool failed, and is tried again");
            tokio::time::sleep(pause).await;
        }
    }

    /// Keeps what came of an effect. One of which that is not known stays begun, and goes on under its key when it is asked for again.
    async fn settle(
        &self,
        key: &IdempotencyKey,
        result: &Result<Outcome, Refusal>,
        trace_id: &TraceId,
    ) {
        match result {
            Ok(outcome) => self.ledger.finish(key, outcome, trace_id).await,
            Err(refusal) if refusal.is_the_tools_own() => self.ledger.forget(key, trace_id).await,
            Err(_) => {}
        }
    }

    /// Learns how long the tool takes, and records what has become of its backend.
    async fn learn(&self, tool: &str, time: Option<Duration>, change: Option<BreakerChange>) {
        if let Some(change) = change {
            let (decision, outcome) =
                if change.open { ("broken", "open") } else { ("back", "closed") };
            tracing::warn!(backend = change.backend, outcome, "a backend's circuit breaker");
            let entry = AuditEntry {
                detail: Some(change.backend),
                ..AuditEntry::new(AuditKind::Degradation, decision, outcome)
            };
            self.ledger.record(entry).await;
        }
        if let Some(time) = time
            && let Some(usual) = self.times.learn(tool, time, Instant::now())
        {
            self.ledger.learn(tool, usual).await;
        }
    }

    pub(crate) fn context(&self, request: &Request, key: &IdempotencyKey) -> ToolContext<A> {
        ToolContext {
            app: Arc::clone(&self.app),
            session: request.session.clone(),
            trace_id: request.trace_id.clone(),
            idempotency_key: key.clone(),
        }
    }
}

impl<A> ToolCall<A> {
    /// Notes in the book what a run came to.
    fn close(&self, number: u64, ended: &Ended) {
        let mut phone_call = lock(&self.phone_call);
        if let (Err(refusal), Some(code)) = (&ended.result, &self.confirmation)
            && refusal.is_not_admitted()
        {
            phone_call.confirmations.give_back(code);
        }
        if ended.result.is_ok() {
            phone_call.repeats.forget_others(&self.wish);
        }
        phone_call.ended(&self.wish, number, self.kept(ended), Instant::now());
    }

    /// What answers for the same effect again, and for how long.
    fn kept(&self, ended: &Ended) -> Option<(Outcome, Duration)> {
        let modifiers = self.modifiers();
        let outcome = ended.result.as_ref().ok().filter(|outcome| can_be_told_again(outcome))?;
        (!modifiers.read_only).then(|| (outcome.clone(), modifiers.window.unwrap_or(WINDOW)))
    }
}

/// Takes a run out of the book, however it ends.
struct Over<'a, A> {
    call: &'a ToolCall<A>,
    number: u64,
}

impl<A> Drop for Over<'_, A> {
    fn drop(&mut self) {
        lock(&self.call.phone_call).ended(&self.call.wish, self.number, None, Instant::now());
    }
}

impl End {
    /// Why the tool failed, if it did.
    fn failure(&self) -> Option<String> {
        match self {
            Self::Returned(Err(ToolError::Failed(cause))) => Some(causes(cause.as_ref())),
            _ => None,
        }
    }

    fn for_admission(&self) -> admit::End {
        match self {
            Self::Returned(Ok(_)) => admit::End::Ok,
            Self::Returned(Err(ToolError::Refused(_))) | Self::NotBegun(_) => {
                admit::End::RefusedByTool
            }
            Self::Returned(Err(ToolError::Failed(_))) | Self::Panicked(_) => admit::End::Failed,
            Self::TimedOut => admit::End::TimedOut,
        }
    }
}

/// What was asked no longer matters.
pub(crate) fn cancelled() -> Refusal {
    Refusal::new(
        "cancelled",
        "The caller spoke, and this was stopped. Ask again if it still matters.",
    )
    .retryable(true)
}

/// The store took all the time there was, and nothing was done.
fn store_is_slow() -> Refusal {
    Refusal::busy(Duration::from_secs(1))
}

fn unavailable() -> Refusal {
    Refusal::new(
        "unavailable",
        "Sorry, that is switched off for the moment. Everything else works: offer to do it later, or something else now.",
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use serde_json::json;
    use switchboard_store::{AuditFilter, MemoryStore, Store};
    use tokio::runtime::{Builder, Handle};

    use super::*;
    use crate::testing::{App, Log, Moody, SECRET, gateway, request, told};
    use crate::{Operations, Tools};

    #[tokio::test(start_paused = true)]
    async fn a_tool_that_may_be_done_twice_is_tried_three_times() {
        for (failures, outcome, tries) in [(2, "ok", 3), (3, "tool_failed", 3)] {
            let app = App::default();
            app.failures.store(failures, Ordering::SeqCst);
            let answer = gateway(&app).answer(request("try_it", "{}")).await;
            assert_eq!(answer.envelope.outcome(), outcome);
            let keys = app.keys.lock().unwrap();
            assert_eq!(keys.len(), tries);
            assert!(keys.iter().all(|key| *key == keys[0]), "one wish has one key: {keys:?}");
        }
    }

    #[tokio::test]
    async fn any_other_is_tried_once() {
        Log::begin();
        let answer = gateway(&App::default()).answer(request("leak", "{}")).await;
        assert_eq!(answer.envelope.outcome(), "tool_failed");
        assert_eq!(Log::text().matches(SECRET).count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_effect_whose_process_died_goes_on_under_its_key_and_a_finished_one_is_not_had_again()
     {
        let store = Arc::new(MemoryStore::new());
        let app = App::default();
        let dying = gateway(&app).with_store(store.clone());
        // A runtime that is gone takes the run with it, as a killed process would.
        let died = std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
            runtime.unwrap().block_on(async {
                let dying = dying.on(Handle::current());
                let run = dying.answer(request("change", r#"{"seconds": 3}"#));
                assert!(tokio::time::timeout(Duration::from_secs(1), run).await.is_err());
            });
        });
        died.join().unwrap();
        assert!(app.keys.lock().unwrap().is_empty(), "it was killed in between");

        let restarted = gateway(&app).with_store(store.clone());
        let done = told(&restarted, "change", &json!({ "seconds": 3 }), 1).await;
        assert!(done["data"].as_str().unwrap().ends_with(".1"), "the same effect goes on: {done}");
        let restarted_again = gateway(&app).with_store(store);
        let again = told(&restarted_again, "change", &json!({ "seconds": 3 }), 1).await;
        assert_eq!((&again["data"], &again["duplicate"]), (&done["data"], &json!(true)));
        assert_eq!(app.keys.lock().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_memory_no_effect_is_had_and_reads_go_on() {
        let (app, store) = (App::default(), Moody::new());
        let gateway = gateway(&app).with_store(store.clone());
        store.off.store(true, Ordering::SeqCst);
        let refused = told(&gateway, "change", &json!({ "seconds": 0 }), 1).await;
        assert_eq!((&refused["error_code"], &refused["retryable"]), (&json!("busy"), &json!(true)));
        assert!(refused["retry_after_ms"].as_u64().unwrap() > 0);
        assert_eq!(app.paid.load(Ordering::SeqCst), 0);
        let seen = told(&gateway, "look", &json!({ "seconds": 0 }), 1).await;
        assert_eq!(seen["status"], "ok");
        store.off.store(false, Ordering::SeqCst);
        let done = told(&gateway, "change", &json!({ "seconds": 0 }), 1).await;
        assert_eq!(done["status"], "ok");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_of_the_tool_is_not_taken_for_an_effect() {
        let store = Arc::new(MemoryStore::new());
        let gateway = gateway(&App::default()).with_store(store.clone());
        let refused = told(&gateway, "decline", &json!({}), 1).await;
        assert_eq!(refused["error_code"], "refused");
        let again = told(&gateway, "decline", &json!({}), 1).await;
        assert_eq!(again["error_code"], "refused");
    }

    #[tokio::test(start_paused = true)]
    async fn usual_times_are_learnt_and_outlive_the_process() {
        let store = Arc::new(MemoryStore::new());
        let before = gateway(&App::default()).with_store(store.clone());
        assert_eq!(before.usual("look"), None);
        told(&before, "look", &json!({ "seconds": 3 }), 1).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(before.usual("look"), Some(Duration::from_secs(3)));
        let restarted = gateway(&App::default()).with_store(store);
        restarted.identify(None).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(restarted.usual("look"), Some(Duration::from_secs(3)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_backend_that_breaks_is_recorded_and_not_called() {
        let (app, store) = (App::default(), Arc::new(MemoryStore::new()));
        let gateway = gateway(&app).with_store(store.clone());
        let mut outcomes = Vec::new();
        for turn in 1..=8 {
            outcomes.push(told(&gateway, "leak", &json!({}), turn).await["error_code"].clone());
        }
        assert_eq!(outcomes[0], "tool_failed");
        assert_eq!(outcomes[7], "busy");
        assert_eq!(gateway.degradation().open_backends, ["leak"]);
        tokio::time::sleep(Duration::from_millis(1)).await;
        let filter = AuditFilter { kind: Some(AuditKind::Degradation), ..AuditFilter::default() };
        let rows = store.audit(filter).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].entry.detail.as_deref(), Some("leak"));
    }
}
