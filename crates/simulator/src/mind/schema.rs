//! A tool's JSON Schema, read as slots to fill from words.

use jsonschema::Validator;
use serde_json::Value;

pub(crate) use super::kind::{Kind, Part, Stamp};
use super::kind::{number_kind, text_kind};
use super::words;

/// How deep references and combinations are followed before a schema counts as opaque.
const MAX_DEPTH: usize = 5;

/// One property of an object schema.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    /// The property's name.
    pub(crate) name: String,
    /// Its description, or empty.
    pub(crate) description: String,
    /// Whether the schema requires it.
    pub(crate) required: bool,
    /// The value that the schema gives as its default.
    pub(crate) default: Option<Value>,
    /// What kind of value it holds.
    pub(crate) kind: Kind,
    /// The property's own schema, references resolved, to check a value with.
    schema: Value,
}

impl Slot {
    fn read(name: &str, schema: &Value, root: &Value, required: bool, depth: usize) -> Self {
        let schema = resolve(schema, root, depth);
        let description = text(&schema, "description");
        let kind = if depth >= MAX_DEPTH {
            Kind::Opaque
        } else {
            kind(name, &description, &schema, root, depth)
        };
        let default = schema.get("default").cloned();
        Self {
            name: name.to_owned(),
            description,
            required,
            default,
            kind,
            schema: with_definitions(schema, root),
        }
    }

    /// Whether the schema of this property accepts the value.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        accepts(&self.schema, value)
    }

    /// The bounds of a number, as values that may be valid.
    pub(crate) fn bounds(&self) -> Vec<Value> {
        ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]
            .iter()
            .filter_map(|key| self.schema.get(*key).cloned())
            .flat_map(|bound| {
                let near = bound
                    .as_i64()
                    .into_iter()
                    .flat_map(|n| [n.saturating_add(1), n.saturating_sub(1)])
                    .map(Value::from);
                std::iter::once(bound).chain(near).collect::<Vec<_>>()
            })
            .collect()
    }

    /// The least length of a text, in characters.
    pub(crate) fn least_length(&self) -> Option<usize> {
        usize::try_from(self.schema.get("minLength")?.as_u64()?).ok()
    }

    /// The name's words: `new_time` is "new time".
    pub(crate) fn words(&self) -> String {
        words::of_name(&self.name)
    }
}

/// The slots of a tool's parameters, in the schema's order; the first branch's where it is a union.
pub(crate) fn slots(parameters: &Value) -> Vec<Slot> {
    branches(&resolve(parameters, parameters, 0), parameters, 0)
        .into_iter()
        .next()
        .unwrap_or_default()
}

/// Whether the schema accepts the value. A schema that cannot be compiled accepts nothing but what it cannot forbid.
pub(crate) fn accepts(schema: &Value, value: &Value) -> bool {
    if schema.is_null() {
        return true;
    }
    validator(schema).is_none_or(|validator| validator.is_valid(value))
}

/// The name of the property that makes the arguments invalid, if it can be told.
pub(crate) fn culprit(schema: &Value, arguments: &Value) -> Option<String> {
    let validator = validator(schema)?;
    let error = validator.iter_errors(arguments).next()?;
    error.instance_path().to_string().split('/').nth(1).map(str::to_owned)
}

fn validator(schema: &Value) -> Option<Validator> {
    jsonschema::options().should_validate_formats(true).build(schema).ok()
}

/// Follows `$ref`, and takes the first branch of a union that is not `null`.
fn resolve(schema: &Value, root: &Value, depth: usize) -> Value {
    if depth >= MAX_DEPTH {
        return Value::Null;
    }
    if let Some(target) = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|path| root.pointer(path.strip_prefix('#')?))
    {
        return merged(schema, &resolve(target, root, depth + 1));
    }
    if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        return merged(schema, &resolve(only, root, depth + 1));
    }
    schema.clone()
}

