//! What is asked, and what is answered.

use serde::Serialize;
use serde_json::Value;
use switchboard_agent::{AgentId, Caller};

/// May this caller have this agent run this tool?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who calls, as known when the call of the tool is made.
    pub caller: &'a Caller,
    /// The agent whose tool it is.
    pub agent: AgentId,
    /// The tool's name.
    pub tool: &'a str,
    /// The arguments, checked against the tool's schema.
    pub arguments: &'a Value,
    /// Whether a person has approved this very call.
    pub approved: bool,
}

/// May they? If not, what would have to happen first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// They may.
    Allowed,
    /// They may not, and nothing that can be done on the call changes that.
    NotAllowed,
    /// They may once we know which customer they are.
    IdentificationRequired,
    /// They may once they have proved to be the customer, after which a person may have to approve.
    VerificationRequired,
    /// They may once a person has approved this call.
    ApprovalRequired,
}
