//! What a server sends (the protocol's section 7).

mod buffer;
mod conversation;
mod output;
mod response;
mod session;
mod transcription;

pub use buffer::{
    AudioCleared, AudioCommitted, DtmfReceived, OutputAudioPlayback, SpeechStarted, SpeechStopped,
    TimeoutTriggered,
};
pub use conversation::{
    Conversation, ConversationCreated, ItemDeleted, ItemEvent, ItemRetrieved, ItemTruncated,
};
pub use output::{
    ArgumentsDelta, ArgumentsDone, AudioDelta, AudioDone, McpArgumentsDelta, McpArgumentsDone,
    McpCallProgress, McpListToolsProgress, TextDelta, TextDone, TranscriptDone,
};
pub use response::{ContentPart, ContentPartEvent, OutputItemEvent, ResponseEvent};
pub use session::{ErrorEvent, RateLimit, RateLimitName, RateLimitsUpdated, SessionEvent};
pub use transcription::{
    LogProb, TranscriptionCompleted, TranscriptionDelta, TranscriptionFailed,
    TranscriptionLanguage, TranscriptionSegment,
};

use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::id::EventId;
use crate::lenient::Text;
use crate::payload::Payload;
use crate::raw::{RawEvent, UnreadableEvent};

/// The events by name: variant, what it carries, its `type`, and the beta's name for it where that was another.
macro_rules! server_events {
    ($($(#[$doc:meta])* $name:ident($body:ty) = $kind:literal $(| $beta:literal)*,)*) => {
        /// An event from the server.
        ///
        /// Build state from ids rather than from the order of neighbours, and pass over what you do not know.
        #[derive(Debug, Clone, PartialEq)]
        pub enum ServerEvent {
            $($(#[$doc])* $name($body),)*
            /// An event of a type this crate does not know.
            Other(RawEvent),
        }

        impl ServerEvent {
            /// The types of all events that this crate knows, by the names of today.
            pub const KINDS: &[&str] = &[$($kind),*];

            /// The event's `type`; for one read under its beta name, the name of today.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$name(_) => $kind,)*
                    Self::Other(raw) => &raw.kind,
                }
            }

            /// The event's own id, where it has one and is of a known type.
            pub fn event_id(&self) -> Option<&EventId> {
                match self {
                    $(Self::$name(body) => body.event_id.as_ref(),)*
                    Self::Other(_) => None,
                }
            }

            /// The same event under this id. One of unknown type stays as it is.
            pub fn with_event_id(mut self, id: impl Into<EventId>) -> Self {
                match &mut self {
                    $(Self::$name(body) => body.event_id = Some(id.into()),)*
                    Self::Other(_) => {}
                }
                self
            }

            /// The event as JSON, ready to be sent as a text frame.
            pub fn encode(&self) -> String {
                match self {
                    $(Self::$name(body) => {
                        serde_json::to_string(&Tagged { kind: $kind, body }).expect("an event is plain data")
                    })*
                    Self::Other(raw) => raw.json.as_str().to_owned(),
                }
            }

            fn parse_as(kind: &str, frame: Utf8Bytes) -> Result<Self, UnreadableEvent> {
                match kind {
                    $($kind $(| $beta)* => match serde_json::from_str(&frame) {
                        Ok(body) => Ok(Self::$name(body)),
                        Err(source) => Err(UnreadableEvent::new(Some(kind), source)),
                    },)*
                    _ => Ok(Self::Other(RawEvent { kind: kind.to_owned(), json: frame })),
                }
            }
        }
    };
}

server_events! {
    /// The server refuses something, or has failed.
    Error(ErrorEvent) = "error",
    /// The first event of a connection, with the session as it is without any wishes of ours.
    SessionCreated(SessionEvent) = "session.created",
    /// A `session.update` was taken over whole; this is the session now.
    SessionUpdated(SessionEvent) = "session.updated",
    /// The session has a conversation. Today's servers need not send it.
    ConversationCreated(ConversationCreated) = "conversation.created",
    /// An item entered the conversation; one that the model is producing is still empty. Where a server sends the
    /// beta's `conversation.item.created`, this is all that comes: no [`ConversationItemDone`](Self::ConversationItemDone)
    /// follows.
    ConversationItemAdded(ItemEvent) = "conversation.item.added" | "conversation.item.created",
    /// An item is final.
    ConversationItemDone(ItemEvent) = "conversation.item.done",
    /// The item asked for, with its audio.
    ConversationItemRetrieved(ItemRetrieved) = "conversation.item.retrieved",
    /// The item is gone.
    ConversationItemDeleted(ItemDeleted) = "conversation.item.deleted",
    /// The item's audio was cut, and its transcript is gone.
    ConversationItemTruncated(ItemTruncated) = "conversation.item.truncated",
    /// A piece of what the caller said.
    ConversationItemInputAudioTranscriptionDelta(TranscriptionDelta)
        = "conversation.item.input_audio_transcription.delta",
    /// All of what the caller said in an item.
    ConversationItemInputAudioTranscriptionCompleted(TranscriptionCompleted)
        = "conversation.item.input_audio_transcription.completed",
    /// What one speaker said in an item.
    ConversationItemInputAudioTranscriptionSegment(TranscriptionSegment)
        = "conversation.item.input_audio_transcription.segment",
    /// What the caller said could not be transcribed; the turn goes on all the same.
    ConversationItemInputAudioTranscriptionFailed(TranscriptionFailed)
        = "conversation.item.input_audio_transcription.failed",
    /// The input buffer became an item of the user's.
    InputAudioBufferCommitted(AudioCommitted) = "input_audio_buffer.committed",
    /// The input buffer is empty.
    InputAudioBufferCleared(AudioCleared) = "input_audio_buffer.cleared",
    /// The caller began to speak.
    InputAudioBufferSpeechStarted(SpeechStarted) = "input_audio_buffer.speech_started",
    /// The caller stopped speaking.
    InputAudioBufferSpeechStopped(SpeechStopped) = "input_audio_buffer.speech_stopped",
    /// Nobody spoke for the idle timeout.
    InputAudioBufferTimeoutTriggered(TimeoutTriggered) = "input_audio_buffer.timeout_triggered",
    /// The caller pressed a key; only over SIP.
    InputAudioBufferDtmfEventReceived(DtmfReceived) = "input_audio_buffer.dtmf_event_received",
    /// The server began to play a response; only over WebRTC and SIP.
    OutputAudioBufferStarted(OutputAudioPlayback) = "output_audio_buffer.started",
    /// The server has played a response; only over WebRTC and SIP.
    OutputAudioBufferStopped(OutputAudioPlayback) = "output_audio_buffer.stopped",
    /// The server stopped playing a response; only over WebRTC and SIP.
    OutputAudioBufferCleared(OutputAudioPlayback) = "output_audio_buffer.cleared",
    /// A response began.
    ResponseCreated(ResponseEvent) = "response.created",
    /// A response ended, however it did.
    ResponseDone(ResponseEvent) = "response.done",
    /// A response began an item.
    ResponseOutputItemAdded(OutputItemEvent) = "response.output_item.added",
    /// An item of a response is final.
    ResponseOutputItemDone(OutputItemEvent) = "response.output_item.done",
    /// A message began a part.
    ResponseContentPartAdded(ContentPartEvent) = "response.content_part.added",
    /// A part of a message is final.
    ResponseContentPartDone(ContentPartEvent) = "response.content_part.done",
    /// A piece of text.
    ResponseOutputTextDelta(TextDelta) = "response.output_text.delta" | "response.text.delta",
    /// All of a text.
    ResponseOutputTextDone(TextDone) = "response.output_text.done" | "response.text.done",
    /// A piece of audio.
    ResponseOutputAudioDelta(AudioDelta) = "response.output_audio.delta" | "response.audio.delta",
    /// The audio is whole.
    ResponseOutputAudioDone(AudioDone) = "response.output_audio.done" | "response.audio.done",
    /// A piece of the words that go with the audio; usually ahead of it.
    ResponseOutputAudioTranscriptDelta(TextDelta)
        = "response.output_audio_transcript.delta" | "response.audio_transcript.delta",
    /// All of the words that go with the audio.
    ResponseOutputAudioTranscriptDone(TranscriptDone)
        = "response.output_audio_transcript.done" | "response.audio_transcript.done",
    /// A piece of a call's arguments.
    ResponseFunctionCallArgumentsDelta(ArgumentsDelta) = "response.function_call_arguments.delta",
    /// All of a call's arguments.
    ResponseFunctionCallArgumentsDone(ArgumentsDone) = "response.function_call_arguments.done",
    /// A piece of an MCP call's arguments.
    ResponseMcpCallArgumentsDelta(McpArgumentsDelta) = "response.mcp_call_arguments.delta",
    /// All of an MCP call's arguments.
    ResponseMcpCallArgumentsDone(McpArgumentsDone) = "response.mcp_call_arguments.done",
    /// The service makes an MCP call.
    ResponseMcpCallInProgress(McpCallProgress) = "response.mcp_call.in_progress",
    /// An MCP call has its output.
    ResponseMcpCallCompleted(McpCallProgress) = "response.mcp_call.completed",
    /// An MCP call failed.
    ResponseMcpCallFailed(McpCallProgress) = "response.mcp_call.failed",
    /// The service asks an MCP server for its tools.
    McpListToolsInProgress(McpListToolsProgress) = "mcp_list_tools.in_progress",
    /// The tools of an MCP server are known; they are in the item.
    McpListToolsCompleted(McpListToolsProgress) = "mcp_list_tools.completed",
    /// The tools of an MCP server could not be had.
    McpListToolsFailed(McpListToolsProgress) = "mcp_list_tools.failed",
    /// What is left of the budget.
    RateLimitsUpdated(RateLimitsUpdated) = "rate_limits.updated",
}

impl ServerEvent {
    /// Reads one text frame. Audio in it is not copied.
    ///
    /// # Errors
    ///
    /// The frame is no JSON object with a `type`, or an event of a known type lacks a field or has it wrong.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what is kept of a frame is a slice of it, so it is handed over"
    )]
    pub fn parse(frame: Utf8Bytes) -> Result<Self, UnreadableEvent> {
        let text: &str = &frame;
        match serde_json::from_str::<Head<'_>>(text) {
            Ok(head)
                if matches!(
                    &*head.kind.0,
                    "response.output_audio.delta" | "response.audio.delta"
                ) =>
            {
                head.into_audio_delta(&frame)
            }
            Ok(head) => Self::parse_as(&head.kind.0, frame.clone()),
            // An event of another kind may use one of the names for something else.
            Err(_) => match serde_json::from_str::<Kind<'_>>(text) {
                Ok(Kind { kind }) => Self::parse_as(&kind.0, frame.clone()),
                Err(source) => Err(UnreadableEvent::new(None, source)),
            },
        }
    }
}

