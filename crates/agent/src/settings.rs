//! What an agent may set for itself about the model.

use serde::{Serialize, Serializer};

/// An agent's own settings of the model. What is not set is as the configuration says.
///
/// The voice is not among them: the protocol freezes it with the first spoken word, and one call may meet several agents.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AgentSettings {
    /// How fast the agent speaks: 1 is normal, from 0.25 to 1.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    /// The most tokens one response may have, tool calls included: from 1 to 4096.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u32>,
    /// Whether and which tool the model must call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// How hard the model thinks before it speaks. Only reasoning models take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<ReasoningEffort>,
}

/// Whether and which tool the model must call. Serialises as the protocol has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// The model may not call a tool.
    None,
    /// The model must call some tool in each response, also in the one that tells another tool's result.
    Required,
    /// The model must call this tool in each response.
    Tool(String),
}

impl Serialize for ToolChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "type", rename = "function")]
        struct Function<'a> {
            name: &'a str,
        }
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::None => serializer.serialize_str("none"),
            Self::Required => serializer.serialize_str("required"),
            Self::Tool(name) => Function { name }.serialize(serializer),
        }
    }
}

/// How hard a reasoning model thinks before it speaks: each step costs the caller time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReasoningEffort {
    /// Hardly at all.
    Minimal,
    /// A little: the servers' own default.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// As much as it can.
    Xhigh,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_written_as_the_protocol_has_them() {
        let settings = AgentSettings {
            speed: Some(1.1),
            tool_choice: Some(ToolChoice::Tool("find_invoice".into())),
            reasoning_effort: Some(ReasoningEffort::Xhigh),
            ..AgentSettings::default()
        };
        let written = serde_json::to_value(settings).unwrap();
        let choice = json!({ "type": "function", "name": "find_invoice" });
        assert_eq!(
            written,
            json!({ "speed": 1.1, "tool_choice": choice, "reasoning_effort": "xhigh" })
        );
        assert_eq!(serde_json::to_value(ToolChoice::Required).unwrap(), json!("required"));
    }
}
