//! Finds every mistake in a roster.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::edge::Transfer;
use crate::id::TRANSFER_PREFIX;
use crate::tool::Tool;
use crate::{Agent, AgentId, Mistake, ToolChoice, builtin, name};

/// The speeds at which the protocol lets an agent speak.
const SPEEDS: RangeInclusive<f64> = 0.25..=1.5;

/// The limits the protocol admits for one response, in tokens.
const OUTPUT_TOKENS: RangeInclusive<u32> = 1..=4096;

/// All mistakes: agent by agent, then those of the whole.
pub(crate) fn mistakes<A>(agents: &[Agent<A>]) -> Vec<Mistake> {
    let Some(start) = agents.first() else { return vec![Mistake::NoAgents] };
    let mut found = Vec::new();
    let mut met = BTreeSet::new();
    for agent in agents {
        if !met.insert(agent.id) {
            found.push(Mistake::DuplicateAgent { agent: agent.id });
        }
        look_at_agent(agent, &mut found);
        look_at_transfers(agent, agents, &mut found);
        look_at_tools(agent, &mut found);
    }
    let reachable = reachable(agents);
    let lost = agents.iter().filter(|agent| !reachable.contains(&agent.id));
    found.extend(lost.map(|agent| Mistake::Unreachable { agent: agent.id, start: start.id }));
    found
}

fn look_at_agent<A>(agent: &Agent<A>, found: &mut Vec<Mistake>) {
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

fn look_at_transfers<A>(agent: &Agent<A>, agents: &[Agent<A>], found: &mut Vec<Mistake>) {
    let mut met = BTreeSet::new();
    for Transfer { edge, tool, clashes } in &agent.transfers {
        let (agent, to) = (agent.id, edge.to);
        if to == agent {
            found.push(Mistake::HandoffToItself { agent });
        } else if !agents.iter().any(|other| other.id == to) {
            found.push(Mistake::DanglingHandoff { agent, to, hint: who_is_there(agent, agents) });
        }
        if !met.insert(to) {
            found.push(Mistake::DuplicateHandoff { agent, to });
        }
        if edge.when.trim().is_empty() {
            found.push(Mistake::NoCondition { agent, to });
        }
        found.extend(clashes.iter().map(|field| Mistake::BriefClash {
            agent,
            to,
            field: field.clone(),
        }));
        found.extend(faults(agent, tool));
    }
}

fn look_at_tools<A>(agent: &Agent<A>, found: &mut Vec<Mistake>) {
    let agent_id = agent.id;
    let mut met = BTreeSet::new();
    for tool in &agent.tools {
        let mistake = |make: fn(AgentId, String) -> Mistake| make(agent_id, tool.name().to_owned());
        if !name::is_legal(tool.name()) {
            found.push(mistake(|agent, tool| Mistake::IllegalToolName { agent, tool }));
        }
        if builtin::NAMES.contains(&tool.name()) || tool.name().starts_with(TRANSFER_PREFIX) {
            found.push(mistake(|agent, tool| Mistake::ReservedToolName { agent, tool }));
        }
        if !met.insert(tool.name()) {
            found.push(mistake(|agent, tool| Mistake::DuplicateTool { agent, tool }));
        }
        if tool.definition().description.is_empty() {
            found.push(mistake(|agent, tool| Mistake::UndocumentedTool { agent, tool }));
        }
        if tool.modifiers().deadline.is_some_and(|deadline| deadline.is_zero()) {
            found.push(mistake(|agent, tool| Mistake::NoTime { agent, tool }));
        }
        if tool.modifiers().hold.as_ref().is_some_and(|hold| hold.trim().is_empty()) {
            found.push(mistake(|agent, tool| Mistake::EmptyHold { agent, tool }));
        }
        found.extend(faults(agent_id, tool));
    }
}

fn faults<A>(agent: AgentId, tool: &Tool<A>) -> impl Iterator<Item = Mistake> {
    let faults = tool.faults().iter().cloned();
    faults.map(move |fault| Mistake::Arguments { agent, tool: tool.name().to_owned(), fault })
}

/// Whom an agent could hand off to: ` (there are: billing, calendar)`.
fn who_is_there<A>(agent: AgentId, agents: &[Agent<A>]) -> String {
    let others: Vec<&str> = agents
        .iter()
        .map(|other| other.id)
        .filter(|id| *id != agent)
        .map(AgentId::as_str)
        .collect();
    if others.is_empty() { String::new() } else { format!(" (there are: {})", others.join(", ")) }
}

/// The agents a caller can come to. A tool that returns a handoff may lead to any agent.
fn reachable<A>(agents: &[Agent<A>]) -> BTreeSet<AgentId> {
    let mut reached: BTreeSet<AgentId> = agents.first().map(|start| start.id).into_iter().collect();
    loop {
        let met: Vec<&Agent<A>> =
            agents.iter().filter(|agent| reached.contains(&agent.id)).collect();
        if met.iter().flat_map(|agent| &agent.tools).any(Tool::may_hand_off) {
            return agents.iter().map(|agent| agent.id).collect();
        }
        let before = reached.len();
        reached
            .extend(met.iter().flat_map(|agent| &agent.transfers).map(|transfer| transfer.edge.to));
        if reached.len() == before {
            return reached;
        }
    }
}
