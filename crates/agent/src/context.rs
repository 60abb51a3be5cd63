//! What surrounds one tool call: the application, the phone call, and the names under which it is found again.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::Session;

/// What one tool call can draw on. Tools do not see it; they name the parts they want as [parameters](crate::FromContext).
#[derive(Debug)]
pub struct ToolContext<A> {
    /// The application's own state.
    pub app: Arc<A>,
    /// The phone call the tool runs in.
    pub session: Session,
    /// Under which the log has this tool call.
    pub trace_id: TraceId,
    /// The name of what this tool call is to bring about.
    pub idempotency_key: IdempotencyKey,
}

impl<A> Clone for ToolContext<A> {
    fn clone(&self) -> Self {
        Self {
            app: Arc::clone(&self.app),
            session: self.session.clone(),
            trace_id: self.trace_id.clone(),
            idempotency_key: self.idempotency_key.clone(),
        }
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a name made elsewhere.
            pub fn new(name: impl Into<Arc<str>>) -> Self {
                Self(name.into())
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

name! {
    /// The name of one tool call in the log and in its answer: `7hqm-2xkd-9wtb`. Whoever reports a fault can read it out.
    TraceId
}

name! {
    /// The name of what a tool call is to bring about: the same for the same wish, tool and arguments in one phone call, however
    /// often the model or the network repeats it. A tool with an effect stores it in the transaction that has the effect, and so has
    /// it once.
    IdempotencyKey
}

/// Digits and letters that cannot be taken for one another, neither written nor read out.
const ALPHABET: &[u8; 29] = b"23456789abcdefghjkmnpqrtvwxyz";

impl TraceId {
    /// A new random name, 58 bits of it, in three groups of four.
    pub fn random() -> Self {
        let mut name = String::with_capacity(14);
        for position in 0..12 {
            if position > 0 && position % 4 == 0 {
                name.push('-');
            }
            name.push(char::from(ALPHABET[fastrand::usize(..ALPHABET.len())]));
        }
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_is_three_groups_of_four() {
        let id = TraceId::random();
        let groups: Vec<&str> = id.as_str().split('-').collect();
        assert_eq!(groups.len(), 3);
        assert!(groups.iter().all(|group| group.len() == 4), "{id}");
    }

    #[test]
    fn two_trace_ids_differ() {
        assert_ne!(TraceId::random(), TraceId::random());
    }
}
