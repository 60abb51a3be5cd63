//! A small company for the tests of this crate.

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once};

use switchboard_agent::prelude::*;
use switchboard_agent::{Roster, Team};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::Level;

use crate::toolbox::Toolbox;
use crate::{Gateway, Request};

pub(crate) const TRIAGE: AgentId = AgentId::new("triage");
pub(crate) const BILLING: AgentId = AgentId::new("billing");
pub(crate) const CALENDAR: AgentId = AgentId::new("calendar");

/// What no envelope may ever contain.
pub(crate) const SECRET: &str = "db password=hunter2";

/// Counts what tools did.
#[derive(Clone, Default)]
pub(crate) struct App {
    pub(crate) paid: Arc<AtomicUsize>,
    pub(crate) waited: Arc<AtomicUsize>,
    pub(crate) go: Arc<Notify>,
}

/// Pay an invoice.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only reading the arguments is tested")]
pub(crate) struct PayInvoice {
    /// Its number.
    number: String,
    /// How much.
    cents: u64,
    /// How.
    by: Option<Means>,
    /// What to write on it.
    note: Option<String>,
    /// In which parts.
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Means {
    Card,
    Debit,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only reading the arguments is tested")]
struct Part {
    /// How much.
    cents: u64,
}

async fn pay_invoice(_: PayInvoice, app: State<App>, key: IdempotencyKey) -> Json<String> {
    app.paid.fetch_add(1, Ordering::SeqCst);
    Json(key.to_string())
}

/// Fail with a secret.
#[derive(Deserialize, JsonSchema)]
struct Leak {}

async fn leak(_: Leak) -> ToolResult<()> {
    Err(ToolError::failed(SECRET))
}

/// Panic with a secret.
#[derive(Deserialize, JsonSchema)]
struct Burst {}

async fn burst(_: Burst) -> ToolResult<()> {
    panic!("{SECRET}")
}

/// Say no.
#[derive(Deserialize, JsonSchema)]
struct Decline {}

async fn decline(_: Decline) -> ToolResult<()> {
    Err(ToolError::refused("Not on a Sunday."))
}

/// Wait until the test says go.
#[derive(Deserialize, JsonSchema)]
struct WaitForIt {}

async fn wait_for_it(_: WaitForIt, app: State<App>) {
    app.go.notified().await;
    app.waited.fetch_add(1, Ordering::SeqCst);
}

/// Wait until the test says go, and may be given up.
#[derive(Deserialize, JsonSchema)]
struct WaitOrNot {}

async fn wait_or_not(_: WaitOrNot, app: State<App>) {
    app.go.notified().await;
    app.waited.fetch_add(1, Ordering::SeqCst);
}

async fn by_number(number: String, app: State<App>) -> Option<Caller> {
    match number.as_str() {
        "+15550100" => Some(Caller::unknown().identified("C-1001", "Ann Lee")),
        "+15550166" => panic!("{SECRET}"),
        "+15550177" => {
            app.go.notified().await;
            None
        }
        _ => None,
    }
}

pub(crate) fn roster() -> Roster<App> {
    let triage = Agent::new(TRIAGE)
        .instructions("Help.")
        .handoff(BILLING, "Money.")
        .handoff(CALENDAR, "Dates.");
    let billing = Agent::new(BILLING)
        .instructions("Help.")
        .tool(pay_invoice)
        .tool(leak)
        .tool(burst)
        .tool(decline)
        .tool(wait_for_it)
        .tool(wait_or_not.idempotent().deadline(Duration::from_secs(3)))
        .handoff(TRIAGE, "Else.");
    let calendar = Agent::new(CALENDAR).instructions("Help.").handoff(TRIAGE, "Else.");
    Roster::new([triage, billing, calendar]).unwrap().identify_callers(by_number)
}

pub(crate) fn team() -> Arc<Team> {
    roster().team()
}

pub(crate) fn toolbox() -> Toolbox<App> {
    Toolbox::new(&roster()).unwrap()
}

/// A gateway whose tools run where the test runs, so that time is virtual for them, too.
pub(crate) fn gateway(app: &App) -> Gateway<App> {
    Gateway::new(roster(), app.clone()).unwrap().on(Handle::current())
}

/// A call of a tool of billing's.
pub(crate) fn request(tool: &str, arguments: &str) -> Request {
    Request {
        agent: BILLING,
        tool: tool.to_owned(),
        arguments: arguments.to_owned(),
        call_id: "call_1".to_owned(),
        session: Session::for_tests(),
        trace_id: TraceId::new("t-1"),
        turn: 1,
        barge_in: CancellationToken::new(),
    }
}

/// What this thread has logged, `debug` included.
///
/// One subscriber serves all tests, and each reads its own thread's lines: subscribers of single threads confuse each other's filters.
pub(crate) struct Log;

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Log {
    /// Begins with an empty log.
    pub(crate) fn begin() {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(Level::DEBUG)
                .with_writer(|| Self)
                .with_ansi(false)
                .init();
        });
        LINES.take();
    }

    /// What was logged since then.
    pub(crate) fn text() -> String {
        String::from_utf8(LINES.take()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
