//! What a session has, and how it carries out what its conversation wants.

use std::collections::HashMap;
use std::sync::Arc;

use ractor::ActorRef;
use switchboard_agent::{AgentId, Caller, Session, SessionEffect};
use switchboard_conversation::{AgentSetup, Brief, Conversation, Input, ModelEvent, Output};
use switchboard_realtime::{AudioFormat, CallId, EventId, ItemId};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout};

use crate::agent_actor::AgentMsg;
use crate::apology;
use crate::call::{Call, CallState};
use crate::caller_audio::CallerAudio;
use crate::event::CallEvent;
use crate::instructions::instructions;
use crate::line::{LineCommand, Media};
use crate::link::{CallShape, Link, LinkCommand, LinkError};
use crate::pumps::{self, COMMANDS_WAITING, ToModel};
use crate::session_actor::{SessionArgs, SessionMsg};
use crate::session_tools::Open;
use crate::sessions::Setup;
use crate::speaker::Speaker;

/// See the module.
pub(crate) struct SessionState {
    pub(crate) myself: ActorRef<SessionMsg>,
    pub(crate) call: Arc<Call>,
    pub(crate) setup: Arc<Setup>,
    pub(crate) shape: Arc<CallShape>,
    conversation: Conversation,
    speaker: Arc<Speaker>,
    /// Waits here until the model may hear it.
    caller_audio: Option<CallerAudio>,
    model: Option<mpsc::Sender<ToModel>>,
    /// The task that reads the model.
    reader: Option<AbortHandle>,
    /// What the tools know of the call.
    pub(crate) session: Session,
    pub(crate) agents: HashMap<AgentId, ActorRef<AgentMsg>>,
    /// Dispatched calls that have no answer yet.
    pub(crate) open: HashMap<CallId, Open>,
    updated: bool,
    deadline: watch::Sender<Option<Instant>>,
    /// Everything that runs for this call; it ends with it.
    pumps: JoinSet<()>,
    last: Instant,
}

impl SessionState {
    /// Starts the tasks of a call, and dials its model.
    pub(crate) fn begin(myself: ActorRef<SessionMsg>, args: SessionArgs) -> Self {
        let SessionArgs { call, line, setup } = args;
        let media = line.profile.media;
        let format = match media {
            Media::Audio(format) => format,
            Media::Text => AudioFormat::Pcm24k,
        };
        let shape = Arc::new(CallShape {
            team: Arc::clone(setup.tools.team()),
            settings: Arc::clone(&setup.model_settings),
            media,
        });
        let now = Instant::now();
        let (deadline, next) = watch::channel(None);
        let mut pumps = JoinSet::new();
        pumps.spawn(pumps::from_line(line.events, myself.clone()));
        pumps.spawn(pumps::clock(next, myself.clone()));
        pumps.spawn(dial(
            Arc::clone(&setup),
            Arc::clone(&shape),
            line.profile.caller.clone(),
            myself.clone(),
        ));
        setup.metrics.call_began(line.profile.kind);
        tracing::info!(call = %call.id, line = line.profile.kind, caller = line.profile.caller, "a call came in");
        Self {
            conversation: Conversation::new(conversation_setup(&setup, &shape), now.into_std()),
            session: tools_session(&call, Caller::default(), &myself),
            speaker: Arc::new(Speaker::new(line.commands, format)),
            caller_audio: Some(line.audio),
            model: None,
            reader: None,
            agents: HashMap::new(),
            open: HashMap::new(),
            updated: false,
            last: now,
            myself,
            call,
            setup,
            shape,
            deadline,
            pumps,
        }
    }

    pub(crate) fn id(&self) -> &str {
        self.call.id.as_str()
    }

