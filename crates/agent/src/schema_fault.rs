//! What a model, or the validation of what it sends, could not work with in a schema.

use serde_json::{Map, Value};

use crate::confirmation::CONFIRMATION;
use crate::limits::LONGEST_ARGUMENT;
use crate::schema::has_type;
use crate::schema_path::Path;

/// A fault of the type of a tool's arguments. Its text continues a sentence about the tool, and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaFault {
    /// The type is a struct without braces, which is written as `null`.
    #[error(
        "has arguments that are written as `null`: give the struct braces, as in `struct GetBusinessHours {{}}`"
    )]
    UnitStruct,
    /// The type is no struct.
    #[error(
        "has arguments that are not a struct with named fields: put what you have into a field of one"
    )]
    NotAnObject,
    /// The type contains itself.
    #[error("has arguments that contain themselves, at {path}: a model needs a schema with an end")]
    Recursive {
        /// Where.
        path: String,
    },
    /// A map, whose keys are not known beforehand.
    #[error(
        "takes any keys at {path}: use a list of a struct with named fields, since only named fields can be checked"
    )]
    AnyKeys {
        /// Where.
        path: String,
    },
    /// A `#[serde(flatten)]` of something with alternatives.
    #[error(
        "flattens an enum or an option into {path}: make it a field of its own, since no schema can be closed around it"
    )]
    Flattened {
        /// Where.
        path: String,
    },
    /// A value of which nothing is said.
    #[error("takes anything at {path}: give it a type")]
    Untyped {
        /// Where.
        path: String,
    },
    /// A list whose places mean different things.
    #[error(
        "takes a tuple at {path}, of which the service refuses the schema: use a struct with named fields, or an array of one type"
    )]
    Tuple {
        /// Where.
        path: String,
    },
    /// A key in the schema that says nothing to the service or to the validation.
    #[error(
        "has the keyword `{keyword}` in the schema at {path}: it is none that models and services understand; leave it out, and say it in \
         the description"
    )]
    StrangeKeyword {
        /// Where.
        path: String,
        /// The keyword.
        keyword: String,
    },
    /// An argument whose name services refuse.
    #[error(
        "has an argument with a name that services refuse, {path}: take 1 to {LONGEST_ARGUMENT} letters, digits, `_`, `-` or `.`, from A to Z \
         without accents"
    )]
    IllegalName {
        /// Which.
        path: String,
    },
    /// An argument of the name under which a tool that asks for confirmation has another.
    #[error(
        "has an argument `{CONFIRMATION}` of its own, which `.confirm(..)` adds to it: rename the field"
    )]
    ConfirmationTaken,
    /// An argument without a doc comment.
    #[error("does not say what {path} is: give the field a doc comment")]
    Undocumented {
        /// Which.
        path: String,
    },
}

/// The keywords of JSON Schema that a tool's arguments may use.
const KEYWORDS: [&str; 33] = [
    "$comment",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contentEncoding",
    "contentMediaType",
    "default",
    "deprecated",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "required",
    "type",
    "uniqueItems",
];

/// All faults of the schema of some arguments.
pub(crate) fn faults(root: &Value) -> Vec<SchemaFault> {
    match root {
        Value::Object(object) if has_type(object, "object") => {
            let mut found = Vec::new();
            look_at(root, &Path::default(), &mut found);
            found
        }
        Value::Object(object) if has_type(object, "null") => vec![SchemaFault::UnitStruct],
        _ => vec![SchemaFault::NotAnObject],
    }
}

fn look_at(schema: &Value, path: &Path, found: &mut Vec<SchemaFault>) {
    let Value::Object(object) = schema else {
        found.push(SchemaFault::Untyped { path: path.quoted() });
        return;
    };
    if object.contains_key("$ref") {
        found.push(SchemaFault::Recursive { path: path.quoted() });
        return;
    }
    for keyword in object.keys().filter(|keyword| !KEYWORDS.contains(&keyword.as_str())) {
        found.push(SchemaFault::StrangeKeyword { path: path.quoted(), keyword: keyword.clone() });
    }
    if object.contains_key("prefixItems") {
        found.push(SchemaFault::Tuple { path: path.quoted() });
    }
    if has_type(object, "array")
        && !object.contains_key("items")
        && !object.contains_key("prefixItems")
    {
        found.push(SchemaFault::Untyped { path: path.element().quoted() });
    }
    if !says_something(object) {
        found.push(SchemaFault::Untyped { path: path.quoted() });
    }
    if has_type(object, "object") {
        look_at_object(object, path, found);
    }
    for alternatives in
        ["oneOf", "anyOf", "allOf"].iter().filter_map(|key| object.get(*key)?.as_array())
    {
        for alternative in alternatives {
            look_at(alternative, path, found);
        }
    }
    let elements = object.get("prefixItems").and_then(Value::as_array).into_iter().flatten();
    for element in elements.chain(object.get("items").filter(|items| **items != Value::Bool(false)))
    {
        look_at(element, &path.element(), found);
    }
}

