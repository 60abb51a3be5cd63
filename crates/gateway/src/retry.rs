//! How often, and how soon, a failed tool is tried again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

/// The most times that a call is tried.
const TRIES: usize = 3;

/// The pauses between tries begin at this, double, and grow by up to as much again at random, so that callers do not come back all at
/// once.
const PAUSE: Duration = Duration::from_millis(100);

/// The pauses that are left for one call.
#[derive(Debug)]
pub(crate) struct Retries {
    pauses: Option<ExponentialBackoff>,
    until: Instant,
}

impl Retries {
    /// Tries again until then, at most; never, for what must not be done twice.
    pub(crate) fn new(allowed: bool, until: Instant) -> Self {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(PAUSE)
            .with_factor(2.0)
            .with_max_times(TRIES - 1)
            .with_jitter();
        Self { pauses: allowed.then(|| pauses.build()), until }
    }

    /// How long to wait before the next try; `None`: this was the last.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Duration> {
        let pause = self.pauses.as_mut()?.next()?;
        (now + pause < self.until).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let now = Instant::now();
        let mut retries = Retries::new(true, now + Duration::from_secs(10));
        let first = retries.next(now).unwrap();
        let second = retries.next(now).unwrap();
        assert!((PAUSE..=2 * PAUSE).contains(&first), "{first:?}");
        assert!((2 * PAUSE..=4 * PAUSE).contains(&second), "{second:?}");
        assert_eq!(retries.next(now), None);
    }

    #[test]
    fn nothing_is_tried_past_its_end_or_that_must_not_be_done_twice() {
        let now = Instant::now();
        assert_eq!(Retries::new(true, now + PAUSE).next(now), None);
        assert_eq!(Retries::new(false, now + Duration::from_secs(10)).next(now), None);
    }
}
