//! What the session asks of the gateway, and what it gets back.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use switchboard_agent::{AgentId, Caller, Handoff, Session, Team, TraceId};
use tokio_util::sync::CancellationToken;

use crate::Envelope;

/// One tool call of the model.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agent that is active.
    pub agent: AgentId,
    /// The name the model called.
    pub tool: String,
    /// The arguments as the model wrote them: JSON, if all is well.
    pub arguments: String,
    /// The protocol's id of this call.
    pub call_id: String,
    /// The phone call.
    pub session: Session,
    /// Under which this call is found in the log.
    pub trace_id: TraceId,
    /// How many turns the caller has had so far in this phone call. What a model asks again without a turn between, it asks of itself.
    pub turn: u64,
    /// Cancelled when the caller speaks over what this call is for. Only a tool that says so is stopped by it.
    pub barge_in: CancellationToken,
}

/// What came of a tool call.
#[derive(Debug)]
pub struct Answer {
    /// What the model is told.
    pub envelope: Envelope,
    /// What the session is to do beside.
    pub effect: Effect,
    /// What comes of the call later, where this is not all: of one that was detached, or that waits for a person's approval.
    pub later: Option<Later>,
}

impl Answer {
    /// An answer that is all there is to a call.
    pub fn told(envelope: Envelope) -> Self {
        Self { envelope, effect: Effect::None, later: None }
    }
}

/// The rest of a call that was answered for the time being: await it for the answer that comes later, which enters the conversation
/// as a result of its own. Dropping it gives the rest up, as dropping [`Tools::answer`]'s future does.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use switchboard_agent::TraceId;
/// use switchboard_gateway::{Answer, Envelope, Later};
///
/// let later = Later::new(async { Answer::told(Envelope::ok("Done.".into(), TraceId::random())) });
/// assert_eq!(later.await.envelope.outcome(), "ok");
/// # }
/// ```
pub struct Later(BoxFuture<'static, Answer>);

impl Later {
    /// An answer that comes when this future has it.
    pub fn new(answer: impl Future<Output = Answer> + Send + 'static) -> Self {
        Self(answer.boxed())
    }
}

impl IntoFuture for Later {
    type Output = Answer;
    type IntoFuture = BoxFuture<'static, Answer>;

    fn into_future(self) -> Self::IntoFuture {
        self.0
    }
}

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Later").finish_non_exhaustive()
    }
}

/// What a tool call asks of the session. Whether a handoff happens is the conversation's decision.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Effect {
    /// Nothing: the answer is all.
    #[default]
    None,
    /// Hand the caller to another agent.
    Handoff(Handoff),
    /// Say nothing to what was just said.
    StaySilent,
    /// Hang up when the goodbye has been heard.
    EndCall {
        /// Why, in the model's words.
        reason: String,
    },
}

/// The tools of a whole team, without the type of the application: what a session holds. [`Gateway`](crate::Gateway) is one.
pub trait Tools: Send + Sync {
    /// Answers one tool call: always, whatever the model wrote and whatever the tool does, and no later than the tool's deadline.
    ///
    /// Dropping the future gives the call up, as at hang-up: a tool that may be cancelled then is stopped, any other finishes what it
    /// does within its deadline.
    fn answer(&self, request: Request) -> BoxFuture<'static, Answer>;

    /// Says who calls, by the number the line gave (E.164), quickly: a caller nobody knows when there is no number, no such customer,
    /// or no answer in time.
    fn identify(&self, number: Option<String>) -> BoxFuture<'static, Caller>;

    /// The agents.
    fn team(&self) -> &Arc<Team>;

    /// How long a tool usually takes, where that is known by now.
    fn usual(&self, tool: &str) -> Option<Duration> {
        let _ = tool;
        None
    }
}
