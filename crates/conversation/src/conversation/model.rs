//! What follows from the model's events.

use std::time::{Duration, Instant};

use switchboard_realtime::{ItemId, ResponseId};

use super::{Conversation, RESPONSES, Response, Stage};
use crate::debt::{Outcome, Owed};
use crate::filler::Kind;
use crate::input::{Ended, ModelEvent, OutputItem, OutputKind};
use crate::names::RequestId;
use crate::output::{Output, Report};
use crate::usage::Tokens;

/// A rate limit whose reset time we do not know is waited out this long.
const RATE_LIMITED: Duration = Duration::from_secs(2);

impl Conversation {
    pub(super) fn model(&mut self, event: ModelEvent, now: Instant) {
        if self.ending.failed() || !self.link.up() {
            return;
        }
        match event {
            ModelEvent::Updated(echo) => {
                let settled = self.handoff.updated(&echo, &self.formats(), now);
                self.settled(settled, now);
            }
            ModelEvent::SpeechStarted { item } => self.speech_started(item, now),
            ModelEvent::SpeechStopped => {
                self.turn.speech_stopped(now);
                let pause = self.setup.timings.pause;
                self.holding.caller_silent(now.checked_sub(pause).unwrap_or(now));
            }
            ModelEvent::Committed { item } => self.committed(item, now),
            ModelEvent::ItemAdded { item } => {
                self.debts.item_added(&item);
                self.calls.item_added(&item);
            }
            ModelEvent::CallerTranscript { item, text } => self.caller_said(&item, text),
            ModelEvent::ResponseCreated { response, request, out_of_band } => {
                self.response_created(&response, request, out_of_band, now);
            }
            ModelEvent::OutputAdded { response, item } => {
                self.turn.progress(&response, now);
                self.output_added(&response, &item, now);
            }
            ModelEvent::Words { response, item, delta } => {
                self.turn.progress(&response, now);
                self.words(&response, &item, &delta, now);
            }
            ModelEvent::ArgumentsDone { response, item, call_id, name, arguments } => {
                self.turn.progress(&response, now);
                if self.is_stopped(&response) {
                    return;
                }
                let call = (&call_id, name.as_deref(), arguments.as_str());
                let dispatch =
                    self.calls.arguments_done(&response, &item, call, self.handoff.agent(), now);
                self.dispatch(dispatch);
            }
            ModelEvent::OutputDone { response, item } => {
                self.turn.progress(&response, now);
                self.output_done(&response, &item, now);
            }
            ModelEvent::Sounded { response, item } => {
                self.turn.progress(&response, now);
                self.playback.sounded(&item);
            }
            ModelEvent::Progress { response } => self.turn.progress(&response, now),
            ModelEvent::ResponseDone { response, request, status, output, tokens } => {
                self.response_done(&response, request, &status, (output, tokens), now);
            }
            ModelEvent::RateLimits { reset } => self.rate_reset = reset,
            ModelEvent::Refused(refusal) => self.refused(&refusal, now),
        }
    }

    fn speech_started(&mut self, item: ItemId, now: Instant) {
        self.report(Report::CallerSpeaking);
        self.call_off();
        self.interrupt(now);
        self.turn.speech_started(item, now);
        if !self.setup.server_interrupts
            && !self.turn.is_cancelling()
            && let Some(active) = self.turn.active().cloned()
        {
            self.cancel(&active);
            self.turn.cancelling(now);
        }
    }

    fn committed(&mut self, item: ItemId, now: Instant) {
        self.turn.committed(&item, self.setup.server_responds, now);
        self.handoff.turn();
        self.nudged = 0;
        self.unwritten.push_back(item.clone());
        self.transcript.caller_turn(item);
        self.debts.open(Owed::Turn, None, now);
    }

    fn caller_said(&mut self, item: &ItemId, text: String) {
        self.unwritten.retain(|turn| turn != item);
        if self.unwritten.is_empty() {
            self.outputs.push_back(Output::ForgetAudio);
        }
        if !text.trim().is_empty() {
            self.transcript.caller_words(item, &text);
            self.report(Report::CallerSaid { text });
        }
    }

