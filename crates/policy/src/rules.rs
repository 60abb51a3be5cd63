//! The policies in some texts: parsed, and each under a name of its own.

use std::collections::HashMap;

use cedar_policy::{ParseError, Policy, PolicyId, PolicySet};
use miette::Diagnostic;

use crate::error::{PolicyError, PolicyFault};
use crate::source::Source;

/// A policy, and where it stands.
#[derive(Debug)]
pub(crate) struct Rule<'a> {
    pub(crate) policy: Policy,
    pub(crate) source: &'a Source,
    /// Where it begins, in bytes.
    pub(crate) start: usize,
    pub(crate) text: String,
}

/// Parses the texts. A policy is named by its `@id`, and by its place if it has none.
pub(crate) fn parse<'a>(
    sources: &'a [Source],
    built_in: &PolicySet,
) -> (Vec<Rule<'a>>, Vec<PolicyError>) {
    let mut names: HashMap<String, String> = built_in
        .policies()
        .map(|policy| (policy.id().to_string(), "a built-in one".to_owned()))
        .collect();
    let mut rules = Vec::new();
    let mut errors = Vec::new();
    for source in sources {
        match source.text.parse::<PolicySet>() {
            Ok(policies) => {
                errors.extend(templates(source, &policies));
                if policies.is_empty() {
                    errors.push(source.error_of_file(PolicyFault::EmptyFile));
                }
                for rule in in_order(source, &policies) {
                    match named(rule, &mut names) {
                        Ok(rule) => rules.push(rule),
                        Err(error) => errors.push(error),
                    }
                }
            }
            Err(problems) => errors.extend(problems.iter().map(|one| syntax(source, one))),
        }
    }
    (rules, errors)
}

/// The policies from top to bottom: the parser numbers them.
fn in_order<'a>(source: &'a Source, policies: &PolicySet) -> Vec<Rule<'a>> {
    let number = |policy: &&Policy| {
        policy.id().to_string().trim_start_matches("policy").parse::<usize>().unwrap_or(usize::MAX)
    };
    let mut in_order: Vec<&Policy> = policies.policies().collect();
    in_order.sort_by_key(number);
    let mut from = 0;
    let rules = in_order.into_iter().map(|policy| {
        let text = policy.to_cedar().unwrap_or_default();
        let start = source.find(&text, from).unwrap_or(from);
        from = start + text.len();
        Rule { policy: policy.clone(), source, start, text }
    });
    rules.collect()
}

fn named<'a>(rule: Rule<'a>, names: &mut HashMap<String, String>) -> Result<Rule<'a>, PolicyError> {
    let place = format!("{}:{}", rule.source.name, rule.source.position(rule.start));
    let name = match rule.policy.annotation("id") {
        Some("") => return Err(rule.source.error(rule.start, PolicyFault::NamelessId)),
        Some(id) => id.to_owned(),
        None => place.clone(),
    };
    if let Some(first) = names.get(&name) {
        let fault = PolicyFault::DuplicateId { id: name, first: first.clone() };
        return Err(rule.source.error(rule.start, fault));
    }
    names.insert(name.clone(), place);
    let policy = rule.policy.new_id(PolicyId::new(name));
    Ok(Rule { policy, ..rule })
}

fn templates(source: &Source, policies: &PolicySet) -> Vec<PolicyError> {
    let error = |text: String| {
        let start = source.find(&text, 0).unwrap_or_default();
        source.error(start, PolicyFault::Template)
    };
    policies.templates().map(|template| error(template.to_cedar())).collect()
}

fn syntax(source: &Source, problem: &ParseError) -> PolicyError {
    let label = problem.labels().and_then(|mut labels| labels.next());
    let offset = label.as_ref().map_or(0, miette::LabeledSpan::offset);
    let mut text = problem.to_string();
    if let Some(expected) = label.as_ref().and_then(|label| label.label()) {
        text = format!("{text}: {expected}");
    }
    if let Some(help) = problem.help() {
        text = format!("{text}: {help}");
    }
    source.error(offset, PolicyFault::Syntax { problem: text })
}
