//! Demands on callers that they cannot meet, or can go round.

use std::collections::BTreeMap;

use crate::{AgentId, Modifiers, Profile, Team, ToolDefinition, Warning};

/// Looks whether an agent whose tools require something has what meets the demand.
pub(super) fn look_at(profile: &Profile, team: &Team, found: &mut Vec<Warning>) {
    let agent = profile.id;
    let demanding = profile.modifiers.iter().filter(|(_, said)| !said.requires.is_empty());
    let tools: Vec<String> = demanding.map(|(tool, _)| tool.clone()).collect();
    for needed in [team.identified_by(), team.verified_by()].into_iter().flatten() {
        if tools.iter().any(|tool| tool == needed) {
            let (tool, what) = (
                needed.to_owned(),
                "`.requires(..)`, and is what callers show first who they are with",
            );
            let why = "whoever lacks the permission could never get it; leave it out";
            found.push(Warning::Contradiction { agent, tool, what, why });
        }
        if profile.modifiers.get(needed).is_some_and(|said| said.optional) {
            let (tool, what) = (
                needed.to_owned(),
                "`.optional()`, and is what callers show first who they are with",
            );
            let why = "switched off, it locks everybody out; leave it out";
            found.push(Warning::Contradiction { agent, tool, what, why });
        }
    }
    if tools.is_empty() {
        return;
    }
    if team.verified_by().is_none() {
        found.push(Warning::NobodyVerifies { agent, tools: tools.clone() });
    }
    for needed in [team.identified_by(), team.verified_by()].into_iter().flatten() {
        if !profile.modifiers.contains_key(needed) {
            let (tools, needed) = (tools.clone(), needed.to_owned());
            found.push(Warning::OutOfReach { agent, tools, needed });
        }
    }
}

/// Compares the tools of one name of different agents, each with the first of that name.
pub(super) fn compare(team: &Team, found: &mut Vec<Warning>) {
    let mut met: BTreeMap<&str, (AgentId, &ToolDefinition, &Modifiers)> = BTreeMap::new();
    for profile in team.agents() {
        for definition in &profile.tools {
            let Some(said) = profile.modifiers.get(&definition.name) else { continue };
            let this = (profile.id, definition, said);
            let &mut (other, first, others) = met.entry(&definition.name).or_insert(this);
            let (tool, agent) = (definition.name.clone(), profile.id);
            if (&said.requires, &said.confirm) != (&others.requires, &others.confirm) {
                found.push(Warning::UnequalDemands { tool, agent, other });
            } else if definition.parameters != first.parameters {
                found.push(Warning::TwoOfOneName { tool, agent, other });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{BILLING, TRIAGE, told};
    use crate::prelude::*;

    /// Pay what is owed.
    #[derive(Deserialize, JsonSchema)]
    struct MakePayment {}
    async fn make_payment(_: MakePayment) {}

    /// Prove who is calling.
    #[derive(Deserialize, JsonSchema)]
    struct VerifyCaller {}
    async fn verify_caller(_: VerifyCaller) {}

    fn pair(say: impl Fn(Agent<()>, AgentId) -> Agent<()>) -> Roster<()> {
        let agent = |id, to| Agent::new(id).instructions("Help.").handoff(to, "Anything else.");
        Roster::new([say(agent(TRIAGE, BILLING), TRIAGE), say(agent(BILLING, TRIAGE), BILLING)])
            .unwrap()
    }

    #[test]
    fn demands_that_can_be_met_are_in_order() {
        let roster = pair(|agent, id| {
            let agent = agent.tool(verify_caller);
            if id == BILLING { agent.tool(make_payment.requires("billing:pay")) } else { agent }
        });
        assert_eq!(told(&roster.verified_by("verify_caller").unwrap()), [""; 0]);
    }

    #[test]
    fn demands_that_nobody_can_meet_are_told() {
        let roster = pair(|agent, id| {
            if id == BILLING {
                agent.tool(make_payment.requires("billing:pay"))
            } else {
                agent.tool(verify_caller)
            }
        });
        let alone = told(&roster);
        assert_eq!(alone.len(), 1, "{alone:?}");
        assert!(
            alone[0].starts_with("agent `billing` has tools that require something (make_payment), but the roster names no tool"),
            "{alone:?}"
        );
        let told = told(&roster.verified_by("verify_caller").unwrap());
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("but not `verify_caller`, which callers need first"), "{told:?}");
    }

    #[test]
    fn a_door_that_is_locked_from_inside_is_told() {
        let roster =
            pair(|agent, _| agent.tool(verify_caller.requires("identity:prove").optional()));
        let told = told(&roster.verified_by("verify_caller").unwrap());
        assert_eq!(told.len(), 4, "{told:#?}");
        assert!(told[0].contains("could never get it"), "{told:?}");
        assert!(told[1].contains("locks everybody out"), "{told:?}");
    }

    #[test]
    fn demands_that_can_be_gone_round_are_told() {
        let roster = pair(|agent, id| {
            let agent = agent.tool(verify_caller);
            if id == BILLING {
                agent.tool(make_payment.confirm("the amount"))
            } else {
                agent.tool(make_payment)
            }
        });
        let told = told(&roster);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("`make_payment` has other demands"), "{told:?}");
    }

    #[test]
    fn one_name_for_two_tools_is_told() {
        mod other {
            use crate::prelude::*;

            /// Pay an invoice.
            #[derive(Deserialize, JsonSchema)]
            #[expect(dead_code, reason = "only the schema is looked at")]
            pub(super) struct MakePayment {
                /// Which invoice.
                invoice: u32,
            }
        }
        async fn pay_invoice(_: other::MakePayment) {}

        let roster =
            pair(
                |agent, id| {
                    if id == BILLING { agent.tool(make_payment) } else { agent.tool(pay_invoice) }
                },
            );
        let told = told(&roster);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with(
                "`make_payment` takes other arguments at agent `billing` than at `triage`"
            ),
            "{told:?}"
        );
    }
}