    /// Something happened: the conversation decides, and this carries it out.
    pub(crate) async fn advance(&mut self, input: Input, at: Instant) {
        match &input {
            Input::Model(ModelEvent::Committed { .. }) | Input::Typed(_) => {
                self.setup.metrics.turn();
            }
            Input::LinkLost { reason } => {
                tracing::warn!(call = self.id(), reason, "the link to the model is gone");
            }
            _ => {}
        }
        // Inputs come from several tasks, each with its own time: for the conversation, time never runs backwards.
        self.last = self.last.max(at);
        let now = self.last.into_std();
        self.conversation.handle(input, now);
        while let Some(output) = self.conversation.poll_output() {
            self.carry_out(output).await;
        }
        let next = self.conversation.poll_timeout(now).map(Instant::from_std);
        self.deadline.send_if_modified(|deadline| std::mem::replace(deadline, next) != next);
    }

    /// The model was reached, or not.
    pub(crate) async fn dialled(&mut self, link: Result<Link, LinkError>, caller: Caller) {
        self.session = tools_session(&self.call, caller, &self.myself);
        let input = match link {
            Ok(link) => {
                self.serve(link);
                Input::Connected
            }
            Err(error) => Input::LinkLost { reason: error.to_string() },
        };
        self.advance(input, Instant::now()).await;
    }

    fn serve(&mut self, link: Link) {
        let (commands, waiting) = mpsc::channel(COMMANDS_WAITING);
        self.model = Some(commands);
        let reader = self.pumps.spawn(pumps::from_model(
            link.receiver,
            Arc::clone(&self.speaker),
            self.myself.clone(),
        ));
        self.reader = Some(reader);
        if let Some(caller) = self.caller_audio.take() {
            // Not one of the call's own tasks: it outlives the call for as long as the goodbye to the server takes.
            tokio::spawn(pumps::to_model(link.sender, waiting, caller, self.myself.clone()));
        }
    }

    /// Nothing more is told to the model, and nothing more of it is heard.
    fn disconnect(&mut self) {
        self.model = None;
        if let Some(reader) = self.reader.take() {
            reader.abort();
        }
    }

    /// A tool wants something of the session.
    pub(crate) async fn effect(&mut self, effect: SessionEffect) {
        match effect {
            SessionEffect::Say(text) => self.advance(Input::Say(text), Instant::now()).await,
            // The record of the caller is shared with the tools; the next agent's instructions hold it.
            SessionEffect::CallerChanged(caller) => {
                tracing::info!(
                    call = self.id(),
                    customer = caller.customer,
                    verified = caller.verified,
                    "the caller is known"
                );
            }
        }
    }

    async fn carry_out(&mut self, output: Output) {
        match output {
            Output::Model(command) => self.to_model(ToModel::Command(LinkCommand::Tell(command))),
            Output::Update { event, agent, brief } => self.update(event, agent, brief.as_ref()),
            Output::ReleaseAudio => self.to_model(ToModel::Release),
            Output::Clear { generation, drop } => {
                self.setup.metrics.barge_in();
                self.speaker.clear(generation, drop);
            }
            Output::Drop(response) => self.speaker.drop_response(response),
            Output::Dispatch { call_id, agent, name, arguments } => {
                self.dispatch(call_id, &agent, name, arguments).await;
            }
            Output::Refuse { call_id, name, code, message, retryable } => {
                self.refuse(call_id, name, code, (&message, retryable));
            }
            Output::Apologise { item, generation } => self.apologise(item, generation).await,
            Output::Disconnect => self.disconnect(),
            Output::Report(report) => self.report(report),
            Output::HangUp { reason, failed } => self.hang_up(reason, failed),
        }
    }

    fn update(&mut self, event: EventId, agent: usize, brief: Option<&Brief>) {
        let profile =
            self.shape.team.agents().nth(agent).expect("the conversation knows the team's agents");
        let instructions = instructions(profile, &self.session.caller(), brief);
        let first = !std::mem::replace(&mut self.updated, true);
        let agent = profile.id;
        self.to_model(ToModel::Command(LinkCommand::Update { event, agent, instructions, first }));
    }

    /// A link that takes nothing any more is lost.
    fn to_model(&self, command: ToModel) {
        let Some(model) = &self.model else { return };
        if let Err(error) = model.try_send(command) {
            let reason = match error {
                mpsc::error::TrySendError::Full(_) => "the model takes nothing any more",
                mpsc::error::TrySendError::Closed(_) => "the connection to the model is closed",
            };
            self.later(Input::LinkLost { reason: reason.to_owned() });
        }
    }

