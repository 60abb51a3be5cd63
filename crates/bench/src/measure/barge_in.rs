//! From the model's word that the caller speaks to the `clear`, and whether the item is cut where the ear left it.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::Bench;
use crate::error::BenchError;
use crate::model::{Manner, events};
use crate::report::Row;
use crate::stats::{median, ms, worst};
use crate::subject::Role;

const TIMES: u64 = 30;
/// Five seconds of audio at once.
const QUEUED: Manner = Manner::Queue(250);
/// Most that a `clear` may take, in milliseconds.
const CLEAR_WITHIN: f64 = 0.3;
/// Most that a truncation may be off, in milliseconds.
const OFF_BY: f64 = 20.0;

pub(super) async fn measure(bench: &mut Bench) -> Result<(), BenchError> {
    for (what, manner) in [("queued", QUEUED), ("streaming", Manner::Endless)] {
        let (clears, errors) = barge_in(bench, manner).await?;
        let took = format!("{:.2} / {:.2}", median(&clears), worst(&clears));
        let row = Row::new(format!("barge-in to `clear`, {what}, p50 / worst, ms"), took);
        bench.report.add(row.hold("p50 ≤ 0.3", median(&clears) <= CLEAR_WITHIN));
        let sizes: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
        let off = format!("{:+.1} / {:.1}", median(&errors), worst(&sizes));
        let row =
            Row::new(format!("truncation against what was played, {what}, p50 / worst, ms"), off);
        bench.report.add(row.hold("within 20", worst(&sizes) <= OFF_BY));
    }
    Ok(())
}

/// How long each `clear` took, and by how much each truncation was off (later than the ear: more than 0), in milliseconds.
async fn barge_in(bench: &mut Bench, manner: Manner) -> Result<(Vec<f64>, Vec<f64>), BenchError> {
    let subject = bench.subject(Role::Switchboard)?;
    let (mut clears, mut errors) = (Vec::new(), Vec::new());
    for number in 0..TIMES {
        let (mut caller, mut model) = bench.call(&subject, 0, manner).await?;
        // Somewhere within a frame.
        sleep(Duration::from_millis(300 + 13 * number)).await;
        model.hush();
        let spoke = model.send(vec![events::speech_started()]).await?;
        let cleared = timeout(Duration::from_secs(2), caller.cleared.recv()).await;
        let cleared = cleared.ok().flatten().ok_or(BenchError::Missing("a `clear`", 2))?;
        let truncate = model.hear("conversation.item.truncate").await?;
        let heard = truncate.event["audio_end_ms"].as_f64().unwrap_or_default();
        clears.push(ms(cleared.at.duration_since(spoke)));
        errors.push(heard - ms(cleared.played));
    }
    Ok((clears, errors))
}
