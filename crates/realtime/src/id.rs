//! Ids, each a type of its own so that none is passed for another.
//!
//! The server's ids are opaque. Those that a client makes may have at most [`MAX_ID_LENGTH`] characters, which
//! `numbered` guarantees.

use std::fmt::{self, Display};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The most characters an item or call id made by a client may have (the protocol's section 12).
pub const MAX_ID_LENGTH: usize = 32;

/// `{prefix}_{number}` in at most [`MAX_ID_LENGTH`] characters, whatever the prefix: what is too long of it is left out.
fn numbered(prefix: &str, number: u64) -> Arc<str> {
    let number = number.to_string();
    let room = MAX_ID_LENGTH - 1 - number.len();
    let prefix: String = prefix.chars().take(room).collect();
    Arc::from(format!("{prefix}_{number}"))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// Cheap to clone. The default is the empty id, which stands for none.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes an id as it stands.
            pub fn new(id: impl Into<Arc<str>>) -> Self {
                Self(id.into())
            }

            /// Makes the id `{prefix}_{number}`, at most [`MAX_ID_LENGTH`] characters long.
            ///
            /// Different numbers under one prefix give different ids. A prefix of up to 11 characters always fits; of a
            /// longer one the end is left out as far as the number needs the room.
            pub fn numbered(prefix: &str, number: u64) -> Self {
                Self(numbered(prefix, number))
            }

            /// The id as on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether this is the empty id.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(Arc::from(id))
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(Arc::from(id))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }
    )*};
}

ids! {
    /// Names an event: the server's own, or one a client chose (at most 512 characters) so that an error can name it.
    EventId;
    /// Names an item of the conversation. `root` as a previous item means: before all others.
    ItemId;
    /// Names a response.
    ResponseId;
    /// Names one tool call; its output answers to the same id.
    CallId;
    /// Names the conversation of a session.
    ConversationId;
    /// Names a session on the server.
    ModelSessionId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_id_has_its_prefix_and_number() {
        assert_eq!(ItemId::numbered("item", 7).as_str(), "item_7");
    }

    #[test]
    fn a_long_prefix_gives_way_to_the_number() {
        let prefix = "an_unreasonably_long_prefix_for_an_id";

        let one = CallId::numbered(prefix, u64::MAX);
        let other = CallId::numbered(prefix, u64::MAX - 1);

        assert_eq!(one.as_str().chars().count(), MAX_ID_LENGTH);
        assert_ne!(one, other);
    }

    #[test]
    fn a_prefix_of_wide_characters_is_counted_in_characters() {
        let id = ItemId::numbered(&"é".repeat(40), 1);

        assert_eq!(id.as_str().chars().count(), MAX_ID_LENGTH);
    }

    #[test]
    fn ids_are_plain_strings_on_the_wire() {
        let id: EventId = serde_json::from_str(r#""event_1""#).unwrap();

        assert_eq!(id, "event_1");
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""event_1""#);
    }
}
