//! A tool as the model sees it.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A tool as the model sees it. Serialises as the protocol has it, with these keys in this order and no other:
/// `{"type":"function","name":…,"description":…,"parameters":…}`.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolDefinition {
    /// The name by which the model calls it.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// The JSON Schema (draft 2020-12) of its arguments: an object, inlined, and closed at every level.
    pub parameters: Value,
}

impl Serialize for ToolDefinition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("ToolDefinition", 4)?;
        object.serialize_field("type", "function")?;
        object.serialize_field("name", &self.name)?;
        object.serialize_field("description", &self.description)?;
        object.serialize_field("parameters", &self.parameters)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_wire_form_is_flat_and_in_order() {
        let tool = ToolDefinition {
            name: "find".into(),
            description: "Finds.".into(),
            parameters: json!({"type": "object"}),
        };
        let written = serde_json::to_string(&tool).unwrap();
        assert_eq!(
            written,
            r#"{"type":"function","name":"find","description":"Finds.","parameters":{"type":"object"}}"#
        );
    }
}
