//! A call, and short ways of telling it things.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use switchboard_conversation::{
    AgentSetup, Brief, Conversation, Echo, Effect, Ended, Entry, Input, ModelCommand, ModelEvent,
    Output, OutputItem, OutputKind, Refusal, RequestId, Setup, Timings,
};
use switchboard_realtime::{AudioFormat, CallId, EventId, ItemId, ResponseId};

/// A call, and short ways of telling it things.
pub(crate) struct Scene {
    pub(crate) conversation: Conversation,
    pub(crate) now: Instant,
    pub(crate) generation: u32,
}

/// What a caller who waits is told; a second each, where it has been rendered.
pub(crate) const PHRASES: [&str; 2] = ["One moment.", "Bear with me."];

/// Two agents on a phone line, or typing; nobody is asked whether they are there.
pub(crate) fn setup(text: bool, server_responds: bool) -> Setup {
    let agent = |name: &str| AgentSetup {
        holds: PHRASES.map(str::to_owned).to_vec(),
        ..AgentSetup::new(name, [format!("tool_of_{name}").as_str()])
    };
    Setup {
        agents: vec![agent("triage"), agent("billing")],
        start: 0,
        audio: (!text).then_some(AudioFormat::Pcmu),
        server_responds,
        server_interrupts: true,
        timings: Timings { nudge: Duration::ZERO, ..Timings::default() },
        render: false,
        rendered: BTreeMap::new(),
        recorded: Vec::new(),
        seed: 7,
    }
}

/// The same on a phone line, with phrases that have been rendered.
pub(crate) fn rendered() -> Setup {
    let second = Duration::from_secs(1);
    Setup { rendered: PHRASES.map(|text| (text.to_owned(), second)).into(), ..setup(false, true) }
}

