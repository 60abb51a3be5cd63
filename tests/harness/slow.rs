//! A team whose tools take the time that they are told to.

use std::sync::atomic::Ordering;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use switchboard_agent::prelude::*;

use crate::team::App;

/// The agent that answers.
pub const DESK: AgentId = AgentId::new("desk");
/// The agent it may pass a call on to.
pub const ARCHIVE: AgentId = AgentId::new("archive");
/// What `pay_in` says to a caller who waits.
pub const OWN_PHRASE: &str = "Let me put that through.";

/// A desk and an archive, with three phrases for callers who wait, and tools that differ in what is said of them.
///
/// # Panics
///
/// When the agents have mistakes: that is a test's business.
pub fn slow_roster() -> Roster<App> {
    let desk = Agent::new(DESK)
        .instructions("Find things out.")
        .greeting("Good day, how can I help?")
        .hold("One moment.")
        .hold("Nearly there.")
        .hold("Bear with me.")
        .tool(look_up.read_only())
        .tool(pay_in.hold(OWN_PHRASE))
        .tool(think_over.read_only().hold_after(Duration::from_secs(4)))
        .tool(research.read_only().detach())
        .tool(leak)
        .handoff(ARCHIVE, "The caller asks about the past.");
    let archive = Agent::new(ARCHIVE)
        .instructions("Know the past.")
        .hold("The past is long.")
        .hold("I am among the shelves.")
        .hold("Just a page more.")
        .tool(look_up.read_only())
        .handoff(DESK, "The caller asks about the present.");
    Roster::new([desk, archive]).expect("the test's agents have no mistakes")
}

/// Look something up.
#[derive(Deserialize, JsonSchema)]
struct LookUp {
    /// How long it takes.
    milliseconds: u64,
}

async fn look_up(args: LookUp, app: State<App>) -> Json<&'static str> {
    app.counts.look_ups.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(args.milliseconds)).await;
    Json("forty-two")
}

/// Pay money in.
#[derive(Deserialize, JsonSchema)]
struct PayIn {
    /// How long it takes.
    milliseconds: u64,
}

async fn pay_in(args: PayIn, app: State<App>) -> Json<&'static str> {
    tokio::time::sleep(Duration::from_millis(args.milliseconds)).await;
    app.counts.payments.fetch_add(1, Ordering::SeqCst);
    Json("paid")
}

/// Think something over.
#[derive(Deserialize, JsonSchema)]
struct ThinkOver {
    /// How long it takes.
    milliseconds: u64,
}

async fn think_over(args: ThinkOver) -> Json<&'static str> {
    tokio::time::sleep(Duration::from_millis(args.milliseconds)).await;
    Json("thought over")
}

/// Research something.
#[derive(Deserialize, JsonSchema)]
struct Research {
    /// How long it takes.
    milliseconds: u64,
}

async fn research(args: Research) -> Json<&'static str> {
    tokio::time::sleep(Duration::from_millis(args.milliseconds)).await;
    Json("a long story")
}

/// Fail with a secret.
#[derive(Deserialize, JsonSchema)]
struct Leak {}

async fn leak(_: Leak) -> ToolResult<Json<&'static str>> {
    Err(ToolError::failed(std::io::Error::other("connection refused to postgres-prod-1:5432")))
}
