//! Memory that a call adds to the process, without TLS.

use std::time::Duration;

use tokio::time::sleep;

use super::Bench;
use crate::caller::Talk;
use crate::error::BenchError;
use crate::model::Manner;
use crate::report::Row;
use crate::subject::Role;

const CALLS: usize = 200;
/// Most that a call may take, in KiB.
const HOLD: f64 = 64.0;

pub(super) async fn measure(bench: &mut Bench) -> Result<(), BenchError> {
    let quiet = (Talk::Never, Manner::Queue(1));
    let busy = (Talk::Always, Manner::Endless);
    for (what, (talk, manner)) in [("idle", quiet), ("two-way", busy)] {
        let (_, splice) = per_call(bench, Role::Splice, talk, manner).await?;
        let (alone, switchboard) = per_call(bench, Role::Switchboard, talk, manner).await?;
        let what = format!("memory per {what} call, {CALLS} calls, KiB");
        let row = Row::new(what, format!("{switchboard:.1}")).beside(format!("{splice:.1}"));
        bench.report.add(row.hold(format!("≤ {HOLD}"), switchboard <= HOLD));
        if talk == Talk::Never {
            let alone = format!("{:.1}", alone / 1_024.0);
            bench.report.add(Row::new("memory of the idle process, MiB", alone));
        }
    }
    Ok(())
}

/// Memory without calls, and what each call adds, in KiB. The process has had one call before, so that its code is in memory.
async fn per_call(
    bench: &mut Bench,
    role: Role,
    talk: Talk,
    manner: Manner,
) -> Result<(f64, f64), BenchError> {
    let subject = bench.subject(role)?;
    drop(bench.calls(&subject, 1, Talk::Always, Manner::Endless).await?);
    sleep(Duration::from_secs(1)).await;
    let before = subject.memory();
    let _callers = bench.calls(&subject, CALLS, talk, manner).await?;
    sleep(Duration::from_secs(3)).await;
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let each = (subject.memory() - before) / CALLS as f64;
    Ok((before, each))
}