fn look_at_object(object: &Map<String, Value>, path: &Path, found: &mut Vec<SchemaFault>) {
    if ["oneOf", "anyOf", "allOf"].iter().any(|key| object.contains_key(*key)) {
        found.push(SchemaFault::Flattened { path: path.quoted() });
    } else if object.get("additionalProperties") != Some(&Value::Bool(false))
        || object.contains_key("patternProperties")
    {
        found.push(SchemaFault::AnyKeys { path: path.quoted() });
    }
    for (name, property) in
        object.get("properties").and_then(Value::as_object).into_iter().flatten()
    {
        let path = path.field(name);
        if !is_legal(name) {
            found.push(SchemaFault::IllegalName { path: path.quoted() });
        }
        // The tag of an enum says what it is by its value.
        if property.get("description").is_none() && property.get("const").is_none() {
            found.push(SchemaFault::Undocumented { path: path.quoted() });
        }
        look_at(property, &path, found);
    }
}

/// Whether an argument may have this name.
fn is_legal(name: &str) -> bool {
    (1..=LONGEST_ARGUMENT).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// Whether a schema says anything about the value.
fn says_something(object: &Map<String, Value>) -> bool {
    ["type", "enum", "const", "oneOf", "anyOf", "allOf"].iter().any(|key| object.contains_key(*key))
}

#[cfg(test)]
#[expect(dead_code, reason = "of these types only the schema is looked at")]
mod tests {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::schema::ArgumentsSchema;

    fn faults_of<T: JsonSchema>() -> Vec<String> {
        ArgumentsSchema::of::<T>().faults.iter().map(ToString::to_string).collect()
    }

    fn only_fault_of<T: JsonSchema>() -> String {
        let faults = faults_of::<T>();
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults.into_iter().next().unwrap()
    }

    #[test]
    fn arguments_must_be_a_struct_with_braces() {
        #[derive(Deserialize, JsonSchema)]
        struct NoBraces;
        #[derive(Deserialize, JsonSchema)]
        enum Either {
            This,
            That,
        }
        assert!(only_fault_of::<NoBraces>().contains("give the struct braces"));
        assert!(only_fault_of::<Either>().contains("not a struct"));
        assert!(only_fault_of::<String>().contains("not a struct"));
    }

    #[test]
    fn undocumented_fields_are_found_at_every_depth() {
        #[derive(Deserialize, JsonSchema)]
        struct Order {
            number: String,
            /// What is ordered.
            lines: Vec<Line>,
        }
        #[derive(Deserialize, JsonSchema)]
        struct Line {
            amount: u32,
        }
        let faults = faults_of::<Order>();
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].contains("what `number` is"), "{faults:?}");
        assert!(faults[1].contains("what `lines[].amount` is"), "{faults:?}");
    }

    #[test]
    fn a_type_that_contains_itself_has_no_schema() {
        #[derive(Deserialize, JsonSchema)]
        struct Tree {
            /// What is below.
            below: Vec<Tree>,
        }
        assert!(only_fault_of::<Tree>().contains("contain themselves, at `below[]`"));
    }

    #[test]
    fn maps_and_free_values_cannot_be_closed() {
        #[derive(Deserialize, JsonSchema)]
        struct Prices {
            /// By article.
            prices: BTreeMap<String, u32>,
            /// Anything.
            note: Value,
        }
        let faults = faults_of::<Prices>();
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].contains("any keys at `prices`"), "{faults:?}");
        assert!(faults[1].contains("anything at `note`"), "{faults:?}");
    }

    #[test]
    fn an_enum_cannot_be_flattened() {
        #[derive(Deserialize, JsonSchema)]
        struct Pay {
            /// How much.
            cents: u32,
            #[serde(flatten)]
            with: Means,
        }
        #[derive(Deserialize, JsonSchema)]
        enum Means {
            Card {
                /// The last four digits.
                digits: String,
            },
            Cash {
                /// In which currency.
                currency: String,
            },
        }
        let faults = faults_of::<Pay>();
        assert!(faults.iter().any(|fault| fault.contains("flattens an enum")), "{faults:?}");
    }

    #[test]
    fn what_services_refuse_is_a_fault() {
        #[derive(Deserialize, JsonSchema)]
        struct Travel {
            /// From where to where.
            way: (String, String),
            /// How fast.
            #[schemars(extend("minimun" = 3))]
            speed: u32,
            /// The place.
            #[serde(rename = "größe")]
            size: u32,
        }
        let faults = faults_of::<Travel>();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].contains("takes a tuple at `way`"), "{faults:?}");
        assert!(faults[1].contains("the keyword `minimun` in the schema at `speed`"), "{faults:?}");
        assert!(faults[2].contains("services refuse, `größe`"), "{faults:?}");
    }

    #[test]
    fn a_mark_of_ones_own_is_no_fault_and_does_not_go_on_the_wire() {
        #[derive(Deserialize, JsonSchema)]
        struct Pay {
            /// How much.
            #[schemars(extend("x-secret" = true, "x-unit" = "cents"))]
            cents: u32,
        }
        let schema = ArgumentsSchema::of::<Pay>();
        assert_eq!(schema.faults, []);
        assert!(!schema.parameters.to_string().contains("x-"), "{}", schema.parameters);
    }

    #[test]
    fn a_plain_schema_has_none() {
        assert_eq!(
            faults(&json!({ "type": "object", "properties": {}, "additionalProperties": false })),
            []
        );
    }
}
