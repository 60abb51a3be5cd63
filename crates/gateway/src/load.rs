//! The gateway under load, in virtual time: many callers on one tool with few places, and beside it a backend that breaks and comes back.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use switchboard_agent::{Caller, Session};
use tokio::time::{Instant, sleep, sleep_until};

use crate::testing::{App, gateway, request};
use crate::{BreakerLimits, Gateway, Limits, Operations, Request, ToolOverrides, Tools};

/// Calls of the tool that run at once; each takes a second.
const PLACES: usize = 4;
/// Callers in the middle of something: no more than can wait for a place.
const LONG: u64 = 4;
/// Callers who have only just begun, and who want five times as much as there are places for.
const FRESH: u64 = 40;
/// The turns that a caller in the middle of something has had.
const MANY: u64 = 20;
/// How long a call may wait for a place.
const WAIT: Duration = Duration::from_secs(3);
/// How often each caller calls.
const EVERY: Duration = Duration::from_millis(2_100);

/// What came of one call of the tool with few places.
struct Seen {
    fresh: bool,
    outcome: String,
    took: Duration,
}

fn limits() -> Limits {
    let few = ToolOverrides {
        concurrency: Some(PLACES),
        least_concurrency: Some(PLACES),
        queue: Some(PLACES),
        wait_ms: u64::try_from(WAIT.as_millis()).ok(),
        ..ToolOverrides::default()
    };
    Limits { tools: [("look".to_owned(), few)].into(), ..Limits::default() }
}

/// What a call comes to on this phone call, in the caller's turn of that number.
async fn call(gateway: &Gateway<App>, phone: &str, turn: u64, tool: &str, args: &str) -> String {
    let session = Session::new(phone.to_owned(), Caller::unknown(), |_| {});
    let answer = gateway.answer(Request { session, turn, ..request(tool, args) }).await;
    answer.envelope.outcome().to_owned()
}

/// A caller who looks something up in every turn, or a place from which new callers do so, whatever comes of it.
async fn looks(gateway: &Gateway<App>, number: u64, until: Instant) -> Vec<Seen> {
    let fresh = number >= LONG;
    let mut seen = Vec::new();
    sleep(Duration::from_millis(number * 47)).await;
    for times in 0.. {
        let began = Instant::now();
        if began >= until {
            break;
        }
        let (phone, turn) = if fresh {
            (format!("{number}, {times}"), 1)
        } else {
            (number.to_string(), MANY + times)
        };
        let outcome = call(gateway, &phone, turn, "look", r#"{"seconds": 1}"#).await;
        seen.push(Seen { fresh, outcome, took: began.elapsed() });
        sleep_until(began + EVERY).await;
    }
    seen
}

/// New callers, ten a second, who need the backend that breaks: when they called, and what came of it.
async fn tries(gateway: &Gateway<App>, until: Instant) -> Vec<(Instant, String)> {
    let mut seen = Vec::new();
    for times in 0.. {
        let began = Instant::now();
        if began >= until {
            break;
        }
        let phone = format!("beside, {times}");
        seen.push((began, call(gateway, &phone, 1, "try_it", "{}").await));
        sleep_until(began + Duration::from_millis(100)).await;
    }
    seen
}

/// A backend that was broken for a while.
struct Breakdown {
    /// How often it was called between its breaker opening for sure and its return.
    called: usize,
    back: Instant,
    /// When the next probe was due then, as operators were shown.
    due: Option<Duration>,
}

async fn breakdown(gateway: &Gateway<App>, app: &App) -> Breakdown {
    let called = || app.keys.lock().unwrap().len();
    sleep(Duration::from_secs(10)).await;
    app.failures.store(usize::MAX, Ordering::SeqCst);
    sleep(Duration::from_secs(5)).await;
    let before = called();
    sleep(Duration::from_secs(20)).await;
    app.failures.store(0, Ordering::SeqCst);
    let state = gateway.backends().into_iter().find(|state| state.backend == "try_it").unwrap();
    assert_eq!(gateway.degradation().open_backends, ["try_it"]);
    Breakdown { called: called() - before, back: Instant::now(), due: state.next_probe }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_in_the_middle_of_something_is_served_and_a_broken_backend_comes_back() {
    let app = App::default();
    let gateway = gateway(&app).with_limits(limits());
    let until = Instant::now() + Duration::from_secs(60);
    let callers = join_all((0..LONG + FRESH).map(|number| looks(&gateway, number, until)));
    let (looked, tried, breakdown) =
        tokio::join!(callers, tries(&gateway, until), breakdown(&gateway, &app));

    let (mut served, mut shed) = (0, 0);
    for Seen { fresh, outcome, took } in looked.into_iter().flatten() {
        assert!(took <= WAIT + Duration::from_secs(1), "an answer after {took:?}");
        match (fresh, outcome.as_str()) {
            (_, "ok") => served += 1,
            (true, "busy") => shed += 1,
            (_, other) => panic!("fresh: {fresh}, {other}"),
        }
    }
    assert!(served > 60 * PLACES * 9 / 10, "{served} were served: places stood empty");
    assert!(shed > 500, "{shed} were shed");

    let Breakdown { called, back, due } = breakdown;
    assert!(called <= 24, "a broken backend was called {called} times in 20 s");
    let interval = Duration::from_millis(BreakerLimits::default().most_probe_ms);
    let due = due.unwrap_or(interval);
    assert!(due <= interval);
    let mut after = tried.iter().filter(|(at, _)| *at >= back);
    let (first_ok, _) = after.find(|(_, outcome)| outcome == "ok").unwrap();
    assert!(*first_ok <= back + due + Duration::from_millis(100), "not with the next probe");
    assert!(after.all(|(_, outcome)| outcome == "ok"), "it was back, and refused all the same");
    assert_eq!(gateway.tools().iter().map(|tool| tool.running + tool.queued).sum::<usize>(), 0);
}