/// The fields of an audio delta, which is most of what a server sends: one flat look without a copy.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    event_id: Option<Text<'a>>,
    #[serde(borrow)]
    response_id: Option<Text<'a>>,
    #[serde(borrow)]
    item_id: Option<Text<'a>>,
    output_index: Option<u32>,
    content_index: Option<u32>,
    #[serde(borrow)]
    delta: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
}

impl Head<'_> {
    fn into_audio_delta(self, frame: &Utf8Bytes) -> Result<ServerEvent, UnreadableEvent> {
        let kind = &*self.kind.0;
        let missing =
            |field| UnreadableEvent::custom(Some(kind), format_args!("missing field `{field}`"));
        let response_id = self.response_id.ok_or_else(|| missing("response_id"))?;
        let item_id = self.item_id.ok_or_else(|| missing("item_id"))?;
        let delta = self.delta.ok_or_else(|| missing("delta"))?;
        Ok(ServerEvent::ResponseOutputAudioDelta(AudioDelta {
            event_id: self.event_id.map(|id| (&*id.0).into()),
            response_id: (&*response_id.0).into(),
            item_id: (&*item_id.0).into(),
            output_index: self.output_index.unwrap_or_default(),
            content_index: self.content_index.unwrap_or_default(),
            delta: Payload::within(frame, delta.0)
                .map_err(|fault| UnreadableEvent::custom(Some(kind), fault))?,
        }))
    }
}

