//! The actors of a call: thin drivers over the machines of `switchboard_conversation`.
//!
//! A caller arrives as a [`Line`]; [`Sessions::open`] starts a session actor for it, which dials a [`Model`], feeds the
//! conversation what both sides and the tools do, and carries out what it answers.
//!
//! ```text
//! Switchboard (root supervisor)
//!  └─ Session, one per call: the only writer of the conversation
//!       ├─ Agent actors, one per agent the call has met: run its tools
//!       ├─ model link: a reader and a writer task
//!       └─ line: a reader task here, the line's own task outside
//! ```
//!
//! # The types to know
//!
//! - [`Sessions`]: the calls of a process; open one, list them, watch one, drain them.
//! - [`Line`], [`LineEnd`]: the port through which callers arrive, however they do.
//! - [`Model`], [`Link`]: the port to a speech-to-speech model; [`RealtimeModel`] is the one for the Realtime protocol.
//! - [`CallEvent`]: what happens on a call, for those who watch.
//! - [`Phrases`]: what callers who wait are told, rendered once for all calls.
//!
//! # Where audio flows
//!
//! Not through mailboxes, which are unbounded. The caller's goes from the line into a bounded queue that drops its oldest part
//! ([`CallerAudio`]) and from there to the model's socket; the agent's goes from the model's socket past a gate into the line's
//! bounded channel. The actor is told only how much went out.

mod agent_actor;
mod call;
mod call_log;
mod caller_audio;
mod event;
mod instructions;
mod line;
mod link;
mod metrics;
mod phrases;
mod pumps;
mod realtime;
mod recorder;
mod recordings;
mod report;
mod session_actor;
mod session_setup;
mod session_state;
mod session_tools;
mod sessions;
mod settings;
mod speaker;
mod switchboard;

pub use call::{CallState, CallSummary, SessionId};
pub use caller_audio::{CallerAudio, CallerAudioSender};
pub use event::{CallEvent, Reported};
pub use line::{Chunk, Line, LineCommand, LineEnd, LineEvent, LineProfile, Mark, Media};
pub use link::{
    CallShape, Link, LinkCommand, LinkError, LinkEvent, LinkReceiver, LinkSender, Model,
};
pub use metrics::Metrics;
pub use phrases::Phrases;
pub use realtime::RealtimeModel;
pub use sessions::{OpenError, Sessions, Setup};
pub use settings::{
    CallSettings, DEFAULT_MODEL, DEFAULT_TRANSCRIPTION, Eagerness, ModelSettings, NoiseReduction,
    ReasoningEffort, ToolChoice, Transcription, Truncation, TurnDetection,
};
