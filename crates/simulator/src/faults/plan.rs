//! The faults of one simulator as its connections meet them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::Fault;
use super::when::{Moment, Point, When};

/// The faults of one simulator, shared by its connections.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultPlan(Arc<Plan>);

#[derive(Debug, Default)]
struct Plan {
    armed: Box<[Armed]>,
    door: Mutex<Door>,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    /// The highest count of its moments at which it has happened.
    happened: AtomicU32,
}

impl Armed {
    /// Whether it is this fault's turn: always, or the first time that a count comes up.
    fn fire(&self, count: u32) -> bool {
        matches!(self.fault.when, When::Every(_))
            || self.happened.fetch_max(count, Ordering::Relaxed) < count
    }
}

/// What happens to clients that connect.
#[derive(Debug, Default)]
struct Door {
    /// The clients so far.
    count: u32,
    /// Faults that hold since a connection was ended.
    open: Vec<(Fault, Until)>,
}

#[derive(Debug)]
enum Until {
    Clients(u32),
    Time(Instant),
}

impl FaultPlan {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let armed = |fault: &Fault| Armed { fault: fault.clone(), happened: AtomicU32::new(0) };
        Self(Arc::new(Plan { armed: faults.iter().map(armed).collect(), door: Mutex::default() }))
    }

    /// A client connects: what goes wrong with that.
    pub(crate) fn connect(&self, now: Instant) -> Vec<Fault> {
        let mut door = self.door();
        door.count += 1;
        let count = door.count;
        let mut due = self.due(|when| when.point() == Some(&Point::Connect), count);
        door.open.retain_mut(|(fault, until)| {
            let holds = match until {
                Until::Clients(left) => {
                    *left = left.saturating_sub(1);
                    true
                }
                Until::Time(end) => now < *end,
            };
            if holds {
                due.push(fault.clone());
            }
            holds && !matches!(until, Until::Clients(0))
        });
        due
    }

    /// The server has ended a connection, or let it fail.
    pub(crate) fn dropped(&self, now: Instant) {
        let mut door = self.door();
        let mut begun: Vec<&Fault> = Vec::new();
        for armed in &self.0.armed {
            let until = match armed.fault.when {
                When::AfterDrop(clients) => Until::Clients(clients),
                When::WhileDown(time) => Until::Time(now + time),
                _ => continue,
            };
            if !begun.contains(&&armed.fault) && armed.fire(1) {
                begun.push(&armed.fault);
                door.open.push((armed.fault.clone(), until));
            }
        }
    }

    fn door(&self) -> MutexGuard<'_, Door> {
        self.0.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes wrong at the moment of this count. A fault that is there twice happens at two of them.
    fn due(&self, is_at: impl Fn(&When) -> bool, count: u32) -> Vec<Fault> {
        let mut due: Vec<Fault> = Vec::new();
        for armed in &self.0.armed {
            let when = &armed.fault.when;
            if is_at(when) && when.is_now(count) && !due.contains(&armed.fault) && armed.fire(count)
            {
                due.push(armed.fault.clone());
            }
        }
        due
    }
}

/// The faults as one connection meets them.
#[derive(Debug)]
pub(crate) struct Faults {
    plan: FaultPlan,
    /// The points that the plan names, each with how many of its moments there have been.
    counts: Vec<(Point, u32)>,
}

