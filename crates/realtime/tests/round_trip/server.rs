//! Server events.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use switchboard_realtime::{
    ArgumentsDelta, ArgumentsDone, AudioCommitted, AudioDelta, ContentPart, ContentPartEvent,
    ErrorBody, ErrorEvent, ItemDeleted, ItemEvent, ItemId, ItemTruncated, OutputItemEvent,
    RateLimit, RateLimitName, RateLimitsUpdated, ResponseEvent, ResponseId, ServerEvent,
    SessionEvent, SpeechStarted, SpeechStopped, TextDelta, TextDone, TranscriptDone,
    TranscriptionCompleted, TranscriptionFailed, TranscriptionUsage,
};

use crate::items::item;
use crate::responses::{failure, response};
use crate::sessions::session;
use crate::words::{error_code, error_kind, fraction, id, payload, text};

pub(crate) fn event() -> BoxedStrategy<ServerEvent> {
    prop_oneof![
        about_the_session(),
        about_items(),
        about_speech(),
        about_responses(),
        texts(),
        audio(),
        arguments()
    ]
    .boxed()
}

fn about_the_session() -> BoxedStrategy<ServerEvent> {
    let error = (error_kind(), of(error_code()), text(), of(text()), of(id())).prop_map(
        |(kind, code, message, param, event_id)| ErrorBody { kind, code, message, param, event_id },
    );
    let name =
        of(prop::sample::select(vec!["tokens", "requests", "other"]).prop_map(RateLimitName::from));
    let limit = (name, of(any::<u64>()), of(any::<u64>()), of(fraction())).prop_map(
        |(name, limit, remaining, reset_seconds)| RateLimit {
            name,
            limit,
            remaining,
            reset_seconds,
        },
    );
    prop_oneof![
        error.prop_map(|error| ServerEvent::Error(ErrorEvent { event_id: None, error })),
        vec(limit, 0..3).prop_map(|rate_limits| {
            ServerEvent::RateLimitsUpdated(RateLimitsUpdated { event_id: None, rate_limits })
        }),
        session().prop_map(|session| {
            ServerEvent::SessionUpdated(SessionEvent { event_id: None, session: Box::new(session) })
        }),
    ]
    .boxed()
}

fn about_items() -> BoxedStrategy<ServerEvent> {
    let entry = || {
        (of(id()), item()).prop_map(|(previous_item_id, item)| ItemEvent {
            event_id: None,
            previous_item_id,
            item,
        })
    };
    prop_oneof![
        entry().prop_map(ServerEvent::ConversationItemAdded),
        entry().prop_map(ServerEvent::ConversationItemDone),
        id().prop_map(|item_id| ServerEvent::ConversationItemDeleted(ItemDeleted {
            event_id: None,
            item_id
        })),
        (id(), any::<u32>(), any::<u64>()).prop_map(|(item_id, content_index, audio_end_ms)| {
            let truncated = ItemTruncated { event_id: None, item_id, content_index, audio_end_ms };
            ServerEvent::ConversationItemTruncated(truncated)
        }),
        (id(), any::<u32>(), item()).prop_map(|(response_id, output_index, item)| {
            ServerEvent::ResponseOutputItemDone(OutputItemEvent {
                event_id: None,
                response_id,
                output_index,
                item,
            })
        }),
    ]
    .boxed()
}

fn about_speech() -> BoxedStrategy<ServerEvent> {
    let usage = prop_oneof![
        fraction().prop_map(|seconds| TranscriptionUsage::Duration { seconds }),
        any::<[u64; 3]>().prop_map(|[total_tokens, input_tokens, output_tokens]| {
            TranscriptionUsage::Tokens {
                total_tokens,
                input_tokens,
                output_tokens,
                input_token_details: None,
            }
        }),
    ];
    prop_oneof![
        (id(), text(), of(usage)).prop_map(|(item_id, transcript, usage)| {
            let heard = TranscriptionCompleted {
                item_id,
                transcript,
                usage,
                ..TranscriptionCompleted::default()
            };
            ServerEvent::ConversationItemInputAudioTranscriptionCompleted(heard)
        }),
        (id(), failure()).prop_map(|(item_id, error)| {
            let failed = TranscriptionFailed { item_id, error, ..TranscriptionFailed::default() };
            ServerEvent::ConversationItemInputAudioTranscriptionFailed(failed)
        }),
        (any::<u64>(), id()).prop_map(|(audio_start_ms, item_id)| {
            ServerEvent::InputAudioBufferSpeechStarted(SpeechStarted {
                event_id: None,
                audio_start_ms,
                item_id,
            })
        }),
        (any::<u64>(), id()).prop_map(|(audio_end_ms, item_id)| {
            ServerEvent::InputAudioBufferSpeechStopped(SpeechStopped {
                event_id: None,
                audio_end_ms,
                item_id,
            })
        }),
        (of(id()), id()).prop_map(|(previous_item_id, item_id)| {
            ServerEvent::InputAudioBufferCommitted(AudioCommitted {
                event_id: None,
                previous_item_id,
                item_id,
            })
        }),
    ]
    .boxed()
}