/// The outer schema's annotations over the inner schema.
fn merged(outer: &Value, inner: &Value) -> Value {
    let Some(inner) = inner.as_object() else { return inner.clone() };
    let mut merged = inner.clone();
    for (key, value) in outer.as_object().into_iter().flatten() {
        if !matches!(key.as_str(), "$ref" | "allOf") {
            merged.insert(key.clone(), value.clone());
        }
    }
    Value::Object(merged)
}

/// Keeps the root's definitions in reach of what is nested in this schema.
fn with_definitions(schema: Value, root: &Value) -> Value {
    let Value::Object(mut object) = schema else { return schema };
    for key in ["$defs", "definitions"] {
        if let Some(definitions) = root.get(key) {
            object.entry(key).or_insert_with(|| definitions.clone());
        }
    }
    Value::Object(object)
}

fn text(schema: &Value, key: &str) -> String {
    schema.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

/// The object schemas' slots, one set for each branch of a union.
fn branches(schema: &Value, root: &Value, depth: usize) -> Vec<Vec<Slot>> {
    let union = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(*key)?.as_array());
    if let Some(union) = union.filter(|_| schema.get("properties").is_none()) {
        return union
            .iter()
            .map(|branch| properties(&resolve(branch, root, depth + 1), root, depth + 1))
            .collect();
    }
    vec![properties(schema, root, depth)]
}

fn properties(schema: &Value, root: &Value, depth: usize) -> Vec<Slot> {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    properties
        .map(|(name, property)| {
            Slot::read(name, property, root, required.contains(&name.as_str()), depth + 1)
        })
        .collect()
}

fn kind(name: &str, description: &str, schema: &Value, root: &Value, depth: usize) -> Kind {
    if let Some(choices) = choices(schema) {
        return Kind::Choice(choices);
    }
    let nullable = not_null(schema, root, depth);
    if let Some(inner) = nullable {
        return kind(name, description, &merged_description(&inner, description), root, depth + 1);
    }
    match type_of(schema) {
        Some("string") => text_kind(name, description, &text(schema, "format")),
        Some("integer") if in_cents(description) => Kind::Cents,
        Some("integer") => number_kind(name, true),
        Some("number") => number_kind(name, false),
        Some("boolean") => Kind::Flag,
        Some("array") => {
            schema.get("items").filter(|items| items.is_object()).map_or(Kind::Opaque, |items| {
                Kind::List(Box::new(Slot::read(
                    &words::singular(name),
                    items,
                    root,
                    true,
                    depth + 1,
                )))
            })
        }
        Some("object") => Kind::Object(branches(schema, root, depth)),
        _ if schema.get("properties").is_some()
            || schema.get("anyOf").is_some()
            || schema.get("oneOf").is_some() =>
        {
            Kind::Object(branches(schema, root, depth))
        }
        None if schema
            .as_object()
            .is_some_and(|object| object.keys().all(|key| is_annotation(key))) =>
        {
            text_kind(name, description, &text(schema, "format"))
        }
        _ => Kind::Opaque,
    }
}

/// Whether a description says that an amount is in hundredths.
fn in_cents(description: &str) -> bool {
    words::plain(description)
        .split(' ')
        .any(|word| matches!(word, "cents" | "hundredths" | "pence"))
}

/// Whether an argument hands back that the caller has agreed: no words but a yes fill it.
pub(crate) fn is_confirmation(name: &str) -> bool {
    matches!(
        words::of_name(name).as_str(),
        "confirmation" | "confirmed" | "confirm" | "confirmation token" | "confirmation code"
    )
}

fn is_annotation(key: &str) -> bool {
    matches!(key, "description" | "title" | "examples" | "default" | "$defs")
}

fn merged_description(schema: &Value, description: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".to_owned(), description.into());
    }
    schema
}

/// The one branch of `anyOf: [X, null]` that is not `null`.
fn not_null(schema: &Value, root: &Value, depth: usize) -> Option<Value> {
    let union = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(*key)?.as_array())?;
    let mut others = union.iter().filter(|branch| type_of(branch) != Some("null"));
    let only = others.next().filter(|_| others.next().is_none())?;
    Some(resolve(only, root, depth + 1))
}

