//! The circuit breaker against a model of it that is too simple to be wrong.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::breaker::tests::{LIMITS, broken, call, second};
use super::breaker::{Breaker, Change, Pass, Verdict};
use super::degradation::BreakerState;

/// What the breaker ought to do, said as plainly as possible: everything that happened, in lists.
struct Model {
    /// Milliseconds.
    now: u64,
    /// Ends of calls since it was last closed: when, and whether well.
    ends: Vec<(u64, bool)>,
    /// When it opened or a probe failed last, and how many probes have failed since it opened.
    opened: Option<(u64, u32)>,
    good_probes: u32,
    probing: bool,
}

impl Model {
    fn lets_through(&self) -> bool {
        let Some((at, failed)) = self.opened else { return true };
        !self.probing && self.now >= at + (1_000 << failed.min(2)).min(3_000)
    }

    fn call_ended(&mut self, good: bool) {
        self.ends.push((self.now, good));
        if !good && (self.in_a_row() >= 4 || self.share_is_too_high()) {
            self.opened = Some((self.now, 0));
        }
    }

    fn in_a_row(&self) -> usize {
        let mut later = self.now;
        let row = self.ends.iter().rev().take_while(|(at, good)| {
            let goes_on = !good && later - at < 10_000;
            later = *at;
            goes_on
        });
        row.count()
    }

    fn share_is_too_high(&self) -> bool {
        let recent = self.ends.iter().filter(|(at, _)| at / 1_000 + 10 > self.now / 1_000);
        let (good, bad): (Vec<_>, Vec<_>) = recent.copied().partition(|(_, good)| *good);
        good.len() + bad.len() >= 6 && bad.len() >= good.len()
    }

    fn probe_ended(&mut self, good: bool) {
        self.probing = false;
        self.good_probes = if good { self.good_probes + 1 } else { 0 };
        if self.good_probes == 2 {
            *self = Self { now: self.now, ..Self::new() };
        } else if !good {
            let failed = self.opened.map_or(0, |(_, failed)| failed + 1);
            self.opened = Some((self.now, failed));
        }
    }

    fn new() -> Self {
        Self { now: 0, ends: Vec::new(), opened: None, good_probes: 0, probing: false }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Begin,
    End { which: prop::sample::Index, verdict: Verdict },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict =
        prop_oneof![2 => Just(Verdict::Good), 3 => Just(Verdict::Bad), 1 => Just(Verdict::Unknown)];
    let end = (any::<prop::sample::Index>(), verdict)
        .prop_map(|(which, verdict)| Step::End { which, verdict });
    let step =
        prop_oneof![1 => (0_u64..4_000).prop_map(Step::Wait), 3 => Just(Step::Begin), 3 => end];
    prop::collection::vec(step, 0..300)
}

proptest! {
    #[test]
    fn it_does_what_the_model_does_with_one_probe_at_most(steps in steps()) {
        let start = Instant::now();
        let mut breaker = Breaker::new(&LIMITS, start);
        let mut model = Model::new();
        // Running calls: the pass, whether it is a probe, and which life of the breaker it is of.
        let mut running: Vec<(Pass, bool, u32)> = Vec::new();
        let mut life = 0;
        for step in steps {
            let now = start + Duration::from_millis(model.now);
            match step {
                Step::Wait(milliseconds) => model.now += milliseconds,
                Step::Begin => {
                    let asked = breaker.ask(now);
                    prop_assert_eq!(asked.is_ok(), model.lets_through());
                    if let Ok(pass) = asked {
                        model.probing = model.opened.is_some();
                        running.push((pass, model.probing, life));
                    }
                }
                Step::End { which, verdict } if !running.is_empty() => {
                    let (pass, probe, of) = running.swap_remove(which.index(running.len()));
                    let was_open = model.opened.is_some();
                    match (probe, verdict) {
                        (true, Verdict::Unknown) => model.probing = false,
                        (true, _) => model.probe_ended(verdict == Verdict::Good),
                        (false, Verdict::Unknown) => {}
                        (false, _) if was_open || of != life => {}
                        (false, _) => model.call_ended(verdict == Verdict::Good),
                    }
                    let change = match (was_open, model.opened.is_some()) {
                        (false, true) => Some(Change::Opened),
                        (true, false) => Some(Change::Closed),
                        _ => None,
                    };
                    life += u32::from(change.is_some());
                    prop_assert_eq!(breaker.ended(pass, verdict, now), change);
                }
                Step::End { .. } => {}
            }
            prop_assert!(running.iter().filter(|(_, probe, _)| *probe).count() <= 1);
        }
    }

    #[test]
    fn it_is_closed_one_interval_after_the_backend_is_back(
        bad_probes in 0_u32..10,
        late in 0_u64..1_000,
    ) {
        let (mut breaker, mut now) = broken();
        for _ in 0..bad_probes {
            now += breaker.next_probe(now).unwrap();
            call(&mut breaker, Verdict::Bad, now);
        }
        let back = now + Duration::from_millis(late);
        let mut now = back;
        while breaker.state(now) != BreakerState::Closed {
            now += Duration::from_millis(10);
            if let Ok(pass) = breaker.ask(now) {
                breaker.ended(pass, Verdict::Good, now);
            }
        }
        prop_assert!(now - back <= second() * 3 + Duration::from_millis(20));
    }
}
