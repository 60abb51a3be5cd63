//! A small team for tests: its tools count their effects, and fail when asked to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use switchboard_agent::prelude::*;

/// The agent that answers.
pub const TRIAGE: AgentId = AgentId::new("triage");
/// The agent for money.
pub const BILLING: AgentId = AgentId::new("billing");
/// The agent for dates.
pub const CALENDAR: AgentId = AgentId::new("calendar");

/// What the tools share.
#[derive(Debug, Clone, Default)]
pub struct App {
    /// How often which tool had its effect.
    pub counts: Arc<Counts>,
}

/// Effects.
#[derive(Debug, Default)]
pub struct Counts {
    /// Payments made.
    pub payments: AtomicUsize,
    /// Balances read.
    pub balances: AtomicUsize,
    /// Things looked up.
    pub look_ups: AtomicUsize,
}

/// Triage, billing and calendar, with transfers among all three.
///
/// # Panics
///
/// When the agents have mistakes: that is a test's business.
pub fn roster() -> Roster<App> {
    let triage = Agent::new(TRIAGE)
        .instructions("Find out what the caller wants.")
        .greeting("Good day, how can I help?")
        .tool(get_business_hours)
        .tool(wait_for_it)
        .handoff(BILLING, "The caller asks about money: their balance, a bill, a payment.")
        .handoff(CALENDAR, "The caller asks about a date.");
    let billing = Agent::new(BILLING)
        .instructions("Help with bills.")
        .tool(get_balance)
        .tool(pay)
        .tool(explode)
        .tool(leak)
        .tool(wait_for_it)
        .handoff(TRIAGE, "The caller asks for something else.")
        .handoff(CALENDAR, "The caller asks about a date.");
    let calendar = Agent::new(CALENDAR)
        .instructions("Help with dates.")
        .tool(list_dates)
        .handoff(TRIAGE, "The caller asks for something else.");
    Roster::new([triage, billing, calendar]).expect("the test's agents have no mistakes")
}

/// When the office is open.
#[derive(Deserialize, JsonSchema)]
struct GetBusinessHours {}

async fn get_business_hours(_: GetBusinessHours) -> Json<&'static str> {
    Json("nine to five")
}

/// The caller's balance: what they owe.
#[derive(Deserialize, JsonSchema)]
struct GetBalance {}

#[derive(Serialize)]
struct Balance {
    amount_cents: i64,
}

async fn get_balance(_: GetBalance, app: State<App>) -> Json<Balance> {
    app.counts.balances.fetch_add(1, Ordering::SeqCst);
    Json(Balance { amount_cents: 4_200 })
}

/// Pay some money.
#[derive(Deserialize, JsonSchema)]
struct Pay {
    /// How much, in cents.
    amount_cents: u32,
}

async fn pay(args: Pay, app: State<App>) -> Json<Balance> {
    app.counts.payments.fetch_add(1, Ordering::SeqCst);
    Json(Balance { amount_cents: 4_200 - i64::from(args.amount_cents) })
}

/// Break.
#[derive(Deserialize, JsonSchema)]
struct Explode {}

async fn explode(_: Explode) -> Json<Balance> {
    panic!("boom: password=hunter2")
}

/// Fail with a secret.
#[derive(Deserialize, JsonSchema)]
struct Leak {}

async fn leak(_: Leak) -> ToolResult<Json<Balance>> {
    Err(ToolError::failed(std::io::Error::other("db password=hunter2")))
}

/// Take some time.
#[derive(Deserialize, JsonSchema)]
struct WaitForIt {
    /// How long, in milliseconds.
    milliseconds: u64,
}

async fn wait_for_it(args: WaitForIt) -> Json<u64> {
    tokio::time::sleep(Duration::from_millis(args.milliseconds)).await;
    Json(args.milliseconds)
}

/// The caller's dates.
#[derive(Deserialize, JsonSchema)]
struct ListDates {}

async fn list_dates(_: ListDates) -> Json<Vec<&'static str>> {
    Json(vec!["Friday"])
}
