//! An argument that is nobody's business.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

/// What stands in place of a secret wherever arguments are shown.
pub(crate) const SHOWN: &str = "[secret]";

/// The key of a schema that says that the value is a secret. It never goes on the wire.
pub(crate) const KEYWORD: &str = "x-secret";

/// An argument that is never logged, audited or shown: a PIN, a card number, a date of birth.
///
/// The model sends it like any other `T`; the tool gets it with [`expose`](Self::expose). Everywhere else stands `[secret]`: in the log,
/// in the audit log and on the console, whatever the model made of the arguments around it. A field of any other type is kept secret by
/// `#[schemars(extend("x-secret" = true))]`.
///
/// ```
/// use switchboard_agent::{Secret, prelude::*};
///
/// /// Check the caller's PIN.
/// #[derive(Debug, Deserialize, JsonSchema)]
/// struct VerifyCaller {
///     /// The four digits of the PIN.
///     pin: Secret<String>,
/// }
///
/// async fn verify_caller(args: VerifyCaller, session: Session) -> ToolResult<()> {
///     if args.pin.expose() != "4711" {
///         return Err(ToolError::refused("That is not the PIN."));
///     }
///     session.verify();
///     Ok(())
/// }
///
/// let args = VerifyCaller { pin: Secret::new("4711".to_owned()) };
/// assert_eq!(format!("{args:?}"), "VerifyCaller { pin: [secret] }");
/// # let _ = verify_caller;
/// ```
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Keeps a value secret.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out; from here on it is as public as its type.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHOWN)
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHOWN)
    }
}

impl<T: JsonSchema> JsonSchema for Secret<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Secret_{}", T::schema_name()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("{}::Secret<{}>", module_path!(), T::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<T>();
        schema.insert(KEYWORD.to_owned(), true.into());
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_and_never_shown() {
        let secret: Secret<u32> = serde_json::from_str("4711").unwrap();
        assert_eq!(*secret.expose(), 4711);
        assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "[secret] [secret] [secret]");
        assert_eq!(secret.into_exposed(), 4711);
    }
}
