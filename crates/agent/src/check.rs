//! Finds every mistake in a roster.

mod agents;
mod modifiers;
mod texts;
mod tools;
mod transfers;

use std::collections::BTreeSet;

use crate::{Agent, Mistake};

/// All mistakes: agent by agent, then those of the whole.
pub(crate) fn mistakes<A>(agents: &[Agent<A>]) -> Vec<Mistake> {
    let Some(start) = agents.first() else { return vec![Mistake::NoAgents] };
    let mut found = Vec::new();
    let mut met = BTreeSet::new();
    for agent in agents {
        if !met.insert(agent.id) {
            found.push(Mistake::DuplicateAgent { agent: agent.id });
        }
        agents::look_at(agent, &mut found);
        texts::look_at(agent, &mut found);
        transfers::look_at(agent, agents, &mut found);
        tools::look_at(agent, &mut found);
    }
    let reachable = transfers::reachable(agents);
    let lost = agents.iter().filter(|agent| !reachable.contains(&agent.id));
    found.extend(lost.map(|agent| Mistake::Unreachable { agent: agent.id, start: start.id }));
    once(found)
}

/// Each mistake once: what is there twice makes all its mistakes twice.
fn once(found: Vec<Mistake>) -> Vec<Mistake> {
    let mut told = Vec::with_capacity(found.len());
    for mistake in found {
        if !told.contains(&mistake) {
            told.push(mistake);
        }
    }
    told
}

#[cfg(test)]
pub(crate) mod testing {
    //! What the tests of the checks have in common.

    use super::mistakes;
    use crate::prelude::*;

    pub(crate) const TRIAGE: AgentId = AgentId::new("triage");
    pub(crate) const BILLING: AgentId = AgentId::new("billing");
    pub(crate) const CALENDAR: AgentId = AgentId::new("calendar");

    /// Look up one invoice.
    #[derive(Deserialize, JsonSchema)]
    pub(crate) struct FindInvoice {}

    pub(crate) async fn find_invoice(_: FindInvoice) {}

    /// An agent without mistakes.
    pub(crate) fn agent(id: AgentId) -> Agent<()> {
        Agent::new(id).instructions("Help.")
    }

    /// The mistakes of these agents, in words.
    pub(crate) fn told(agents: impl Into<Vec<Agent<()>>>) -> Vec<String> {
        mistakes(&agents.into()).iter().map(ToString::to_string).collect()
    }

    /// The only mistake of these agents.
    pub(crate) fn only_mistake(agents: impl Into<Vec<Agent<()>>>) -> String {
        let told = told(agents);
        assert_eq!(told.len(), 1, "{told:?}");
        told.into_iter().next().unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{BILLING, CALENDAR, TRIAGE, agent, find_invoice, told};
    use super::*;
    use crate::prelude::*;

    #[test]
    fn agents_that_hand_off_in_circles_are_in_order() {
        let triage = agent(TRIAGE).tool(find_invoice).handoff(BILLING, "Money.");
        let billing = agent(BILLING).tool(find_invoice).handoff(TRIAGE, "Else.");
        assert_eq!(told([triage, billing]), [""; 0]);
    }

    #[test]
    fn nobody_is_a_mistake() {
        assert_eq!(mistakes::<()>(&[]), [Mistake::NoAgents]);
    }

    #[test]
    fn all_mistakes_are_told_together() {
        let triage = Agent::new(TRIAGE)
            .greeting(" ")
            .handoff(TRIAGE, "Again.")
            .handoff(BILLING, "")
            .handoff(BILLING, "Money.")
            .handoff(CALENDAR, "Dates.");
        let told =
            told([triage, agent(BILLING), agent(BILLING), agent(AgentId::new("Front Desk"))]);
        let expected = [
            "agent `triage` has no instructions",
            "agent `triage` has an empty greeting",
            "agent `triage` hands off to itself",
            "agent `triage` does not say when to hand off to `billing`",
            "agent `triage` hands off to `billing` twice",
            "agent `triage` hands off to `calendar`, which is not in the roster",
            "there are two agents named `billing`",
            "agent `Front Desk` has a name that cannot be used",
            "agent `Front Desk` cannot be reached from `triage`",
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}");
        }
    }

    #[test]
    fn what_is_there_twice_is_told_once() {
        let lost = || agent(BILLING).instructions("");
        let roster = [agent(TRIAGE).handoff(AgentId::new("nobody"), "Money."), lost(), lost()];
        let told: Vec<_> = mistakes(&roster).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told[0].ends_with("(there are: billing)"), "{told:?}");
    }
}
