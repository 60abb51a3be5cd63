//! What a client sends (the protocol's section 6).

use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::id::{EventId, ItemId, ResponseId};
use crate::item::Item;
use crate::lenient::{self, Text};
use crate::payload::Payload;
use crate::raw::{RawEvent, UnreadableEvent};
use crate::response_params::ResponseParams;
use crate::session::SessionConfig;

const APPEND: &str = "input_audio_buffer.append";

/// An event from the client.
///
/// Every event may have an `event_id` of at most 512 characters, by which an error can name it. There is a constructor for
/// each, without one: [`with_event_id`](Self::with_event_id) adds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum ClientEvent {
    /// Changes the session. Answered by `session.updated`, or refused whole.
    #[serde(rename = "session.update")]
    SessionUpdate {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
        /// What is to change.
        session: Box<SessionConfig>,
    },
    /// Adds the caller's audio. Never answered.
    #[serde(rename = "input_audio_buffer.append")]
    InputAudioBufferAppend {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
        /// In the session's input format, at most 15 MiB.
        audio: Payload,
    },
    /// Makes the buffer an item of the user's, and starts no response. Refused under 100 ms. Not needed with voice
    /// detection.
    #[serde(rename = "input_audio_buffer.commit")]
    InputAudioBufferCommit {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
    },
    /// Drops what was not committed.
    #[serde(rename = "input_audio_buffer.clear")]
    InputAudioBufferClear {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
    },
    /// Stops the server's playback; only over WebRTC and SIP.
    #[serde(rename = "output_audio_buffer.clear")]
    OutputAudioBufferClear {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
    },
    /// Puts an item into the conversation, and starts no response.
    #[serde(rename = "conversation.item.create")]
    ConversationItemCreate {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
        /// The item before it; `root` puts it first, none at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous_item_id: Option<ItemId>,
        /// The item.
        item: Box<Item>,
    },
    /// Asks for an item with its audio.
    #[serde(rename = "conversation.item.retrieve")]
    ConversationItemRetrieve {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
        /// The item.
        item_id: ItemId,
    },
    /// Cuts the audio of an item of the assistant's to what was heard; its transcript goes. Refused beyond the audio's
    /// end, and for an item without audio.
    #[serde(rename = "conversation.item.truncate")]
    ConversationItemTruncate {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
        /// The item.
        item_id: ItemId,
        /// Which part of it; the first is 0.
        #[serde(default, deserialize_with = "lenient::or_default")]
        content_index: u32,
        /// Milliseconds of its audio to keep.
        audio_end_ms: u64,
    },
    /// Takes an item out of the conversation.
    #[serde(rename = "conversation.item.delete")]
    ConversationItemDelete {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
        /// The item.
        item_id: ItemId,
    },
    /// Makes the model answer. Refused while a response runs in the same conversation.
    #[serde(rename = "response.create")]
    ResponseCreate {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
        /// How it differs from what the session says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        response: Option<Box<ResponseParams>>,
    },
    /// Stops a response.
    #[serde(rename = "response.cancel")]
    ResponseCancel {
        /// This event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<EventId>,
        /// Which one; without it, the one that runs in the conversation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        response_id: Option<ResponseId>,
    },
    /// An event of a type this crate does not know.
    #[serde(skip)]
    Other(RawEvent),
}

impl ClientEvent {
    /// The types of all events that this crate knows.
    pub const KINDS: &[&str] = &[
        "session.update",
        APPEND,
        "input_audio_buffer.commit",
        "input_audio_buffer.clear",
        "output_audio_buffer.clear",
        "conversation.item.create",
        "conversation.item.retrieve",
        "conversation.item.truncate",
        "conversation.item.delete",
        "response.create",
        "response.cancel",
    ];

    /// Changes the session.
    pub fn session_update(session: SessionConfig) -> Self {
        Self::SessionUpdate { event_id: None, session: Box::new(session) }
    }

    /// Adds the caller's audio.
    pub fn append(audio: Payload) -> Self {
        Self::InputAudioBufferAppend { event_id: None, audio }
    }

    /// Makes the buffer an item.
    pub fn commit() -> Self {
        Self::InputAudioBufferCommit { event_id: None }
    }

