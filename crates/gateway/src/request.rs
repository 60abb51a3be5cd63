//! What the session asks of the gateway, and what it gets back.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use switchboard_agent::{AgentId, Caller, Handoff, Session, Team, TraceId};

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
}

/// What came of a tool call.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What the model is told.
    pub envelope: Envelope,
    /// What the session is to do beside.
    pub effect: Effect,
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
    /// Dropping the future gives the call up: an idempotent tool is stopped, any other finishes what it does within its deadline.
    fn answer(&self, request: Request) -> BoxFuture<'static, Answer>;

    /// Says who calls, by the number the line gave (E.164), quickly: a caller nobody knows when there is no number, no such customer,
    /// or no answer in time.
    fn identify(&self, number: Option<String>) -> BoxFuture<'static, Caller>;

    /// The agents.
    fn team(&self) -> &Arc<Team>;
}
