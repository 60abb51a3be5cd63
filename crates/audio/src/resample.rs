//! Changing the sample rate, by rubato's windowed sinc.
//!
//! A live stream keeps one [`Resampler`] a direction; it takes chunks of any length and holds none of them back: what it delays
//! is half the filter, 4 ms at most. A whole recording goes through [`resample`], which takes the delay out again.

use std::fmt;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, FixedAsync, Resampler as _, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

use crate::SampleRate;
use crate::convert::to_sample;

/// The filter's length, in samples of the lower rate. Half of it is the delay.
const TAPS: usize = 64;
/// The longest piece handed to the filter at once, in samples.
const PIECE: usize = 480;
/// The most filter phases kept.
const MAX_PHASES: u32 = 1_024;
/// Filter phases that place a recording to a hundredth of a sample.
const FINE: u32 = 256;

/// Resamples one live stream, in one direction, between the three rates of voice.
///
/// ```
/// use switchboard_audio::{Resampler, SampleRate};
///
/// let mut to_model = Resampler::new(SampleRate::Khz8, SampleRate::Khz24);
/// let twenty_ms = to_model.push(&[0; 160]);
/// assert_eq!(to_model.delay_ms(), 4);
/// # assert!((474..=480).contains(&twenty_ms.len()));
/// ```
#[derive(Debug)]
pub struct Resampler {
    /// `None` where both rates are the same.
    filter: Option<Filter>,
    delay_ms: u64,
}

impl Resampler {
    /// Makes a resampler. Equal rates are allowed; it then passes everything on, undelayed.
    pub fn new(from: SampleRate, to: SampleRate) -> Self {
        if from == to {
            return Self { filter: None, delay_ms: 0 };
        }
        let delay_ms = (TAPS / 2 / from.min(to).samples_per_ms()) as u64;
        Self { filter: Some(Filter::new(from.hz(), to.hz(), 1)), delay_ms }
    }

    /// Resamples the next piece of the stream, of any length, and returns what can be said of it so far.
    pub fn push(&mut self, samples: &[i16]) -> Vec<i16> {
        match &mut self.filter {
            Some(filter) => filter.push(samples),
            None => samples.to_vec(),
        }
    }

    /// Returns the end of the stream that the filter still holds, and starts a new stream.
    pub fn finish(&mut self) -> Vec<i16> {
        let Some(filter) = &mut self.filter else { return Vec::new() };
        let tail = filter.push(&vec![0; filter.taps / 2]);
        filter.reset();
        tail
    }

    /// Forgets the stream so far, as after a barge-in: nothing of it sounds in what comes next.
    pub fn reset(&mut self) {
        if let Some(filter) = &mut self.filter {
            filter.reset();
        }
    }

    /// How much later the output sounds than the input, in milliseconds, to a sample or two: 4 to or from 8 kHz, else 2.
    pub fn delay_ms(&self) -> u64 {
        self.delay_ms
    }
}

/// Resamples a whole recording from `from` to `to` samples a second. The result begins where the recording does and lasts
/// exactly as long: `samples.len() * to / from` samples, rounded up.
///
/// # Panics
///
/// When a rate is 0.
///
/// ```
/// let second = vec![0; 44_100];
/// assert_eq!(switchboard_audio::resample(&second, 44_100, 8_000).len(), 8_000);
/// ```
pub fn resample(samples: &[i16], from: u32, to: u32) -> Vec<i16> {
    assert!(from > 0 && to > 0, "cannot resample from {from} to {to} samples a second");
    if from == to || samples.is_empty() {
        return samples.to_vec();
    }
    let expected = (samples.len() as u64 * u64::from(to)).div_ceil(u64::from(from));
    let expected = usize::try_from(expected).expect("a recording that fits in memory twice");
    let mut filter = Filter::new(from, to, FINE);
    // Silence in front makes the delay a whole number of samples at both rates.
    let delay = (filter.taps / 2).next_multiple_of((from / common_divisor(from, to)) as usize);
    let mut out = filter.push(&vec![0; delay - filter.taps / 2]);
    out.extend(filter.push(samples));
    // Rubato's first output is one sample into the stream.
    let skipped = delay * to as usize / from as usize - 1;
    while out.len() < skipped + expected {
        out.extend(filter.push(&[0; PIECE]));
    }
    out.drain(..skipped);
    out.truncate(expected);
    out
}

