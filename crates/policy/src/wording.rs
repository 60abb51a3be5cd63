//! What Cedar's validator finds, in plain words and with the nearest real name.

use std::collections::BTreeSet;
use std::fmt::Display;

use cedar_policy::ValidationError;
use miette::Diagnostic;

use crate::error::PolicyFault;
use crate::vocabulary::{AGENT, CALLER, CONTEXT, Vocabulary};

/// How much like a name another must be to be meant, from 0 to 1.
const ALIKE: f64 = 0.6;

/// Says what an error means; `code` is what stands where it was found.
pub(crate) fn of_error(
    error: &ValidationError,
    code: &str,
    vocabulary: &Vocabulary,
) -> PolicyFault {
    let text = plain(error);
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    match error {
        ValidationError::UnrecognizedActionId(_) => {
            let action = between_quotes(&text).unwrap_or(&code).to_owned();
            let tools = vocabulary.actions.iter().map(|action| action.name.as_str());
            let hint = hint(&action, tools.chain(vocabulary.groups()));
            PolicyFault::UnknownAction { action, hint }
        }
        ValidationError::UnrecognizedEntityType(_) => PolicyFault::UnknownType {
            hint: ": there are `Caller`, `Agent` and `Action`".to_owned(),
            entity_type: code,
        },
        ValidationError::UnsafeAttributeAccess(_) => unknown_attribute(&text, code, vocabulary),
        ValidationError::UnsafeOptionalAttributeAccess(_) => {
            PolicyFault::MayBeAbsent { guard: guard(&code), attribute: code }
        }
        other => {
            let advice =
                other.help().map(|help| format!(": {}", without_policy(&help.to_string())));
            PolicyFault::Invalid { problem: text + &advice.unwrap_or_default() }
        }
    }
}

/// What Cedar says, without the name of the policy.
pub(crate) fn plain(found: &dyn Display) -> String {
    without_policy(&found.to_string())
}

fn without_policy(text: &str) -> String {
    let rest = text.strip_prefix("for policy `").and_then(|rest| rest.split_once("`, "));
    rest.map_or(text, |(_, rest)| rest).to_owned()
}

/// `attribute `arguments.cent` in context for Action::"pay" not found`, or ` on entity type `Caller` not found`.
fn unknown_attribute(text: &str, code: String, vocabulary: &Vocabulary) -> PolicyFault {
    let name = last_name(&code);
    let Some(tool) = text.contains(" in context for ").then(|| between_quotes_last(text)).flatten()
    else {
        let of = if text.contains("`Agent`") { &AGENT[..] } else { &CALLER[..] };
        let hint = hint(name, of.iter().copied());
        return PolicyFault::UnknownAttribute { attribute: code, tools: Vec::new(), hint };
    };
    let names = vocabulary.argument_names();
    let hint = if names.contains(name) {
        let guard = guard(&code);
        format!(
            ": name the tools that have it (`action == Action::\"…\"`), or ask first, with `{guard} && …`"
        )
    } else {
        hint(name, names.into_iter().chain(CONTEXT))
    };
    PolicyFault::UnknownAttribute { attribute: code, tools: vec![tool.to_owned()], hint }
}

/// All attributes there are.
pub(crate) fn attributes(vocabulary: &Vocabulary) -> BTreeSet<&str> {
    let mut names = vocabulary.argument_names();
    names.extend(CALLER.into_iter().chain(AGENT).chain(CONTEXT));
    names
}

/// The name that is most like this one, as a question; where to look, if none is.
pub(crate) fn hint<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let likeness = |other: &str| strsim::normalized_damerau_levenshtein(name, other);
    let nearest = names.map(|other| (likeness(other), other)).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((alike, nearest)) if alike >= ALIKE => format!(": did you mean `{nearest}`?"),
        _ => ": `switchboard agents --policy-schema` lists what there is".to_owned(),
    }
}

/// How to ask for the last attribute of `context.arguments.note`, or of `context.arguments["a note"]`.
fn guard(code: &str) -> String {
    if let Some((base, name)) = code.strip_suffix(']').and_then(|code| code.rsplit_once('[')) {
        return format!("{base} has {name}");
    }
    code.rsplit_once('.')
        .map_or_else(|| code.to_owned(), |(base, name)| format!("{base} has {name}"))
}

fn last_name(code: &str) -> &str {
    let name = code.rsplit_once(['.', '[']).map_or(code, |(_, name)| name);
    name.trim_matches([']', '"', ' '])
}

/// What stands between the first and the last `"`.
fn between_quotes(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('"')?;
    rest.rsplit_once('"').map(|(quoted, _)| quoted)
}

/// What stands between the last two `"`.
fn between_quotes_last(text: &str) -> Option<&str> {
    let (rest, _) = text.rsplit_once('"')?;
    rest.rsplit_once('"').map(|(_, quoted)| quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_asked_for_as_they_are_written() {
        assert_eq!(guard("context.arguments.note"), "context.arguments has note");
        assert_eq!(guard(r#"context.arguments["a note"]"#), r#"context.arguments has "a note""#);
        assert_eq!(last_name("context.arguments.note"), "note");
        assert_eq!(last_name(r#"context["a note"]"#), "a note");
    }

    #[test]
    fn only_a_name_that_is_much_alike_is_suggested() {
        let names = ["make_payment", "get_balance"];
        assert_eq!(hint("make_payement", names.into_iter()), ": did you mean `make_payment`?");
        assert!(hint("x", names.into_iter()).contains("--policy-schema"));
    }
}
