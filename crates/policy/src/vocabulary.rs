//! What policies can speak of: the agents of a team, their tools, and what these require.

use std::collections::{BTreeMap, BTreeSet};

use switchboard_agent::{AgentId, Profile, Team, ToolDefinition};

use crate::shape::{self, Field, Shape};

/// The group of the tools that require nothing. No tool has such a name, and no requirement is taken for it.
pub(crate) const OPEN: &str = "switchboard:open";

/// The argument that a tool with `.confirm(…)` has on the wire beside its own.
const CONFIRMATION: &str = "confirmation";

/// What a caller has.
pub(crate) const CALLER: [&str; 5] = ["identified", "verified", "customer", "tenant", "scopes"];

/// What an agent has.
pub(crate) const AGENT: [&str; 1] = ["tenant"];

/// What is asked about, beside who, what and where.
pub(crate) const CONTEXT: [&str; 2] = ["approved", "arguments"];

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
                let arguments = arguments(profile, tool);
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

    /// The names of all arguments, at any depth.
    pub(crate) fn argument_names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.actions.iter().for_each(|action| collect_names(&action.arguments, &mut names));
        names
    }

    /// All groups there are.
    pub(crate) fn groups(&self) -> BTreeSet<&str> {
        let named = self.actions.iter().flat_map(|action| &action.groups).map(String::as_str);
        named.chain([OPEN]).collect()
    }
}

fn collect_names<'a>(fields: &'a [Field], names: &mut BTreeSet<&'a str>) {
    for field in fields {
        names.insert(&field.name);
        collect_of_shape(&field.shape, names);
    }
}

fn collect_of_shape<'a>(shape: &'a Shape, names: &mut BTreeSet<&'a str>) {
    match shape {
        Shape::Bool | Shape::Long | Shape::String => {}
        Shape::Set(element) => collect_of_shape(element, names),
        Shape::Record(fields) => collect_names(fields, names),
    }
}

/// The groups of an agent's tool: what it requires, or [`OPEN`]. A requirement that has a tool's name makes no group: policies already
/// speak of that tool by it.
fn groups(profile: &Profile, tool: &str, tools: &BTreeSet<&str>) -> BTreeSet<String> {
    let requires = profile.modifiers.get(tool).map_or(&[][..], |said| &said.requires);
    if requires.is_empty() {
        return BTreeSet::from([OPEN.to_owned()]);
    }
    let is_group = |name: &&String| *name != OPEN && !tools.contains(name.as_str());
    requires.iter().filter(is_group).cloned().collect()
}

/// The arguments of an agent's tool that policies can see: no secrets, and not the code with which the caller's yes is confirmed.
fn arguments(profile: &Profile, tool: &ToolDefinition) -> Vec<Field> {
    let mut fields = shape::arguments(&tool.parameters);
    if profile.modifiers.get(&tool.name).is_some_and(|said| said.confirm.is_some()) {
        fields.retain(|field| field.name != CONFIRMATION);
    }
    match profile.secrets.get(&tool.name) {
        Some(secrets) => shape::without_secrets(fields, secrets),
        None => fields,
    }
}
