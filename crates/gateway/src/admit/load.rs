//! Two hundred callers, and a backend that fails for a while, in virtual time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep, sleep_until};

use super::tests::{asked, milliseconds, seconds};
use super::{Admission, Asked, BreakerLimits, End, Limits, Refused};

/// What came of one tool call in the load test.
struct Seen {
    at: Instant,
    tool: &'static str,
    end: Result<End, Refused>,
    waited: Duration,
}

/// The callers of the load test: 200, who call two tools in turn, every half second, whatever comes of it.
async fn callers(
    admission: &Admission,
    works: impl Fn(&str, Instant) -> bool,
    until: Instant,
) -> Vec<Seen> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    join_all((0..200_u64).map(|number| {
        let (seen, works) = (Rc::clone(&seen), &works);
        async move {
            let caller = format!("caller {number}");
            sleep(milliseconds(number * 5)).await;
            for (turn, tool) in (0..).zip(["pay", "book"].into_iter().cycle()) {
                let at = Instant::now();
                if at >= until {
                    return;
                }
                let admitted =
                    admission.admit(Asked { caller: &caller, turn, ..asked(tool) }).await;
                let waited = at.elapsed();
                let end = match admitted {
                    Ok(permit) => {
                        sleep(milliseconds(50)).await;
                        let end = if works(tool, Instant::now()) { End::Ok } else { End::Failed };
                        permit.ended(end);
                        Ok(end)
                    }
                    Err(refused) => Err(refused),
                };
                seen.borrow_mut().push(Seen { at, tool, end, waited });
                sleep_until(at + milliseconds(500)).await;
            }
        }
    }))
    .await;
    seen.take()
}

#[tokio::test(start_paused = true)]
async fn two_hundred_callers_go_on_while_one_backend_fails_and_it_is_back_within_a_probe() {
    let admission = Admission::new(Limits::default());
    let start = Instant::now();
    let (fails, back) = (start + seconds(10), start + milliseconds(42_300));
    let works = |tool: &str, now| tool != "pay" || now < fails || now >= back;
    let seen = callers(&admission, works, start + seconds(60)).await;

    let others = seen.iter().filter(|seen| seen.tool == "book");
    assert!(others.clone().count() > 10_000);
    for seen in others {
        assert_eq!(
            (seen.end, seen.waited),
            (Ok(End::Ok), Duration::ZERO),
            "at {:?}",
            seen.at - start
        );
    }

    let of_broken = |from, to| {
        let all = seen.iter().filter(move |seen| (from..to).contains(&seen.at));
        all.filter(|seen| seen.tool == "pay").map(|seen| seen.end)
    };
    assert!(of_broken(start, fails - milliseconds(50)).all(|end| end == Ok(End::Ok)));
    let while_broken = of_broken(fails + seconds(1), back - milliseconds(50));
    let called = while_broken.flatten().count();
    assert!(called <= 12, "a broken backend was called {called} times in half a minute");
    let probe = Duration::from_millis(BreakerLimits::default().most_probe_ms);
    let recovered = back + probe + milliseconds(200);
    assert!(of_broken(recovered, start + seconds(60)).all(|end| end == Ok(End::Ok)));
    assert_eq!(admission.tools().iter().map(|tool| tool.running).sum::<usize>(), 0);
}