    fn response_created(
        &mut self,
        id: &ResponseId,
        request: Option<RequestId>,
        out_of_band: bool,
        now: Instant,
    ) {
        let kept = request.is_some_and(|request| self.rendering.is(request));
        let out_of_band = out_of_band || kept || self.saying.asked_for(request);
        let agent = self.handoff.agent().to_owned();
        self.responses.push_back(Response {
            id: id.clone(),
            agent,
            out_of_band,
            filler: None,
            unfinished: Vec::new(),
            spoke: false,
            stage: Stage::Running,
        });
        if self.responses.len() > RESPONSES {
            self.responses.pop_front();
        }
        if out_of_band {
            if !kept {
                self.saying.created(id, request, now);
            }
            return;
        }
        let began = self.turn.created(id.clone(), request, now);
        let filler = self.filler.created(began.request, id);
        if let Some(known) = self.response(id) {
            known.filler = filler;
        }
        if let Some(lost) = began.superseded {
            self.over(&lost, None, &Outcome::Stopped, now);
        }
        if filler.is_none() {
            self.debts.created(id, began.request);
        }
        if began.unwanted {
            self.playback.interrupt(id);
            self.outputs.push_back(Output::Drop(id.clone()));
            self.cancel(id);
            self.turn.cancelling(now);
        }
    }

    fn output_added(&mut self, response: &ResponseId, item: &OutputItem, now: Instant) {
        if self.response(response).is_none() {
            // Its beginning got lost.
            self.response_created(response, None, false, now);
        }
        match &item.kind {
            OutputKind::Message { .. } => self.message_begun(response, &item.id),
            OutputKind::Call { name, .. } => {
                self.calls.begun(&item.id, name);
                if let Some(known) = self.response(response) {
                    known.unfinished.push(item.id.clone());
                }
            }
            OutputKind::Other => {}
        }
    }

    /// Something is said. Of an interrupted response it is taken back at once: nobody will hear it.
    fn message_begun(&mut self, response: &ResponseId, item: &ItemId) {
        let known = self.response(response).map(|known| (known.agent.clone(), known.out_of_band));
        let (agent, out_of_band) =
            known.unwrap_or_else(|| (self.handoff.agent().to_owned(), false));
        if self.playback.is_interrupted(response) {
            if !out_of_band && self.setup.audio.is_some() {
                self.delete(item.clone());
            }
            return;
        }
        self.playback.begun(Some(response), item, &agent, !out_of_band);
    }

    fn words(&mut self, response: &ResponseId, item: &ItemId, delta: &str, now: Instant) {
        if self.playback.is_interrupted(response) {
            return;
        }
        let text = self.setup.audio.is_none();
        let Some(known) = self.response(response).filter(|known| known.stage != Stage::Done) else {
            return;
        };
        // On a phone only sound can be heard; words usually run ahead of it.
        known.spoke |= text;
        let (agent, phrase) = (known.agent.clone(), known.filler == Some(Kind::Hold));
        if text {
            self.holding.seen(now);
        }
        let delta = self.playback.words(item, delta);
        if !delta.is_empty() && !phrase {
            self.report(Report::AgentSaying { agent, delta });
        }
    }

    pub(super) fn sent_audio(
        &mut self,
        response: &ResponseId,
        item: &ItemId,
        until: Duration,
        generation: u32,
        now: Instant,
    ) {
        self.turn.progress(response, now);
        self.saying.progress(response, now);
        if self.ready {
            self.link.worked();
        }
        if self.playback.is_interrupted(response) || generation != self.playback.generation() {
            return;
        }
        let running = self
            .response(response)
            .filter(|known| known.stage != Stage::Done)
            .map(|known| known.spoke = true)
            .is_some();
        if !self.playback.knows(item) {
            self.message_begun(response, item);
        }
        self.playback.sent(item, until, generation, now);
        if !running {
            // Nobody will say that this item is complete.
            self.playback.complete(item);
        }
    }

    fn output_done(&mut self, response: &ResponseId, item: &OutputItem, now: Instant) {
        match &item.kind {
            OutputKind::Message { text } => {
                if self.playback.wordless(&item.id) && !text.is_empty() {
                    self.words(response, &item.id, text, now);
                }
                self.playback.complete(&item.id);
            }
            OutputKind::Call { call_id, name, arguments } => {
                if let Some(known) = self.response(response) {
                    known.unfinished.retain(|unfinished| *unfinished != item.id);
                }
                let call = (call_id, name.as_str(), arguments.as_str());
                let dispatch =
                    self.calls.item_done(response, call, item.completed, self.handoff.agent(), now);
                self.dispatch(dispatch);
            }
            OutputKind::Other => {}
        }
    }

