//! Which of an item's words the caller has heard.
//!
//! Words and audio of an item come side by side, the words usually ahead. A piece of text is placed where its share of the
//! whole text falls in the audio, but never before the audio that had been sent when it came.

use std::time::Duration;

use switchboard_agent::speech::PlainText;

/// The words of one item, and where in its audio they stand.
#[derive(Debug, Default, Clone)]
pub(crate) struct Words {
    text: String,
    /// The end of each piece in `text`, and the audio that had been sent when it came.
    pieces: Vec<(usize, Duration)>,
    plain: PlainText,
}

impl Words {
    /// A piece of text came when this much of the item's audio had been sent. Returns it without the tags for pace and tone
    /// that a model may write down; the beginning of one waits for its end.
    pub(crate) fn push(&mut self, delta: &str, sent: Duration) -> String {
        let words = self.plain.push(delta);
        self.text.push_str(&words);
        self.pieces.push((self.text.len(), sent));
        words
    }

    /// Nothing more comes: what looked like the beginning of a tag was none.
    pub(crate) fn finish(&mut self, sent: Duration) {
        let rest = self.plain.finish();
        if !rest.is_empty() {
            self.text.push_str(&rest);
            self.pieces.push((self.text.len(), sent));
        }
    }

    /// All words so far.
    pub(crate) fn all(&self) -> &str {
        &self.text
    }

    /// The words heard when `heard` of the `sent` audio has been played, cut at a word's end.
    pub(crate) fn heard(&self, heard: Duration, sent: Duration) -> &str {
        if heard >= sent {
            return &self.text;
        }
        let share = heard.as_secs_f64() / sent.as_secs_f64();
        let mut end = self
            .text
            .char_indices()
            .map(|(at, _)| at)
            .take_while(|at| self.share(*at) < share)
            .last()
            .unwrap_or(0);
        for (piece_end, piece_sent) in self.pieces.iter().rev() {
            if *piece_sent > heard {
                end = end.min(self.start_of(*piece_end));
            }
        }
        let cut = &self.text[..end];
        cut.rfind(char::is_whitespace).map_or("", |space| cut[..space].trim_end())
    }

    /// Which share of the text stands before this place.
    fn share(&self, at: usize) -> f64 {
        let place = |at: usize| u32::try_from(at).map_or(f64::from(u32::MAX), f64::from);
        place(at) / place(self.text.len())
    }

    fn start_of(&self, piece_end: usize) -> usize {
        self.pieces
            .iter()
            .map(|(end, _)| *end)
            .take_while(|end| *end < piece_end)
            .last()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn tags_for_pace_and_tone_are_not_words_and_what_only_looks_like_one_is() {
        let mut words = Words::default();
        let shown: String = ["Your number is <sp", "ell>42</spell>, and 3 <"]
            .map(|piece| words.push(piece, SECOND))
            .concat();
        words.finish(SECOND);

        assert_eq!(words.all(), "Your number is 42, and 3 <");
        assert!(words.all().starts_with(&shown) && !shown.contains("spell"), "{shown}");
    }

    #[test]
    fn words_that_came_ahead_are_placed_by_their_share() {
        let mut words = Words::default();
        words.push("one two three four five six seven eight", Duration::ZERO);

        assert_eq!(words.heard(SECOND * 2, SECOND * 4), "one two three four");
        assert_eq!(words.heard(Duration::ZERO, SECOND * 4), "");
        assert_eq!(words.heard(SECOND * 4, SECOND * 4), "one two three four five six seven eight");
    }

    #[test]
    fn words_that_came_behind_their_audio_are_not_placed_before_it() {
        let mut words = Words::default();
        words.push("one two ", Duration::ZERO);
        words.push("three four", SECOND * 3);

        assert_eq!(words.heard(SECOND * 2 + SECOND / 2, SECOND * 4), "one two");
    }
}