impl Scene {
    pub(crate) fn new(text: bool, server_responds: bool) -> Self {
        Self::with(setup(text, server_responds))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "an Instant has no other constructor; its value is never looked at"
    )]
    pub(crate) fn with(setup: Setup) -> Self {
        let now = Instant::now();
        Self { conversation: Conversation::new(setup, now), now, generation: 0 }
    }

    /// A phone call whose greeting has been heard.
    pub(crate) fn greeted() -> Self {
        Self::greeted_with(setup(false, true))
    }

    /// The same with another setup.
    pub(crate) fn greeted_with(setup: Setup) -> Self {
        let mut scene = Self::with(setup);
        scene.ready();
        let request = asked(&scene.pass(400)).unwrap().0;
        scene.created("greeting", Some(request));
        scene.says("greeting", "i0", "hello", 500);
        scene.done("greeting", Some(request), Ended::Completed);
        scene.pass(1_000);
        scene
    }

    /// The same, and the caller has had a turn, which the server answers with `r1`.
    pub(crate) fn answering() -> Self {
        Self::answering_with(setup(false, true))
    }

    /// The same with another setup.
    pub(crate) fn answering_with(setup: Setup) -> Self {
        let mut scene = Self::greeted_with(setup);
        scene.turn("u1");
        scene.created("r1", None);
        scene
    }

    pub(crate) fn input(&mut self, input: Input) -> Vec<Output> {
        self.conversation.handle(input, self.now);
        let outputs: Vec<_> = std::iter::from_fn(|| self.conversation.poll_output()).collect();
        let mut phrase = None;
        for output in &outputs {
            match output {
                Output::Clear { generation, .. } => self.generation = *generation,
                Output::Hold { item, .. } => phrase = Some(item.clone()),
                _ => {}
            }
        }
        let mut outputs = outputs;
        if let Some(item) = phrase {
            let (length, generation) = (Duration::from_secs(1), self.generation);
            outputs.extend(self.input(Input::Played { item, length, generation }));
        }
        outputs
    }

    pub(crate) fn model(&mut self, event: ModelEvent) -> Vec<Output> {
        self.input(Input::Model(event))
    }

    pub(crate) fn ready(&mut self) -> Vec<Output> {
        self.input(Input::Connected);
        self.model(ModelEvent::Updated(Echo::default()))
    }

    pub(crate) fn pass(&mut self, ms: u64) -> Vec<Output> {
        let (until, mut outputs) = (self.now + Duration::from_millis(ms), Vec::new());
        while let Some(at) = self.conversation.poll_timeout(self.now).filter(|at| *at <= until) {
            self.now = self.now.max(at);
            outputs.extend(self.input(Input::Tick));
        }
        self.now = until;
        outputs.extend(self.input(Input::Tick));
        outputs
    }

    pub(crate) fn turn(&mut self, item: &str) -> Vec<Output> {
        let item = ItemId::new(item);
        self.model(ModelEvent::SpeechStarted { item: item.clone() });
        self.model(ModelEvent::SpeechStopped);
        self.model(ModelEvent::Committed { item })
    }

    pub(crate) fn created(&mut self, response: &str, request: Option<RequestId>) -> Vec<Output> {
        self.model(ModelEvent::ResponseCreated {
            response: ResponseId::new(response),
            request,
            out_of_band: false,
        })
    }

    pub(crate) fn begins(&mut self, response: &str, item: &str) {
        let kind = OutputKind::Message { text: String::new() };
        let item = OutputItem { id: ItemId::new(item), kind, completed: false };
        self.model(ModelEvent::OutputAdded { response: ResponseId::new(response), item });
    }

    pub(crate) fn words(&mut self, response: &str, item: &str, delta: &str) {
        let (response, item) = (ResponseId::new(response), ItemId::new(item));
        self.model(ModelEvent::Words { response, item, delta: delta.to_owned() });
    }

    pub(crate) fn sound(&mut self, response: &str, item: &str, ms: u64) {
        let (response, item) = (ResponseId::new(response), ItemId::new(item));
        self.input(Input::Sent {
            response,
            item,
            until: Duration::from_millis(ms),
            generation: self.generation,
        });
    }

    pub(crate) fn item_done(&mut self, response: &str, item: &str) {
        let kind = OutputKind::Message { text: "words".to_owned() };
        let item = OutputItem { id: ItemId::new(item), kind, completed: true };
        self.model(ModelEvent::OutputDone { response: ResponseId::new(response), item });
    }

    pub(crate) fn says(&mut self, response: &str, item: &str, words: &str, ms: u64) {
        self.begins(response, item);
        self.words(response, item, words);
        self.sound(response, item, ms);
        self.item_done(response, item);
    }

    pub(crate) fn calls(&mut self, response: &str, call_id: &str) -> Vec<Output> {
        let kind = OutputKind::Call {
            call_id: CallId::new(call_id),
            name: "tool".to_owned(),
            arguments: "{}".to_owned(),
        };
        let item = OutputItem { id: ItemId::new(format!("item_{call_id}")), kind, completed: true };
        self.model(ModelEvent::OutputDone { response: ResponseId::new(response), item })
    }

    pub(crate) fn answered(&mut self, call_id: &str, effect: Effect) -> Vec<Output> {
        self.input(Input::Answered {
            call_id: CallId::new(call_id),
            output: "{}".to_owned(),
            effect,
        })
    }

    pub(crate) fn done(
        &mut self,
        response: &str,
        request: Option<RequestId>,
        status: Ended,
    ) -> Vec<Output> {
        let (response, output) = (ResponseId::new(response), Vec::new());
        self.model(ModelEvent::ResponseDone { response, request, status, output, tokens: None })
    }

    pub(crate) fn refused(&mut self, event: Option<EventId>, code: &str) -> Vec<Output> {
        self.model(ModelEvent::Refused(Refusal {
            event,
            code: code.to_owned(),
            message: String::new(),
        }))
    }
}

pub(crate) fn failed(code: &str) -> Ended {
    Ended::Failed { code: code.to_owned() }
}

pub(crate) fn bye() -> Effect {
    Effect::EndCall { reason: "bye".to_owned() }
}

pub(crate) fn to_billing() -> Effect {
    let (to, reason) = ("billing".to_owned(), String::new());
    Effect::Handoff(Brief { to, reason, summary: String::new(), details: String::new() })
}

/// The response of the conversation that was asked for, and whether it may call tools.
pub(crate) fn asked(outputs: &[Output]) -> Option<(RequestId, bool)> {
    outputs.iter().find_map(|output| match output {
        Output::Model(ModelCommand::Respond { request, tools, say: None, .. }) => {
            Some((*request, *tools))
        }
        _ => None,
    })
}

pub(crate) fn hung_up(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| matches!(output, Output::HangUp { .. }))
}

pub(crate) fn apologised(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| matches!(output, Output::Apologise { .. }))
}

/// The phrases that are played.
pub(crate) fn held(outputs: &[Output]) -> Vec<(ItemId, String)> {
    let held = outputs.iter().filter_map(|output| match output {
        Output::Hold { item, text, .. } => Some((item.clone(), text.clone())),
        _ => None,
    });
    held.collect()
}

/// The entries that go into the conversation.
pub(crate) fn entries(outputs: &[Output]) -> Vec<Entry> {
    let entries = outputs.iter().filter_map(|output| match output {
        Output::Model(ModelCommand::Create { entry, .. }) => Some(entry.clone()),
        _ => None,
    });
    entries.collect()
}
