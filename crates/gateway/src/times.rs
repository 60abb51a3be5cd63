//! How long tools usually take: learnt here with every run, on top of what the store knows of former days. The store is told now and
//! then, so that no call's own row waits behind what was learnt from another.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use tokio::time::Instant;

/// How much the newest run counts.
const WEIGHT: f64 = 0.3;

/// How often the store is told of one tool, at most.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// The usual times, by tool.
#[derive(Debug, Default)]
pub(crate) struct Times {
    usual: RwLock<HashMap<String, Usual>>,
    asked: AtomicBool,
}

/// How long a tool usually takes.
#[derive(Debug)]
struct Usual {
    time: Duration,
    /// When the store was told last.
    told: Option<Instant>,
}

impl Times {
    /// Whether nobody has asked the store yet; the asker is to do so.
    pub(crate) fn is_to_be_asked(&self) -> bool {
        !self.asked.swap(true, Ordering::Relaxed)
    }

    /// Takes what the store knows; what was learnt meanwhile is newer.
    pub(crate) fn take(&self, known: HashMap<String, Duration>) {
        let mut usual = self.usual.write().unwrap_or_else(PoisonError::into_inner);
        for (tool, time) in known {
            usual.entry(tool).or_insert(Usual { time, told: None });
        }
    }

    /// Learns from one run of a tool. Returns what the store is to be told, when it is time for that.
    pub(crate) fn learn(&self, tool: &str, run: Duration, now: Instant) -> Option<Duration> {
        let mut usual = self.usual.write().unwrap_or_else(PoisonError::into_inner);
        let usual = match usual.get_mut(tool) {
            Some(usual) => {
                usual.time = usual.time.mul_f64(1.0 - WEIGHT) + run.mul_f64(WEIGHT);
                usual
            }
            None => usual.entry(tool.to_owned()).or_insert(Usual { time: run, told: None }),
        };
        if usual.told.is_some_and(|told| now < told + TELL_EVERY) {
            return None;
        }
        usual.told = Some(now);
        Some(usual.time)
    }

    /// How long a tool usually takes.
    pub(crate) fn of(&self, tool: &str) -> Option<Duration> {
        self.usual.read().unwrap_or_else(PoisonError::into_inner).get(tool).map(|usual| usual.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learnt_meanwhile_stays() {
        let times = Times::default();
        assert!(times.is_to_be_asked());
        assert!(!times.is_to_be_asked());
        times.learn("pay", Duration::from_secs(3), Instant::now());
        times.take(
            [("pay".to_owned(), Duration::from_secs(9)), ("book".into(), Duration::from_secs(1))]
                .into(),
        );
        assert_eq!(times.of("pay"), Some(Duration::from_secs(3)));
        assert_eq!(times.of("book"), Some(Duration::from_secs(1)));
        assert_eq!(times.of("look"), None);
    }

    #[test]
    fn the_store_is_told_now_and_then_of_all_that_was_learnt() {
        let (times, now) = (Times::default(), Instant::now());
        assert_eq!(times.learn("pay", Duration::from_secs(1), now), Some(Duration::from_secs(1)));
        assert_eq!(times.learn("pay", Duration::from_secs(2), now), None);
        assert_eq!(times.of("pay"), Some(Duration::from_millis(1_300)));
        let told = times.learn("pay", Duration::from_millis(1_300), now + TELL_EVERY);
        assert_eq!(told, Some(Duration::from_millis(1_300)));
    }
}
