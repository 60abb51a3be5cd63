//! What policies can see of a tool's arguments: JSON Schema, as far as Cedar has a type for it.
//!
//! Cedar knows strings, whole numbers of 64 bits, truth values, sets and records. Everything else (fractions, values of several types, open
//! objects) and every secret is left out: a policy cannot speak of it.

use serde_json::{Map, Value, json};
use switchboard_agent::Secrets;

/// A type that Cedar has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    Bool,
    Long,
    String,
    Set(Box<Shape>),
    Record(Vec<Field>),
}

/// One attribute of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    /// Whether it is always there; `null` counts as absent.
    pub(crate) required: bool,
}

/// A shape, and whether `null` may stand in its place.
struct Form {
    shape: Shape,
    nullable: bool,
}

/// The arguments of a tool that policies can see, in the order of the schema.
pub(crate) fn arguments(parameters: &Value) -> Vec<Field> {
    parameters.as_object().map(fields).unwrap_or_default()
}

/// What two tools of one name have in common.
pub(crate) fn in_common(ours: Vec<Field>, theirs: &[Field]) -> Vec<Field> {
    let common = ours.into_iter().filter_map(|field| {
        let other = theirs.iter().find(|other| other.name == field.name)?;
        let required = field.required && other.required;
        (other.shape == field.shape).then_some(Field { required, ..field })
    });
    common.collect()
}

/// The arguments without what is secret.
pub(crate) fn without_secrets(fields: Vec<Field>, secrets: &Secrets) -> Vec<Field> {
    // What stands in a secret place is no longer what stood there.
    match visible(Shape::Record(fields.clone()), &secrets.redact(&example(&Shape::Record(fields))))
    {
        Some(Shape::Record(fields)) => fields,
        _ => Vec::new(),
    }
}

/// The smallest value of a shape that has every place in it.
fn example(shape: &Shape) -> Value {
    match shape {
        Shape::Bool => json!(false),
        Shape::Long => json!(0),
        Shape::String => json!(""),
        Shape::Set(element) => json!([example(element)]),
        Shape::Record(fields) => {
            fields.iter().map(|field| (field.name.clone(), example(&field.shape))).collect()
        }
    }
}

/// What is left of a shape whose example has been redacted.
fn visible(shape: Shape, redacted: &Value) -> Option<Shape> {
    match (shape, redacted) {
        (Shape::Set(element), Value::Array(values)) => {
            Some(Shape::Set(Box::new(visible(*element, values.first()?)?)))
        }
        (Shape::Record(fields), Value::Object(object)) => {
            let visible = |field: Field| {
                let shape = visible(field.shape, object.get(&field.name)?)?;
                Some(Field { shape, ..field })
            };
            Some(Shape::Record(fields.into_iter().filter_map(visible).collect()))
        }
        (shape, redacted) => (example(&shape) == *redacted).then_some(shape),
    }
}

fn form(schema: &Value) -> Option<Form> {
    let schema = schema.as_object()?;
    match schema.get("type") {
        Some(Value::String(name)) => Some(Form { shape: of_type(name, schema)?, nullable: false }),
        Some(Value::Array(names)) => one_type_or_null(names, schema),
        Some(_) => None,
        None => one_shape_or_null(schema),
    }
}

fn of_type(name: &str, schema: &Map<String, Value>) -> Option<Shape> {
    match name {
        "boolean" => Some(Shape::Bool),
        "integer" => Some(Shape::Long),
        "string" => Some(Shape::String),
        "array" => set(schema),
        "object" => record(schema),
        _ => None,
    }
}

/// `"type": ["string", "null"]`: the one type there is beside `null`.
fn one_type_or_null(names: &[Value], schema: &Map<String, Value>) -> Option<Form> {
    let mut types = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
    let (only, None) = (types.next()?, types.next()) else { return None };
    let nullable = names.iter().any(|name| name == "null");
    Some(Form { shape: of_type(only, schema)?, nullable })
}

