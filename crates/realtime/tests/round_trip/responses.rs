//! Responses, and requests for them.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use switchboard_realtime::{
    CachedTokens, ConversationChoice, Failure, FormatAndVoice, InputItem, InputTokens,
    OutputTokens, Response, ResponseAudio, ResponseAudioOutput, ResponseParams, ResponseStatus,
    StatusDetails, StatusReason, Usage,
};

use crate::items::item;
use crate::sessions::{
    audio_output, max_output_tokens, prompt, reasoning, tool, tool_choice, voice,
};
use crate::words::{error_code, error_kind, extra, format, id, modalities, text};

pub(crate) fn response() -> BoxedStrategy<Response> {
    let head = (id(), status(), of(details()), vec(item(), 0..3), of(id()));
    let rest = (
        of(modalities()),
        of(max_output_tokens()),
        of(of(audio_output())),
        of(usage()),
        of(metadata()),
        extra(),
    );
    (head, rest)
        .prop_map(|(head, rest)| {
            let (id, status, status_details, output, conversation_id) = head;
            let (output_modalities, max_output_tokens, audio, usage, metadata, extra) = rest;
            Response {
                id,
                status,
                status_details,
                output,
                conversation_id,
                output_modalities: output_modalities.unwrap_or_default(),
                max_output_tokens,
                audio: audio.map(|output| ResponseAudio { output }),
                usage,
                metadata,
                extra,
            }
        })
        .boxed()
}

fn status() -> impl Strategy<Value = ResponseStatus> {
    prop::sample::select(vec![
        "in_progress",
        "completed",
        "cancelled",
        "incomplete",
        "failed",
        "other",
    ])
    .prop_map(ResponseStatus::from)
}

fn details() -> BoxedStrategy<StatusDetails> {
    let reason = prop::sample::select(vec![
        "turn_detected",
        "client_cancelled",
        "max_output_tokens",
        "other",
    ])
    .prop_map(StatusReason::from);
    (of(status()), of(reason), of(failure()))
        .prop_map(|(kind, reason, error)| StatusDetails { kind, reason, error })
        .boxed()
}

pub(crate) fn failure() -> BoxedStrategy<Failure> {
    (of(error_kind()), of(error_code()), of(text()), of(text()))
        .prop_map(|(kind, code, message, param)| Failure { kind, code, message, param })
        .boxed()
}

fn usage() -> BoxedStrategy<Usage> {
    let kinds = any::<[u64; 3]>;
    (kinds(), kinds(), kinds(), any::<[u64; 3]>())
        .prop_map(|(all, input, cached, output)| Usage {
            total_tokens: all[0],
            input_tokens: all[1],
            output_tokens: all[2],
            input_token_details: InputTokens {
                text_tokens: input[0],
                audio_tokens: input[1],
                image_tokens: input[2],
                cached_tokens: output[2],
                cached_tokens_details: CachedTokens {
                    text_tokens: cached[0],
                    audio_tokens: cached[1],
                    image_tokens: cached[2],
                },
            },
            output_token_details: OutputTokens { text_tokens: output[0], audio_tokens: output[1] },
        })
        .boxed()
}

fn metadata() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(text(), text(), 0..3)
}

pub(crate) fn params() -> BoxedStrategy<ResponseParams> {
    let audio =
        (of(format()), of(voice())).prop_map(|(format, voice)| FormatAndVoice { format, voice });
    let audio = of(audio).prop_map(|output| ResponseAudioOutput { output });
    let conversation =
        prop::sample::select(vec!["auto", "none", "other"]).prop_map(ConversationChoice::from);
    let input = prop_oneof![
        id::<String>().prop_map(InputItem::reference),
        item().prop_map(InputItem::from)
    ];
    let head = (
        of(modalities()),
        of(audio),
        of(text()),
        of(vec(tool(), 0..3)),
        of(tool_choice()),
        of(any::<bool>()),
    );
    let rest = (
        of(reasoning()),
        of(max_output_tokens()),
        of(prompt()),
        of(conversation),
        of(vec(input, 0..3)),
        of(metadata()),
    );
    (head, rest)
        .prop_map(|(head, rest)| {
            let (output_modalities, audio, instructions, tools, tool_choice, parallel_tool_calls) =
                head;
            let (reasoning, max_output_tokens, prompt, conversation, input, metadata) = rest;
            ResponseParams {
                output_modalities,
                audio,
                instructions,
                tools,
                tool_choice,
                parallel_tool_calls,
                reasoning,
                max_output_tokens,
                prompt,
                conversation,
                input,
                metadata,
            }
        })
        .boxed()
}
