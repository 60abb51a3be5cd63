//! What is due when. Things due at the same time happen in the order in which they were asked for.

use std::collections::BTreeMap;
use std::time::Duration;

/// A queue by time since the session began.
#[derive(Debug)]
pub(super) struct Timers<T> {
    queue: BTreeMap<(Duration, u64), T>,
    asked: u64,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self { queue: BTreeMap::new(), asked: 0 }
    }
}

impl<T> Timers<T> {
    pub(super) fn at(&mut self, due: Duration, what: T) {
        self.asked += 1;
        self.queue.insert((due, self.asked), what);
    }

    pub(super) fn next_due(&self) -> Option<Duration> {
        self.queue.keys().next().map(|(due, _)| *due)
    }

    /// The next thing that is due by now, with the time at which it was.
    pub(super) fn pop(&mut self, now: Duration) -> Option<(Duration, T)> {
        let entry = self.queue.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((due, _), what) = entry.remove_entry();
        Some((due, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_order_and_nothing_comes_early() {
        let ms = Duration::from_millis;
        let mut timers = Timers::default();
        timers.at(ms(20), "later");
        timers.at(ms(10), "first");
        timers.at(ms(10), "second");

        assert_eq!(timers.next_due(), Some(ms(10)));
        assert_eq!(timers.pop(ms(15)), Some((ms(10), "first")));
        assert_eq!(timers.pop(ms(15)), Some((ms(10), "second")));
        assert_eq!(timers.pop(ms(15)), None);
    }
}
