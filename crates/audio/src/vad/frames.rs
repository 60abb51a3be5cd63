//! Samples cut into frames of 10 ms, with what the detector wants to know of each.

use crate::SampleRate;

pub(super) const FRAME_MS: u64 = 10;
/// Samples in a frame, at 8 kHz.
const FRAME: usize = 80;
/// How fast the slow average follows, which is then subtracted: hum and rumble below some 150 Hz go with it.
const SLOW: f32 = 0.11;
/// Samples are compared with those up to so many places before them: within one period of anything above 1 kHz.
const LAGS: std::ops::RangeInclusive<usize> = 1..=7;
/// The level of digital silence, in dBFS.
const SILENT: f32 = -100.0;

/// What is known of 10 ms of audio.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Its level, in dBFS (a full-scale square wave has 0).
    pub(super) level: f32,
    /// How much its samples resemble their neighbours, or the opposite of them: 0 for hiss, towards 1 for voices and tones.
    pub(super) similarity: f32,
}

/// Makes frames of a stream: brings it to 8 kHz by averaging, and takes hum and rumble away.
#[derive(Debug, Clone)]
pub(super) struct Framer {
    /// Input samples in one at 8 kHz.
    group: usize,
    grouped: usize,
    sum: f32,
    slow: f32,
    frame: Vec<f32>,
}

impl Framer {
    pub(super) fn new(rate: SampleRate) -> Self {
        let group = rate.samples_per_ms() / SampleRate::Khz8.samples_per_ms();
        Self { group, grouped: 0, sum: 0.0, slow: 0.0, frame: Vec::with_capacity(FRAME) }
    }

    /// Takes a sample, and returns the frame that it completes.
    #[expect(clippy::cast_precision_loss, reason = "a group has three samples at most")]
    pub(super) fn push(&mut self, sample: i16) -> Option<Frame> {
        self.sum += f32::from(sample);
        self.grouped += 1;
        if self.grouped < self.group {
            return None;
        }
        let sample = self.sum / self.group as f32;
        (self.sum, self.grouped) = (0.0, 0);
        self.slow += SLOW * (sample - self.slow);
        self.frame.push(sample - self.slow);
        if self.frame.len() < FRAME {
            return None;
        }
        let frame = Frame { level: level(&self.frame), similarity: similarity(&self.frame) };
        self.frame.clear();
        Some(frame)
    }
}

fn energy(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum()
}

#[expect(clippy::cast_precision_loss, reason = "a frame has eighty samples")]
fn level(samples: &[f32]) -> f32 {
    let mean = energy(samples) / samples.len() as f32;
    (10.0 * (mean / (32_768.0 * 32_768.0)).log10()).max(SILENT)
}

/// The largest correlation of the samples with themselves, some places on.
fn similarity(samples: &[f32]) -> f32 {
    let energy = energy(samples).max(1.0);
    LAGS.map(|lag| {
        let product: f32 = samples.iter().zip(&samples[lag..]).map(|(a, b)| a * b).sum();
        (product / energy).abs()
    })
    .fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::{noise, tone};

    fn frames(rate: SampleRate, samples: &[i16]) -> Vec<Frame> {
        let mut framer = Framer::new(rate);
        samples.iter().filter_map(|&sample| framer.push(sample)).collect()
    }

    #[test]
    fn a_frame_is_ten_milliseconds_at_every_rate() {
        for rate in SampleRate::ALL {
            assert_eq!(frames(rate, &vec![0; rate.samples_per_ms() * 35]).len(), 3);
        }
    }

    #[test]
    fn a_tone_has_its_level_and_resembles_itself() {
        for rate in SampleRate::ALL {
            let frames = frames(rate, &tone(rate, 1_200.0, 10_000.0, 100));
            for frame in &frames[1..] {
                assert!((frame.level + 13.3).abs() < 1.5, "{rate:?}: {}", frame.level);
                assert!(frame.similarity > 0.8, "{rate:?}: {}", frame.similarity);
            }
        }
    }

    #[test]
    fn hiss_resembles_nothing() {
        for rate in SampleRate::ALL {
            let frames = frames(rate, &noise(rate, 3, 3_000.0, 5_000));
            let voiced = frames.iter().filter(|frame| frame.similarity >= 0.45).count();
            assert!(voiced * 100 < frames.len(), "{rate:?}: {voiced} of {}", frames.len());
        }
    }

    #[test]
    fn hum_is_taken_away() {
        let frames = frames(SampleRate::Khz8, &tone(SampleRate::Khz8, 50.0, 1_000.0, 200));
        assert!(frames[5..].iter().all(|frame| frame.level < -42.0), "{:?}", frames[9]);
    }
}
