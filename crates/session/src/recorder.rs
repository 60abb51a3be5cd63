//! Phrases on their way from the model into the book, and never to the line.
//!
//! A phrase is rendered by a response beside the conversation. The session notes its request before it goes out; the task that
//! reads the model sees the response begin, keeps its audio, and files it when the response has ended well and said the words
//! it was asked for: what is filed is heard by every caller who waits. Each link has a recorder of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use switchboard_agent::speech;
use switchboard_conversation::{Ended, ModelEvent, RequestId};
use switchboard_realtime::{AudioFormat, Payload, ResponseId};

use crate::phrases::{Phrases, Voice};

/// A phrase that grows beyond this is none.
const LONGEST: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug)]
pub(crate) struct Recorder {
    phrases: Arc<Phrases>,
    format: AudioFormat,
    running: Mutex<Vec<Recording>>,
}

#[derive(Debug)]
struct Recording {
    request: RequestId,
    response: Option<ResponseId>,
    voice: Voice,
    text: String,
    audio: Vec<u8>,
    /// What the model says it said.
    said: String,
}

impl Recorder {
    pub(crate) fn new(phrases: Arc<Phrases>, format: AudioFormat) -> Self {
        Self { phrases, format, running: Mutex::default() }
    }

    /// This request, about to go out, is for a phrase in this voice.
    pub(crate) fn expect(&self, request: RequestId, voice: Voice, text: &str) {
        let (text, audio, said) = (text.to_owned(), Vec::new(), String::new());
        self.running().push(Recording { request, response: None, voice, text, audio, said });
    }

    /// Notes what an event means for the recordings. Returns the words of a phrase that is done, and its length if it is good.
    pub(crate) fn hear(&self, event: &ModelEvent) -> Option<(String, Option<Duration>)> {
        match event {
            ModelEvent::ResponseCreated { response, request: Some(request), .. } => {
                let mut running = self.running();
                let recording = running.iter_mut().find(|known| known.request == *request)?;
                recording.response = Some(response.clone());
                None
            }
            ModelEvent::Words { response, delta, .. } => {
                let mut running = self.running();
                let of_it =
                    running.iter_mut().find(|known| known.response.as_ref() == Some(response));
                of_it?.said.push_str(delta);
                None
            }
            ModelEvent::ResponseDone { response, request, status, .. } => {
                let mut running = self.running();
                let at = running.iter().position(|known| {
                    known.response.as_ref() == Some(response) || Some(known.request) == *request
                })?;
                let Recording { voice, text, audio, said, .. } = running.remove(at);
                drop(running);
                let length = self.format.duration_of(audio.len());
                let good = *status == Ended::Completed
                    && !audio.is_empty()
                    && length <= LONGEST
                    && (said.is_empty() || words(&said).eq(words(&text)));
                if good {
                    self.phrases.file(&voice, self.format, &text, &audio);
                }
                Some((text, good.then_some(length)))
            }
            _ => None,
        }
    }

    /// Takes audio that belongs to a recording; says whether it does.
    pub(crate) fn takes(&self, response: &ResponseId, audio: &Payload) -> bool {
        let mut running = self.running();
        let recording = running.iter_mut().find(|known| known.response.as_ref() == Some(response));
        let Some(recording) = recording else { return false };
        if self.format.duration_of(recording.audio.len()) <= LONGEST {
            // A payload is checked when it is made.
            recording.audio.extend(audio.decode().unwrap_or_default());
        }
        true
    }

    fn running(&self) -> MutexGuard<'_, Vec<Recording>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The letters and digits of a text, without tags.
fn words(text: &str) -> impl Iterator<Item = char> {
    let plain = speech::plain(text).into_owned().to_lowercase();
    plain.chars().filter(|character| character.is_alphanumeric()).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use switchboard_realtime::ItemId;

    use super::*;

    const TEXT: &str = "One moment.";

    fn recorder() -> (Recorder, Arc<Phrases>, Voice) {
        let (phrases, voice) =
            (Arc::new(Phrases::default()), Voice::new("model", Some("marin"), 1.0));
        let recorder = Recorder::new(Arc::clone(&phrases), AudioFormat::Pcmu);
        (recorder, phrases, voice)
    }

    fn ended(
        recorder: &Recorder,
        voice: Voice,
        said: &str,
        status: Ended,
    ) -> Option<(String, Option<Duration>)> {
        let (request, response) = (RequestId::parse("sb_req_1").unwrap(), ResponseId::new("r1"));
        recorder.expect(request, voice, TEXT);
        let created = ModelEvent::ResponseCreated {
            response: response.clone(),
            request: Some(request),
            out_of_band: true,
        };
        assert_eq!(recorder.hear(&created), None);
        let (item, delta) = (ItemId::new("i1"), said.to_owned());
        recorder.hear(&ModelEvent::Words { response: response.clone(), item, delta });
        for _ in 0..50 {
            assert!(recorder.takes(&response, &Payload::encode(&[0x55; 160])));
        }
        let (request, output, tokens) = (None, Vec::new(), None);
        recorder.hear(&ModelEvent::ResponseDone { response, request, status, output, tokens })
    }

    #[test]
    fn a_phrase_is_filed_when_it_has_ended_well() {
        let (recorder, phrases, voice) = recorder();

        let done = ended(&recorder, voice.clone(), "one moment", Ended::Completed);

        assert_eq!(done, Some((TEXT.to_owned(), Some(Duration::from_secs(1)))));
        let (audio, length) = phrases.find(&voice, AudioFormat::Pcmu, TEXT).unwrap();
        assert_eq!((audio.decoded_len(), length), (8_000, Duration::from_secs(1)));
    }

    #[test]
    fn half_a_phrase_is_not_filed() {
        let (recorder, phrases, voice) = recorder();

        let done = ended(&recorder, voice.clone(), TEXT, Ended::Incomplete);

        assert_eq!(done, Some((TEXT.to_owned(), None)));
        assert!(phrases.find(&voice, AudioFormat::Pcmu, TEXT).is_none());
    }

    #[test]
    fn what_the_model_said_instead_is_not_filed() {
        let (recorder, phrases, voice) = recorder();

        let done = ended(&recorder, voice.clone(), "I can't do that.", Ended::Completed);

        assert_eq!(done, Some((TEXT.to_owned(), None)));
        assert!(phrases.find(&voice, AudioFormat::Pcmu, TEXT).is_none());
    }

    #[test]
    fn audio_of_the_conversation_is_none_of_its_business() {
        let (recorder, ..) = recorder();

        assert!(!recorder.takes(&ResponseId::new("r9"), &Payload::encode(&[0x55; 160])));
    }
}
