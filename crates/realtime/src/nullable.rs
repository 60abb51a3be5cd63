//! A field that can be cleared: absent, null and a value mean three things.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a clearable field is set to. In an `Option`, `None` says nothing about the field, `Some(Null)` clears it.
///
/// ```
/// use switchboard_realtime::{AudioInput, Nullable};
///
/// let manual_turns = AudioInput { turn_detection: Some(Nullable::Null), ..AudioInput::default() };
/// assert_eq!(serde_json::to_string(&manual_turns)?, r#"{"turn_detection":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nullable<T> {
    /// `null`: off, none.
    Null,
    /// Set to this.
    Value(T),
}

impl<T> Nullable<T> {
    /// The value, if there is one.
    pub fn as_value(&self) -> Option<&T> {
        match self {
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<T> From<T> for Nullable<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T: Serialize> Serialize for Nullable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

/// Reads a field that stands in the object, so that null is told from absent. Use with `serde(default)`.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<Nullable<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Nullable::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Field {
        #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
        field: Option<Nullable<u32>>,
    }

    #[test]
    fn absent_null_and_value_are_three_things() {
        for (json, field) in [
            ("{}", None),
            (r#"{"field":null}"#, Some(Nullable::Null)),
            (r#"{"field":3}"#, Some(Nullable::Value(3))),
        ] {
            assert_eq!(serde_json::from_str::<Field>(json).unwrap(), Field { field });
            assert_eq!(serde_json::to_string(&Field { field }).unwrap(), json);
        }
    }
}
