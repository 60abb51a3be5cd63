//! A strict server, a restless caller and slow tools around one conversation. It checks every output against the rules.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use switchboard_conversation::{
    AgentSetup, Brief, Conversation, Echo, Effect, Ended, Entry, Input, ModelCommand, ModelEvent,
    Output, OutputItem, OutputKind, Refusal, RequestId, Say, Setup, Timings,
};
use switchboard_realtime::{AudioFormat, CallId, EventId, ItemId, ResponseId};

/// Something that may happen; where it cannot happen now, it does not.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Milliseconds pass.
    Pass(u64),
    /// The server does the next thing that it was told.
    Obey,
    CallerSpeaks,
    CallerStops,
    /// The running response says this many milliseconds.
    Audio(u64),
    /// The running response calls the tool of this number, announced three times over.
    Call(usize),
    /// The running response leaves a call half written.
    HalfCall,
    /// The running response ends, in one of five ways.
    Finish(usize),
    /// The oldest running tool call is answered, in one of six ways.
    Answer(usize),
    /// The next thing the server is told is refused.
    RefuseNext,
    /// The line confirms everything played so far.
    Marks,
    /// The caller dials.
    Digits,
    /// Events about things long gone.
    Noise,
    /// The words of the running response come, but no sound.
    Words,
    /// The running response ends, and its end gets lost, or its items' ends do.
    Lose(bool),
    /// A tool wants something said.
    Say,
    /// The link breaks.
    Drop,
    /// A dial ends: the model is reached, or not.
    Dialled(bool),
    /// A call that was answered before it was finished has come to something.
    Late,
}

/// What a caller who waits is told; a second each.
const PHRASES: [&str; 3] = ["One moment.", "Bear with me.", "Nearly there."];

/// The same setup, with phrases that have been rendered.
pub(crate) fn rendered(setup: Setup) -> Setup {
    let rendered = PHRASES.map(|text| (text.to_owned(), Duration::from_secs(1)));
    Setup { rendered: rendered.into(), ..setup }
}

/// See [`setup`].
const AGENTS: [&str; 3] = ["triage", "billing", "calendar"];

pub(crate) fn setup(text: bool) -> Setup {
    let agent = |name: &str| AgentSetup {
        holds: PHRASES.map(str::to_owned).to_vec(),
        ..AgentSetup::new(name, [format!("tool_of_{name}").as_str()])
    };
    Setup {
        agents: AGENTS.into_iter().map(agent).collect(),
        start: 0,
        audio: (!text).then_some(AudioFormat::Pcmu),
        server_responds: true,
        server_interrupts: true,
        timings: Timings::default(),
        render: false,
        rendered: BTreeMap::new(),
        recorded: Vec::new(),
        seed: 7,
    }
}

/// What the server was told.
#[derive(Debug)]
enum Told {
    Update(EventId, usize),
    Command(ModelCommand),
}

/// Whether a response that is asked for is one of the default conversation.
fn in_conversation(say: Option<&Say>) -> bool {
    say.is_none_or(|say| !say.beside)
}

#[derive(Debug)]
struct Running {
    id: ResponseId,
    request: Option<RequestId>,
    item: Option<ItemId>,
    sent: Duration,
    calls: Vec<OutputItem>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the world")]
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) conversation: Conversation,
    pub(crate) now: Instant,
    /// Every output, for comparing runs.
    pub(crate) log: Vec<String>,
    text: bool,
    /// Whether the server hands our metadata back.
    pub(crate) echoes: bool,
    responds: bool,
    interrupts: bool,
    // The server.
    agent: usize,
    told: VecDeque<Told>,
    running: Option<Running>,
    refuse_next: bool,
    speaks: Option<ItemId>,
    made: u64,
    // The line.
    generation: u32,
    heard: BTreeMap<ItemId, (Instant, Duration)>,
    unmarked: Vec<(ItemId, Duration, u32)>,
    // What must hold.
    asked: Option<Instant>,
    updating: bool,
    link: bool,
    dialling: bool,
    /// When the ear will have heard everything sent so far.
    ear: Instant,
    last_phrase: String,
    /// Responses of which nothing goes out any more.
    dropped: BTreeSet<ResponseId>,
    over: bool,
    apologies: usize,
    dispatched: VecDeque<CallId>,
    seen: BTreeSet<CallId>,
    answered: BTreeSet<CallId>,
}

