//! Puts a question to Cedar, and if the answer is no, asks what would make it a yes.

mod reach;

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use switchboard_agent::{AgentId, Caller};
use tracing::{debug, error};

use crate::argument;
use crate::question::{Decision, Question};
use crate::shape::Field;
use crate::vocabulary::Vocabulary;

/// Who a caller is of whom we do not know which customer they are.
const ANONYMOUS: &str = "anonymous";

/// The policies, and everything that is the same for all questions.
#[derive(Debug)]
pub(crate) struct Court {
    tenant: String,
    authorizer: Authorizer,
    caller: EntityTypeName,
    agents: HashMap<AgentId, HashMap<String, Tool>>,
}

/// A tool of one agent.
#[derive(Debug)]
struct Tool {
    action: EntityUid,
    agent: EntityUid,
    /// The agent, and the action in the groups that it is in at this agent.
    entities: Entities,
    arguments: Vec<Field>,
    /// Those that can have a say.
    policies: PolicySet,
}

/// A question, made ready.
#[derive(Debug)]
struct Case<'a> {
    court: &'a Court,
    question: &'a Question<'a>,
    tool: &'a Tool,
    arguments: RestrictedExpression,
}

/// What is taken to be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Premise {
    identified: bool,
    verified: bool,
    approved: bool,
}

/// What Cedar says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Yes,
    No,
    /// Some policy could not be evaluated.
    Broken,
}

impl Court {
    pub(crate) fn new(vocabulary: &Vocabulary, tenant: &str, policies: &PolicySet) -> Self {
        let agents = vocabulary.agents.iter().map(|(agent, tools)| {
            let tools = tools.iter().map(|(name, groups)| {
                let groups = groups.iter().map(|group| uid("Action", group)).collect();
                let arguments = vocabulary.action(name).map(|action| action.arguments.clone());
                let mut tool =
                    Tool::new(*agent, tenant, name, groups, arguments.unwrap_or_default());
                tool.policies = tool.policies_in_reach(policies);
                (name.clone(), tool)
            });
            (*agent, tools.collect())
        });
        Self {
            tenant: tenant.to_owned(),
            authorizer: Authorizer::new(),
            caller: type_name("Caller"),
            agents: agents.collect(),
        }
    }

    pub(crate) fn decide(&self, question: &Question<'_>) -> Decision {
        let tool = self.agents.get(&question.agent).and_then(|tools| tools.get(question.tool));
        let Some(tool) = tool else { return Decision::NotAllowed };
        let Ok(arguments) = argument::record(question.arguments, &tool.arguments) else {
            let Question { agent, tool, .. } = question;
            error!(%agent, tool, "the arguments are not as the tool's schema says: not allowed");
            return Decision::NotAllowed;
        };
        Case { court: self, question, tool, arguments }.decide()
    }
}

impl Tool {
    fn new(
        agent: AgentId,
        tenant: &str,
        name: &str,
        groups: HashSet<EntityUid>,
        arguments: Vec<Field>,
    ) -> Self {
        let (action, agent) = (uid("Action", name), uid("Agent", agent.as_str()));
        let tenant = RestrictedExpression::new_string(tenant.to_owned());
        let attributes = HashMap::from([("tenant".to_owned(), tenant)]);
        let entities = [
            Entity::new(agent.clone(), attributes, HashSet::new())
                .expect("a string is always fine"),
            Entity::new_no_attrs(action.clone(), groups),
        ];
        let entities = Entities::from_entities(entities, None)
            .expect("an agent and an action have different ids, and no group is its own tool");
        Self { action, agent, entities, arguments, policies: PolicySet::new() }
    }
}

