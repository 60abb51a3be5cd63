//! What policies can speak of: the agents of a team, their tools, and what these require.

use std::collections::{BTreeMap, BTreeSet};

use switchboard_agent::{AgentId, Profile, Team};

use crate::shape::{self, Field};

/// The group of the tools that require nothing. No tool has such a name, and no requirement is taken for it.
pub(crate) const OPEN: &str = "switchboard:open";

/// The agents and tools of a team.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    /// In the order of the team, each with the groups of its tools.
    pub(crate) agents: Vec<(AgentId, BTreeMap<String, BTreeSet<String>>)>,
    /// By name, in the order in which they are met.
    pub(crate) actions: Vec<Action>,
}

/// A tool by its name, whichever agents have it.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) name: String,
    pub(crate) agents: Vec<AgentId>,
    /// The groups it is in at some agent.
    pub(crate) groups: BTreeSet<String>,
    pub(crate) arguments: Vec<Field>,
}

impl Vocabulary {
    pub(crate) fn of(team: &Team) -> Self {
        let tools: BTreeSet<&str> =
            team.agents().flat_map(|agent| &agent.tools).map(|tool| tool.name.as_str()).collect();
        let mut vocabulary = Self { agents: Vec::new(), actions: Vec::new() };
        for profile in team.agents() {
            let groups_of = |name: &str| groups(profile, name, &tools);
            let groups =
                profile.tools.iter().map(|tool| (tool.name.clone(), groups_of(&tool.name)));
            vocabulary.agents.push((profile.id, groups.collect()));
            for tool in &profile.tools {
                let arguments = shape::arguments(&tool.parameters);
                vocabulary.meet(&tool.name, profile.id, groups_of(&tool.name), arguments);
            }
        }
        vocabulary
    }

    fn meet(
        &mut self,
        name: &str,
        agent: AgentId,
        groups: BTreeSet<String>,
        arguments: Vec<Field>,
    ) {
        let Some(known) = self.actions.iter_mut().find(|action| action.name == name) else {
            let name = name.to_owned();
            return self.actions.push(Action { name, agents: vec![agent], groups, arguments });
        };
        known.agents.push(agent);
        known.groups.extend(groups);
        known.arguments = shape::in_common(std::mem::take(&mut known.arguments), &arguments);
    }

    /// The tool of this name.
    pub(crate) fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }

    /// All groups there are.
    pub(crate) fn groups(&self) -> BTreeSet<&str> {
        let named = self.actions.iter().flat_map(|action| &action.groups).map(String::as_str);
        named.chain([OPEN]).collect()
    }
}

/// The groups of an agent's tool: what it requires, or [`OPEN`]. A requirement that has a tool's name makes no group: policies already
/// speak of that tool by it.
fn groups(profile: &Profile, tool: &str, tools: &BTreeSet<&str>) -> BTreeSet<String> {
    let requires = requires(profile, tool);
    if requires.is_empty() {
        return BTreeSet::from([OPEN.to_owned()]);
    }
    let is_group = |name: &&String| *name != OPEN && !tools.contains(name.as_str());
    requires.iter().filter(is_group).cloned().collect()
}

fn requires<'a>(_profile: &'a Profile, _tool: &str) -> &'a [String] {
    &[]
}