/// The schema's type, or the first that is not `null` of several.
fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => None,
    }
}

/// The values of `enum`, `const`, or a union of constants.
fn choices(schema: &Value) -> Option<Vec<Value>> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Some(values.iter().filter(|value| !value.is_null()).cloned().collect());
    }
    if let Some(value) = schema.get("const") {
        return Some(vec![value.clone()]);
    }
    let union = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(*key)?.as_array())?;
    union.iter().map(|branch| branch.get("const").cloned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind_of(name: &str, schema: &Value) -> Kind {
        let parameters =
            json!({"type": "object", "properties": {name: schema}, "required": [name]});
        slots(&parameters).remove(0).kind
    }

    #[test]
    fn kinds_are_read_from_type_format_name_and_description() {
        for (name, schema, expected) in [
            ("reason", json!({"type": "string"}), Kind::Free),
            ("appointment_id", json!({"type": "string"}), Kind::Id),
            ("number", json!({"type": "string", "description": "Six digits."}), Kind::Id),
            ("amount_cents", json!({"type": "integer"}), Kind::Cents),
            ("quantity", json!({"type": "integer"}), Kind::Number(true)),
            ("pin", json!({"type": "integer"}), Kind::Id),
            ("amount", json!({"type": "integer", "description": "In cents."}), Kind::Cents),
            ("day", json!({"type": "string", "format": "date"}), Kind::When(Stamp::Date)),
            ("new_time", json!({"type": "string"}), Kind::When(Stamp::Spoken(Part::Both))),
            (
                "starts_at",
                json!({"type": "string", "description": "ISO 8601"}),
                Kind::When(Stamp::DateTime),
            ),
            (
                "starts_at",
                json!({"type": "string", "description": "Like 2026-11-27T09:00."}),
                Kind::When(Stamp::DateTime),
            ),
            ("date", json!({"type": ["string", "null"]}), Kind::When(Stamp::Spoken(Part::Day))),
            ("phone_number", json!({"type": "string"}), Kind::Phone),
            ("email", json!({"type": "string"}), Kind::Email),
            ("first_name", json!({"type": "string"}), Kind::Name),
            ("city", json!({"type": "string"}), Kind::Plain),
            (
                "size",
                json!({"enum": ["small", "large"]}),
                Kind::Choice(vec![json!("small"), json!("large")]),
            ),
            (
                "size",
                json!({"oneOf": [{"const": "s"}, {"const": "l"}]}),
                Kind::Choice(vec![json!("s"), json!("l")]),
            ),
            (
                "quantity",
                json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}),
                Kind::Number(true),
            ),
            ("anything", json!({"not": {}}), Kind::Opaque),
        ] {
            assert_eq!(kind_of(name, &schema), expected, "{name} {schema}");
        }
    }

    #[test]
    fn references_are_followed_and_a_cycle_ends() {
        let parameters = json!({
            "type": "object",
            "properties": {"day": {"$ref": "#/$defs/Day"}, "loop": {"$ref": "#/$defs/Loop"}},
            "$defs": {"Day": {"type": "string", "format": "date"}, "Loop": {"$ref": "#/$defs/Loop"}}
        });
        let slots = slots(&parameters);
        assert_eq!(slots[0].kind, Kind::When(Stamp::Date));
        assert_eq!(slots[1].kind, Kind::Opaque);
    }

    #[test]
    fn a_value_is_checked_with_the_property_s_own_schema() {
        let parameters =
            json!({"properties": {"number": {"type": "string", "pattern": "^[0-9]{6}$"}}});
        let slots = slots(&parameters);
        assert!(slots[0].accepts(&json!("123456")));
        assert!(!slots[0].accepts(&json!("12")));
    }

    #[test]
    fn the_culprit_of_invalid_arguments_is_named() {
        let schema = json!({"properties": {"n": {"type": "integer", "minimum": 3}}});
        assert_eq!(culprit(&schema, &json!({"n": 1})).as_deref(), Some("n"));
    }
}
