//! From tones to words.
//!
//! The soft bits of the last 32 bit times are compared with the sync word at every sample; where all signs agree, the sample around
//! it at which they agree most strongly is where a bit ends, and the frame's bits are read from there on, one bit time apart. The
//! search never stops, so that a sync word seen by accident costs nothing: the frame after it fails its check.

use crate::SampleRate;

use super::detector::Detector;
use super::frame::{Frame, Progress, SYNC};
use super::tones::{TICKS_PER_BIT, ticks_per_sample};

/// Soft bits kept: more than 32 bit times at the highest rate. A power of two.
const HISTORY: usize = 1_024;
const SYNC_BITS: usize = 32;
/// The most frames followed at a time, real or not.
const MAX_RECEPTIONS: usize = 4;

/// A word that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The word.
    pub word: String,
    /// How many samples had been pushed since the beginning when the word was complete.
    pub ends_at_sample: u64,
    /// Whether it is the first of its utterance.
    pub first: bool,
    /// Whether it is the last of its utterance.
    pub last: bool,
    /// Counts the speaker's words, modulo 256: a gap is a word that was lost, a repetition one that was sent twice.
    pub sequence: u8,
}

/// Hears the words that a [`Modulator`](super::Modulator) says, in a stream cut into pieces of any length.
///
/// It may start in the middle of an utterance, and it is not disturbed by silence, speech, noise or a word that breaks off.
#[derive(Debug, Clone)]
pub struct Demodulator {
    detector: Detector,
    /// Ticks in a sample.
    ticks: u64,
    history: Box<[f32; HISTORY]>,
    /// How far back each bit of the sync word lies, its last bit first.
    offsets: [u64; SYNC_BITS],
    /// Samples so far.
    pushed: u64,
    /// The best place of a sync word around here, until it is clear that no better follows.
    sync: Option<Sync>,
    receptions: Vec<Reception>,
    assembly: Assembly,
    /// Whether a frame has come.
    met: bool,
}

/// A sync word seen.
#[derive(Debug, Clone, Copy)]
struct Sync {
    /// The samples pushed by its end.
    ends_at: u64,
    /// How strongly the soft bits agree.
    strength: f32,
}

/// A frame on its way.
#[derive(Debug, Clone)]
struct Reception {
    /// The samples pushed by the end of its sync word.
    sync: u64,
    /// Bits read so far.
    bits: u64,
    /// The bits of an incomplete byte.
    byte: u8,
    bytes: Vec<u8>,
    /// The samples pushed by the end of its next bit.
    next: u64,
}

impl Demodulator {
    /// Makes a hearer of audio at this rate.
    pub fn new(rate: SampleRate) -> Self {
        let ticks = u64::from(ticks_per_sample(rate));
        Self {
            detector: Detector::new(rate),
            ticks,
            history: Box::new([0.0; HISTORY]),
            offsets: std::array::from_fn(|bit| samples(bit as u64, ticks)),
            pushed: 0,
            sync: None,
            receptions: Vec::with_capacity(MAX_RECEPTIONS),
            assembly: Assembly::default(),
            met: false,
        }
    }

    /// Takes the next samples, any number of them, and returns the words completed by them.
    pub fn push(&mut self, samples: &[i16]) -> Vec<Heard> {
        let mut heard = Vec::new();
        for &sample in samples {
            let soft = self.detector.push(sample);
            self.history[index(self.pushed)] = soft;
            self.pushed += 1;
            self.look_for_sync();
            if let Some(frame) = self.receive(soft > 0.0) {
                self.met = true;
                if !frame.is_hello() {
                    heard.extend(self.assembly.add(frame, self.pushed));
                }
            }
        }
        heard
    }

    /// Whether anything has been said over the channel since the beginning, be it only a [`hello`](super::Modulator::hello): then
    /// the other side understands it, too.
    pub fn has_met_a_speaker(&self) -> bool {
        self.met
    }

    /// Samples pushed since the beginning.
    pub fn position(&self) -> u64 {
        self.pushed
    }

    /// Notes a sync word that ends here, and begins a reception once a noted one has proved to be the best of its
    /// neighbourhood.
    fn look_for_sync(&mut self) {
        let ripe = |sync: &Sync| self.pushed >= sync.ends_at + samples(1, self.ticks) / 2;
        if let Some(sync) = self.sync.filter(ripe) {
            self.sync = None;
            if self.receptions.len() == MAX_RECEPTIONS {
                self.receptions.remove(0);
            }
            self.receptions.push(Reception::new(sync.ends_at, self.ticks));
        }
        if self.matches_sync() {
            let strength = self.strength();
            if self.sync.is_none_or(|sync| strength > sync.strength) {
                self.sync = Some(Sync { ends_at: self.pushed, strength });
            }
        }
    }