    fn response_done(
        &mut self,
        id: &ResponseId,
        request: Option<RequestId>,
        status: &Ended,
        (output, tokens): (Vec<OutputItem>, Option<Tokens>),
        now: Instant,
    ) {
        self.usage.response(tokens);
        for item in &output {
            self.output_done(id, item, now);
        }
        if *status == Ended::Completed && self.ready {
            self.link.worked();
        }
        let known = self.response(id).map(|known| {
            let stalled = std::mem::replace(&mut known.stage, Stage::Done) == Stage::Stalled;
            (known.spoke, stalled, known.out_of_band, known.filler)
        });
        let (spoke, stalled, out_of_band, filler) = known.unwrap_or_default();
        self.playback.complete_response(id);
        let kept = request.is_some_and(|request| self.rendering.is(request));
        if out_of_band || kept || self.saying.asked_for(request) {
            return self.saying.done(id);
        }
        if let Ended::Failed { code } = status
            && super::refusals::fatal(code)
        {
            return self.fail(&format!("the model's account or key was refused: {code}"), now);
        }
        let outcome = self.outcome(id, status, spoke, stalled);
        self.turn.done(id, request);
        if filler.is_some() || request.is_some_and(|request| self.filler.is(request)) {
            return self.filler.over();
        }
        if outcome == Outcome::Said {
            self.broken_off = None;
        }
        if matches!(outcome, Outcome::Said | Outcome::Called) && !self.unwritten.is_empty() {
            // Understood, though nobody has written down what: there is nothing to hear again.
            self.unwritten.clear();
            self.outputs.push_back(Output::ForgetAudio);
        }
        self.over(id, request, &outcome, now);
    }

    /// A response of the default conversation is over, as far as anybody can know.
    pub(super) fn over(
        &mut self,
        id: &ResponseId,
        request: Option<RequestId>,
        outcome: &Outcome,
        now: Instant,
    ) {
        self.playback.complete_response(id);
        self.filler.response_over(id);
        if self.debts.done(id, request, outcome, now) {
            self.apologise("the model failed too often, or has no time for too long");
        }
    }

    /// The server says that a response which we wanted stopped does not run: its end got lost.
    pub(super) fn not_running(&mut self, id: &ResponseId, now: Instant) {
        if self.turn.active() != Some(id) {
            return;
        }
        let spoke = self.response(id).is_some_and(|known| known.spoke);
        let outcome = if self.playback.is_interrupted(id) {
            Outcome::Stopped
        } else if spoke {
            Outcome::Said
        } else {
            Outcome::Failed { not_before: Duration::ZERO }
        };
        self.turn.done(id, None);
        self.over(id, None, &outcome, now);
    }

    /// The same, where the server does not say which: the one that had gone quiet.
    pub(super) fn stalled_not_running(&mut self, now: Instant) {
        let Some(active) = self.turn.active().cloned() else { return };
        if self.response(&active).is_some_and(|known| known.stage == Stage::Stalled) {
            self.not_running(&active, now);
        }
    }

    /// Whether a response was stopped: what it still says of its calls may be half written.
    fn is_stopped(&mut self, id: &ResponseId) -> bool {
        self.playback.is_interrupted(id)
            || self.response(id).is_some_and(|known| known.stage != Stage::Running)
    }

    /// What the end of a response means for those who wait for it.
    fn outcome(&self, id: &ResponseId, status: &Ended, spoke: bool, stalled: bool) -> Outcome {
        let failed = |not_before| Outcome::Failed { not_before };
        match status {
            _ if self.playback.is_interrupted(id) => Outcome::Stopped,
            // Broken off after something was heard: that was the answer.
            _ if spoke => Outcome::Said,
            _ if self.calls.made_by(id) => Outcome::Called,
            Ended::Cancelled if !stalled && self.turn.caller_speaks() => Outcome::Stopped,
            Ended::Failed { code } if super::refusals::rate_limited(code) => {
                failed(self.rate_limit())
            }
            _ => failed(Duration::ZERO),
        }
    }

    /// How long to wait once the model has said that it was asked too much.
    pub(super) fn rate_limit(&self) -> Duration {
        self.rate_reset.max(RATE_LIMITED)
    }
}
