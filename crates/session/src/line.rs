//! The port through which a caller arrives: four channels and a description.
//!
//! `lines` turns each outside protocol (Twilio, a browser, a terminal) into one [`Line`]; the session knows nothing
//! else of the caller. Audio never passes through an actor's mailbox: the caller's goes into a bounded queue that drops
//! its oldest part, the agent's comes out of a bounded channel whose sender waits.

use std::time::Duration;

use switchboard_realtime::{AudioFormat, ItemId, Payload};
use tokio::sync::mpsc;

use crate::caller_audio::{CallerAudio, CallerAudioSender, caller_audio};
use crate::event::CallEvent;

/// How many commands may wait for a line's writer before the session waits for it.
const COMMANDS_WAITING: usize = 256;
/// How many events may wait for the session before the line's reader waits for it.
const EVENTS_WAITING: usize = 64;

/// A caller who has arrived and been let in.
#[derive(Debug)]
pub struct Line {
    /// Who called, and what the line can carry.
    pub profile: LineProfile,
    /// The caller's audio, oldest dropped first when nobody takes it. Unused by a line that carries text.
    pub audio: CallerAudio,
    /// Everything else the caller does.
    pub events: mpsc::Receiver<LineEvent>,
    /// What the line is told to do. Closing it means: hang up.
    pub commands: mpsc::Sender<LineCommand>,
}

/// The other end of a [`Line`], held by the task that speaks the caller's protocol.
#[derive(Debug)]
pub struct LineEnd {
    /// Where the caller's audio goes.
    pub audio: CallerAudioSender,
    /// Where everything else goes. Dropping it means: the caller is gone.
    pub events: mpsc::Sender<LineEvent>,
    /// What the session wants done, in order.
    pub commands: mpsc::Receiver<LineCommand>,
}

impl Line {
    /// Makes a line and the end that its protocol's task holds.
    pub fn pair(profile: LineProfile) -> (Self, LineEnd) {
        let format = match profile.media {
            Media::Audio(format) => format,
            Media::Text => AudioFormat::Pcm24k,
        };
        let (audio_in, audio) = caller_audio(format);
        let (events_in, events) = mpsc::channel(EVENTS_WAITING);
        let (commands, commands_out) = mpsc::channel(COMMANDS_WAITING);
        let line = Self { profile, audio, events, commands };
        (line, LineEnd { audio: audio_in, events: events_in, commands: commands_out })
    }
}

/// Who called, how, and what the line can carry.
#[derive(Debug, Clone)]
pub struct LineProfile {
    /// The kind of line, as metrics and the call list name it: `twilio`, `terminal`, …
    pub kind: &'static str,
    /// The caller's number in E.164 (`+15550100`), where the line knows it.
    pub caller: Option<String>,
    /// The number that was called, in E.164, where the line knows it.
    pub called: Option<String>,
    /// The call's id in the line's own world (Twilio's `CallSid`), for logs.
    pub reference: Option<String>,
    /// What the line carries.
    pub media: Media,
}

/// What a line carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// Audio both ways, in this format; it passes to the model and back without being decoded.
    Audio(AudioFormat),
    /// Typed text in, text out: the model answers in text.
    Text,
}

/// Something the caller, or the caller's line, did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineEvent {
    /// A key of the phone: `0`–`9`, `*`, `#`, `A`–`D`.
    Dtmf(char),
    /// A line of typed text: a whole turn of the caller.
    Typed(String),
    /// A chunk has been played to its end, or was flushed by a clear; the generation tells which. Not every chunk need be
    /// marked, but the last of an item is.
    Marked(Mark),
    /// The caller hung up, or the line broke; `reason` is for the log.
    Closed {
        /// What ended it, in a few words.
        reason: String,
    },
}

/// The end of a [`Chunk`], reached at the caller's ear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The item whose audio it was.
    pub item: ItemId,
    /// Audio of that item up to the end of the chunk.
    pub until: Duration,
    /// The chunk's generation: marks of a generation before the last clear mean nothing was heard.
    pub generation: u32,
}

/// What a line is told to do.
#[derive(Debug, Clone)]
pub enum LineCommand {
    /// Play this after everything queued before it. The line marks how far it has come, and the end of the last chunk for sure.
    Play(Chunk),
    /// Forget all queued audio at once, and every chunk of an earlier generation that still comes: one may already have
    /// been on its way when the caller began to speak.
    Clear {
        /// The generation that begins now.
        generation: u32,
    },
    /// Something happened on the call, for a line with a screen. Others ignore it.
    Show(CallEvent),
    /// Hang up. Nothing follows.
    Hangup,
}

/// A piece of audio for the caller.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// The item it belongs to; recorded audio of our own has ids of its own.
    pub item: ItemId,
    /// Audio of that item up to the end of this chunk.
    pub until: Duration,
    /// Counts clears: a chunk belongs to the time since the last one.
    pub generation: u32,
    /// The audio, in the line's format.
    pub audio: Payload,
}