impl Case<'_> {
    fn decide(&self) -> Decision {
        let now = Premise::now(self.question);
        match self.ask(now, true) {
            Verdict::Yes => Decision::Allowed,
            Verdict::Broken => Decision::NotAllowed,
            Verdict::No => now
                .remedies()
                .into_iter()
                .find(|(premise, _)| self.ask(*premise, false) == Verdict::Yes)
                .map_or(Decision::NotAllowed, |(_, decision)| decision),
        }
    }

    /// Asks; what happens is logged only when it is for real.
    fn ask(&self, premise: Premise, for_real: bool) -> Verdict {
        let principal = self.principal(premise);
        let request = Request::new(
            principal.uid(),
            self.tool.action.clone(),
            self.tool.agent.clone(),
            self.context(premise),
            None,
        )
        .expect("without a schema no request is refused");
        let entities = self
            .tool
            .entities
            .clone()
            .add_entities([principal], None)
            .expect("a caller has another id than agents and actions");
        let response =
            self.court.authorizer.is_authorized(&request, &self.tool.policies, &entities);
        if for_real {
            self.log(&response);
        }
        let diagnostics = response.diagnostics();
        match response.decision() {
            _ if diagnostics.errors().next().is_some() => Verdict::Broken,
            cedar_policy::Decision::Allow => Verdict::Yes,
            cedar_policy::Decision::Deny => Verdict::No,
        }
    }

    /// Says which policies decided, and which could not: with their names, and never the arguments.
    fn log(&self, response: &cedar_policy::Response) {
        let Question { agent, tool, .. } = self.question;
        for problem in response.diagnostics().errors() {
            let cedar_policy::AuthorizationError::PolicyEvaluationError(problem) = problem;
            error!(%agent, tool, policy = %problem.policy_id(), "a policy cannot be evaluated: not allowed");
        }
        if tracing::enabled!(tracing::Level::DEBUG) {
            let policies: Vec<String> =
                response.diagnostics().reason().map(ToString::to_string).collect();
            debug!(%agent, tool, decision = ?response.decision(), ?policies, "asked the policies");
        }
    }

    fn principal(&self, premise: Premise) -> Entity {
        let Caller { customer, tenant, scopes, .. } = self.question.caller;
        let customer = customer.as_deref().unwrap_or(ANONYMOUS);
        let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
        let truth = RestrictedExpression::new_bool;
        let mut attributes = HashMap::from([
            ("identified".to_owned(), truth(premise.identified)),
            ("verified".to_owned(), truth(premise.verified)),
            ("tenant".to_owned(), text(tenant.as_ref().unwrap_or(&self.court.tenant))),
            (
                "scopes".to_owned(),
                RestrictedExpression::new_set(scopes.iter().map(|scope| text(scope))),
            ),
        ]);
        if premise.identified {
            attributes.insert("customer".to_owned(), text(customer));
        }
        let uid =
            EntityUid::from_type_name_and_id(self.court.caller.clone(), EntityId::new(customer));
        Entity::new(uid, attributes, HashSet::new())
            .expect("texts, sets of texts and truth values are always fine")
    }

    fn context(&self, premise: Premise) -> Context {
        let approved = RestrictedExpression::new_bool(premise.approved);
        let arguments = self.arguments.clone();
        Context::from_pairs([
            ("arguments".to_owned(), arguments),
            ("approved".to_owned(), approved),
        ])
        .expect("the two names differ, and the values are plain")
    }
}

impl Premise {
    /// How things stand. To be verified is to be verified as some customer.
    fn now(question: &Question<'_>) -> Self {
        let identified = question.caller.customer.is_some();
        let verified = identified && question.caller.verified;
        Self { identified, verified, approved: question.approved }
    }

    /// What could be brought about on the call, the least first, and what is to be said then: who needs both a proof and a person's
    /// approval proves first.
    fn remedies(self) -> Vec<(Self, Decision)> {
        let identified = Self { identified: true, ..self };
        let verified = Self { verified: true, ..identified };
        let approved = |premise: Self| Self { approved: true, ..premise };
        let mut remedies = vec![
            (identified, Decision::IdentificationRequired),
            (verified, Decision::VerificationRequired),
            (approved(self), Decision::ApprovalRequired),
            (approved(identified), Decision::IdentificationRequired),
            (approved(verified), Decision::VerificationRequired),
        ];
        let mut seen = vec![self];
        remedies.retain(|(premise, _)| {
            let is_new = !seen.contains(premise);
            seen.push(*premise);
            is_new
        });
        remedies
    }
}

fn uid(entity_type: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name(entity_type), EntityId::new(id))
}

