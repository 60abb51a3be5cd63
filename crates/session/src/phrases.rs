//! The book of hold phrases that have been rendered: by model, voice, speed, format and words, for all calls of a process.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use switchboard_realtime::{AudioFormat, Payload};

/// The book holds at most so many bytes of audio; the phrase that was filed first goes first. Some half an hour on a phone line.
const MOST: usize = 16 * 1024 * 1024;

/// Who speaks, and how.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Voice {
    model: Arc<str>,
    name: Arc<str>,
    /// In thousandths.
    speed: u32,
}

impl Voice {
    /// The voice of this name of this model; the model's own where there is no name. `speed`: 1 is normal.
    pub(crate) fn new(model: &str, name: Option<&str>, speed: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a speed is between 0.25 and 1.5")]
        #[expect(clippy::cast_sign_loss, reason = "a speed is between 0.25 and 1.5")]
        let speed = (speed * 1_000.0).round() as u32;
        Self { model: model.into(), name: name.unwrap_or_default().into(), speed }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    voice: Voice,
    format: AudioFormat,
    text: Arc<str>,
}

/// See the module. One for all calls of a process, empty at first.
#[derive(Debug)]
pub struct Phrases {
    book: Mutex<Book>,
    most: usize,
}

#[derive(Debug, Default)]
struct Book {
    phrases: HashMap<Key, (Payload, Duration)>,
    order: VecDeque<Key>,
    bytes: usize,
}

impl Default for Phrases {
    fn default() -> Self {
        Self { book: Mutex::default(), most: MOST }
    }
}

impl Phrases {
    /// Keeps a phrase.
    pub(crate) fn file(&self, voice: &Voice, format: AudioFormat, text: &str, audio: &[u8]) {
        let key = Key { voice: voice.clone(), format, text: text.into() };
        let phrase = (Payload::encode(audio), format.duration_of(audio.len()));
        let mut book = self.book();
        let mut bytes = book.bytes + audio.len();
        match book.phrases.insert(key.clone(), phrase) {
            Some((before, _)) => bytes -= before.decoded_len(),
            None => book.order.push_back(key),
        }
        while bytes > self.most {
            let Some(oldest) = book.order.pop_front() else { break };
            bytes -= book.phrases.remove(&oldest).map_or(0, |(audio, _)| audio.decoded_len());
        }
        book.bytes = bytes;
    }

    /// A phrase, and its length.
    pub(crate) fn find(
        &self,
        voice: &Voice,
        format: AudioFormat,
        text: &str,
    ) -> Option<(Payload, Duration)> {
        let key = Key { voice: voice.clone(), format, text: text.into() };
        self.book().phrases.get(&key).cloned()
    }

    /// Which of these words there are, and their lengths.
    pub(crate) fn known<'a>(
        &self,
        voice: &Voice,
        format: AudioFormat,
        texts: impl Iterator<Item = &'a String>,
    ) -> BTreeMap<String, Duration> {
        texts.filter_map(|text| Some((text.clone(), self.find(voice, format, text)?.1))).collect()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_found_in_its_own_voice_and_format_only() {
        let phrases = Phrases::default();
        let marin = Voice::new("model", Some("marin"), 1.0);
        phrases.file(&marin, AudioFormat::Pcmu, "One moment.", &[0; 800]);

        assert!(phrases.find(&marin, AudioFormat::Pcmu, "One moment.").is_some());
        let cedar = Voice::new("model", Some("cedar"), 1.0);
        assert!(phrases.find(&cedar, AudioFormat::Pcmu, "One moment.").is_none());
        assert!(phrases.find(&marin, AudioFormat::Pcma, "One moment.").is_none());
        let faster = Voice::new("model", Some("marin"), 1.2);
        assert!(phrases.find(&faster, AudioFormat::Pcmu, "One moment.").is_none());
    }

    #[test]
    fn the_book_stays_bounded() {
        let phrases = Phrases { most: 10_000, ..Phrases::default() };
        let marin = Voice::new("model", Some("marin"), 1.0);
        for number in 0..100 {
            phrases.file(&marin, AudioFormat::Pcmu, &format!("Phrase {number}."), &[0; 800]);
        }

        let book = phrases.book();
        assert_eq!((book.phrases.len(), book.order.len(), book.bytes), (12, 12, 9_600));
        drop(book);
        assert!(phrases.find(&marin, AudioFormat::Pcmu, "Phrase 99.").is_some());
    }
}
