//! From text to tones.

use crate::SampleRate;
use crate::convert::to_sample;

use super::frame::{Frame, MAX_FRAGMENTS, MAX_TEXT};
use super::tones::{TICKS_PER_BIT, TICKS_PER_SECOND, TURN, angle, ticks_per_sample, tone};

const WORDS_PER_SECOND: f64 = 4.0;
/// The peak of the tones: -10 dBFS.
const AMPLITUDE: f64 = 10_362.0;
/// The peak of a hello, beside that of an utterance: 48 dB below it, fainter than any speech.
const HELLO_GAIN: f64 = 0.004;
/// Rise and fall of an utterance.
const RAMP: u32 = TICKS_PER_SECOND / 100;
/// The least carrier before the first frame.
const LEAD: u32 = TICKS_PER_SECOND / 20;
/// The carrier after the last frame.
const TAIL: u32 = TICKS_PER_SECOND * 3 / 100;
/// The carrier after a hello: what a receiver whose timing is a little late still needs.
const HELLO_TAIL: u32 = 2 * TICKS_PER_BIT;
/// The least carrier between two frames.
const GAP: u32 = 4 * TICKS_PER_BIT;

/// Says text in tones, for a [`Demodulator`](super::Demodulator) to hear.
///
/// Keep one a speaker: it counts the words, so that the hearer notices one that is missing.
#[derive(Debug, Clone)]
pub struct Modulator {
    rate: SampleRate,
    /// How long a word takes, in ticks.
    slot: u32,
    sequence: u8,
}

/// An utterance in tones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Mono samples at the modulator's rate.
    pub samples: Vec<i16>,
    /// Its words in order. (A word of over 464 bytes stands here as the several that it is sent as.)
    pub words: Vec<SpokenWord>,
}

/// A word of an utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenWord {
    /// The word.
    pub word: String,
    /// How many samples from the start of the utterance must arrive for the word to be heard.
    pub end_sample: usize,
}

impl Modulator {
    /// Makes a speaker of four words a second.
    pub fn new(rate: SampleRate) -> Self {
        Self { rate, slot: slot(WORDS_PER_SECOND), sequence: 0 }
    }

    /// Sets how many words it says in a second, within 0.5 and 20. Long words take longer in any case: 73 ms and a further
    /// 7 ms a letter is the least.
    pub fn words_per_second(self, words: f64) -> Self {
        Self { slot: slot(words), ..self }
    }

    /// Says an utterance. Text without a word in it makes no sound.
    pub fn speak(&mut self, text: &str) -> Spoken {
        let words: Vec<&str> = text.split_whitespace().flat_map(speakable).collect();
        let mut tones = Tones::new(self.rate);
        let mut spoken = Vec::with_capacity(words.len());
        for (index, word) in words.iter().enumerate() {
            let (first, last) = (index == 0, index + 1 == words.len());
            let frames = self.frames(word, first, last);
            let lead = if first { LEAD } else { GAP };
            tones.carrier(self.slot.saturating_sub(airtime(&frames)).max(lead));
            for (fragment, bytes) in frames.iter().enumerate() {
                if fragment > 0 {
                    tones.carrier(GAP);
                }
                tones.bytes(bytes);
            }
            spoken.push(SpokenWord { word: (*word).to_owned(), end_sample: tones.end_of_bit() });
        }
        if !words.is_empty() {
            tones.carrier(TAIL);
        }
        Spoken { samples: tones.finish(), words: spoken }
    }

    /// Says that it speaks this channel, without a word: 69 ms, too short and too faint to be taken for speech. A speaker who has to
    /// be answered over the channel from the first sentence on begins with it.
    pub fn hello(&self) -> Vec<i16> {
        let mut tones = Tones::new(self.rate);
        tones.bytes(&Frame::hello().to_bytes());
        tones.carrier(HELLO_TAIL);
        tones.finish_faintly()
    }

    /// The frames of the next word, as bytes.
    fn frames(&mut self, word: &str, first: bool, last: bool) -> Vec<Vec<u8>> {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        let texts = pieces(word, MAX_TEXT);
        let count = texts.len();
        (0_u8..)
            .zip(texts)
            .map(|(fragment, text)| {
                let goes_on = usize::from(fragment) + 1 < count;
                Frame { first, last, goes_on, fragment, sequence, text: text.to_owned() }.to_bytes()
            })
            .collect()
    }
}

/// The ticks of a word at this pace.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the pace is clamped to a range of its own"
)]
fn slot(words_per_second: f64) -> u32 {
    (f64::from(TICKS_PER_SECOND) / words_per_second.clamp(0.5, 20.0)) as u32
}

/// How long the frames of a word last, with the carrier between them, in ticks.
fn airtime(frames: &[Vec<u8>]) -> u32 {
    let bytes = frames.iter().map(Vec::len).sum::<usize>();
    let bytes = u32::try_from(bytes).expect("a word has few frames, and a frame few bytes");
    let gaps = u32::try_from(frames.len()).expect("a word has few frames") - 1;
    bytes * 8 * TICKS_PER_BIT + gaps * GAP
}

/// The words that a word is sent as: itself, unless it has too many fragments.
fn speakable(word: &str) -> Vec<&str> {
    // A fragment of whole characters may fall three bytes short of the limit.
    pieces(word, MAX_FRAGMENTS * (MAX_TEXT - 3))
}

