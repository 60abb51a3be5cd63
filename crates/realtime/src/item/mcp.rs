//! Items about MCP servers, whose tools the service calls by itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::ItemId;

/// The tools of an MCP server.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct McpListTools {
    /// What the server is called.
    pub server_label: String,
    /// Its tools; empty until they are listed.
    pub tools: Vec<McpToolListing>,
}

/// A tool of an MCP server, as that server describes it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct McpToolListing {
    /// Its name.
    pub name: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    #[serde(default)]
    pub input_schema: Value,
    /// Hints of the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Value>,
}

/// A call that the service makes to an MCP server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct McpCall {
    /// What the server is called.
    pub server_label: String,
    /// The tool's name.
    pub name: String,
    /// The model's text for the arguments.
    pub arguments: String,
    /// What the tool gave.
    pub output: Option<String>,
    /// The request it was approved by.
    pub approval_request_id: Option<ItemId>,
    /// Why it failed.
    pub error: Option<McpCallError>,
}

/// Why a call to an MCP server failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum McpCallError {
    /// The server broke its protocol, or reported an error by it.
    ProtocolError {
        /// The protocol's code.
        code: i64,
        /// For people.
        message: String,
    },
    /// The tool failed.
    ToolExecutionError {
        /// For people.
        message: String,
    },
    /// The server could not be reached, or refused.
    HttpError {
        /// The HTTP status.
        code: i64,
        /// For people.
        message: String,
    },
    /// A kind this crate does not know, or a known one that it cannot read.
    #[serde(untagged)]
    Other(Value),
}

/// The service asks whether it may call. Until it is answered that call waits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct McpApprovalRequest {
    /// What the server is called.
    pub server_label: String,
    /// The tool's name.
    pub name: String,
    /// The model's text for the arguments.
    pub arguments: String,
}

/// The client's answer to an [`McpApprovalRequest`]. Its item needs an id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct McpApprovalResponse {
    /// The request's item.
    pub approval_request_id: ItemId,
    /// Whether it may call.
    pub approve: bool,
    /// Why.
    pub reason: Option<String>,
}
