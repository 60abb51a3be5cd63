//! The conversation as a whole: passes inputs to the machines, and what one decides to the others.
//!
//! `model` holds what follows from the model's events, `tools` what follows from tool calls and transfers, `refusals` what
//! follows from errors. Here stand the frame, the caller's side and the one place where responses are asked for.

mod model;
mod refusals;
mod tools;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use switchboard_realtime::{EventId, ItemId, ResponseId};

use crate::backoff::Backoff;
use crate::debt::{Debts, Owed};
use crate::digits::Digits;
use crate::ending::Ending;
use crate::handoff::Handoff;
use crate::input::{Echo, Input};
use crate::names::{Names, RequestId};
use crate::output::{Entry, ModelCommand, Output, Report};
use crate::playback::{Heard, Playback};
use crate::saying::Saying;
use crate::setup::Setup;
use crate::tool_calls::ToolCalls;
use crate::transcript::Transcript;
use crate::turn::{Expired, Turn};
use crate::usage::Usage;

/// What we sent is remembered this long, to know what an error is about.
const SENT: usize = 256;
/// Responses are remembered this long, to know what their late events belong to.
const RESPONSES: usize = 32;
/// What a caller types or dials before the model is set up is kept up to this.
const EARLY: usize = 16;

/// One call's conversation. Give it one input, then drain [`Conversation::poll_output`] to `None`, before the next input;
/// give it [`Input::Tick`] when [`Conversation::poll_timeout`] has come.
#[derive(Debug)]
pub struct Conversation {
    setup: Setup,
    names: Names,
    turn: Turn,
    debts: Debts,
    playback: Playback,
    calls: ToolCalls,
    handoff: Handoff,
    transcript: Transcript,
    usage: Usage,
    digits: Digits,
    ending: Ending,
    /// Whether the model is set up and may be spoken to.
    ready: bool,
    responses: VecDeque<Response>,
    sent: VecDeque<(EventId, Sent)>,
    saying: Saying,
    /// What the caller typed or dialled before the model was set up.
    early: Vec<String>,
    /// Until the model's budget is full again, from the last `rate_limits.updated`.
    rate_reset: Duration,
    outputs: VecDeque<Output>,
}

/// What we know of a response.
#[derive(Debug)]
struct Response {
    id: ResponseId,
    /// The agent that had the call when it began.
    agent: String,
    out_of_band: bool,
    /// Whether something of it can be heard or read.
    spoke: bool,
    stage: Stage,
}

/// How far a response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Running,
    /// We stopped it because it had gone quiet.
    Stalled,
    Done,
}

/// What an event of ours was about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sent {
    Update,
    Request(RequestId),
    Say,
    Output,
    Item,
    Truncate(ItemId),
    Delete,
    Cancel(ResponseId),
}

impl Conversation {
    /// A conversation that waits for its model.
    pub fn new(setup: Setup, now: Instant) -> Self {
        Self {
            names: Names::default(),
            turn: Turn::default(),
            debts: Debts::new(Backoff::new(setup.timings.backoff, setup.seed)),
            playback: Playback::new(setup.audio.is_none(), now),
            calls: ToolCalls::default(),
            handoff: Handoff::new(&setup, now),
            transcript: Transcript::default(),
            usage: Usage::default(),
            digits: Digits::default(),
            ending: Ending::Live,
            ready: false,
            responses: VecDeque::new(),
            sent: VecDeque::new(),
            saying: Saying::default(),
            early: Vec::new(),
            rate_reset: Duration::ZERO,
            outputs: VecDeque::new(),
            setup,
        }
    }

