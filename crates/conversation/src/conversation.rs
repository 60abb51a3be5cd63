//! The conversation as a whole: passes inputs to the machines, and what one decides to the others.
//!
//! `model` holds what follows from the model's events, `tools` what follows from tool calls and transfers, `refusals` what
//! follows from errors, `caller` what follows from the caller's side, `holding` what is done about silence, `redial` what
//! about a lost link, `closing` how a call ends. Here stand the frame and the one place where responses are asked for.

mod caller;
mod closing;
mod holding;
mod model;
mod redial;
mod refusals;
mod tools;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use switchboard_realtime::{EventId, ItemId, ResponseId};

use crate::backoff::Backoff;
use crate::debt::{Debts, Owed};
use crate::digits::Digits;
use crate::ending::Ending;
use crate::filler::{Filler, Kind};
use crate::handoff::Handoff;
use crate::hold::{DEAD_AIR, Hold};
use crate::input::{Echo, Input};
use crate::link::Link;
use crate::names::{Names, RequestId};
use crate::output::{Entry, ModelCommand, Output, Report, Say};
use crate::playback::{Heard, Playback};
use crate::rendering::Rendering;
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
    link: Link,
    turn: Turn,
    debts: Debts,
    playback: Playback,
    calls: ToolCalls,
    handoff: Handoff,
    transcript: Transcript,
    usage: Usage,
    digits: Digits,
    ending: Ending,
    holding: Hold,
    rendering: Rendering,
    filler: Filler,
    /// Whether the model is set up and may be spoken to.
    ready: bool,
    /// Whether it has ever been.
    begun: bool,
    /// The caller's turns whose words are not known yet: should the link be lost, they are heard again.
    unwritten: VecDeque<ItemId>,
    /// Whether the lost link may have heard something of the caller's that is to be heard again.
    caller_was_heard: bool,
    /// The reply that a lost link cut off and that is still owed.
    broken_off: Option<ItemId>,
    /// Items of an old link that were still being heard when the new one began, and what they are called there.
    carried: Vec<(ItemId, ItemId)>,
    /// What an agent is to be told once there is a link.
    notes: Vec<String>,
    /// How often the caller has been asked whether they are there.
    nudged: u32,
    /// Calls that were answered, and of which the last word is still to come.
    expecting: usize,
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
    /// Words of ours, said in the conversation.
    filler: Option<Kind>,
    /// Calls that have begun and are not written to their end.
    unfinished: Vec<ItemId>,
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
    Render,
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
            link: Link::new(setup.seed, now),
            turn: Turn::default(),
            debts: Debts::new(Backoff::new(setup.timings.backoff, setup.seed)),
            playback: Playback::new(setup.audio.is_none(), now),
            calls: ToolCalls::default(),
            handoff: Handoff::new(&setup),
            transcript: Transcript::default(),
            usage: Usage::default(),
            digits: Digits::default(),
            ending: Ending::Live,
            holding: Hold::new(setup.audio.is_some(), setup.rendered.clone(), now),
            rendering: Rendering::default(),
            filler: Filler::default(),
            ready: false,
            begun: false,
            unwritten: VecDeque::new(),
            caller_was_heard: false,
            broken_off: None,
            carried: Vec::new(),
            notes: Vec::new(),
            nudged: 0,
            expecting: 0,
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
            Input::Connected => self.connected(now),
            Input::Model(event) => self.model(event, now),
            Input::Sent { response, item, until, generation } => {
                self.sent_audio(&response, &item, until, generation, now);
            }
            Input::Played { item, length, generation } => {
                self.played(&item, length, generation, now);
            }
            Input::Rendered { text, length } => self.rendered(text, length),
            Input::Marked { item, until, generation } => {
                self.playback.marked(&item, until, generation, now);
            }
            Input::Typed(text) => self.typed(&text, now),
            Input::Dtmf(key) => self.dialled(key, now),
            Input::Answered { call_id, output, effect } => {
                self.answered(&call_id, output, effect, now);
            }
            Input::Late { tool, arguments, output } => self.late(&tool, &arguments, output, now),
            Input::Say(text) => self.saying.push(text),
            Input::LineClosed { reason } => self.hang_up(reason),
            Input::Shutdown => {
                self.interrupt(now);
                self.fail("the server is shutting down", now);
            }
            Input::LinkLost { reason, hopeless: true } => self.fail(&reason, now),
            Input::LinkLost { reason, hopeless: false } => self.lost(&reason, now),
            Input::Tick => {}
        }
        self.note_heard(now);
        self.ask(now);
        self.hold(now);
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
            self.link.deadline(self.attempt()),
            self.saying.deadline(timings.response),
            self.rendering.deadline(),
            self.hold_deadline(),
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
                Expired::Request(request) if self.filler.is(request) => self.filler.over(),
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
                Expired::Link(response) => {
                    return self.lost_in("the model stopped answering", Some(&response), now);
                }
            }
        }
        match self.handoff.expire(&timings, now) {
            Some(Ok(settled)) => self.settled(settled, now),
            Some(Err(reason)) => return self.lost(&reason, now),
            None => {}
        }
        match self.link.expire(self.attempt(), now) {
            Some(Ok(())) => self.outputs.push_back(Output::Dial { within: timings.attempt }),
            Some(Err(())) => return self.lost("the model was not reached", now),
            None => {}
        }
        self.saying.expire(timings.response, now);
        self.rendering.expire(now);
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
        if !(self.ready && self.handoff.settled()) || self.saying.busy() {
            return;
        }
        if !self.turn.free() {
            if self.payable(now).is_some() {
                self.phrase_gives_way(now);
            }
            return;
        }
        if self.ending.live() && self.say(now) {
            return;
        }
        let Some(owed) = self.payable(now) else { return };
        let tools = *owed != Owed::Goodbye;
        self.answer_comes(now);
        let request = self.names.request();
        self.turn.ask(request, now);
        self.debts.asked(request);
        let event = self.event(Sent::Request(request));
        self.tell(ModelCommand::Respond { event, request, tools, say: None });
    }

    /// What a response of ours would pay now.
    fn payable(&self, now: Instant) -> Option<&Owed> {
        let (calls, live) = (&self.calls, self.ending.live());
        self.debts.payable(now, |owed| match owed {
            Owed::Goodbye => true,
            _ if !live => false,
            Owed::Result { group, .. } => calls.settled(group),
            _ => true,
        })
    }

    /// Says what a tool wants said: beside the conversation, or in it where the server does no such thing.
    fn say(&mut self, now: Instant) -> bool {
        if !(self.saying.beside() && self.turn.echoes()) {
            let Some(text) = self.saying.next_within() else { return false };
            self.say_within(text, Kind::Say, now);
            return true;
        }
        let Some((request, text)) = self.saying.next(|| self.names.request(), now) else {
            return false;
        };
        let event = self.event(Sent::Say);
        let say = Some(Say { text, beside: true, keep: false });
        self.tell(ModelCommand::Respond { event, request, tools: false, say });
        true
    }

    /// Counts a silence that nobody explains.
    fn watch(&mut self, now: Instant) {
        let quiet = self.ready
            && self.ending.live()
            && self.handoff.settled()
            && self.turn.free()
            && !self.calls.running()
            && !self.playback.speaking();
        if self.debts.watch(quiet, self.setup.timings.watchdog, now) {
            let [.., lost_response] = DEAD_AIR;
            self.report(Report::DeadAir { cause: lost_response });
        }
    }

    /// Records what the caller has heard to its end.
    fn note_heard(&mut self, now: Instant) {
        for heard in self.playback.finished(now) {
            self.holding.over(&heard.item);
            if self.is_phrase(&heard) {
                self.delete(heard.item);
            } else {
                let broken = heard.broken;
                self.record(heard, broken);
            }
        }
        for response in self.debts.said() {
            if !self.playback.holds(&response) {
                self.debts.heard(&response);
            }
        }
    }

    /// Whether it is a phrase for a caller who waits, which leaves nothing in the conversation.
    fn is_phrase(&self, heard: &Heard) -> bool {
        heard.response.as_ref().is_some_and(|response| self.says_phrase(response))
    }

    /// Whether a response says a phrase for a caller who waits.
    fn says_phrase(&self, response: &ResponseId) -> bool {
        let known = self.responses.iter().rev().find(|known| known.id == *response);
        known.is_some_and(|known| known.filler == Some(Kind::Hold))
    }

    fn record(&mut self, heard: Heard, interrupted: bool) {
        if heard.words.is_empty() {
            return;
        }
        self.transcript.agent_words(&heard.item, &heard.words);
        self.report(Report::AgentSaid { agent: heard.agent, text: heard.words, interrupted });
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
