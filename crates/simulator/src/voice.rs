//! How the model sounds: `espeak-ng` where it is installed, else the acoustic text channel.
//!
//! Left to itself it answers in kind: whoever has made themselves known over the text channel is answered over it, since they
//! read words off the audio and could do nothing with a voice. A conversation that a client brings with it, after its link
//! broke, goes on as the last one was spoken.
//!
//! Speaking happens beside the session, which goes on meanwhile. A speech engine that fails is reported in the log, and the
//! text channel speaks in its place: a session never goes without a voice.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use switchboard_audio::modem::Modulator;
use switchboard_audio::{SampleRate, resample};
use tracing::warn;

use crate::direction::Script;
use crate::program::{self, ProgramError};

/// Which voice to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoiceChoice {
    /// The text channel to callers who use it; `espeak-ng` to all others, if it is found on the `PATH`.
    #[default]
    Auto,
    /// The program `espeak-ng`.
    EspeakNg,
    /// Tones that carry the words, four a second: what was said can be read off the audio.
    TextChannel,
}

/// The longest that a speech engine may take over one utterance.
const PATIENCE: Duration = Duration::from_secs(10);
/// Words a minute at normal speed.
const WORDS_PER_MINUTE: f64 = 165.0;
/// Words a second of the text channel at normal speed.
const WORDS_PER_SECOND: f64 = 4.0;

/// Something to be said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Utterance {
    pub(crate) text: String,
    /// 1 is normal.
    pub(crate) speed: f64,
    pub(crate) rate: SampleRate,
    /// Whether the caller uses the text channel.
    pub(crate) to_text_channel: bool,
    /// Whether the session goes on with a conversation that was held elsewhere: whoever it is was not heard here yet.
    pub(crate) goes_on: bool,
}

impl Utterance {
    /// What is read aloud of a text with directions, and how fast.
    fn directed(&self, script: &Script) -> Self {
        Self { text: script.spoken(), speed: self.speed * script.pace, ..self.clone() }
    }
}

/// Something said.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Speech {
    /// Mono, at the rate that was asked for.
    pub(crate) samples: Vec<i16>,
    /// The words, each with the sample by which it has been said.
    pub(crate) words: Vec<(String, usize)>,
}

/// The voice of one simulator.
#[derive(Debug, Clone)]
pub(crate) enum Voice {
    TextChannel,
    EspeakNg(PathBuf),
    /// `espeak-ng`, but the text channel to those who use it.
    InKind(PathBuf),
}

impl Voice {
    /// Finds the voice that was chosen.
    pub(crate) fn find(choice: VoiceChoice) -> Self {
        if choice == VoiceChoice::TextChannel {
            return Self::TextChannel;
        }
        match (program::find("espeak-ng"), choice) {
            (Some(path), VoiceChoice::Auto) => Self::InKind(path),
            (Some(path), _) => Self::EspeakNg(path),
            (None, VoiceChoice::EspeakNg) => {
                warn!("espeak-ng is not on the PATH; the simulator speaks over the text channel");
                Self::TextChannel
            }
            (None, _) => Self::TextChannel,
        }
    }

    /// Its name, for the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::TextChannel => "text-channel",
            Self::EspeakNg(_) => "espeak-ng",
            Self::InKind(_) => "espeak-ng, or the text channel to those who use it",
        }
    }

    /// Says something at once, where that needs no other program.
    pub(crate) fn speak_now(
        &self,
        modulator: &mut Modulators,
        utterance: &Utterance,
    ) -> Option<Speech> {
        let in_tones = match self {
            Self::TextChannel => true,
            Self::EspeakNg(_) => false,
            Self::InKind(_) => utterance.to_text_channel,
        };
        in_tones.then(|| modulator.speak(utterance))
    }

    /// Says something with the speech engine.
    pub(crate) async fn speak(&self, utterance: &Utterance) -> Speech {
        match Script::read(&utterance.text) {
            Some(script) => {
                let speech = self.read_aloud(&utterance.directed(&script)).await;
                script.annotate(speech, utterance.rate, false)
            }
            None => self.read_aloud(utterance).await,
        }
    }

    async fn read_aloud(&self, utterance: &Utterance) -> Speech {
        let spoken = match self {
            Self::TextChannel => None,
            Self::EspeakNg(path) | Self::InKind(path) => match espeak(path, utterance).await {
                Ok(speech) => Some(speech),
                Err(error) => {
                    warn!(%error, "espeak-ng failed; the text channel speaks in its place");
                    None
                }
            },
        };
        spoken.unwrap_or_else(|| Modulators::default().speak(utterance))
    }
}

/// The text channel's end of one session: it counts its words.
#[derive(Debug, Default)]
pub(crate) struct Modulators(Option<(SampleRate, Modulator)>);

impl Modulators {
    fn speak(&mut self, utterance: &Utterance) -> Speech {
        match Script::read(&utterance.text) {
            Some(script) => {
                let speech = self.read_aloud(&utterance.directed(&script));
                script.annotate(speech, utterance.rate, true)
            }
            None => self.read_aloud(utterance),
        }
    }