impl World {
    #[expect(
        clippy::disallowed_methods,
        reason = "an Instant has no other constructor; its value is never looked at"
    )]
    pub(crate) fn new(setup: &Setup) -> Self {
        let now = Instant::now();
        let mut world = Self {
            conversation: Conversation::new(setup.clone(), now),
            now,
            log: Vec::new(),
            text: setup.audio.is_none(),
            echoes: true,
            responds: setup.server_responds,
            interrupts: setup.server_interrupts,
            agent: 0,
            told: VecDeque::new(),
            running: None,
            refuse_next: false,
            speaks: None,
            made: 0,
            generation: 0,
            heard: BTreeMap::new(),
            unmarked: Vec::new(),
            asked: None,
            updating: false,
            link: true,
            dialling: false,
            ear: now,
            last_phrase: String::new(),
            dropped: BTreeSet::new(),
            over: false,
            apologies: 0,
            dispatched: VecDeque::new(),
            seen: BTreeSet::new(),
            answered: BTreeSet::new(),
        };
        world.input(Input::Connected);
        world.step(&Step::Obey);
        world
    }

    pub(crate) fn step(&mut self, step: &Step) {
        if self.over {
            return;
        }
        match step {
            Step::Pass(ms) => self.pass(Duration::from_millis(*ms)),
            Step::Obey => self.obey(),
            Step::CallerSpeaks if !self.text && self.speaks.is_none() && self.link => {
                self.caller_speaks();
            }
            Step::CallerStops => self.caller_stops(),
            Step::Audio(ms) => self.audio(*ms),
            Step::Call(number) => self.call(*number),
            Step::HalfCall => self.half_call(),
            Step::Finish(how) => self.finish(*how),
            Step::Answer(how) => self.answer(*how),
            Step::RefuseNext => self.refuse_next = true,
            Step::Marks => self.marks(),
            Step::Digits => "42#".chars().for_each(|key| self.input(Input::Dtmf(key))),
            Step::Noise => self.noise(),
            Step::Words => self.words(),
            Step::Lose(all) => self.lose(*all),
            Step::Say => self.input(Input::Say("One moment.".to_owned())),
            Step::Drop if self.link => {
                self.input(Input::LinkLost { reason: "reset".to_owned(), hopeless: false });
            }
            Step::Drop => {}
            Step::Dialled(reached) => self.dialled(*reached),
            Step::Late => self.input(Input::Late {
                tool: "tool_0".to_owned(),
                arguments: "{}".to_owned(),
                output: "{\"status\":\"ok\"}".to_owned(),
            }),
            Step::CallerSpeaks => self.input(Input::Typed("hello?".to_owned())),
        }
    }

    /// Everybody behaves from now on: in the end nothing is owed.
    pub(crate) fn settle(&mut self) {
        self.refuse_next = false;
        for _ in 0..400 {
            if self.over
                || (!self.conversation.is_owing()
                    && self.told.is_empty()
                    && self.running.is_none()
                    && self.dispatched.is_empty())
            {
                break;
            }
            self.dialled(true);
            self.caller_stops();
            while !self.told.is_empty() && !self.over {
                self.obey();
            }
            while !self.dispatched.is_empty() && !self.over {
                self.answer(0);
            }
            self.audio(300);
            self.finish(0);
            self.pass(Duration::from_millis(500));
        }
        assert!(
            self.over || !self.conversation.is_owing(),
            "something is still owed: {:#?}",
            self.conversation
        );
        if self.link && !self.over {
            assert!(self.seen.is_subset(&self.answered), "every call is answered");
        }
    }

    /// The link breaks, and nobody reaches the model again: the apology is heard, then the line is closed.
    pub(crate) fn lose_the_link(&mut self) {
        if self.over {
            return;
        }
        let before = self.apologies;
        self.step(&Step::Drop);
        for _ in 0..2_000 {
            if self.over {
                break;
            }
            self.dialled(false);
            self.pass(Duration::from_millis(50));
        }
        assert!(self.over, "the line is closed");
        assert!(self.apologies > before || self.conversation.is_over(), "the caller is told");
    }

    /// A dial ends.
    fn dialled(&mut self, reached: bool) {
        if !std::mem::take(&mut self.dialling) || self.over {
            return;
        }
        self.link = reached;
        if reached {
            self.input(Input::Connected);
        } else {
            self.input(Input::LinkLost { reason: "refused".to_owned(), hopeless: false });
        }
    }

    /// What the server had in hand is gone with its link.
    fn forget(&mut self) {
        self.link = false;
        self.dialling = false;
        self.told.clear();
        self.running = None;
        self.speaks = None;
        self.asked = None;
        self.updating = false;
        self.agent = usize::MAX;
        // Their answers go into the next conversation under other names.
        self.answered.extend(self.seen.iter().cloned());
    }

    /// Tells the conversation something, and carries out what it wants.
    pub(crate) fn input(&mut self, input: Input) {
        self.conversation.handle(input, self.now);
        while let Some(output) = self.conversation.poll_output() {
            self.log.push(format!("{output:?}"));
            self.output(output);
        }
    }

    fn output(&mut self, output: Output) {
        assert!(!self.over, "nothing follows a hang-up: {output:?}");
        match output {
            Output::Model(command) => self.command(command),
            Output::Update { event, agent, .. } => {
                assert!(self.link && !self.updating, "one update in flight");
                self.updating = true;
                self.told.push_back(Told::Update(event, agent));
            }
            Output::Clear { generation, drop, .. } => {
                self.dropped.extend(drop);
                assert_eq!(generation, self.generation + 1, "clears are counted");
                self.generation = generation;
                self.ear = self.now;
            }
            Output::Hold { item, text, generation } => {
                assert!(self.text || self.ear <= self.now, "no phrase over anything else");
                assert!(self.speaks.is_none(), "no phrase while the caller speaks");
                assert_ne!(text, self.last_phrase, "no phrase twice running");
                assert_eq!(generation, self.generation);
                self.last_phrase = text;
                let length = Duration::from_secs(u64::from(!self.text));
                self.ear = self.now + length;
                self.input(Input::Played { item, length, generation });
            }
            Output::Dial { .. } => {
                assert!(!self.link && !self.dialling, "one link at a time");
                self.dialling = true;
            }
            Output::Dispatch { call_id, .. } => {
                assert!(self.seen.insert(call_id.clone()), "dispatched once");
                self.dispatched.push_back(call_id);
            }
            Output::Refuse { call_id, code, .. } => {
                self.seen.insert(call_id.clone());
                self.dispatched.retain(|open| *open != call_id);
                let output = format!("{{\"error_code\":\"{code}\"}}");
                self.input(Input::Answered { call_id, output, effect: Effect::Tell });
            }
            Output::Apologise { item, generation } => {
                self.apologies += 1;
                let length = Duration::from_millis(if self.text { 0 } else { 1_500 });
                self.ear = self.ear.max(self.now) + length;
                self.input(Input::Played { item, length, generation });
            }
            Output::HangUp { .. } => self.over = true,
            Output::Disconnect => self.forget(),
            Output::Drop(response) => drop(self.dropped.insert(response)),
            Output::ReleaseAudio | Output::ForgetAudio | Output::Report(_) => {}
        }
    }

    /// What the server is told is checked here, as it would be by a strict one.
    fn command(&mut self, command: ModelCommand) {
        assert!(self.link, "nothing is sent while the link is down: {command:?}");
        match &command {
            ModelCommand::Respond { say, .. } if in_conversation(say.as_ref()) => {
                if let Some(at) = self.asked {
                    assert!(
                        at + Timings::default().request <= self.now,
                        "one response is asked for at a time"
                    );
                    // It was given up; a server that slow has lost it.
                    self.told.retain(|told| {
                        !matches!(told, Told::Command(ModelCommand::Respond { say, .. }) if in_conversation(say.as_ref()))
                    });
                }
                assert!(self.running.is_none(), "none while one runs");
                assert!(self.speaks.is_none(), "none while the caller speaks");
                assert!(!self.updating, "none while an update is unanswered");
                self.asked = Some(self.now);
            }
            ModelCommand::Create { entry: Entry::Output { call_id, .. }, .. } => {
                assert!(self.answered.insert(call_id.clone()), "answered once: {call_id}");
            }
            ModelCommand::Truncate { item, heard, .. } => {
                let (since, sent) =
                    self.heard.get(item).copied().expect("only what was sent is truncated");
                assert!(*heard <= sent, "never beyond what was sent");
                assert!(
                    *heard <= self.now.duration_since(since),
                    "never beyond what can have been heard"
                );
                assert!(*heard > Duration::ZERO, "nothing heard is deleted, not truncated");
            }
            _ => {}
        }
        self.told.push_back(Told::Command(command));
    }

    fn model(&mut self, event: ModelEvent) {
        if self.link && !self.over {
            self.input(Input::Model(event));
        }
    }

    fn name(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}_{}", self.made)
    }

    fn pass(&mut self, length: Duration) {
        let until = self.now + length;
        let mut ticks = 0;
        while !self.over {
            let Some(at) = self.conversation.poll_timeout(self.now).filter(|at| *at <= until)
            else {
                break;
            };
            ticks = if at <= self.now { ticks + 1 } else { 0 };
            assert!(ticks < 10, "a deadline that has come is dealt with: {:#?}", self.conversation);
            self.now = self.now.max(at);
            self.input(Input::Tick);
        }
        self.now = until;
        if !self.over {
            self.input(Input::Tick);
        }
    }

    fn obey(&mut self) {
        let Some(told) = self.told.pop_front() else { return };
        let refuse = std::mem::take(&mut self.refuse_next);
        match told {
            Told::Update(event, agent) => self.update(event, agent, refuse),
            Told::Command(command) => self.follow(command, refuse),
        }
    }

    fn update(&mut self, event: EventId, agent: usize, refuse: bool) {
        self.updating = false;
        if refuse && self.agent != agent {
            return self.refused(Some(event), "invalid_value");
        }
        self.agent = agent;
        let tools = Some(vec![format!("tool_of_{}", AGENTS[agent])]);
        self.model(ModelEvent::Updated(Echo { tools, ..Echo::default() }));
        if !self.updating && self.link {
            assert_eq!(
                self.conversation.agent(),
                AGENTS[self.agent],
                "local agent = server's agent"
            );
        }
    }

    fn follow(&mut self, command: ModelCommand, refuse: bool) {
        match command {
            ModelCommand::Create { item, .. } => self.model(ModelEvent::ItemAdded { item }),
            ModelCommand::Truncate { .. } | ModelCommand::Delete { .. } => {}
            ModelCommand::Respond { event, say, .. }
                if !in_conversation(say.as_ref()) && refuse =>
            {
                self.refused(Some(event), "invalid_value");
            }
            ModelCommand::Respond { request, say, .. } if !in_conversation(say.as_ref()) => {
                self.say(request);
            }
            ModelCommand::Respond { event, request, .. } => {
                self.asked = None;
                if self.running.is_some() {
                    self.refused(Some(event), "conversation_already_has_active_response");
                } else if refuse {
                    self.refused(Some(event), "server_error");
                } else {
                    self.respond(Some(request));
                }
            }
            ModelCommand::Cancel { event, response } => {
                if self.running.as_ref().is_some_and(|running| running.id == response) {
                    self.done(Ended::Cancelled);
                } else {
                    self.refused(Some(event), "response_cancel_not_active");
                }
            }
        }
    }

    /// Words beside the conversation, whole.
    fn say(&mut self, request: RequestId) {
        let (response, item) =
            (ResponseId::new(self.name("beside")), ItemId::new(self.name("said")));
        self.model(ModelEvent::ResponseCreated {
            response: response.clone(),
            request: Some(request),
            out_of_band: true,
        });
        let until = Duration::from_millis(800);
        if !self.text {
            let generation = self.generation;
            self.ear = self.ear.max(self.now) + until;
            self.input(Input::Sent { response: response.clone(), item, until, generation });
        }
        let (status, output) = (Ended::Completed, Vec::new());
        self.model(ModelEvent::ResponseDone {
            response,
            request: Some(request),
            status,
            output,
            tokens: None,
        });
    }

    /// The server does not always say which event it refuses; but a nameless refusal beside an unanswered update would be
    /// taken for the update's after a second, and this server may be slower than that.
    fn refused(&mut self, event: Option<EventId>, code: &str) {
        self.made += 1;
        let event = event.filter(|_| self.updating || !self.made.is_multiple_of(3));
        self.model(ModelEvent::Refused(Refusal {
            event,
            code: code.to_owned(),
            message: String::new(),
        }));
    }

    fn respond(&mut self, request: Option<RequestId>) {
        let id = ResponseId::new(self.name("resp"));
        self.running = Some(Running {
            id: id.clone(),
            request,
            item: None,
            sent: Duration::ZERO,
            calls: Vec::new(),
        });
        let request = request.filter(|_| self.echoes);
        self.model(ModelEvent::ResponseCreated { response: id, request, out_of_band: false });
    }

    fn caller_speaks(&mut self) {
        let item = ItemId::new(self.name("user"));
        self.speaks = Some(item.clone());
        self.model(ModelEvent::SpeechStarted { item });
        if self.running.is_some() && self.interrupts && !self.over {
            self.done(Ended::Cancelled);
        }
    }

    fn caller_stops(&mut self) {
        let Some(item) = self.speaks.take() else { return };
        self.model(ModelEvent::SpeechStopped);
        self.model(ModelEvent::Committed { item: item.clone() });
        self.model(ModelEvent::ItemAdded { item: item.clone() });
        self.model(ModelEvent::CallerTranscript { item, text: "What is my balance?".to_owned() });
        // The server's own response comes first on its side, whatever we asked for meanwhile.
        if self.responds && self.running.is_none() && !self.over {
            self.respond(None);
        }
    }

    fn message(&mut self) -> Option<(ResponseId, ItemId)> {
        let running = self.running.as_ref()?;
        if let Some(item) = &running.item {
            return Some((running.id.clone(), item.clone()));
        }
        let item = ItemId::new(self.name("agent"));
        let running = self.running.as_mut()?;
        running.item = Some(item.clone());
        let response = running.id.clone();
        let kind = OutputKind::Message { text: String::new() };
        let added = OutputItem { id: item.clone(), kind, completed: false };
        self.model(ModelEvent::OutputAdded { response: response.clone(), item: added });
        Some((response, item))
    }

    fn words(&mut self) {
        if let Some((response, item)) = self.message() {
            self.model(ModelEvent::Words { response, item, delta: "words run ahead ".to_owned() });
        }
    }

    /// `response.done` is lost, or only the ends of the response's items.
    fn lose(&mut self, all: bool) {
        while !self.told.is_empty() && !self.over {
            self.obey();
        }
        let Some(running) = self.running.take() else { return };
        if !all {
            let request = running.request.filter(|_| self.echoes);
            let (response, output) = (running.id, running.calls);
            self.model(ModelEvent::ResponseDone {
                response,
                request,
                status: Ended::Completed,
                output,
                tokens: None,
            });
        }
    }

    fn audio(&mut self, ms: u64) {
        let Some((response, item)) = self.message() else { return };
        let delta = "so many words ".to_owned();
        self.model(ModelEvent::Words { response: response.clone(), item: item.clone(), delta });
        let Some(running) = self.running.as_mut().filter(|_| !self.text) else { return };
        running.sent += Duration::from_millis(ms);
        let until = running.sent;
        let first = self.now;
        self.heard.entry(item.clone()).or_insert((first, Duration::ZERO)).1 = until;
        if self.dropped.contains(&response) {
            return;
        }
        self.unmarked.push((item.clone(), until, self.generation));
        self.ear = self.ear.max(self.now) + Duration::from_millis(ms);
        let generation = self.generation;
        self.input(Input::Sent { response, item, until, generation });
    }

    fn call(&mut self, number: usize) {
        let Some(response) = self.running.as_ref().map(|running| running.id.clone()) else {
            return;
        };
        let (item, call_id) = (ItemId::new(self.name("item")), CallId::new(self.name("call")));
        let (name, arguments) = (format!("tool_{number}"), "{}".to_owned());
        let kind = OutputKind::Call {
            call_id: call_id.clone(),
            name: name.clone(),
            arguments: arguments.clone(),
        };
        let done = OutputItem { id: item.clone(), kind, completed: true };
        let added = OutputItem { completed: false, ..done.clone() };
        self.model(ModelEvent::OutputAdded { response: response.clone(), item: added });
        let name = number.is_multiple_of(2).then_some(name);
        self.model(ModelEvent::ArgumentsDone {
            response: response.clone(),
            item,
            call_id,
            name,
            arguments,
        });
        self.model(ModelEvent::OutputDone { response, item: done.clone() });
        if let Some(running) = self.running.as_mut() {
            running.calls.push(done);
        }
    }

    fn half_call(&mut self) {
        let Some(response) = self.running.as_ref().map(|running| running.id.clone()) else {
            return;
        };
        let (item, call_id) = (ItemId::new(self.name("item")), CallId::new(self.name("call")));
        let kind = OutputKind::Call {
            call_id,
            name: "tool_0".to_owned(),
            arguments: "{\"amou".to_owned(),
        };
        self.model(ModelEvent::OutputDone {
            response,
            item: OutputItem { id: item, kind, completed: false },
        });
    }

    fn finish(&mut self, how: usize) {
        // A server answers what it was told before it ends what it says.
        while !self.told.is_empty() && !self.over {
            self.obey();
        }
        let failed = |code: &str| Ended::Failed { code: code.to_owned() };
        let status = match how {
            1 => failed("rate_limit_exceeded"),
            2 => failed("server_error"),
            3 => Ended::Incomplete,
            4 => Ended::Cancelled,
            _ => Ended::Completed,
        };
        self.done(status);
    }

    fn done(&mut self, status: Ended) {
        let Some(running) = self.running.take() else { return };
        let (response, request) = (running.id.clone(), running.request.filter(|_| self.echoes));
        if let Some(item) = &running.item {
            let kind = OutputKind::Message { text: "so many words".to_owned() };
            let item = OutputItem { id: item.clone(), kind, completed: status == Ended::Completed };
            self.model(ModelEvent::OutputDone { response: response.clone(), item });
        }
        let output = running.calls;
        self.model(ModelEvent::ResponseDone { response, request, status, output, tokens: None });
    }

    fn answer(&mut self, how: usize) {
        let Some(call_id) = self.dispatched.pop_front() else { return };
        let brief = |to: &str| {
            let (to, reason) = (to.to_owned(), "they asked".to_owned());
            Effect::Handoff(Brief { to, reason, summary: String::new(), details: String::new() })
        };
        let effect = match how {
            1 => brief("billing"),
            2 => brief("calendar"),
            3 => Effect::StaySilent,
            4 if self.made.is_multiple_of(7) => {
                Effect::EndCall { reason: "the agent ended it".to_owned() }
            }
            _ => Effect::Tell,
        };
        let output = "{\"status\":\"ok\"}".to_owned();
        self.input(Input::Answered { call_id: call_id.clone(), output: output.clone(), effect });
        // Whoever offers a second answer is not heard.
        self.input(Input::Answered { call_id, output, effect: Effect::Tell });
    }

    fn marks(&mut self) {
        for (item, until, generation) in std::mem::take(&mut self.unmarked) {
            if self.heard.get(&item).is_some_and(|(since, _)| *since + until <= self.now) {
                self.input(Input::Marked { item, until, generation });
            }
        }
    }

    fn noise(&mut self) {
        let (response, item) = (ResponseId::new("resp_gone"), ItemId::new(self.name("item_gone")));
        if !self.text {
            self.heard.insert(item.clone(), (self.now, Duration::from_millis(20)));
        }
        self.model(ModelEvent::Words {
            response: response.clone(),
            item: item.clone(),
            delta: "late".to_owned(),
        });
        self.model(ModelEvent::Progress { response: response.clone() });
        self.ear = self.ear.max(self.now) + Duration::from_millis(20);
        self.input(Input::Sent {
            response: response.clone(),
            item,
            until: Duration::from_millis(20),
            generation: self.generation,
        });
        let (status, output) = (Ended::Cancelled, Vec::new());
        self.model(ModelEvent::ResponseDone {
            response,
            request: None,
            status,
            output,
            tokens: None,
        });
        // Nameless while a cancel is under way, it would be about that one.
        if !self.told.iter().any(|told| matches!(told, Told::Command(ModelCommand::Cancel { .. })))
        {
            self.refused(None, "response_cancel_not_active");
        }
    }
}
