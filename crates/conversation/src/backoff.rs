//! Back-off that doubles, with jitter from a seed: the same inputs give the same waits.

use std::time::Duration;

/// Waits never grow beyond this.
const LONGEST: Duration = Duration::from_secs(8);

/// How long to wait before asking again.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    state: u64,
}

impl Backoff {
    pub(crate) fn new(first: Duration, seed: u64) -> Self {
        Self { first, state: seed }
    }

    /// The wait after this many failures: half of it sure, half of it by chance, so that many calls that failed together do
    /// not ask again together.
    pub(crate) fn after(&mut self, failures: u32) -> Duration {
        let full = self.first.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST);
        full / 2 + (full / 2).mul_f64(self.chance())
    }

    /// A number from 0 to 1, by `SplitMix64`.
    fn chance(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let top = u32::try_from((mixed ^ (mixed >> 31)) >> 32)
            .expect("the upper half of 64 bits is 32 bits");
        f64::from(top) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_within_bounds_and_repeat_for_a_seed() {
        let first = Duration::from_millis(400);
        let (mut one, mut same) = (Backoff::new(first, 7), Backoff::new(first, 7));

        for failures in 1..20 {
            let wait = one.after(failures);
            let full = first.saturating_mul(1 << (failures - 1).min(10)).min(LONGEST);
            assert!(wait >= full / 2 && wait <= full, "{failures}: {wait:?}");
            assert_eq!(wait, same.after(failures));
        }
    }
}
