//! Checks policies against what there is: Cedar's validator, strictly, and what it does not look at.

use cedar_policy::{
    ActionConstraint, EntityUid, PolicySet, Schema, ValidationMode, ValidationWarning, Validator,
};
use miette::Diagnostic;
use serde_json::Value;

use crate::error::{PolicyError, PolicyFault};
use crate::rules::Rule;
use crate::vocabulary::Vocabulary;
use crate::wording;

/// Everything that is wrong with the policies.
pub(crate) fn check(
    rules: &[Rule<'_>],
    vocabulary: &Vocabulary,
    schema: Schema,
) -> Vec<PolicyError> {
    let policies = PolicySet::from_policies(rules.iter().map(|rule| rule.policy.clone()))
        .expect("each has a name of its own");
    let result = Validator::new(schema).validate(&policies, ValidationMode::Strict);
    let mut findings = Findings::default();
    for (index, rule) in rules.iter().enumerate() {
        let is_here = |id: &cedar_policy::PolicyId| id == rule.policy.id();
        for error in result.validation_errors().filter(|error| is_here(error.policy_id())) {
            let (start, code) = labelled(error, rule);
            findings.add(index, start, wording::of_error(error, code, vocabulary));
        }
        for (start, fault) in unknown_agents(rule, vocabulary) {
            findings.add(index, start, fault);
        }
        for (start, fault) in unknown_questions(rule, vocabulary) {
            findings.add(index, start, fault);
        }
        // A policy with another fault often cannot apply because of it: one thing at a time.
        for warning in result.validation_warnings().filter(|warning| is_here(warning.policy_id())) {
            if !findings.of_rule(index) || is_about_letters(warning) {
                let (start, _) = labelled(warning, rule);
                findings.add(index, start, of_warning(warning, rule, vocabulary));
            }
        }
    }
    let error = |finding: Finding| rules[finding.rule].source.error(finding.start, finding.fault);
    findings.0.into_iter().map(error).collect()
}

/// What was found in a policy.
#[derive(Debug)]
struct Finding {
    rule: usize,
    start: usize,
    fault: PolicyFault,
}

#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    /// Adds one. The validator looks at each tool by itself: what it finds at the same place for several becomes one.
    fn add(&mut self, rule: usize, start: usize, fault: PolicyFault) {
        let mut here =
            self.0.iter_mut().filter(|finding| (finding.rule, finding.start) == (rule, start));
        let is_known = here.any(|known| match (&mut known.fault, &fault) {
            (
                PolicyFault::UnknownAttribute { tools, attribute, .. },
                PolicyFault::UnknownAttribute { tools: more, attribute: same, .. },
            ) if attribute == same => {
                tools.extend(more.iter().cloned());
                true
            }
            (known, fault) => known.to_string() == fault.to_string(),
        });
        if !is_known {
            self.0.push(Finding { rule, start, fault });
        }
    }

    fn of_rule(&self, rule: usize) -> bool {
        self.0.iter().any(|finding| finding.rule == rule)
    }
}

/// Where Cedar found something, and what stands there.
fn labelled<'a>(found: &dyn Diagnostic, rule: &'a Rule<'_>) -> (usize, &'a str) {
    let label = found.labels().and_then(|mut labels| labels.next());
    let Some(label) = label else { return (rule.start, "") };
    let end = label.offset() + label.len();
    (label.offset(), rule.source.text.get(label.offset()..end).unwrap_or_default())
}

fn is_about_letters(warning: &ValidationWarning) -> bool {
    !matches!(
        warning,
        ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_)
    )
}

fn of_warning(
    warning: &ValidationWarning,
    rule: &Rule<'_>,
    vocabulary: &Vocabulary,
) -> PolicyFault {
    match (warning, rule.policy.action_constraint()) {
        (ValidationWarning::ImpossiblePolicy(_), _) => PolicyFault::NeverApplies,
        (ValidationWarning::InvalidActionApplication(_), ActionConstraint::Eq(action))
            if vocabulary.groups().contains(action.id().unescaped()) =>
        {
            PolicyFault::GroupAsTool { group: action.id().unescaped().to_owned() }
        }
        (ValidationWarning::InvalidActionApplication(_), _) => PolicyFault::NoSuchScope,
        (other, _) => PolicyFault::Invalid {
            problem: format!("{}: write it with plain letters", wording::plain(other)),
        },
    }
}

