//! One agent on one call: runs the tools that the model calls under it.
//!
//! Supervised by the session actor, which starts one the first time the call meets the agent. Each tool call runs in a task of
//! its own, so a tool that hangs or fails hurts no other; the answer goes to the session by message. If this actor dies, the
//! session answers its open calls with an error and starts another at the next call. Stopping it gives its calls up: what that
//! means for a tool is the gateway's business.

use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use switchboard_gateway::{Answer, Request, Tools};
use switchboard_realtime::CallId;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::session_actor::SessionMsg;

/// What an agent can be told.
#[derive(Debug)]
pub(crate) enum AgentMsg {
    /// Run a tool.
    Run(Box<Request>),
}

/// What an agent starts with.
pub(crate) struct AgentArgs {
    pub(crate) tools: Arc<dyn Tools>,
    pub(crate) session: ActorRef<SessionMsg>,
}

/// The actor.
#[derive(Debug)]
pub(crate) struct AgentActor;

pub(crate) struct AgentState {
    tools: Arc<dyn Tools>,
    session: ActorRef<SessionMsg>,
    running: JoinSet<()>,
}

/// What came of a tool call that was answered before, on its way to the session.
#[derive(Debug)]
pub(crate) struct Late {
    pub(crate) call_id: CallId,
    pub(crate) tool: String,
    pub(crate) arguments: String,
    pub(crate) answer: Answer,
}

/// A tool call's answer on its way to the session.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) call_id: CallId,
    pub(crate) tool: String,
    pub(crate) answer: Answer,
    /// The call's arguments, where this is not the last word.
    pub(crate) more: Option<String>,
    pub(crate) took: Duration,
}

impl Actor for AgentActor {
    type Msg = AgentMsg;
    type State = AgentState;
    type Arguments = AgentArgs;

    async fn pre_start(
        &self,
        _: ActorRef<AgentMsg>,
        args: AgentArgs,
    ) -> Result<AgentState, ActorProcessingErr> {
        Ok(AgentState { tools: args.tools, session: args.session, running: JoinSet::new() })
    }

    async fn handle(
        &self,
        _: ActorRef<AgentMsg>,
        message: AgentMsg,
        state: &mut AgentState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            AgentMsg::Run(request) => state.run(*request),
        }
        Ok(())
    }
}

impl AgentState {
    fn run(&mut self, request: Request) {
        while self.running.try_join_next().is_some() {}
        let (call_id, tool) = (CallId::new(request.call_id.as_str()), request.tool.clone());
        let arguments = request.arguments.clone();
        let (answer, session) = (self.tools.answer(request), self.session.clone());
        self.running.spawn(async move {
            let began = Instant::now();
            let mut answer = answer.await;
            let later = answer.later.take();
            let answered = Answered {
                call_id: call_id.clone(),
                tool: tool.clone(),
                answer,
                more: later.is_some().then(|| arguments.clone()),
                took: began.elapsed(),
            };
            // A session that is gone needs no answer.
            let _ = session.cast(SessionMsg::Answered(Box::new(answered)));
            if let Some(later) = later {
                let late = Late { call_id, tool, arguments, answer: later.await };
                let _ = session.cast(SessionMsg::Late(Box::new(late)));
            }
        });
    }
}
