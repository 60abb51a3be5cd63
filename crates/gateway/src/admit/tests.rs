//! Admission as a whole, in virtual time.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout};

use super::{
    Admission, Asked, BackendState, BreakerLimits, BreakerState, CallerRate, End, Limits, Refused,
    SwitchedOn, ToolLimits, Why,
};

pub(crate) fn asked(tool: &str) -> Asked<'_> {
    let (caller, tenant) = ("ann", "larkfield");
    Asked { tool, backend: tool, optional: false, at_most: None, caller, tenant, turn: 1 }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn milliseconds(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// One place to run at, two to wait at.
fn narrow() -> Admission {
    let tool = ToolLimits { concurrency: 1, queue: 2, ..ToolLimits::default() };
    Admission::new(Limits { tool, ..Limits::default() })
}

fn why<T>(refused: Result<T, Refused>) -> Option<Why> {
    refused.err().and_then(|refused| match refused {
        Refused::Busy { why, .. } => Some(why),
        Refused::Unavailable => None,
    })
}

async fn break_backend(admission: &Admission, backend: &str) {
    loop {
        let Ok(permit) = admission.admit(Asked { backend, ..asked("breaks") }).await else {
            panic!("{backend} is broken already")
        };
        if permit.ended(End::Failed).is_some() {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_its_turn_and_runs_when_a_place_is_free() {
    let admission = narrow();
    let first = admission.admit(asked("pay")).await.unwrap();
    let began = Instant::now();
    let (second, ()) = tokio::join!(admission.admit(asked("pay")), async {
        sleep(milliseconds(300)).await;
        first.ended(End::Ok);
    });
    assert_eq!(began.elapsed(), milliseconds(300));
    assert_eq!(admission.tools()[0].running, 1);
    drop(second.unwrap());
    assert_eq!(admission.tools()[0].running, 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_bound() {
    let admission = narrow();
    let _running = admission.admit(asked("pay")).await.unwrap();
    let began = Instant::now();
    assert_eq!(why(admission.admit(asked("pay")).await), Some(Why::Waited));
    assert_eq!(began.elapsed(), milliseconds(1_500));
    assert_eq!(admission.tools()[0].queued, 0);
}

#[tokio::test(start_paused = true)]
async fn a_longer_talk_takes_the_place_of_a_shorter_one_in_the_queue() {
    let admission = narrow();
    let _running = admission.admit(asked("pay")).await.unwrap();
    let ends = RefCell::new(Vec::new());
    join_all([3, 1, 2, 1].map(|turn| {
        let (admission, ends) = (&admission, &ends);
        async move {
            let end = why(admission.admit(Asked { turn, ..asked("pay") }).await);
            ends.borrow_mut().push((turn, end.unwrap()));
        }
    }))
    .await;
    let first = &ends.borrow()[..2];
    assert!(first.contains(&(1, Why::Shed)) && first.contains(&(1, Why::QueueFull)), "{first:?}");
    assert_eq!(ends.borrow()[2..], [(3, Why::Waited), (2, Why::Waited)]);
}

#[tokio::test(start_paused = true)]
async fn a_call_given_up_leaves_the_queue_or_gives_its_place_back() {
    let admission = narrow();
    let running = admission.admit(asked("pay")).await.unwrap();
    let mut waits = Box::pin(admission.admit(asked("pay")));
    assert!((&mut waits).now_or_never().is_none());
    drop(waits);
    assert_eq!(admission.tools()[0].queued, 0);
    let mut told = Box::pin(admission.admit(asked("pay")));
    assert!((&mut told).now_or_never().is_none());
    running.ended(End::Ok);
    assert_eq!(admission.tools()[0].running, 1);
    drop(told);
    assert_eq!(admission.tools()[0].running, 0);
}

#[tokio::test(start_paused = true)]
async fn a_tool_never_runs_more_often_at_once_than_it_says() {
    let admission = Admission::new(Limits::default());
    let (running, peak) = (RefCell::new(0), RefCell::new(0));
    join_all((0..50).map(|_| async {
        let asked = Asked { at_most: Some(3), ..asked("pay") };
        let Ok(permit) = admission.admit(asked).await else { return };
        *running.borrow_mut() += 1;
        let most = (*running.borrow()).max(*peak.borrow());
        *peak.borrow_mut() = most;
        sleep(milliseconds(100)).await;
        *running.borrow_mut() -= 1;
        permit.ended(End::Ok);
    }))
    .await;
    assert_eq!(*peak.borrow(), 3);
}

#[tokio::test(start_paused = true)]
async fn each_rate_refuses_on_its_own_account() {
    let caller = CallerRate { per_minute: 60, burst: 2 };
    let admission = Admission::new(Limits { caller, ..Limits::default() });
    for tool in ["pay", "book"] {
        admission.admit(asked(tool)).await.unwrap().ended(End::Ok);
    }
    let refused = admission.admit(asked("list")).await.unwrap_err();
    assert_eq!(refused, Refused::Busy { retry_after: seconds(1), why: Why::CallerRate });
    sleep(milliseconds(900)).await;
    let soon = Refused::Busy { retry_after: milliseconds(500), why: Why::CallerRate };
    assert_eq!(admission.admit(asked("list")).await.unwrap_err(), soon);
    assert!(admission.admit(Asked { caller: "bob", ..asked("list") }).await.is_ok());

    let limits = "tenant.burst = 1\ntools.pay.burst = 1";
    let admission = Admission::new(toml::from_str(limits).unwrap());
    assert!(admission.admit(asked("pay")).await.is_ok());
    assert_eq!(why(admission.admit(asked("pay")).await), Some(Why::TenantRate));
    let other = Asked { tenant: "other", ..asked("pay") };
    assert_eq!(why(admission.admit(other).await), Some(Why::ToolRate));
}

#[tokio::test(start_paused = true)]
async fn a_broken_backend_says_when_it_is_tried_again() {
    let admission = Admission::new(Limits::default());
    break_backend(&admission, "ledger").await;
    sleep(milliseconds(400)).await;
    let refused = admission.admit(Asked { backend: "ledger", ..asked("pay") }).await.unwrap_err();
    let retry_after = milliseconds(600);
    assert_eq!(refused, Refused::Busy { retry_after, why: Why::BackendOpen });
    let state = BackendState {
        backend: "ledger".into(),
        state: BreakerState::Open,
        failures: 5,
        next_probe: Some(retry_after),
    };
    assert_eq!(admission.backends(), [state]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_by_the_tool_is_no_failure() {
    let admission = Admission::new(Limits::default());
    for _ in 0..30 {
        let permit = admission.admit(asked("pay")).await.unwrap();
        assert_eq!(permit.ended(End::RefusedByTool), None);
    }
    assert_eq!(admission.backends()[0].failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waited_while_its_backend_broke_does_not_run() {
    let admission = narrow();
    let running = admission.admit(Asked { backend: "ledger", ..asked("pay") }).await.unwrap();
    let (waited, ()) =
        tokio::join!(admission.admit(Asked { backend: "ledger", ..asked("pay") }), async {
            break_backend(&admission, "ledger").await;
            running.ended(End::Ok);
        });
    assert_eq!(why(waited), Some(Why::BackendOpen));
    assert!(admission.tools().iter().all(|tool| tool.running == 0));
}

#[tokio::test(start_paused = true)]
async fn in_a_degradation_optional_tools_are_unavailable_and_the_rest_work() {
    let admission = Admission::new(Limits::default());
    let optional = Asked { optional: true, ..asked("recommend") };
    assert!(admission.admit(optional).await.is_ok());

    let by_operator = SwitchedOn {
        by: "ann".into(),
        reason: "a busy day".into(),
        since: jiff::Timestamp::UNIX_EPOCH,
    };
    admission.degrade(Some(by_operator.clone()));
    assert_eq!(admission.degradation().on_by_operator, Some(by_operator));
    assert_eq!(admission.admit(optional).await.unwrap_err(), Refused::Unavailable);
    assert!(admission.admit(asked("pay")).await.is_ok());

    admission.degrade(None);
    assert!(admission.admit(optional).await.is_ok());
    break_backend(&admission, "ledger").await;
    assert_eq!(admission.degradation().open_backends, ["ledger"]);
    assert_eq!(admission.admit(optional).await.unwrap_err(), Refused::Unavailable);
    assert!(admission.admit(asked("pay")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_optional_tool_probes_its_own_broken_backend() {
    let admission = Admission::new(Limits::default());
    let optional = Asked { optional: true, ..asked("recommend") };
    break_backend(&admission, "recommend").await;
    assert_eq!(admission.admit(optional).await.unwrap_err(), Refused::Unavailable);
    sleep(seconds(1)).await;
    assert_eq!(admission.admit(optional).await.unwrap().ended(End::Ok), None);
    let change = admission.admit(optional).await.unwrap().ended(End::Ok);
    assert!(change.is_some_and(|change| !change.open && change.backend == "recommend"));
    assert!(!admission.degradation().is_on());
}

#[tokio::test(start_paused = true)]
async fn a_backend_is_shown_as_broken_exactly_while_it_switches_optional_tools_off() {
    let admission = Admission::new(Limits::default());
    break_backend(&admission, "ledger").await;
    let mut broken = 0;
    for _ in 0..600 {
        let state = admission.backends().remove(0);
        let shown = state.state != BreakerState::Closed;
        assert_eq!(shown, !admission.degradation().open_backends.is_empty());
        assert_eq!(shown, state.next_probe.is_some());
        broken += u32::from(shown);
        sleep(seconds(1)).await;
    }
    assert_eq!(broken, 31, "a second until the probe is due, and a window in which nobody asks");
}

#[tokio::test(start_paused = true)]
async fn everyone_is_answered_and_no_place_is_lost_whatever_happens() {
    const ENDS: [Option<End>; 6] = [
        Some(End::Ok),
        Some(End::Ok),
        Some(End::RefusedByTool),
        Some(End::Failed),
        Some(End::TimedOut),
        None,
    ];
    let mut random = 7_u64;
    let mut next = move |most: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) % most
    };
    let tool = ToolLimits { concurrency: 4, queue: 8, ..ToolLimits::default() };
    let caller = CallerRate { per_minute: 0, ..CallerRate::default() };
    let breaker = BreakerLimits { in_a_row: 20, failure_share: 1.0, ..BreakerLimits::default() };
    let admission = Admission::new(Limits { caller, tool, breaker, ..Limits::default() });
    let (ran, waited) = (Cell::new(0), Cell::new(0));
    let calls = (0..2_000).map(|_| {
        let (at, runs, patience, turn) = (next(20_000), next(100), next(2_500), next(5));
        let end = ENDS[usize::try_from(next(6)).unwrap()];
        let (admission, ran, waited) = (&admission, &ran, &waited);
        async move {
            sleep(milliseconds(at)).await;
            let before = Instant::now();
            let asking = admission.admit(Asked { turn, ..asked("pay") });
            // Some hang up while they wait, and some while the tool runs.
            let Ok(Ok(permit)) = timeout(milliseconds(patience), asking).await else {
                return;
            };
            ran.set(ran.get() + 1);
            waited.set(waited.get() + u32::from(before.elapsed() > Duration::ZERO));
            assert!(admission.tools()[0].running <= 4);
            sleep(milliseconds(runs)).await;
            match end {
                Some(end) => drop(permit.ended(end)),
                None => drop(permit),
            }
        }
    });
    join_all(calls).await;
    assert!(ran.get() > 500 && waited.get() > 100, "{ran:?} ran, of which {waited:?} had waited");
    let tool = &admission.tools()[0];
    assert_eq!((tool.running, tool.queued), (0, 0));
}
