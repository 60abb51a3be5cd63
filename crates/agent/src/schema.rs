//! The schema of a tool's arguments, made from their type.
//!
//! schemars writes a correct schema; what a model reads should also be short, self-contained and closed. So, once per tool at the
//! start: what is secret is noted, and the marks for it go; everything is inlined; titles, numeric formats and null defaults are left out; documented unit enums become a plain `enum`;
//! every object refuses what it does not name. An optional argument (`Option<T>`) is not required and says that it may be `null`: models
//! do send `null` for what they leave open, nothing may be repaired on the way, and so the schema admits what the tool accepts.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::Secrets;
use crate::schema_fault::{SchemaFault, faults};

/// What the type of some arguments says about a tool.
#[derive(Debug, Clone)]
pub(crate) struct ArgumentsSchema {
    /// The name of the type.
    pub(crate) type_name: String,
    /// The doc comment of the type, its lines joined; empty when there is none.
    pub(crate) description: String,
    /// The schema, without the description.
    pub(crate) parameters: Value,
    /// What a model or the validation could not work with.
    pub(crate) faults: Vec<SchemaFault>,
    /// Where secrets stand in them.
    pub(crate) secrets: Secrets,
}

impl ArgumentsSchema {
    /// Derives it from the type.
    pub(crate) fn of<T: JsonSchema>() -> Self {
        let mut settings = SchemaSettings::draft2020_12();
        settings.inline_subschemas = true;
        settings.meta_schema = None;
        let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
        let secrets = Secrets::take(&mut schema);
        simplify(&mut schema);
        let description = take_description(&mut schema);
        let faults = faults(&schema);
        let type_name = T::schema_name().into_owned();
        Self { type_name, description, parameters: schema, faults, secrets }
    }

    /// Appends another type's arguments, as a brief's to those of a transfer. Returns the names that both have.
    pub(crate) fn extend(&mut self, mut more: Self) -> Vec<String> {
        self.faults.append(&mut more.faults);
        self.secrets.merge(more.secrets);
        let (Value::Object(ours), Value::Object(theirs)) =
            (&mut self.parameters, &mut more.parameters)
        else {
            return Vec::new();
        };
        if let (Some(Value::Array(required)), Some(Value::Array(more))) =
            (ours.get_mut("required"), theirs.get_mut("required"))
        {
            required.append(more);
        }
        let (Some(Value::Object(ours)), Some(Value::Object(theirs))) =
            (ours.get_mut("properties"), theirs.get_mut("properties"))
        else {
            return Vec::new();
        };
        let both = theirs.keys().filter(|name| ours.contains_key(*name)).cloned().collect();
        ours.append(theirs);
        both
    }
}

