//! The rows of the audit log.

use std::convert::Infallible;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// What a row is about. In JSON and on the command line a word, such as `tool_call`.
#[derive(Debug, Clone, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum AuditKind {
    /// The model called a tool: `tool_call`.
    ToolCall,
    /// The policies were loaded again: `policy_reload`.
    PolicyReload,
    /// The degraded mode was switched on or off: `degradation`.
    Degradation,
    /// A person was asked to approve a call, approved or refused it, or let it expire: `approval`.
    Approval,
    /// Anything else, by its word.
    Other(String),
}

/// What there is to be recorded. An absent field is one that the event does not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// What it is about.
    pub kind: AuditKind,
    /// The phone call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The caller, as well as they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Whose caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The agent that called the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The model's name for this tool call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// What the log says more under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The arguments, secrets already taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Value>,
    /// What was decided, such as `allowed`.
    pub decision: String,
    /// What came of it, such as `ok` or an error code.
    pub outcome: String,
    /// How long it took. Kept, and written in JSON as `took_us`, in whole microseconds.
    #[serde(
        default,
        rename = "took_us",
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_microseconds",
        deserialize_with = "from_microseconds"
    )]
    pub took: Option<Duration>,
    /// The person who did it, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Anything more, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// One row of the audit log, as it stands there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditRow {
    /// Its number, counted from 1 without a gap.
    pub seq: u64,
    /// When it was handed in, in whole microseconds.
    #[serde(serialize_with = "with_six_digits")]
    pub at: Timestamp,
    /// What was recorded.
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// SHA-256 over the previous row's hash and this row, 64 hexadecimal digits.
    pub hash: String,
}

impl AuditEntry {
    /// An entry with nothing but what every entry has.
    pub fn new(kind: AuditKind, decision: impl Into<String>, outcome: impl Into<String>) -> Self {
        Self {
            kind,
            call: None,
            caller: None,
            tenant: None,
            agent: None,
            tool: None,
            call_id: None,
            trace_id: None,
            arguments: None,
            decision: decision.into(),
            outcome: outcome.into(),
            took: None,
            by: None,
            detail: None,
        }
    }
}

impl AuditKind {
    /// The word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ToolCall => "tool_call",
            Self::PolicyReload => "policy_reload",
            Self::Degradation => "degradation",
            Self::Approval => "approval",
            Self::Other(word) => word,
        }
    }
}

/// Two with the same word are the same, however they were made.
impl PartialEq for AuditKind {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Hash for AuditKind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl From<String> for AuditKind {
    fn from(word: String) -> Self {
        [Self::ToolCall, Self::PolicyReload, Self::Degradation, Self::Approval]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .unwrap_or(Self::Other(word))
    }
}

impl From<AuditKind> for String {
    fn from(kind: AuditKind) -> Self {
        kind.as_str().to_owned()
    }
}

impl FromStr for AuditKind {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(word.to_owned().into())
    }
}

impl fmt::Display for AuditKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Always six digits after the second, so that the text sorts as the time does.
pub(crate) fn with_six_digits<S: Serializer>(
    at: &Timestamp,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.6}"))
}

#[expect(clippy::ref_option, reason = "serde hands the field over like this")]
fn as_microseconds<S: Serializer>(
    took: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    took.map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX)).serialize(serializer)
}

fn from_microseconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_micros))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_is_the_same_after_a_round_trip_through_its_word() {
        for word in ["tool_call", "policy_reload", "degradation", "approval", "moon_landing"] {
            let kind: AuditKind = word.parse().unwrap();
            assert_eq!(kind.to_string(), word);
            assert_eq!(matches!(kind, AuditKind::Other(_)), word == "moon_landing");
        }
    }

    #[test]
    fn a_row_in_json_is_flat_and_has_what_the_event_has() {
        let mut entry = AuditEntry::new(AuditKind::ToolCall, "allowed", "ok");
        entry.tool = Some("make_payment".into());
        entry.took = Some(Duration::from_millis(12));
        let at = Timestamp::from_second(0).unwrap();
        let row = AuditRow { seq: 1, at, entry, hash: "ab".into() };
        let expected = json!({
            "seq": 1, "at": "1970-01-01T00:00:00.000000Z", "kind": "tool_call", "tool": "make_payment",
            "decision": "allowed", "outcome": "ok", "took_us": 12_000, "hash": "ab",
        });
        assert_eq!(serde_json::to_value(row).unwrap(), expected);
    }
}
