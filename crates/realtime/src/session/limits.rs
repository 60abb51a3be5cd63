//! How much the model says, thinks and remembers (the protocol's sections 5 and 5.5).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::word::words;

/// The most tokens a response may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxOutputTokens {
    /// This many, 1 to 4096.
    Limited(u32),
    /// As many as the model can.
    Infinite,
}

impl Serialize for MaxOutputTokens {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Limited(tokens) => serializer.serialize_u32(*tokens),
            Self::Infinite => serializer.serialize_str("inf"),
        }
    }
}

impl<'de> Deserialize<'de> for MaxOutputTokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Tokens(u32),
            Word(String),
        }

        match Wire::deserialize(deserializer)? {
            Wire::Tokens(tokens) => Ok(Self::Limited(tokens)),
            Wire::Word(word) if word == "inf" => Ok(Self::Infinite),
            Wire::Word(word) => {
                Err(D::Error::custom(format_args!("expected a number or `inf`, got `{word}`")))
            }
        }
    }
}

/// How the model thinks before it speaks; only for models that reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reasoning {
    /// How hard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
}

words! {
    /// How hard the model thinks, or how long a recogniser waits.
    pub enum Effort {
        /// Hardly at all.
        Minimal = "minimal",
        /// A little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
        /// As much as can be had.
        Xhigh = "xhigh",
    }
}

/// What is left out once the conversation outgrows the model.
#[derive(Debug, Clone, PartialEq)]
pub enum Truncation {
    /// The oldest messages.
    Auto,
    /// Nothing: the response fails instead.
    Disabled,
    /// The oldest, and more of them at once, so that the cached beginning changes less often.
    RetentionRatio(RetentionRatio),
    /// A way this crate does not know.
    Other(Value),
}

/// How much is kept when something has to be left out.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct RetentionRatio {
    /// The share of the allowed tokens that remains, 0 to 1.
    pub retention_ratio: f64,
    /// What is allowed; the model's own limit where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_limits: Option<TokenLimits>,
}

/// How many tokens the conversation may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TokenLimits {
    /// Of the conversation, instructions and tools not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_instructions: Option<u32>,
}

/// The object form of [`Truncation`], with its type.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum TruncationObject {
    RetentionRatio(RetentionRatio),
}

impl Serialize for Truncation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::Disabled => serializer.serialize_str("disabled"),
            Self::RetentionRatio(ratio) => {
                TruncationObject::RetentionRatio(*ratio).serialize(serializer)
            }
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Truncation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match value.as_str() {
            Some("auto") => return Ok(Self::Auto),
            Some("disabled") => return Ok(Self::Disabled),
            _ => {}
        }
        match TruncationObject::deserialize(&value) {
            Ok(TruncationObject::RetentionRatio(ratio)) => Ok(Self::RetentionRatio(ratio)),
            Err(_) => Ok(Self::Other(value)),
        }
    }
}

/// Traces kept by the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Tracing {
    /// With names that the service chooses: the word `auto`.
    Word(String),
    /// With names of our own.
    Config(TracingConfig),
}

/// Names for a trace.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TracingConfig {
    /// What kind of conversation it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_name: Option<String>,
    /// Which conversations belong together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// A prompt stored at the service.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Prompt {
    /// Its id.
    pub id: String,
    /// Which version; the newest where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What to put in for its variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<Map<String, Value>>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_most_tokens_are_a_number_or_inf() {
        for (json, most) in
            [(json!(800), MaxOutputTokens::Limited(800)), (json!("inf"), MaxOutputTokens::Infinite)]
        {
            assert_eq!(serde_json::from_value::<MaxOutputTokens>(json.clone()).unwrap(), most);
            assert_eq!(serde_json::to_value(most).unwrap(), json);
        }
        let error = serde_json::from_value::<MaxOutputTokens>(json!("lots")).unwrap_err();
        assert_eq!(error.to_string(), "expected a number or `inf`, got `lots`");
    }

    #[test]
    fn truncation_is_a_word_or_a_ratio() {
        let ratio = RetentionRatio {
            retention_ratio: 0.8,
            token_limits: Some(TokenLimits { post_instructions: Some(8_000) }),
        };
        for (json, truncation) in [
            (json!("auto"), Truncation::Auto),
            (json!("disabled"), Truncation::Disabled),
            (
                json!({"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 8_000}}),
                Truncation::RetentionRatio(ratio),
            ),
            (json!({"type": "summary"}), Truncation::Other(json!({"type": "summary"}))),
        ] {
            assert_eq!(serde_json::from_value::<Truncation>(json.clone()).unwrap(), truncation);
            assert_eq!(serde_json::to_value(&truncation).unwrap(), json);
        }
    }
}
