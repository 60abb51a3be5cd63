//! Documents made from a schema: right ones, ones with something wrong, and hostile ones.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Values that fit hardly anything, written as JSON or nearly so.
const HOSTILE: [&str; 30] = [
    "1e400",
    "-1e400",
    "123456789012345678901234567890",
    "-123456789012345678901234567890",
    "18446744073709551616",
    "-9223372036854775809",
    "1.0",
    "-0",
    "-0.0",
    "0.1e1",
    "01",
    "+1",
    ".5",
    "0x10",
    "NaN",
    "Infinity",
    "undefined",
    "True",
    "'text'",
    r#""\ud800""#,
    r#""\udc00\ud800""#,
    r#""\u0000""#,
    "\"\0\"",
    "\"\n\"",
    r#""\x41""#,
    "\"\u{feff}\u{202e}\u{200b}\"",
    "[[[[[[[[]]]]]]]]",
    r##"{"$ref": "#"}"##,
    r#"{"__proto__": {"admin": true}}"#,
    "null",
];

/// Whole documents that are no arguments at all.
const NO_ARGUMENTS: [&str; 14] = [
    "",
    " \n\t",
    "null",
    "true",
    "[]",
    "\"{}\"",
    "{} {}",
    "{}}",
    "{,}",
    "{\"a\" 1}",
    "```json\n{}\n```",
    "/* nothing */ {}",
    "\u{feff}{}",
    "{\0}",
];

/// Documents for a tool whose arguments have this schema, without end: a third of them right as far as the schema can be followed, a
/// third with one thing wrong, a third hostile. The same seed makes the same documents.
pub fn documents(parameters: &Value, seed: u64) -> impl Iterator<Item = String> + use<> {
    let (parameters, mut rng) = (parameters.clone(), Rng::with_seed(seed));
    std::iter::repeat_with(move || match rng.u8(..3) {
        0 => written(&fitting(&parameters, &mut rng), &mut rng),
        1 => wrong(&parameters, &mut rng),
        _ => hostile(&parameters, &mut rng),
    })
}

/// A value that a schema admits, patterns and formats aside.
fn fitting(schema: &Value, rng: &mut Rng) -> Value {
    if let Some(word) = schema.get("const") {
        return word.clone();
    }
    for key in ["enum", "anyOf", "oneOf"] {
        if let Some(choices) = schema[key].as_array().filter(|choices| !choices.is_empty()) {
            let choice = &choices[rng.usize(..choices.len())];
            return if key == "enum" { choice.clone() } else { fitting(choice, rng) };
        }
    }
    let name = match &schema["type"] {
        Value::Array(names) if !names.is_empty() => &names[rng.usize(..names.len())],
        name => name,
    };
    match name.as_str() {
        Some("boolean") => rng.bool().into(),
        Some("integer") => whole_number(schema, rng).into(),
        Some("number") => number(schema, rng).into(),
        Some("string") => text(schema, rng).into(),
        Some("array") => list(schema, rng),
        Some("object") => object(schema, rng),
        _ => Value::Null,
    }
}

fn whole_number(schema: &Value, rng: &mut Rng) -> i64 {
    let limit = |key: &str| schema[key].as_i64();
    let least = limit("minimum").or_else(|| limit("exclusiveMinimum").map(|limit| limit + 1));
    let least = least.unwrap_or(-100);
    let most = limit("maximum").or_else(|| limit("exclusiveMaximum").map(|limit| limit - 1));
    let most = most.unwrap_or(least.saturating_add(1_000)).max(least);
    let number = rng.i64(least..=most);
    let step = schema["multipleOf"].as_i64().unwrap_or(1).max(1);
    number - number.rem_euclid(step)
}

fn number(schema: &Value, rng: &mut Rng) -> f64 {
    let limit = |key: &str| schema[key].as_f64();
    let least = limit("minimum").or_else(|| limit("exclusiveMinimum")).unwrap_or(0.0);
    let most = limit("maximum").or_else(|| limit("exclusiveMaximum")).unwrap_or(least + 1_000.0);
    least + (most - least) * (0.25 + rng.f64() / 2.0)
}

fn text(schema: &Value, rng: &mut Rng) -> String {
    let limit = |key: &str| schema[key].as_u64().and_then(|limit| usize::try_from(limit).ok());
    let least = limit("minLength").unwrap_or(0);
    let length = rng.usize(least..=limit("maxLength").unwrap_or(least + 20).max(least));
    let odd = ['"', '\\', '\n', '\t', '\u{7f}', 'é', '漢', '🦀', '\u{301}', '\u{fffd}', ':', '{'];
    let character = |rng: &mut Rng| match rng.u8(..4) {
        0 => odd[rng.usize(..odd.len())],
        _ => rng.alphanumeric(),
    };
    (0..length).map(|_| character(rng)).collect()
}