    /// Drops what was not committed.
    pub fn clear() -> Self {
        Self::InputAudioBufferClear { event_id: None }
    }

    /// Puts an item at the end of the conversation.
    pub fn item_create(item: Item) -> Self {
        Self::ConversationItemCreate {
            event_id: None,
            previous_item_id: None,
            item: Box::new(item),
        }
    }

    /// Asks for an item with its audio.
    pub fn item_retrieve(item_id: impl Into<ItemId>) -> Self {
        Self::ConversationItemRetrieve { event_id: None, item_id: item_id.into() }
    }

    /// Cuts the audio of an item's first part to this many milliseconds.
    pub fn item_truncate(item_id: impl Into<ItemId>, audio_end_ms: u64) -> Self {
        Self::ConversationItemTruncate {
            event_id: None,
            item_id: item_id.into(),
            content_index: 0,
            audio_end_ms,
        }
    }

    /// Takes an item out of the conversation.
    pub fn item_delete(item_id: impl Into<ItemId>) -> Self {
        Self::ConversationItemDelete { event_id: None, item_id: item_id.into() }
    }

    /// Makes the model answer. What is all default is left out.
    pub fn response_create(response: ResponseParams) -> Self {
        let response = (response != ResponseParams::default()).then(|| Box::new(response));
        Self::ResponseCreate { event_id: None, response }
    }

    /// Stops this response, or the one that runs in the conversation.
    pub fn response_cancel(response_id: Option<ResponseId>) -> Self {
        Self::ResponseCancel { event_id: None, response_id }
    }

    /// The event's `type`.
    pub fn kind(&self) -> &str {
        match self {
            Self::SessionUpdate { .. } => "session.update",
            Self::InputAudioBufferAppend { .. } => APPEND,
            Self::InputAudioBufferCommit { .. } => "input_audio_buffer.commit",
            Self::InputAudioBufferClear { .. } => "input_audio_buffer.clear",
            Self::OutputAudioBufferClear { .. } => "output_audio_buffer.clear",
            Self::ConversationItemCreate { .. } => "conversation.item.create",
            Self::ConversationItemRetrieve { .. } => "conversation.item.retrieve",
            Self::ConversationItemTruncate { .. } => "conversation.item.truncate",
            Self::ConversationItemDelete { .. } => "conversation.item.delete",
            Self::ResponseCreate { .. } => "response.create",
            Self::ResponseCancel { .. } => "response.cancel",
            Self::Other(raw) => &raw.kind,
        }
    }

    /// The event's own id, where it has one and is of a known type.
    pub fn event_id(&self) -> Option<&EventId> {
        match self {
            Self::SessionUpdate { event_id, .. }
            | Self::InputAudioBufferAppend { event_id, .. }
            | Self::InputAudioBufferCommit { event_id }
            | Self::InputAudioBufferClear { event_id }
            | Self::OutputAudioBufferClear { event_id }
            | Self::ConversationItemCreate { event_id, .. }
            | Self::ConversationItemRetrieve { event_id, .. }
            | Self::ConversationItemTruncate { event_id, .. }
            | Self::ConversationItemDelete { event_id, .. }
            | Self::ResponseCreate { event_id, .. }
            | Self::ResponseCancel { event_id, .. } => event_id.as_ref(),
            Self::Other(_) => None,
        }
    }

    /// The same event under this id. One of unknown type stays as it is.
    pub fn with_event_id(mut self, id: impl Into<EventId>) -> Self {
        match &mut self {
            Self::SessionUpdate { event_id, .. }
            | Self::InputAudioBufferAppend { event_id, .. }
            | Self::InputAudioBufferCommit { event_id }
            | Self::InputAudioBufferClear { event_id }
            | Self::OutputAudioBufferClear { event_id }
            | Self::ConversationItemCreate { event_id, .. }
            | Self::ConversationItemRetrieve { event_id, .. }
            | Self::ConversationItemTruncate { event_id, .. }
            | Self::ConversationItemDelete { event_id, .. }
            | Self::ResponseCreate { event_id, .. }
            | Self::ResponseCancel { event_id, .. } => *event_id = Some(id.into()),
            Self::Other(_) => {}
        }
        self
    }

