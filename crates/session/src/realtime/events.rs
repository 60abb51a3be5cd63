//! Events of the Realtime protocol, in the conversation's words.

use std::time::Duration;

use switchboard_conversation::{
    Echo, Ended, ModelEvent, OutputItem, OutputKind, Refusal, RequestId, Tokens,
};
use switchboard_realtime::{
    ErrorBody, Item, ItemBody, ItemId, ItemStatus, RateLimit, Response, ResponseId, ResponseStatus,
    ServerEvent, SessionConfig, Tool, Usage,
};

use crate::link::LinkEvent;

/// The key in a response's `metadata` under which our name of it stands.
pub(crate) const REQUEST: &str = "switchboard_request";

/// What an event means for the conversation, if anything.
pub(crate) fn translate(event: ServerEvent) -> Option<LinkEvent> {
    let model = match event {
        ServerEvent::ResponseOutputAudioDelta(audio) => {
            return Some(LinkEvent::Audio {
                response: audio.response_id,
                item: audio.item_id,
                audio: audio.delta,
            });
        }
        ServerEvent::Error(event) => ModelEvent::Refused(refusal(event.error)),
        ServerEvent::SessionUpdated(event) => ModelEvent::Updated(echo(&event.session)),
        ServerEvent::InputAudioBufferSpeechStarted(event) => {
            ModelEvent::SpeechStarted { item: event.item_id }
        }
        ServerEvent::InputAudioBufferSpeechStopped(_) => ModelEvent::SpeechStopped,
        ServerEvent::InputAudioBufferCommitted(event) => {
            ModelEvent::Committed { item: event.item_id }
        }
        ServerEvent::ConversationItemAdded(event) | ServerEvent::ConversationItemDone(event) => {
            ModelEvent::ItemAdded { item: event.item.id? }
        }
        ServerEvent::ConversationItemInputAudioTranscriptionCompleted(event) => {
            ModelEvent::CallerTranscript { item: event.item_id, text: event.transcript }
        }
        ServerEvent::ResponseCreated(event) => created(&event.response),
        ServerEvent::ResponseOutputItemAdded(event) => ModelEvent::OutputAdded {
            item: output_item(event.item, false, (&event.response_id, event.output_index)),
            response: event.response_id,
        },
        ServerEvent::ResponseOutputTextDelta(event)
        | ServerEvent::ResponseOutputAudioTranscriptDelta(event) => ModelEvent::Words {
            response: event.response_id,
            item: event.item_id,
            delta: event.delta,
        },
        ServerEvent::ResponseFunctionCallArgumentsDone(event) => ModelEvent::ArgumentsDone {
            response: event.response_id,
            item: event.item_id,
            call_id: event.call_id,
            name: event.name,
            arguments: event.arguments,
        },
        ServerEvent::ResponseOutputItemDone(event) => ModelEvent::OutputDone {
            item: output_item(event.item, true, (&event.response_id, event.output_index)),
            response: event.response_id,
        },
        ServerEvent::ResponseOutputAudioDone(event) => {
            ModelEvent::Sounded { response: event.response_id, item: event.item_id }
        }
        ServerEvent::ResponseFunctionCallArgumentsDelta(event) => {
            ModelEvent::Progress { response: event.response_id }
        }
        ServerEvent::ResponseContentPartAdded(event) => {
            ModelEvent::Progress { response: event.response_id }
        }
        ServerEvent::ResponseMcpCallArgumentsDelta(event) => {
            ModelEvent::Progress { response: event.response_id }
        }
        ServerEvent::ResponseDone(event) => done(*event.response),
        ServerEvent::RateLimitsUpdated(event) => {
            ModelEvent::RateLimits { reset: reset(&event.rate_limits) }
        }
        _ => return None,
    };
    Some(LinkEvent::Model(model))
}

