//! The gateway: what it is made of, and what may be chosen of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use switchboard_agent::{AgentId, Caller, Roster, Team, TraceId};
use switchboard_policy::Policies;
use switchboard_store::{MemoryStore, Store};
use tokio::runtime::Handle;

use crate::admit::Admission;
use crate::approvals::Approvals;
use crate::book::Book;
use crate::ledger::Ledger;
use crate::lookup::look_up;
use crate::record::Record;
use crate::runtime::{StopWhenDropped, ToolRuntime};
use crate::times::Times;
use crate::toolbox::{Toolbox, UnusableSchema};
use crate::validate::validate;
use crate::{Answer, Envelope, Faults, Limits, Request, Tools, UnknownFaultyTool};

/// How long a tool may take that does not say otherwise.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// How long a tool that goes on behind the talk may take, when it does not say otherwise.
pub const DETACHED_DEADLINE: Duration = Duration::from_secs(5 * 60);

/// After how long a tool that may go on behind the talk does.
pub const DETACH_AFTER: Duration = Duration::from_secs(5);

/// How long a person has to approve a call.
pub const APPROVAL_WAIT: Duration = Duration::from_secs(15 * 60);

/// For how long the result of an effect answers the same call again, when the tool does not say otherwise.
pub const WINDOW: Duration = Duration::from_secs(2 * 60);

/// The company when nobody names one.
pub(crate) const TENANT: &str = "default";

/// How long the look-up of a caller may take: nobody has been greeted yet.
const IDENTIFY_DEADLINE: Duration = Duration::from_secs(2);

/// Runs the tools of a roster, with the application's state.
///
/// Tools run on two threads of their own, named `tool`, which are started with the first call and left when the gateway is dropped; see
/// [`on`](Self::on) for another choice.
pub struct Gateway<A> {
    pub(crate) shared: Arc<Shared<A>>,
}

/// What all calls share.
pub(crate) struct Shared<A> {
    pub(crate) toolbox: Toolbox<A>,
    pub(crate) app: Arc<A>,
    pub(crate) faults: Faults,
    pub(crate) deadline: Duration,
    pub(crate) detach_after: Duration,
    pub(crate) approval_wait: Duration,
    pub(crate) threads: ToolRuntime,
    pub(crate) ledger: Ledger,
    pub(crate) policies: ArcSwap<Policies>,
    pub(crate) admission: Admission,
    pub(crate) book: Book,
    pub(crate) approvals: Arc<Approvals>,
    pub(crate) times: Times,
    roster: Roster<A>,
}

impl<A: Send + Sync + 'static> Gateway<A> {
    /// A gateway to these agents' tools.
    ///
    /// # Errors
    ///
    /// When the schema of some tool cannot be used: as a rule, a pattern in it is no regular expression.
    pub fn new(roster: Roster<A>, app: A) -> Result<Self, UnusableSchema> {
        let toolbox = Toolbox::new(&roster)?;
        let policies = Policies::built_in(toolbox.team(), TENANT);
        let shared = Shared {
            toolbox,
            app: Arc::new(app),
            faults: Faults::default(),
            deadline: DEADLINE,
            detach_after: DETACH_AFTER,
            approval_wait: APPROVAL_WAIT,
            threads: ToolRuntime::default(),
            ledger: Ledger::new(Arc::new(MemoryStore::new())),
            policies: ArcSwap::from_pointee(policies),
            admission: Admission::new(Limits::default()),
            book: Book::default(),
            approvals: Arc::default(),
            times: Times::default(),
            roster,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Runs tools on this runtime, which must have its timers on. For tests in virtual time: `Handle::current()`.
    #[must_use]
    pub fn on(self, threads: Handle) -> Self {
        self.with(|shared| shared.threads = ToolRuntime::on(threads))
    }

    /// How long a tool may take that does not say otherwise; [`DEADLINE`] when this is not called.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        self.with(|shared| shared.deadline = deadline)
    }

    /// After how long a tool that may go on behind the talk does; [`DETACH_AFTER`] when this is not called.
    #[must_use]
    pub fn detach_after(self, after: Duration) -> Self {
        self.with(|shared| shared.detach_after = after)
    }

    /// How long a person has to approve a call; [`APPROVAL_WAIT`] when this is not called.
    #[must_use]
    pub fn approval_wait(self, wait: Duration) -> Self {
        self.with(|shared| shared.approval_wait = wait)
    }

    /// Makes tools fail on purpose.
    ///
    /// # Errors
    ///
    /// When a fault names a tool that no agent has.
    pub fn with_faults(self, faults: Faults) -> Result<Self, UnknownFaultyTool> {
        match faults.tools.keys().find(|tool| !self.shared.toolbox.has(tool)) {
            Some(tool) => Err(UnknownFaultyTool { tool: tool.clone() }),
            None => Ok(self.with(|shared| shared.faults = faults)),
        }
    }

    /// Keeps the audit log, the results of effects and the usual times there; in memory when this is not called.
    #[must_use]
    pub fn with_store(self, store: Arc<dyn Store>) -> Self {
        self.with(|shared| shared.ledger = Ledger::new(store))
    }

    /// Decides by these policies who may do what; by the built-in ones when this is not called.
    #[must_use]
    pub fn with_policies(self, policies: Policies) -> Self {
        self.with(|shared| shared.policies = ArcSwap::from_pointee(policies))
    }

    /// Lets so many tool calls run, and so often; [`Limits::default`] when this is not called.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        self.with(|shared| shared.admission = Admission::new(limits))
    }

    /// Checks arguments as a call would, without running anything: `Ok` when the tool would be run with them, as far as they go.
    ///
    /// # Errors
    ///
    /// What the model would be told.
    pub fn check_arguments(
        &self,
        agent: AgentId,
        tool: &str,
        arguments: &str,
    ) -> Result<(), Box<Envelope>> {
        let trace_id = TraceId::random();
        look_up(&self.shared.toolbox, agent, tool)
            .and_then(|entry| validate(entry, arguments, &trace_id))
            .map(drop)
            .map_err(|refusal| Box::new(refusal.into_envelope(trace_id)))
    }

    fn with(mut self, change: impl FnOnce(&mut Shared<A>)) -> Self {
        change(
            Arc::get_mut(&mut self.shared).expect("nobody else has a gateway that is being built"),
        );
        self
    }
}

