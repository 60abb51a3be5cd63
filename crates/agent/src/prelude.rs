//! What a module that defines an agent uses: `use switchboard_agent::prelude::*;`
//!
//! The derives `Deserialize` and `JsonSchema` are here, too; the code they write names the crates `serde` and `schemars`, so a crate
//! that defines tools has both among its dependencies.

pub use std::time::Duration;

pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};

pub use crate::{
    Agent, AgentId, Caller, FromContext, FromRef, Handoff, IdempotencyKey, Json, ReasoningEffort,
    Roster, RosterErrors, Secret, Session, State, ToolChoice, ToolError, ToolExt, ToolResult,
    TraceId,
};
