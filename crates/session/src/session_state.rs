//! What a session has, and how it carries out what its conversation wants.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ractor::ActorRef;
use switchboard_agent::{AgentId, Caller, Session, SessionEffect};
use switchboard_conversation::{Brief, Conversation, Input, ModelCommand, ModelEvent, Output};
use switchboard_realtime::{AudioFormat, CallId, EventId, ItemId, Payload};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::agent_actor::AgentMsg;
use crate::call::{Call, CallState};
use crate::caller_audio::CallerAudio;
use crate::event::CallEvent;
use crate::instructions::instructions;
use crate::line::{LineCommand, Media};
use crate::link::{CallShape, Link, LinkCommand, LinkError};
use crate::phrases::Voice;
use crate::pumps::{self, COMMANDS_WAITING, Over, ToModel};
use crate::recorder::Recorder;
use crate::recordings;
use crate::session_actor::{SessionArgs, SessionMsg};
use crate::session_setup::{conversation_setup, voice};
use crate::session_tools::{Open, Promise};
use crate::sessions::Setup;
use crate::speaker::Speaker;

/// A line that takes no audio of ours for so long gets none.
const LINE_PATIENCE: Duration = Duration::from_millis(200);

/// See the module.
pub(crate) struct SessionState {
    pub(crate) myself: ActorRef<SessionMsg>,
    pub(crate) call: Arc<Call>,
    pub(crate) setup: Arc<Setup>,
    pub(crate) shape: Arc<CallShape>,
    conversation: Conversation,
    speaker: Arc<Speaker>,
    recorder: Arc<Recorder>,
    caller_audio: CallerAudio,
    model: Option<mpsc::Sender<ToModel>>,
    /// The task that reads the model.
    reader: Option<AbortHandle>,
    /// Counts links, and dials: what an older one brings counts for nothing.
    link: u64,
    /// The caller's turns so far.
    pub(crate) turns: u64,
    /// Cancelled when the caller speaks over an agent; there is a new one then.
    pub(crate) barge_in: CancellationToken,
    /// What the tools know of the call.
    pub(crate) session: Session,
    pub(crate) agents: HashMap<AgentId, ActorRef<AgentMsg>>,
    /// Dispatched calls that have no answer yet.
    pub(crate) open: HashMap<CallId, Open>,
    /// Calls that have been answered, and of which the last word is still to come.
    pub(crate) promised: HashMap<CallId, Promise>,
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
        pumps.spawn(first_dial(
            Arc::clone(&setup),
            Arc::clone(&shape),
            line.profile.caller.clone(),
            myself.clone(),
        ));
        let recorder = Arc::new(Recorder::new(Arc::clone(&setup.phrases), format));
        setup.metrics.call_began(line.profile.kind);
        tracing::info!(
            call = %call.id,
            line = line.profile.kind,
            reference = line.profile.reference,
            caller = line.profile.caller,
            "a call came in"
        );
        Self {
            conversation: Conversation::new(conversation_setup(&setup, &shape), now.into_std()),
            session: tools_session(&call, Caller::default(), &myself),
            speaker: Arc::new(Speaker::new(line.commands, format)),
            recorder,
            caller_audio: line.audio,
            model: None,
            reader: None,
            link: 0,
            turns: 0,
            barge_in: CancellationToken::new(),
            agents: HashMap::new(),
            open: HashMap::new(),
            promised: HashMap::new(),
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
        self.note(&input);
        // Inputs come from several tasks, each with its own time: for the conversation, time never runs backwards.
        self.last = self.last.max(at);
        let now = self.last.into_std();
        self.conversation.handle(input, now);
        while let Some(output) = self.conversation.poll_output() {
            self.carry_out(output).await;
        }
        let next = self.conversation.poll_timeout(now).map(Instant::from_std);
        if next.is_some_and(|at| at <= self.last) {
            // The clock may have just rung for this very instant, and does not ring twice.
            return self.later(Input::Tick);
        }
        self.deadline.send_if_modified(|deadline| std::mem::replace(deadline, next) != next);
    }

