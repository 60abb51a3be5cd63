//! Ways that lead nowhere, and what is carried along them.

use std::collections::BTreeSet;

use crate::tool::Tool;
use crate::{AgentId, Profile, Roster, Warning};

/// Looks at the ways out of an agent.
pub(super) fn look_at<A>(profile: &Profile, roster: &Roster<A>, found: &mut Vec<Warning>) {
    let (agent, team) = (profile.id, roster.team());
    let start = team.start();
    let is_alone = team.agents().len() == 1;
    if !is_alone && profile.handoffs.is_empty() && !may_go_anywhere(profile, roster) {
        found.push(Warning::DeadEnd { agent });
    } else if !comes_to(start, agent, roster) {
        found.push(Warning::NoWayBack { agent, start });
    }
    for edge in &profile.handoffs {
        let transfer = roster.tools(agent).iter().find(|tool| tool.name() == edge.tool);
        if transfer.is_some_and(|transfer| !transfer.secrets().is_empty()) {
            found.push(Warning::SecretInBrief { agent, to: edge.to });
        }
    }
}

/// Whether a caller can come from one agent to another, straight or through others.
fn comes_to<A>(to: AgentId, from: AgentId, roster: &Roster<A>) -> bool {
    let team = roster.team();
    let mut met = BTreeSet::new();
    let mut next = vec![from];
    while let Some(agent) = next.pop() {
        let Some(profile) = team.agent(agent).filter(|_| met.insert(agent)) else { continue };
        if agent == to || may_go_anywhere(profile, roster) {
            return true;
        }
        next.extend(profile.handoffs.iter().map(|edge| edge.to));
    }
    false
}

/// Whether one of the agent's own tools may hand the caller to an agent that no edge names.
fn may_go_anywhere<A>(profile: &Profile, roster: &Roster<A>) -> bool {
    let tools = roster.tools(profile.id).iter();
    tools.filter(|tool| profile.modifiers.contains_key(tool.name())).any(Tool::may_hand_off)
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{BILLING, TRIAGE, told};
    use crate::prelude::*;

    const PERSON: AgentId = AgentId::new("person");

    fn agent(id: AgentId) -> Agent<()> {
        Agent::new(id).instructions("Help.")
    }

    #[test]
    fn an_agent_without_a_way_out_is_told() {
        let triage = agent(TRIAGE).handoff(BILLING, "Money.");
        let told = told(&Roster::new([triage, agent(BILLING)]).unwrap());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("agent `billing` hands off to nobody"), "{told:?}");
    }

    #[test]
    fn agents_between_which_a_caller_is_caught_are_told() {
        let triage = agent(TRIAGE).handoff(BILLING, "Money.");
        let billing = agent(BILLING).handoff(PERSON, "A complaint.");
        let person = agent(PERSON).handoff(BILLING, "Money.");
        let told = told(&Roster::new([triage, billing, person]).unwrap());
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with(
                "agent `billing` can pass a caller on, but no way leads back to `triage`"
            ),
            "{told:?}"
        );
    }

    #[test]
    fn a_way_through_others_or_by_a_tool_is_one() {
        /// Pass the caller to whoever is free.
        #[derive(Deserialize, JsonSchema)]
        struct FindSomebody {}
        async fn find_somebody(_: FindSomebody) -> Handoff {
            Handoff::to(TRIAGE)
        }
        let triage = agent(TRIAGE).handoff(BILLING, "Money.");
        let billing = agent(BILLING).handoff(PERSON, "A complaint.");
        let person = agent(PERSON).tool(find_somebody);
        assert_eq!(told(&Roster::new([triage, billing, person]).unwrap()), [""; 0]);
    }

    #[test]
    fn a_secret_in_a_brief_is_told() {
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct Brief {
            /// The caller's PIN.
            pin: Secret<String>,
        }
        let triage = agent(TRIAGE).handoff_with::<Brief>(BILLING, "Money.");
        let billing = agent(BILLING).handoff(TRIAGE, "Anything else.");
        let told = told(&Roster::new([triage, billing]).unwrap());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("the brief of the handoff from `triage` to `billing` has a secret"),
            "{told:?}"
        );
    }
}
