//! Handing the caller to another agent.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::AgentId;

/// Hands the caller to another agent. A tool returns it; the model asks for it through `transfer_to_<agent>`.
///
/// ```
/// use switchboard_agent::prelude::*;
///
/// const PERSON: AgentId = AgentId::new("person");
///
/// let handoff = Handoff::to(PERSON).with_reason("a disputed invoice").with_summary("Invoice 100042 was paid twice.");
/// assert_eq!(handoff.summary.as_deref(), Some("Invoice 100042 was paid twice."));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Handoff {
    /// The agent that takes over.
    pub to: AgentId,
    /// Why, in a few words.
    pub reason: Option<String>,
    /// What the agent that takes over has to know.
    pub summary: Option<String>,
    /// What the edge's own [brief](crate::Agent::handoff_with) asks for beside these; empty for an edge without one.
    pub brief: Map<String, Value>,
}

impl Handoff {
    /// Hands over to this agent, which must be in the roster.
    pub fn to(agent: AgentId) -> Self {
        Self { to: agent, reason: None, summary: None, brief: Map::new() }
    }

    /// Says why, in a few words.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Says what the agent that takes over has to know, so that the caller need not say it again.
    #[must_use]
    pub fn with_summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = Some(summary.into());
        self
    }

    /// Adds what the edge's own brief asks for.
    #[must_use]
    pub fn with_brief(mut self, brief: Map<String, Value>) -> Self {
        self.brief = brief;
        self
    }
}
