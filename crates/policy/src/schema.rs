//! The Cedar schema of a team, in the syntax that people and Cedar's own tools read.

use std::fmt::Write;

use switchboard_agent::Team;

use crate::shape::{Field, Shape};
use crate::vocabulary::{Action, OPEN, Vocabulary};

/// The Cedar schema of a team: what policies can speak of. For editors and Cedar's own tools; the same schema that
/// [`Policies`](crate::Policies) are checked against.
pub fn schema(team: &Team) -> String {
    of(&Vocabulary::of(team))
}

/// Writes the schema.
pub(crate) fn of(vocabulary: &Vocabulary) -> String {
    let mut text = String::from(HEAD);
    for group in vocabulary.groups() {
        let comment = if group == OPEN { "  // the tools that require nothing" } else { "" };
        line(&mut text, format_args!("action {};{comment}", quoted(group)));
    }
    for action in &vocabulary.actions {
        text.push('\n');
        write_action(&mut text, action);
    }
    text
}

const HEAD: &str = r#"// What policies can speak of. Generated from the roster: a change here changes nothing.

entity Caller = {
  identified: Bool,     // we know which customer this is
  verified: Bool,       // and they have proved it
  customer?: String,
  tenant: String,
  scopes: Set<String>,
};

entity Agent = {
  tenant: String,
};

// What tools require: `action in Action::"…"` means all tools that do.
"#;

fn write_action(text: &mut String, action: &Action) {
    let agents: Vec<&str> = action.agents.iter().map(|agent| agent.as_str()).collect();
    let groups: Vec<String> = action.groups.iter().map(|group| quoted(group)).collect();
    line(text, format_args!("// A tool of {}.", agents.join(", ")));
    let member =
        if groups.is_empty() { String::new() } else { format!(" in [{}]", groups.join(", ")) };
    line(text, format_args!("action {}{member} appliesTo {{", quoted(&action.name)));
    text.push_str("  principal: Caller,\n  resource: Agent,\n  context: {\n    approved: Bool,\n    arguments: ");
    write_record(text, &action.arguments, 2);
    text.push_str(",\n  },\n};\n");
}

fn write_shape(text: &mut String, shape: &Shape, depth: usize) {
    match shape {
        Shape::Bool => text.push_str("Bool"),
        Shape::Long => text.push_str("Long"),
        Shape::String => text.push_str("String"),
        Shape::Set(element) => {
            text.push_str("Set<");
            write_shape(text, element, depth);
            text.push('>');
        }
        Shape::Record(fields) => write_record(text, fields, depth),
    }
}

fn write_record(text: &mut String, fields: &[Field], depth: usize) {
    if fields.is_empty() {
        return text.push_str("{}");
    }
    text.push_str("{\n");
    for field in fields {
        let absent = if field.required { "" } else { "?" };
        text.push_str(&"  ".repeat(depth + 1));
        text.push_str(&attribute(&field.name));
        text.push_str(absent);
        text.push_str(": ");
        write_shape(text, &field.shape, depth + 1);
        text.push_str(",\n");
    }
    text.push_str(&"  ".repeat(depth));
    text.push('}');
}

/// An attribute's name, quoted where it is not an ordinary word.
fn attribute(name: &str) -> String {
    let is_word = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !KEYWORDS.contains(&name);
    if is_word { name.to_owned() } else { quoted(name) }
}

/// Words that mean something in policies or schemas.
const KEYWORDS: [&str; 17] = [
    "action",
    "appliesTo",
    "attributes",
    "context",
    "else",
    "entity",
    "enum",
    "false",
    "has",
    "if",
    "in",
    "is",
    "like",
    "namespace",
    "tags",
    "then",
    "true",
];

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.escape_debug())
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    writeln!(text, "{words}").expect("text can always be written to");
}

#[cfg(test)]
mod tests {
    use cedar_policy::Schema;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::shape;
    use crate::testing::team;

    fn parsed(text: &str) -> Schema {
        let (schema, warnings) = Schema::from_cedarschema_str(text).unwrap();
        assert_eq!(warnings.count(), 0);
        schema
    }

    #[test]
    fn every_tool_and_requirement_is_an_action() {
        let text = schema(&team());
        let actions: std::collections::BTreeSet<String> =
            parsed(&text).actions().map(|uid| uid.id().unescaped().to_owned()).collect();
        for name in ["make_payment", "transfer_to_billing", "end_call", "billing:pay", OPEN] {
            assert!(actions.contains(name), "{name} in {text}");
        }
    }

    #[test]
    fn a_tool_reads_like_this() {
        let text = schema(&team());
        let expected = r#"
// A tool of billing.
action "make_payment" in ["billing:pay"] appliesTo {
  principal: Caller,
  resource: Agent,
  context: {
    approved: Bool,
    arguments: {
      cents: Long,
      note?: String,
    },
  },
};
"#;
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn secrets_and_confirmations_are_not_seen() {
        let text = schema(&team());
        assert!(text.contains("account: String") && !text.contains("pin"), "{text}");
        assert!(!text.contains("confirmation"), "{text}");
    }

    proptest! {
        #[test]
        fn whatever_things_are_called_the_schema_is_well_formed(name in ".*", requirement in ".*", argument in ".*") {
            let arguments = shape::arguments(&json!({ "properties": { argument: { "type": "string" } } }));
            let action = Action { name, agents: Vec::new(), groups: [requirement].into(), arguments };
            prop_assume!(!action.groups.contains(&action.name) && action.name != OPEN);
            parsed(&of(&Vocabulary { agents: Vec::new(), actions: vec![action] }));
        }
    }
}
