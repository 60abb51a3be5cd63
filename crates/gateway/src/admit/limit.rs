//! The adaptive limit of a tool: how many calls may run at once before more of them only make each other slow.
//!
//! It starts at the most there may be, so that it is in nobody's way until a backend shows that it cannot keep up. Calls are looked at in
//! rounds. A round whose mean time is well above the best of the last minutes takes a fifth off the limit; one that is not, and had
//! as many calls as were let in, adds a little. Only calls that began in a round count in it: those from before tell of an older limit.
//! It reads no clock: every step is told the time.

use std::time::Duration;

use tokio::time::Instant;

/// Calls that make a round.
const ROUND: u32 = 16;
/// A round without so many calls in this time begins anew: its calls tell of too different times.
const LONGEST_ROUND: Duration = Duration::from_secs(30);
/// A tool that nobody has used for so long may be used as if nothing had happened.
const FORGETS: Duration = Duration::from_secs(30);
/// The best round is remembered for this long, or up to twice as long.
const MEMORY: Duration = Duration::from_secs(60);
/// How much slower than in the best round is slow, in times and on top: nobody on a phone notices the latter.
const TIMES: u32 = 2;
const ON_TOP: Duration = Duration::from_millis(100);

/// One tool's limit. Tell it of each call that begins, and of each whose time says something.
#[derive(Debug)]
pub(crate) struct AdaptiveLimit {
    least: usize,
    most: usize,
    limit: usize,
    round: Round,
    best: Best,
    usual: Option<Duration>,
    last_heard: Instant,
}

#[derive(Debug)]
struct Round {
    since: Instant,
    calls: u32,
    time: Duration,
    /// The most calls that ran at once.
    peak: usize,
}

/// The mean time of the best round of the last minutes: the minimum of this memory and the one before.
#[derive(Debug)]
struct Best {
    since: Instant,
    now: Option<Duration>,
    before: Option<Duration>,
}

impl AdaptiveLimit {
    /// A limit that stays between these, both at least 1.
    pub(crate) fn new(least: usize, most: usize, now: Instant) -> Self {
        let most = most.max(1);
        Self {
            least: least.clamp(1, most),
            most,
            limit: most,
            round: Round::new(now),
            best: Best { since: now, now: None, before: None },
            usual: None,
            last_heard: now,
        }
    }

    /// How many calls may run at once.
    pub(crate) fn current(&self) -> usize {
        self.limit
    }

    /// How long a call took of late, in the mean, if any did.
    pub(crate) fn usual(&self) -> Option<Duration> {
        self.usual
    }

    /// Never lets more than `most` run at once, from now on.
    pub(crate) fn never_over(&mut self, most: usize) {
        self.most = self.most.min(most.max(1));
        self.least = self.least.min(self.most);
        self.limit = self.limit.min(self.most);
    }

    /// A call wants to begin: after a long quiet, all is forgotten first.
    pub(crate) fn asked(&mut self, now: Instant) {
        if now.saturating_duration_since(self.last_heard) > FORGETS {
            *self = Self::new(self.least, self.most, now);
        }
    }

    /// A call has begun, as one of `running`.
    pub(crate) fn began(&mut self, running: usize, now: Instant) {
        self.last_heard = now;
        self.round.peak = self.round.peak.max(running);
    }

    /// A call that began then has had its answer, or has waited in vain to its deadline.
    pub(crate) fn took(&mut self, began: Instant, now: Instant) {
        self.last_heard = now;
        if now.saturating_duration_since(self.round.since) > LONGEST_ROUND {
            self.round = Round { peak: self.round.peak, ..Round::new(now) };
        }
        if began < self.round.since {
            return;
        }
        self.round.calls += 1;
        self.round.time += now.saturating_duration_since(began);
        if self.round.calls == ROUND {
            self.judge(now);
        }
    }

    fn judge(&mut self, now: Instant) {
        let mean = self.round.time / self.round.calls;
        let slow = self.best.get(now).is_some_and(|best| mean > best * TIMES + ON_TOP);
        if slow {
            // What is let in, and not what might be, has made it slow; twice that leaves room for a busier moment.
            let let_in = self.limit.min(self.round.peak.saturating_mul(2));
            self.limit = (let_in * 4 / 5).max(self.least);
        } else if self.round.peak >= self.limit {
            self.limit = (self.limit + (self.limit / 16).max(1)).min(self.most);
        }
        self.best.add(mean, now);
        self.usual = Some(mean);
        self.round = Round::new(now);
    }
}

impl Round {
    fn new(since: Instant) -> Self {
        Self { since, calls: 0, time: Duration::ZERO, peak: 0 }
    }
}