/// What the server says it is set to.
fn echo(session: &SessionConfig) -> Echo {
    let names = |tools: &Vec<Tool>| {
        let name = |tool: &Tool| match tool {
            Tool::Function(function) => Some(function.name.clone()),
            _ => None,
        };
        tools.iter().filter_map(name).collect()
    };
    Echo {
        tools: session.tools.as_ref().map(names),
        input: session.input_format(),
        output: session.output_format(),
    }
}

fn request(response: &Response) -> Option<RequestId> {
    response.metadata(REQUEST).and_then(RequestId::parse)
}

fn created(response: &Response) -> ModelEvent {
    ModelEvent::ResponseCreated {
        response: response.id.clone(),
        request: request(response),
        out_of_band: response.is_out_of_band() && response.metadata(BESIDE).is_some(),
    }
}

/// The key in the `metadata` of a response that we asked for beside the conversation. A server that leaves
/// `conversation_id` out of all its responses must not make them all look so.
pub(crate) const BESIDE: &str = "switchboard_beside";

fn done(response: Response) -> ModelEvent {
    let request = request(&response);
    let failure = response.status_details.as_ref().and_then(|details| details.error.as_ref());
    let code =
        failure.and_then(|failure| failure.code.as_ref().map(|code| code.as_str().to_owned()));
    let status = match response.status {
        // Some servers forget to say.
        ResponseStatus::Completed | ResponseStatus::InProgress => Ended::Completed,
        ResponseStatus::Cancelled => Ended::Cancelled,
        ResponseStatus::Incomplete => Ended::Incomplete,
        _ => Ended::Failed { code: code.unwrap_or_else(|| "server_error".to_owned()) },
    };
    ModelEvent::ResponseDone {
        request,
        status,
        output: (0..)
            .zip(response.output)
            .map(|(at, item)| output_item(item, true, (&response.id, at)))
            .collect(),
        response: response.id,
        tokens: response.usage.as_ref().map(tokens),
    }
}

/// An item of a response; `done` says that it is final unless its status says otherwise. One without an id is named by its
/// call, or else by its place.
fn output_item(item: Item, done: bool, (response, index): (&ResponseId, u32)) -> OutputItem {
    let call_id = item.as_function_call().map(|call| ItemId::new(call.call_id.as_str()));
    let place = || ItemId::new(format!("{response}.{index}"));
    let id = item.id.clone().filter(|id| !id.is_empty()).or(call_id).unwrap_or_else(place);
    let completed = match item.status {
        Some(ItemStatus::Completed) => true,
        Some(_) => false,
        None => done,
    };
    let kind = match item.body {
        ItemBody::Message(message) => OutputKind::Message { text: message.text() },
        ItemBody::FunctionCall(call) => {
            OutputKind::Call { call_id: call.call_id, name: call.name, arguments: call.arguments }
        }
        _ => OutputKind::Other,
    };
    OutputItem { id, kind, completed }
}

fn tokens(usage: &Usage) -> Tokens {
    let (input, cached) =
        (&usage.input_token_details, &usage.input_token_details.cached_tokens_details);
    Tokens {
        input_text: input.text_tokens,
        input_audio: input.audio_tokens,
        cached_text: cached.text_tokens,
        cached_audio: cached.audio_tokens,
        output_text: usage.output_token_details.text_tokens,
        output_audio: usage.output_token_details.audio_tokens,
    }
}

/// When every budget that is as good as used up is full again.
fn reset(limits: &[RateLimit]) -> Duration {
    let used_up = |limit: &&RateLimit| {
        let remaining = limit.remaining.unwrap_or(u64::MAX);
        limit.limit.map_or(remaining == 0, |most| remaining <= most / 20)
    };
    let seconds =
        limits.iter().filter(used_up).filter_map(|limit| limit.reset_seconds).fold(0.0, f64::max);
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
}

fn refusal(error: ErrorBody) -> Refusal {
    let code =
        error.code.map_or_else(|| error.kind.as_str().to_owned(), |code| code.as_str().to_owned());
    Refusal { event: error.event_id, code, message: error.message }
}