fn about_responses() -> BoxedStrategy<ServerEvent> {
    let response = || {
        response()
            .prop_map(|response| ResponseEvent { event_id: None, response: Box::new(response) })
    };
    let part = prop_oneof![
        text().prop_map(|text| ContentPart::Text { text }),
        (of(text()), of(payload()))
            .prop_map(|(transcript, audio)| ContentPart::Audio { transcript, audio }),
    ];
    prop_oneof![
        response().prop_map(ServerEvent::ResponseCreated),
        response().prop_map(ServerEvent::ResponseDone),
        (place(), part).prop_map(|((response_id, item_id, output_index, content_index), part)| {
            let event_id = None;
            let part = ContentPartEvent {
                event_id,
                response_id,
                item_id,
                output_index,
                content_index,
                part,
            };
            ServerEvent::ResponseContentPartAdded(part)
        }),
    ]
    .boxed()
}

/// Where output belongs.
fn place() -> impl Strategy<Value = (ResponseId, ItemId, u32, u32)> {
    (id(), id(), any::<u32>(), any::<u32>())
}

fn texts() -> BoxedStrategy<ServerEvent> {
    let delta = || {
        (place(), text()).prop_map(
            |((response_id, item_id, output_index, content_index), delta)| TextDelta {
                event_id: None,
                response_id,
                item_id,
                output_index,
                content_index,
                delta,
            },
        )
    };
    prop_oneof![
        delta().prop_map(ServerEvent::ResponseOutputTextDelta),
        delta().prop_map(ServerEvent::ResponseOutputAudioTranscriptDelta),
        (place(), text()).prop_map(
            |((response_id, item_id, output_index, content_index), text)| {
                let event_id = None;
                let done =
                    TextDone { event_id, response_id, item_id, output_index, content_index, text };
                ServerEvent::ResponseOutputTextDone(done)
            }
        ),
        (place(), text()).prop_map(
            |((response_id, item_id, output_index, content_index), transcript)| {
                let event_id = None;
                let done = TranscriptDone {
                    event_id,
                    response_id,
                    item_id,
                    output_index,
                    content_index,
                    transcript,
                };
                ServerEvent::ResponseOutputAudioTranscriptDone(done)
            }
        ),
    ]
    .boxed()
}

fn audio() -> BoxedStrategy<ServerEvent> {
    (place(), payload())
        .prop_map(|((response_id, item_id, output_index, content_index), delta)| {
            let event_id = None;
            let delta =
                AudioDelta { event_id, response_id, item_id, output_index, content_index, delta };
            ServerEvent::ResponseOutputAudioDelta(delta)
        })
        .boxed()
}

fn arguments() -> BoxedStrategy<ServerEvent> {
    prop_oneof![
        (place(), id(), text()).prop_map(
            |((response_id, item_id, output_index, _), call_id, delta)| {
                let event_id = None;
                let delta =
                    ArgumentsDelta { event_id, response_id, item_id, output_index, call_id, delta };
                ServerEvent::ResponseFunctionCallArgumentsDelta(delta)
            }
        ),
        (place(), id(), of(text()), text()).prop_map(
            |((response_id, item_id, output_index, _), call_id, name, arguments)| {
                let event_id = None;
                let done = ArgumentsDone {
                    event_id,
                    response_id,
                    item_id,
                    output_index,
                    call_id,
                    name,
                    arguments,
                };
                ServerEvent::ResponseFunctionCallArgumentsDone(done)
            },
        ),
    ]
    .boxed()
}