/// Cuts text between characters, into pieces of at most so many bytes.
fn pieces(text: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = most.min(rest.len());
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// Samples in the making.
#[derive(Debug)]
struct Tones {
    ticks_per_sample: u32,
    /// Ticks so far, of which every `ticks_per_sample`-th made a sample.
    tick: usize,
    phase: u32,
    samples: Vec<f64>,
}

impl Tones {
    fn new(rate: SampleRate) -> Self {
        Self { ticks_per_sample: ticks_per_sample(rate), tick: 0, phase: 0, samples: Vec::new() }
    }

    fn carrier(&mut self, ticks: u32) {
        self.tone(true, ticks);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            for bit in (0..8).rev() {
                self.tone(byte >> bit & 1 == 1, TICKS_PER_BIT);
            }
        }
    }

    fn tone(&mut self, bit: bool, ticks: u32) {
        for _ in 0..ticks {
            if self.tick.is_multiple_of(self.ticks_per_sample as usize) {
                self.samples.push(AMPLITUDE * angle(self.phase).sin());
            }
            self.tick += 1;
            self.phase = (self.phase + tone(bit)) % TURN;
        }
    }

    /// The samples that a bit after the last one would need: a receiver whose timing is a little late needs no more.
    fn end_of_bit(&self) -> usize {
        (self.tick + TICKS_PER_BIT as usize).div_ceil(self.ticks_per_sample as usize)
    }

    /// Applies the rise and the fall.
    fn finish(mut self) -> Vec<i16> {
        let ramp = RAMP / self.ticks_per_sample;
        let length = self.samples.len();
        for step in 0..(ramp as usize).min(length) {
            let turned = f64::from(u32::try_from(step).unwrap_or(ramp)) / f64::from(ramp);
            let gain = 0.5 - 0.5 * (std::f64::consts::PI * turned).cos();
            self.samples[step] *= gain;
            self.samples[length - 1 - step] *= gain;
        }
        self.samples.into_iter().map(narrowed).collect()
    }

    /// Makes all of it as faint as a hello, which needs no rise and no fall.
    fn finish_faintly(self) -> Vec<i16> {
        self.samples.into_iter().map(|sample| narrowed(HELLO_GAIN * sample)).collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a sample needs no more precision")]
fn narrowed(sample: f64) -> i16 {
    to_sample(sample as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vad::{EnergyVad, VadSettings};

    #[test]
    fn words_are_said_at_the_pace_asked_for() {
        for rate in SampleRate::ALL {
            let spoken = Modulator::new(rate).words_per_second(4.0).speak("one two three");
            let quarter = rate.hz() as usize / 4;
            let bit = rate.hz() as usize / 1_200 + 1;
            for (index, word) in spoken.words.iter().enumerate() {
                assert!(word.end_sample.abs_diff((index + 1) * quarter) <= bit, "{word:?}");
            }
            let tail = rate.samples_per_ms() * 30;
            assert_eq!(spoken.samples.len(), 3 * quarter + tail);
        }
    }

    #[test]
    fn a_word_that_takes_longer_than_its_slot_makes_it_longer() {
        let spoken = Modulator::new(SampleRate::Khz8).speak("incomprehensibilities a");
        let frame = (10 + 21) * 8 * 20 / 3;
        let lead = 400;
        assert!(spoken.words[0].end_sample.abs_diff(lead + frame) < 10);
        assert!(spoken.words[1].end_sample.abs_diff(lead + frame + 2_000) < 10);
    }

    #[test]
    fn the_sound_begins_and_ends_softly_and_peaks_ten_decibels_below_full_scale() {
        let samples = Modulator::new(SampleRate::Khz24).speak("hello there").samples;
        assert!(samples[..24].iter().chain(&samples[samples.len() - 24..]).all(|s| s.abs() < 400));
        assert_eq!(samples.iter().max(), Some(&10_362));
    }

    #[test]
    fn the_carrier_never_pauses_within_an_utterance() {
        let samples = Modulator::new(SampleRate::Khz8).speak("what is my balance").samples;
        for window in samples[160..samples.len() - 160].windows(8) {
            assert!(window.iter().any(|sample| sample.abs() > 5_000));
        }
    }

    #[test]
    fn text_without_words_makes_no_sound() {
        let spoken = Modulator::new(SampleRate::Khz8).speak(" \n\t ");
        assert_eq!(spoken, Spoken { samples: vec![], words: vec![] });
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(pieces("aßßb", 2), ["a", "ß", "ß", "b"]);
        assert_eq!(pieces("abcde", 2), ["ab", "cd", "e"]);
    }

    #[test]
    fn a_hello_is_no_speech_to_the_most_attentive_ear() {
        for rate in SampleRate::ALL {
            for offset in 0..20 {
                let settings = VadSettings { threshold: 0.0, ..VadSettings::default() };
                let mut vad = EnergyVad::new(rate, settings);
                let mut line = vec![0; rate.samples_per_ms() * (200 + offset)];
                line.extend(Modulator::new(rate).hello());
                line.extend(vec![0; rate.samples_per_ms() * 1_000]);
                assert_eq!(vad.push(&line), [], "{rate:?} at {offset} ms");
            }
        }
    }

    #[test]
    fn a_very_long_word_is_sent_as_several() {
        let spoken = Modulator::new(SampleRate::Khz8).speak(&"ü".repeat(300));
        assert_eq!(spoken.words.len(), 2);
        assert_eq!(spoken.words.iter().map(|word| word.word.len()).sum::<usize>(), 600);
    }
}
