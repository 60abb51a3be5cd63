//! A small company for the tests of this crate.

mod moody;

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};

use serde_json::Value;
use switchboard_agent::prelude::*;
use switchboard_agent::{Roster, Team};
use switchboard_policy::Policies;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::Level;

use crate::toolbox::Toolbox;
use crate::{Answer, Gateway, Request, Tools};

pub(crate) use moody::Moody;

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
    /// How many tries of `try_it` are still to fail.
    pub(crate) failures: Arc<AtomicUsize>,
    /// The keys under which effects were had.
    pub(crate) keys: Arc<Mutex<Vec<String>>>,
}

impl App {
    fn have(&self, key: &IdempotencyKey) {
        self.keys.lock().unwrap().push(key.to_string());
    }
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

/// Fail as often as the test says, then work.
#[derive(Deserialize, JsonSchema)]
struct TryIt {}

async fn try_it(_: TryIt, app: State<App>, key: IdempotencyKey) -> ToolResult<String> {
    app.have(&key);
    let left = |failures: usize| failures.checked_sub(1);
    match app.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left) {
        Ok(_) => Err(ToolError::failed(SECRET)),
        Err(_) => Ok("done".to_owned()),
    }
}

/// Look something up, for as long as it takes.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Look {
    /// How long.
    seconds: u64,
}

async fn look(args: Look, app: State<App>) -> String {
    app.paid.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(args.seconds)).await;
    app.waited.fetch_add(1, Ordering::SeqCst);
    "seen".to_owned()
}

/// Change something, for as long as it takes.
#[derive(Deserialize, JsonSchema)]
struct Change {
    /// How long.
    seconds: u64,
}

async fn change(args: Change, app: State<App>, key: IdempotencyKey) -> Json<String> {
    app.paid.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(args.seconds)).await;
    app.have(&key);
    Json(key.to_string())
}

macro_rules! same {
    ($doc:literal, $args:ident, $tool:ident, $of:ident, $like:ident) => {
        #[doc = $doc]
        #[derive(Deserialize, JsonSchema)]
        struct $args {
            /// How long.
            seconds: u64,
        }

        async fn $tool(args: $args, app: State<App>, key: IdempotencyKey) -> Json<String> {
            $like($of { seconds: args.seconds }, app, key).await
        }
    };
}

same!("Write a report.", WriteReport, write_report, Change, change);
same!("Change something that the caller may stop.", ChangeOrStop, change_or_stop, Change, change);
same!("Charge a card.", Charge, charge, Change, change);
same!("Pay money back.", Refund, refund, Change, change);
same!("Move a date.", MoveDate, move_date, Change, change);
same!("Wipe the calendar.", Wipe, wipe, Change, change);

/// Pass a matter on to a person.
#[derive(Deserialize, JsonSchema)]
struct PassOn {}

async fn pass_on(_: PassOn) -> Handoff {
    Handoff::to(TRIAGE)
}

/// Find out who calls.
#[derive(Deserialize, JsonSchema)]
struct Recognize {}

async fn recognize(_: Recognize, session: Session) {
    session.identify("C-1001", "Ann Lee");
}

/// Have the caller prove who they are.
#[derive(Deserialize, JsonSchema)]
struct Verify {
    /// Their code word.
    #[expect(dead_code, reason = "any will do")]
    word: Secret<String>,
}

async fn verify(_: Verify, session: Session) {
    session.verify();
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
        .tool(recognize)
        .handoff(BILLING, "Money.")
        .handoff(CALENDAR, "Dates.");
    let billing = Agent::new(BILLING)
        .instructions("Help.")
        .tool(pay_invoice)
        .tool(leak)
        .tool(burst)
        .tool(decline)
        .tool(wait_for_it)
        .tool(wait_or_not.read_only().cancel_at_hang_up().deadline(Duration::from_secs(3)))
        .tool(try_it.idempotent())
        .tool(look.read_only())
        .tool(change)
        .tool(change_or_stop.cancel_at_barge_in())
        .tool(write_report.detach())
        .tool(charge.requires("billing:pay").confirm("the amount"))
        .tool(refund.requires("billing:refund"))
        .tool(pass_on)
        .tool(verify)
        .handoff(TRIAGE, "Else.");
    let calendar = Agent::new(CALENDAR)
        .instructions("Help.")
        .tool(move_date.requires("dates:move"))
        .tool(wipe.requires("dates:wipe"))
        .handoff(TRIAGE, "Else.");
    Roster::new([triage, billing, calendar])
        .unwrap()
        .identify_callers(by_number)
        .identified_by("recognize")
        .unwrap()
        .verified_by("verify")
        .unwrap()
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

/// What the model is told of an answer.
pub(crate) fn output(answer: &Answer) -> Value {
    serde_json::from_str(&answer.envelope.to_output()).unwrap()
}

/// What the model is told of a call of billing's in the caller's turn of that number.
pub(crate) async fn told(
    gateway: &Gateway<App>,
    tool: &str,
    arguments: &Value,
    turn: u64,
) -> Value {
    output(&gateway.answer(Request { turn, ..request(tool, &arguments.to_string()) }).await)
}

/// The policies of this company.
pub(crate) fn policies() -> Policies {
    let policy = r#"
        permit (principal, action in Action::"billing:pay", resource) when { principal.verified };
        permit (principal, action in Action::"billing:refund", resource) when { principal.identified && context.approved };
        permit (principal, action in Action::"dates:move", resource) when { principal.identified };
        permit (principal, action in Action::"dates:wipe", resource) when { principal.identified };
        forbid (principal, action == Action::"wipe", resource);
        forbid (principal, action == Action::"transfer_to_billing", resource) unless { principal.identified };
    "#;
    let sources = [("test.cedar".to_owned(), policy.to_owned())];
    Policies::parse(&team(), "default", &sources).unwrap()
}

/// Ann, who has proved who she is, on the phone.
pub(crate) fn ann() -> Session {
    Session::for_tests_with(Caller::unknown().identified("C-1001", "Ann Lee").verified())
}
