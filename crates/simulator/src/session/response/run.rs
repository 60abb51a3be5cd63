//! The life of a response: asked for, thought about, carried out, ended.

use std::fmt::Write as _;
use std::time::Duration;

use switchboard_realtime::{
    AudioOutput, ErrorCode, ErrorKind, Item, ItemStatus, Modality, Response as ResponseObject,
    ResponseAudio, ResponseEvent, ResponseId, ResponseStatus, ServerEvent, StatusDetails,
    StatusReason, Usage, Voice,
};

use super::plan::{self, Step, Steps};
use super::{Open, Params, Phase, Response, Seen, faults};
use crate::faults::{Fault, FaultKind, Moment};
use crate::mind::{Act, Said, Turn};
use crate::refusal::Refusal;
use crate::session::hearing::rate;
use crate::session::output::Output;
use crate::session::usage::{self, Piece};
use crate::session::{Session, Timer};
use crate::voice::{Speech, Utterance};

/// What a response does after a step.
enum Next {
    Step,
    Nothing,
    End(ResponseStatus, Option<StatusDetails>),
}

impl Session {
    /// Begins a response of the conversation.
    pub(super) fn start_response(&mut self, params: Params, context: Vec<Seen>, now: Duration) {
        let faults = self.faults.at(Moment::Response);
        self.disarm_idle();
        self.begin_response(params, context, faults, now);
    }

    /// Begins a response in which this goes wrong.
    pub(super) fn begin_response(
        &mut self,
        params: Params,
        context: Vec<Seen>,
        faults: Vec<Fault>,
        now: Duration,
    ) {
        let id = ResponseId::from(self.ids.next("resp"));
        let mut response = Response::new(id.clone(), params, context, faults);
        for kind in [FaultKind::ErrorWithoutEventId, FaultKind::UnknownEvent] {
            if let Some(fault) = response.take_fault(kind) {
                self.happen(&fault);
            }
        }
        if response.take_fault(FaultKind::OmitResponseCreated).is_none() {
            let created = self.object(&response, ResponseStatus::InProgress, None, None);
            self.emit(ServerEvent::ResponseCreated(ResponseEvent {
                event_id: None,
                response: Box::new(created),
            }));
        }
        let delay = response.take_fault(FaultKind::DelayResponse).map(|fault| fault.time());
        response.not_before = now + delay.unwrap_or_default();
        self.timers.at(response.not_before + self.settings.thinking(), Timer::Think(id));
        self.responses.push(response);
    }

    /// Asks the mind, once all that the response can see has been understood.
    pub(in crate::session) fn think(&mut self, id: &ResponseId, now: Duration) {
        if !self
            .responses
            .iter()
            .any(|response| response.id == *id && self.can_think(response, now))
        {
            return;
        }
        let Some(mut response) = self.take_response(id) else { return };
        self.read_input(&mut response);
        if let Some(fault) = response.take_fault(FaultKind::RateLimitExceeded) {
            return self.run_out(&response, &fault, now);
        }
        if response.take_fault(FaultKind::ServerError).is_some() {
            return self.end(&response, ResponseStatus::Failed, Some(failed(broken())), now);
        }
        response.acts = self.ask(&response, now).into();
        self.next_act(response, now);
    }

    /// Whether all that the response can see has been understood, and it has not been thought about.
    fn can_think(&self, response: &Response, now: Duration) -> bool {
        let waits = |seen: &Seen| matches!(seen, Seen::Item(id) if self.recognising.contains(id));
        response.phase == Phase::Thinking
            && response.not_before <= now
            && !response.context.iter().any(waits)
    }

    /// The response ends for want of tokens; when there are some again is told only if the fault says so.
    fn run_out(&mut self, response: &Response, fault: &Fault, now: Duration) {
        let mut message = "Rate limit reached on tokens per min (TPM).".to_owned();
        if let Some(ms) = fault.value {
            let reset = Duration::from_millis(ms);
            let _ = write!(message, " Please try again in {}s.", reset.as_secs_f64());
            self.tell_used_up(reset);
        }
        let refusal =
            Refusal::new(ErrorCode::RateLimitExceeded, message).of_kind(ErrorKind::RateLimit);
        self.finish(response, ResponseStatus::Failed, Some(failed(refusal)), now);
    }

    /// Counts what the response reads.
    fn read_input(&mut self, response: &mut Response) {
        let instructions =
            response.params.own_instructions.as_deref().unwrap_or(&response.params.instructions);
        let mut pieces =
            vec![Piece::of_text(instructions), Piece::of_text(&response.params.tools_text)];
        pieces.extend(response.context.iter().filter_map(|seen| match seen {
            Seen::Item(id) => self.conversation.get(id).map(Piece::of_entry),
            Seen::Given(entry) => Some(Piece::of_entry(entry)),
        }));
        response.input = self.cache.read(pieces);
    }