    /// An input of our own making, behind those that wait already.
    fn later(&self, input: Input) {
        let _ = self.myself.cast(SessionMsg::Input(input, Instant::now()));
    }

    /// Plays the recorded apology, or writes it.
    async fn apologise(&self, item: ItemId, generation: u32) {
        let length = match self.shape.media {
            Media::Audio(format) => {
                let (audio, length) = apology::recording(format);
                // A line that takes nothing any more hears nothing; the hang-up follows all the same.
                let play = self.speaker.play(None, &item, audio);
                let _ = timeout(std::time::Duration::from_millis(200), play).await;
                length
            }
            Media::Text => {
                let text = apology::WORDS.to_owned();
                self.show(CallEvent::AgentSaid {
                    agent: "switchboard".to_owned(),
                    text,
                    interrupted: false,
                });
                std::time::Duration::ZERO
            }
        };
        self.later(Input::Apologising { item, length, generation });
    }

    fn report(&mut self, report: switchboard_conversation::Report) {
        let Some(event) = crate::report::note(report, self.id(), &self.setup.metrics) else {
            return;
        };
        match &event {
            CallEvent::Started { agent } => self.call.set(agent, CallState::Up),
            CallEvent::HandedOff { to, .. } => self.call.set(to, CallState::Up),
            _ => {}
        }
        self.show(event);
    }

    /// Tells those who watch, and a line with a screen.
    pub(crate) fn show(&self, event: CallEvent) {
        if self.shape.media == Media::Text {
            self.speaker.tell(LineCommand::Show(event.clone()));
        }
        self.call.log.report(event);
    }

    fn hang_up(&mut self, reason: String, failed: bool) {
        tracing::info!(call = self.id(), reason, "the call is over");
        self.show(CallEvent::Ended { reason, failed });
        self.speaker.tell(LineCommand::Hangup);
        self.model = None;
        self.myself.stop(None);
    }
}

impl Drop for SessionState {
    /// However a session ends, the numbers are right.
    fn drop(&mut self) {
        self.call.set(self.conversation.agent(), CallState::Ended);
        self.setup.metrics.call_ended(self.call.began.elapsed(), self.conversation.usage().tokens);
    }
}

/// Finds out who calls, and reaches the model, side by side.
async fn dial(
    setup: Arc<Setup>,
    shape: Arc<CallShape>,
    number: Option<String>,
    session: ActorRef<SessionMsg>,
) {
    let within = setup.settings.dial();
    let link = async {
        timeout(within, setup.model.dial(shape)).await.unwrap_or_else(|_| {
            Err(LinkError(format!(
                "the model did not answer within {within:?}: check its address and the network"
            )))
        })
    };
    let (link, caller) = tokio::join!(link, setup.tools.identify(number));
    let _ = session.cast(SessionMsg::Dialled(link, Box::new(caller)));
}

fn conversation_setup(setup: &Setup, shape: &CallShape) -> switchboard_conversation::Setup {
    let agents = shape.team.agents().map(|profile| AgentSetup {
        name: profile.id.to_string(),
        tools: profile.tools.iter().map(|tool| tool.name.clone()).collect(),
    });
    let start = shape
        .team
        .agents()
        .position(|profile| profile.id == shape.team.start())
        .unwrap_or_default();
    switchboard_conversation::Setup {
        agents: agents.collect(),
        start,
        audio: match shape.media {
            Media::Audio(format) => Some(format),
            Media::Text => None,
        },
        server_responds: shape.settings.turn_detection.creates_responses(),
        server_interrupts: shape.settings.turn_detection.interrupts_responses(),
        timings: setup.settings.timings(),
        seed: fastrand::u64(..),
    }
}

/// The tools' view of the call; what they want of it comes back by message.
fn tools_session(call: &Call, caller: Caller, myself: &ActorRef<SessionMsg>) -> Session {
    let session = myself.clone();
    Session::new(call.id.as_str(), caller, move |effect| {
        let _ = session.cast(SessionMsg::Effect(effect));
    })
}
