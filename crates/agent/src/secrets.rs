//! Where secrets stand in the arguments of a tool, and how arguments are shown without them.
//!
//! The schema says it, by the key `x-secret`. It is read once, before the schema is made ready for the wire, into a tree of places. Where a
//! schema has alternatives the tree has them all in one: what is secret in one form is secret in each.
//!
//! Arguments are also shown when they are wrong, and then a secret may stand where none is expected: under a name the model made up, or
//! one level too high. So where secrets are about, what the schema does not name is taken for one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::secret::{KEYWORD, SHOWN};

/// Where secrets stand in the arguments of a tool: see [`Tool::secrets`](crate::Tool::secrets).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    root: Place,
}

impl Secrets {
    /// Reads where secrets stand, and takes every `x-…` key out of the schema: none of them is JSON Schema.
    pub(crate) fn take(schema: &mut Value) -> Self {
        Self { root: Place::take(schema) }
    }

    /// Adds the secrets of arguments that are sent beside these.
    pub(crate) fn merge(&mut self, more: Self) {
        self.root.merge(more.root);
    }

    /// Adds an argument of this name that is no secret.
    pub(crate) fn name(&mut self, argument: &str) {
        let fields = self.root.object.get_or_insert_default();
        fields.named.insert(argument.to_owned(), Place::anything());
    }

    /// Whether nothing is secret.
    pub fn is_empty(&self) -> bool {
        !self.root.holds_secrets()
    }

    /// The arguments as they may be shown: each value in a secret place is the text `[secret]`, everything else is as it was.
    ///
    /// Any value will do, also one that does not fit the schema. In arguments with secrets, what the schema does not name or expect at
    /// its place is hidden as well, for it may be one of them.
    ///
    /// ```
    /// use switchboard_agent::{Secret, prelude::*};
    ///
    /// /// Check the caller's PIN.
    /// #[derive(Deserialize, JsonSchema)]
    /// struct VerifyCaller {
    ///     /// The account's number.
    ///     account: String,
    ///     /// The four digits of the PIN.
    ///     pin: Secret<String>,
    /// }
    /// async fn verify_caller(_: VerifyCaller) {}
    ///
    /// # const ID: AgentId = AgentId::new("billing");
    /// let agent: Agent<()> = Agent::new(ID).instructions("Help.").tool(verify_caller);
    /// let roster = Roster::new([agent])?;
    /// let secrets = roster.tools(ID)[0].secrets();
    /// let arguments = serde_json::json!({ "account": "A-10017", "pin": "4711" });
    /// assert_eq!(secrets.redact(&arguments), serde_json::json!({ "account": "A-10017", "pin": "[secret]" }));
    /// # Ok::<(), RosterErrors>(())
    /// ```
    #[must_use]
    pub fn redact(&self, arguments: &Value) -> Value {
        self.root.redact(arguments)
    }
}

/// A place where a value can stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    /// Whether all that stands here is secret.
    secret: bool,
    /// Whether a text, a number, a yes or no is expected here.
    scalar: bool,
    /// What is expected in an object, if one is.
    object: Option<Fields>,
    /// What is expected in a list, if one is.
    list: Option<Elements>,
}

/// The places in an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Fields {
    named: BTreeMap<String, Place>,
    /// What is expected under all other names; `None`: there are no others.
    others: Option<Box<Place>>,
}

/// The places in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Elements {
    first: Vec<Place>,
    /// What is expected after the first few; `None`: nothing follows.
    others: Option<Box<Place>>,
}

impl Place {
    /// Where anything may stand, and nothing is secret.
    fn anything() -> Self {
        let anything = || Some(Box::new(Self { scalar: true, ..Self::default() }));
        Self {
            secret: false,
            scalar: true,
            object: Some(Fields { others: anything(), ..Fields::default() }),
            list: Some(Elements { others: anything(), ..Elements::default() }),
        }
    }

    fn take(schema: &mut Value) -> Self {
        let Value::Object(schema) = schema else { return Self::anything() };
        let secret = schema.get(KEYWORD).is_some_and(|value| *value != Value::Bool(false));
        schema.retain(|key, _| !key.starts_with("x-"));
        let mut place = Self::of_own_keys(schema);
        for alternatives in ["anyOf", "oneOf", "allOf"] {
            let Some(Value::Array(forms)) = schema.get_mut(alternatives) else { continue };
            for form in forms {
                place.merge(Self::take(form));
            }
        }
        place.secret |= secret;
        place
    }

    /// What a schema says without its alternatives.
    fn of_own_keys(schema: &mut Map<String, Value>) -> Self {
        let types = types(schema);
        let is =
            |name: &str| types.as_ref().is_some_and(|types| types.iter().any(|one| one == name));
        let scalar = ["string", "number", "integer", "boolean"].into_iter().any(is)
            || (types.is_none() && (schema.contains_key("enum") || schema.contains_key("const")));
        let object = is("object") || schema.contains_key("properties");
        let list =
            is("array") || schema.contains_key("items") || schema.contains_key("prefixItems");
        let says_nothing = types.is_none()
            && !scalar
            && !object
            && !list
            && !["anyOf", "oneOf", "allOf"].iter().any(|key| schema.contains_key(*key));
        if says_nothing {
            return Self::anything();
        }
        Self {
            secret: false,
            scalar,
            object: object.then(|| Fields::take(schema)),
            list: list.then(|| Elements::take(schema)),
        }
    }

