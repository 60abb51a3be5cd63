//! Finds the mistakes in the ways between agents.

use std::collections::BTreeSet;

use super::tools::faults;
use crate::edge::Transfer;
use crate::tool::Tool;
use crate::{Agent, AgentId, Mistake};

/// The mistakes in an agent's ways to others.
pub(super) fn look_at<A>(agent: &Agent<A>, agents: &[Agent<A>], found: &mut Vec<Mistake>) {
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

/// Whom an agent could hand off to: ` (there are: billing, calendar)`.
fn who_is_there<A>(agent: AgentId, agents: &[Agent<A>]) -> String {
    let mut others: Vec<&str> = Vec::new();
    for other in agents.iter().map(|other| other.id).filter(|id| *id != agent) {
        if !others.contains(&other.as_str()) {
            others.push(other.as_str());
        }
    }
    if others.is_empty() { String::new() } else { format!(" (there are: {})", others.join(", ")) }
}

/// The agents a caller can come to. A tool that returns a handoff may lead to any agent.
pub(super) fn reachable<A>(agents: &[Agent<A>]) -> BTreeSet<AgentId> {
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

#[cfg(test)]
mod tests {
    use super::super::testing::{BILLING, TRIAGE, agent, only_mistake, told};
    use crate::prelude::*;

    #[test]
    fn a_dangling_handoff_names_who_is_there() {
        let triage =
            agent(TRIAGE).handoff(AgentId::new("biling"), "Money.").handoff(BILLING, "Money.");
        assert!(only_mistake([triage, agent(BILLING)]).ends_with("(there are: billing)"));
    }

    #[test]
    fn a_brief_cannot_ask_for_a_reason_again() {
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct Brief {
            /// Why.
            reason: String,
        }
        let triage = agent(TRIAGE).handoff_with::<Brief>(BILLING, "Money.");
        let told = only_mistake([triage, agent(BILLING)]);
        assert!(told.contains("a field `reason`, which every transfer has anyway"), "{told}");
    }

    #[test]
    fn a_tool_that_hands_off_may_reach_anybody() {
        /// Fetch a person.
        #[derive(Deserialize, JsonSchema)]
        struct FetchPerson {}
        async fn fetch_person(_: FetchPerson) -> ToolResult<Handoff> {
            Ok(Handoff::to(BILLING))
        }
        assert_eq!(told([agent(TRIAGE).tool(fetch_person), agent(BILLING)]), [""; 0]);
    }
}