impl Faults {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        let mut counts: Vec<(Point, u32)> = Vec::new();
        for point in plan.0.armed.iter().filter_map(|armed| armed.fault.when.point()) {
            if counts.iter().all(|(known, _)| known != point) {
                counts.push((point.clone(), 0));
            }
        }
        Self { plan, counts }
    }

    /// Counts a moment, and returns what goes wrong at it.
    pub(crate) fn at(&mut self, moment: Moment<'_>) -> Vec<Fault> {
        let mut due = Vec::new();
        for (point, count) in self.counts.iter_mut().filter(|(point, _)| point.covers(moment)) {
            *count += 1;
            due.extend(self.plan.due(|when| when.point() == Some(&*point), *count));
        }
        due
    }

    /// The places in the plan, and the milliseconds, of what goes wrong by the clock.
    pub(crate) fn timed(&self) -> impl Iterator<Item = (usize, u64)> {
        self.plan.0.armed.iter().enumerate().filter_map(|(index, armed)| match armed.fault.when {
            When::AfterMs(ms) => Some((index, ms)),
            _ => None,
        })
    }

    /// What goes wrong by the clock, now that its time has come.
    pub(crate) fn fire(&self, index: usize) -> Option<Fault> {
        let armed = &self.plan.0.armed[index];
        armed.fire(1).then(|| armed.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn plan(faults: &[&str]) -> FaultPlan {
        let faults: Vec<Fault> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        FaultPlan::new(&faults)
    }

    fn count(faults: &mut Faults, moment: Moment<'_>) -> usize {
        faults.at(moment).len()
    }

    #[test]
    fn a_fault_of_one_time_happens_once_over_all_connections() {
        let plan = plan(&["close_1006@response:2"]);
        let mut first = Faults::new(plan.clone());
        assert_eq!(count(&mut first, Moment::Response), 0);
        assert_eq!(count(&mut first, Moment::Response), 1);

        let mut second = Faults::new(plan);
        second.at(Moment::Response);
        assert_eq!(count(&mut second, Moment::Response), 0);
    }

    #[test]
    fn a_fault_that_is_there_twice_happens_in_two_connections() {
        let plan = plan(&["close_1006@update:1", "close_1006@update:1"]);
        for expected in [1, 1, 0] {
            assert_eq!(count(&mut Faults::new(plan.clone()), Moment::Update), expected);
        }
    }

    #[test]
    fn a_fault_of_every_time_happens_every_time() {
        let mut faults = Faults::new(plan(&["stall@response:*"]));
        assert_eq!(count(&mut faults, Moment::Response), 1);
        assert_eq!(count(&mut faults, Moment::Update), 0);
        assert_eq!(count(&mut faults, Moment::Response), 1);
    }

    #[test]
    fn a_span_covers_its_moments_and_no_more() {
        let plan = plan(&["server_error@response:2-3"]);
        let mut faults = Faults::new(plan.clone());
        let happened: Vec<_> = (0..4).map(|_| count(&mut faults, Moment::Response)).collect();
        assert_eq!(happened, [0, 1, 1, 0]);
        assert_eq!(count(&mut Faults::new(plan), Moment::Response), 0);
    }

    #[test]
    fn events_are_counted_by_type_and_all_together() {
        let faults = ["unknown_event@event:response.done:2", "reset@sent:3", "mute@received:1"];
        let mut faults = Faults::new(plan(&faults));
        let mut at =
            |moment| -> Vec<String> { faults.at(moment).iter().map(ToString::to_string).collect() };
        assert!(at(Moment::Sent("response.done")).is_empty());
        assert!(at(Moment::Sent("session.updated")).is_empty());
        assert_eq!(
            at(Moment::Sent("response.done")),
            ["unknown_event@event:response.done:2", "reset@sent:3"]
        );
        assert!(at(Moment::Received("input_audio_buffer.append")).is_empty());
        assert_eq!(at(Moment::Received("response.create")), ["mute@received:1"]);
    }

    #[test]
    fn clients_are_refused_by_their_number() {
        let (plan, now) = (plan(&["refuse_connect@connect:2"]), Instant::now());
        let refused: Vec<_> = (0..3).map(|_| plan.connect(now).len()).collect();
        assert_eq!(refused, [0, 1, 0]);
    }

    #[test]
    fn clients_are_refused_after_a_drop_and_not_after_the_next() {
        let (plan, now) = (plan(&["refuse_connect@after_drop:2"]), Instant::now());
        assert_eq!(plan.connect(now).len(), 0);
        plan.dropped(now);
        let refused: Vec<_> = (0..3).map(|_| plan.connect(now).len()).collect();
        assert_eq!(refused, [1, 1, 0]);
        plan.dropped(now);
        assert_eq!(plan.connect(now).len(), 0);
    }

    #[test]
    fn clients_are_refused_for_a_while_after_a_drop() {
        let (plan, now) = (plan(&["refuse_connect=429@after_drop:800ms"]), Instant::now());
        plan.dropped(now);
        assert_eq!(plan.connect(now + Duration::from_millis(799)).len(), 1);
        assert_eq!(plan.connect(now + Duration::from_millis(800)).len(), 0);
    }
}
