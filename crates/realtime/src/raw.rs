//! Events that are not typed, and those that cannot be read.

use std::fmt;

use tokio_tungstenite::tungstenite::Utf8Bytes;

/// An event of a type that this crate does not know, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEvent {
    /// Its `type`.
    pub kind: String,
    /// The whole event as JSON; written as it stands.
    pub json: Utf8Bytes,
}

/// A frame that is no event, or an event of a known type with a field missing or of the wrong JSON type.
///
/// It says nothing about the connection: the next frame may be read as if this one had not come.
#[derive(Debug, thiserror::Error)]
#[error("unreadable {}", Described(.kind.as_deref()))]
pub struct UnreadableEvent {
    /// The event's `type`, where it has one.
    pub kind: Option<String>,
    /// What is wrong with it.
    pub source: serde_json::Error,
}

impl UnreadableEvent {
    pub(crate) fn new(kind: Option<&str>, source: serde_json::Error) -> Self {
        Self { kind: kind.map(str::to_owned), source }
    }

    /// For a fault that JSON itself knows nothing of.
    pub(crate) fn custom(kind: Option<&str>, fault: impl fmt::Display) -> Self {
        Self::new(kind, serde::de::Error::custom(fault))
    }
}

struct Described<'a>(Option<&'a str>);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(kind) => write!(f, "`{kind}` event"),
            None => f.write_str("frame: no event"),
        }
    }
}
