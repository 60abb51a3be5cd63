//! All that sounded on a call, and how long nobody spoke.

use std::time::Duration;

use super::report::Silence;
use super::{FRAME, FRAME_BYTES};

/// Both sides of a call, from its beginning, 8 kHz. Both are equally long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// What the caller heard.
    pub heard: Vec<i16>,
    /// What the caller said.
    pub said: Vec<i16>,
}

impl Recording {
    /// Samples a second.
    pub const SAMPLE_RATE: u32 = 8_000;

    /// Both sides in one channel.
    pub fn mixed(&self) -> Vec<i16> {
        self.heard.iter().zip(&self.said).map(|(heard, said)| heard.saturating_add(*said)).collect()
    }
}

/// Records a call, frame by frame.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    recording: Recording,
    frames: u32,
    silence: Quiet,
}

/// Since when nobody has spoken, and after what.
#[derive(Debug, Default)]
struct Quiet {
    since: Duration,
    after: After,
    longest: Option<Silence>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum After {
    #[default]
    Start,
    Caller,
    Agent,
}

impl Timeline {
    /// When the next frame begins.
    pub(super) fn now(&self) -> Duration {
        FRAME * self.frames
    }

    /// Adds a frame. `hearing` and `speaking` say whether it belongs to somebody's speech.
    pub(super) fn push(&mut self, heard: &[i16], hearing: bool, said: &[i16], speaking: bool) {
        self.recording.heard.extend(heard);
        self.recording.said.extend(said);
        self.frames += 1;
        let length = FRAME_BYTES * usize::try_from(self.frames).expect("a call has fewer frames");
        self.recording.heard.resize(length, 0);
        self.recording.said.resize(length, 0);
        let now = self.now();
        if hearing {
            self.silence.sound(After::Agent, now);
        }
        if speaking {
            self.silence.sound(After::Caller, now);
        }
    }

    /// How long nobody has spoken.
    pub(super) fn quiet_for(&self) -> Duration {
        self.now().saturating_sub(self.silence.since)
    }

    /// The call is over.
    pub(super) fn finish(mut self) -> (Recording, Option<Silence>) {
        let now = self.now();
        if self.silence.after != After::Agent {
            self.silence.ends(now);
        }
        (self.recording, self.silence.longest)
    }
}

impl Quiet {
    /// A frame that ends `now` was of `source`.
    fn sound(&mut self, source: After, now: Duration) {
        let caller_took_their_time = self.after == After::Agent && source == After::Caller;
        if !caller_took_their_time {
            self.ends(now.saturating_sub(FRAME));
        }
        self.after = source;
        self.since = now;
    }

    fn ends(&mut self, at: Duration) {
        let silence = Silence { from: self.since, to: at };
        let longest = self.longest.map_or(Duration::ZERO, |longest| longest.length());
        if silence.length() > longest {
            self.longest = Some(silence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a call in letters, 20 ms each: `a` the agent speaks, `c` the caller, `b` both, `.` nobody.
    fn longest(call: &str) -> Option<(u128, u128)> {
        let mut timeline = Timeline::default();
        for letter in call.chars() {
            timeline.push(&[], matches!(letter, 'a' | 'b'), &[], matches!(letter, 'c' | 'b'));
        }
        timeline.finish().1.map(|silence| (silence.from.as_millis(), silence.to.as_millis()))
    }

    #[test]
    fn a_wait_for_the_other_side_counts() {
        assert_eq!(longest("..a"), Some((0, 40)));
        assert_eq!(longest("accc...aa"), Some((80, 140)));
        assert_eq!(longest("ac.a..a"), Some((80, 120)));
    }

    #[test]
    fn a_wait_without_an_answer_counts() {
        assert_eq!(longest("ac..."), Some((40, 100)));
        assert_eq!(longest("ac..c"), Some((40, 80)));
        assert_eq!(longest("..."), Some((0, 60)));
    }

    #[test]
    fn the_callers_own_pause_does_not() {
        assert_eq!(longest("a....ca...."), None);
        assert_eq!(longest("abcca"), None);
    }

    #[test]
    fn both_sides_are_recorded_equally_long() {
        let mut timeline = Timeline::default();
        timeline.push(&[5; 160], true, &[], false);
        timeline.push(&[7; 10], true, &[i16::MAX; 160], true);

        let (recording, _) = timeline.finish();
        assert_eq!((recording.heard.len(), recording.said.len()), (320, 320));
        assert_eq!(
            (recording.heard[165], recording.heard[175], recording.mixed()[165]),
            (7, 0, i16::MAX)
        );
    }
}
