//! Puts a question to Cedar, and if the answer is no, asks what would make it a yes.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use switchboard_agent::{AgentId, Caller};
use tracing::error;

use crate::argument;
use crate::question::{Decision, Question};
use crate::shape::Field;
use crate::vocabulary::Vocabulary;

/// The id of a caller of whom we do not know which customer they are.
const ANONYMOUS: &str = "anonymous";

/// Everything that is the same for all questions.
#[derive(Debug)]
pub(crate) struct Court {
    tenant: String,
    policies: PolicySet,
    authorizer: Authorizer,
    caller: EntityTypeName,
    seats: HashMap<AgentId, Seat>,
}

/// An agent and its tools.
#[derive(Debug)]
struct Seat {
    uid: EntityUid,
    tools: HashMap<String, Tool>,
}

#[derive(Debug)]
struct Tool {
    uid: EntityUid,
    /// The agent, and the action with its groups at this agent.
    entities: Entities,
    arguments: Vec<Field>,
}

/// What is taken to be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Premise {
    identified: bool,
    verified: bool,
    approved: bool,
}

/// What Cedar says.
enum Verdict {
    Yes,
    No,
    /// Some policy could not be evaluated.
    Broken,
}

impl Court {
    pub(crate) fn new(vocabulary: &Vocabulary, tenant: &str, policies: PolicySet) -> Self {
        let seats = vocabulary.agents.iter().map(|(agent, tools)| {
            let uid = uid("Agent", agent.as_str());
            let tools = tools.iter().map(|(name, groups)| {
                let action = uid_of_action(name);
                let groups = groups.iter().map(|group| uid_of_action(group)).collect();
                let entities = [
                    agent_entity(uid.clone(), tenant),
                    Entity::new_no_attrs(action.clone(), groups),
                ];
                let entities = Entities::from_entities(entities, None)
                    .expect("an agent and an action have different ids");
                let arguments =
                    vocabulary.action(name).map(|action| action.arguments.clone()).unwrap_or_default();
                (name.clone(), Tool { uid: action, entities, arguments })
            });
            let tools = tools.collect();
            (*agent, Seat { uid, tools })
        });
        Self {
            tenant: tenant.to_owned(),
            policies,
            authorizer: Authorizer::new(),
            caller: type_name("Caller"),
            seats: seats.collect(),
        }
    }

    pub(crate) fn decide(&self, question: &Question<'_>) -> Decision {
        let Some(seat) = self.seats.get(&question.agent) else { return Decision::NotAllowed };
        let Some(tool) = seat.tools.get(question.tool) else { return Decision::NotAllowed };
        let Ok(arguments) = argument::record(question.arguments, &tool.arguments) else {
            error!(agent = %question.agent, tool = question.tool, "the arguments are not as the tool's schema says: not allowed");
            return Decision::NotAllowed;
        };
        let caller = question.caller;
        let now = Premise {
            identified: caller.customer.is_some(),
            verified: caller.verified,
            approved: question.approved,
        };
        let ask = |premise: Premise| {
            let request = Request::new(
                self.principal_uid(caller),
                tool.uid.clone(),
                seat.uid.clone(),
                context(arguments.clone(), premise.approved),
                None,
            )
            .expect("a request is not refused without a schema");
            let entities = tool
                .entities
                .clone()
                .add_entities([self.principal(caller, premise)], None)
                .expect("a caller has another id than agents and actions");
            self.verdict(&request, &entities, question, premise == now)
        };
        match ask(now) {
            Verdict::Yes => Decision::Allowed,
            Verdict::Broken => Decision::NotAllowed,
            Verdict::No => now
                .remedies()
                .find(|(premise, _)| matches!(ask(*premise), Verdict::Yes))
                .map_or(Decision::NotAllowed, |(_, decision)| decision),
        }
    }

    fn verdict(
        &self,
        request: &Request,
        entities: &Entities,
        question: &Question<'_>,
        for_real: bool,
    ) -> Verdict {
        let response = self.authorizer.is_authorized(request, &self.policies, entities);
        let mut broken = response.diagnostics().errors().peekable();
        if broken.peek().is_some() {
            for problem in broken.filter(|_| for_real) {
                error!(agent = %question.agent, tool = question.tool, %problem, "a policy cannot be evaluated: not allowed");
            }
            return Verdict::Broken;
        }
        match response.decision() {
            cedar_policy::Decision::Allow => Verdict::Yes,
            cedar_policy::Decision::Deny => Verdict::No,
        }
    }

    fn principal_uid(&self, caller: &Caller) -> EntityUid {
        let id = caller.customer.as_deref().unwrap_or(ANONYMOUS);
        EntityUid::from_type_name_and_id(self.caller.clone(), EntityId::new(id))
    }

    fn principal(&self, caller: &Caller, premise: Premise) -> Entity {
        let mut attributes = HashMap::from([
            ("identified".to_owned(), RestrictedExpression::new_bool(premise.identified)),
            ("verified".to_owned(), RestrictedExpression::new_bool(premise.verified)),
            ("tenant".to_owned(), RestrictedExpression::new_string(self.tenant.clone())),
            ("scopes".to_owned(), RestrictedExpression::new_set([])),
        ]);
        if premise.identified {
            let customer = caller.customer.as_deref().unwrap_or(ANONYMOUS).to_owned();
            attributes.insert("customer".to_owned(), RestrictedExpression::new_string(customer));
        }
        Entity::new(self.principal_uid(caller), attributes, HashSet::new())
            .expect("strings, sets of strings and truth values are always fine")
    }
}

impl Premise {
    /// What could be brought about on the call, the least first, and what is to be said then.
    fn remedies(self) -> impl Iterator<Item = (Self, Decision)> {
        let identified = Self { identified: true, ..self };
        let verified = Self { verified: true, ..identified };
        let approved = |premise: Self| Self { approved: true, ..premise };
        let remedies = [
            (identified, Decision::IdentificationRequired),
            (verified, Decision::VerificationRequired),
            (approved(self), Decision::ApprovalRequired),
            (approved(identified), Decision::IdentificationRequired),
            (approved(verified), Decision::VerificationRequired),
        ];
        let mut tried = vec![self];
        remedies.into_iter().filter(move |(premise, _)| {
            let is_new = !tried.contains(premise);
            tried.push(*premise);
            is_new
        })
    }
}

fn context(arguments: RestrictedExpression, approved: bool) -> Context {
    let approved = RestrictedExpression::new_bool(approved);
    Context::from_pairs([("arguments".to_owned(), arguments), ("approved".to_owned(), approved)])
        .expect("the two keys differ")
}

fn agent_entity(uid: EntityUid, tenant: &str) -> Entity {
    let tenant = RestrictedExpression::new_string(tenant.to_owned());
    Entity::new(uid, HashMap::from([("tenant".to_owned(), tenant)]), HashSet::new())
        .expect("a string is always fine")
}

fn uid_of_action(name: &str) -> EntityUid {
    uid("Action", name)
}

fn uid(type_: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name(type_), EntityId::new(id))
}

fn type_name(name: &str) -> EntityTypeName {
    name.parse().expect("it is a plain word")
}