/// Takes the description out, its lines joined.
fn take_description(schema: &mut Value) -> String {
    match schema.as_object_mut().and_then(|schema| schema.shift_remove("description")) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// Makes one schema, and all in it, short and closed.
fn simplify(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    let nullable = hoist_nullable_words(object);
    for_each_subschema(object, simplify);
    object.shift_remove("title");
    if object.get("default").is_some_and(Value::is_null) {
        object.shift_remove("default");
    }
    if !has_type(object, "string") {
        object.shift_remove("format");
    }
    fold_variants(object);
    if nullable {
        admit_null(object);
    }
    if let Some(Value::String(description)) = object.shift_remove("description") {
        object.shift_insert(0, "description".into(), join_lines(&description).into());
    }
    close(object);
}

/// Calls `with` for each schema directly inside this one.
fn for_each_subschema(object: &mut Map<String, Value>, with: fn(&mut Value)) {
    for (key, value) in object {
        match (key.as_str(), value) {
            ("properties" | "patternProperties" | "$defs", Value::Object(schemas)) => {
                schemas.values_mut().for_each(with);
            }
            ("oneOf" | "anyOf" | "allOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter_mut().for_each(with);
            }
            ("items" | "additionalProperties" | "propertyNames" | "not" | "contains", schema) => {
                with(schema);
            }
            _ => {}
        }
    }
}

/// Whether `type` is, or may be, this.
pub(crate) fn has_type(object: &Map<String, Value>, name: &str) -> bool {
    match object.get("type") {
        Some(Value::String(only)) => only == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}

/// Text that is broken into lines for the source's sake, in one line; empty lines separate paragraphs, each a line of its own.
fn join_lines(text: &str) -> String {
    let paragraphs = text
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Turns an enum whose variants are single words, documented or not, into `{"type": "string", "enum": […]}`. What the variants' comments
/// say is kept, in the description: `morning: before noon`.
fn fold_variants(object: &mut Map<String, Value>) {
    let Some(Value::Array(variants)) = object.get("oneOf") else { return };
    let Some(words) = variants.iter().map(words_of).collect::<Option<Vec<_>>>() else { return };
    let comments: Vec<String> = words.iter().filter_map(Words::comment).collect();
    let values: Vec<Value> = words.into_iter().flat_map(|words| words.values).collect();
    object.shift_remove("oneOf");
    object.insert("type".into(), "string".into());
    object.insert("enum".into(), values.into());
    if !comments.is_empty() {
        let own = object.get("description").and_then(Value::as_str).unwrap_or_default();
        let description = format!("{} ({})", own.trim_end_matches('.'), comments.join("; "));
        object.insert("description".into(), description.trim_start().into());
    }
}

/// One or several variants of an enum that are single words.
struct Words {
    values: Vec<Value>,
    description: Option<String>,
}

impl Words {
    fn comment(&self) -> Option<String> {
        let [Value::String(word)] = self.values.as_slice() else { return None };
        self.description.as_ref().map(|text| format!("{word}: {}", text.trim_end_matches('.')))
    }
}

fn words_of(variant: &Value) -> Option<Words> {
    let variant = variant.as_object()?;
    if !variant.keys().all(|key| matches!(key.as_str(), "type" | "const" | "enum" | "description"))
        || !has_type(variant, "string")
    {
        return None;
    }
    let values = match (variant.get("const"), variant.get("enum")) {
        (Some(word), None) => vec![word.clone()],
        (None, Some(Value::Array(words))) => words.clone(),
        _ => return None,
    };
    let description = variant.get("description").and_then(Value::as_str).map(str::to_owned);
    Some(Words { values, description })
}

/// Turns `anyOf` of an enum of words and `null` into the enum alone, and says whether it did.
fn hoist_nullable_words(object: &mut Map<String, Value>) -> bool {
    let Some(Value::Array(forms)) = object.get("anyOf") else { return false };
    let [form @ Value::Object(words), null] = forms.as_slice() else { return false };
    let all_words =
        |variants: &Vec<Value>| variants.iter().all(|variant| words_of(variant).is_some());
    let is_words = words_of(form).is_some()
        || words.get("oneOf").and_then(Value::as_array).is_some_and(all_words);
    if *null != json!({ "type": "null" }) || !is_words {
        return false;
    }
    let words = words.clone();
    object.shift_remove("anyOf");
    for (key, value) in words {
        object.entry(key).or_insert(value);
    }
    true
}

/// Lets an enum of words be `null`, too.
fn admit_null(object: &mut Map<String, Value>) {
    object.insert("type".into(), json!(["string", "null"]));
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.push(Value::Null);
    }
}

/// Makes an object refuse what it does not name.
fn close(object: &mut Map<String, Value>) {
    if !has_type(object, "object") || object.contains_key("additionalProperties") {
        return;
    }
    if !object.contains_key("properties") {
        object.insert("properties".into(), json!({}));
    }
    object.insert("additionalProperties".into(), false.into());
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// Look up one invoice.
    /// Read out the amount, never the number.
    ///
    /// Ask first.
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct FindInvoice {
        /// Six digits, printed at the
        /// top of the invoice.
        number: String,
        /// How many pages, at most.
        pages: Option<u32>,
        /// What time of day.
        daytime: Daytime,
        /// Another time of day.
        or_else: Option<Daytime>,
        /// By letter or mail.
        #[serde(default)]
        by: Channel,
        /// The lines.
        lines: Vec<Line>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Daytime {
        /// Before noon.
        Morning,
        Evening,
    }

    #[derive(Default, Deserialize, serde::Serialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Channel {
        #[default]
        Letter,
        Mail,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct Line {
        /// The amount.
        cents: i64,
    }

    #[test]
    fn a_schema_is_short_inlined_closed_and_in_field_order() {
        let schema = ArgumentsSchema::of::<FindInvoice>();
        assert_eq!(schema.faults, []);
        assert_eq!(schema.type_name, "FindInvoice");
        let expected = json!({
            "type": "object",
            "properties": {
                "number": { "description": "Six digits, printed at the top of the invoice.", "type": "string" },
                "pages": { "description": "How many pages, at most.", "type": ["integer", "null"], "minimum": 0 },
                "daytime": {
                    "description": "What time of day (morning: Before noon)",
                    "type": "string",
                    "enum": ["evening", "morning"],
                },
                "or_else": {
                    "description": "Another time of day (morning: Before noon)",
                    "type": ["string", "null"],
                    "enum": ["evening", "morning", null],
                },
                "by": {
                    "description": "By letter or mail.",
                    "type": "string",
                    "enum": ["letter", "mail"],
                    "default": "letter",
                },
                "lines": {
                    "description": "The lines.",
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": { "cents": { "description": "The amount.", "type": "integer" } },
                        "required": ["cents"],
                        "additionalProperties": false,
                    },
                },
            },
            "required": ["number", "daytime", "lines"],
            "additionalProperties": false,
        });
        assert_eq!(
            schema.parameters.to_string(),
            expected.to_string(),
            "also in the order of the keys"
        );
    }

    #[test]
    fn the_doc_comment_is_the_description_one_paragraph_a_line() {
        let schema = ArgumentsSchema::of::<FindInvoice>();
        assert_eq!(
            schema.description,
            "Look up one invoice. Read out the amount, never the number.\nAsk first."
        );
    }

    #[test]
    fn arguments_without_fields_are_a_closed_empty_object() {
        /// Says when we are open.
        #[derive(Deserialize, JsonSchema)]
        struct GetBusinessHours {}

        let schema = ArgumentsSchema::of::<GetBusinessHours>();
        assert_eq!(
            schema.parameters,
            json!({ "type": "object", "properties": {}, "additionalProperties": false })
        );
        assert_eq!(schema.faults, []);
    }

    #[test]
    fn the_variants_of_an_enum_are_closed_too() {
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct Pay {
            /// How it is paid.
            with: Means,
        }
        #[derive(Deserialize, JsonSchema)]
        #[serde(tag = "kind", rename_all = "lowercase")]
        #[expect(dead_code, reason = "only the schema is looked at")]
        enum Means {
            Card {
                /// The last four digits.
                digits: String,
            },
            Cash,
        }

        let schema = ArgumentsSchema::of::<Pay>();
        assert_eq!(schema.faults, []);
        for form in schema.parameters["properties"]["with"]["oneOf"].as_array().unwrap() {
            assert_eq!(form["additionalProperties"], false, "{form}");
        }
    }

    #[test]
    fn a_brief_adds_its_fields_after_the_others() {
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct First {
            /// Why.
            reason: String,
        }
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct More {
            /// Which.
            invoice: String,
            /// Why again.
            reason: String,
        }

        let mut schema = ArgumentsSchema::of::<First>();
        assert_eq!(schema.extend(ArgumentsSchema::of::<More>()), ["reason"]);
        let names: Vec<_> = schema.parameters["properties"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["reason", "invoice"]);
    }
}