    fn matches_sync(&self) -> bool {
        let newest = self.pushed - 1;
        (self.offsets.iter().enumerate())
            .all(|(bit, &offset)| (self.soft(newest, offset) > 0.0) == (SYNC >> bit & 1 == 1))
    }

    fn strength(&self) -> f32 {
        let newest = self.pushed - 1;
        self.offsets.iter().map(|&offset| self.soft(newest, offset).abs().sqrt()).sum()
    }

    fn soft(&self, newest: u64, offset: u64) -> f32 {
        self.history[index(newest.wrapping_sub(offset))]
    }

    /// Hands the bit that ends here to the receptions that wait for it, and returns a frame that it completes.
    fn receive(&mut self, bit: bool) -> Option<Frame> {
        let (now, ticks) = (self.pushed, self.ticks);
        let mut complete = None;
        self.receptions.retain_mut(|reception| {
            if reception.next != now {
                return true;
            }
            match reception.add(bit, ticks) {
                Progress::Incomplete => true,
                Progress::Invalid => false,
                Progress::Complete(frame) => {
                    complete = Some((frame, reception.sync));
                    false
                }
            }
        });
        let (frame, began) = complete?;
        // Whatever looked like a sync word inside it was text.
        self.receptions.retain(|reception| reception.sync < began);
        self.sync = None;
        Some(frame)
    }
}

impl Reception {
    fn new(sync: u64, ticks: u64) -> Self {
        Self { sync, bits: 0, byte: 0, bytes: Vec::new(), next: sync + samples(1, ticks) }
    }

    fn add(&mut self, bit: bool, ticks: u64) -> Progress {
        self.bits += 1;
        self.next = self.sync + samples(self.bits + 1, ticks);
        self.byte = self.byte << 1 | u8::from(bit);
        if !self.bits.is_multiple_of(8) {
            return Progress::Incomplete;
        }
        self.bytes.push(self.byte);
        Frame::parse(&self.bytes)
    }
}

/// The nearest number of samples to so many bits.
fn samples(bits: u64, ticks_per_sample: u64) -> u64 {
    (bits * u64::from(TICKS_PER_BIT) + ticks_per_sample / 2) / ticks_per_sample
}

#[expect(clippy::cast_possible_truncation, reason = "the place in a ring")]
fn index(sample: u64) -> usize {
    sample as usize % HISTORY
}

/// Puts the fragments of a long word together.
#[derive(Debug, Clone, Default)]
struct Assembly {
    /// The sequence of the word, its fragments so far, and how many they are.
    word: Option<(u8, String, u8)>,
}

impl Assembly {
    fn add(&mut self, frame: Frame, ends_at_sample: u64) -> Option<Heard> {
        let Frame { first, last, goes_on, fragment, sequence, text } = frame;
        let word = match self.word.take() {
            _ if fragment == 0 => text,
            Some((of, begun, next)) if (of, next) == (sequence, fragment) => begun + &text,
            _ => return None,
        };
        if goes_on {
            self.word = Some((sequence, word, fragment + 1));
            return None;
        }
        Some(Heard { word, ends_at_sample, first, last, sequence })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Modulator, Spoken};
    use super::*;
    use crate::signals::{amplified, mix, noise, speech, tone};
    use crate::{Resampler, g711, resample};

    const SENTENCE: &str = "What is my balance? It's €12,50 für Zoë 🙂";

    fn say(rate: SampleRate, text: &str) -> Spoken {
        Modulator::new(rate).speak(text)
    }

    fn words(rate: SampleRate, samples: &[i16]) -> Vec<String> {
        Demodulator::new(rate).push(samples).into_iter().map(|heard| heard.word).collect()
    }

    fn text(rate: SampleRate, samples: &[i16]) -> String {
        words(rate, samples).join(" ")
    }

    fn through_mulaw(samples: &[i16]) -> Vec<i16> {
        g711::decode_mulaw(&g711::encode_mulaw(samples))
    }

    #[test]
    fn what_is_said_is_heard_at_every_rate() {
        for rate in SampleRate::ALL {
            assert_eq!(text(rate, &say(rate, SENTENCE).samples), SENTENCE, "{rate:?}");
        }
    }

