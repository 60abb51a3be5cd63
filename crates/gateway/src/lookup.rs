//! Step one: which tool is meant. By its exact name, among the active agent's; never a guess.

use std::cmp::Reverse;
use std::sync::Arc;

use switchboard_agent::{AgentId, Team};

use crate::refusal::{Refusal, shortened};
use crate::toolbox::{Entry, Toolbox};

/// The longest name that a tool can have, and the most that is repeated of one that does not exist.
pub(crate) const LONGEST_NAME: usize = 64;

/// How many real names are offered for one that does not exist.
const NEAREST: usize = 3;

/// The tool of this name, if the active agent has it.
pub(crate) fn look_up<'a, A>(
    toolbox: &'a Toolbox<A>,
    agent: AgentId,
    tool: &str,
) -> Result<&'a Arc<Entry<A>>, Refusal> {
    toolbox.entry(agent, tool).ok_or_else(|| {
        let team = toolbox.team();
        if tool == agent.transfer_tool() {
            already_here(agent)
        } else {
            owner(team, agent, tool).map_or_else(
                || unknown(team, agent, tool),
                |owner| not_yours(team, agent, tool, owner),
            )
        }
    })
}

/// Another agent that has the tool; one to whom there is a direct way comes first.
fn owner(team: &Team, agent: AgentId, tool: &str) -> Option<AgentId> {
    let neighbours = team
        .agent(agent)
        .into_iter()
        .flat_map(|profile| profile.handoffs.iter().map(|edge| edge.to));
    let everybody = team.agents().map(|profile| profile.id);
    neighbours
        .chain(everybody)
        .find(|id| team.agent(*id).is_some_and(|profile| profile.tool(tool).is_some()))
}

fn already_here(agent: AgentId) -> Refusal {
    Refusal::new(
        "already_here",
        format!("The caller is with {agent} already. Go on with what they asked."),
    )
}

fn not_yours(team: &Team, agent: AgentId, tool: &str, owner: AgentId) -> Refusal {
    with_way(team, agent, tool, owner, Refusal::new("not_your_tool", ""))
}

/// Says who has a tool that another agent needs, and how the caller gets there.
pub(crate) fn way_to(team: &Team, agent: AgentId, tool: &str, refusal: Refusal) -> Refusal {
    match owner(team, agent, tool) {
        Some(owner) => with_way(team, agent, tool, owner, refusal),
        None => refusal,
    }
}

fn with_way(team: &Team, agent: AgentId, tool: &str, owner: AgentId, refusal: Refusal) -> Refusal {
    let refusal =
        refusal.say(&format!("Only {owner} can use `{tool}`.")).with("agent", owner.as_str());
    match team.agent(agent).and_then(|profile| profile.handoff_to(owner)) {
        Some(edge) => refusal
            .say(&format!("Pass the caller on with `{}`, if that is what they need.", edge.tool))
            .with("transfer", edge.tool.as_str()),
        None => refusal.say("There is no direct way to pass the caller on to it."),
    }
}

fn unknown(team: &Team, agent: AgentId, tool: &str) -> Refusal {
    let name = shortened(tool, LONGEST_NAME);
    let nearest = nearest(team, agent, &name);
    let listed = nearest.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Refusal::new(
        "unknown_tool",
        format!("There is no tool `{name}`, and nothing was done. The nearest are {listed}."),
    )
    .with("nearest", nearest)
}

/// The names of the agent's tools that look most like this one, the likest first.
fn nearest(team: &Team, agent: AgentId, name: &str) -> Vec<String> {
    let tools = team.agent(agent).into_iter().flat_map(|profile| &profile.tools);
    let mut names: Vec<(u32, &str)> =
        tools.map(|tool| (likeness(name, &tool.name), tool.name.as_str())).collect();
    names.sort_by_key(|(likeness, _)| Reverse(*likeness));
    names.into_iter().take(NEAREST).map(|(_, name)| name.to_owned()).collect()
}

/// How much two names look alike, from 0 to 1000.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the measure is between 0 and 1"
)]
fn likeness(one: &str, other: &str) -> u32 {
    (strsim::jaro_winkler(&one.to_lowercase(), other) * 1_000.0) as u32
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use switchboard_agent::TraceId;

    use super::*;
    use crate::testing::{BILLING, CALENDAR, TRIAGE, toolbox};

    fn refused(agent: AgentId, tool: &str) -> Value {
        let toolbox = toolbox();
        let refusal = look_up(&toolbox, agent, tool).err().expect("there is no such tool");
        serde_json::to_value(refusal.into_envelope(TraceId::new("t-1"))).unwrap()
    }

    #[test]
    fn an_agent_has_its_own_tools_transfers_and_built_in_ones() {
        let toolbox = toolbox();
        for tool in ["pay_invoice", "transfer_to_triage", "stay_silent", "end_call"] {
            assert_eq!(look_up(&toolbox, BILLING, tool).unwrap().tool.name(), tool);
        }
    }

    #[test]
    fn an_unknown_tool_gets_the_nearest_real_names() {
        let envelope = refused(BILLING, "payInvoices");
        assert_eq!(envelope["error_code"], "unknown_tool");
        assert_eq!(envelope["nearest"][0], "pay_invoice");
        assert!(envelope["message"].as_str().unwrap().contains("`payInvoices`"));
    }

    #[test]
    fn a_near_name_is_not_taken_for_the_real_one() {
        for tool in ["Pay_Invoice", "pay_invoice ", "pay-invoice", ""] {
            assert_eq!(refused(BILLING, tool)["error_code"], "unknown_tool", "{tool}");
        }
    }

    #[test]
    fn anothers_tool_names_its_agent_and_the_way_there() {
        let envelope = refused(TRIAGE, "pay_invoice");
        assert_eq!(envelope["error_code"], "not_your_tool");
        assert_eq!(envelope["agent"], "billing");
        assert_eq!(envelope["transfer"], "transfer_to_billing");
    }

    #[test]
    fn without_a_way_there_none_is_named() {
        let envelope = refused(CALENDAR, "pay_invoice");
        assert_eq!(envelope["agent"], "billing");
        assert_eq!(envelope.get("transfer"), None);
    }

    #[test]
    fn a_transfer_to_oneself_is_told_as_such() {
        assert_eq!(refused(BILLING, "transfer_to_billing")["error_code"], "already_here");
    }

    #[test]
    fn an_endless_name_is_not_repeated() {
        assert!(refused(BILLING, &"x".repeat(9_000)).to_string().len() < 500);
    }
}