/// A rubato filter for one ratio, with its buffers.
struct Filter {
    inner: Async<f32>,
    /// Its length in input samples.
    taps: usize,
    input: Vec<f32>,
    output: Vec<f32>,
}

impl Filter {
    /// Makes a filter with at least so many phases.
    fn new(from: u32, to: u32, phases: u32) -> Self {
        let taps = (TAPS * from as usize).div_ceil(to as usize).max(TAPS).next_multiple_of(8);
        let parameters = SincInterpolationParameters::new(taps, WindowFunction::Blackman)
            .oversampling_factor(filter_phases(from, to, phases) as usize)
            .interpolation(SincInterpolationType::Nearest);
        let ratio = f64::from(to) / f64::from(from);
        let inner = Async::new_sinc(ratio, 1.0, &parameters, PIECE, 1, FixedAsync::Input)
            .expect("a finite ratio above zero and a piece that is not empty");
        let output = vec![0.0; inner.output_frames_max()];
        Self { inner, taps, input: Vec::with_capacity(PIECE), output }
    }

    fn reset(&mut self) {
        self.inner.reset();
    }

    fn push(&mut self, samples: &[i16]) -> Vec<i16> {
        let mut out = Vec::new();
        for piece in samples.chunks(PIECE) {
            let made = self.process(piece);
            out.extend(self.output[..made].iter().copied().map(to_sample));
        }
        out
    }

    /// Filters at most one [`PIECE`] into the output buffer and returns how many samples it made.
    fn process(&mut self, piece: &[i16]) -> usize {
        self.input.clear();
        self.input.extend(piece.iter().copied().map(f32::from));
        if let Some(resizable) = self.inner.as_resizable() {
            resizable
                .set_chunk_size(piece.len())
                .expect("a piece is not empty and at most the largest");
        }
        let frames = self.output.len();
        let input = InterleavedSlice::new(&self.input, 1, piece.len()).expect("holds the piece");
        let mut output =
            InterleavedSlice::new_mut(&mut self.output, 1, frames).expect("holds its own length");
        let (_, made) = self
            .inner
            .process_into_buffer(&input, &mut output, None)
            .expect("both buffers hold what the filter asked for");
        made
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter")
            .field("ratio", &self.inner.resample_ratio())
            .field("taps", &self.taps)
            .finish_non_exhaustive()
    }
}

/// At least `least` phases, and so many that every position between two input samples on which an output sample can fall has its
/// own. Then the nearest phase is the right one, with nothing to interpolate; interpolating would do harm, since rubato, at
/// positions that fall on a phase but for a rounding error, now and then takes the neighbour's.
fn filter_phases(from: u32, to: u32, least: u32) -> u32 {
    let positions = (to / common_divisor(from, to)).min(MAX_PHASES);
    positions * least.div_ceil(positions)
}

