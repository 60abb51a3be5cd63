//! Argument documents for tests: right ones made from a tool's schema, wrong ones, and hostile ones, each judged by other means than the
//! gateway's own. With the feature `testing`.
//!
//! ```
//! # use switchboard_agent::prelude::*;
//! # const ID: AgentId = AgentId::new("triage");
//! # /// Double a number.
//! # #[derive(Deserialize, JsonSchema)]
//! # struct DoubleIt {
//! #     /// The number.
//! #     number: u32,
//! # }
//! # async fn double_it(args: DoubleIt) -> Json<u32> {
//! #     Json(2 * args.number)
//! # }
//! use switchboard_gateway::{Gateway, documents};
//!
//! let agent: Agent<()> = Agent::new(ID).instructions("You can count.").tool(double_it);
//! let gateway = Gateway::new(Roster::new([agent])?, ())?;
//! let tally = documents::judge(&gateway, 200, 7);
//! assert_eq!(tally.wrong, Vec::<String>::new());
//! assert!(tally.taken > 0 && tally.refused > 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod make;
mod oracle;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::refusal::shortened;
use crate::{Envelope, Gateway};

pub use make::documents;
pub use oracle::fits;

/// How often a verdict that took longest so far is timed again.
const AGAIN: usize = 5;

/// What came of judging documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were taken, rightly.
    pub taken: usize,
    /// How many were refused, rightly.
    pub refused: usize,
    /// How many the oracle has no opinion of: what patterns and formats admit, it does not know.
    pub unclear: usize,
    /// Verdicts of the gateway's that are wrong, each with the tool and the document.
    pub wrong: Vec<String>,
    /// How long the verdict took that took longest, at the best of a few times.
    pub slowest: Duration,
}

/// Has the gateway judge so many documents for every tool there is, transfers and built-in ones included. Nothing runs.
pub fn judge<A: Send + Sync + 'static>(gateway: &Gateway<A>, per_tool: usize, seed: u64) -> Tally {
    let mut tally = Tally::default();
    let team = gateway.shared.toolbox.team();
    let tools = team
        .agents()
        .flat_map(|profile| profile.tools.iter().map(|tool| (profile.id, tool.name.as_str())));
    for (agent, name) in tools {
        let entry =
            gateway.shared.toolbox.entry(agent, name).expect("every tool of the team is there");
        let parameters = &entry.tool.definition().parameters;
        for text in documents(parameters, seed).take(per_tool) {
            let check =
                || catch_unwind(AssertUnwindSafe(|| gateway.check_arguments(agent, name, &text)));
            let (checked, took) = timed(check);
            if took > tally.slowest {
                // A single time may be that of whatever else the machine does.
                let least = (0..AGAIN).map(|_| timed(check).1).fold(took, Duration::min);
                tally.slowest = tally.slowest.max(least);
            }
            let shown = || format!("{agent}.{name}: {}", shortened(&text, 300));
            match (checked, fits(&entry.tool, &text)) {
                (Err(_), _) => tally.wrong.push(format!("panicked at {}", shown())),
                (Ok(_), None) => tally.unclear += 1,
                (Ok(Ok(())), Some(true)) => tally.taken += 1,
                (Ok(Err(envelope)), Some(false)) if is_about_arguments(&envelope) => {
                    tally.refused += 1;
                }
                (Ok(Ok(())), Some(false)) => tally.wrong.push(format!("took {}", shown())),
                (Ok(Err(envelope)), _) => {
                    tally.wrong.push(format!("refused {} with {}", shown(), envelope.to_output()));
                }
            }
        }
    }
    tally
}

fn timed<T>(work: impl Fn() -> T) -> (T, Duration) {
    let before = Instant::now();
    let done = work();
    (done, before.elapsed())
}

fn is_about_arguments(envelope: &Envelope) -> bool {
    envelope.outcome() == "invalid_arguments"
}