/// Agents that a policy names and that do not exist: Cedar does not know which there are.
fn unknown_agents(rule: &Rule<'_>, vocabulary: &Vocabulary) -> Vec<(usize, PolicyFault)> {
    let names = || vocabulary.agents.iter().map(|(agent, _)| agent.as_str());
    let is_unknown = |uid: &EntityUid| {
        uid.type_name().to_string() == "Agent" && !names().any(|name| name == uid.id().unescaped())
    };
    let unknown = rule.policy.entity_literals().into_iter().filter(is_unknown);
    let fault = unknown.map(|uid| {
        let agent = uid.id().unescaped().to_owned();
        let hint = wording::hint(&agent, names());
        (place_of(rule, &uid.to_string(), ""), PolicyFault::UnknownAgent { agent, hint })
    });
    fault.collect()
}

/// Attributes that a policy asks for with `has` and that do not exist anywhere: Cedar takes the answer for no, and a limit with a
/// misspelt name would hold for nobody.
fn unknown_questions(rule: &Rule<'_>, vocabulary: &Vocabulary) -> Vec<(usize, PolicyFault)> {
    let Ok(policy) = rule.policy.to_json() else { return Vec::new() };
    let mut asked = Vec::new();
    collect_questions(&policy, &mut asked);
    let known = wording::attributes(vocabulary);
    let unknown = asked.into_iter().filter(|name| !known.contains(name.as_str()));
    let fault = unknown.map(|attribute| {
        let hint = wording::hint(&attribute, known.iter().copied());
        let start = place_of(rule, &attribute, "has");
        (start, PolicyFault::UnknownAttribute { attribute, tools: Vec::new(), hint })
    });
    fault.collect()
}

