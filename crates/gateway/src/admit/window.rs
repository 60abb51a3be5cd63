//! Good and bad calls of the last while.

use std::time::Duration;

use tokio::time::Instant;

/// Into how many slots a window is cut: what is forgotten is forgotten a slot at a time.
const SLOTS: u32 = 10;

/// Counts over a sliding window, a tenth of it at a time: between nine tenths of the window and all of it are looked back upon.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    slot: Duration,
    origin: Instant,
    slots: [Slot; SLOTS as usize],
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Which slot since the origin these counts are of.
    number: u128,
    counts: Counts,
}

/// How many calls went well, and how many did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) good: u32,
    pub(crate) bad: u32,
}

impl Counts {
    /// The share of bad ones, 0 to 1.
    pub(crate) fn bad_share(self) -> f64 {
        f64::from(self.bad) / f64::from(self.all().max(1))
    }

    pub(crate) fn all(self) -> u32 {
        self.good.saturating_add(self.bad)
    }
}

impl Window {
    /// An empty window of this length.
    pub(crate) fn new(length: Duration, now: Instant) -> Self {
        let slot = (length / SLOTS).max(Duration::from_millis(1));
        Self { slot, origin: now, slots: [Slot::default(); SLOTS as usize] }
    }

    /// Counts one call that ended at `now`.
    pub(crate) fn count(&mut self, good: bool, now: Instant) {
        let number = self.number(now);
        let slot = &mut self.slots[Self::place(number)];
        if slot.number != number {
            *slot = Slot { number, counts: Counts::default() };
        }
        let count = if good { &mut slot.counts.good } else { &mut slot.counts.bad };
        *count = count.saturating_add(1);
    }

    /// What is within the window at `now`.
    pub(crate) fn counts(&self, now: Instant) -> Counts {
        let number = self.number(now);
        let recent = self.slots.iter().filter(|slot| slot.number + u128::from(SLOTS) > number);
        recent.fold(Counts::default(), |sum, slot| Counts {
            good: sum.good.saturating_add(slot.counts.good),
            bad: sum.bad.saturating_add(slot.counts.bad),
        })
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.slots = [Slot::default(); SLOTS as usize];
    }

    fn number(&self, now: Instant) -> u128 {
        now.saturating_duration_since(self.origin).as_nanos() / self.slot.as_nanos()
    }

    fn place(number: u128) -> usize {
        usize::try_from(number % u128::from(SLOTS)).expect("less than the number of slots")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_window_holds_what_is_recent_and_nothing_else(
            calls in prop::collection::vec((0_u64..400, any::<bool>()), 0..200),
        ) {
            let start = Instant::now();
            let mut window = Window::new(Duration::from_secs(1), start);
            let mut elapsed = 0;
            let mut seen = Vec::new();
            for (wait, good) in calls {
                elapsed += wait;
                let now = start + Duration::from_millis(elapsed);
                window.count(good, now);
                seen.push((elapsed / 100, good));
                let recent = seen.iter().filter(|(slot, _)| slot + 10 > elapsed / 100);
                let (good, bad): (Vec<_>, Vec<_>) = recent.copied().partition(|(_, good)| *good);
                let counts = window.counts(now);
                prop_assert_eq!(counts.good as usize, good.len());
                prop_assert_eq!(counts.bad as usize, bad.len());
            }
        }
    }

    #[test]
    fn a_window_cleared_is_empty() {
        let now = Instant::now();
        let mut window = Window::new(Duration::from_secs(1), now);
        window.count(false, now);
        window.clear();
        assert_eq!(window.counts(now), Counts::default());
        assert!(window.counts(now).bad_share().abs() < f64::EPSILON);
    }
}
