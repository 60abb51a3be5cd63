//! What is known of a call once it is over, and what is told while it goes on.

use std::time::Duration;

use super::timeline::Recording;

/// Something said or heard. Times are from the beginning of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// When it began.
    pub from: Duration,
    /// When it ended.
    pub to: Duration,
    /// The words, where they were carried by tones, or a recording's name; `None` for other sounds.
    pub text: Option<String>,
    /// Whether it was heard from its first word to its last. Always true of sounds without words.
    pub complete: bool,
}

/// Something that happened on a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Happening {
    /// The caller has said something.
    Said(Spoken),
    /// The caller has heard something.
    Heard(Spoken),
    /// The caller pressed a key.
    Pressed {
        /// When.
        at: Duration,
        /// The key.
        key: char,
    },
    /// The other side took back audio that had not been played.
    Cleared {
        /// When.
        at: Duration,
        /// How much audio was not played.
        unplayed: Duration,
    },
    /// Somebody hung up. Nothing follows.
    Ended {
        /// When.
        at: Duration,
        /// Who.
        by: HungUp,
    },
}

/// Who ended a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HungUp {
    /// The caller hung up.
    Caller,
    /// The caller was gone without a word.
    Vanished,
    /// The server closed the stream.
    Server {
        /// The code of the close frame: 1000 for a call that was over, 1006 for a connection that broke.
        code: u16,
        /// The reason that the server gave.
        reason: String,
    },
}

/// A stretch of a call in which nobody spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// When it began.
    pub from: Duration,
    /// When it ended.
    pub to: Duration,
}

impl Silence {
    /// How long it lasted.
    pub fn length(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

/// A whole call.
#[derive(Debug, Clone)]
pub struct Report {
    /// What the caller said, in order.
    pub said: Vec<Spoken>,
    /// What the caller heard, in order.
    pub heard: Vec<Spoken>,
    /// All that happened, in order.
    pub happenings: Vec<Happening>,
    /// The longest time in which the caller heard nothing and waited: from the start of the call, or the end of either's
    /// speech, to the next thing heard. The caller's own pause before speaking does not count.
    pub longest_silence: Option<Silence>,
    /// How long the call took.
    pub length: Duration,
    /// Who ended it.
    pub hung_up: HungUp,
    /// All that sounded.
    pub recording: Recording,
}

impl Report {
    /// How often the other side was interrupted: audio was taken back before it was played.
    pub fn interruptions(&self) -> usize {
        self.happenings
            .iter()
            .filter(|happening| matches!(happening, Happening::Cleared { .. }))
            .count()
    }

    /// The words heard, a line for each stretch of speech.
    pub fn heard_text(&self) -> String {
        let lines: Vec<_> = self.heard.iter().filter_map(|spoken| spoken.text.as_deref()).collect();
        lines.join("\n")
    }
}
