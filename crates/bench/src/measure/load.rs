//! Processor time and latency of two-way calls: a frame each way every 20 ms, splice and Switchboard in turn.

use std::time::Duration;

use tokio::time::sleep;

use super::Bench;
use crate::caller::Talk;
use crate::error::BenchError;
use crate::model::Manner;
use crate::options::Options;
use crate::recorder::{Way, latencies};
use crate::report::{Row, print};
use crate::stats::{median, ms, percentile};
use crate::subject::Role;

/// After the last call is up.
const WARM_UP: Duration = Duration::from_secs(2);
/// At how many calls latency is held against the splice's.
const LATENCY_AT: usize = 200;

/// One load on one subject.
#[derive(Debug)]
struct Run {
    /// Processor milliseconds per second of one call.
    cost: f64,
    up: Latency,
    down: Latency,
    /// The part of the frames that arrived in time to be counted, both ways.
    arrived: f64,
}

#[derive(Debug)]
struct Latency {
    p50: f64,
    p99: f64,
}

type OfRun = fn(&Run) -> &Latency;

pub(super) async fn measure(bench: &mut Bench, options: &Options) -> Result<(), BenchError> {
    let window = Duration::from_secs(options.seconds);
    for &calls in &options.calls {
        let (mut splice, mut switchboard) = (Vec::new(), Vec::new());
        for repeat in 1..=options.repeats {
            print(&format!("{calls} calls, {repeat} of {}\n", options.repeats));
            splice.push(run(bench, Role::Splice, calls, window).await?);
            switchboard.push(run(bench, Role::Switchboard, calls, window).await?);
        }
        report(bench, calls, &splice, &switchboard);
    }
    Ok(())
}

async fn run(
    bench: &mut Bench,
    role: Role,
    calls: usize,
    window: Duration,
) -> Result<Run, BenchError> {
    let subject = bench.subject(role)?;
    let _callers = bench.calls(&subject, calls, Talk::Always, Manner::Endless).await?;
    sleep(WARM_UP).await;
    let before = subject.processor();
    bench.recorder.turn(true);
    sleep(window).await;
    bench.recorder.turn(false);
    let used = before.until(&subject.processor());
    let (up, down) = (bench.recorder.take(Way::Up), bench.recorder.take(Way::Down));
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let (call_seconds, frames) =
        (calls as f64 * window.as_secs_f64(), (up.len() + down.len()) as f64);
    let run = Run {
        cost: ms(used) / call_seconds,
        up: latency(&latencies(&up)),
        down: latency(&latencies(&down)),
        arrived: frames / (call_seconds * 100.0),
    };
    print(&format!("  {role:?}: {run:.2?}\n"));
    Ok(run)
}

fn latency(times: &[f64]) -> Latency {
    Latency { p50: median(times), p99: percentile(times, 99.0) }
}

fn report(bench: &mut Bench, calls: usize, splice: &[Run], switchboard: &[Run]) {
    let each = |runs: &[Run], of: fn(&Run) -> f64| -> Vec<f64> { runs.iter().map(of).collect() };
    let (floor, ours) = (each(splice, |run| run.cost), each(switchboard, |run| run.cost));
    let ratios: Vec<f64> = ours.iter().zip(&floor).map(|(ours, floor)| ours / floor).collect();
    let ratio = median(&ratios);
    let most = if calls < 500 { 1.2 } else { 1.0 };
    let row = Row::new(
        format!("processor ms per call-second, {calls} calls (times the splice's)"),
        format!("{:.2} ({ratio:.2})", median(&ours)),
    );
    bench.report.add(
        row.beside(format!("{:.2}", median(&floor))).hold(format!("≤ {most} times"), ratio <= most),
    );
    let (up, down): (OfRun, OfRun) = (|run| &run.up, |run| &run.down);
    for (way, of) in [("caller to model", up), ("model to caller", down)] {
        let p50 = |runs: &[Run]| median(&runs.iter().map(|run| of(run).p50).collect::<Vec<_>>());
        let p99 = |runs: &[Run]| median(&runs.iter().map(|run| of(run).p99).collect::<Vec<_>>());
        let text = |runs: &[Run]| format!("{:.2} / {:.2}", p50(runs), p99(runs));
        let row = Row::new(format!("{way}, {calls} calls, p50 / p99, ms"), text(switchboard))
            .beside(text(splice));
        let added = p99(switchboard) - p99(splice);
        bench.report.add(if calls == LATENCY_AT {
            row.hold("p99 ≤ 1 above", added <= 1.0)
        } else {
            row
        });
    }
    let arrived = |runs: &[Run]| format!("{:.1}", median(&each(runs, |run| run.arrived)) * 100.0);
    let row = Row::new(format!("frames that arrived, {calls} calls, %"), arrived(switchboard));
    bench.report.add(row.beside(arrived(splice)));
}