fn list(schema: &Value, rng: &mut Rng) -> Value {
    let limit = |key: &str| schema[key].as_u64().and_then(|limit| usize::try_from(limit).ok());
    let least = limit("minItems").unwrap_or(0);
    let length = rng.usize(least..=limit("maxItems").unwrap_or(least + 3).max(least));
    (0..length).map(|_| fitting(&schema["items"], rng)).collect()
}

fn object(schema: &Value, rng: &mut Rng) -> Value {
    let required = schema["required"].as_array().into_iter().flatten();
    let required: Vec<&str> = required.filter_map(Value::as_str).collect();
    let mut fields: Vec<(String, Value)> = Vec::new();
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        if required.contains(&name.as_str()) || rng.bool() {
            fields.push((name.clone(), fitting(schema, rng)));
        }
    }
    rng.shuffle(&mut fields);
    Value::Object(fields.into_iter().collect())
}

/// A value as text, with or without space in it.
fn written(value: &Value, rng: &mut Rng) -> String {
    if rng.bool() { value.to_string() } else { format!(" {value:#}\n") }
}

/// A document with one thing wrong, as a rule.
fn wrong(parameters: &Value, rng: &mut Rng) -> String {
    let mut fields = fields(parameters, rng);
    let name = any_name(parameters, rng);
    match rng.u8(..8) {
        0 => drop(fields.shift_remove(&name)),
        1 => drop(fields.insert(name, Value::Null)),
        2 => drop(fields.insert(name, other_type(rng))),
        3 => drop(fields.insert(format!("{name}s"), other_type(rng))),
        4 => {
            return twice(&Value::Object(fields).to_string(), &name);
        }
        5 => return cut(&Value::Object(fields).to_string(), rng),
        6 => return put_in(&Value::Object(fields).to_string(), rng),
        _ => {
            let value = Value::Object(fields);
            return json!([value]).to_string();
        }
    }
    written(&Value::Object(fields), rng)
}

fn fields(parameters: &Value, rng: &mut Rng) -> Map<String, Value> {
    match fitting(parameters, rng) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The name of some argument, or of none.
fn any_name(parameters: &Value, rng: &mut Rng) -> String {
    let names = parameters["properties"].as_object();
    let names: Vec<&String> = names.into_iter().flat_map(Map::keys).collect();
    rng.choice(&names).map_or_else(|| "anything".to_owned(), |name| (*name).clone())
}

fn other_type(rng: &mut Rng) -> Value {
    let values = [
        json!(true),
        json!(-1),
        json!(0.5),
        json!(1e15),
        json!("text"),
        json!("7"),
        json!([]),
        json!([1]),
        json!({}),
        json!({ "value": 1 }),
    ];
    values[rng.usize(..values.len())].clone()
}

/// The same key given twice.
fn twice(object: &str, name: &str) -> String {
    let name = Value::from(name);
    let rest = object.trim_start_matches('{');
    let comma = if rest == "}" { "" } else { ", " };
    format!("{{{name}: 1, {name}: 1{comma}{rest}")
}

fn cut(text: &str, rng: &mut Rng) -> String {
    let length = text.chars().count();
    text.chars().take(rng.usize(..length.max(1))).collect()
}

fn put_in(text: &str, rng: &mut Rng) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    characters.insert(rng.usize(..=characters.len()), rng.char(..));
    characters.into_iter().collect()
}

/// A document that means harm.
fn hostile(parameters: &Value, rng: &mut Rng) -> String {
    let name = any_name(parameters, rng);
    let fields = fields(parameters, rng);
    match rng.u8(..16) {
        0 => NO_ARGUMENTS[rng.usize(..NO_ARGUMENTS.len())].to_owned(),
        // What is big is rare: it takes its time.
        1 if rng.u8(..16) == 0 => deep(&name),
        2 if rng.u8(..16) == 0 => with(fields, &name, &format!("\"{}\"", "x".repeat(1 << 20))),
        3 if rng.u8(..16) == 0 => with(fields, &name, &format!("\"{}\"", "x".repeat(60_000))),
        4 if rng.u8(..16) == 0 => many_keys(fields),
        5 => with(fields, &name, &"[".repeat(120)),
        _ => with(fields, &name, HOSTILE[rng.usize(..HOSTILE.len())]),
    }
}

/// Nested a hundred thousand deep.
fn deep(name: &str) -> String {
    let name = Value::from(name);
    format!("{{{name}: {}", "[".repeat(100_000))
}

/// With something written in the place of an argument's value.
fn with(mut fields: Map<String, Value>, name: &str, value: &str) -> String {
    fields.shift_remove(name);
    let name = Value::from(name);
    let rest = Value::Object(fields).to_string();
    let rest = rest.trim_start_matches('{');
    let comma = if rest == "}" { "" } else { ", " };
    format!("{{{name}: {value}{comma}{rest}")
}

fn many_keys(mut fields: Map<String, Value>) -> String {
    fields.extend((0..2_000).map(|n| (format!("k{n}"), n.into())));
    Value::Object(fields).to_string()
}
