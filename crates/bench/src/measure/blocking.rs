//! A tool that blocks its thread for a second, while calls speak both ways.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::Bench;
use crate::caller::{Caller, Talk};
use crate::error::BenchError;
use crate::model::{Manner, events};
use crate::recorder::{Arrived, Way, latencies};
use crate::report::Row;
use crate::roster::BLOCKED;
use crate::stats::{ms, percentile, worst};
use crate::subject::Role;

const CALLS: usize = 20;
/// From the tool's call until everything it could delay has come.
const WINDOW: Duration = Duration::from_millis(1_300);
/// What the worst latency may be above that of a quiet time: shared machines are noisy.
const NOTICED: f64 = 20.0;

pub(super) async fn measure(bench: &mut Bench) -> Result<(), BenchError> {
    let subject = bench.subject(Role::Switchboard)?;
    bench.model.behave(Manner::Endless);
    let first = Caller::place(&subject, 0, Talk::Always, &bench.recorder).await?;
    let mut model = bench.model.call().await?;
    let mut callers = vec![first];
    for index in 1..CALLS {
        callers.push(Caller::place(&subject, index, Talk::Always, &bench.recorder).await?);
    }
    sleep(Duration::from_secs(1)).await;
    // Connections are numbered through the run; the first of these is the one that blocks.
    let before = window(bench).await;
    let call = events::tool_call_while_speaking("block", &json!({}));
    let called = model.send(call).await?;
    let during = window(bench).await;
    let answered = model.hear("conversation.item.create").await?;
    report(bench, &before, &during);
    let took = answered.at.duration_since(called);
    let row = Row::new("that tool's turnaround, ms", format!("{:.1}", ms(took)));
    bench
        .report
        .add(row.hold("the tool's second and ≤ 1", took < BLOCKED + Duration::from_millis(1)));
    Ok(())
}

/// What arrived within one window, up and down.
struct Window {
    up: Vec<Arrived>,
    down: Vec<Arrived>,
}

async fn window(bench: &Bench) -> Window {
    bench.recorder.turn(true);
    sleep(WINDOW).await;
    bench.recorder.turn(false);
    Window { up: bench.recorder.take(Way::Up), down: bench.recorder.take(Way::Down) }
}

fn report(bench: &mut Bench, before: &Window, during: &Window) {
    let first_up = before.up.iter().map(|frame| frame.who).min().unwrap_or_default();
    for (what, own) in [("the tool's own call", true), ("the other calls", false)] {
        let of = |window: &Window| {
            let (up, down) = (of(&window.up, first_up, own), of(&window.down, 0, own));
            let latencies = [latencies(&up), latencies(&down)].concat();
            (worst(&latencies), percentile(&latencies, 99.0), gap(&up).max(gap(&down)))
        };
        let ((quiet, _, quiet_gap), (late, p99, gap)) = (of(before), of(during));
        let row = Row::new(
            format!("a tool blocks 1 s: {what}, worst latency (p99) / gap, ms"),
            format!("{late:.1} ({p99:.2}) / {gap:.0}"),
        );
        let row = row.beside(format!("the second before: {quiet:.1} / {quiet_gap:.0}"));
        bench.report.add(row.hold("as before", late <= quiet + NOTICED));
    }
}

fn of(frames: &[Arrived], first: usize, own: bool) -> Vec<Arrived> {
    frames.iter().filter(|frame| (frame.who == first) == own).copied().collect()
}

/// The longest time that any one call heard nothing, in milliseconds.
fn gap(frames: &[Arrived]) -> f64 {
    let mut longest = Duration::ZERO;
    let mut last = std::collections::HashMap::<usize, Instant>::new();
    for frame in frames {
        if let Some(before) = last.insert(frame.who, frame.at) {
            longest = longest.max(frame.at.saturating_duration_since(before));
        }
    }
    ms(longest)
}
