//! The circuit breaker of a backend: calls are refused at once while it is broken, and single probes find out when it is back.
//!
//! Closed, it lets calls through and counts how they end. Too many failures open it. Open, it refuses until a probe is due: then it is half
//! open, one call at a time goes through, and after enough good ones it is closed again. A bad one opens it for twice as long as before,
//! up to a bound. It reads no clock: every step is told the time.

use std::time::Duration;

use tokio::time::Instant;

use super::degradation::BreakerState;
use super::limits::BreakerLimits;
use super::window::Window;

/// One backend's breaker. Ask before each call; tell it of the end of each call it let through.
#[derive(Debug)]
pub(crate) struct Breaker {
    terms: Terms,
    state: State,
    window: Window,
    /// Counts the passes that mean something: a pass of another time tells nothing about now.
    epoch: u64,
}

/// The settings, in the types that the machine works with.
#[derive(Debug, Clone, Copy)]
struct Terms {
    window: Duration,
    least_calls: u32,
    failure_share: f64,
    in_a_row: u32,
    probe: Duration,
    most_probe: Duration,
    good_probes: u32,
}

#[derive(Debug)]
enum State {
    Closed {
        /// Failures since the last good call, and when the last of them was.
        row: u32,
        last: Option<Instant>,
    },
    Open {
        /// When the next probe is due.
        until: Instant,
        /// Probes that failed one after the other.
        failed: u32,
    },
    HalfOpen {
        /// Since when the next probe is due, or has been running.
        since: Instant,
        probing: bool,
        good: u32,
        failed: u32,
    },
}

/// The leave to make one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pass {
    epoch: u64,
}

/// What the end of a call says about its backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It works.
    Good,
    /// It does not.
    Bad,
    /// Nothing: the call was given up.
    Unknown,
}

/// What the end of a call changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The backend is broken.
    Opened,
    /// The backend is back.
    Closed,
}

impl Breaker {
    /// A closed breaker.
    pub(crate) fn new(limits: &BreakerLimits, now: Instant) -> Self {
        let terms = Terms::from(limits);
        let window = Window::new(terms.window, now);
        Self { terms, state: State::CLOSED, window, epoch: 0 }
    }

    /// Whether a call asking now would be let through; otherwise, when it is worth asking again.
    pub(crate) fn check(&self, now: Instant) -> Result<(), Duration> {
        match self.state {
            State::Open { until, .. } if now < until => Err(until - now),
            State::HalfOpen { probing: true, .. } => Err(self.terms.probe),
            _ => Ok(()),
        }
    }

    /// Lets a call through, as a probe if need be; otherwise says when it is worth asking again.
    pub(crate) fn ask(&mut self, now: Instant) -> Result<Pass, Duration> {
        self.check(now)?;
        let (good, failed) = match self.state {
            State::Closed { .. } => return Ok(Pass { epoch: self.epoch }),
            State::Open { failed, .. } => (0, failed),
            State::HalfOpen { good, failed, .. } => (good, failed),
        };
        self.enter(State::HalfOpen { since: now, probing: true, good, failed });
        Ok(Pass { epoch: self.epoch })
    }

    /// Learns how a call ended that was let through. Each pass is told of once.
    pub(crate) fn ended(&mut self, pass: Pass, verdict: Verdict, now: Instant) -> Option<Change> {
        if pass.epoch != self.epoch {
            return None;
        }
        match self.state {
            State::Closed { row, last } => self.call_ended(row, last, verdict, now),
            State::HalfOpen { probing: true, good, failed, .. } => {
                self.probe_ended(good, failed, verdict, now)
            }
            State::Open { .. } | State::HalfOpen { .. } => None,
        }
    }

    /// Whether the backend counts as broken: not when nobody has asked for it for a whole window since its probe was due, for what is
    /// known of it has then been forgotten. (The next call is a probe all the same.)
    pub(crate) fn troubled(&self, now: Instant) -> bool {
        match self.state {
            State::Closed { .. } => false,
            State::HalfOpen { probing: true, .. } => true,
            State::Open { until: since, .. } | State::HalfOpen { since, .. } => {
                now < since + self.terms.window
            }
        }
    }

