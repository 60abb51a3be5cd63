//! Voice activity by energy: when somebody starts to speak, and when they have stopped.
//!
//! Audio is looked at in frames of 10 ms at 8 kHz, whatever rate it comes at. A frame is *loud* when its level, without hum and
//! rumble, passes a threshold that follows the line's noise floor; it is *voiced* when its sound repeats itself, as vowels and the
//! tones of [`modem`](crate::modem) do, and the hiss of a line and the rumble of a car do not. Speech has started after 80 ms of
//! loud and voiced frames, so that a click starts nothing; it has stopped when for the whole silence window there was no more than a click.
//!
//! ```
//! use switchboard_audio::SampleRate;
//! use switchboard_audio::modem::Modulator;
//! use switchboard_audio::vad::{EnergyVad, VadEvent, VadSettings};
//!
//! let mut vad = EnergyVad::new(SampleRate::Khz8, VadSettings::default());
//! assert_eq!(vad.push(&[0; 8_000]), []);
//! let spoken = Modulator::new(SampleRate::Khz8).speak("hello there");
//! // The 300 ms before the onset belong to the speech.
//! assert_eq!(vad.push(&spoken.samples), [VadEvent::SpeechStarted { at_ms: 700 }]);
//! assert!(matches!(vad.push(&[0; 8_000])[..], [VadEvent::SpeechStopped { .. }]));
//! ```

mod floor;
mod frames;

use std::time::Duration;

use crate::SampleRate;

use floor::NoiseFloor;
use frames::{FRAME_MS, Framer};

/// Loud and voiced frames that make an onset: more than a click of 60 ms can have.
const ONSET_FRAMES: u32 = 8;
/// How fast a quiet frame takes back what loud ones have counted.
const ONSET_LEAK: u32 = 3;
/// Active frames in a row that make speech go on: fewer are a click in the silence.
const RESUMING_FRAMES: u32 = 3;
/// How voiced a frame must be at an onset, of 1. Noise of any colour stays below in all but stray frames.
const VOICED: f32 = 0.4;
/// How voiced it must be for speech to go on: consonants are less so.
const STILL_VOICED: f32 = 0.3;
/// How far below the onset's threshold speech may fall and still go on, in dB.
const HYSTERESIS: f32 = 5.0;

/// How speech is told from its absence; the fields are those of the protocol's `server_vad`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VadSettings {
    /// From 0 (hears everything) to 1 (hears only the loud): 0.5 wants -48 dBFS and 10 dB over the noise floor.
    pub threshold: f32,
    /// How much audio before the onset is counted as speech.
    pub prefix_padding: Duration,
    /// How long it must be quiet for speech to have stopped.
    pub silence_duration: Duration,
}

impl Default for VadSettings {
    /// The protocol's defaults: 0.5, 300 ms, 500 ms.
    fn default() -> Self {
        Self {
            threshold: 0.5,
            prefix_padding: Duration::from_millis(300),
            silence_duration: Duration::from_millis(500),
        }
    }
}

/// A change between speech and its absence. Times are milliseconds of audio since the first sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VadEvent {
    /// Somebody started to speak.
    SpeechStarted {
        /// When, the prefix padding included; never before the end of the speech before.
        at_ms: u64,
    },
    /// They have stopped.
    SpeechStopped {
        /// When, the silence window included.
        at_ms: u64,
    },
}

/// Finds speech in a stream. It reads no clock: time is counted in samples.
#[derive(Debug, Clone)]
pub struct EnergyVad {
    settings: VadSettings,
    framer: Framer,
    floor: NoiseFloor,
    state: State,
    /// Where the next frame begins.
    now_ms: u64,
    /// Where the last speech ended.
    stopped_ms: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Quiet {
        /// Loud and voiced frames, less what has leaked away since.
        onset: u32,
        /// Where the first of them began.
        since_ms: u64,
    },
    Speaking {
        /// Frames since speech was last active.
        silent: u32,
        /// Active frames in a row.
        active: u32,
    },
}