    /// Takes one input that happened at `now`.
    pub fn handle(&mut self, input: Input, now: Instant) {
        if self.ending.over() {
            return;
        }
        self.expire(now);
        match input {
            Input::Connected => self.update_agent(self.handoff.current(), None, now),
            Input::Model(event) => self.model(event, now),
            Input::Sent { response, item, until, generation } => {
                self.sent_audio(&response, &item, until, generation, now);
            }
            Input::Apologising { item, length, generation } => {
                self.apologising(&item, length, generation, now);
            }
            Input::Marked { item, until, generation } => {
                self.playback.marked(&item, until, generation, now);
            }
            Input::Typed(text) => self.typed(&text, now),
            Input::Dtmf(key) => self.dialled(key, now),
            Input::Answered { call_id, output, effect } => {
                self.answered(&call_id, output, effect, now);
            }
            Input::Say(text) => self.saying.push(text),
            Input::LineClosed { reason } => self.hang_up(reason),
            Input::Shutdown => {
                self.interrupt(now);
                self.fail("the server is shutting down", now);
            }
            Input::LinkLost { reason } => self.fail(&reason, now),
            Input::Tick => {}
        }
        self.note_heard(now);
        self.ask(now);
        self.end(now);
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to give [`Input::Tick`], if nothing else happens before.
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        if self.ending.over() {
            return None;
        }
        if self.ending.failed() {
            return [self.playback.deadline(), self.ending.deadline()].into_iter().flatten().min();
        }
        let timings = &self.setup.timings;
        let deadlines = [
            self.turn.deadline(timings),
            self.handoff.deadline(timings),
            self.saying.deadline(timings.response),
            self.digits.deadline(timings.digits),
            self.playback.deadline(),
            self.ending.deadline(),
            self.debts.next_payable(now),
            self.debts.watch_deadline(timings.watchdog),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// The name of the agent that has the call.
    pub fn agent(&self) -> &str {
        self.handoff.agent()
    }

    /// Whether the call is over.
    pub fn is_over(&self) -> bool {
        self.ending.over()
    }

    /// Whether the caller is owed something that has not been said.
    pub fn is_owing(&self) -> bool {
        self.debts.any()
    }

    /// What was said and done.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// What it has cost so far.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Leaves every state whose time has run out.
    fn expire(&mut self, now: Instant) {
        if let Some(reason) = self.ending.expire(now) {
            return self.hang_up(reason);
        }
        if self.ending.failed() {
            return;
        }
        let timings = self.setup.timings;
        while let Some(expired) = self.turn.expire(&timings, now) {
            match expired {
                Expired::Request(request) => {
                    if self.debts.request_failed(request, Duration::ZERO, now) {
                        self.apologise("the model did not answer response.create");
                    }
                }
                Expired::Cancel(response) => {
                    if let Some(known) = self.response(&response) {
                        known.stage = Stage::Stalled;
                    }
                    self.cancel(&response);
                }
                Expired::Link => return self.fail("the model stopped answering", now),
            }
        }
        match self.handoff.expire(&timings, now) {
            Some(Ok(settled)) => self.settled(settled, now),
            Some(Err(reason)) => return self.fail(&reason, now),
            None => {}
        }
        self.saying.expire(timings.response, now);
        if let Some(dialled) = self.digits.expire(timings.digits, now) {
            self.dialled_all(&dialled, now);
        }
    }

    /// The one place where a response of the default conversation is asked for.
    fn ask(&mut self, now: Instant) {
        if self.ending.over() {
            return;
        }
        self.watch(now);
        if !(self.ready && self.handoff.settled() && self.turn.free()) || self.saying.busy() {
            return;
        }
        if self.ending.live()
            && let Some((request, text)) = self.saying.next(|| self.names.request(), now)
        {
            let event = self.event(Sent::Say);
            return self.tell(ModelCommand::Respond {
                event,
                request,
                tools: false,
                say: Some(text),
            });
        }
        let (calls, live) = (&self.calls, self.ending.live());
        let payable = self.debts.payable(now, |owed| match owed {
            Owed::Goodbye => true,
            _ if !live => false,
            Owed::Result { group, .. } => calls.settled(group),
            _ => true,
        });
        let Some(owed) = payable else { return };
        let tools = *owed != Owed::Goodbye;
        let request = self.names.request();
        self.turn.ask(request, now);
        self.debts.asked(request);
        let event = self.event(Sent::Request(request));
        self.tell(ModelCommand::Respond { event, request, tools, say: None });
    }

    /// Counts a silence that nobody explains.
    fn watch(&mut self, now: Instant) {
        let quiet = self.ready
            && self.ending.live()
            && self.handoff.settled()
            && self.turn.free()
            && !self.calls.running()
            && !self.playback.speaking();
        if let Some(owed) = self.debts.watch(quiet, self.setup.timings.watchdog, now) {
            self.report(Report::DeadAir { owed });
        }
    }

    /// Records what the caller has heard to its end.
    fn note_heard(&mut self, now: Instant) {
        for heard in self.playback.finished(now) {
            self.record(heard, false);
        }
        for response in self.debts.said() {
            if !self.playback.holds(&response) {
                self.debts.heard(&response);
            }
        }
    }

    /// Hangs up once nothing is left to say and the last of it has been heard.
    fn end(&mut self, now: Instant) {
        if self.ending.live() || self.ending.over() {
            return;
        }
        let failed = self.ending.failed();
        let saying =
            !failed && (self.turn.busy() || self.debts.owes(&Owed::Goodbye) || self.turn.callers());
        if saying || self.playback.speaking() {
            self.ending.busy();
            return;
        }
        let (ear, marked) = (self.playback.ends_at(), !self.playback.awaits_mark());
        if let Some(reason) = self.ending.quiet(ear, marked, self.setup.timings.flush, now) {
            self.hang_up(reason);
        }
    }

    /// A whole turn of the caller in writing: stops what is being said, and is answered.
    fn typed(&mut self, text: &str, now: Instant) {
        if text.trim().is_empty() {
            return;
        }
        self.interrupt(now);
        if let Some(active) = self.turn.active().cloned()
            && !self.turn.is_cancelling()
        {
            self.cancel(&active);
            self.turn.cancelling(now);
        }
        self.turn.overtaken();
        self.report(Report::CallerSaid { text: text.to_owned() });
        self.caller_item(text, now);
    }

    /// A key of the phone.
    fn dialled(&mut self, key: char, now: Instant) {
        if let Some(dialled) = self.digits.press(key, now) {
            self.dialled_all(&dialled, now);
        }
    }

    fn dialled_all(&mut self, dialled: &str, now: Instant) {
        self.report(Report::CallerDialled { digits: dialled.to_owned() });
        self.caller_item(&format!("The caller dialled {dialled} on the keypad."), now);
    }

    fn caller_item(&mut self, text: &str, now: Instant) {
        if self.ending.failed() {
            return;
        }
        self.call_off();
        self.handoff.turn();
        if !self.ready {
            self.early.push(text.to_owned());
            self.early.truncate(EARLY);
            return;
        }
        let item = self.create(Entry::Caller(text.to_owned()), Sent::Item);
        self.transcript.caller_words(&item, text);
        self.debts.open(Owed::Turn, Some(item), now);
    }

    /// The caller spoke during the goodbye: the call goes on, and owes none.
    fn call_off(&mut self) {
        if self.ending.call_off() {
            self.debts.forgive(|owed| *owed == Owed::Goodbye);
        }
    }

    /// Silences the line: what was not heard was not said.
    fn interrupt(&mut self, now: Instant) {
        if let Some(beside) = self.saying.give_way() {
            self.playback.interrupt(&beside);
            self.outputs.push_back(Output::Drop(beside.clone()));
            self.cancel(&beside);
        }
        let active = self.turn.active().cloned();
        if active.is_none() && !self.playback.speaking() && !self.playback.awaits_mark() {
            return;
        }
        if let Some(active) = &active {
            self.playback.interrupt(active);
        }
        let cut = self.playback.cut(now);
        self.outputs
            .push_back(Output::Clear { generation: self.playback.generation(), drop: active });
        for response in self.debts.said() {
            let mut of_it =
                cut.iter().filter(|heard| heard.response.as_ref() == Some(&response)).peekable();
            let untouched = of_it.peek().is_none();
            if untouched || of_it.any(|heard| !heard.ear.is_zero() || !heard.words.is_empty()) {
                self.debts.heard(&response);
            } else {
                self.debts.unheard(&response);
            }
        }
        for heard in cut {
            if heard.kept && self.setup.audio.is_some() {
                self.cut(&heard);
            }
            self.record(heard, true);
        }
    }

    /// Tells the model how much of an item was heard.
    fn cut(&mut self, heard: &Heard) {
        let item = heard.item.clone();
        if heard.ear.is_zero() {
            self.delete(item);
        } else {
            let event = self.event(Sent::Truncate(item.clone()));
            self.tell(ModelCommand::Truncate { event, item, heard: heard.ear });
        }
    }

    fn delete(&mut self, item: ItemId) {
        let event = self.event(Sent::Delete);
        self.tell(ModelCommand::Delete { event, item });
    }

    fn record(&mut self, heard: Heard, interrupted: bool) {
        if heard.words.is_empty() {
            return;
        }
        self.transcript.agent_words(&heard.item, &heard.words);
        self.report(Report::AgentSaid { agent: heard.agent, text: heard.words, interrupted });
    }

    /// The model cannot go on: the caller hears the recorded apology, then the line is closed.
    fn fail(&mut self, reason: &str, now: Instant) {
        if self.ending.failed() {
            return;
        }
        let goodbye_said = !self.ending.live() && !self.debts.owes(&Owed::Goodbye);
        self.ready = false;
        if let Some(active) = self.turn.active().cloned() {
            self.playback.interrupt(&active);
            self.outputs.push_back(Output::Drop(active));
        }
        self.turn = Turn::default();
        self.saying = Saying::default();
        self.outputs.push_back(Output::Disconnect);
        self.debts.forgive(|_| true);
        self.playback.complete_all();
        self.ending.close(reason, true, now);
        if !goodbye_said {
            self.apologise(reason);
        }
    }

    /// The caller hears the recorded apology; the call goes on if the model does.
    fn apologise(&mut self, reason: &str) {
        let item = self.names.item();
        self.playback.begun(None, &item, "", false);
        self.outputs.push_back(Output::Apologise { item, generation: self.playback.generation() });
        self.report(Report::Apologised { reason: reason.to_owned() });
    }

    fn apologising(&mut self, item: &ItemId, length: Duration, generation: u32, now: Instant) {
        if !length.is_zero() {
            self.playback.sent(item, length, generation, now);
        }
        self.playback.complete(item);
    }

    fn hang_up(&mut self, reason: String) {
        let failed = self.ending.failed();
        self.ending = Ending::Over;
        self.outputs.push_back(Output::HangUp { reason, failed });
    }

    /// What the server must say back of the audio formats.
    fn formats(&self) -> Echo {
        Echo { tools: None, input: self.setup.audio, output: self.setup.audio }
    }

    fn cancel(&mut self, response: &ResponseId) {
        let event = self.event(Sent::Cancel(response.clone()));
        self.tell(ModelCommand::Cancel { event, response: response.clone() });
    }

    /// Puts an item into the conversation; returns its id.
    fn create(&mut self, entry: Entry, about: Sent) -> ItemId {
        let (item, event) = (self.names.item(), self.event(about));
        self.tell(ModelCommand::Create { event, item: item.clone(), entry });
        item
    }

    /// An id for an event of ours, and what the event is about.
    fn event(&mut self, about: Sent) -> EventId {
        let event = self.names.event();
        self.sent.push_back((event.clone(), about));
        if self.sent.len() > SENT {
            self.sent.pop_front();
        }
        event
    }

    /// Nothing is told to a model that is not set up, or gone.
    fn tell(&mut self, command: ModelCommand) {
        if self.ready && !self.ending.failed() {
            self.outputs.push_back(Output::Model(command));
        }
    }

    fn report(&mut self, report: Report) {
        self.outputs.push_back(Output::Report(report));
    }

    fn response(&mut self, id: &ResponseId) -> Option<&mut Response> {
        self.responses.iter_mut().rev().find(|response| response.id == *id)
    }
}
