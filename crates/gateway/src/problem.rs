//! What is wrong with arguments that do not fit the schema: where, what came, and what was expected.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::paths::{Location, LocationSegment};
use serde::Serialize;
use serde_json::Value;
use switchboard_agent::UnreadableArguments;

use crate::refusal::shortened;

/// The most characters of a path, of a value that came, and of what was expected.
const LONGEST_PATH: usize = 100;
const LONGEST_VALUE: usize = 60;
const LONGEST_EXPECTATION: usize = 300;

/// How many values of an enum, or names of arguments, are listed.
const LISTED: usize = 12;

/// One thing that is wrong with some arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// Where: `lines[2].cents`; empty for the arguments as a whole.
    pub(crate) path: String,
    /// What came, as words: `the number 5`.
    pub(crate) got: String,
    /// What was expected, as words: `a text`.
    pub(crate) expected: String,
}

impl Problem {
    fn new(path: &str, got: &str, expected: &str) -> Self {
        Self {
            path: shortened(path, LONGEST_PATH),
            got: shortened(got, LONGEST_VALUE),
            expected: shortened(expected, LONGEST_EXPECTATION),
        }
    }

    /// The problem as a clause: `` `number` is the number 5, but must be a text ``.
    pub(crate) fn clause(&self) -> String {
        let place =
            if self.path.is_empty() { "the whole".to_owned() } else { format!("`{}`", self.path) };
        format!("{place} is {}, but must be {}", self.got, self.expected)
    }

    /// What a violation of the schema means. One violation may be several problems: each unknown argument is one.
    pub(crate) fn from_violation(schema: &Value, error: &ValidationError<'_>) -> Vec<Self> {
        let path = path_of(error.instance_path());
        let place = place_of(schema, error.schema_path());
        match error.kind() {
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                vec![Self::new(
                    &field(&path, name),
                    "missing",
                    &described(&place["properties"][name]),
                )]
            }
            Kind::AdditionalProperties { unexpected } => {
                let expected = format!("left out: {}", known_names(place));
                let came = |name: &String| came(error.instance().get(name).unwrap_or(&Value::Null));
                unexpected
                    .iter()
                    .map(|name| Self::new(&field(&path, name), &came(name), &expected))
                    .collect()
            }
            kind => vec![Self::new(&path, &came(error.instance()), &expected(kind, place))],
        }
    }

    /// What the type's own parser said.
    pub(crate) fn from_parser(error: &UnreadableArguments) -> Self {
        let path = if error.path == "." { "" } else { &error.path };
        match error.problem.split_once(", expected ") {
            Some((got, expected)) => Self::new(path, got, expected),
            None => {
                Self::new(path, "not as it should be", &format!("corrected: {}", error.problem))
            }
        }
    }
}

/// The part of the schema that a violated keyword stands in.
fn place_of<'a>(schema: &'a Value, keyword: &Location) -> &'a Value {
    let parent = keyword.as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
    schema.pointer(parent).unwrap_or(&Value::Null)
}

/// A path as one writes it in most languages: `lines[2].cents`.
fn path_of(location: &Location) -> String {
    location.iter().fold(String::new(), |path, segment| match segment {
        LocationSegment::Property(name) => field(&path, &name),
        LocationSegment::Index(index) => format!("{path}[{index}]"),
    })
}

fn field(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A value as words.
fn came(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text \"{}\"", shortened(text, LONGEST_VALUE - 20)),
        Value::Array(entries) => format!("a list of {}", entries.len()),
        Value::Object(entries) => format!("an object with {} fields", entries.len()),
    }
}

/// What a keyword asks for.
fn expected(kind: &Kind, place: &Value) -> String {
    match kind {
        Kind::Minimum { limit } => format!("at least {limit}"),
        Kind::Maximum { limit } => format!("at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Kind::MinLength { limit } => format!("a text of at least {limit} characters"),
        Kind::MaxLength { limit } => format!("a text of at most {limit} characters"),
        Kind::MinItems { limit } => format!("a list of at least {limit}"),
        Kind::MaxItems { limit } => format!("a list of at most {limit}"),
        Kind::UniqueItems => "a list without repetitions".to_owned(),
        Kind::Pattern { pattern } => format!("a text of the form `{pattern}`"),
        Kind::Format { format } => format!("a text in {format} format"),
        _ => described(place),
    }
}

/// What a schema admits, as words.
fn described(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        return format!("one of {}", listed(values.iter().map(Value::to_string)));
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    if let Some(forms) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
        return forms.iter().map(described).collect::<Vec<_>>().join(", or ");
    }
    match &schema["type"] {
        Value::String(name) => type_in_words(name, schema),
        Value::Array(names) => {
            let names =
                names.iter().filter_map(Value::as_str).map(|name| type_in_words(name, schema));
            names.collect::<Vec<_>>().join(" or ")
        }
        _ => "as the tool's schema says".to_owned(),
    }
}

fn type_in_words(name: &str, schema: &Value) -> String {
    match name {
        "string" => schema["format"]
            .as_str()
            .map_or("a text".to_owned(), |format| format!("a text in {format} format")),
        "integer" => "a whole number".to_owned(),
        "number" => "a number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => "a list".to_owned(),
        "object" => format!("an object ({})", known_names(schema)),
        other => other.to_owned(),
    }
}

/// The arguments that an object's schema names.
fn known_names(schema: &Value) -> String {
    match schema["properties"].as_object().filter(|properties| !properties.is_empty()) {
        Some(properties) => {
            format!("there is {}", listed(properties.keys().map(|name| format!("`{name}`"))))
        }
        None => "there are no arguments".to_owned(),
    }
}

fn listed(mut names: impl Iterator<Item = String>) -> String {
    let shown = names.by_ref().take(LISTED).collect::<Vec<_>>().join(", ");
    match names.count() {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
