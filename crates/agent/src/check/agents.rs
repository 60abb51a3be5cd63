//! Finds the mistakes in what an agent itself is told and set to.

use std::ops::RangeInclusive;

use crate::tool::Tool;
use crate::{Agent, Mistake, ToolChoice, builtin};

/// The speeds at which the protocol lets an agent speak.
const SPEEDS: RangeInclusive<f64> = 0.25..=1.5;

/// The limits the protocol admits for one response, in tokens.
const OUTPUT_TOKENS: RangeInclusive<u32> = 1..=4096;

/// The mistakes in an agent's name, instructions and settings.
pub(super) fn look_at<A>(agent: &Agent<A>, found: &mut Vec<Mistake>) {
    let id = agent.id;
    if !id.is_legal() {
        found.push(Mistake::IllegalAgentId { agent: id });
    }
    if agent.instructions.trim().is_empty() {
        found.push(Mistake::NoInstructions { agent: id });
    }
    if agent.greeting.as_ref().is_some_and(|greeting| greeting.trim().is_empty()) {
        found.push(Mistake::EmptyGreeting { agent: id });
    }
    if let Some(speed) = agent.settings.speed.filter(|speed| !SPEEDS.contains(speed)) {
        let (value, range) = (speed.to_string(), "0.25 to 1.5");
        found.push(Mistake::SettingOutOfRange { agent: id, setting: "speed", value, range });
    }
    if let Some(tokens) =
        agent.settings.max_output_tokens.filter(|tokens| !OUTPUT_TOKENS.contains(tokens))
    {
        let (value, range) = (tokens.to_string(), "1 to 4096");
        found.push(Mistake::SettingOutOfRange {
            agent: id,
            setting: "max_output_tokens",
            value,
            range,
        });
    }
    if let Some(ToolChoice::Tool(tool)) = &agent.settings.tool_choice {
        let own = agent.tools.iter().chain(agent.transfers.iter().map(|transfer| &transfer.tool));
        if !own.map(Tool::name).chain(builtin::NAMES).any(|name| name == tool) {
            found.push(Mistake::UnknownToolChoice { agent: id, tool: tool.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TRIAGE, agent, told};
    use super::*;

    #[test]
    fn settings_out_of_range_are_mistakes() {
        let triage = agent(TRIAGE)
            .speed(3.0)
            .max_output_tokens(0)
            .tool_choice(ToolChoice::Tool("pay".into()));
        let told = told([triage]);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].contains("speed 3: it must be from 0.25 to 1.5"), "{told:?}");
        assert!(told[1].contains("max_output_tokens 0: it must be from 1 to 4096"), "{told:?}");
        assert!(told[2].contains("must choose the tool `pay`"), "{told:?}");
    }
}