    fn ask(&mut self, response: &Response, now: Duration) -> Vec<Act> {
        let params = &response.params;
        let seen = response.context.iter().filter_map(|seen| match seen {
            Seen::Item(id) => self.conversation.get(id)?.said(),
            Seen::Given(entry) => entry.said(),
        });
        let items: Vec<Said> = seen.collect();
        let turn = Turn {
            instructions: &params.instructions,
            tools: &params.tools,
            tool_choice: &params.tool_choice,
            items: &items,
            response_instructions: params.own_instructions.as_deref(),
            parallel_tool_calls: params.parallel_tool_calls,
            out_of_band: params.out_of_band,
            now: self.wall.local(now),
        };
        self.mind.respond(&turn)
    }

    fn next_act(&mut self, mut response: Response, now: Duration) {
        match response.acts.pop_front() {
            None => {
                for fault in std::mem::take(&mut response.faults) {
                    self.happen(&fault);
                }
                self.end(&response, ResponseStatus::Completed, None, now);
            }
            Some(Act::Fail(message)) => self.end(
                &response,
                ResponseStatus::Failed,
                Some(failed(server_error(&message))),
                now,
            ),
            Some(Act::Say(text)) if response.params.speaks => {
                let utterance = Utterance {
                    text,
                    speed: response.params.speed,
                    rate: rate(response.params.format),
                    to_text_channel: self.hearing.is_in_tones(),
                    goes_on: self.goes_on,
                };
                response.phase = Phase::Voicing;
                self.outbox.push_back(Output::Speak { response: response.id.clone(), utterance });
                self.responses.push(response);
            }
            Some(Act::Say(text)) => self.carry_out(response, plan::text(&text), now),
            Some(Act::Call { name, arguments }) => {
                let steps = self.plan_call(name, arguments);
                self.carry_out(response, steps, now);
            }
        }
    }

    fn plan_call(&mut self, mut name: String, mut arguments: String) -> Steps {
        let met = self.faults.at(Moment::Call);
        for fault in &met {
            faults::spoil(fault.kind, &mut name, &mut arguments);
        }
        let mut steps = plan::call(&name, &self.ids.next("call"), &arguments);
        for fault in met {
            match fault.kind {
                FaultKind::DuplicateCall => {
                    steps.extend(plan::call(&name, &self.ids.next("call"), &arguments));
                }
                FaultKind::UnknownTool
                | FaultKind::MalformedArguments
                | FaultKind::WrongArgumentType => {}
                _ => plan::interrupt(&mut steps, Step::Fault(fault)),
            }
        }
        steps
    }

    /// The voice has said what it was to say.
    pub(crate) fn spoken(&mut self, id: &ResponseId, speech: &Speech, now: Duration) {
        if let Some(response) = self.take_response(id) {
            let steps = plan::speech(speech, response.params.format, &self.settings);
            self.carry_out(response, steps, now);
        }
    }

    fn carry_out(&mut self, mut response: Response, mut steps: Steps, now: Duration) {
        let format = response.params.format;
        if let Some(limit) = response.params.limit() {
            let spent = response.spent.text_tokens + response.spent.audio_tokens;
            plan::limit(&mut steps, limit.saturating_sub(spent), format);
        }
        if let Some(fault) = response.take_fault(FaultKind::Stall) {
            plan::stop(&mut steps, fault.time(), Step::Stall, format);
        }
        if let Some(fault) = response.take_fault(FaultKind::FailMidway) {
            plan::stop(&mut steps, fault.time(), Step::Break, format);
        }
        if let Some(fault) = response.take_fault(FaultKind::Pause) {
            plan::pause(&mut steps, fault.time());
        }
        for fault in std::mem::take(&mut response.faults) {
            plan::interrupt(&mut steps, Step::Fault(fault));
        }
        response.phase = Phase::Running;
        response.steps = steps;
        self.wait(response, now);
    }

    /// Waits for the next step, if one is left, and else does the next act.
    fn wait(&mut self, response: Response, now: Duration) {
        match response.steps.front() {
            Some((gap, _)) => {
                self.timers.at(now + *gap, Timer::Step(response.id.clone()));
                self.responses.push(response);
            }
            None => self.next_act(response, now),
        }
    }

    /// Does the step that is due, and those that go with it.
    pub(in crate::session) fn step(&mut self, id: &ResponseId, now: Duration) {
        let Some(mut response) = self.take_response(id) else { return };
        while let Some((_, step)) = response.steps.pop_front() {
            match self.perform(&mut response, step) {
                Next::Step => {}
                Next::Nothing => return self.responses.push(response),
                Next::End(status, details) => return self.end(&response, status, details, now),
            }
            if response.steps.front().is_some_and(|(gap, _)| !gap.is_zero()) {
                break;
            }
        }
        self.wait(response, now);
    }

