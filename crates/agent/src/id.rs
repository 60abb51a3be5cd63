//! An agent's name.

use std::fmt;

use serde::{Serialize, Serializer};

/// The name of an agent, by which other agents hand off to it.
///
/// An id is a constant of the agent's module, so a handoff names a Rust item and not a string. It has lower-case letters, digits,
/// `_` and `-`, begins with a letter and has at most [`AgentId::MAX_LENGTH`] characters; [`Roster::new`](crate::Roster::new) says
/// so if one does not.
///
/// ```
/// use switchboard_agent::AgentId;
///
/// pub const ID: AgentId = AgentId::new("billing");
/// assert_eq!(ID.transfer_tool(), "transfer_to_billing");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentId(&'static str);

impl AgentId {
    /// The most characters an id may have: with `transfer_to_` before it, it must still be a legal tool name.
    pub const MAX_LENGTH: usize = crate::name::MAX_LENGTH - TRANSFER_PREFIX.len();

    /// Names an agent.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name as text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The name of the tool with which other agents hand the caller to this one: `transfer_to_` and the id.
    pub fn transfer_tool(self) -> String {
        format!("{TRANSFER_PREFIX}{}", self.0)
    }

    /// Whether the name may be used, by the rules above.
    pub(crate) fn is_legal(self) -> bool {
        let all_legal =
            self.0.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        all_legal
            && self.0.len() <= Self::MAX_LENGTH
            && self.0.starts_with(|first: char| first.is_ascii_lowercase())
    }
}

/// What the name of every transfer tool begins with.
pub(crate) const TRANSFER_PREFIX: &str = "transfer_to_";

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl Serialize for AgentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lower_case_names_are_legal() {
        for name in ["billing", "front-desk", "line_2"] {
            assert!(AgentId::new(name).is_legal(), "{name}");
        }
    }

    #[test]
    fn names_that_cannot_be_part_of_a_tool_name_are_not() {
        for name in ["", "Billing", "2nd", "front desk", "büro", "-", "a/b"] {
            assert!(!AgentId::new(name).is_legal(), "{name}");
        }
    }

    #[test]
    fn the_longest_legal_id_makes_a_transfer_tool_of_64_characters() {
        const LONGEST: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        let id = AgentId::new(LONGEST);
        assert!(id.is_legal());
        assert_eq!(id.transfer_tool().len(), 64);
    }
}
