//! The OpenAI Realtime protocol (GA): typed events both ways, and a typed WebSocket for either end.
//!
//! A voice model is reached over one WebSocket on which every frame is one JSON event. This crate knows the events, the
//! objects inside them (session, item, response) and the socket; what to say when is left to others.
//!
//! ```
//! use switchboard_realtime::{ClientEvent, Item, ServerEvent};
//!
//! let event = ClientEvent::item_create(Item::user_text("What are your opening hours?"));
//! assert_eq!(
//!     event.encode(),
//!     r#"{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"What are your opening hours?"}]}}"#
//! );
//!
//! let frame = r#"{"type":"input_audio_buffer.speech_started","event_id":"event_1","audio_start_ms":640,"item_id":"item_7"}"#;
//! let ServerEvent::InputAudioBufferSpeechStarted(started) = ServerEvent::parse(frame.into())? else {
//!     panic!("the type says what it is");
//! };
//! assert_eq!((started.audio_start_ms, started.item_id.as_str()), (640, "item_7"));
//! # Ok::<(), switchboard_realtime::UnreadableEvent>(())
//! ```
//!
//! # The types to know
//!
//! - [`ClientEvent`] and [`ServerEvent`]: one variant an event, named as on the wire; [`encode`](ClientEvent::encode) and
//!   [`parse`](ServerEvent::parse) go to JSON and back.
//! - [`SessionConfig`], [`Item`], [`Response`], [`ResponseParams`]: the objects that events carry.
//! - [`Payload`]: audio as base64, kept as it came; a delta is a slice of the frame it arrived in.
//! - [`ws`]: the socket.
//!
//! # What is tolerated
//!
//! Servers differ and the protocol grows, so reading is forgiving: an unknown event is [`ServerEvent::Other`] with its raw
//! JSON, an unknown word is the `Other` variant of its enum, an unknown field of a session, item or response is kept in its
//! `extra`, elsewhere it is passed over; the beta's names of events and contents are read as today's; `null` is read as an
//! empty array where one is expected. Writing is strict: nothing that the protocol does not name, unless it was put into
//! an `Other` or an `extra`.

mod client_event;
mod error;
mod format;
mod id;
mod item;
mod lenient;
mod nullable;
mod payload;
mod raw;
mod response;
mod response_params;
mod server_event;
mod session;
mod usage;
mod word;
pub mod ws;

pub use client_event::ClientEvent;
pub use error::{ErrorBody, ErrorCode, ErrorKind, Failure};
pub use format::AudioFormat;
pub use id::{CallId, ConversationId, EventId, ItemId, MAX_ID_LENGTH, ModelSessionId, ResponseId};
pub use item::{
    Content, FunctionCall, FunctionCallOutput, ImageDetail, Item, ItemBody, ItemStatus,
    McpApprovalRequest, McpApprovalResponse, McpCall, McpCallError, McpListTools, McpToolListing,
    Message, Role,
};
pub use nullable::Nullable;
pub use payload::{InvalidBase64, Payload};
pub use raw::{RawEvent, UnreadableEvent};
pub use response::{Response, ResponseAudio, ResponseStatus, StatusDetails, StatusReason};
pub use response_params::{
    ConversationChoice, FormatAndVoice, InputItem, ItemReference, ResponseAudioOutput,
    ResponseParams,
};
pub use server_event::*;
pub use session::{
    AllowedTools, Approval, ApprovalFilter, ApprovalWord, AudioConfig, AudioInput, AudioOutput,
    Eagerness, Effort, FunctionTool, MaxOutputTokens, McpTool, Modality, NoiseReduction,
    NoiseReductionKind, Prompt, Reasoning, RetentionRatio, SemanticVad, ServerVad, SessionConfig,
    SessionKind, TokenLimits, Tool, ToolChoice, ToolFilter, Tracing, TracingConfig, Transcription,
    Truncation, TurnDetection, Voice,
};
pub use tokio_tungstenite::tungstenite::Utf8Bytes;
pub use usage::{
    CachedTokens, InputTokens, OutputTokens, TranscribedTokens, TranscriptionUsage, Usage,
};

/// Fields of an object that this crate does not know, by name: they survive reading and writing.
pub type Extra = serde_json::Map<String, serde_json::Value>;
