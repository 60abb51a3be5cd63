//! What was said about a tool where the agent is built.

use std::time::Duration;

use serde::Serialize;

/// What was said about a tool where the agent is built, by [`ToolExt`](crate::ToolExt). Serialises without what was left unsaid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of its own, said or not")]
pub struct Modifiers {
    /// How long the tool may take before the caller is told that it did not work; the gateway has a default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
    /// Whether doing it twice is as good as doing it once, so that it may be tried again or given up in the middle.
    #[serde(skip_serializing_if = "is_false")]
    pub idempotent: bool,
    /// Whether the tool only reads, and so is idempotent, too. Every other tool has an *effect*.
    #[serde(skip_serializing_if = "is_false")]
    pub read_only: bool,
    /// What the caller hears, one after the other, when the tool takes its time; empty: phrases of the agent's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<String>,
    /// How long it is quiet before the first of these phrases; the ladder has a default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_after: Option<Duration>,
    /// Whether a call that takes long is answered as pending, and goes on behind the talk.
    #[serde(skip_serializing_if = "is_false")]
    pub detach: bool,
    /// What stops a call in the middle, beside its deadline.
    #[serde(skip_serializing_if = "Cancel::is_never")]
    pub cancel: Cancel,
    /// What a caller must be permitted before the tool runs; nobody is unless a policy says so. Empty: everybody may.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// What must be read back to the caller, and be affirmed by them, before the tool runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Whether the company can do without the tool for a while: it is switched off in a degradation.
    #[serde(skip_serializing_if = "is_false")]
    pub optional: bool,
    /// The system that the tool leans on. Tools of one backend share a circuit breaker; `None`: the tool has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// How many calls of the tool may run at once, of all phone calls together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<usize>,
    /// For how long the stored result of an effect answers the same call again; the gateway has a default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
}

/// What stops a tool call in the middle, beside its deadline. Serialises in snake case.
///
/// ```
/// use switchboard_agent::Cancel;
///
/// assert!(Cancel::BargeIn.at_hang_up() && !Cancel::HangUp.at_barge_in());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancel {
    /// Nothing: what has begun is brought to its end.
    #[default]
    Never,
    /// The caller hangs up.
    HangUp,
    /// The caller hangs up, or speaks over the agent while the tool runs.
    BargeIn,
}

impl Cancel {
    /// Whether a call is stopped when the caller hangs up.
    pub fn at_hang_up(self) -> bool {
        self >= Self::HangUp
    }

    /// Whether a call is stopped when the caller speaks over the agent.
    pub fn at_barge_in(self) -> bool {
        self == Self::BargeIn
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_never(&self) -> bool {
        *self == Self::Never
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_was_said_is_written() {
        let said = Modifiers {
            read_only: true,
            cancel: Cancel::HangUp,
            holds: vec!["One moment.".into()],
            ..Modifiers::default()
        };
        let expected = json!({ "read_only": true, "holds": ["One moment."], "cancel": "hang_up" });
        assert_eq!(serde_json::to_value(said).unwrap(), expected);
        assert_eq!(serde_json::to_value(Modifiers::default()).unwrap(), json!({}));
    }

    #[test]
    fn what_stops_at_a_barge_in_stops_at_the_hang_up_too() {
        let stops = |cancel: Cancel| (cancel.at_hang_up(), cancel.at_barge_in());
        assert_eq!(stops(Cancel::Never), (false, false));
        assert_eq!(stops(Cancel::HangUp), (true, false));
        assert_eq!(stops(Cancel::BargeIn), (true, true));
    }
}
