//! Samples cut into frames of 10 ms, with what the detector wants to know of each.

use crate::SampleRate;

pub(super) const FRAME_MS: u64 = 10;
/// Samples in a frame, at 8 kHz.
const FRAME: usize = 80;
/// Samples compared with those before them: two frames.
const WINDOW: usize = 2 * FRAME;
/// How far back a voice repeats itself: pitches from 400 down to 80 Hz. Every second place is near enough.
const PITCHES: std::ops::RangeInclusive<usize> = 20..=100;
/// How far back a tone above 700 Hz is its own opposite. (Rumble, whose neighbours are alike, has no such place.)
const OPPOSITES: std::ops::RangeInclusive<usize> = 1..=6;
const KEPT: usize = WINDOW + *PITCHES.end();
/// How fast the slow average follows, which is then subtracted: hum and rumble below some 150 Hz go with it.
const SLOW: f32 = 0.11;
/// Voiced beyond doubt, of 1.
const CLEAR: f32 = 0.6;
/// The level of digital silence, in dBFS.
const SILENT: f32 = -100.0;
/// Makes frames of a stream: brings it to 8 kHz by averaging, and takes hum and rumble away.
#[derive(Debug, Clone)]
pub(super) struct Framer {
    /// Input samples in one at 8 kHz.
    group: usize,
    grouped: usize,
    sum: f32,
    slow: f32,
    /// The newest samples, of which the last `filled` belong to the frame in the making.
    recent: Box<[f32; KEPT]>,
    filled: usize,
}

impl Framer {
    pub(super) fn new(rate: SampleRate) -> Self {
        let group = rate.samples_per_ms() / SampleRate::Khz8.samples_per_ms();
        Self { group, grouped: 0, sum: 0.0, slow: 0.0, recent: Box::new([0.0; KEPT]), filled: 0 }
    }

    /// Takes a sample, and returns the level of the frame that it completes, in dBFS (a full-scale square wave has 0).
    #[expect(clippy::cast_precision_loss, reason = "a group has three samples at most")]
    pub(super) fn push(&mut self, sample: i16) -> Option<f32> {
        self.sum += f32::from(sample);
        self.grouped += 1;
        if self.grouped < self.group {
            return None;
        }
        let sample = self.sum / self.group as f32;
        (self.sum, self.grouped) = (0.0, 0);
        self.slow += SLOW * (sample - self.slow);
        if self.filled == 0 {
            self.recent.copy_within(FRAME.., 0);
        }
        self.recent[KEPT - FRAME + self.filled] = sample - self.slow;
        self.filled += 1;
        if self.filled < FRAME {
            return None;
        }
        self.filled = 0;
        Some(level(&self.recent[KEPT - FRAME..]))
    }

    /// How much the frame just completed repeats itself, as voices and tones do: near 0 for hiss and rumble, towards 1 for a vowel.
    pub(super) fn voicing(&self) -> f32 {
        voicing(&self.recent)
    }
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[expect(clippy::cast_precision_loss, reason = "a frame has eighty samples")]
fn level(samples: &[f32]) -> f32 {
    let mean = product(samples, samples) / samples.len() as f32;
    (10.0 * (mean / (32_768.0 * 32_768.0)).log10()).max(SILENT)
}

/// The best likeness to what came a pitch earlier, or to the opposite of what came just before; the first that is clear enough.
fn voicing(recent: &[f32; KEPT]) -> f32 {
    let now = &recent[KEPT - WINDOW..];
    let energy = product(now, now);
    let opposites = OPPOSITES.map(|lag| -likeness(recent, energy, lag));
    let repetitions = PITCHES.step_by(2).map(|lag| likeness(recent, energy, lag));
    let mut best = 0.0;
    for likeness in opposites.chain(repetitions) {
        best = likeness.max(best);
        if best >= CLEAR {
            break;
        }
    }
    best
}

/// How the newest samples, of this energy, correlate with those `lag` places before them, from -1 to 1.
fn likeness(recent: &[f32; KEPT], energy: f32, lag: usize) -> f32 {
    let now = &recent[KEPT - WINDOW..];
    let before = &recent[KEPT - WINDOW - lag..KEPT - lag];
    product(now, before) / (energy * product(before, before)).sqrt().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::{noise, rumble, speech, tone};

    struct Frame {
        level: f32,
        voicing: f32,
    }

    fn frames(rate: SampleRate, samples: &[i16]) -> Vec<Frame> {
        let mut framer = Framer::new(rate);
        let mut made = Vec::new();
        for &sample in samples {
            if let Some(level) = framer.push(sample) {
                made.push(Frame { level, voicing: framer.voicing() });
            }
        }
        made
    }

    #[test]
    fn a_frame_is_ten_milliseconds_at_every_rate() {
        for rate in SampleRate::ALL {
            assert_eq!(frames(rate, &vec![0; rate.samples_per_ms() * 35]).len(), 3);
        }
    }

    #[test]
    fn a_tone_has_its_level_and_repeats_itself() {
        for rate in SampleRate::ALL {
            let frames = frames(rate, &tone(rate, 1_200.0, 10_000.0, 100));
            for frame in &frames[2..] {
                assert!((frame.level + 13.3).abs() < 1.5, "{rate:?}: {}", frame.level);
                assert!(frame.voicing >= CLEAR, "{rate:?}: {}", frame.voicing);
            }
        }
    }

    #[test]
    fn hiss_and_rumble_do_not_repeat_themselves() {
        for rate in SampleRate::ALL {
            for sound in [noise(rate, 3, 3_000.0, 3_000), rumble(rate, 4, 3_000.0, 3_000)] {
                let frames = frames(rate, &sound);
                let voiced = frames.iter().filter(|frame| frame.voicing >= 0.4).count();
                assert!(voiced * 8 < frames.len(), "{rate:?}: {voiced} of {}", frames.len());
            }
        }
    }

    #[test]
    fn a_vowel_repeats_itself() {
        let frames = frames(SampleRate::Khz8, &speech(SampleRate::Khz8, 1, 8_000.0, 2_000));
        let vowel = frames.chunks(20).map(|syllable| syllable[6].voicing);
        assert!(vowel.clone().all(|voicing| voicing > 0.5), "{:?}", vowel.collect::<Vec<_>>());
    }

    #[test]
    fn hum_is_taken_away() {
        let frames = frames(SampleRate::Khz8, &tone(SampleRate::Khz8, 50.0, 1_000.0, 200));
        assert!(frames[5..].iter().all(|frame| frame.level < -42.0), "{}", frames[9].level);
    }
}