    /// What an input means for the tools, the caller's audio and the numbers.
    fn note(&mut self, input: &Input) {
        match input {
            Input::Model(ModelEvent::SpeechStarted { item }) => {
                self.caller_audio.speaking(item);
                self.interrupt_tools();
            }
            Input::Model(ModelEvent::Committed { item }) => {
                self.caller_audio.turn_over(item);
                self.turn();
            }
            Input::Typed(_) => {
                self.interrupt_tools();
                self.turn();
            }
            Input::LinkLost { reason, .. } => {
                tracing::warn!(call = self.id(), reason, "the link to the model is gone");
            }
            _ => {}
        }
    }

    fn turn(&mut self) {
        self.turns += 1;
        self.setup.metrics.turn();
    }

    /// The caller speaks: tools that may be cancelled by that are.
    fn interrupt_tools(&mut self) {
        std::mem::take(&mut self.barge_in).cancel();
    }

    /// Something came over a link: if it is still the one there is, it counts.
    pub(crate) async fn came_over(&mut self, link: u64, input: Input, at: Instant) {
        if link == self.link {
            self.advance(input, at).await;
        }
    }

    /// The model was reached, or not.
    pub(crate) async fn dialled(
        &mut self,
        number: u64,
        link: Result<Link, LinkError>,
        caller: Option<Box<Caller>>,
    ) {
        if let Some(caller) = caller {
            self.session = tools_session(&self.call, *caller, &self.myself);
        }
        if number != self.link {
            return;
        }
        let input = match link {
            Ok(link) => {
                self.serve(link);
                Input::Connected
            }
            Err(LinkError { reason, hopeless }) => Input::LinkLost { reason, hopeless },
        };
        self.advance(input, Instant::now()).await;
    }

    fn serve(&mut self, link: Link) {
        let (commands, waiting) = mpsc::channel(COMMANDS_WAITING);
        self.model = Some(commands);
        self.updated = false;
        self.recorder = Arc::new(Recorder::new(Arc::clone(&self.setup.phrases), self.format()));
        while self.pumps.try_join_next().is_some() {}
        let over = Over { link: self.link, session: self.myself.clone() };
        let reader = self.pumps.spawn(pumps::from_model(
            link.receiver,
            Arc::clone(&self.speaker),
            Arc::clone(&self.recorder),
            over.clone(),
        ));
        self.reader = Some(reader);
        // Not one of the call's own tasks: it outlives the call for as long as the goodbye to the server takes.
        let audio = self.caller_audio.for_link();
        tokio::spawn(pumps::to_model(link.sender, waiting, audio, over));
    }

    /// Nothing more is told to the model, and nothing more of it is heard. What it may not have understood of the caller is kept
    /// for the next.
    fn disconnect(&mut self) {
        self.link += 1;
        self.model = None;
        if let Some(reader) = self.reader.take() {
            reader.abort();
        }
        self.caller_audio.again();
    }