    fn read_aloud(&mut self, utterance: &Utterance) -> Speech {
        let modulator = match self.0.take() {
            Some((rate, modulator)) if rate == utterance.rate => modulator,
            _ => Modulator::new(utterance.rate),
        };
        let mut modulator = modulator.words_per_second(WORDS_PER_SECOND * utterance.speed);
        let spoken = modulator.speak(&utterance.text);
        self.0 = Some((utterance.rate, modulator));
        let words = spoken.words.into_iter().map(|word| (word.word, word.end_sample)).collect();
        Speech { samples: spoken.samples, words }
    }
}

async fn espeak(path: &Path, utterance: &Utterance) -> Result<Speech, ProgramError> {
    let pace = format!("{:.0}", WORDS_PER_MINUTE * utterance.speed);
    let wav = program::run(
        path,
        &["--stdin", "--stdout", "-s", &pace],
        utterance.text.as_bytes(),
        PATIENCE,
    )
    .await?;
    let (hz, recorded) = samples(&wav).ok_or(ProgramError::Nonsense)?;
    let samples = resample(&recorded, hz, utterance.rate.hz());
    let words = spread(&utterance.text, samples.len());
    Ok(Speech { samples, words })
}

/// The rate and the samples of a WAV that was written to a pipe, whose header cannot know its length.
fn samples(wav: &[u8]) -> Option<(u32, Vec<i16>)> {
    const HEADER: usize = 44;
    if wav.len() <= HEADER || &wav[..4] != b"RIFF" || &wav[36..40] != b"data" {
        return None;
    }
    let hz = u32::from_le_bytes(wav[24..28].try_into().expect("four bytes are four bytes"));
    let (pairs, _) = wav[HEADER..].as_chunks();
    Some((hz, pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect()))
}

/// Places the words of a text over so many samples, by their length.
fn spread(text: &str, samples: usize) -> Vec<(String, usize)> {
    let letters: usize = text.split_whitespace().map(|word| word.chars().count() + 1).sum();
    let mut so_far = 0;
    text.split_whitespace()
        .map(|word| {
            so_far += word.chars().count() + 1;
            (word.to_owned(), samples * so_far / letters.max(1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utterance(text: &str, speed: f64) -> Utterance {
        Utterance {
            text: text.to_owned(),
            speed,
            rate: SampleRate::Khz24,
            to_text_channel: false,
            goes_on: false,
        }
    }

    #[test]
    fn who_uses_the_text_channel_is_answered_over_it() {
        let voice = Voice::InKind("/no/such/espeak-ng".into());
        let mut modulators = Modulators::default();
        let heard_speech = utterance("hello", 1.0);
        let heard_tones = Utterance { to_text_channel: true, ..heard_speech.clone() };
        assert_eq!(voice.speak_now(&mut modulators, &heard_speech), None);
        assert!(voice.speak_now(&mut modulators, &heard_tones).is_some());
    }

    #[test]
    fn the_text_channel_places_every_word() {
        let speech = Modulators::default().speak(&utterance("one two three", 1.0));
        let words: Vec<_> = speech.words.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(words, ["one", "two", "three"]);
        assert!(speech.words.is_sorted_by_key(|(_, end)| *end));
        assert!(speech.words[2].1 <= speech.samples.len());
    }

    #[test]
    fn a_faster_voice_is_shorter() {
        let slow = Modulators::default().speak(&utterance("one two three", 0.5));
        let fast = Modulators::default().speak(&utterance("one two three", 1.5));
        assert!(fast.samples.len() < slow.samples.len());
    }

    #[test]
    fn directions_are_heard_only_as_pace_and_pauses_and_stay_in_the_transcript() {
        let mut modulators = Modulators::default();
        let plain = modulators.speak(&utterance("one moment please", 1.0));
        let directed = modulators.speak(&utterance("one <pause/> <soft>moment</soft> please", 1.0));
        let slow = modulators.speak(&utterance("<slow>one moment please</slow>", 1.0));
        let heard = |speech: &Speech| -> Vec<String> {
            let mut ear = switchboard_audio::modem::Demodulator::new(SampleRate::Khz24);
            ear.push(&speech.samples).into_iter().map(|heard| heard.word).collect()
        };
        for speech in [&plain, &directed, &slow] {
            assert_eq!(heard(speech), ["one", "moment", "please"]);
        }
        let words: Vec<_> = directed.words.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(words, ["one", "<pause/> <soft>moment</soft>", "please"]);
        assert!(plain.samples.len() < directed.samples.len());
        assert!(plain.samples.len() < slow.samples.len());
    }

    #[test]
    fn words_are_spread_over_the_whole_of_a_recording() {
        assert_eq!(spread("a bcd", 600), [("a".to_owned(), 200), ("bcd".to_owned(), 600)]);
        assert_eq!(spread("", 600), []);
    }

    #[test]
    fn a_piped_wav_is_read_whatever_length_it_claims() {
        let mut wav = vec![0; 44];
        wav[..4].copy_from_slice(b"RIFF");
        wav[24..28].copy_from_slice(&22_050_u32.to_le_bytes());
        wav[36..40].copy_from_slice(b"data");
        wav.extend([1, 0, 255, 255]);
        assert_eq!(samples(&wav), Some((22_050, vec![1, -1])));
        assert_eq!(samples(b"RIFF"), None);
    }

    #[tokio::test]
    async fn an_engine_that_is_not_there_is_replaced() {
        let speech =
            Voice::EspeakNg("/no/such/espeak-ng".into()).speak(&utterance("hello", 1.0)).await;
        assert_eq!(speech.words.len(), 1);
    }
}
