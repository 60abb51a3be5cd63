//! From the model's call of a tool to its output, and from its transfer to the `session.update`.

use serde_json::json;
use tokio::time::sleep;

use super::{Bench, SETTLE};
use crate::error::BenchError;
use crate::model::{Manner, events};
use crate::report::Row;
use crate::roster::ARCHIVE;
use crate::stats::{median, ms, percentile};
use crate::subject::Role;

const TOOL_CALLS: usize = 300;
const HANDOFFS: usize = 100;

pub(super) async fn measure(bench: &mut Bench) -> Result<(), BenchError> {
    let turnarounds = turnarounds(bench).await?;
    bench.report.add(row("tool's turnaround, no-op, p50 / p99, ms", &turnarounds));
    let handoffs = handoffs(bench).await?;
    bench.report.add(row("handoff to `session.update`, p50 / p99, ms", &handoffs));
    Ok(())
}

fn row(what: &str, times: &[f64]) -> Row {
    let (p50, p99) = (median(times), percentile(times, 99.0));
    Row::new(what, format!("{p50:.2} / {p99:.2}")).hold("≤ 0.25 / ≤ 1", p50 <= 0.25 && p99 <= 1.0)
}

/// One call, many tool calls.
async fn turnarounds(bench: &mut Bench) -> Result<Vec<f64>, BenchError> {
    let subject = bench.subject(Role::Switchboard)?;
    let (_caller, mut model) = bench.call(&subject, 0, Manner::Queue(1)).await?;
    let mut times = Vec::with_capacity(TOOL_CALLS);
    for number in 1..=TOOL_CALLS {
        let call = events::tool_call(number, "nothing", &json!({"number": number}));
        let called = model.send(call).await?;
        let output = model.hear("conversation.item.create").await?;
        times.push(ms(output.at.duration_since(called)));
        model.hear("response.create").await?;
        sleep(SETTLE).await;
    }
    Ok(times)
}

/// Many calls, one handoff each: who is passed on too often in one call is not passed on.
async fn handoffs(bench: &mut Bench) -> Result<Vec<f64>, BenchError> {
    let subject = bench.subject(Role::Switchboard)?;
    let mut times = Vec::with_capacity(HANDOFFS);
    for number in 0..HANDOFFS {
        let (_caller, mut model) = bench.call(&subject, number, Manner::Queue(1)).await?;
        // The first one set the call up.
        let arguments = json!({"reason": "It was asked for.", "summary": "Nothing yet."});
        let transfer = events::tool_call(1, &format!("transfer_to_{ARCHIVE}"), &arguments);
        let called = model.send(transfer).await?;
        let update = model.hear("session.update").await?;
        times.push(ms(update.at.duration_since(called)));
    }
    Ok(times)
}
