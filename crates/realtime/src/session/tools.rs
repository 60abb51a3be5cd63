//! What the model can call, and whether it has to (the protocol's section 5.4).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::word::words;

/// One thing the model can call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Tool {
    /// A function that the client runs.
    Function(FunctionTool),
    /// The tools of an MCP server, which the service itself calls.
    Mcp(Box<McpTool>),
    /// A kind this crate does not know, or a known one that it cannot read.
    #[serde(untagged)]
    Other(Value),
}

impl From<FunctionTool> for Tool {
    fn from(tool: FunctionTool) -> Self {
        Self::Function(tool)
    }
}

/// A function that the client runs: `type`, `name`, `description` and `parameters` at one level, and no other key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunctionTool {
    /// Its name: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// When and how to call it, for the model to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
}

impl FunctionTool {
    /// A function with all that the model is told of it.
    pub fn new(name: impl Into<String>, description: impl Into<String>, parameters: Value) -> Self {
        Self {
            name: name.into(),
            description: Some(description.into()),
            parameters: Some(parameters),
        }
    }
}

/// An MCP server whose tools the service calls by itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct McpTool {
    /// What the server is called in items.
    pub server_label: String,
    /// Where it is; or else `connector_id` or `tunnel_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_url: Option<String>,
    /// A connector of the service's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector_id: Option<String>,
    /// A tunnel to a private server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tunnel_id: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_description: Option<String>,
    /// A token for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<String>,
    /// HTTP headers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    /// Which of its tools may be called; all where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_tools: Option<AllowedTools>,
    /// Who may call: `direct`, `programmatic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_callers: Option<Vec<String>>,
    /// Which calls ask for approval first; all where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_approval: Option<Approval>,
    /// Whether its tools are listed only when wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defer_loading: Option<bool>,
}

/// Which of an MCP server's tools may be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AllowedTools {
    /// Those with these names.
    Named(Vec<String>),
    /// Those that the filter lets through.
    Filtered(ToolFilter),
}

/// A choice among an MCP server's tools.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ToolFilter {
    /// By name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_names: Option<Vec<String>>,
    /// By whether they change anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
}

/// Which MCP calls ask for approval first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Approval {
    /// All, none, by a word.
    Word(ApprovalWord),
    /// Some.
    Filtered(ApprovalFilter),
}

words! {
    /// Whether MCP calls ask for approval first.
    pub enum ApprovalWord {
        /// All do.
        Always = "always",
        /// None does.
        Never = "never",
    }
}

/// Which MCP calls always, and which never, ask for approval first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ApprovalFilter {
    /// These always ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub always: Option<ToolFilter>,
    /// These never ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never: Option<ToolFilter>,
}

/// Whether the model has to call something.
///
/// In the session, `Required` and `Function` make the turn after a tool's output call a tool again: give the next
/// response a choice of its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ToolChoice {
    /// As the model likes.
    #[default]
    Auto,
    /// Nothing is called.
    None,
    /// Something is called.
    Required,
    /// This function is called.
    Function {
        /// Its name.
        name: String,
    },
    /// A tool of this MCP server is called.
    Mcp {
        /// What the server is called.
        server_label: String,
        /// Which of its tools; any where it is left out.
        name: Option<String>,
    },
    /// A choice this crate does not know.
    Other(Value),
}

impl Serialize for ToolChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::None => serializer.serialize_str("none"),
            Self::Required => serializer.serialize_str("required"),
            Self::Function { name } => {
                json!({"type": "function", "name": name}).serialize(serializer)
            }
            Self::Mcp { server_label, name: None } => {
                json!({"type": "mcp", "server_label": server_label}).serialize(serializer)
            }
            Self::Mcp { server_label, name: Some(name) } => {
                json!({"type": "mcp", "server_label": server_label, "name": name})
                    .serialize(serializer)
            }
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ToolChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let choice = match (value.as_str(), value.get("type").and_then(Value::as_str)) {
            (Some("auto"), _) => Some(Self::Auto),
            (Some("none"), _) => Some(Self::None),
            (Some("required"), _) => Some(Self::Required),
            (_, Some("function")) => text("name").map(|name| Self::Function { name }),
            (_, Some("mcp")) => text("server_label")
                .map(|server_label| Self::Mcp { server_label, name: text("name") }),
            _ => None,
        };
        Ok(choice.unwrap_or(Self::Other(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_four_keys_at_one_level() {
        let tool = Tool::from(FunctionTool::new("greet", "Greets.", json!({"type": "object"})));

        assert_eq!(
            serde_json::to_string(&tool).unwrap(),
            r#"{"type":"function","name":"greet","description":"Greets.","parameters":{"type":"object"}}"#
        );
    }

    #[test]
    fn tool_choices_are_words_or_objects() {
        let mcp = |name: Option<&str>| ToolChoice::Mcp {
            server_label: "docs".to_owned(),
            name: name.map(str::to_owned),
        };
        for (json, choice) in [
            (json!("auto"), ToolChoice::Auto),
            (json!("none"), ToolChoice::None),
            (json!("required"), ToolChoice::Required),
            (
                json!({"type": "function", "name": "greet"}),
                ToolChoice::Function { name: "greet".to_owned() },
            ),
            (json!({"type": "mcp", "server_label": "docs"}), mcp(None)),
            (json!({"type": "mcp", "server_label": "docs", "name": "find"}), mcp(Some("find"))),
            (json!({"type": "allowed_tools"}), ToolChoice::Other(json!({"type": "allowed_tools"}))),
        ] {
            assert_eq!(serde_json::from_value::<ToolChoice>(json.clone()).unwrap(), choice);
            assert_eq!(serde_json::to_value(&choice).unwrap(), json);
        }
    }

    #[test]
    fn approval_is_a_word_or_a_filter() {
        let filter = ApprovalFilter {
            never: Some(ToolFilter { read_only: Some(true), ..ToolFilter::default() }),
            ..ApprovalFilter::default()
        };
        for (json, approval) in [
            (json!("never"), Approval::Word(ApprovalWord::Never)),
            (json!({"never": {"read_only": true}}), Approval::Filtered(filter)),
        ] {
            assert_eq!(serde_json::from_value::<Approval>(json.clone()).unwrap(), approval);
            assert_eq!(serde_json::to_value(&approval).unwrap(), json);
        }
    }
}