    #[test]
    fn each_word_comes_with_its_place() {
        for rate in SampleRate::ALL {
            let spoken = say(rate, "one two three");
            let heard = Demodulator::new(rate).push(&spoken.samples);
            let flags: Vec<_> = heard.iter().map(|h| (h.sequence, h.first, h.last)).collect();
            assert_eq!(flags, [(0, true, false), (1, false, false), (2, false, true)]);
            for (heard, spoken) in heard.iter().zip(&spoken.words) {
                let early = spoken.end_sample as u64 - heard.ends_at_sample;
                assert!(early <= u64::from(rate.hz()) / 1_200 + 2, "{heard:?} {spoken:?}");
            }
        }
    }

    #[test]
    fn a_hello_makes_itself_known_without_a_word() {
        for rate in SampleRate::ALL {
            let hello = Modulator::new(rate).hello();
            let mut ear = Demodulator::new(rate);
            assert_eq!(ear.push(&vec![0; rate.samples_per_ms() * 100]), []);
            assert!(!ear.has_met_a_speaker());
            assert_eq!(ear.push(&through_mulaw(&hello)), []);
            assert!(ear.has_met_a_speaker(), "{rate:?}");
        }
    }

    #[test]
    fn a_word_makes_its_speaker_known() {
        let mut ear = Demodulator::new(SampleRate::Khz8);
        ear.push(&say(SampleRate::Khz8, "hello").samples);
        assert!(ear.has_met_a_speaker());
    }

    #[test]
    fn a_hello_between_two_words_is_none_of_them() {
        let mut speaker = Modulator::new(SampleRate::Khz8);
        let mut samples = speaker.speak("one").samples;
        samples.extend(speaker.hello());
        samples.extend(speaker.speak("two").samples);
        let heard = Demodulator::new(SampleRate::Khz8).push(&samples);
        let heard: Vec<_> = heard.iter().map(|h| (h.word.as_str(), h.sequence)).collect();
        assert_eq!(heard, [("one", 0), ("two", 1)]);
    }

    #[test]
    fn both_laws_leave_it_whole() {
        let samples = say(SampleRate::Khz8, SENTENCE).samples;
        assert_eq!(text(SampleRate::Khz8, &through_mulaw(&samples)), SENTENCE);
        let alaw = g711::decode_alaw(&g711::encode_alaw(&samples));
        assert_eq!(text(SampleRate::Khz8, &alaw), SENTENCE);
    }

    #[test]
    fn resampling_leaves_it_whole() {
        for from in SampleRate::ALL {
            for to in SampleRate::ALL {
                let mut line = Resampler::new(from, to);
                let mut samples = line.push(&say(from, SENTENCE).samples);
                samples.extend(line.finish());
                assert_eq!(text(to, &samples), SENTENCE, "{from:?} to {to:?}");
            }
        }
        let over = resample(&say(SampleRate::Khz24, SENTENCE).samples, 24_000, 8_000);
        let back = resample(&through_mulaw(&over), 8_000, 24_000);
        assert_eq!(text(SampleRate::Khz24, &back), SENTENCE);
    }

    #[test]
    fn loudness_does_not_matter() {
        let samples = say(SampleRate::Khz8, SENTENCE).samples;
        for gain in [0.02, 0.1, 0.5, 1.0, 3.0, 20.0] {
            let heard = text(SampleRate::Khz8, &through_mulaw(&amplified(&samples, gain)));
            assert_eq!(heard, SENTENCE, "gain {gain}");
        }
    }

    #[test]
    fn noise_ten_decibels_below_leaves_it_whole() {
        for rate in SampleRate::ALL {
            for seed in 0..10 {
                let samples = say(rate, SENTENCE).samples;
                let noise = noise(rate, seed, 2_300.0, 10_000);
                assert_eq!(text(rate, &mix(&samples, &noise)), SENTENCE, "{rate:?} {seed}");
            }
        }
    }

    #[test]
    fn hum_and_an_offset_leave_it_whole() {
        let samples = say(SampleRate::Khz8, SENTENCE).samples;
        let hum = tone(SampleRate::Khz8, 50.0, 3_000.0, 10_000);
        let offset = vec![1_500; hum.len()];
        assert_eq!(text(SampleRate::Khz8, &mix(&mix(&samples, &hum), &offset)), SENTENCE);
    }

    #[test]
    fn starting_in_the_middle_loses_only_what_was_missed() {
        let spoken = say(SampleRate::Khz8, "zero one two three four");
        let middle = spoken.words[1].end_sample - 300;
        assert_eq!(words(SampleRate::Khz8, &spoken.samples[middle..]), ["two", "three", "four"]);
    }