const LISTENING: State = State::Quiet { onset: 0, since_ms: 0 };

impl EnergyVad {
    /// Makes a detector for audio at this rate.
    pub fn new(rate: SampleRate, settings: VadSettings) -> Self {
        Self {
            settings,
            framer: Framer::new(rate),
            floor: NoiseFloor::new(),
            state: LISTENING,
            now_ms: 0,
            stopped_ms: 0,
        }
    }

    /// Takes the next samples, any number of them, and returns what changed.
    pub fn push(&mut self, samples: &[i16]) -> Vec<VadEvent> {
        let mut events = Vec::new();
        for &sample in samples {
            if let Some(level) = self.framer.push(sample) {
                events.extend(self.judge(level));
            }
        }
        events
    }

    /// Whether somebody is speaking.
    pub fn is_speaking(&self) -> bool {
        matches!(self.state, State::Speaking { .. })
    }

    /// Whole milliseconds of audio judged so far, in steps of ten.
    pub fn position_ms(&self) -> u64 {
        self.now_ms
    }

    /// Changes the settings from the next frame on; what was heard so far stays.
    pub fn configure(&mut self, settings: VadSettings) {
        self.settings = settings;
    }

    /// Forgets that somebody is, or was about to be, speaking, as when the audio buffer is cleared. Time goes on.
    pub fn forget_speech(&mut self) {
        self.state = LISTENING;
        self.stopped_ms = self.now_ms;
    }

    /// Takes the level of the frame just completed.
    fn judge(&mut self, level: f32) -> Option<VadEvent> {
        let began_ms = self.now_ms;
        self.now_ms += FRAME_MS;
        let threshold = self.onset_threshold();
        self.floor.follow(level, self.is_speaking());
        match self.state {
            State::Quiet { onset, since_ms } => {
                let counts = level >= threshold && self.framer.voicing() >= VOICED;
                let since_ms = if onset == 0 { began_ms } else { since_ms };
                let onset = if counts { onset + 1 } else { onset.saturating_sub(ONSET_LEAK) };
                self.state = State::Quiet { onset, since_ms };
                (onset >= ONSET_FRAMES).then(|| self.start(since_ms))
            }
            State::Speaking { silent, active } => {
                let lowest = threshold - HYSTERESIS;
                let counts = level >= lowest && self.framer.voicing() >= STILL_VOICED;
                let active = if counts { active + 1 } else { 0 };
                let silent = if active >= RESUMING_FRAMES { 0 } else { silent + 1 };
                self.state = State::Speaking { silent, active };
                let quiet_ms = u128::from(silent) * u128::from(FRAME_MS);
                (quiet_ms >= self.settings.silence_duration.as_millis().max(1)).then(|| self.stop())
            }
        }
    }

    fn start(&mut self, since_ms: u64) -> VadEvent {
        self.state = State::Speaking { silent: 0, active: RESUMING_FRAMES };
        let padding = u64::try_from(self.settings.prefix_padding.as_millis()).unwrap_or(u64::MAX);
        VadEvent::SpeechStarted { at_ms: since_ms.saturating_sub(padding).max(self.stopped_ms) }
    }

    fn stop(&mut self) -> VadEvent {
        self.state = LISTENING;
        self.stopped_ms = self.now_ms;
        VadEvent::SpeechStopped { at_ms: self.now_ms }
    }

