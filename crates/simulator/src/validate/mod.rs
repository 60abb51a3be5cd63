//! Strict checks of what a client sends: nothing unknown, nothing missing, nothing of a wrong type.
//!
//! The service refuses what the protocol does not name, so a client that is only tried on a lenient server breaks on the
//! real one. What is allowed is written down as tables of [`Field`]s in the modules beside this one; this module holds
//! a value against them, and refuses in the service's words.

mod events;
mod items;
mod response;
mod session;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};
use switchboard_realtime::ErrorCode;

use crate::refusal::Refusal;

pub(crate) use events::check_event;

/// A key of an object.
#[derive(Debug)]
struct Field {
    name: &'static str,
    /// Optional ones may also be `null`.
    required: bool,
    shape: Shape,
}

/// What a value has to be.
#[derive(Debug)]
enum Shape {
    /// Anything.
    Any,
    /// Any object.
    Object,
    /// A string of so many characters at most.
    Text(usize),
    /// The name of a tool.
    Name,
    /// Base64 audio.
    Audio,
    Bool,
    /// An integer, both ends included.
    Integer(i64, i64),
    /// A number, both ends included.
    Number(f64, f64),
    /// One of these strings.
    Word(&'static [&'static str]),
    /// So many of these at most.
    List(&'static Shape, usize),
    /// An object whose values are strings: pairs, length of a key, length of a value.
    Texts(usize, usize, usize),
    /// An object with these keys and no other.
    Fields(&'static [Field]),
    /// An object whose shape is told by one of its keys.
    Tagged(&'static str, &'static [(&'static str, Shape)]),
    /// One of several, told by the JSON type.
    Either(&'static [Shape]),
}

/// As long as it likes to be.
const ANY_LENGTH: usize = usize::MAX;
/// The longest id of an item or a call that a client may choose.
const ID_LENGTH: usize = 32;
/// The longest name of a tool.
const NAME_LENGTH: usize = 64;
/// The most audio in one `append`, in bytes: 15 MiB.
const MOST_AUDIO: usize = 15 * 1024 * 1024;

/// Writes a table: `need "name" shape, …`, where need is `must` or `may`.
macro_rules! fields {
    (@need must) => { true };
    (@need may) => { false };
    ($($need:ident $name:literal $shape:expr,)*) => {
        &[$($crate::validate::Field { name: $name, required: $crate::validate::fields!(@need $need), shape: $shape },)*]
    };
}
use fields;

impl Shape {
    /// Holds a value against this shape; `path` is where it stands.
    fn check(&self, value: &Value, path: &str) -> Result<(), Refusal> {
        match (self, value) {
            (Self::Any, _) | (Self::Object, Value::Object(_)) | (Self::Bool, Value::Bool(_)) => {
                Ok(())
            }
            (Self::Text(most), Value::String(text)) => short(text, *most, path),
            (Self::Name, Value::String(text)) => name(text, path),
            (Self::Audio, Value::String(text)) => audio(text, path),
            (Self::Integer(least, most), Value::Number(number)) if !number.is_f64() => {
                let within =
                    number.as_i64().is_some_and(|number| (*least..=*most).contains(&number));
                if within { Ok(()) } else { Err(out_of_range(path, number, least, most)) }
            }
            (Self::Number(least, most), Value::Number(number)) => {
                let within =
                    number.as_f64().is_some_and(|number| (*least..=*most).contains(&number));
                if within { Ok(()) } else { Err(out_of_range(path, number, least, most)) }
            }
            (Self::Word(words), Value::String(text)) => one_of(text, words.iter().copied(), path),
            (Self::List(shape, most), Value::Array(values)) => {
                few(values.len(), *most, path)?;
                values
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, value)| shape.check(value, &format!("{path}[{index}]")))
            }
            (Self::Texts(pairs, key, length), Value::Object(map)) => {
                texts(map, (*pairs, *key, *length), path)
            }
            (Self::Fields(fields), Value::Object(map)) => check_fields(fields, map, path),
            (Self::Tagged(tag, shapes), Value::Object(map)) => {
                let place = join(path, tag);
                let found = map.get(*tag).ok_or_else(|| Refusal::missing(&place))?;
                let Value::String(word) = found else {
                    return Err(wrong_type(&place, "a string", found));
                };
                one_of(word, shapes.iter().map(|(word, _)| *word), &place)?;
                let shape =
                    shapes.iter().find_map(|(known, shape)| (known == word).then_some(shape));
                shape.map_or(Ok(()), |shape| shape.check(value, path))
            }
            (Self::Either(shapes), _) => {
                let fitting = shapes.iter().find(|shape| shape.takes(value));
                fitting.map_or_else(
                    || Err(wrong_type(path, &self.expected(), value)),
                    |shape| shape.check(value, path),
                )
            }
            _ => Err(wrong_type(path, &self.expected(), value)),
        }
    }

    /// Whether the value's JSON type is right.
    fn takes(&self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Object | Self::Texts(..) | Self::Fields(_) | Self::Tagged(..) => {
                value.is_object()
            }
            Self::Text(_) | Self::Name | Self::Audio | Self::Word(_) => value.is_string(),
            Self::Bool => value.is_boolean(),
            Self::Integer(..) => value.is_i64() || value.is_u64(),
            Self::Number(..) => value.is_number(),
            Self::List(..) => value.is_array(),
            Self::Either(shapes) => shapes.iter().any(|shape| shape.takes(value)),
        }
    }

    /// The JSON type in words.
    fn expected(&self) -> String {
        match self {
            Self::Any => "any value".to_owned(),
            Self::Object | Self::Texts(..) | Self::Fields(_) | Self::Tagged(..) => {
                "an object".to_owned()
            }
            Self::Text(_) | Self::Name | Self::Audio | Self::Word(_) => "a string".to_owned(),
            Self::Bool => "a boolean".to_owned(),
            Self::Integer(..) => "an integer".to_owned(),
            Self::Number(..) => "a number".to_owned(),
            Self::List(..) => "an array".to_owned(),
            Self::Either(shapes) => {
                let all: Vec<_> = shapes.iter().map(Self::expected).collect();
                format!("one of {}", all.join(" or "))
            }
        }
    }
}

fn check_fields(fields: &[Field], map: &Map<String, Value>, path: &str) -> Result<(), Refusal> {
    for key in map.keys() {
        if !fields.iter().any(|field| field.name == key) {
            let param = join(path, key);
            let refusal =
                Refusal::new(ErrorCode::UnknownParameter, format!("Unknown parameter: '{param}'."));
            return Err(refusal.at(param));
        }
    }
    for field in fields {
        let place = join(path, field.name);
        match map.get(field.name) {
            None if field.required => return Err(Refusal::missing(place)),
            None => {}
            Some(Value::Null) if !field.required => {}
            Some(value) => field.shape.check(value, &place)?,
        }
    }
    Ok(())
}

fn texts(
    map: &Map<String, Value>,
    (pairs, key_length, length): (usize, usize, usize),
    path: &str,
) -> Result<(), Refusal> {
    if map.len() > pairs {
        let message = format!(
            "Invalid '{path}': too many properties. Expected an object with at most {pairs} properties, but got an object with {} properties instead.",
            map.len()
        );
        return Err(Refusal::value(path, message));
    }
    map.iter().try_for_each(|(key, value)| {
        short(key, key_length, path)?;
        let place = join(path, key);
        let Value::String(text) = value else { return Err(wrong_type(&place, "a string", value)) };
        short(text, length, &place)
    })
}

fn short(text: &str, most: usize, path: &str) -> Result<(), Refusal> {
    let length = if text.len() <= most { return Ok(()) } else { text.chars().count() };
    if length <= most {
        return Ok(());
    }
    let message = format!(
        "Invalid '{path}': string too long. Expected a string with maximum length {most}, but got a string with length {length} instead."
    );
    Err(Refusal::new(ErrorCode::StringAboveMaxLength, message).at(path))
}

fn few(count: usize, most: usize, path: &str) -> Result<(), Refusal> {
    if count <= most {
        return Ok(());
    }
    let message = format!(
        "Invalid '{path}': array too long. Expected an array with maximum length {most}, but got an array with length {count} instead."
    );
    Err(Refusal::new(ErrorCode::ArrayAboveMaxLength, message).at(path))
}

fn name(text: &str, path: &str) -> Result<(), Refusal> {
    short(text, NAME_LENGTH, path)?;
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !text.is_empty() && text.chars().all(is_legal) {
        return Ok(());
    }
    let message = format!(
        "Invalid '{path}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
    );
    Err(Refusal::value(path, message))
}

fn audio(text: &str, path: &str) -> Result<(), Refusal> {
    if text.len() / 4 * 3 > MOST_AUDIO {
        let message = format!(
            "Invalid '{path}': audio too long. Expected at most {MOST_AUDIO} bytes of audio."
        );
        return Err(Refusal::new(ErrorCode::StringAboveMaxLength, message).at(path));
    }
    Ok(())
}

fn one_of(
    text: &str,
    words: impl Iterator<Item = &'static str> + Clone,
    path: &str,
) -> Result<(), Refusal> {
    if words.clone().any(|word| word == text) {
        return Ok(());
    }
    let shown: String = text.chars().take(64).collect();
    let message = format!("Invalid value: '{shown}'. Supported values are: {}.", listed(words));
    Err(Refusal::value(path, message))
}

/// `'a', 'b', and 'c'`.
fn listed(words: impl Iterator<Item = &'static str>) -> String {
    let quoted: Vec<_> = words.map(|word| format!("'{word}'")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [rest @ .., end] => format!("{}, and {end}", rest.join(", ")),
        [] => String::new(),
    }
}

fn wrong_type(path: &str, expected: &str, found: &Value) -> Refusal {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let message =
        format!("Invalid type for '{path}': expected {expected}, but got {found} instead.");
    Refusal::new(ErrorCode::InvalidType, message).at(path)
}

fn out_of_range(
    path: &str,
    found: &serde_json::Number,
    least: &impl ToString,
    most: &impl ToString,
) -> Refusal {
    let (least, most) = (least.to_string(), most.to_string());
    Refusal::value(
        path,
        format!(
            "Invalid '{path}': expected a value between {least} and {most}, but got {found} instead."
        ),
    )
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