    #[test]
    fn a_gap_in_the_middle_loses_the_words_it_touches() {
        let spoken = say(SampleRate::Khz8, "zero one two three four");
        let (from, to) = (spoken.words[1].end_sample - 300, spoken.words[2].end_sample - 300);
        let mut samples = spoken.samples;
        samples.drain(from..to);
        let heard = Demodulator::new(SampleRate::Khz8).push(&samples);
        let sequences: Vec<_> = heard.iter().map(|heard| heard.sequence).collect();
        assert!(sequences == [0, 3, 4] || sequences == [0, 2, 3, 4], "{sequences:?}");
    }

    #[test]
    fn an_utterance_after_one_that_broke_off_is_heard_whole() {
        let mut speaker = Modulator::new(SampleRate::Khz8);
        let mut samples = speaker.speak("this breaks off somewhere").samples;
        samples.truncate(samples.len() / 2 + 37);
        samples.extend(speaker.speak("and goes on").samples);
        assert!(text(SampleRate::Khz8, &samples).ends_with("and goes on"));
    }

    #[test]
    fn a_long_word_arrives_in_one_piece_or_not_at_all() {
        let long = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz";
        let spoken = say(SampleRate::Khz8, &format!("das {long} gilt"));
        let whole = words(SampleRate::Khz8, &spoken.samples);
        assert_eq!(whole, ["das", long, "gilt"]);
        let cut = spoken.words[1].end_sample - 400;
        assert_eq!(words(SampleRate::Khz8, &spoken.samples[..cut]), ["das"]);
    }

    #[test]
    fn the_sequence_goes_round() {
        let mut speaker = Modulator::new(SampleRate::Khz8).words_per_second(20.0);
        let samples = speaker.speak(&"a ".repeat(300)).samples;
        let heard = Demodulator::new(SampleRate::Khz8).push(&samples);
        assert_eq!(heard.len(), 300);
        assert!(heard.iter().enumerate().all(|(n, heard)| usize::from(heard.sequence) == n % 256));
    }

    #[test]
    fn nothing_is_heard_where_nothing_was_said() {
        for rate in SampleRate::ALL {
            let second = 1_000;
            for sound in [
                vec![0; rate.samples_per_ms() * 10_000],
                vec![i16::MAX; rate.samples_per_ms() * 10_000],
                noise(rate, 5, 3_000.0, 15 * second),
                noise(rate, 6, 20_000.0, 15 * second),
                speech(rate, 7, 15_000.0, 15 * second),
                mix(
                    &tone(rate, 1_200.0, 8_000.0, 5 * second),
                    &tone(rate, 2_200.0, 8_000.0, 5 * second),
                ),
                mix(
                    &tone(rate, 1_200.0, 8_000.0, 5 * second),
                    &noise(rate, 8, 8_000.0, 5 * second),
                ),
                mix(
                    &tone(rate, 697.0, 8_000.0, 5 * second),
                    &tone(rate, 1_336.0, 8_000.0, 5 * second),
                ),
            ] {
                assert_eq!(words(rate, &sound), [""; 0], "{rate:?}");
            }
        }
    }

    fn any_words() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec(r"[^\s\p{C}]{1,12}|[a-z']{1,9}|\PC{1,40}", 1..=40).prop_map(
            |texts| {
                texts.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_text_survives_the_telephone(said in any_words(), gain in 0.1_f32..1.0, chunk in 1..2_000_usize) {
            let spoken = say(SampleRate::Khz8, &said.join(" "));
            let line = through_mulaw(&amplified(&spoken.samples, gain));
            let mut ear = Demodulator::new(SampleRate::Khz8);
            let heard: Vec<_> = line.chunks(chunk).flat_map(|chunk| ear.push(chunk)).map(|heard| heard.word).collect();
            prop_assert_eq!(heard, said);
        }

        #[test]
        fn audio_cut_off_anywhere_yields_the_words_that_were_complete(
            said in any_words(), permille in 0..=1_000_usize, rate in proptest::sample::select(SampleRate::ALL.to_vec()),
        ) {
            let spoken = say(rate, &said.join(" "));
            let cut = spoken.samples.len() * permille / 1_000;
            let heard = words(rate, &spoken.samples[..cut]);
            let complete = spoken.words.iter().filter(|word| word.end_sample <= cut).count();
            let nearly = spoken.words.iter().filter(|word| word.end_sample <= cut + 23).count();
            prop_assert!((complete..=nearly).contains(&heard.len()));
            prop_assert_eq!(&heard[..], &said[..heard.len()]);
        }
    }
}