    /// The level at which a frame is loud, in dBFS.
    fn onset_threshold(&self) -> f32 {
        let threshold = self.settings.threshold.clamp(0.0, 1.0);
        let absolute = -60.0 + 24.0 * threshold;
        let over_noise = 4.0 + 12.0 * threshold;
        absolute.max(self.floor.level() + over_noise)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::modem::Modulator;
    use crate::signals::{amplified, mix, noise, rumble, speech, tone};
    use crate::{g711, resample};

    const RATE: SampleRate = SampleRate::Khz8;

    fn events(rate: SampleRate, samples: &[i16]) -> Vec<VadEvent> {
        EnergyVad::new(rate, VadSettings::default()).push(samples)
    }

    fn silence(ms: usize) -> Vec<i16> {
        vec![0; ms * RATE.samples_per_ms()]
    }

    /// When the one stretch of speech started and stopped.
    fn one_stretch(rate: SampleRate, samples: &[i16]) -> (u64, u64) {
        match events(rate, samples)[..] {
            [VadEvent::SpeechStarted { at_ms: start }, VadEvent::SpeechStopped { at_ms: stop }] => {
                (start, stop)
            }
            ref other => panic!("{other:?}"),
        }
    }

    fn assert_near(actual: u64, expected: u64) {
        assert!(actual.abs_diff(expected) <= 40, "{actual} is not near {expected}");
    }

    #[test]
    fn an_utterance_in_tones_is_one_stretch_of_speech() {
        for rate in SampleRate::ALL {
            for gain in [0.1, 0.3, 1.0] {
                let spoken = amplified(
                    &Modulator::new(rate).speak("what is my balance please").samples,
                    gain,
                );
                let lasts = (spoken.len() / rate.samples_per_ms()) as u64;
                let quiet = vec![0; rate.samples_per_ms() * 1_000];
                let (start, stop) = one_stretch(rate, &[&quiet[..], &spoken, &quiet].concat());
                assert_near(start, 700);
                assert_near(stop, 1_000 + lasts + 500);
            }
        }
    }

    #[test]
    fn a_minute_of_tones_is_still_one_stretch() {
        let spoken = Modulator::new(RATE).speak(&"word ".repeat(240)).samples;
        let (start, stop) =
            one_stretch(RATE, &[silence(500), amplified(&spoken, 0.15), silence(1_000)].concat());
        assert_near(start, 200);
        assert_near(stop, 500 + 60_030 + 500);
    }

    #[test]
    fn speech_is_found_at_every_level_and_through_the_telephone() {
        for rate in SampleRate::ALL {
            for peak in [2_000.0, 5_000.0, 20_000.0] {
                let quiet = vec![0; rate.samples_per_ms() * 1_000];
                let sound = [&quiet[..], &speech(rate, 1, peak, 3_000), &quiet].concat();
                let (start, stop) = one_stretch(rate, &sound);
                assert!((690..900).contains(&start), "{rate:?} {peak}: starts at {start}");
                assert!((4_200..4_550).contains(&stop), "{rate:?} {peak}: stops at {stop}");
                let line = g711::encode_mulaw(&resample(&sound, rate.hz(), 8_000));
                assert_eq!(events(RATE, &g711::decode_mulaw(&line)).len(), 2);
            }
        }
    }

    #[test]
    fn speech_over_a_noisy_line_is_found_and_its_end_too() {
        let sound = [silence(3_000), speech(RATE, 2, 12_000.0, 3_000), silence(2_000)].concat();
        for rms in [30.0, 80.0, 130.0] {
            let (start, stop) = one_stretch(RATE, &mix(&sound, &noise(RATE, 9, rms, 8_000)));
            assert!((2_600..2_900).contains(&start), "{rms}: starts at {start}");
            assert!((6_200..6_560).contains(&stop), "{rms}: stops at {stop}");
        }
    }

    #[test]
    fn noise_hum_and_silence_are_not_speech() {
        for rate in SampleRate::ALL {
            for sound in [
                vec![0; rate.samples_per_ms() * 5_000],
                vec![2_000; rate.samples_per_ms() * 5_000],
                noise(rate, 1, 30.0, 6_000),
                noise(rate, 2, 300.0, 6_000),
                noise(rate, 3, 3_000.0, 6_000),
                rumble(rate, 4, 3_000.0, 6_000),
                tone(rate, 50.0, 600.0, 5_000),
                tone(rate, 1_000.0, 60.0, 5_000),
            ] {
                assert_eq!(events(rate, &sound), [], "{rate:?}");
            }
        }
    }

    #[test]
    fn clicks_are_not_speech_even_in_a_row() {
        let click = tone(RATE, 900.0, 20_000.0, 55);
        let clicks = [click.clone(), silence(45), click.clone(), silence(45), click].concat();
        for padding in 0..10 {
            assert_eq!(
                events(RATE, &[silence(200 + padding), clicks.clone(), silence(300)].concat()),
                []
            );
        }
    }

    #[test]
    fn a_click_does_not_put_off_the_end_of_speech() {
        let word = tone(RATE, 300.0, 8_000.0, 400);
        let click = tone(RATE, 900.0, 20_000.0, 15);
        let sound = [silence(500), word, silence(200), click, silence(1_000)].concat();
        let (_, stop) = one_stretch(RATE, &sound);
        assert_near(stop, 1_400);
    }

    #[test]
    fn a_pause_shorter_than_the_silence_window_does_not_end_speech() {
        let word = tone(RATE, 300.0, 8_000.0, 300);
        let settings =
            VadSettings { silence_duration: Duration::from_millis(200), ..VadSettings::default() };
        let sound =
            [silence(500), word.clone(), silence(150), word.clone(), silence(300), word].concat();
        let events = EnergyVad::new(RATE, settings).push(&sound);
        assert!(
            matches!(
                events[..],
                [
                    VadEvent::SpeechStarted { at_ms: 200 },
                    VadEvent::SpeechStopped { at_ms: stop },
                    VadEvent::SpeechStarted { at_ms: again },
                ] if stop.abs_diff(1_450) <= 20 && again == stop
            ),
            "{events:?}"
        );
    }

    #[test]
    fn a_higher_threshold_hears_only_the_loud() {
        let faint = tone(RATE, 300.0, 400.0, 1_000);
        let heard = |threshold| {
            let settings = VadSettings { threshold, ..VadSettings::default() };
            !EnergyVad::new(RATE, settings).push(&faint).is_empty()
        };
        assert_eq!([0.0, 0.5, 0.9, 1.0].map(heard), [true, true, false, false]);
    }

    #[test]
    fn forgotten_speech_has_to_start_again() {
        let mut vad = EnergyVad::new(RATE, VadSettings::default());
        let word = tone(RATE, 300.0, 8_000.0, 300);
        assert_eq!(vad.push(&word).len(), 1);
        assert!(vad.is_speaking());
        vad.forget_speech();
        assert!(!vad.is_speaking());
        assert_eq!(vad.push(&word), [VadEvent::SpeechStarted { at_ms: 300 }]);
        assert_eq!(vad.position_ms(), 600);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn how_the_stream_is_cut_up_does_not_matter(chunk in 1..3_000_usize, seed: u64) {
            let sound = [silence(300), speech(RATE, seed, 9_000.0, 900), silence(700)].concat();
            let mut vad = EnergyVad::new(RATE, VadSettings::default());
            let cut_up: Vec<_> = sound.chunks(chunk).flat_map(|chunk| vad.push(chunk)).collect();
            prop_assert_eq!(cut_up, events(RATE, &sound));
        }

        #[test]
        fn starts_and_stops_alternate_and_never_go_back(bursts in proptest::collection::vec((0..900_usize, 0..900_usize, 0.0_f32..20_000.0), 0..12)) {
            let sound: Vec<i16> = bursts.iter()
                .flat_map(|&(sounds, pauses, peak)| [tone(RATE, 400.0, peak, sounds), silence(pauses)].concat())
                .collect();
            let (mut last, mut speaking) = (0, false);
            for event in events(RATE, &sound) {
                let (at_ms, starts) = match event {
                    VadEvent::SpeechStarted { at_ms } => (at_ms, true),
                    VadEvent::SpeechStopped { at_ms } => (at_ms, false),
                };
                prop_assert!(at_ms >= last && starts != speaking);
                (last, speaking) = (at_ms, starts);
            }
        }
    }
}