    /// Its state, for operators: closed unless the backend counts as broken.
    pub(crate) fn state(&self, now: Instant) -> BreakerState {
        match self.state {
            _ if !self.troubled(now) => BreakerState::Closed,
            State::Closed { .. } => BreakerState::Closed,
            State::Open { .. } => BreakerState::Open,
            State::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Until a probe is due, while the backend counts as broken and none runs.
    pub(crate) fn next_probe(&self, now: Instant) -> Option<Duration> {
        match self.state {
            _ if !self.troubled(now) => None,
            State::Open { until, .. } => Some(until.saturating_duration_since(now)),
            State::HalfOpen { probing: false, .. } => Some(Duration::ZERO),
            State::Closed { .. } | State::HalfOpen { .. } => None,
        }
    }

    /// Failures within the window.
    pub(crate) fn failures(&self, now: Instant) -> u32 {
        self.window.counts(now).bad
    }

    fn call_ended(
        &mut self,
        row: u32,
        last: Option<Instant>,
        verdict: Verdict,
        now: Instant,
    ) -> Option<Change> {
        match verdict {
            Verdict::Unknown => return None,
            Verdict::Good => {
                self.window.count(true, now);
                self.state = State::CLOSED;
            }
            Verdict::Bad => {
                self.window.count(false, now);
                let goes_on = last.is_some_and(|last| now < last + self.terms.window);
                let row = if goes_on { row.saturating_add(1) } else { 1 };
                self.state = State::Closed { row, last: Some(now) };
                if self.is_too_much(row, now) {
                    self.enter(State::Open { until: now + self.terms.probe, failed: 0 });
                    return Some(Change::Opened);
                }
            }
        }
        None
    }

    fn is_too_much(&self, row: u32, now: Instant) -> bool {
        let counts = self.window.counts(now);
        let share_tells = counts.all() >= self.terms.least_calls;
        row >= self.terms.in_a_row
            || (share_tells && counts.bad_share() >= self.terms.failure_share)
    }

    fn probe_ended(
        &mut self,
        good: u32,
        failed: u32,
        verdict: Verdict,
        now: Instant,
    ) -> Option<Change> {
        match verdict {
            Verdict::Unknown => {
                self.enter(State::HalfOpen { since: now, probing: false, good, failed });
            }
            Verdict::Bad => {
                self.window.count(false, now);
                let failed = failed.saturating_add(1);
                self.enter(State::Open { until: now + self.terms.interval(failed), failed });
            }
            Verdict::Good if good + 1 < self.terms.good_probes => {
                let good = good + 1;
                self.enter(State::HalfOpen { since: now, probing: false, good, failed });
            }
            Verdict::Good => {
                self.window.clear();
                self.enter(State::CLOSED);
                return Some(Change::Closed);
            }
        }
        None
    }

    /// Passes given out before tell nothing from here on.
    fn enter(&mut self, state: State) {
        self.state = state;
        self.epoch += 1;
    }
}

impl State {
    const CLOSED: Self = Self::Closed { row: 0, last: None };
}

impl From<&BreakerLimits> for Terms {
    fn from(limits: &BreakerLimits) -> Self {
        let probe = Duration::from_millis(limits.probe_ms);
        Self {
            window: Duration::from_millis(limits.window_ms),
            least_calls: limits.least_calls,
            failure_share: limits.failure_share,
            in_a_row: limits.in_a_row,
            probe,
            most_probe: Duration::from_millis(limits.most_probe_ms).max(probe),
            good_probes: limits.good_probes,
        }
    }
}

impl Terms {
    /// From one probe to the next, after so many failed ones.
    fn interval(&self, failed: u32) -> Duration {
        let doubled = 1_u32.checked_shl(failed).unwrap_or(u32::MAX);
        self.probe.saturating_mul(doubled).min(self.most_probe)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const LIMITS: BreakerLimits = BreakerLimits {
        window_ms: 10_000,
        least_calls: 6,
        failure_share: 0.5,
        in_a_row: 4,
        probe_ms: 1_000,
        most_probe_ms: 3_000,
        good_probes: 2,
    };

    pub(crate) fn second() -> Duration {
        Duration::from_secs(1)
    }

    fn breaker() -> (Breaker, Instant) {
        let now = Instant::now();
        (Breaker::new(&LIMITS, now), now)
    }

    pub(crate) fn call(breaker: &mut Breaker, verdict: Verdict, now: Instant) -> Option<Change> {
        let pass = breaker.ask(now).expect("the breaker lets it through");
        breaker.ended(pass, verdict, now)
    }

    pub(crate) fn broken() -> (Breaker, Instant) {
        let (mut breaker, now) = breaker();
        while call(&mut breaker, Verdict::Bad, now).is_none() {}
        (breaker, now)
    }

    #[test]
    fn failures_in_a_row_open_it_until_the_probe() {
        let (mut breaker, now) = breaker();
        for _ in 0..3 {
            assert_eq!(call(&mut breaker, Verdict::Bad, now), None);
        }
        assert_eq!(call(&mut breaker, Verdict::Bad, now), Some(Change::Opened));
        assert_eq!(breaker.ask(now + second() / 4), Err(second() * 3 / 4));
        assert!(breaker.ask(now + second()).is_ok());
    }

    #[test]
    fn failures_far_apart_are_not_in_a_row() {
        let (mut breaker, mut now) = breaker();
        for _ in 0..20 {
            assert_eq!(call(&mut breaker, Verdict::Bad, now), None);
            now += second() * 10;
        }
    }

    #[test]
    fn a_share_of_failures_opens_it_when_there_are_enough_calls() {
        let (mut breaker, now) = breaker();
        let changes = [Verdict::Good, Verdict::Bad].into_iter().cycle();
        let changes: Vec<_> =
            changes.map(|verdict| call(&mut breaker, verdict, now)).take(6).collect();
        assert_eq!(changes[..5], [None; 5]);
        assert_eq!(changes[5], Some(Change::Opened));
    }

    #[test]
    fn good_probes_close_it() {
        let (mut breaker, now) = broken();
        let now = now + second();
        assert_eq!(call(&mut breaker, Verdict::Good, now), None);
        assert_eq!(breaker.state(now), BreakerState::HalfOpen);
        assert_eq!(call(&mut breaker, Verdict::Good, now), Some(Change::Closed));
        assert_eq!(breaker.failures(now), 0);
    }

    #[test]
    fn bad_probes_make_the_next_one_later_up_to_a_bound() {
        let (mut breaker, mut now) = broken();
        for seconds in [1, 2, 3, 3, 3] {
            assert_eq!(breaker.next_probe(now), Some(second() * seconds));
            now += second() * seconds;
            assert_eq!(call(&mut breaker, Verdict::Bad, now), None);
        }
    }

    #[test]
    fn one_probe_runs_at_a_time_and_one_given_up_makes_way() {
        let (mut breaker, now) = broken();
        let now = now + second();
        let pass = breaker.ask(now).unwrap();
        assert_eq!(breaker.ask(now), Err(second()));
        assert_eq!(breaker.ended(pass, Verdict::Unknown, now), None);
        assert!(breaker.ask(now).is_ok());
    }

    #[test]
    fn calls_from_before_it_opened_tell_nothing_afterwards() {
        let (mut breaker, now) = breaker();
        let old = breaker.ask(now).unwrap();
        while call(&mut breaker, Verdict::Bad, now).is_none() {}
        let probe = breaker.ask(now + second()).unwrap();
        assert_eq!(breaker.ended(old, Verdict::Bad, now + second()), None);
        assert_eq!(breaker.state(now + second()), BreakerState::HalfOpen);
        assert_eq!(breaker.ended(probe, Verdict::Good, now + second()), None);
        assert_eq!(call(&mut breaker, Verdict::Good, now + second()), Some(Change::Closed));
    }

    #[test]
    fn a_broken_backend_that_nobody_asks_for_troubles_nobody_for_ever() {
        let (breaker, now) = broken();
        assert!(breaker.troubled(now));
        assert!(breaker.troubled(now + second() * 10));
        assert!(!breaker.troubled(now + second() * 11));
    }
}
