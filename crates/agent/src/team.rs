//! The agents as plain data: what a session needs to know of them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{AgentId, AgentSettings, Edge, Modifiers, Secrets, ToolDefinition};

/// All agents of a roster, without the functions and the types: made by [`Roster::team`](crate::Roster::team), and so free of mistakes.
/// Serialises as the list of its [profiles](Profile).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Team {
    profiles: Vec<Profile>,
    #[serde(skip)]
    identified_by: Option<String>,
    #[serde(skip)]
    verified_by: Option<String>,
}

/// One agent as plain data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// Its name.
    pub id: AgentId,
    /// What it is told.
    pub instructions: String,
    /// What it is told to say first when it answers a call.
    pub greeting: Option<String>,
    /// All its tools, in the order in which they go on the wire: its own as declared, the transfers as declared, the built-in ones.
    pub tools: Vec<ToolDefinition>,
    /// What the caller hears while a tool takes its time that has no phrases of its own; empty: [`HOLDS`](crate::HOLDS).
    pub holds: Vec<String>,
    /// What was said about each of its own tools, by name.
    pub modifiers: BTreeMap<String, Modifiers>,
    /// Where secrets stand in the arguments of those tools that have any, by name.
    #[serde(skip)]
    pub secrets: BTreeMap<String, Secrets>,
    /// The agents it can pass the caller to, as declared.
    pub handoffs: Vec<Edge>,
    /// Its own settings of the model.
    pub settings: AgentSettings,
}

impl Team {
    /// Takes profiles that a roster has checked; the first is the start agent.
    pub(crate) fn new(profiles: Vec<Profile>) -> Self {
        Self { profiles, identified_by: None, verified_by: None }
    }

    pub(crate) fn set_identified_by(&mut self, tool: String) {
        self.identified_by = Some(tool);
    }

    pub(crate) fn set_verified_by(&mut self, tool: String) {
        self.verified_by = Some(tool);
    }

    /// The tool that finds out which customer calls, as [the roster says](crate::Roster::identified_by).
    pub fn identified_by(&self) -> Option<&str> {
        self.identified_by.as_deref()
    }

    /// The tool with which a caller proves to be that customer, as [the roster says](crate::Roster::verified_by).
    pub fn verified_by(&self) -> Option<&str> {
        self.verified_by.as_deref()
    }

    /// The agent that answers calls.
    pub fn start(&self) -> AgentId {
        self.profiles[0].id
    }

    /// The agent of this id.
    pub fn agent(&self, id: AgentId) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.id == id)
    }

    /// The agent of this name.
    pub fn agent_named(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.id.as_str() == name)
    }

    /// All agents, the start agent first.
    pub fn agents(&self) -> impl ExactSizeIterator<Item = &Profile> {
        self.profiles.iter()
    }
}

impl Profile {
    /// The tool of this name, whether its own, a transfer or built in.
    pub fn tool(&self, name: &str) -> Option<&ToolDefinition> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// The way to another agent.
    pub fn handoff_to(&self, agent: AgentId) -> Option<&Edge> {
        self.handoffs.iter().find(|edge| edge.to == agent)
    }

    /// How many tools are its own: transfers and built-in ones do not count.
    pub fn own_tools(&self) -> usize {
        self.modifiers.len()
    }
}
