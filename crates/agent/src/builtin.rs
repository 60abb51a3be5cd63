//! The tools that every agent has, beside its own and the transfers.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Outcome;
use crate::tool::Tool;

/// Say nothing to what was just said. Use it when the caller talks to somebody else, asks for a moment, or only says "mhm".
#[derive(Deserialize, JsonSchema)]
struct StaySilent {}

async fn stay_silent(_: StaySilent) -> Outcome {
    Outcome::StaySilent
}

/// Hang up, when the caller has what they need and wants to go. Say goodbye in the same breath.
#[derive(Deserialize, JsonSchema)]
struct EndCall {
    /// Why the call ends, in a few words.
    reason: String,
}

async fn end_call(args: EndCall) -> Outcome {
    Outcome::EndCall { reason: args.reason }
}

/// The names of the built-in tools, in the order in which they come after all others.
pub(crate) const NAMES: [&str; 2] = ["stay_silent", "end_call"];

/// The built-in tools.
pub(crate) fn tools<A: Send + Sync + 'static>() -> [Tool<A>; 2] {
    [Tool::from_fn(stay_silent), Tool::from_fn(end_call)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_have_the_names_that_are_reserved_for_them() {
        let tools = tools::<()>();
        assert_eq!(tools.each_ref().map(Tool::name), NAMES);
        assert!(
            tools
                .iter()
                .all(|tool| tool.faults().is_empty() && !tool.definition().description.is_empty())
        );
    }
}
