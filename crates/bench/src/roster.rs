//! Two agents for measuring: tools that do nothing, one that blocks its thread, and a transfer each way.

use std::io;
use std::thread;

use switchboard::prelude::*;

/// The agent that answers calls.
pub(crate) const DESK: AgentId = AgentId::new("desk");
/// The agent that calls are handed to.
pub(crate) const ARCHIVE: AgentId = AgentId::new("archive");
/// How long [`Block`] holds its thread.
pub(crate) const BLOCKED: Duration = Duration::from_secs(1);

/// Do nothing at all.
#[derive(Deserialize, JsonSchema)]
struct Nothing {
    /// Which call it is, so that no two are alike.
    number: u32,
}

async fn nothing(arguments: Nothing) -> Json<u32> {
    Json(arguments.number)
}

/// Look at nothing at all.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Look {
    /// Which call it is, so that no two are alike.
    pub(crate) number: u32,
}

pub(crate) async fn look(arguments: Look) -> Json<u32> {
    Json(arguments.number)
}

/// Hold the thread that this runs on for a second.
#[derive(Deserialize, JsonSchema)]
struct Block {}

async fn block(_: Block) -> Json<bool> {
    thread::sleep(BLOCKED);
    Json(true)
}

/// Both agents; `desk` answers calls.
pub(crate) fn roster() -> Result<Roster<()>, RosterErrors> {
    let desk = Agent::new(DESK)
        .instructions("Do what the measurement asks for.")
        .tool(nothing)
        .tool(look.read_only())
        .tool(block)
        .handoff(ARCHIVE, "The measurement asks for the archive.");
    let archive = Agent::new(ARCHIVE)
        .instructions("Do what the measurement asks for.")
        .handoff(DESK, "The measurement asks for the desk.");
    Roster::new([desk, archive])
}

/// The tools share nothing.
pub(crate) async fn open(_: AppContext) -> io::Result<()> {
    Ok(())
}