fn common_divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { common_divisor(other, one % other) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::signals::sine;

    fn tone(hz: f32, rate: u32, samples: usize) -> Vec<i16> {
        sine(rate, hz, 10_000.0, samples)
    }

    fn largest_difference(left: &[i16], right: &[i16]) -> i32 {
        left.iter()
            .zip(right)
            .map(|(&l, &r)| (i32::from(l) - i32::from(r)).abs())
            .max()
            .unwrap_or(0)
    }

    fn every_pair() -> impl Iterator<Item = (SampleRate, SampleRate)> {
        SampleRate::ALL.into_iter().flat_map(|from| SampleRate::ALL.map(|to| (from, to)))
    }

    #[test]
    fn a_tone_comes_out_in_its_place_and_at_its_length() {
        for (from, to) in [
            (8_000, 24_000),
            (24_000, 8_000),
            (16_000, 24_000),
            (24_000, 16_000),
            (44_100, 8_000),
            (8_000, 16_000),
            (11_025, 24_000),
        ] {
            let out = resample(&tone(700.0, from, from as usize), from, to);
            assert_eq!(out.len(), to as usize, "{from} to {to}");
            let inside = out.len() / 10..out.len() * 9 / 10;
            let expected = tone(700.0, to, out.len());
            let difference = largest_difference(&out[inside.clone()], &expected[inside]);
            assert!(difference < 100, "{from} to {to}: off by {difference}");
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_is_filtered_out() {
        let out = resample(&tone(6_000.0, 24_000, 24_000), 24_000, 8_000);
        assert!(out[400..7_600].iter().all(|sample| sample.abs() < 50));
    }

    #[test]
    fn there_and_back_is_nearly_the_same() {
        let before = tone(1_700.0, 8_000, 8_000);
        let after = resample(&resample(&before, 8_000, 24_000), 24_000, 8_000);
        assert_eq!(after.len(), before.len());
        assert!(largest_difference(&before[200..7_800], &after[200..7_800]) < 100);
    }

    #[test]
    fn a_stream_is_the_recording_delayed() {
        for (from, to) in every_pair().filter(|(from, to)| from != to) {
            let input = tone(500.0, from.hz(), from.samples_per_ms() * 200);
            let whole = resample(&input, from.hz(), to.hz());
            let mut stream = Resampler::new(from, to);
            let mut out = stream.push(&input);
            out.extend(stream.finish());
            let delay = usize::try_from(stream.delay_ms()).unwrap() * to.samples_per_ms();
            assert!(out.len() + 8 >= whole.len() + delay, "{from:?} to {to:?}");
            let (early, late) = (&out[delay - 2..], &out[delay..]);
            let nearest = largest_difference(early, &whole).min(largest_difference(late, &whole));
            assert!(nearest < 3_000, "{from:?} to {to:?}: off by {nearest}");
        }
    }

    #[test]
    fn nothing_sounds_after_a_reset() {
        let mut stream = Resampler::new(SampleRate::Khz24, SampleRate::Khz8);
        let _ = stream.push(&[20_000; 1_000]);
        stream.reset();
        assert!(stream.push(&[0; 1_000]).iter().all(|&sample| sample == 0));
    }

    #[test]
    fn equal_rates_pass_everything_on() {
        let mut stream = Resampler::new(SampleRate::Khz8, SampleRate::Khz8);
        assert_eq!(stream.push(&[1, 2, 3]), [1, 2, 3]);
        assert_eq!(stream.finish(), []);
        assert_eq!(stream.delay_ms(), 0);
        assert_eq!(resample(&[1, 2, 3], 22_050, 22_050), [1, 2, 3]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn how_a_stream_is_cut_up_does_not_matter(cuts in proptest::collection::vec(1..700_usize, 1..20), pair in 0..9_usize) {
            let (from, to) = every_pair().nth(pair).unwrap();
            let input = tone(900.0, from.hz(), cuts.iter().sum());
            let expected = Resampler::new(from, to).push(&input);
            let mut stream = Resampler::new(from, to);
            let mut out = Vec::new();
            let mut rest = input.as_slice();
            for cut in cuts {
                let (piece, after) = rest.split_at(cut);
                out.extend(stream.push(piece));
                rest = after;
            }
            prop_assert!(out.len().abs_diff(expected.len()) <= 1);
            prop_assert!(largest_difference(&out, &expected) <= 1);
        }

        #[test]
        fn a_recording_lasts_as_long_as_before(length in 0..3_000_usize, from in 4_000..50_000_u32, to in 4_000..50_000_u32) {
            let out = resample(&vec![0; length], from, to);
            prop_assert_eq!(out.len() as u64, (length as u64 * u64::from(to)).div_ceil(u64::from(from)));
        }
    }
}
