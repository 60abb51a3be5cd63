//! An argument that is nobody's business.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error};

/// What stands in place of a secret wherever arguments are shown.
pub(crate) const SHOWN: &str = "[secret]";

/// The key of a schema that says that the value is a secret. It never goes on the wire.
pub(crate) const KEYWORD: &str = "x-secret";

/// An argument that is never logged, audited or shown: a PIN, a card number, a date of birth.
///
/// The model sends it like any other `T`; the tool gets it with [`expose`](Self::expose). Everywhere else stands `[secret]`: in the log,
/// in the audit log and on the console, whatever the model made of the arguments around it. A field of any other type is kept secret by
/// `#[schemars(extend("x-secret" = true))]`. One that may be left out is an `Option<Secret<T>>`.
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
#[derive(Clone, Default)]
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

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    /// Reads a `T`. What came instead of one is not in the error: it may be the secret, misspelt.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self).map_err(|error| {
            let error = error.to_string();
            let expected = error.rsplit_once(", expected ").map(|(_, expected)| expected);
            D::Error::custom(format!("{SHOWN}, expected {}", expected.unwrap_or("another value")))
        })
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

    #[test]
    fn a_value_that_does_not_fit_is_not_in_the_error() {
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code, reason = "only read")]
        struct VerifyCaller {
            /// The PIN.
            pin: Secret<u16>,
        }
        for wrong in
            [serde_json::json!("4711"), serde_json::json!(471_100), serde_json::json!(-4711)]
        {
            let error = crate::tool::read::<VerifyCaller>(serde_json::json!({ "pin": wrong }));
            let error = error.unwrap_err();
            assert_eq!(
                (error.path.as_str(), error.problem.as_str()),
                ("pin", "[secret], expected u16")
            );
        }
    }

    #[test]
    fn what_the_type_says_of_a_value_is_kept_too() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(try_from = "String")]
        struct Pin;
        impl TryFrom<String> for Pin {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Err(format!("{text} is no PIN"))
            }
        }
        let error = serde_json::from_value::<Secret<Pin>>("4711".into()).unwrap_err();
        assert_eq!(error.to_string(), "[secret], expected another value");
    }
}