    /// The event as JSON, ready to be sent as a text frame.
    pub fn encode(&self) -> String {
        match self {
            Self::InputAudioBufferAppend { event_id: None, audio } => encode_append(audio),
            Self::Other(raw) => raw.json.as_str().to_owned(),
            known => serde_json::to_string(known).expect("an event is plain data"),
        }
    }

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
        let head = Head::of(&frame)?;
        match &*head.kind.0 {
            APPEND => head.into_append(&frame),
            kind if Self::KINDS.contains(&kind) => serde_json::from_str(&frame)
                .map_err(|source| UnreadableEvent::new(Some(kind), source)),
            kind => Ok(Self::Other(RawEvent { kind: kind.to_owned(), json: frame.clone() })),
        }
    }
}

/// An append without an id: most of what a client sends, so it is put together without looking at the audio.
pub(crate) fn encode_append(audio: &Payload) -> String {
    [r#"{"type":"input_audio_buffer.append","audio":""#, audio.as_str(), r#""}"#].concat()
}

/// The fields of an append: one flat look without a copy.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    event_id: Option<Text<'a>>,
    #[serde(borrow)]
    audio: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
}

impl<'a> Head<'a> {
    fn of(frame: &'a str) -> Result<Self, UnreadableEvent> {
        match serde_json::from_str(frame) {
            Ok(head) => Ok(head),
            // An event of another kind may use one of the names for something else.
            Err(fault) => match serde_json::from_str::<Kind<'_>>(frame) {
                Ok(Kind { kind }) if kind.0 == APPEND => {
                    Err(UnreadableEvent::new(Some(APPEND), fault))
                }
                Ok(Kind { kind }) => Ok(Self { kind, event_id: None, audio: None }),
                Err(source) => Err(UnreadableEvent::new(None, source)),
            },
        }
    }

    fn into_append(self, frame: &Utf8Bytes) -> Result<ClientEvent, UnreadableEvent> {
        let audio = self
            .audio
            .ok_or_else(|| UnreadableEvent::custom(Some(APPEND), "missing field `audio`"))?;
        let audio = Payload::within(frame, audio.0)
            .map_err(|fault| UnreadableEvent::custom(Some(APPEND), fault))?;
        let event_id = self.event_id.map(|id| (&*id.0).into());
        Ok(ClientEvent::InputAudioBufferAppend { event_id, audio })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_append_is_put_together_and_taken_apart_without_a_copy() {
        let event = ClientEvent::append(Payload::encode(&[0xff; 160]));
        let frame = Utf8Bytes::from(event.encode());
        let within = frame.as_str().as_bytes().as_ptr_range();

        let read = ClientEvent::parse(frame.clone()).unwrap();

        assert_eq!(read, event);
        let ClientEvent::InputAudioBufferAppend { audio, .. } = read else {
            panic!("expected an append")
        };
        assert!(within.contains(&audio.as_str().as_ptr()));
    }

    #[test]
    fn an_append_without_audio_says_so() {
        for (frame, fault) in [
            (r#"{"type":"input_audio_buffer.append"}"#, "missing field `audio`"),
            (
                r#"{"type":"input_audio_buffer.append","audio":[]}"#,
                "invalid type: sequence, expected a string",
            ),
            (
                r#"{"type":"input_audio_buffer.append","audio":"A"}"#,
                "base64 audio of 1 characters is cut off",
            ),
        ] {
            let error = ClientEvent::parse(frame.into()).unwrap_err();
            assert_eq!(error.to_string(), "unreadable `input_audio_buffer.append` event");
            assert!(error.source.to_string().starts_with(fault), "{}", error.source);
        }
    }

    #[test]
    fn an_unknown_event_survives() {
        let json = r#"{"type":"session.close","audio":{"a":1}}"#;

        let event = ClientEvent::parse(json.into()).unwrap();

        assert_eq!(event.kind(), "session.close");
        assert_eq!(event.encode(), json);
    }

    #[test]
    fn a_request_for_nothing_special_has_no_parameters() {
        let event = ClientEvent::response_create(ResponseParams::default()).with_event_id("e1");

        assert_eq!(event.encode(), r#"{"type":"response.create","event_id":"e1"}"#);
    }
}
