//! The tools of a roster, ready to be looked up and checked.

use std::collections::HashMap;
use std::sync::Arc;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;
use switchboard_agent::{AgentId, Profile, Roster, Team, Tool};

/// The most bytes that a pattern in a schema may take when compiled.
const PATTERN_SIZE: usize = 1 << 20;

/// A tool's schema cannot be used to check arguments: as a rule, a pattern in it is no regular expression.
#[derive(Debug, thiserror::Error)]
#[error("the arguments of tool `{tool}` of agent `{agent}` cannot be checked: {problem}")]
pub struct UnusableSchema {
    /// The agent.
    pub agent: AgentId,
    /// The tool.
    pub tool: String,
    /// What is wrong with the schema.
    pub problem: String,
}

/// All tools by agent and name.
pub(crate) struct Toolbox<A> {
    team: Arc<Team>,
    entries: HashMap<AgentId, HashMap<String, Arc<Entry<A>>>>,
}

/// A tool, and what checks its arguments.
pub(crate) struct Entry<A> {
    pub(crate) tool: Tool<A>,
    pub(crate) validator: Validator,
    /// Whether an agent brought it: transfers and built-in tools only read their arguments.
    pub(crate) own: bool,
}

impl<A> Toolbox<A> {
    /// Compiles the schemas of all tools.
    pub(crate) fn new(roster: &Roster<A>) -> Result<Self, UnusableSchema> {
        let team = roster.team();
        let entries = team.agents().map(|profile| Ok((profile.id, entries_of(roster, profile)?)));
        let entries = entries.collect::<Result<_, _>>()?;
        Ok(Self { team, entries })
    }

    /// The agents.
    pub(crate) fn team(&self) -> &Arc<Team> {
        &self.team
    }

    /// The tool of this name of this agent.
    pub(crate) fn entry(&self, agent: AgentId, tool: &str) -> Option<&Arc<Entry<A>>> {
        self.entries.get(&agent)?.get(tool)
    }

    /// Whether any agent has a tool of this name.
    pub(crate) fn has(&self, tool: &str) -> bool {
        self.entries.values().any(|tools| tools.contains_key(tool))
    }
}

fn entries_of<A>(
    roster: &Roster<A>,
    profile: &Profile,
) -> Result<HashMap<String, Arc<Entry<A>>>, UnusableSchema> {
    let agent = profile.id;
    let entry = |tool: &Tool<A>| {
        let validator = compile(&tool.definition().parameters)
            .map_err(|problem| UnusableSchema { agent, tool: tool.name().to_owned(), problem })?;
        let own = profile.modifiers.contains_key(tool.name());
        Ok((tool.name().to_owned(), Arc::new(Entry { tool: tool.clone(), validator, own })))
    };
    roster.tools(agent).iter().map(entry).collect()
}

/// Compiles a schema. Patterns run in linear time, whatever the model writes.
fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_SIZE))
        .should_validate_formats(true)
        .offline()
        .build(schema)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use switchboard_agent::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_that_is_none_is_told_with_its_tool() {
        /// Look up one invoice.
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct FindInvoice {
            /// Six digits.
            #[schemars(regex(pattern = "[0-9"))]
            number: String,
        }
        async fn find_invoice(_: FindInvoice) {}

        let agent: Agent<()> =
            Agent::new(AgentId::new("billing")).instructions("Help.").tool(find_invoice);
        let error =
            Toolbox::new(&Roster::new([agent]).unwrap()).err().expect("the pattern cannot be used");
        assert!(error.to_string().starts_with(
            "the arguments of tool `find_invoice` of agent `billing` cannot be checked"
        ));
    }
}
