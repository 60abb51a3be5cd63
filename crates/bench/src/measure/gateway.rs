//! What the gateway adds to a tool call that does nothing: everything from the model's text to the envelope, beside calling the same
//! `async fn` directly. In this process, without a line or a model.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use agents::App;
use serde_json::json;
use switchboard::prelude::{Session, TraceId};
use switchboard::{AppContext, DatabaseUrl};
use switchboard_gateway::{
    CallerRate, Gateway, Limits, Request, TenantRate, ToolLimits, Tools, documents,
};
use switchboard_store::{AuditEntry, AuditKind, MemoryStore, SqliteStore, Store};
use tokio_util::sync::CancellationToken;

use super::Bench;
use crate::error::BenchError;
use crate::report::Row;
use crate::roster::{DESK, Look, look, roster};
use crate::stats::{median, ms, percentile};

const CALLS: u32 = 5_000;
/// Calls before those that count: the code is in memory, the threads are there.
const WARM_UP: u32 = 500;
/// Most that the gateway may add to half of the calls, in microseconds.
const HOLD: f64 = 100.0;
/// Argument documents judged for each tool: right, wrong and hostile ones.
const DOCUMENTS: usize = 1_000;
/// Most that the gateway may take for its verdict on any of them, in milliseconds.
const VERDICT: f64 = 1.0;

pub(super) async fn measure(bench: &mut Bench) -> Result<(), BenchError> {
    let direct = median(&direct().await);
    for (tool, kind) in [("look", "read"), ("nothing", "effect")] {
        let added = added(Arc::new(MemoryStore::new()), tool, direct).await?;
        bench.report.add(row(&format!("gateway adds to a no-op {kind}, store in memory"), &added));
        let added = self::added(file(bench, tool).await?, tool, direct).await?;
        let row = row(&format!("gateway adds to a no-op {kind}, store in a file"), &added);
        bench.report.add(row.hold(format!("p50 < {HOLD}"), median(&added) < HOLD));
    }
    let rows = rows(file(bench, "rows").await?).await?;
    bench.report.add(row("of which an audit row, store in a file", &rows));
    bench.report.add(verdicts().await?);
    Ok(())
}

/// The slowest verdict on arguments, of many for each tool of the demo company.
async fn verdicts() -> Result<Row, BenchError> {
    let company = App::open(AppContext::new(DatabaseUrl::Memory)).await;
    let company = company.map_err(BenchError::ours("open the demo company"))?;
    let roster = agents::roster().map_err(BenchError::ours("make its agents"))?;
    let gateway = Gateway::new(roster, company).map_err(BenchError::ours("make a gateway"))?;
    documents::judge(&gateway, DOCUMENTS / 10, WARM_UP.into());
    let tally = documents::judge(&gateway, DOCUMENTS, CALLS.into());
    if let Some(wrong) = tally.wrong.into_iter().next() {
        return Err(BenchError::Misjudged(wrong));
    }
    let slowest = ms(tally.slowest);
    let what = "verdict on a document, slowest of 1,000 per tool, ms";
    Ok(Row::new(what, format!("{slowest:.2}")).hold(format!("< {VERDICT}"), slowest < VERDICT))
}

async fn file(bench: &Bench, name: &str) -> Result<Arc<dyn Store>, BenchError> {
    let path = bench.room.file(&format!("{name}.db"));
    Ok(Arc::new(SqliteStore::open(&path).await.map_err(BenchError::ours("open a store"))?))
}

fn row(what: &str, times: &[f64]) -> Row {
    let (p50, p99) = (median(times), percentile(times, 99.0));
    Row::new(format!("{what}, p50 / p99, µs"), format!("{p50:.0} / {p99:.0}"))
}

/// Microseconds of each call of the function itself.
async fn direct() -> Vec<f64> {
    let mut times = Vec::new();
    for number in 0..WARM_UP + CALLS {
        let before = Instant::now();
        black_box(look(black_box(Look { number })).await);
        times.push(ms(before.elapsed()) * 1_000.0);
    }
    times.split_off(WARM_UP as usize)
}

/// Microseconds of each call through the gateway, less those of the function itself.
async fn added(
    store: Arc<dyn Store>,
    tool: &'static str,
    direct: f64,
) -> Result<Vec<f64>, BenchError> {
    let roster = roster().map_err(BenchError::ours("make the agents"))?;
    let gateway = Gateway::new(roster, ()).map_err(BenchError::ours("make a gateway"))?;
    let gateway = gateway.with_store(store).with_limits(unlimited());
    // On a worker of the runtime, where sessions ask.
    tokio::spawn(calls(gateway, tool, direct)).await.map_err(BenchError::ours("make the calls"))?
}

async fn calls(
    gateway: Gateway<()>,
    tool: &'static str,
    direct: f64,
) -> Result<Vec<f64>, BenchError> {
    let session = Session::detached();
    let mut times = Vec::new();
    for number in 0..WARM_UP + CALLS {
        let request = request(tool, number, &session);
        let before = Instant::now();
        let answer = gateway.answer(request).await;
        times.push(ms(before.elapsed()) * 1_000.0 - direct);
        if answer.envelope.outcome() != "ok" {
            return Err(BenchError::Refused(answer.envelope.to_output()));
        }
    }
    Ok(times.split_off(WARM_UP as usize))
}

/// Microseconds of each audit row alone.
async fn rows(store: Arc<dyn Store>) -> Result<Vec<f64>, BenchError> {
    let mut times = Vec::new();
    for number in 0..WARM_UP + CALLS {
        let entry = AuditEntry {
            tool: Some("look".to_owned()),
            arguments: Some(json!({"number": number})),
            ..AuditEntry::new(AuditKind::ToolCall, "allowed", "ok")
        };
        let before = Instant::now();
        store.append_audit(entry).await.map_err(BenchError::ours("write an audit row"))?;
        times.push(ms(before.elapsed()) * 1_000.0);
    }
    Ok(times.split_off(WARM_UP as usize))
}

/// One caller calls more often here than thousands would.
fn unlimited() -> Limits {
    Limits {
        caller: CallerRate { per_minute: 0, ..CallerRate::default() },
        tenant: TenantRate { per_minute: 0, ..TenantRate::default() },
        tool: ToolLimits { per_minute: 0, ..ToolLimits::default() },
        ..Limits::default()
    }
}

/// A call that is like no other, in a turn of its own.
fn request(tool: &str, number: u32, session: &Session) -> Request {
    Request {
        agent: DESK,
        tool: tool.to_owned(),
        arguments: json!({"number": number}).to_string(),
        call_id: format!("call_{number}"),
        session: session.clone(),
        trace_id: TraceId::random(),
        turn: number.into(),
        barge_in: CancellationToken::new(),
    }
}