#[derive(Serialize)]
struct Tagged<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    body: &'a T,
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELTA: &str = r#"{"type":"response.output_audio.delta","event_id":"event_1","response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":1,"delta":"AAEC","obfuscation":"xx"}"#;

    fn delta_of(event: ServerEvent) -> AudioDelta {
        match event {
            ServerEvent::ResponseOutputAudioDelta(delta) => delta,
            other => panic!("expected an audio delta, got {other:?}"),
        }
    }

    #[test]
    fn an_audio_delta_is_a_slice_of_its_frame() {
        let frame = Utf8Bytes::from(DELTA);
        let within = frame.as_str().as_bytes().as_ptr_range();

        let delta = delta_of(ServerEvent::parse(frame.clone()).unwrap());

        assert_eq!((delta.delta.as_str(), delta.content_index), ("AAEC", 1));
        assert!(within.contains(&delta.delta.as_str().as_ptr()));
    }

    #[test]
    fn what_nobody_needs_may_be_missing() {
        let speech = r#"{"type":"input_audio_buffer.speech_started","item_id":"item_1"}"#;
        let done = r#"{"type":"response.done","response":{"id":"resp_1","output":[{"type":"message"},7,{"type":"message","role":"user"}]}}"#;

        assert!(ServerEvent::parse(speech.into()).is_ok());
        let Ok(ServerEvent::ResponseDone(done)) = ServerEvent::parse(done.into()) else {
            panic!("one bad item does not lose the event")
        };
        assert!(!done.response.output.is_empty());
    }

    #[test]
    fn an_audio_delta_with_escapes_is_copied_and_right() {
        let delta = delta_of(ServerEvent::parse(DELTA.replace("AAEC", r"\/\/8=").into()).unwrap());

        assert_eq!(delta.delta.decode().unwrap(), [255, 255]);
    }

    #[test]
    fn an_audio_delta_that_is_no_base64_says_so() {
        let error = ServerEvent::parse(DELTA.replace("AAEC", "AA C").into()).unwrap_err();

        assert_eq!(error.to_string(), "unreadable `response.output_audio.delta` event");
        assert_eq!(
            error.source.to_string(),
            "base64 audio has a character at byte 2 that does not belong there"
        );
    }

    #[test]
    fn a_missing_field_is_named() {
        let error =
            ServerEvent::parse(r#"{"type":"conversation.item.deleted"}"#.into()).unwrap_err();
        assert_eq!(error.to_string(), "unreadable `conversation.item.deleted` event");
        assert!(error.source.to_string().starts_with("missing field `item_id`"));

        let error = ServerEvent::parse(DELTA.replace("item_id", "item").into()).unwrap_err();
        assert_eq!(error.source.to_string(), "missing field `item_id`");
    }

    #[test]
    fn what_is_no_event_is_unreadable() {
        for frame in ["", "nonsense", "[]", "{}", r#"{"type":7}"#] {
            let error = ServerEvent::parse(frame.into()).unwrap_err();
            assert_eq!(error.kind, None, "{frame}");
        }
    }

    #[test]
    fn an_unknown_event_survives_whatever_it_calls_its_fields() {
        for json in [
            r#"{"type":"session.mood","delta":{"calm":1},"item_id":5}"#,
            r#"{ "type" : "session.mood" , "output_index" : -1 }"#,
        ] {
            let event = ServerEvent::parse(json.into()).unwrap();

            assert_eq!(event.kind(), "session.mood");
            assert_eq!(event.encode(), json);
        }
    }

    #[test]
    fn an_event_takes_an_id() {
        let event =
            ServerEvent::InputAudioBufferCleared(AudioCleared::default()).with_event_id("event_9");

        assert_eq!(event.event_id(), Some(&"event_9".into()));
        assert_eq!(event.encode(), r#"{"type":"input_audio_buffer.cleared","event_id":"event_9"}"#);
    }
}