    /// Reaches the model once more.
    fn redial(&mut self, within: Duration) {
        self.link += 1;
        self.call.set(self.conversation.agent(), CallState::Dialling);
        let (setup, shape) = (Arc::clone(&self.setup), Arc::clone(&self.shape));
        let (number, session) = (self.link, self.myself.clone());
        self.pumps.spawn(async move {
            let link = dial(&setup, shape, within).await;
            let _ = session.cast(SessionMsg::Dialled(number, link, None));
        });
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
            Output::Model(command) => self.tell(command),
            Output::Update { event, agent, brief } => self.update(event, agent, brief.as_ref()),
            Output::ReleaseAudio => self.to_model(ToModel::Release),
            Output::Clear { generation, drop, barge_in } => {
                if barge_in {
                    self.setup.metrics.barge_in();
                }
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
            Output::Hold { item, text, generation } => self.hold(item, &text, generation).await,
            Output::ForgetAudio => self.caller_audio.forget(),
            Output::Disconnect => self.disconnect(),
            Output::Dial { within } => self.redial(within),
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

    fn tell(&mut self, command: ModelCommand) {
        if let ModelCommand::Respond { request, say: Some(say), .. } = &command
            && say.keep
        {
            self.recorder.expect(*request, self.voice(), &say.text);
        }
        self.to_model(ToModel::Command(LinkCommand::Tell(command)));
    }

    /// The line's format; of a line without sound, any.
    fn format(&self) -> AudioFormat {
        match self.shape.media {
            Media::Audio(format) => format,
            Media::Text => AudioFormat::Pcm24k,
        }
    }

    /// The voice of the agent that has the call.
    fn voice(&self) -> Voice {
        let profile = self.shape.team.agent_named(self.conversation.agent());
        voice(profile.expect("the conversation knows the team's agents"), &self.shape.settings)
    }

    /// A link that takes nothing any more is lost.
    fn to_model(&self, command: ToModel) {
        let Some(model) = &self.model else { return };
        if let Err(error) = model.try_send(command) {
            let reason = match error {
                mpsc::error::TrySendError::Full(_) => "the model takes nothing any more",
                mpsc::error::TrySendError::Closed(_) => "the connection to the model is closed",
            };
            let lost = Input::LinkLost { reason: reason.to_owned(), hopeless: false };
            let _ = self.myself.cast(SessionMsg::Over(self.link, lost, Instant::now()));
        }
    }

    /// An input of our own making, behind those that wait already.
    pub(crate) fn later(&self, input: Input) {
        let _ = self.myself.cast(SessionMsg::Input(input, Instant::now()));
    }

    /// Plays a phrase that has been rendered, or recorded; a line with a screen is shown it by its report.
    async fn hold(&self, item: ItemId, text: &str, generation: u32) {
        let length = match self.shape.media {
            Media::Audio(format) => {
                let rendered = self.setup.phrases.find(&self.voice(), format, text);
                match rendered.or_else(|| recordings::hold(text, format)) {
                    Some((audio, length)) => self.play(&item, audio).await.then_some(length),
                    None => None,
                }
            }
            Media::Text => None,
        };
        let length = length.unwrap_or_default();
        self.later(Input::Played { item, length, generation });
    }

    /// Plays audio of our own; says whether the line took it.
    async fn play(&self, item: &ItemId, audio: Payload) -> bool {
        let play = self.speaker.play(None, item, audio);
        timeout(LINE_PATIENCE, play).await.is_ok_and(|played| played.is_some())
    }

    /// Plays the recorded apology, or writes it.
    async fn apologise(&self, item: ItemId, generation: u32) {
        let length = match self.shape.media {
            Media::Audio(format) => {
                let (audio, length) = recordings::apology(format);
                // A line that takes nothing any more hears nothing; the hang-up follows all the same.
                self.play(&item, audio).await;
                length
            }
            Media::Text => {
                let text = recordings::apology_words().to_owned();
                self.show(CallEvent::AgentSaid {
                    agent: "switchboard".to_owned(),
                    text,
                    interrupted: false,
                });
                Duration::ZERO
            }
        };
        self.later(Input::Played { item, length, generation });
    }

    fn report(&mut self, report: switchboard_conversation::Report) {
        let Some(event) = crate::report::note(report, self.id(), &self.setup.metrics) else {
            return;
        };
        match &event {
            CallEvent::Started { agent } => self.call.set(agent, CallState::Up),
            CallEvent::HandedOff { to, .. } => self.call.set(to, CallState::Up),
            CallEvent::CallerDialled { .. } => self.turn(),
            CallEvent::Reconnected { .. } => {
                self.call.set(self.conversation.agent(), CallState::Up);
            }
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
async fn first_dial(
    setup: Arc<Setup>,
    shape: Arc<CallShape>,
    number: Option<String>,
    session: ActorRef<SessionMsg>,
) {
    let link = dial(&setup, shape, setup.settings.dial());
    let (link, caller) = tokio::join!(link, setup.tools.identify(number));
    let _ = session.cast(SessionMsg::Dialled(0, link, Some(Box::new(caller))));
}

async fn dial(setup: &Setup, shape: Arc<CallShape>, within: Duration) -> Result<Link, LinkError> {
    timeout(within, setup.model.dial(shape)).await.unwrap_or_else(|_| {
        Err(LinkError::broken(format!(
            "the model did not answer within {within:?}: check its address and the network"
        )))
    })
}

/// The tools' view of the call; what they want of it comes back by message.
fn tools_session(call: &Call, caller: Caller, myself: &ActorRef<SessionMsg>) -> Session {
    let session = myself.clone();
    // The line's own name of the call, where it has one, is the same on another node and after a restart.
    let id = call.profile.reference.as_deref().unwrap_or(call.id.as_str());
    Session::new(id, caller, move |effect| {
        let _ = session.cast(SessionMsg::Effect(effect));
    })
}
