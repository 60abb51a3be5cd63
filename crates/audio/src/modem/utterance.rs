//! Words put together to what somebody said.

use super::Heard;

/// What somebody said, as far as it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utterance {
    /// The words, in order.
    pub words: Vec<Heard>,
    /// Whether its first and its last word were heard, and none between them was lost.
    pub complete: bool,
}

impl Utterance {
    /// The words, with a space between them.
    pub fn text(&self) -> String {
        let words: Vec<&str> = self.words.iter().map(|heard| heard.word.as_str()).collect();
        words.join(" ")
    }
}

/// Collects the words of one speaker into utterances.
///
/// ```
/// use switchboard_audio::SampleRate;
/// use switchboard_audio::modem::{Demodulator, Modulator, Utterances};
///
/// let spoken = Modulator::new(SampleRate::Khz24).speak("good morning");
/// let mut ear = Demodulator::new(SampleRate::Khz24);
/// let mut utterances = Utterances::default();
/// let said = utterances.hear(ear.push(&spoken.samples));
/// assert_eq!(said[0].text(), "good morning");
/// assert!(said[0].complete);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Utterances {
    words: Vec<Heard>,
    gap: bool,
}

impl Utterances {
    /// Takes the words heard, and returns the utterances that are over: those whose last word is here, and those that broke off
    /// since another began. A word heard twice counts once.
    pub fn hear(&mut self, heard: impl IntoIterator<Item = Heard>) -> Vec<Utterance> {
        let mut over = Vec::new();
        for word in heard {
            let expected = match self.words.last() {
                Some(previous)
                    if (previous.sequence, &previous.word) == (word.sequence, &word.word) =>
                {
                    continue;
                }
                Some(_) if word.first => {
                    over.extend(self.take());
                    word.sequence
                }
                Some(previous) => previous.sequence.wrapping_add(1),
                None => word.sequence,
            };
            self.gap |= word.sequence != expected;
            let last = word.last;
            self.words.push(word);
            if last {
                over.extend(self.take());
            }
        }
        over
    }

    /// Ends the utterance that is being heard, if one is: its speaker was interrupted, or has fallen silent.
    pub fn take(&mut self) -> Option<Utterance> {
        let words = std::mem::take(&mut self.words);
        let gap = std::mem::take(&mut self.gap);
        let complete = !gap && words.first()?.first && words.last()?.last;
        Some(Utterance { words, complete })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(word: &str, sequence: u8, first: bool, last: bool) -> Heard {
        Heard { word: word.into(), ends_at_sample: 0, first, last, sequence }
    }

    fn texts(utterances: &[Utterance]) -> Vec<(String, bool)> {
        utterances.iter().map(|utterance| (utterance.text(), utterance.complete)).collect()
    }

    #[test]
    fn an_utterance_ends_with_its_last_word() {
        let mut utterances = Utterances::default();
        assert_eq!(utterances.hear([word("good", 255, true, false)]), []);
        let over = utterances.hear([word("morning", 0, false, true), word("yes", 1, true, true)]);
        assert_eq!(texts(&over), [("good morning".into(), true), ("yes".into(), true)]);
        assert_eq!(utterances.take(), None);
    }

    #[test]
    fn one_that_breaks_off_is_told_when_the_next_begins() {
        let mut utterances = Utterances::default();
        let over = utterances.hear([word("what", 4, true, false), word("hello", 9, true, true)]);
        assert_eq!(texts(&over), [("what".into(), false), ("hello".into(), true)]);
    }

    #[test]
    fn one_that_breaks_off_can_be_taken() {
        let mut utterances = Utterances::default();
        assert_eq!(
            utterances.hear([word("what", 4, true, false), word("is", 5, false, false)]),
            []
        );
        let taken = utterances.take().unwrap();
        assert_eq!((taken.text().as_str(), taken.complete), ("what is", false));
    }

    #[test]
    fn a_lost_word_is_noticed_and_a_repeated_one_counts_once() {
        let mut utterances = Utterances::default();
        let over = utterances.hear([
            word("one", 0, true, false),
            word("one", 0, true, false),
            word("three", 2, false, true),
        ]);
        assert_eq!(texts(&over), [("one three".into(), false)]);
    }

    #[test]
    fn without_its_first_word_it_is_not_complete() {
        let over = Utterances::default().hear([word("morning", 1, false, true)]);
        assert_eq!(texts(&over), [("morning".into(), false)]);
    }
}