fn collect_questions(expression: &Value, asked: &mut Vec<String>) {
    match expression {
        Value::Object(object) => {
            match object.get("has").and_then(|question| question.get("attr")) {
                Some(Value::String(name)) => asked.push(name.clone()),
                Some(Value::Array(names)) => {
                    asked.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                _ => {}
            }
            object.values().for_each(|value| collect_questions(value, asked));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_questions(value, asked)),
        _ => {}
    }
}

/// Where some words stand in a policy, behind some other word.
fn place_of(rule: &Rule<'_>, words: &str, behind: &str) -> usize {
    let places = rule.text.match_indices(words).map(|(start, _)| start);
    let is_behind =
        |start: &usize| rule.text[..*start].trim_end_matches([' ', '"', '\n']).ends_with(behind);
    let mut places = places.filter(is_behind);
    rule.start + places.next().or_else(|| rule.text.find(words)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::testing::mistakes;

    /// Each text has this one mistake.
    fn assert_mistake(text: &str, expected: &str) {
        assert_eq!(mistakes(text), [expected], "{text}");
    }

    #[test]
    fn names_that_do_not_exist_are_told_with_the_nearest_that_does() {
        assert_mistake(
            "// a comment\npermit (principal, action == Action::\"make_payement\", resource);",
            "t.cedar:2:30: no tool is named `make_payement`, and none requires it: did you mean `make_payment`?",
        );
        assert_mistake(
            "permit (principal, action in Action::\"biling:pay\", resource);",
            "t.cedar:1:30: no tool is named `biling:pay`, and none requires it: did you mean `billing:pay`?",
        );
        assert_mistake(
            "permit (principal is User, action, resource);",
            "t.cedar:1:22: there is no entity type `User`: there are `Caller`, `Agent` and `Action`",
        );
        assert_mistake(
            "permit (principal, action, resource == Agent::\"biling\");",
            "t.cedar:1:40: no agent is named `biling`: did you mean `billing`?",
        );
        assert_mistake(
            "permit (principal, action, resource) when { principal.verfied };",
            "t.cedar:1:45: `principal.verfied` does not exist: did you mean `verified`?",
        );
    }

    #[test]
    fn arguments_that_do_not_exist_are_told_once_for_all_tools() {
        assert_mistake(
            "permit (principal, action in Action::\"billing:pay\", resource) when { context.arguments.cent > 3 };",
            "t.cedar:1:70: `context.arguments.cent` does not exist for the tool `make_payment`: did you mean `cents`?",
        );
        let [mistake] = <[String; 1]>::try_from(mistakes(
            "permit (principal, action, resource) when { context.arguments.cents > 3 };",
        ))
        .unwrap();
        assert!(mistake.contains("does not exist for the tools `"), "{mistake}");
        assert!(mistake.contains(" more: name the tools that have it"), "{mistake}");
        assert!(mistake.contains("`context.arguments has cents && …`"), "{mistake}");
    }

    #[test]
    fn a_question_for_what_never_exists_is_a_mistake() {
        let text = "forbid (principal, action, resource)\nwhen { context.arguments has cent && context.arguments.cent > 3 };";
        assert_mistake(text, "t.cedar:2:30: `cent` does not exist: did you mean `cents`?");
        let hidden = "forbid (principal, action, resource) when { context.approved || (context.arguments has cent && context.arguments.cent > 3) };";
        assert_mistake(hidden, "t.cedar:1:88: `cent` does not exist: did you mean `cents`?");
    }

    #[test]
    fn what_may_be_absent_must_be_asked_for() {
        assert_mistake(
            "permit (principal, action in Action::\"billing:pay\", resource) when { context.arguments.note == \"x\" };",
            "t.cedar:1:70: `context.arguments.note` may be absent: ask first, with `context.arguments has note && …`",
        );
        assert_mistake(
            "permit (principal, action, resource) when { principal.customer == \"C-1\" };",
            "t.cedar:1:45: `principal.customer` may be absent: ask first, with `principal has customer && …`",
        );
    }

    #[test]
    fn policies_that_change_nothing_are_mistakes() {
        let never = "the policy can never apply: a condition is always false, or two contradict each other; correct it, or remove the policy";
        assert_mistake(
            "\npermit (principal, action, resource) when { principal.verified && false };",
            &format!("t.cedar:2:1: {never}"),
        );
        assert_mistake(
            "permit (principal, action == Action::\"billing:pay\", resource);",
            "t.cedar:1:1: `billing:pay` is no tool, but what tools require: write `action in Action::\"billing:pay\"`",
        );
        assert_mistake(
            "permit (principal is Agent, action, resource);",
            "t.cedar:1:1: the policy fits no tool: `principal` is always a `Caller`, and `resource` an `Agent`",
        );
    }

    #[test]
    fn values_of_another_type_are_mistakes() {
        assert_mistake(
            "permit (principal, action in Action::\"billing:pay\", resource) when { context.arguments.cents > \"x\" };",
            "t.cedar:1:96: unexpected type: expected Long but saw String",
        );
        let [mistake] = <[String; 1]>::try_from(mistakes(
            "permit (principal, action, resource) when { principal.tenant == 3 };",
        ))
        .unwrap();
        assert!(
            mistake.starts_with("t.cedar:1:45: the types Long and String are not compatible"),
            "{mistake}"
        );
        assert!(!mistake.contains("for policy"), "{mistake}");
    }

    #[test]
    fn text_that_is_no_policy_is_told_with_advice() {
        assert_mistake(
            "permit (principal, action, resource) when { principal.verified = true };",
            "t.cedar:1:45: '=' is not a valid operator in Cedar: try using '==' instead",
        );
        assert_mistake(
            "permit (principal, action, resource)",
            "t.cedar:1:37: unexpected end of input: expected `;` or identifier",
        );
        assert_mistake(
            "// nobody\npermit (principal == ?principal, action, resource);",
            "t.cedar:2:1: `?principal` and `?resource` are not filled in here: name whom or what you mean",
        );
        assert_mistake(
            "@id permit (principal, action, resource);",
            "t.cedar:1:1: `@id` needs a name: write `@id(\"what-the-policy-is-for\")`",
        );
    }

    #[test]
    fn letters_that_only_look_alike_are_mistakes() {
        let [mistake] = <[String; 1]>::try_from(mistakes(
            "permit (principal, action, resource) when { principal.tenant == \"l\u{430}rk\" };",
        ))
        .unwrap();
        assert!(mistake.contains("mixed scripts: write it with plain letters"), "{mistake}");
    }
}