fn type_name(name: &str) -> EntityTypeName {
    name.parse().expect("it is a plain word")
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{BILLING, RULES, TRIAGE, policies, team};
    use crate::{Policies, question::Decision as D};

    static UNDER_RULES: LazyLock<Policies> = LazyLock::new(|| policies(RULES));

    fn known() -> Caller {
        Caller::unknown().identified("C-1", "Ann")
    }

    fn decide(policies: &Policies, tool: &str, caller: &Caller, arguments: &Value) -> Decision {
        let agent = if tool == "get_hours" { TRIAGE } else { BILLING };
        policies.decide(&Question { caller, agent, tool, arguments, approved: false })
    }

    #[test]
    fn every_tool_is_for_whom_the_rules_say() {
        let policies = policies(RULES);
        let callers =
            [Caller::unknown(), known(), known().verified(), known().verified().of_tenant("other")];
        for (tool, arguments, expected) in [
            ("get_hours", json!({}), [D::Allowed, D::Allowed, D::Allowed, D::NotAllowed]),
            (
                "end_call",
                json!({ "reason": "done" }),
                [D::Allowed, D::Allowed, D::Allowed, D::NotAllowed],
            ),
            (
                "get_balance",
                json!({}),
                [D::IdentificationRequired, D::Allowed, D::Allowed, D::NotAllowed],
            ),
            (
                "make_payment",
                json!({ "cents": 100 }),
                [D::VerificationRequired, D::VerificationRequired, D::Allowed, D::NotAllowed],
            ),
            (
                "request_refund",
                json!({ "cents": 10_000, "reason": "broken" }),
                [D::VerificationRequired, D::VerificationRequired, D::Allowed, D::NotAllowed],
            ),
            (
                "request_refund",
                json!({ "cents": 10_001, "reason": "broken" }),
                [
                    D::VerificationRequired,
                    D::VerificationRequired,
                    D::ApprovalRequired,
                    D::NotAllowed,
                ],
            ),
            (
                "request_refund",
                json!({ "cents": u64::MAX, "reason": "broken" }),
                [
                    D::VerificationRequired,
                    D::VerificationRequired,
                    D::ApprovalRequired,
                    D::NotAllowed,
                ],
            ),
        ] {
            let decisions =
                callers.each_ref().map(|caller| decide(&policies, tool, caller, &arguments));
            assert_eq!(decisions, expected, "{tool} {arguments}");
        }
    }

    #[test]
    fn an_approval_allows_what_only_lacked_it() {
        let policies = policies(RULES);
        let arguments = json!({ "cents": 20_000, "reason": "broken" });
        let decision = |caller: &Caller| {
            let tool = "request_refund";
            policies.decide(&Question {
                caller,
                agent: BILLING,
                tool,
                arguments: &arguments,
                approved: true,
            })
        };
        assert_eq!(decision(&known().verified()), D::Allowed);
        assert_eq!(decision(&known()), D::VerificationRequired);
    }

    #[test]
    fn without_policies_only_what_requires_nothing_is_allowed() {
        let policies = Policies::built_in(&team(), "larkfield");
        assert_eq!(decide(&policies, "get_hours", &Caller::unknown(), &json!({})), D::Allowed);
        assert_eq!(
            decide(&policies, "get_balance", &known().verified(), &json!({})),
            D::NotAllowed
        );
    }

    #[test]
    fn a_forbid_holds_for_tools_that_require_nothing_too() {
        let policies = policies(
            "forbid (principal, action == Action::\"end_call\", resource) unless { principal.scopes.contains(\"staff\") };",
        );
        let arguments = json!({ "reason": "done" });
        assert_eq!(decide(&policies, "end_call", &known(), &arguments), D::NotAllowed);
        assert_eq!(
            decide(&policies, "end_call", &known().with_scope("staff"), &arguments),
            D::Allowed
        );
    }

    #[test]
    fn nobody_is_verified_as_nobody() {
        let policies = policies(RULES);
        let caller = Caller::unknown().verified();
        assert_eq!(
            decide(&policies, "make_payment", &caller, &json!({ "cents": 1 })),
            D::VerificationRequired
        );
    }

    #[test]
    fn a_policy_that_cannot_be_evaluated_denies() {
        let policies = policies(
            "permit (principal, action, resource);\nforbid (principal, action == Action::\"make_payment\", resource) when { context.arguments.cents * 2 > 10000 };",
        );
        let caller = known().verified();
        let pay =
            |cents: u64| decide(&policies, "make_payment", &caller, &json!({ "cents": cents }));
        assert_eq!(
            [pay(5_000), pay(5_001), pay(u64::MAX)],
            [D::Allowed, D::NotAllowed, D::NotAllowed]
        );
    }

    #[test]
    fn what_is_not_there_and_what_was_not_checked_is_not_allowed() {
        let policies = policies("permit (principal, action, resource);");
        let caller = known().verified();
        assert_eq!(decide(&policies, "no_such_tool", &caller, &json!({})), D::NotAllowed);
        assert_eq!(
            decide(&policies, "make_payment", &caller, &json!({ "cents": "many" })),
            D::NotAllowed
        );
        let elsewhere = Question {
            caller: &caller,
            agent: AgentId::new("nobody"),
            tool: "get_hours",
            arguments: &json!({}),
            approved: false,
        };
        assert_eq!(policies.decide(&elsewhere), D::NotAllowed);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::hash_map("cents|reason|note|.*", inner, 0..3)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_asked_is_answered_and_always_the_same(
            arguments in any_value(),
            tool in "make_payment|request_refund|get_balance|verify_caller",
            verified in any::<bool>(),
            approved in any::<bool>(),
        ) {
            let policies = &*UNDER_RULES;
            let caller = Caller { verified, ..known() };
            let other = caller.clone().of_tenant("other");
            let question = Question { caller: &caller, agent: BILLING, tool: &tool, arguments: &arguments, approved };
            prop_assert_eq!(policies.decide(&question), policies.decide(&question));
            let question = Question { caller: &other, ..question };
            prop_assert_eq!(policies.decide(&question), D::NotAllowed);
        }

        #[test]
        fn large_refunds_are_never_paid_without_approval(cents in any::<u64>()) {
            let policies = &*UNDER_RULES;
            let arguments = json!({ "cents": cents, "reason": "broken" });
            let decision = decide(policies, "request_refund", &known().verified(), &arguments);
            let expected = if cents > 10_000 { D::ApprovalRequired } else { D::Allowed };
            prop_assert_eq!(decision, expected);
        }
    }
}
