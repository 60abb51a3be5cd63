//! Finds what is no mistake, but makes agents worse.

mod alike;
mod arguments;
mod choices;
mod demands;
mod holds;
mod modifiers;
mod reads;
mod ways;

use crate::limits::MOST_TOKENS;
use crate::warning::{FEW_TOOLS, LONG_DESCRIPTION, MANY_TOOLS};
use crate::{Profile, Roster, ToolChoice, Warning};

/// How many characters make a token, roughly.
const CHARACTERS_A_TOKEN: usize = 4;

/// All warnings: agent by agent, then those of the whole.
pub(crate) fn warnings<A>(roster: &Roster<A>) -> Vec<Warning> {
    let team = roster.team();
    let mut found = Vec::new();
    for profile in team.agents() {
        look_at_size(profile, &mut found);
        look_at_descriptions(profile, &mut found);
        alike::look_at(profile, &mut found);
        ways::look_at(profile, roster, &mut found);
        holds::look_at(profile, &mut found);
        modifiers::look_at(profile, roster, &mut found);
        reads::look_at(profile, roster, &mut found);
        demands::look_at(profile, &team, &mut found);
    }
    demands::compare(&team, &mut found);
    found
}

fn look_at_size(profile: &Profile, found: &mut Vec<Warning>) {
    let (agent, count) = (profile.id, profile.own_tools());
    if count < FEW_TOOLS {
        found.push(Warning::FewTools { agent, count });
    }
    if count > MANY_TOOLS {
        found.push(Warning::ManyTools { agent, count });
    }
    let tools = profile.tools.iter().map(|tool| {
        let parts = [tool.name.len(), tool.description.len(), tool.parameters.to_string().len()];
        parts.iter().sum::<usize>()
    });
    let tokens = (profile.instructions.len() + tools.sum::<usize>()) / CHARACTERS_A_TOKEN;
    if tokens > MOST_TOKENS {
        found.push(Warning::MuchToRead { agent, tokens });
    }
    if matches!(profile.settings.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_))) {
        found.push(Warning::EndlessCalls { agent });
    }
}

fn look_at_descriptions(profile: &Profile, found: &mut Vec<Warning>) {
    let agent = profile.id;
    for tool in &profile.tools {
        let length = tool.description.chars().count();
        if length > LONG_DESCRIPTION {
            found.push(Warning::LongDescription { agent, tool: tool.name.clone(), length });
        }
        arguments::look_at(agent, tool, found);
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! What the tests of the lints have in common.

    use crate::Warning;
    use crate::prelude::*;

    pub(crate) const TRIAGE: AgentId = AgentId::new("triage");
    pub(crate) const BILLING: AgentId = AgentId::new("billing");

    /// What is warned of, in words, without what the tests' small agents and tools all have.
    pub(crate) fn told(roster: &Roster<()>) -> Vec<String> {
        let warnings = roster.warnings().into_iter().filter(|warning| {
            !matches!(warning, Warning::FewTools { .. } | Warning::LooksLikeARead { .. })
        });
        warnings.map(|warning| warning.to_string()).collect()
    }

    /// What is warned of about one agent that is in order but for what is said.
    pub(crate) fn told_of(say: impl FnOnce(Agent<()>) -> Agent<()>) -> Vec<String> {
        told(&Roster::new([say(Agent::new(BILLING).instructions("Help."))]).unwrap())
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{BILLING, TRIAGE, told, told_of};
    use crate::prelude::*;

    #[test]
    fn few_tools_are_told() {
        let roster = Roster::<()>::new([Agent::new(BILLING).instructions("Help.")]).unwrap();
        let told = roster.warnings();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].to_string().starts_with("agent `billing` has 0 tools of its own"),
            "{told:?}"
        );
    }

    #[test]
    fn long_descriptions_are_told() {
        let when = "The caller asks about money. ".repeat(8);
        let triage = Agent::new(TRIAGE).instructions("Help.").handoff(BILLING, when);
        let billing = Agent::new(BILLING).instructions("Help.").handoff(TRIAGE, "Else.");
        let told = told(&Roster::new([triage, billing]).unwrap());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("the description of `transfer_to_billing` of agent `triage`"),
            "{told:?}"
        );
    }

    #[test]
    fn more_than_a_model_reads_is_told() {
        let told = told_of(|agent| agent.instructions("Be friendly. ".repeat(6_000)));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("agent `billing` has instructions and tools of about 19"),
            "{told:?}"
        );
    }

    #[test]
    fn a_model_that_may_never_just_speak_is_told() {
        let told = told_of(|agent| agent.tool_choice(ToolChoice::Required));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("in every response"), "{told:?}");
    }
}
