//! What a caller does next: decided every 20 ms, from what has been heard so far.

use std::time::Duration;

use super::report::Spoken;

/// Decides what a caller does. Implemented by [`Script`](super::Script), and by closures.
pub trait Part {
    /// Asked every 20 ms.
    fn next(&mut self, moment: &Moment<'_>) -> Option<Act>;
}

impl<F: FnMut(&Moment<'_>) -> Option<Act>> Part for F {
    fn next(&mut self, moment: &Moment<'_>) -> Option<Act> {
        self(moment)
    }
}

/// Where a call stands, at the caller's ear.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Since the call began.
    pub now: Duration,
    /// What the caller has said, to its end.
    pub said: &'a [Spoken],
    /// What was heard, to its end.
    pub heard: &'a [Spoken],
    /// How long the caller has been speaking.
    pub speaking_for: Option<Duration>,
    /// How long the other side has been speaking.
    pub hearing_for: Option<Duration>,
    /// How long the other side has been quiet after having spoken; `None` while it speaks, and as long as it has not
    /// spoken since the caller last did.
    pub answered_for: Option<Duration>,
    /// How long nobody has spoken.
    pub quiet_for: Duration,
}

/// Something a caller does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// Speaks, after what is being said already.
    Say(Speech),
    /// Presses a key.
    Press(char),
    /// Sends no frames for a while, as a phone that is muted.
    Mute(Duration),
    /// Sends a frame of any text, as it stands.
    Send(String),
    /// Hangs up.
    HangUp,
    /// Is gone, without a word on the wire.
    Vanish,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Speech {
    /// Words, carried by tones.
    Text(String),
    /// A recording: mono, 8 kHz.
    Recording {
        /// The samples.
        samples: Vec<i16>,
        /// What to call it in the report.
        name: String,
    },
}

impl From<&str> for Speech {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Speech {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
