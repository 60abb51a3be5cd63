//! Whether a document is what a tool asks for, told by a checker of its own, so that it can contradict the gateway's.

use serde_json::{Map, Value};
use switchboard_agent::{CONFIRMATION, Tool};

/// The most bytes of a document that are read.
const LONGEST: usize = 64 * 1024;

/// Whether a tool may be run with this document; `None` when that hangs on a pattern or a format, of which nothing is known here.
///
/// It must be JSON in which no key is given twice, fit the schema, and be readable by the tool's own type.
pub fn fits<A>(tool: &Tool<A>, text: &str) -> Option<bool> {
    if text.len() > LONGEST {
        return Some(false);
    }
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Some(false) };
    if keys_in_text(text) != keys_in(&value) {
        return Some(false);
    }
    if !admits(&tool.definition().parameters, &value)? {
        return Some(false);
    }
    let mut arguments = value;
    if tool.modifiers().confirm.is_some()
        && let Value::Object(fields) = &mut arguments
    {
        fields.shift_remove(CONFIRMATION);
    }
    Some(tool.prepare(arguments).is_ok())
}

/// How many keys a text of JSON gives: its colons that are in no string.
fn keys_in_text(text: &str) -> usize {
    let (mut keys, mut in_string, mut escaped) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b':' if !in_string => keys += 1,
            _ => {}
        }
    }
    keys
}

/// How many keys a value has, at every depth.
fn keys_in(value: &Value) -> usize {
    match value {
        Value::Array(entries) => entries.iter().map(keys_in).sum(),
        Value::Object(fields) => fields.len() + fields.values().map(keys_in).sum::<usize>(),
        _ => 0,
    }
}

/// Whether a schema admits a value; `None` when that hangs on what is not known here.
fn admits(schema: &Value, value: &Value) -> Option<bool> {
    let Value::Object(schema) = schema else { return Some(schema.as_bool().unwrap_or(true)) };
    let checks = [
        Some(admits_type(schema, value)),
        Some(admits_word(schema, value)),
        Some(admits_number(schema, value)),
        admits_text(schema, value),
        admits_list(schema, value),
        admits_object(schema, value),
        admits_forms(schema, value),
    ];
    if checks.contains(&Some(false)) {
        return Some(false);
    }
    (!checks.contains(&None)).then_some(true)
}

fn admits_type(schema: &Map<String, Value>, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    };
    match schema.get("type") {
        None => true,
        Some(Value::Array(names)) => names.iter().any(is),
        Some(name) => is(name),
    }
}

fn admits_word(schema: &Map<String, Value>, value: &Value) -> bool {
    let among = schema.get("enum").and_then(Value::as_array);
    among.is_none_or(|words| words.contains(value))
        && schema.get("const").is_none_or(|word| word == value)
}

fn admits_number(schema: &Map<String, Value>, value: &Value) -> bool {
    let Some(number) = value.as_f64() else { return true };
    let holds = |key: &str, compare: fn(f64, f64) -> bool| {
        schema.get(key).and_then(Value::as_f64).is_none_or(|limit| compare(number, limit))
    };
    holds("minimum", |number, limit| number >= limit)
        && holds("maximum", |number, limit| number <= limit)
        && holds("exclusiveMinimum", |number, limit| number > limit)
        && holds("exclusiveMaximum", |number, limit| number < limit)
        && holds("multipleOf", |number, limit| number % limit == 0.0)
}

fn admits_text(schema: &Map<String, Value>, value: &Value) -> Option<bool> {
    let Value::String(text) = value else { return Some(true) };
    if !within(schema, "minLength", "maxLength", text.chars().count()) {
        return Some(false);
    }
    let known = !schema.contains_key("pattern") && !schema.contains_key("format");
    known.then_some(true)
}

fn admits_list(schema: &Map<String, Value>, value: &Value) -> Option<bool> {
    let Value::Array(entries) = value else { return Some(true) };
    let unique = schema.get("uniqueItems").and_then(Value::as_bool) == Some(true);
    let repeats = entries.iter().enumerate().any(|(at, entry)| entries[..at].contains(entry));
    if !within(schema, "minItems", "maxItems", entries.len()) || (unique && repeats) {
        return Some(false);
    }
    let Some(items) = schema.get("items") else { return Some(true) };
    all(entries.iter().map(|entry| admits(items, entry)))
}

fn admits_object(schema: &Map<String, Value>, value: &Value) -> Option<bool> {
    let Value::Object(fields) = value else { return Some(true) };
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    if required.filter_map(Value::as_str).any(|name| !fields.contains_key(name)) {
        return Some(false);
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let beside = schema.get("additionalProperties");
    all(fields.iter().map(|(name, value)| {
        let named = properties.and_then(|properties| properties.get(name));
        match named.or(beside) {
            Some(schema) => admits(schema, value),
            None => Some(true),
        }
    }))
}

fn admits_forms(schema: &Map<String, Value>, value: &Value) -> Option<bool> {
    let admitted = |key: &str| {
        let forms = schema.get(key).and_then(Value::as_array)?;
        Some(forms.iter().map(|form| admits(form, value)).collect::<Vec<_>>())
    };
    if let Some(any) = admitted("anyOf") {
        return one_or_more(&any);
    }
    if let Some(one) = admitted("oneOf") {
        let several = one.iter().filter(|admitted| **admitted == Some(true)).count() > 1;
        return if several { Some(false) } else { one_or_more(&one) };
    }
    Some(true)
}

fn one_or_more(admitted: &[Option<bool>]) -> Option<bool> {
    if admitted.contains(&Some(true)) {
        return Some(true);
    }
    (!admitted.contains(&None)).then_some(false)
}

fn within(schema: &Map<String, Value>, least: &str, most: &str, count: usize) -> bool {
    let limit = |key: &str| schema.get(key).and_then(Value::as_u64);
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    limit(least).is_none_or(|least| count >= least) && limit(most).is_none_or(|most| count <= most)
}

fn all(admitted: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let admitted: Vec<_> = admitted.collect();
    if admitted.contains(&Some(false)) {
        return Some(false);
    }
    (!admitted.contains(&None)).then_some(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_that_are_given_twice_are_noticed() {
        for (text, keys) in [(r#"{"a": 1, "a": 2}"#, 2), (r#"{"a:": {"\":": ":"}}"#, 2)] {
            assert_eq!(keys_in_text(text), keys);
        }
        assert_eq!(keys_in(&json!({ "a": [{ "b": 1 }, { "b": 2 }] })), 3);
    }

    #[test]
    fn a_schema_admits_what_it_says() {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["n"],
            "properties": {
                "n": { "type": "integer", "minimum": 1 },
                "by": { "type": ["string", "null"], "enum": ["card", null] },
                "day": { "type": "string", "format": "date" },
                "parts": { "type": "array", "items": { "anyOf": [{ "const": 1 }, { "type": "null" }] } },
            },
        });
        for (value, expected) in [
            (json!({ "n": 1 }), Some(true)),
            (json!({ "n": 0 }), Some(false)),
            (json!({ "n": 1, "m": 1 }), Some(false)),
            (json!({}), Some(false)),
            (json!([]), Some(false)),
            (json!({ "n": 1, "by": null, "parts": [1, null] }), Some(true)),
            (json!({ "n": 1, "by": "cash" }), Some(false)),
            (json!({ "n": 1, "parts": [2] }), Some(false)),
            (json!({ "n": 1, "day": "Monday" }), None),
            (json!({ "n": 0, "day": "Monday" }), Some(false)),
        ] {
            assert_eq!(admits(&schema, &value), expected, "{value}");
        }
    }
}