/// `anyOf` or `oneOf` of forms with one shape, of which some may be `null`.
fn one_shape_or_null(schema: &Map<String, Value>) -> Option<Form> {
    let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()?;
    let (nulls, others): (Vec<_>, Vec<_>) =
        alternatives.iter().partition(|form| form.get("type").is_some_and(|name| name == "null"));
    let mut forms = others.into_iter().map(form);
    let first = forms.next()??;
    forms.try_fold(Form { nullable: first.nullable || !nulls.is_empty(), ..first }, |all, next| {
        let next = next?;
        let nullable = all.nullable || next.nullable;
        (next.shape == all.shape).then_some(Form { nullable, ..all })
    })
}

fn set(schema: &Map<String, Value>) -> Option<Shape> {
    if schema.contains_key("prefixItems") {
        return None;
    }
    let element = form(schema.get("items")?)?;
    (!element.nullable).then(|| Shape::Set(Box::new(element.shape)))
}

fn record(schema: &Map<String, Value>) -> Option<Shape> {
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    (closed && !schema.contains_key("patternProperties")).then(|| Shape::Record(fields(schema)))
}

fn fields(schema: &Map<String, Value>) -> Vec<Field> {
    let Some(Value::Object(properties)) = schema.get("properties") else { return Vec::new() };
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    let seen = properties.iter().filter_map(|(name, schema)| {
        let Form { shape, nullable } = form(schema)?;
        Some(Field { name: name.clone(), shape, required: !nullable && is_required(name) })
    });
    seen.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape_of(schema: &Value) -> Option<Shape> {
        form(schema).filter(|form| !form.nullable).map(|form| form.shape)
    }

    #[test]
    fn what_cedar_has_a_type_for_is_seen() {
        for (schema, shape) in [
            (json!({ "type": "string" }), Shape::String),
            (json!({ "type": "string", "enum": ["card", "bank"] }), Shape::String),
            (
                json!({ "oneOf": [{ "type": "string", "const": "a" }, { "type": "string" }] }),
                Shape::String,
            ),
            (json!({ "type": "integer", "minimum": 0 }), Shape::Long),
            (json!({ "type": "boolean" }), Shape::Bool),
            (
                json!({ "type": "array", "items": { "type": "integer" } }),
                Shape::Set(Box::new(Shape::Long)),
            ),
            (json!({ "type": "object", "additionalProperties": false }), Shape::Record(Vec::new())),
        ] {
            assert_eq!(shape_of(&schema), Some(shape), "{schema}");
        }
    }

    #[test]
    fn what_cedar_has_no_type_for_is_left_out() {
        for schema in [
            json!(true),
            json!({}),
            json!({ "type": 1 }),
            json!({ "type": "number" }),
            json!({ "type": ["string", "integer"] }),
            json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] }),
            json!({ "oneOf": [] }),
            json!({ "type": "array" }),
            json!({ "type": "array", "items": { "type": ["string", "null"] } }),
            json!({ "type": "array", "prefixItems": [{ "type": "string" }], "items": false }),
            json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            json!({ "type": "null" }),
        ] {
            assert_eq!(shape_of(&schema), None, "{schema}");
        }
    }

    #[test]
    fn what_may_be_null_may_be_absent() {
        let schema = json!({
            "type": "object",
            "properties": {
                "note": { "type": ["string", "null"] },
                "means": { "anyOf": [{ "type": "string" }, { "type": "null" }] },
                "cents": { "type": "integer" },
                "days": { "type": "integer" },
            },
            "required": ["note", "means", "cents"],
        });
        let required: Vec<_> =
            arguments(&schema).into_iter().map(|field| (field.name, field.required)).collect();
        let expected = [("note", false), ("means", false), ("cents", true), ("days", false)];
        assert_eq!(required, expected.map(|(name, required)| (name.to_owned(), required)));
    }

    #[test]
    fn tools_of_one_name_have_in_common_what_both_have() {
        let field = |name: &str, shape, required| Field { name: name.into(), shape, required };
        let ours = vec![
            field("to", Shape::String, true),
            field("cents", Shape::Long, true),
            field("mine", Shape::Bool, true),
        ];
        let theirs = [field("cents", Shape::Long, false), field("to", Shape::Long, true)];
        assert_eq!(in_common(ours, &theirs), [field("cents", Shape::Long, false)]);
    }
}
