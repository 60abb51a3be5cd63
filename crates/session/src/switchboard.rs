//! The root supervisor: starts a session for each call, and takes it out of the directory when it ends.
//!
//! A session that dies takes only its own call with it: the caller hears the recorded apology, and the line is closed. Sessions
//! are never restarted: a conversation cannot be picked up in the middle.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ractor::{
    Actor, ActorId, ActorProcessingErr, ActorRef, RpcReplyPort, SpawnErr, SupervisionEvent,
};
use switchboard_realtime::ItemId;
use tokio::sync::mpsc;

use crate::call::{Call, SessionId};
use crate::event::CallEvent;
use crate::line::{Chunk, Line, LineCommand, Media};
use crate::recordings;
use crate::session_actor::{SessionActor, SessionArgs, SessionMsg};
use crate::sessions::{Directory, Entry, Setup};

/// How long after the apology the line is closed.
const AFTER_THE_APOLOGY: Duration = Duration::from_millis(500);

/// What the root can be told.
#[derive(Debug)]
pub(crate) enum SwitchboardMsg {
    /// A call came in: start its session.
    Open(Box<Line>, Arc<Call>, RpcReplyPort<Result<(), SpawnErr>>),
}

/// What the root starts with.
pub(crate) struct SwitchboardArgs {
    pub(crate) directory: Arc<Directory>,
    pub(crate) setup: Arc<Setup>,
}

/// The actor.
#[derive(Debug)]
pub(crate) struct SwitchboardActor;

pub(crate) struct SwitchboardState {
    directory: Arc<Directory>,
    setup: Arc<Setup>,
    /// The live sessions, each with its caller's line: should the session die, the caller is told.
    sessions: HashMap<ActorId, (SessionId, mpsc::Sender<LineCommand>)>,
}

impl Actor for SwitchboardActor {
    type Msg = SwitchboardMsg;
    type State = SwitchboardState;
    type Arguments = SwitchboardArgs;

    async fn pre_start(
        &self,
        _: ActorRef<SwitchboardMsg>,
        args: SwitchboardArgs,
    ) -> Result<SwitchboardState, ActorProcessingErr> {
        Ok(SwitchboardState {
            directory: args.directory,
            setup: args.setup,
            sessions: HashMap::new(),
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<SwitchboardMsg>,
        message: SwitchboardMsg,
        state: &mut SwitchboardState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SwitchboardMsg::Open(line, call, reply) => {
                state.open(*line, call, reply, &myself).await;
            }
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<SwitchboardMsg>,
        event: SupervisionEvent,
        state: &mut SwitchboardState,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorTerminated(session, ..) => drop(state.ended(session.get_id())),
            SupervisionEvent::ActorFailed(session, cause) => {
                state.died(session.get_id(), &cause.to_string());
            }
            _ => {}
        }
        Ok(())
    }
}

impl SwitchboardState {
    async fn open(
        &mut self,
        line: Line,
        call: Arc<Call>,
        reply: RpcReplyPort<Result<(), SpawnErr>>,
        myself: &ActorRef<SwitchboardMsg>,
    ) {
        if self.directory.is_draining() {
            // Too late: whoever opened it sees the line closed.
            return;
        }
        let commands = line.commands.clone();
        let args = SessionArgs { call: Arc::clone(&call), line, setup: Arc::clone(&self.setup) };
        let spawned = Actor::spawn_linked(None, SessionActor, args, myself.get_cell()).await;
        let answer = spawned.map(|(session, _)| self.enter(call, session, commands));
        // Whoever opened the call may have given up waiting; the session lives all the same.
        let _ = reply.send(answer);
    }

    fn enter(
        &mut self,
        call: Arc<Call>,
        session: ActorRef<SessionMsg>,
        line: mpsc::Sender<LineCommand>,
    ) {
        self.sessions.insert(session.get_id(), (call.id.clone(), line));
        self.directory.enter(Entry { call, session });
    }

    fn ended(&mut self, session: ActorId) -> Option<(Arc<Call>, mpsc::Sender<LineCommand>)> {
        let (id, line) = self.sessions.remove(&session)?;
        Some((self.directory.leave(&id)?, line))
    }

    fn died(&mut self, session: ActorId, cause: &str) {
        let Some((call, line)) = self.ended(session) else { return };
        tracing::error!(call = %call.id, cause, "a session died; its caller is told");
        self.setup.metrics.apology();
        call.log.report(CallEvent::Apologised { reason: "the session died".to_owned() });
        call.log.report(CallEvent::Ended { reason: "the session died".to_owned(), failed: true });
        tokio::spawn(async move {
            if let Media::Audio(format) = call.profile.media {
                let (audio, until) = recordings::apology(format);
                let _ = line.send(LineCommand::Clear { generation: u32::MAX }).await;
                let chunk =
                    Chunk { item: ItemId::new("sb_sorry"), until, generation: u32::MAX, audio };
                let _ = line.send(LineCommand::Play(chunk)).await;
                tokio::time::sleep(until + AFTER_THE_APOLOGY).await;
            }
            let _ = line.send(LineCommand::Hangup).await;
        });
    }
}