    fn perform(&mut self, response: &mut Response, step: Step) -> Next {
        match step {
            Step::OpenSpeech => self.open_message(response, Open::Speech),
            Step::OpenText => self.open_message(response, Open::Text),
            Step::OpenCall { name, call_id } => self.open_call(response, name, call_id),
            Step::Words(words) => self.send_words(response, words),
            Step::Audio(audio) => self.send_audio(response, &audio),
            Step::Text(piece) => self.send_text(response, piece),
            Step::Arguments(piece) => self.send_arguments(response, piece),
            Step::Close => self.close_item(response, &ItemStatus::Completed),
            Step::Fault(fault) => self.happen(&fault),
            Step::Stall => return Next::Nothing,
            Step::Break => {
                self.close_item(response, &ItemStatus::Incomplete);
                return Next::End(ResponseStatus::Failed, Some(failed(broken())));
            }
            Step::CutShort => {
                self.close_item(response, &ItemStatus::Incomplete);
                let details = because(ResponseStatus::Incomplete, StatusReason::MaxOutputTokens);
                return Next::End(ResponseStatus::Incomplete, Some(details));
            }
        }
        Next::Step
    }

    /// Ends a response where it is.
    pub(in crate::session) fn cancel(
        &mut self,
        id: &ResponseId,
        reason: StatusReason,
        now: Duration,
    ) {
        if let Some(mut response) = self.take_response(id) {
            self.close_item(&mut response, &ItemStatus::Incomplete);
            let details = because(ResponseStatus::Cancelled, reason);
            self.end(&response, ResponseStatus::Cancelled, Some(details), now);
        }
    }

    fn end(
        &mut self,
        response: &Response,
        status: ResponseStatus,
        details: Option<StatusDetails>,
        now: Duration,
    ) {
        let spent = self.finish(response, status, details, now);
        self.tell_limits(spent, now);
    }

    /// Says that a response is done, and returns the tokens it has used.
    fn finish(
        &mut self,
        response: &Response,
        status: ResponseStatus,
        details: Option<StatusDetails>,
        now: Duration,
    ) -> u64 {
        let usage = usage::usage(response.input, response.spent);
        let object = self.object(response, status, details, Some(usage));
        self.emit(ServerEvent::ResponseDone(ResponseEvent {
            event_id: None,
            response: Box::new(object),
        }));
        for id in &response.output {
            self.conversation.forget_beside(id);
        }
        if !response.is_out_of_band() {
            self.arm_idle(now + response.audio);
        }
        usage.total_tokens
    }

    fn take_response(&mut self, id: &ResponseId) -> Option<Response> {
        let at = self.responses.iter().position(|response| response.id == *id)?;
        Some(self.responses.remove(at))
    }

    /// The response as events show it.
    fn object(
        &self,
        response: &Response,
        status: ResponseStatus,
        details: Option<StatusDetails>,
        usage: Option<Usage>,
    ) -> ResponseObject {
        let params = &response.params;
        let items = response.output.iter().filter_map(|id| self.conversation.get(id));
        let output: Vec<Item> = items.map(|entry| entry.item.clone()).collect();
        let voice = Voice::Named(params.voice.clone());
        let audio = AudioOutput { format: Some(params.format), voice: Some(voice), speed: None };
        ResponseObject {
            id: response.id.clone(),
            status,
            status_details: details,
            output,
            conversation_id: (!params.out_of_band).then(|| self.conversation_id.clone()),
            output_modalities: vec![if params.speaks { Modality::Audio } else { Modality::Text }],
            max_output_tokens: Some(params.max_output_tokens),
            audio: Some(ResponseAudio { output: Some(audio) }),
            usage,
            metadata: params.metadata.clone(),
            ..ResponseObject::default()
        }
    }
}

fn because(status: ResponseStatus, reason: StatusReason) -> StatusDetails {
    StatusDetails { kind: Some(status), reason: Some(reason), error: None }
}

fn failed(refusal: Refusal) -> StatusDetails {
    StatusDetails {
        kind: Some(ResponseStatus::Failed),
        reason: None,
        error: Some(refusal.into_failure()),
    }
}

/// The failure of a response that was told to fail.
fn broken() -> Refusal {
    server_error("The server had an error while processing your request.")
}

fn server_error(message: &str) -> Refusal {
    Refusal::new(ErrorCode::from("server_error"), message).of_kind(ErrorKind::Server)
}
