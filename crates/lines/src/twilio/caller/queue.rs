//! What a caller has been sent and not heard yet: Twilio's play queue.

use std::collections::VecDeque;

/// Audio and marks, in the order they came.
#[derive(Debug, Default)]
pub(super) struct PlayQueue {
    audio: VecDeque<u8>,
    /// Each mark with the bytes still to be played before it.
    marks: VecDeque<(usize, String)>,
}

/// What a stretch of playing brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Played {
    /// The audio; shorter than asked for when the queue ran dry.
    pub(super) audio: Vec<u8>,
    /// The marks that were reached.
    pub(super) marks: Vec<String>,
}

impl PlayQueue {
    /// Adds audio at the end.
    pub(super) fn push(&mut self, audio: &[u8]) {
        self.audio.extend(audio);
    }

    /// Adds a mark at the end; it comes back at once when nothing is queued.
    pub(super) fn mark(&mut self, name: String) -> Option<String> {
        if self.audio.is_empty() {
            return Some(name);
        }
        self.marks.push_back((self.audio.len(), name));
        None
    }

    /// Plays up to so many bytes.
    pub(super) fn play(&mut self, bytes: usize) -> Played {
        let bytes = bytes.min(self.audio.len());
        let audio = self.audio.drain(..bytes).collect();
        for (before, _) in &mut self.marks {
            *before -= bytes.min(*before);
        }
        let reached = self.marks.iter().take_while(|(before, _)| *before == 0).count();
        Played { audio, marks: self.marks.drain(..reached).map(|(_, name)| name).collect() }
    }

    /// Forgets everything. Returns the bytes that were not played, and all marks, which come back at once.
    pub(super) fn clear(&mut self) -> (usize, Vec<String>) {
        let forgotten = self.audio.len();
        self.audio.clear();
        (forgotten, self.marks.drain(..).map(|(_, name)| name).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_comes_back_when_all_before_it_was_played() {
        let mut queue = PlayQueue::default();
        queue.push(&[1; 200]);
        assert_eq!(queue.mark("a".to_owned()), None);
        queue.push(&[2; 100]);
        assert_eq!(queue.mark("b".to_owned()), None);

        assert_eq!(queue.play(160).marks, [""; 0]);
        assert_eq!(
            queue.play(160),
            Played {
                audio: [[1; 40].as_slice(), &[2; 100]].concat(),
                marks: vec!["a".into(), "b".into()]
            }
        );
        assert_eq!(queue.mark("c".to_owned()).as_deref(), Some("c"));
    }

    #[test]
    fn a_clear_returns_every_mark_unplayed() {
        let mut queue = PlayQueue::default();
        queue.push(&[1; 200]);
        queue.mark("a".to_owned());
        queue.play(160);

        assert_eq!(queue.clear(), (40, vec!["a".to_owned()]));
        assert_eq!(queue.clear(), (0, vec![]));
    }
}
