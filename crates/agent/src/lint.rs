//! What is no mistake, but makes agents worse.

use crate::{AgentId, Profile, Team, ToolChoice};

/// The longest description that models still read well, in characters.
const LONG_DESCRIPTION: usize = 200;

/// How many tools of its own an agent does well with.
const FEW_TOOLS: usize = 10;
const MANY_TOOLS: usize = 20;

/// Something that works, but not as well as it could: for `switchboard check`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// Few tools: maybe the agent should be part of another.
    #[error(
        "agent `{agent}` has {count} tools of its own: with fewer than {FEW_TOOLS}, another agent could do its work without a handoff"
    )]
    FewTools {
        /// The agent.
        agent: AgentId,
        /// How many.
        count: usize,
    },
    /// Many tools: the model picks the wrong one.
    #[error(
        "agent `{agent}` has {count} tools of its own: with more than {MANY_TOOLS}, models pick the wrong one; split the agent"
    )]
    ManyTools {
        /// The agent.
        agent: AgentId,
        /// How many.
        count: usize,
    },
    /// A long description: models begin to invent tools.
    #[error(
        "the description of `{tool}` of agent `{agent}` has {length} characters: keep it under {LONG_DESCRIPTION}"
    )]
    LongDescription {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
        /// Its description's length, in characters.
        length: usize,
    },
    /// A caller who is passed to this agent stays there.
    #[error(
        "agent `{agent}` hands off to nobody: a caller who is passed to it cannot come back; give it a handoff"
    )]
    DeadEnd {
        /// The agent.
        agent: AgentId,
    },
    /// The model may never just speak.
    #[error(
        "agent `{agent}` must call a tool in every response, also when it tells a tool's result: use `ToolChoice::Auto`"
    )]
    EndlessCalls {
        /// The agent.
        agent: AgentId,
    },
}

/// All warnings, agent by agent.
pub(crate) fn warnings(team: &Team) -> Vec<Warning> {
    team.agents().flat_map(|profile| look_at(profile, team.agents().len() > 1)).collect()
}

fn look_at(profile: &Profile, has_colleagues: bool) -> Vec<Warning> {
    let (agent, count) = (profile.id, profile.own_tools());
    let mut found = Vec::new();
    if count < FEW_TOOLS {
        found.push(Warning::FewTools { agent, count });
    }
    if count > MANY_TOOLS {
        found.push(Warning::ManyTools { agent, count });
    }
    for tool in &profile.tools {
        let length = tool.description.chars().count();
        if length > LONG_DESCRIPTION {
            found.push(Warning::LongDescription { agent, tool: tool.name.clone(), length });
        }
    }
    if has_colleagues && profile.handoffs.is_empty() {
        found.push(Warning::DeadEnd { agent });
    }
    if matches!(profile.settings.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_))) {
        found.push(Warning::EndlessCalls { agent });
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    const TRIAGE: AgentId = AgentId::new("triage");
    const BILLING: AgentId = AgentId::new("billing");

    fn warnings(agents: impl IntoIterator<Item = Agent<()>>) -> Vec<String> {
        Roster::new(agents).unwrap().warnings().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn few_tools_and_dead_ends_are_told() {
        let triage = Agent::new(TRIAGE).instructions("Help.").handoff(BILLING, "Money.");
        let told = warnings([triage, Agent::new(BILLING).instructions("Help.")]);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("agent `triage` has 0 tools of its own"), "{told:?}");
        assert!(told[2].starts_with("agent `billing` hands off to nobody"), "{told:?}");
    }

    #[test]
    fn long_descriptions_are_told() {
        let when = "The caller asks about money. ".repeat(8);
        let triage = Agent::new(TRIAGE).instructions("Help.").handoff(BILLING, when);
        let billing = Agent::new(BILLING).instructions("Help.").handoff(TRIAGE, "Else.");
        let told = warnings([triage, billing]);
        assert!(
            told.iter().any(|told| told.starts_with("the description of `transfer_to_billing`")),
            "{told:?}"
        );
    }

    #[test]
    fn a_model_that_may_never_just_speak_is_told() {
        let told =
            warnings([Agent::new(TRIAGE).instructions("Help.").tool_choice(ToolChoice::Required)]);
        assert!(told.iter().any(|told| told.contains("in every response")), "{told:?}");
    }
}
