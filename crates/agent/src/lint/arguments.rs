//! Arguments that are described at length, or as a text where an enum is meant.

use serde_json::{Map, Value};

use super::choices::choices;
use crate::schema::has_type;
use crate::schema_path::{Path, for_each_documented};
use crate::warning::LONG_DESCRIPTION;
use crate::{AgentId, ToolDefinition, Warning};

/// Looks at all arguments of a tool, at any depth.
pub(super) fn look_at(agent: AgentId, tool: &ToolDefinition, found: &mut Vec<Warning>) {
    for_each_documented(&tool.parameters, &Path::default(), &mut |path, description, schema| {
        let (name, argument) = (tool.name.clone(), path.to_string());
        let length = description.chars().count();
        if length > LONG_DESCRIPTION {
            found.push(Warning::LongArgument { agent, tool: name, argument, length });
        } else if is_any_text(schema)
            && let Some(choices) = choices(description)
        {
            found.push(Warning::CouldBeEnum { agent, tool: name, argument, choices });
        }
    });
}

/// Whether the argument is a text of which nothing more is said.
fn is_any_text(schema: &Map<String, Value>) -> bool {
    has_type(schema, "string")
        && !["enum", "const", "format", "pattern"].iter().any(|key| schema.contains_key(*key))
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::told_of;
    use crate::prelude::*;

    #[test]
    fn texts_that_could_be_enums_are_told_at_every_depth() {
        /// Book a room.
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct BookRoom {
            /// One of single, double or suite.
            kind: Option<String>,
            /// The guests.
            guests: Vec<Guest>,
            /// Either "en" or "de".
            #[schemars(regex(pattern = "^(en|de)$"))]
            language: String,
            /// One of these days.
            day: String,
        }
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct Guest {
            /// What they eat: meat, fish or vegetables.
            diet: String,
        }
        async fn book_room(_: BookRoom) {}

        let told = told_of(|agent| agent.tool(book_room));
        assert_eq!(told.len(), 2, "{told:#?}");
        assert!(
            told[0].starts_with("argument `kind` of `book_room` of agent `billing` is any text")
                && told[0].contains("(single, double, suite)"),
            "{told:#?}"
        );
        assert!(told[1].starts_with("argument `guests[].diet`"), "{told:#?}");
    }

    #[test]
    fn long_descriptions_are_told_with_the_argument() {
        /// Leave a note.
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct LeaveNote {
            /// What the technician has to know before they come to the house: how to get in, what is broken, whether there is a dog in
            /// the yard, where to park, which of the neighbours has a key, and until when somebody is at home.
            text: String,
        }
        async fn leave_note(_: LeaveNote) {}

        let told = told_of(|agent| agent.tool(leave_note));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("the description of argument `text` of `leave_note`"),
            "{told:?}"
        );
    }
}