impl<A: Send + Sync + 'static> Tools for Gateway<A> {
    fn answer(&self, request: Request) -> BoxFuture<'static, Answer> {
        let shared = Arc::clone(&self.shared);
        async move {
            let mut record = Record::begin(&request, &shared.ledger);
            let told = shared.steps(&request, &mut record).await;
            shared.answered(told, request.trace_id, record).await
        }
        .boxed()
    }

    fn identify(&self, number: Option<String>) -> BoxFuture<'static, Caller> {
        let shared = Arc::clone(&self.shared);
        async move {
            shared.ask_usual_times();
            let Some(number) = number else { return Caller::unknown() };
            let known = shared.identify(&number).await.unwrap_or_default();
            Caller { number: Some(number), ..known }
        }
        .boxed()
    }

    fn team(&self) -> &Arc<Team> {
        self.shared.toolbox.team()
    }

    fn usual(&self, tool: &str) -> Option<Duration> {
        self.shared.times.of(tool)
    }
}

impl<A: Send + Sync + 'static> Shared<A> {
    /// Has the store asked, once, how long tools usually take.
    fn ask_usual_times(self: &Arc<Self>) {
        if self.times.is_to_be_asked() {
            let shared = Arc::clone(self);
            tokio::spawn(async move { shared.times.take(shared.ledger.usual_times().await) });
        }
    }

    /// Who calls from a number, if that is known soon.
    async fn identify(&self, number: &str) -> Option<Caller> {
        let looking = self.threads.handle().ok()?.spawn(self.roster.identify(number, &self.app)?);
        let _stop = StopWhenDropped(looking.abort_handle());
        let Ok(looked) = tokio::time::timeout(IDENTIFY_DEADLINE, looking).await else {
            tracing::error!("the look-up of a caller took too long");
            return None;
        };
        looked.inspect_err(|error| tracing::error!(%error, "the look-up of a caller broke")).ok()?
    }
}

