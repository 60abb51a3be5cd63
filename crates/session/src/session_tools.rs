//! How a session has its agents' tools run, and passes on what they answer.

use std::sync::Arc;

use ractor::{Actor, ActorId, ActorRef};
use switchboard_agent::{AgentId, TraceId};
use switchboard_conversation::{Brief, Effect, Input};
use switchboard_gateway::{Answer, Effect as ToolEffect, Envelope, Request};
use switchboard_realtime::CallId;
use tokio::time::Instant;

use crate::agent_actor::{AgentActor, AgentArgs, AgentMsg, Answered, Late};
use crate::event::CallEvent;
use crate::session_actor::SessionMsg;
use crate::session_state::SessionState;

/// A dispatched call.
#[derive(Debug)]
pub(crate) struct Open {
    agent: AgentId,
    tool: String,
    since: Instant,
}

/// A call that has been answered, and of which the last word is still to come.
#[derive(Debug)]
pub(crate) struct Promise {
    agent: AgentId,
    tool: String,
    arguments: String,
}

impl SessionState {
    /// Runs a tool call, by way of the agent's actor.
    pub(crate) async fn dispatch(
        &mut self,
        call_id: CallId,
        agent: &str,
        tool: String,
        arguments: String,
    ) {
        self.show(CallEvent::ToolCalled {
            agent: agent.to_owned(),
            tool: tool.clone(),
            call_id: call_id.to_string(),
        });
        let id = self
            .shape
            .team
            .agent_named(agent)
            .expect("the conversation knows the team's agents")
            .id;
        self.open
            .insert(call_id.clone(), Open { agent: id, tool: tool.clone(), since: Instant::now() });
        let request = Request {
            agent: id,
            tool: tool.clone(),
            arguments,
            call_id: call_id.to_string(),
            session: self.session.clone(),
            trace_id: TraceId::random(),
            turn: self.turns,
            barge_in: self.barge_in.clone(),
        };
        let told = match self.agent(id).await {
            Some(actor) => actor.cast(AgentMsg::Run(Box::new(request))).is_ok(),
            None => false,
        };
        if !told {
            self.failed(call_id, tool);
        }
    }

    /// A tool has answered.
    pub(crate) async fn answered(&mut self, answered: Answered) {
        let Answered { call_id, tool, answer, more, took } = answered;
        let open = self.open.remove(&call_id);
        let promised = more.zip(open).map(|(arguments, open)| {
            let promise = Promise { agent: open.agent, tool: tool.clone(), arguments };
            self.promised.insert(call_id.clone(), promise);
        });
        let effect = match answer.effect {
            ToolEffect::None if promised.is_some() => Effect::TellMoreLater,
            ToolEffect::None => Effect::Tell,
            ToolEffect::StaySilent => Effect::StaySilent,
            ToolEffect::EndCall { reason } => Effect::EndCall { reason },
            ToolEffect::Handoff(handoff) => Effect::Handoff(Brief {
                to: handoff.to.to_string(),
                reason: handoff.reason.unwrap_or_default(),
                summary: handoff.summary.unwrap_or_default(),
                details: if handoff.brief.is_empty() {
                    String::new()
                } else {
                    serde_json::Value::Object(handoff.brief).to_string()
                },
            }),
        };
        let envelope = answer.envelope;
        self.setup.metrics.tool_answered(&tool, envelope.outcome(), took);
        self.show(CallEvent::ToolAnswered {
            tool,
            call_id: call_id.to_string(),
            outcome: envelope.outcome().to_owned(),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            trace_id: envelope.trace_id().to_string(),
        });
        let answered = Input::Answered { call_id, output: envelope.to_output(), effect };
        self.advance(answered, Instant::now()).await;
    }

    /// A tool call that was answered before has come to its end.
    pub(crate) async fn late(&mut self, late: Late) {
        let Late { call_id, tool, arguments, answer } = late;
        if self.promised.remove(&call_id).is_none() {
            return;
        }
        let mut envelope = answer.envelope;
        if answer.effect != ToolEffect::None {
            let message = "That came too late: the call has moved on. Nobody was transferred.";
            envelope = Envelope::refused("no_longer_active", message, envelope.trace_id().clone());
        }
        tracing::info!(call = self.id(), tool, outcome = envelope.outcome(), "a late result is in");
        let output = envelope.to_output();
        self.advance(Input::Late { tool, arguments, output }, Instant::now()).await;
    }

    /// An agent's actor is gone: what it was running is answered with an error, and what it had promised comes to one.
    pub(crate) fn agent_died(&mut self, actor: ActorId) {
        let Some(agent) =
            self.agents.iter().find(|(_, known)| known.get_id() == actor).map(|(agent, _)| *agent)
        else {
            return;
        };
        self.agents.remove(&agent);
        let of_it = self.open.iter().filter(|(_, open)| open.agent == agent);
        let lost: Vec<_> =
            of_it.map(|(call_id, open)| (call_id.clone(), open.tool.clone())).collect();
        for (call_id, tool) in lost {
            self.failed(call_id, tool);
        }
        let broken: Vec<Promise> = self
            .promised
            .extract_if(|_, promise| promise.agent == agent)
            .map(|(_, promise)| promise)
            .collect();
        for Promise { tool, arguments, .. } in broken {
            let message = "Something went wrong. It is not certain whether it went through.";
            let envelope = Envelope::refused("internal_error", message, TraceId::random());
            self.later(Input::Late { tool, arguments, output: envelope.to_output() });
        }
    }

    /// Answers a call that nothing came of through no fault of its own.
    fn failed(&mut self, call_id: CallId, tool: String) {
        self.refuse(
            call_id,
            tool,
            "internal_error",
            ("Something went wrong. Please try again.", true),
        );
    }

    /// Answers a call with an error, by way of the mailbox like any other answer.
    pub(crate) fn refuse(
        &mut self,
        call_id: CallId,
        tool: String,
        code: &'static str,
        (message, retryable): (&str, bool),
    ) {
        let since = self.open.remove(&call_id).map_or_else(Instant::now, |open| open.since);
        tracing::info!(call = self.id(), %call_id, tool, code, "a tool call was refused");
        let mut envelope = Envelope::refused(code, message, TraceId::random());
        if let Envelope::Error { retryable: may, .. } = &mut envelope {
            *may = retryable;
        }
        let answer = Answer::told(envelope);
        let answered = Answered { call_id, tool, answer, more: None, took: since.elapsed() };
        let _ = self.myself.cast(SessionMsg::Answered(Box::new(answered)));
    }

    /// The agent's actor, started if the call has not met the agent yet.
    async fn agent(&mut self, id: AgentId) -> Option<ActorRef<AgentMsg>> {
        if let Some(actor) = self.agents.get(&id) {
            return Some(actor.clone());
        }
        let args = AgentArgs { tools: Arc::clone(&self.setup.tools), session: self.myself.clone() };
        let (actor, _) =
            Actor::spawn_linked(None, AgentActor, args, self.myself.get_cell()).await.ok()?;
        self.agents.insert(id, actor.clone());
        Some(actor)
    }
}
