//! From samples to soft bits: how much more the last bit's worth of sound is like a 1 than like a 0.
//!
//! Each tone is mixed down and summed over a sliding window of one bit; the energies of the two sums are compared. No carrier is
//! recovered, and no level set: the sign alone decides, so amplitude does not matter.

use crate::SampleRate;

use super::tones::{MARK, SPACE, TICKS_PER_BIT, TURN, angle, ticks_per_sample};

/// More than the samples of a bit at the highest rate.
const RING: usize = 32;

/// Compares the tones in a window that ends with the newest sample.
#[derive(Debug, Clone)]
pub(super) struct Detector {
    mark: Correlator,
    space: Correlator,
}

impl Detector {
    pub(super) fn new(rate: SampleRate) -> Self {
        Self { mark: Correlator::new(rate, MARK), space: Correlator::new(rate, SPACE) }
    }

    /// Takes the next sample and returns the soft bit of the window that ends with it: above zero for a 1, below for a 0.
    #[expect(clippy::cast_possible_truncation, reason = "only sign and rough size matter")]
    pub(super) fn push(&mut self, sample: i16) -> f32 {
        let sample = f64::from(sample);
        (self.mark.push(sample) - self.space.push(sample)) as f32
    }
}

/// How much of one tone is in the window. A bit is not a whole number of samples at every rate: the window's oldest sample
/// counts by the part of it that lies inside.
#[derive(Debug, Clone)]
struct Correlator {
    /// What each phase of the tone multiplies a sample by.
    wave: Box<[(f64, f64)]>,
    /// The tone's phase at the next sample, and its step.
    phase: usize,
    step: usize,
    /// The newest products, and where the next goes.
    products: [(f64, f64); RING],
    next: usize,
    /// Whole samples in a window, and the part of one more.
    whole: usize,
    part: f64,
    /// The sum of the whole samples.
    sum: (f64, f64),
}

impl Correlator {
    fn new(rate: SampleRate, tone: u32) -> Self {
        let ticks = ticks_per_sample(rate);
        Self {
            wave: (0..TURN).map(|phase| (angle(phase).cos(), angle(phase).sin())).collect(),
            phase: 0,
            step: (tone * ticks % TURN) as usize,
            products: [(0.0, 0.0); RING],
            next: 0,
            whole: (TICKS_PER_BIT / ticks) as usize,
            part: f64::from(TICKS_PER_BIT % ticks) / f64::from(ticks),
            sum: (0.0, 0.0),
        }
    }

    /// Takes a sample and returns the energy of the tone in the window.
    fn push(&mut self, sample: f64) -> f64 {
        let (cosine, sine) = self.wave[self.phase];
        self.phase = (self.phase + self.step) % self.wave.len();
        let entering = (sample * cosine, sample * sine);
        let leaving = self.products[(self.next + RING - self.whole) % RING];
        self.products[self.next] = entering;
        self.next = (self.next + 1) % RING;
        self.sum.0 += entering.0 - leaving.0;
        self.sum.1 += entering.1 - leaving.1;
        let real = self.sum.0 + self.part * leaving.0;
        let imaginary = self.sum.1 + self.part * leaving.1;
        real * real + imaginary * imaginary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::tone;

    /// Twenty milliseconds of the tone of a bit.
    fn sound(rate: SampleRate, bit: bool) -> Vec<i16> {
        tone(rate, if bit { 1_200.0 } else { 2_200.0 }, 3_000.0, 20)
    }

    #[test]
    fn each_tone_is_told_from_the_other_at_every_rate() {
        for rate in SampleRate::ALL {
            for bit in [true, false] {
                let mut detector = Detector::new(rate);
                let soft: Vec<f32> =
                    sound(rate, bit).into_iter().map(|sample| detector.push(sample)).collect();
                let settled = &soft[soft.len() / 10..];
                assert!(settled.iter().all(|soft| (*soft > 0.0) == bit), "{rate:?} {bit}");
            }
        }
    }

    #[test]
    fn silence_is_neither() {
        let mut detector = Detector::new(SampleRate::Khz8);
        let mut soft = 1.0;
        for sample in sound(SampleRate::Khz8, true).into_iter().chain([0; 20]) {
            soft = detector.push(sample);
        }
        assert!(soft.abs() < 1e-6);
    }
}
