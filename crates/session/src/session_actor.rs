//! One call: the only writer of its conversation.
//!
//! Supervised by the switchboard's root actor, which takes the call out of the directory when this one ends, and plays the
//! recorded apology where it died. It owns the conversation's machines, the tasks at both ends (`pumps`) and the agents' actors.
//! It decides nothing: it feeds the machines and carries out what they answer (`session_state`).
//!
//! States: *dialling* (the model is being reached, for the first time or again; the caller's audio is held) ⇄ *up* → *over* (the
//! line has been told to hang up; the actor stops). What a link or a dial brings bears its number: of one that is gone it counts
//! for nothing.

use std::sync::Arc;

use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use switchboard_agent::{Caller, SessionEffect};
use switchboard_conversation::Input;
use tokio::time::Instant;

use crate::agent_actor::{Answered, Late};
use crate::call::Call;
use crate::line::Line;
use crate::link::{Link, LinkError};
use crate::session_state::SessionState;
use crate::sessions::Setup;

/// What a session can be told.
#[derive(Debug)]
pub(crate) enum SessionMsg {
    /// Something happened on the call, at this time.
    Input(Input, Instant),
    /// Something came over the link of this number, at this time.
    Over(u64, Input, Instant),
    /// A tool call that was answered before it was finished has come to this.
    Late(Box<Late>),
    /// The model was reached by the dial of this number, or was not; and this is who calls, with the first.
    Dialled(u64, Result<Link, LinkError>, Option<Box<Caller>>),
    /// A tool call has its answer.
    Answered(Box<Answered>),
    /// A tool wants something of the session.
    Effect(SessionEffect),
}

/// What a session starts with.
pub(crate) struct SessionArgs {
    pub(crate) call: Arc<Call>,
    pub(crate) line: Line,
    pub(crate) setup: Arc<Setup>,
}

/// The actor.
#[derive(Debug)]
pub(crate) struct SessionActor;

impl Actor for SessionActor {
    type Msg = SessionMsg;
    type State = SessionState;
    type Arguments = SessionArgs;

    async fn pre_start(
        &self,
        myself: ActorRef<SessionMsg>,
        args: SessionArgs,
    ) -> Result<SessionState, ActorProcessingErr> {
        Ok(SessionState::begin(myself, args))
    }

    async fn handle(
        &self,
        _: ActorRef<SessionMsg>,
        message: SessionMsg,
        state: &mut SessionState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SessionMsg::Input(input, at) => state.advance(input, at).await,
            SessionMsg::Over(link, input, at) => state.came_over(link, input, at).await,
            SessionMsg::Late(late) => state.late(*late).await,
            SessionMsg::Dialled(number, link, caller) => state.dialled(number, link, caller).await,
            SessionMsg::Answered(answered) => state.answered(*answered).await,
            SessionMsg::Effect(effect) => state.effect(effect).await,
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<SessionMsg>,
        event: SupervisionEvent,
        state: &mut SessionState,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(agent, cause) => {
                tracing::error!(call = state.id(), %cause, "an agent's actor died; its open calls are answered");
                state.agent_died(agent.get_id());
            }
            SupervisionEvent::ActorTerminated(agent, ..) => state.agent_died(agent.get_id()),
            _ => {}
        }
        Ok(())
    }
}
