//! How long tools usually take, kept at hand: learnt by the store over all calls, also of former days.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// The usual times, by tool.
#[derive(Debug, Default)]
pub(crate) struct Times {
    usual: RwLock<HashMap<String, Duration>>,
    asked: AtomicBool,
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
            usual.entry(tool).or_insert(time);
        }
    }

    /// A tool usually takes so long now.
    pub(crate) fn set(&self, tool: &str, time: Duration) {
        let mut usual = self.usual.write().unwrap_or_else(PoisonError::into_inner);
        match usual.get_mut(tool) {
            Some(known) => *known = time,
            None => drop(usual.insert(tool.to_owned(), time)),
        }
    }

    /// How long a tool usually takes.
    pub(crate) fn of(&self, tool: &str) -> Option<Duration> {
        self.usual.read().unwrap_or_else(PoisonError::into_inner).get(tool).copied()
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
        times.set("pay", Duration::from_secs(3));
        times.take(
            [("pay".to_owned(), Duration::from_secs(9)), ("book".into(), Duration::from_secs(1))]
                .into(),
        );
        assert_eq!(times.of("pay"), Some(Duration::from_secs(3)));
        assert_eq!(times.of("book"), Some(Duration::from_secs(1)));
        assert_eq!(times.of("look"), None);
    }
}
