//! How often: rate limits, kept by `governor` on tokio's time, so that tests in virtual time see them pass.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::InMemoryState;
use governor::state::direct::NotKeyed;
use governor::state::keyed::DashMapStateStore;
use governor::{NotUntil, Quota, RateLimiter};
use tokio::time::Instant;

/// Keys are swept when as many calls have come as keys were left by the last sweep, and not before this many.
const SWEEP_AT_LEAST: usize = 1_024;

type Limiter<K, S> = RateLimiter<K, S, TokioClock, NoOpMiddleware<Nanos>>;

/// Nanoseconds since it was made, by tokio's clock.
#[derive(Debug, Clone)]
struct TokioClock {
    origin: Instant,
}

impl TokioClock {
    fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.origin.elapsed().into()
    }
}

/// A rate of one thing. Without a limit it lets everything through.
pub(crate) struct Rate {
    limiter: Option<Limiter<NotKeyed, InMemoryState>>,
}

impl Rate {
    /// So many calls a minute in the long run, so many at once; 0 a minute: no limit.
    pub(crate) fn new(per_minute: u32, burst: u32) -> Self {
        let quota = quota(per_minute, burst);
        let limiter =
            quota.map(|quota| RateLimiter::new(quota, InMemoryState::default(), TokioClock::new()));
        Self { limiter }
    }

    /// Counts one call, or says when there may be one.
    pub(crate) fn check(&self) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check().map_err(|not| wait(&not, limiter.clock()))
    }
}

/// A rate of many of a kind, by key. Keys are kept as hashes, and only for as long as their past matters.
pub(crate) struct KeyedRate {
    limiter: Option<Limiter<u64, DashMapStateStore<u64>>>,
    hasher: RandomState,
    until_sweep: AtomicUsize,
}

impl KeyedRate {
    /// For each key so many calls a minute in the long run, so many at once; 0 a minute: no limit.
    pub(crate) fn new(per_minute: u32, burst: u32) -> Self {
        let quota = quota(per_minute, burst);
        let limiter = quota
            .map(|quota| RateLimiter::new(quota, DashMapStateStore::default(), TokioClock::new()));
        Self { limiter, hasher: RandomState::new(), until_sweep: AtomicUsize::new(SWEEP_AT_LEAST) }
    }

    /// Counts one call, or says when there may be one.
    pub(crate) fn check(&self, key: &str) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        self.sweep_now_and_then();
        let key = self.hasher.hash_one(key);
        limiter.check_key(&key).map_err(|not| wait(&not, limiter.clock()))
    }

    /// Forgets the keys that are as good as new. Between two sweeps come at least as many calls as the first one left keys, so that a
    /// call's share of the work is small, and at most twice as many keys are held as matter.
    fn sweep_now_and_then(&self) {
        if self.until_sweep.fetch_sub(1, Ordering::Relaxed) != 1 {
            return;
        }
        if let Some(limiter) = &self.limiter {
            let held = limiter.len();
            limiter.retain_recent();
            let left = limiter.len();
            if left < held / 4 {
                limiter.shrink_to_fit();
            }
            self.until_sweep.store(left.max(SWEEP_AT_LEAST), Ordering::Relaxed);
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.limiter.as_ref().map_or(0, RateLimiter::len)
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rate").finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyedRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedRate").finish_non_exhaustive()
    }
}

fn quota(per_minute: u32, burst: u32) -> Option<Quota> {
    let per_minute = NonZeroU32::new(per_minute)?;
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Some(Quota::per_minute(per_minute).allow_burst(burst))
}

fn wait(not: &NotUntil<Nanos>, clock: &TokioClock) -> Duration {
    not.wait_time_from(clock.now())
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_through_and_then_the_rate_holds() {
        let rate = Rate::new(60, 3);
        for _ in 0..3 {
            assert_eq!(rate.check(), Ok(()));
        }
        assert_eq!(rate.check(), Err(Duration::from_secs(1)));
        advance(Duration::from_millis(999)).await;
        assert!(rate.check().is_err());
        advance(Duration::from_millis(1)).await;
        assert_eq!(rate.check(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn each_key_has_its_own_rate() {
        let rate = KeyedRate::new(1, 1);
        assert_eq!(rate.check("ann"), Ok(()));
        assert_eq!(rate.check("bob"), Ok(()));
        assert_eq!(rate.check("ann"), Err(Duration::from_secs(60)));
    }

    #[tokio::test(start_paused = true)]
    async fn no_calls_a_minute_is_no_limit() {
        let (rate, keyed) = (Rate::new(0, 1), KeyedRate::new(0, 1));
        for _ in 0..1_000 {
            assert_eq!(rate.check(), Ok(()));
            assert_eq!(keyed.check("ann"), Ok(()));
        }
        assert_eq!(keyed.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_million_callers_leave_little_behind() {
        let rate = KeyedRate::new(120, 40);
        let mut most = 0;
        for caller in 0..1_000_000 {
            if caller % 1_000 == 0 {
                advance(Duration::from_secs(1)).await;
                most = most.max(rate.len());
            }
            assert_eq!(rate.check(&caller.to_string()), Ok(()));
        }
        assert!(most <= 4 * SWEEP_AT_LEAST, "{most} keys were held");
    }
}
