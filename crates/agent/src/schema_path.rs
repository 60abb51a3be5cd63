//! Where in a tool's arguments a schema stands, and the way there.

use std::fmt;

use serde_json::{Map, Value};

/// Where in the arguments a schema stands: `lines[].cents`; empty at the top.
#[derive(Debug, Default)]
pub(crate) struct Path(String);

impl Path {
    /// The field of this name, in the object here.
    pub(crate) fn field(&self, name: &str) -> Self {
        Self(if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) })
    }

    /// Each element of the list here.
    pub(crate) fn element(&self) -> Self {
        Self(format!("{}[]", self.0))
    }

    /// As it stands in a sentence.
    pub(crate) fn quoted(&self) -> String {
        if self.0.is_empty() { "the top".to_owned() } else { format!("`{}`", self.0) }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Calls `with` for each documented schema of some arguments, at any depth, with its description and its path.
pub(crate) fn for_each_documented(
    schema: &Value,
    path: &Path,
    with: &mut impl FnMut(&Path, &str, &Map<String, Value>),
) {
    let Value::Object(object) = schema else { return };
    if let Some(Value::String(description)) = object.get("description") {
        with(path, description, object);
    }
    if let Some(Value::Object(properties)) = object.get("properties") {
        for (name, property) in properties {
            for_each_documented(property, &path.field(name), with);
        }
    }
    if let Some(items) = object.get("items") {
        for_each_documented(items, &path.element(), with);
    }
    for forms in ["oneOf", "anyOf", "allOf"].iter().filter_map(|key| object.get(*key)?.as_array()) {
        for form in forms {
            for_each_documented(form, path, with);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documented_schemas_are_met_at_every_depth() {
        let schema = json!({
            "properties": {
                "lines": {
                    "description": "The lines.",
                    "items": { "properties": { "cents": { "description": "How much." } } },
                },
                "by": { "anyOf": [{ "properties": { "card": { "description": "Which." } } }, { "type": "null" }] },
            },
        });
        let mut met = Vec::new();
        for_each_documented(&schema, &Path::default(), &mut |path, _, _| {
            met.push(path.to_string());
        });
        assert_eq!(met, ["lines", "lines[].cents", "by.card"]);
    }
}
