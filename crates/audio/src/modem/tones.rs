//! The two tones, in whole numbers.
//!
//! Time is counted in *ticks* of 1/48,000 s, of which a bit and a sample at any of the rates of voice have a whole number; phase is
//! counted in 1/240 of a turn, of which each tone makes a whole number a tick. So nothing is rounded and nothing drifts.

use std::f64::consts::TAU;

use crate::SampleRate;

pub(super) const TICKS_PER_SECOND: u32 = 48_000;
/// 1,200 bits a second.
pub(super) const TICKS_PER_BIT: u32 = 40;
/// Steps in one turn of phase.
pub(super) const TURN: u32 = 240;
/// 1,200 Hz: a 1, and the carrier between frames.
pub(super) const MARK: u32 = 6;
/// 2,200 Hz: a 0.
pub(super) const SPACE: u32 = 11;

/// Ticks in a sample: 6, 3 or 2.
pub(super) const fn ticks_per_sample(rate: SampleRate) -> u32 {
    TICKS_PER_SECOND / rate.hz()
}

/// The steps of phase that a bit makes in a tick.
pub(super) const fn tone(bit: bool) -> u32 {
    if bit { MARK } else { SPACE }
}

/// The angle of a phase, in radians.
pub(super) fn angle(phase: u32) -> f64 {
    TAU * f64::from(phase) / f64::from(TURN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tones_are_those_of_bell_202() {
        let hz = |step| step * TICKS_PER_SECOND / TURN;
        assert_eq!((hz(tone(true)), hz(tone(false))), (1_200, 2_200));
        assert_eq!(TICKS_PER_SECOND / TICKS_PER_BIT, 1_200);
        assert_eq!(SampleRate::ALL.map(ticks_per_sample), [6, 3, 2]);
    }
}
