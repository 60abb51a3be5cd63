//! Reads the model's arguments as JSON, strictly, and says in plain words what is unreadable and where.

use std::cell::RefCell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

use crate::refusal::shortened;

/// The most bytes of arguments that are read: no response of a model is as long.
const LONGEST: usize = 64 * 1024;

/// How much of the text before a fault is shown.
const SHOWN: usize = 24;

/// Reads arguments. A key that is given twice is refused: which of the two is meant would be a guess.
///
/// # Errors
///
/// What is wrong, as a sentence that begins with "The arguments".
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    if text.len() > LONGEST {
        return Err(format!(
            "The arguments are {} bytes long; at most {LONGEST} are read.",
            text.len()
        ));
    }
    if text.trim().is_empty() {
        return Err(
            "The arguments are empty; without arguments they are written as `{}`.".to_owned()
        );
    }
    let twice = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { twice: &twice }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| match twice.take() {
        Some(key) => format!("The arguments give `{}` twice.", shortened(&key, SHOWN)),
        None => describe(text, &error),
    })
}

/// Says what a parser's error means for this text.
fn describe(text: &str, error: &serde_json::Error) -> String {
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default();
    if error.classify() == Category::Eof {
        let inside = match what.strip_prefix("EOF while parsing ") {
            Some("a string") => "in the middle of a text",
            Some("a list") => "in the middle of a list",
            Some("an object") => "in the middle of an object",
            _ => "where a value should follow",
        };
        return format!("The arguments end after {} characters, {inside}.", text.chars().count());
    }
    let before = before(text, error);
    let (position, shown) = (before.chars().count(), last_characters(before, SHOWN));
    format!("The arguments are not JSON at character {position}, after `{shown}`: {what}.")
}

/// The text up to where the parser stopped. Its columns count bytes.
fn before<'a>(text: &'a str, error: &serde_json::Error) -> &'a str {
    let lines_before: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let end = (lines_before + error.column()).min(text.len());
    let end = (0..=end).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
    &text[..end]
}

fn last_characters(text: &str, most: usize) -> &str {
    let start = text.char_indices().rev().nth(most.saturating_sub(1)).map_or(0, |(start, _)| start);
    &text[start..]
}

/// Reads any JSON value, and notes the first key that an object has twice.
#[derive(Clone, Copy)]
struct Strict<'a> {
    twice: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut entries: S) -> Result<Value, S::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element_seed(self)? {
            list.push(entry);
        }
        Ok(list.into())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut entries: M) -> Result<Value, M::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                self.twice.borrow_mut().get_or_insert(key);
                return Err(M::Error::custom("a key is given twice"));
            }
            let value = entries.next_value_seed(self)?;
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_read_as_it_stands() {
        let text = r#" {"a": [1, -2, 3.5, null, true, "grün"], "b": {}} "#;
        assert_eq!(parse(text).unwrap(), json!({ "a": [1, -2, 3.5, null, true, "grün"], "b": {} }));
    }

    #[test]
    fn where_cut_off_arguments_end_is_said() {
        for (text, expected) in [
            (
                r#"{"number": "100 0"#,
                "The arguments end after 17 characters, in the middle of a text.",
            ),
            (
                r#"{"number": "1""#,
                "The arguments end after 14 characters, in the middle of an object.",
            ),
            (
                r#"{"number":"#,
                "The arguments end after 10 characters, where a value should follow.",
            ),
            (
                r#"{"numbers": [1, 2"#,
                "The arguments end after 17 characters, in the middle of a list.",
            ),
            ("{", "The arguments end after 1 characters, in the middle of an object."),
        ] {
            assert_eq!(parse(text).unwrap_err(), expected);
        }
    }

    #[test]
    fn where_arguments_stop_being_json_is_said() {
        let error = parse("{\"name\": \"Größe\",\n \"number\" 5}").unwrap_err();
        assert_eq!(
            error,
            "The arguments are not JSON at character 29, after `e\": \"Größe\",\n \"number\" 5`: expected `:`."
        );
        let error = parse("{} {}").unwrap_err();
        assert!(error.ends_with("trailing characters."), "{error}");
    }

    #[test]
    fn a_key_given_twice_is_refused() {
        assert_eq!(
            parse(r#"{"a": {"b": 1, "b": 2}}"#).unwrap_err(),
            "The arguments give `b` twice."
        );
    }

    #[test]
    fn empty_and_endless_arguments_are_refused() {
        assert!(parse(" \n").unwrap_err().contains("empty"));
        assert!(parse(&"[".repeat(LONGEST + 1)).unwrap_err().contains("65536"));
        assert!(parse(&"[".repeat(500)).unwrap_err().contains("recursion limit"));
    }

    proptest! {
        #[test]
        fn any_text_gets_a_verdict(text in ".{0,200}") {
            if let Err(sentence) = parse(&text) {
                prop_assert!(sentence.starts_with("The arguments"));
            }
        }

        #[test]
        fn what_is_json_reads_as_any_parser_reads_it(text in r#"\{("[a-c]": ?(-?[0-9]{1,9}(\.[0-9])?|"\PC{0,9}"|null|\[true, 1\]),? ?){0,3}\}"#) {
            if let Ok(value) = parse(&text) {
                prop_assert_eq!(value, serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }
}
