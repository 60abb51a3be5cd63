//! Sounds for tests: tones, noise, and something like speech. The same arguments make the same sound.

use std::f32::consts::TAU;

use crate::SampleRate;
use crate::convert::to_sample;

fn samples(rate: SampleRate, ms: usize) -> usize {
    rate.samples_per_ms() * ms
}

/// So many samples of a sine.
pub(crate) fn sine(rate: u32, hz: f32, peak: f32, samples: usize) -> Vec<i16> {
    let step = TAU * hz / rate as f32;
    (0..samples).map(|n| to_sample(peak * (step * n as f32).sin())).collect()
}

/// So many milliseconds of a sine.
pub(crate) fn tone(rate: SampleRate, hz: f32, peak: f32, ms: usize) -> Vec<i16> {
    sine(rate.hz(), hz, peak, samples(rate, ms))
}

/// Uniform values from -1 to 1.
pub(crate) fn random(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9E37_79B9_7F4A_7C15);
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// White noise of this root mean square.
pub(crate) fn noise(rate: SampleRate, seed: u64, rms: f32, ms: usize) -> Vec<i16> {
    let mut random = random(seed);
    (0..samples(rate, ms)).map(|_| to_sample(random() * rms * 3.0_f32.sqrt())).collect()
}

/// Noise that is fainter the higher it is, as from a street, of about this root mean square.
pub(crate) fn rumble(rate: SampleRate, seed: u64, rms: f32, ms: usize) -> Vec<i16> {
    let mut random = random(seed);
    let mut slow = 0.0;
    let share = TAU * 200.0 / rate.hz() as f32;
    let gain = rms * 3.0_f32.sqrt() / (share / 2.0).sqrt();
    let step = |_| {
        slow += share * (random() - slow);
        to_sample(slow * gain)
    };
    (0..samples(rate, ms)).map(step).collect()
}

/// Something like speech: syllables of 150 ms with pauses of 50 ms, each a buzz of varying pitch through two resonances, with a
/// breath of hiss at its start.
pub(crate) fn speech(rate: SampleRate, seed: u64, peak: f32, ms: usize) -> Vec<i16> {
    let mut random = random(seed);
    let hz = rate.hz() as f32;
    let (mut pitch, mut phase, mut resonances) = (120.0, 0.0_f32, [(0.0_f32, 0.0_f32); 2]);
    let mut formants = [500.0, 1_500.0];
    let syllable = samples(rate, 200);
    let made: Vec<f32> = (0..samples(rate, ms))
        .map(|n| {
            let within = n % syllable;
            if within == 0 {
                pitch = 140.0 + 50.0 * random();
                formants = [550.0 + 250.0 * random(), 1_600.0 + 600.0 * random()];
            }
            let share = within as f32 / syllable as f32;
            let loudness = (share / 0.75 * TAU / 2.0).sin().max(0.0) * f32::from(share < 0.75);
            phase += pitch / hz;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase = phase.fract();
            let hiss = if share < 0.15 { 0.02 * random() } else { 0.0 };
            let voice: f32 = (resonances.iter_mut().zip(formants))
                .map(|(state, formant)| {
                    let radius = 1.0 - 300.0 / hz;
                    let next = 2.0 * radius * (TAU * formant / hz).cos() * state.0
                        - radius * radius * state.1
                        + pulse;
                    *state = (next, state.0);
                    next
                })
                .sum();
            (voice + hiss) * loudness
        })
        .collect();
    let loudest = made.iter().fold(1e-9_f32, |most, sample| most.max(sample.abs()));
    made.into_iter().map(|sample| to_sample(sample / loudest * peak)).collect()
}

/// One sound over another.
pub(crate) fn mix(one: &[i16], other: &[i16]) -> Vec<i16> {
    let rest = other.iter().chain(std::iter::repeat(&0));
    one.iter().zip(rest).map(|(one, other)| one.saturating_add(*other)).collect()
}

/// A sound louder or fainter.
pub(crate) fn amplified(samples: &[i16], gain: f32) -> Vec<i16> {
    samples.iter().map(|&sample| to_sample(f32::from(sample) * gain)).collect()
}
