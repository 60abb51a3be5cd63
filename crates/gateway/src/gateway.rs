//! The gateway: the steps of a tool call, in order.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use switchboard_agent::{Caller, Outcome, Roster, Team, ToolContext};
use tokio::runtime::Handle;

use crate::refusal::Refusal;
use crate::run::Terms;
use crate::runtime::ToolRuntime;
use crate::toolbox::{Entry, Toolbox, UnusableSchema};
use crate::validate::Valid;
use crate::{Answer, Effect, Envelope, Faults, Request, Tools, UnknownFaultyTool};
use crate::{key, lookup, record, run, validate};

/// How long a tool may take that does not say otherwise.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// How long the look-up of a caller may take: nobody has been greeted yet.
const IDENTIFY_DEADLINE: Duration = Duration::from_secs(2);

/// Runs the tools of a roster, with the application's state.
///
/// Tools run on two threads of their own, named `tool`, which are started with the first call and left when the gateway is dropped; see
/// [`on`](Self::on) for another choice.
pub struct Gateway<A> {
    shared: Arc<Shared<A>>,
}

struct Shared<A> {
    roster: Roster<A>,
    toolbox: Toolbox<A>,
    app: Arc<A>,
    faults: Faults,
    deadline: Duration,
    threads: ToolRuntime,
}

impl<A: Send + Sync + 'static> Gateway<A> {
    /// A gateway to these agents' tools.
    ///
    /// # Errors
    ///
    /// When the schema of some tool cannot be used: as a rule, a pattern in it is no regular expression.
    pub fn new(roster: Roster<A>, app: A) -> Result<Self, UnusableSchema> {
        let toolbox = Toolbox::new(&roster)?;
        let shared = Shared {
            roster,
            toolbox,
            app: Arc::new(app),
            faults: Faults::default(),
            deadline: DEADLINE,
            threads: ToolRuntime::default(),
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
            let mut record = record::Record::begin(&request);
            let answer = match shared.steps(&request, &mut record).await {
                Ok(outcome) => tell(outcome, &request),
                Err(refusal) => Answer {
                    envelope: refusal.into_envelope(request.trace_id),
                    effect: Effect::None,
                },
            };
            record.end(&answer.envelope);
            answer
        }
        .boxed()
    }

    fn identify(&self, number: Option<String>) -> BoxFuture<'static, Caller> {
        let shared = Arc::clone(&self.shared);
        async move {
            let Some(number) = number else { return Caller::unknown() };
            let known = shared.identify(&number).await.unwrap_or_default();
            Caller { number: Some(number), ..known }
        }
        .boxed()
    }

    fn team(&self) -> &Arc<Team> {
        self.shared.toolbox.team()
    }
}

impl<A: Send + Sync + 'static> Shared<A> {
    /// The life of a tool call. Each step passes it on or ends it.
    async fn steps(
        &self,
        request: &Request,
        record: &mut record::Record,
    ) -> Result<Outcome, Refusal> {
        let entry = lookup::look_up(&self.toolbox, request.agent, &request.tool)?;
        let Valid { arguments, call } = validate::validate(entry, &request.arguments)?;
        record.allowed(&arguments);
        let context = ToolContext {
            app: Arc::clone(&self.app),
            session: request.session.clone(),
            trace_id: request.trace_id.clone(),
            idempotency_key: key::idempotency_key(request.session.id(), &request.tool, &arguments),
        };
        run::run(&self.threads.handle()?, call, context, self.terms(entry)).await
    }

    fn terms(&self, entry: &Entry<A>) -> Terms {
        let modifiers = entry.tool.modifiers();
        Terms {
            tool: entry.tool.name().to_owned(),
            deadline: modifiers.deadline.unwrap_or(self.deadline),
            idempotent: modifiers.idempotent,
            fault: self.faults.of(entry.tool.name()).cloned(),
        }
    }

    /// Who calls from a number, if that is known soon.
    async fn identify(&self, number: &str) -> Option<Caller> {
        let looking = self.roster.identify(number, &self.app)?;
        let task = self.threads.handle().ok()?.spawn(looking);
        match tokio::time::timeout(IDENTIFY_DEADLINE, task).await {
            Ok(Ok(caller)) => caller,
            Ok(Err(error)) => {
                tracing::error!(%error, "the look-up of a caller broke");
                None
            }
            Err(_) => {
                tracing::error!("the look-up of a caller took too long");
                None
            }
        }
    }
}

/// What the model is told about a result, and what the session is to do.
fn tell(outcome: Outcome, request: &Request) -> Answer {
    let trace_id = request.trace_id.clone();
    let (data, confidence, effect) = match outcome {
        Outcome::Rated(data, confidence) => (data, Some(confidence), Effect::None),
        Outcome::Json(data) => (data, None, Effect::None),
        Outcome::Handoff(handoff) => {
            (json!({ "transferring_to": handoff.to }), None, Effect::Handoff(handoff))
        }
        Outcome::StaySilent => (json!({ "silent": true }), None, Effect::StaySilent),
        Outcome::EndCall { reason } => {
            (json!({ "ending": true }), None, Effect::EndCall { reason })
        }
    };
    Answer { envelope: Envelope::Ok { data, trace_id, confidence, duplicate: false }, effect }
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
