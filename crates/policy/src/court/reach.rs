//! Which policies can have a say about which tool, as far as that can be seen without a question: by their scope.
//!
//! A policy decides only where its whole scope fits, and its conditions are not looked at elsewhere. So each tool is asked about under the
//! policies that name it, one of its groups or no tool, and its agent or none; the others could say nothing, at some microseconds each.

use cedar_policy::{ActionConstraint, Effect, Policy, PolicySet, ResourceConstraint};
use switchboard_agent::AgentId;

use super::{Court, Tool};

impl Court {
    /// The tools that no permit is about, whoever calls, with the agents that have them.
    pub(crate) fn never_permitted(&self) -> Vec<(AgentId, String)> {
        let mut out_of_reach = Vec::new();
        for (agent, tools) in &self.agents {
            for (name, tool) in tools {
                if !tool.policies.policies().any(|policy| policy.effect() == Effect::Permit) {
                    out_of_reach.push((*agent, name.clone()));
                }
            }
        }
        out_of_reach.sort_by(|(a, tool), (b, other)| (a.as_str(), tool).cmp(&(b.as_str(), other)));
        out_of_reach
    }
}

impl Tool {
    /// Those of the policies that can have a say about this tool of this agent.
    pub(super) fn policies_in_reach(&self, policies: &PolicySet) -> PolicySet {
        let in_reach = policies
            .policies()
            .filter(|policy| self.is_meant_by(policy) && self.is_at_an_agent_of(policy));
        PolicySet::from_policies(in_reach.cloned()).expect("they have different names already")
    }

    /// Whether the policy's scope has this tool in it, by its name, one of its groups, or without naming any.
    fn is_meant_by(&self, policy: &Policy) -> bool {
        match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(action) => action == self.action,
            ActionConstraint::In(actions) => actions.iter().any(|action| {
                *action == self.action || self.entities.is_ancestor_of(action, &self.action)
            }),
        }
    }

    /// Whether the policy's scope has this tool's agent in it. Agents are in nothing but themselves.
    fn is_at_an_agent_of(&self, policy: &Policy) -> bool {
        match policy.resource_constraint() {
            ResourceConstraint::Any => true,
            ResourceConstraint::Eq(agent) | ResourceConstraint::In(agent) => agent == self.agent,
            ResourceConstraint::Is(of_type) => of_type == *self.agent.type_name(),
            ResourceConstraint::IsIn(of_type, agent) => {
                of_type == *self.agent.type_name() && agent == self.agent
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cedar_policy::PolicySet;
    use proptest::prelude::*;
    use serde_json::json;
    use switchboard_agent::Caller;

    use crate::court::Court;
    use crate::question::Question;
    use crate::testing::{BILLING, RULES, TRIAGE, policies, team};
    use crate::vocabulary::Vocabulary;

    fn out_of_reach(rules: &str) -> Vec<String> {
        let tools = policies(rules).never_permitted();
        assert!(tools.iter().all(|(agent, _)| *agent == BILLING), "{tools:?}");
        tools.into_iter().map(|(_, tool)| tool).collect()
    }

    #[test]
    fn a_tool_is_in_reach_by_a_permit_that_names_it_or_its_group_or_none() {
        assert!(out_of_reach(RULES).is_empty());
        let all = "permit (principal, action, resource) when { principal.verified };";
        assert!(out_of_reach(all).is_empty());
        let one = r#"permit (principal, action == Action::"make_payment", resource);"#;
        assert_eq!(out_of_reach(one), ["get_balance", "request_refund"]);
    }

    #[test]
    fn a_forbid_brings_nothing_in_reach_and_what_requires_nothing_always_is() {
        let none = r#"forbid (principal, action in Action::"billing:pay", resource);"#;
        assert_eq!(out_of_reach(none), ["get_balance", "make_payment", "request_refund"]);
    }

    /// Scopes and conditions of all kinds, some of which cannot be evaluated everywhere.
    fn policy() -> impl Strategy<Value = String> {
        let effect = prop::sample::select(vec!["permit", "forbid"]);
        let action = prop::sample::select(vec![
            "action",
            r#"action == Action::"get_hours""#,
            r#"action == Action::"make_payment""#,
            r#"action in Action::"billing:read""#,
            r#"action in [Action::"billing:pay", Action::"get_balance"]"#,
            r#"action in Action::"switchboard:open""#,
        ]);
        let resource = prop::sample::select(vec![
            "resource",
            r#"resource == Agent::"billing""#,
            r#"resource in Agent::"triage""#,
            "resource is Agent",
            r#"resource is Agent in Agent::"billing""#,
        ]);
        let condition = prop::sample::select(vec![
            "",
            "when { principal.identified }",
            "when { principal.verified }",
            "unless { context.approved }",
            "when { context.arguments.cents * 2 > 10000 }",
        ]);
        (effect, action, resource, condition).prop_map(|(effect, action, resource, condition)| {
            format!("{effect} (principal, {action}, {resource}) {condition};")
        })
    }

    proptest! {
        #[test]
        fn what_is_out_of_reach_decides_nothing(
            policies in prop::collection::vec(policy(), 0..8),
            verified in any::<bool>(),
            known in any::<bool>(),
            approved in any::<bool>(),
            cents in prop::sample::select(vec![1, 5_001, u64::MAX]),
        ) {
            let policies: PolicySet = policies.concat().parse().unwrap();
            let vocabulary = Vocabulary::of(&team());
            let in_reach = Court::new(&vocabulary, "larkfield", &policies);
            let mut all = Court::new(&vocabulary, "larkfield", &policies);
            for tool in all.agents.values_mut().flat_map(|tools| tools.values_mut()) {
                tool.policies = policies.clone();
            }
            let caller = Caller::unknown();
            let caller = if known { caller.identified("C-1", "Ann") } else { caller };
            let caller = if verified { caller.verified() } else { caller };
            for (agent, tool) in [
                (TRIAGE, "get_hours"),
                (TRIAGE, "end_call"),
                (BILLING, "end_call"),
                (BILLING, "get_balance"),
                (BILLING, "make_payment"),
                (BILLING, "request_refund"),
            ] {
                let arguments = json!({ "cents": cents, "reason": "broken" });
                let question =
                    Question { caller: &caller, agent, tool, arguments: &arguments, approved };
                prop_assert_eq!(in_reach.decide(&question), all.decide(&question), "{}", tool);
            }
        }
    }
}