    fn merge(&mut self, more: Self) {
        self.secret |= more.secret;
        self.scalar |= more.scalar;
        match (&mut self.object, more.object) {
            (Some(ours), Some(theirs)) => ours.merge(theirs),
            (ours @ None, theirs) => *ours = theirs,
            (Some(_), None) => {}
        }
        match (&mut self.list, more.list) {
            (Some(ours), Some(theirs)) => ours.merge(theirs),
            (ours @ None, theirs) => *ours = theirs,
            (Some(_), None) => {}
        }
    }

    /// Whether this is a secret, or one may stand somewhere in it.
    fn holds_secrets(&self) -> bool {
        self.secret
            || self.object.as_ref().is_some_and(|fields| {
                fields.named.values().chain(fields.others.as_deref()).any(Self::holds_secrets)
            })
            || self.list.as_ref().is_some_and(|elements| {
                elements.first.iter().chain(elements.others.as_deref()).any(Self::holds_secrets)
            })
    }

    fn redact(&self, value: &Value) -> Value {
        if self.secret {
            return SHOWN.into();
        }
        if !self.holds_secrets() {
            return value.clone();
        }
        match (value, &self.object, &self.list) {
            (Value::Null, ..) => Value::Null,
            (Value::Object(object), Some(fields), _) => fields.redact(object),
            (Value::Array(list), _, Some(elements)) => elements.redact(list),
            (Value::String(_) | Value::Number(_) | Value::Bool(_), ..) if self.scalar => {
                value.clone()
            }
            _ => SHOWN.into(),
        }
    }
}

impl Fields {
    fn take(schema: &mut Map<String, Value>) -> Self {
        let mut fields = Self::default();
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            let named = properties.iter_mut();
            fields.named =
                named.map(|(name, schema)| (name.clone(), Place::take(schema))).collect();
        }
        // An object that does not say is closed before it goes on the wire.
        if let Some(others) =
            schema.get_mut("additionalProperties").filter(|others| **others != Value::Bool(false))
        {
            merge_others(&mut fields.others, Place::take(others));
        }
        fields
    }

    /// A name that only one side knows is, on the other, one of the others.
    fn merge(&mut self, more: Self) {
        if let Some(others) = &more.others {
            let unknown = self.named.iter_mut().filter(|(name, _)| !more.named.contains_key(*name));
            unknown.for_each(|(_, place)| place.merge((**others).clone()));
        }
        for (name, place) in more.named {
            let others = || self.others.as_deref().cloned().unwrap_or_default();
            self.named.entry(name).or_insert_with(others).merge(place);
        }
        if let Some(others) = more.others {
            merge_others(&mut self.others, *others);
        }
    }

    fn redact(&self, object: &Map<String, Value>) -> Value {
        let shown = object.iter().map(|(name, value)| {
            let place = self.named.get(name).or(self.others.as_deref());
            (name.clone(), place.map_or_else(|| SHOWN.into(), |place| place.redact(value)))
        });
        Value::Object(shown.collect())
    }
}

impl Elements {
    fn take(schema: &mut Map<String, Value>) -> Self {
        let mut elements = Self::default();
        if let Some(Value::Array(first)) = schema.get_mut("prefixItems") {
            elements.first = first.iter_mut().map(Place::take).collect();
        }
        match schema.get_mut("items") {
            Some(Value::Bool(false)) => {}
            Some(others) => elements.others = Some(Box::new(Place::take(others))),
            None => elements.others = Some(Box::new(Place::anything())),
        }
        elements
    }

    /// A place that only one side counts is, on the other, one of the others.
    fn merge(&mut self, mut more: Self) {
        let longer = self.first.len().max(more.first.len());
        for side in [&mut *self, &mut more] {
            let others = side.others.as_deref().cloned().unwrap_or_default();
            side.first.resize(longer, others);
        }
        for (ours, theirs) in self.first.iter_mut().zip(more.first) {
            ours.merge(theirs);
        }
        if let Some(others) = more.others {
            merge_others(&mut self.others, *others);
        }
    }

    fn redact(&self, list: &[Value]) -> Value {
        let shown = list.iter().enumerate().map(|(index, value)| {
            let place = self.first.get(index).or(self.others.as_deref());
            place.map_or_else(|| SHOWN.into(), |place| place.redact(value))
        });
        Value::Array(shown.collect())
    }
}

fn merge_others(ours: &mut Option<Box<Place>>, theirs: Place) {
    ours.get_or_insert_default().merge(theirs);
}

/// What `type` names, one or several.
fn types(schema: &Map<String, Value>) -> Option<Vec<String>> {
    match schema.get("type")? {
        Value::String(only) => Some(vec![only.clone()]),
        Value::Array(several) => {
            Some(several.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
