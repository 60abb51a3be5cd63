//! Which tools no policy ever permits, as far as that can be seen without a question.

use cedar_policy::{ActionConstraint, Effect, Policy};
use switchboard_agent::AgentId;

use super::{Court, Tool};

impl Court {
    /// The tools that no permit is about, whoever calls, with the agents that have them.
    pub(crate) fn never_permitted(&self) -> Vec<(AgentId, String)> {
        let permits: Vec<&Policy> =
            self.policies.policies().filter(|policy| policy.effect() == Effect::Permit).collect();
        let mut out_of_reach = Vec::new();
        for (agent, tools) in &self.agents {
            for (name, tool) in tools {
                if !permits.iter().any(|policy| tool.is_meant_by(policy)) {
                    out_of_reach.push((*agent, name.clone()));
                }
            }
        }
        out_of_reach.sort_by(|(a, tool), (b, other)| (a.as_str(), tool).cmp(&(b.as_str(), other)));
        out_of_reach
    }
}

impl Tool {
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
}

#[cfg(test)]
mod tests {
    use crate::testing::{BILLING, RULES, policies};

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
}
