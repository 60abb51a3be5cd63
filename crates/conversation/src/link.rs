//! The link to the model: dialled, up, or lost and dialled again.
//!
//! A lost link is dialled again at once, then with growing waits and jitter, until it works or the budget is used up. The
//! budget counts from the first loss, and is full again only once a link has *worked*: one that comes up and breaks over and
//! over is given up like one that never comes.

use std::time::{Duration, Instant};

use crate::backoff::Backoff;

/// The wait before the second attempt; it doubles, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// A server that is back is reached within this.
const LONGEST_WAIT: Duration = Duration::from_millis(180);
/// A link that has been up for so long works, even if nobody had anything to say on it.
const WORKS: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug)]
pub(crate) struct Link {
    state: State,
    /// When the link was lost, or first dialled, since it last worked.
    trouble: Option<Instant>,
    failures: u32,
    backoff: Backoff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Dialling { since: Instant },
    Waiting { until: Instant },
    Up { since: Instant },
}

impl Link {
    /// A link that is being dialled.
    pub(crate) fn new(seed: u64, now: Instant) -> Self {
        let state = State::Dialling { since: now };
        Self { state, trouble: Some(now), failures: 0, backoff: Backoff::new(FIRST_WAIT, seed) }
    }

    /// Whether there is a link.
    pub(crate) fn up(&self) -> bool {
        matches!(self.state, State::Up { .. })
    }

    /// Whether it is about to be dialled.
    pub(crate) fn waits(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// Since when there has been trouble.
    pub(crate) fn trouble(&self) -> Option<Instant> {
        self.trouble
    }

    /// The model was reached.
    pub(crate) fn connected(&mut self, now: Instant) {
        self.state = State::Up { since: now };
    }

    /// The model has said something on this link: it works.
    pub(crate) fn worked(&mut self) {
        self.failures = 0;
        self.trouble = None;
    }

    /// The link is gone, or was not made. Says whether it is dialled again.
    pub(crate) fn lost(&mut self, budget: Duration, now: Instant) -> bool {
        if matches!(self.state, State::Up { since } if since + WORKS <= now) {
            self.worked();
        }
        let since = *self.trouble.get_or_insert(now);
        let wait = match self.failures {
            0 => Duration::ZERO,
            failures => self.backoff.after(failures).min(LONGEST_WAIT),
        };
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting { until: now + wait };
        now + wait < since + budget
    }

    /// When it is time to dial, or to give up an attempt that takes longer than `dial`.
    pub(crate) fn deadline(&self, dial: Duration) -> Option<Instant> {
        match self.state {
            State::Dialling { since } => Some(since + dial),
            State::Waiting { until } => Some(until),
            State::Up { .. } => None,
        }
    }

    /// Says whether to dial (`Ok`) or that an attempt has come to nothing (`Err`).
    pub(crate) fn expire(&mut self, dial: Duration, now: Instant) -> Option<Result<(), ()>> {
        if self.deadline(dial)? > now {
            return None;
        }
        if matches!(self.state, State::Dialling { .. }) {
            return Some(Err(()));
        }
        self.state = State::Dialling { since: now };
        Some(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::start;

    const BUDGET: Duration = Duration::from_secs(15);
    const DIAL: Duration = Duration::from_secs(2);

    #[test]
    fn a_lost_link_is_dialled_at_once_and_then_within_a_fifth_of_a_second() {
        let (mut link, mut now) = (Link::new(7, start()), start());
        link.connected(now);
        link.worked();

        assert!(link.lost(BUDGET, now));
        assert_eq!(link.expire(DIAL, now), Some(Ok(())));
        let began = now;
        while link.lost(BUDGET, now) {
            let next = link.deadline(DIAL).unwrap();
            assert!(next - now <= LONGEST_WAIT && next > now);
            now = next;
            assert_eq!(link.expire(DIAL, now), Some(Ok(())));
        }
        assert!(now - began + LONGEST_WAIT >= BUDGET, "the whole budget is used");
    }

    #[test]
    fn a_link_that_breaks_over_and_over_is_given_up() {
        let (mut link, mut now) = (Link::new(7, start()), start());
        let mut attempts = 0;
        while link.lost(BUDGET, now) {
            now = link.deadline(DIAL).unwrap();
            link.expire(DIAL, now);
            link.connected(now);
            now += Duration::from_millis(50);
            attempts += 1;
        }
        assert!(attempts < 200, "{attempts}");
    }

    #[test]
    fn the_budget_is_full_again_once_a_link_has_worked() {
        let (mut link, mut now) = (Link::new(7, start()), start());
        for _ in 0..100 {
            assert!(link.lost(BUDGET, now));
            link.connected(now);
            now += Duration::from_secs(10);
        }
    }

    #[test]
    fn an_attempt_that_takes_too_long_comes_to_nothing() {
        let now = start();
        let mut link = Link::new(7, now);
        assert_eq!(link.expire(DIAL, now), None);
        assert_eq!(link.expire(DIAL, now + DIAL), Some(Err(())));
    }
}
