//! What a session has, and how it carries out what its conversation wants.

use std::collections::HashMap;
use std::sync::Arc;

use ractor::{Actor, ActorId, ActorRef};
use switchboard_agent::{AgentId, Caller, Session, SessionEffect, TraceId};
use switchboard_conversation::{
    AgentSetup, Brief, Conversation, Effect, Input, ModelCommand, ModelEvent, Output,
};
use switchboard_gateway::{Answer, Effect as ToolEffect, Envelope, Request};
use switchboard_realtime::{AudioFormat, CallId, EventId, ItemId};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::agent_actor::{AgentActor, AgentArgs, AgentMsg, Answered};
use crate::apology;
use crate::call::{Call, CallState};
use crate::caller_audio::CallerAudio;
use crate::event::CallEvent;
use crate::instructions::instructions;
use crate::line::{LineCommand, Media};
use crate::link::{CallShape, Link, LinkCommand, LinkError};
use crate::pumps::{self, COMMANDS_WAITING, ToModel};
use crate::session_actor::{SessionArgs, SessionMsg};
use crate::sessions::Setup;
use crate::speaker::Speaker;

/// See the module.
pub(crate) struct SessionState {
    myself: ActorRef<SessionMsg>,
    call: Arc<Call>,
    setup: Arc<Setup>,
    shape: Arc<CallShape>,
    conversation: Conversation,
    speaker: Arc<Speaker>,
    /// Waits here until the model may hear it.
    caller_audio: Option<CallerAudio>,
    model: Option<mpsc::Sender<ToModel>>,
    /// What the tools know of the call.
    session: Session,
    agents: HashMap<AgentId, ActorRef<AgentMsg>>,
    /// Dispatched calls that have no answer yet.
    open: HashMap<CallId, Open>,
    updated: bool,
    deadline: watch::Sender<Option<Instant>>,
    /// Everything that runs for this call; it ends with it.
    pumps: JoinSet<()>,
    last: Instant,
}

/// A dispatched call.
#[derive(Debug)]
struct Open {
    agent: AgentId,
    tool: String,
    since: Instant,
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
        self.pumps.spawn(pumps::from_model(
            link.receiver,
            Arc::clone(&self.speaker),
            self.myself.clone(),
        ));
        if let Some(caller) = self.caller_audio.take() {
            // Not one of the call's own tasks: it outlives the call for as long as the goodbye to the server takes.
            tokio::spawn(pumps::to_model(link.sender, waiting, caller, self.myself.clone()));
        }
    }

    /// A tool has answered.
    pub(crate) async fn answered(&mut self, answered: Answered) {
        let Answered { call_id, tool, answer, took } = answered;
        self.open.remove(&call_id);
        let effect = match answer.effect {
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

    /// An agent's actor is gone: what it was running is answered with an error.
    pub(crate) fn agent_died(&mut self, actor: ActorId) {
        let Some(agent) =
            self.agents.iter().find(|(_, known)| known.get_id() == actor).map(|(agent, _)| *agent)
        else {
            return;
        };
        self.agents.remove(&agent);
        let lost: Vec<CallId> = self
            .open
            .iter()
            .filter(|(_, open)| open.agent == agent)
            .map(|(call_id, _)| call_id.clone())
            .collect();
        for call_id in lost {
            self.refuse(
                &call_id,
                "internal_error",
                "Something went wrong. Please try again.",
                true,
            );
        }
    }

    async fn carry_out(&mut self, output: Output) {
        match output {
            Output::Model(command) => self.tell_model(command),
            Output::ReleaseAudio => self.to_model(ToModel::Release),
            Output::Clear { generation, drop } => {
                self.setup.metrics.barge_in();
                self.speaker.clear(generation, drop);
            }
            Output::Drop(response) => self.speaker.drop_response(response),
            Output::Dispatch { call_id, agent, name, arguments } => {
                self.dispatch(call_id, &agent, name, arguments).await;
            }
            Output::Refuse { call_id, code, message, retryable } => {
                self.refuse(&call_id, code, &message, retryable);
            }
            Output::Apologise { item, generation } => self.apologise(item, generation).await,
            Output::Disconnect => self.model = None,
            Output::Report(report) => self.report(report),
            Output::HangUp { reason } => self.hang_up(reason),
        }
    }

    fn tell_model(&mut self, command: ModelCommand) {
        let command = match command {
            ModelCommand::Update { event, agent, brief } => {
                self.update(event, agent, brief.as_ref())
            }
            other => LinkCommand::Tell(other),
        };
        self.to_model(ToModel::Command(command));
    }

    fn update(&mut self, event: EventId, agent: usize, brief: Option<&Brief>) -> LinkCommand {
        let profile =
            self.shape.team.agents().nth(agent).expect("the conversation knows the team's agents");
        let instructions = instructions(profile, &self.session.caller(), brief);
        let first = !std::mem::replace(&mut self.updated, true);
        LinkCommand::Update { event, agent: profile.id, instructions, first }
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

    async fn dispatch(&mut self, call_id: CallId, agent: &str, tool: String, arguments: String) {
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
            tool,
            arguments,
            call_id: call_id.to_string(),
            session: self.session.clone(),
            trace_id: TraceId::random(),
        };
        let told = match self.agent(id).await {
            Some(actor) => actor.cast(AgentMsg::Run(Box::new(request))).is_ok(),
            None => false,
        };
        if !told {
            self.refuse(
                &call_id,
                "internal_error",
                "Something went wrong. Please try again.",
                true,
            );
        }
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

    /// Answers a call with an error, by way of the mailbox like any other answer.
    fn refuse(&mut self, call_id: &CallId, code: &'static str, message: &str, retryable: bool) {
        let open = self.open.remove(call_id);
        let (tool, since) = open.map_or_else(
            || ("transfer".to_owned(), Instant::now()),
            |open| (open.tool, open.since),
        );
        let mut envelope = Envelope::refused(code, message, TraceId::random());
        if let Envelope::Error { retryable: may, .. } = &mut envelope {
            *may = retryable;
        }
        tracing::info!(call = self.id(), %call_id, tool, code, "a tool call was refused");
        let answer = Answer { envelope, effect: ToolEffect::None };
        let answered = Answered { call_id: call_id.clone(), tool, answer, took: since.elapsed() };
        let _ = self.myself.cast(SessionMsg::Answered(Box::new(answered)));
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
    fn show(&self, event: CallEvent) {
        if self.shape.media == Media::Text {
            self.speaker.tell(LineCommand::Show(event.clone()));
        }
        self.call.log.report(event);
    }

    fn hang_up(&mut self, reason: String) {
        tracing::info!(call = self.id(), reason, "the call is over");
        self.show(CallEvent::Ended { reason });
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