impl Best {
    fn get(&mut self, now: Instant) -> Option<Duration> {
        let age = now.saturating_duration_since(self.since);
        if age > MEMORY {
            let now_is_old = age > MEMORY * 2;
            self.before = self.now.take().filter(|_| !now_is_old);
            self.since = now;
        }
        self.now.into_iter().chain(self.before).min()
    }

    fn add(&mut self, mean: Duration, now: Instant) {
        self.get(now);
        self.now = Some(self.now.map_or(mean, |best| best.min(mean)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CALL: Duration = Duration::from_millis(200);

    /// As many calls as are let in, again and again, for `rounds` times; each takes longer the more there are over `capacity`.
    fn crowd(limit: &mut AdaptiveLimit, capacity: usize, rounds: u32, now: &mut Instant) {
        for _ in 0..rounds {
            limit.asked(*now);
            let running = limit.current();
            for _ in 0..running {
                limit.began(running, *now);
            }
            let share = u32::try_from(running.div_ceil(capacity)).unwrap();
            let began = *now;
            *now += CALL * share.max(1);
            for _ in 0..running {
                limit.took(began, *now);
            }
        }
    }

    fn few(limit: &mut AdaptiveLimit, calls: u32, took: Duration, now: &mut Instant) {
        for _ in 0..calls {
            limit.began(1, *now);
            let began = *now;
            *now += took;
            limit.took(began, *now);
        }
    }

    #[test]
    fn it_falls_to_what_the_backend_can_do_and_rises_again() {
        let mut now = Instant::now();
        let mut limit = AdaptiveLimit::new(1, 64, now);
        few(&mut limit, 16, CALL, &mut now);
        crowd(&mut limit, 8, 60, &mut now);
        assert!((8..=24).contains(&limit.current()), "{}", limit.current());
        crowd(&mut limit, 64, 120, &mut now);
        assert_eq!(limit.current(), 64);
    }

    #[test]
    fn a_slow_tool_that_few_use_keeps_room_for_them() {
        let mut now = Instant::now();
        let mut limit = AdaptiveLimit::new(8, 256, now);
        few(&mut limit, 16, CALL, &mut now);
        few(&mut limit, 16, CALL * 8, &mut now);
        assert_eq!(limit.current(), 8);
        let mut limit = AdaptiveLimit::new(8, 256, now);
        few(&mut limit, 16, CALL, &mut now);
        few(&mut limit, 16, CALL * 2, &mut now);
        assert_eq!(limit.current(), 256);
    }

    #[test]
    fn after_a_quiet_time_everything_is_as_at_first() {
        let mut now = Instant::now();
        let mut limit = AdaptiveLimit::new(1, 64, now);
        few(&mut limit, 16, CALL, &mut now);
        crowd(&mut limit, 4, 60, &mut now);
        assert!(limit.current() < 64);
        limit.asked(now + Duration::from_secs(31));
        assert_eq!(limit.current(), 64);
    }

    #[test]
    fn what_a_tool_promises_holds_at_once() {
        let mut limit = AdaptiveLimit::new(8, 64, Instant::now());
        limit.never_over(2);
        assert_eq!(limit.current(), 2);
        limit.never_over(0);
        assert_eq!(limit.current(), 1);
    }

    #[test]
    fn a_tool_that_is_slower_for_good_is_normal_after_a_while() {
        let mut now = Instant::now();
        let mut limit = AdaptiveLimit::new(1, 4, now);
        few(&mut limit, 16, CALL, &mut now);
        for _ in 0..20 {
            few(&mut limit, 16, CALL * 5, &mut now);
        }
        let fallen = limit.current();
        for _ in 0..20 {
            crowd(&mut limit, 1, 4, &mut now);
        }
        assert!(limit.current() >= fallen, "{} < {fallen}", limit.current());
    }

    proptest! {
        #[test]
        fn it_stays_within_its_bounds(
            least in 1_usize..20,
            most in 1_usize..100,
            calls in prop::collection::vec((1_usize..200, 0_u64..20_000, 0_u64..40_000), 0..500),
        ) {
            let mut now = Instant::now();
            let mut limit = AdaptiveLimit::new(least, most, now);
            for (running, took, pause) in calls {
                limit.asked(now);
                limit.began(running, now);
                let began = now;
                now += Duration::from_millis(took);
                limit.took(began, now);
                prop_assert!((least.min(most)..=most).contains(&limit.current()));
                now += Duration::from_millis(pause);
            }
        }

        #[test]
        fn it_does_not_fall_while_calls_take_what_they_took(
            took in 1_u64..5_000,
            noise in prop::collection::vec(0_u64..100, 500),
        ) {
            let mut now = Instant::now();
            let mut limit = AdaptiveLimit::new(1, 50, now);
            for more in noise {
                few(&mut limit, 1, Duration::from_millis(took + more), &mut now);
                prop_assert_eq!(limit.current(), 50);
            }
        }
    }
}
