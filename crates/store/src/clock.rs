//! The time of day, given to a store rather than taken by it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Where a store takes the time from; cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::from_fn(Timestamp::now)
    }

    /// A clock that shows the system's time now, and goes on with tokio's: it stands still and jumps where that is paused and
    /// advanced.
    pub fn tokio() -> Self {
        let (from, began) = (Timestamp::now(), Instant::now());
        Self::from_fn(move || {
            let passed = SignedDuration::try_from(began.elapsed()).unwrap_or(SignedDuration::MAX);
            from.saturating_add(passed).expect("a signed duration has no calendar units")
        })
    }

    /// A clock that shows what `read` says.
    pub fn from_fn(read: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The time now, in whole microseconds: what every engine can keep.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond((self.0)().as_microsecond())
            .expect("the microsecond of a timestamp is one")
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// A duration without what is less than a microsecond, which no engine keeps.
pub(crate) fn whole_microseconds(duration: Duration) -> Duration {
    Duration::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn tokios_clock_goes_with_virtual_time() {
        let clock = Clock::tokio();
        let before = clock.now();
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now().duration_since(before), SignedDuration::from_secs(90));
    }

    #[test]
    fn times_have_whole_microseconds() {
        let clock = Clock::from_fn(|| Timestamp::from_nanosecond(1_234_567).unwrap());
        assert_eq!(clock.now(), Timestamp::from_microsecond(1_234).unwrap());
    }
}
