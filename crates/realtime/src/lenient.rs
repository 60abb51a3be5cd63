//! Ways of reading a field that forgive what servers are known to send.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads null as the default: an empty list, an empty string, nought. Use with `serde(default)`.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads what cannot be understood as absent. Use with `serde(default)`, where absence is noticed by whoever reads.
pub(crate) fn or_none<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

/// Reads each entry of a list that can be understood, and null as none. Use with `serde(default)`.
pub(crate) fn each<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let entries = Option::<Vec<Value>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(entries.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()).collect())
}

/// Keeps the fields that nobody knows, but for `object`: a constant that names the type and is written where it belongs.
pub(crate) fn without_object<'de, D>(deserializer: D) -> Result<crate::Extra, D::Error>
where
    D: Deserializer<'de>,
{
    let mut extra = crate::Extra::deserialize(deserializer)?;
    extra.remove("object");
    Ok(extra)
}

/// A string that is borrowed from the frame unless an escape in it forces a copy.
///
/// `Cow` does so only outside an `Option`; this does so everywhere.
#[derive(Debug)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_borrowed_unless_it_has_escapes() {
        let plain: Option<Text<'_>> = serde_json::from_str(r#""AAAA""#).unwrap();
        let escaped: Option<Text<'_>> = serde_json::from_str(r#""AA\/A""#).unwrap();

        assert!(matches!(plain, Some(Text(Cow::Borrowed("AAAA")))));
        assert!(matches!(escaped, Some(Text(Cow::Owned(text))) if text == "AA/A"));
    }
}
