//! The life of a response: asked for, thought about, carried out, ended.

use std::time::Duration;

use switchboard_realtime::{
    AudioOutput, ErrorCode, ErrorKind, Item, ItemStatus, Modality, Response as ResponseObject,
    ResponseAudio, ResponseEvent, ResponseId, ResponseStatus, ServerEvent, StatusDetails,
    StatusReason, Usage, Voice,
};

use super::plan::{self, Step, Steps};
use super::{Open, Params, Phase, Response, Seen, faults};
use crate::faults::{FaultKind, Point};
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
    /// Begins a response.
    pub(super) fn start_response(&mut self, params: Params, context: Vec<Seen>, now: Duration) {
        let faults = self.faults.at(Point::Response);
        let id = ResponseId::from(self.ids.next("resp"));
        let mut response = Response::new(id.clone(), params, context, faults);
        for kind in [FaultKind::ErrorWithoutEventId, FaultKind::UnknownEvent] {
            if response.take_fault(kind).is_some() {
                self.happen(kind);
            }
        }
        if response.take_fault(FaultKind::OmitResponseCreated).is_none() {
            let created = self.object(&response, ResponseStatus::InProgress, None, None);
            self.emit(ServerEvent::ResponseCreated(ResponseEvent {
                event_id: None,
                response: Box::new(created),
            }));
        }
        self.responses.push(response);
        self.disarm_idle();
        self.timers.at(now + self.settings.thinking(), Timer::Think(id));
    }

    /// Asks the mind, once all that the response can see has been understood.
    pub(in crate::session) fn think(&mut self, id: &ResponseId, now: Duration) {
        if !self.responses.iter().any(|response| response.id == *id && self.can_think(response)) {
            return;
        }
        let Some(mut response) = self.take_response(id) else { return };
        self.read_input(&mut response);
        if let Some(failure) = failure(&mut response) {
            self.end(&response, ResponseStatus::Failed, Some(failed(failure)), now);
            return;
        }
        response.acts = self.ask(&response, now).into();
        self.next_act(response, now);
    }

    /// Whether all that the response can see has been understood, and it has not been thought about.
    fn can_think(&self, response: &Response) -> bool {
        let waits = |seen: &Seen| matches!(seen, Seen::Item(id) if self.recognising.contains(id));
        response.phase == Phase::Thinking && !response.context.iter().any(waits)
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
            now: self.wall.local(now),
        };
        self.mind.respond(&turn)
    }

    fn next_act(&mut self, mut response: Response, now: Duration) {
        match response.acts.pop_front() {
            None => {
                for fault in std::mem::take(&mut response.faults) {
                    self.happen(fault.kind);
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
        let met = self.faults.at(Point::Call);
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
                other => plan::interrupt(&mut steps, Step::Fault(other)),
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
            plan::stall(&mut steps, Duration::from_millis(fault.value.unwrap_or(0)), format);
        }
        for fault in std::mem::take(&mut response.faults) {
            plan::interrupt(&mut steps, Step::Fault(fault.kind));
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
            Step::Fault(kind) => self.happen(kind),
            Step::Stall => return Next::Nothing,
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
        let usage = usage::usage(response.input, response.spent);
        let object = self.object(response, status, details, Some(usage));
        self.emit(ServerEvent::ResponseDone(ResponseEvent {
            event_id: None,
            response: Box::new(object),
        }));
        self.tell_limits(usage.total_tokens, now);
        for id in &response.output {
            self.conversation.forget_beside(id);
        }
        if !response.is_out_of_band() {
            self.arm_idle(now + response.audio);
        }
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

/// Why a response that was told to fail does.
fn failure(response: &mut Response) -> Option<Refusal> {
    if response.take_fault(FaultKind::RateLimitExceeded).is_some() {
        let message = "Rate limit reached on tokens per min (TPM). Please try again in 1s.";
        return Some(
            Refusal::new(ErrorCode::RateLimitExceeded, message).of_kind(ErrorKind::RateLimit),
        );
    }
    response.take_fault(FaultKind::ServerError)?;
    Some(server_error("The server had an error while processing your request."))
}

fn server_error(message: &str) -> Refusal {
    Refusal::new(ErrorCode::from("server_error"), message).of_kind(ErrorKind::Server)
}