impl<A> fmt::Debug for Gateway<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("deadline", &self.shared.deadline)
            .field("faults", &self.shared.faults)
            .field("threads", &self.shared.threads)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use switchboard_agent::{Handoff, TraceId};

    use super::*;
    use crate::testing::{App, TRIAGE, gateway, request, roster};
    use crate::{Effect, Envelope, Fault};

    const PAYMENT: &str = r#"{"number": "100042", "cents": 500}"#;

    #[tokio::test]
    async fn a_call_is_run_once_and_told() {
        let app = App::default();
        let answer = gateway(&app).answer(request("pay_invoice", PAYMENT)).await;
        assert_eq!(answer.envelope.outcome(), "ok");
        assert_eq!(answer.envelope.trace_id(), &TraceId::new("t-1"));
        assert_eq!(answer.effect, Effect::None);
        assert_eq!(app.paid.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn the_same_wish_has_the_same_idempotency_key() {
        let gateway = gateway(&App::default());
        let data = async |arguments: &str| match gateway
            .answer(request("pay_invoice", arguments))
            .await
            .envelope
        {
            Envelope::Ok { data, .. } => data,
            other => panic!("{other:?}"),
        };
        let again = data(r#"{"cents": 500, "number": "100042"}"#).await;
        assert_eq!(data(PAYMENT).await, again);
        assert_ne!(data(r#"{"number": "100042", "cents": 501}"#).await, again);
    }

    #[tokio::test]
    async fn a_transfer_is_an_effect() {
        let answer = gateway(&App::default())
            .answer(request(
                "transfer_to_triage",
                r#"{"reason": "lost", "summary": "Ann wants a bicycle."}"#,
            ))
            .await;
        let handoff = Handoff::to(TRIAGE).with_reason("lost").with_summary("Ann wants a bicycle.");
        assert_eq!(answer.effect, Effect::Handoff(handoff));
    }

    #[tokio::test]
    async fn a_transfer_cut_off_stays_here() {
        let answer = gateway(&App::default())
            .answer(request("transfer_to_triage", r#"{"reason": "lo"#))
            .await;
        assert_eq!(answer.envelope.outcome(), "invalid_arguments");
        assert_eq!(answer.effect, Effect::None);
    }

    #[tokio::test]
    async fn built_in_tools_are_checked_like_any() {
        let gateway = gateway(&App::default());
        let answer = gateway.answer(request("end_call", "{}")).await;
        assert_eq!(answer.envelope.outcome(), "invalid_arguments");
        let answer = gateway.answer(request("end_call", r#"{"reason": "all done"}"#)).await;
        assert_eq!(answer.effect, Effect::EndCall { reason: "all done".into() });
        let answer = gateway.answer(request("stay_silent", "{}")).await;
        assert_eq!(answer.effect, Effect::StaySilent);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_makes_a_tool_slow_and_failing() {
        let fault =
            Fault { delay: Some(Duration::from_secs(8)), error: Some("down".into()), panic: false };
        let faults = Faults { tools: [("pay_invoice".to_owned(), fault)].into() };
        let app = App::default();
        let gateway = gateway(&app).with_faults(faults).unwrap();
        let began = tokio::time::Instant::now();
        let answer = gateway.answer(request("pay_invoice", PAYMENT)).await;
        assert_eq!(answer.envelope.outcome(), "tool_failed");
        assert_eq!(began.elapsed(), Duration::from_secs(8));
        assert_eq!(app.paid.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_fault_of_a_tool_nobody_has_is_refused() {
        let faults = Faults { tools: [("pay_invoyce".to_owned(), Fault::default())].into() };
        let error = gateway(&App::default()).with_faults(faults).unwrap_err();
        assert!(error.to_string().contains("`pay_invoyce`"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn callers_are_known_by_number_when_that_is_quick_and_works() {
        let gateway = gateway(&App::default());
        let ann = gateway.identify(Some("+15550100".into())).await;
        assert_eq!(ann, Caller::from_number("+15550100").identified("C-1001", "Ann Lee"));
        for number in ["+15550199", "+15550166", "+15550177"] {
            assert_eq!(gateway.identify(Some(number.into())).await, Caller::from_number(number));
        }
        assert_eq!(gateway.identify(None).await, Caller::unknown());
    }

    #[tokio::test]
    async fn tools_have_threads_of_their_own_and_a_gateway_can_be_dropped_anywhere() {
        /// Say on which thread this runs.
        #[derive(serde::Deserialize, switchboard_agent::prelude::JsonSchema)]
        struct NameThread {}
        async fn name_thread(_: NameThread) -> String {
            std::thread::current().name().unwrap_or_default().to_owned()
        }
        let agent = switchboard_agent::Agent::new(crate::testing::BILLING)
            .instructions("Help.")
            .tool(name_thread);
        let gateway = Gateway::new(Roster::new([agent]).unwrap(), ()).unwrap();
        let answer = gateway.answer(request("name_thread", "{}")).await;
        assert_eq!(answer.envelope, Envelope::ok("tool".into(), TraceId::new("t-1")));
    }

    #[test]
    fn a_gateway_is_an_object_of_tools() {
        let gateway: Arc<dyn Tools> = Arc::new(Gateway::new(roster(), App::default()).unwrap());
        assert_eq!(gateway.team().start(), TRIAGE);
    }
}
