//! What follows from the model's events.

use std::time::{Duration, Instant};

use switchboard_realtime::{ItemId, ResponseId};

use super::{Conversation, RESPONSES, Response};
use crate::debt::{Outcome, Owed};
use crate::input::{Ended, ModelEvent, OutputItem, OutputKind};
use crate::names::RequestId;
use crate::output::{Output, Report};
use crate::usage::Tokens;

impl Conversation {
    pub(super) fn model(&mut self, event: ModelEvent, now: Instant) {
        if self.ending.failed() {
            return;
        }
        match event {
            ModelEvent::Updated(echo) => {
                let settled = self.handoff.updated(&echo, &self.formats(), now);
                self.settled(settled, now);
            }
            ModelEvent::SpeechStarted { item } => self.speech_started(item, now),
            ModelEvent::SpeechStopped => self.turn.speech_stopped(now),
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
                self.output_added(&response, &item);
            }
            ModelEvent::Words { response, item, delta } => {
                self.turn.progress(&response, now);
                self.words(&response, &item, delta);
            }
            ModelEvent::ArgumentsDone { response, item, call_id, name, arguments } => {
                self.turn.progress(&response, now);
                let call = (&call_id, name.as_deref(), arguments.as_str());
                let dispatch =
                    self.calls.arguments_done(&response, &item, call, self.handoff.agent());
                self.dispatch(dispatch);
            }
            ModelEvent::OutputDone { response, item } => {
                self.turn.progress(&response, now);
                self.output_done(&response, &item);
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
        self.ending.call_off();
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
        self.transcript.caller_turn(item);
        self.debts.open(Owed::Turn, None, now);
    }

    fn caller_said(&mut self, item: &ItemId, text: String) {
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
        let out_of_band =
            out_of_band || request.is_some_and(|request| self.says.contains(&request));
        let agent = self.handoff.agent().to_owned();
        self.responses.push_back(Response {
            id: id.clone(),
            agent,
            out_of_band,
            spoke: false,
            stalled: false,
        });
        if self.responses.len() > RESPONSES {
            self.responses.pop_front();
        }
        if out_of_band {
            return;
        }
        let began = self.turn.created(id.clone(), request, now);
        self.debts.created(id, began.request);
        if began.unwanted {
            self.playback.interrupt(id);
            self.calls.interrupted(id);
            self.outputs.push_back(Output::Drop(id.clone()));
            self.cancel(id);
            self.turn.cancelling(now);
        }
    }

    fn output_added(&mut self, response: &ResponseId, item: &OutputItem) {
        match &item.kind {
            OutputKind::Message { .. } => self.message_begun(response, &item.id),
            OutputKind::Call { name, .. } => self.calls.begun(&item.id, name),
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
        self.playback.begun((!out_of_band).then_some(response), item, &agent);
    }

    fn words(&mut self, response: &ResponseId, item: &ItemId, delta: String) {
        if self.playback.is_interrupted(response) {
            return;
        }
        let Some(known) = self.response(response) else { return };
        known.spoke = true;
        let agent = known.agent.clone();
        self.playback.words(item, &delta);
        self.report(Report::AgentSaying { agent, delta });
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
        if let Some(known) = self.response(response) {
            known.spoke = true;
        }
        if !self.playback.is_interrupted(response) {
            self.playback.sent(item, until, generation, now);
        }
    }

    fn output_done(&mut self, response: &ResponseId, item: &OutputItem) {
        match &item.kind {
            OutputKind::Message { text } => {
                if self.playback.wordless(&item.id) && !text.is_empty() {
                    self.words(response, &item.id, text.clone());
                }
                self.playback.complete(&item.id);
            }
            OutputKind::Call { call_id, name, arguments } => {
                let call = (call_id, name.as_str(), arguments.as_str());
                let dispatch =
                    self.calls.item_done(response, call, item.completed, self.handoff.agent());
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
            self.output_done(id, item);
        }
        let known = self.response(id).map(|known| (known.spoke, known.stalled, known.out_of_band));
        let (spoke, stalled, out_of_band) = known.unwrap_or_default();
        if out_of_band || request.is_some_and(|request| self.says.contains(&request)) {
            return;
        }
        self.turn.done(id, request);
        let outcome = self.outcome(id, status, spoke, stalled);
        self.calls.over(id);
        if let Ended::Failed { code } = status
            && super::refusals::fatal(code)
        {
            return self.fail(&format!("the model's account or key was refused: {code}"), now);
        }
        if self.debts.done(id, request, &outcome, now) {
            self.apologise("the model failed too often");
        }
    }

    /// What the end of a response means for those who wait for it.
    fn outcome(&self, id: &ResponseId, status: &Ended, spoke: bool, stalled: bool) -> Outcome {
        let interrupted = self.playback.is_interrupted(id);
        match status {
            _ if interrupted => Outcome::Stopped,
            Ended::Cancelled if stalled || !self.turn.caller_speaks() => {
                Outcome::Failed { not_before: Duration::ZERO }
            }
            Ended::Cancelled => Outcome::Stopped,
            _ if spoke => Outcome::Said,
            Ended::Completed if self.calls.made_by(id) => Outcome::Called,
            Ended::Failed { code } if super::refusals::rate_limited(code) => {
                Outcome::Failed { not_before: self.rate_reset }
            }
            _ => Outcome::Failed { not_before: Duration::ZERO },
        }
    }
}
