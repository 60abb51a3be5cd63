//! A call as the directory knows it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;

use crate::call_log::CallLog;
use crate::line::LineProfile;

/// Names one call in the directory, the log and the list of calls: `call-7hqm2xkd9wtb`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionId(String);

/// Digits and letters that cannot be taken for one another.
const ALPHABET: &[u8; 29] = b"23456789abcdefghjkmnpqrtvwxyz";

impl SessionId {
    /// A new random one: 58 bits, so that nobody finds a call by guessing.
    pub(crate) fn random() -> Self {
        let letters = (0..12).map(|_| char::from(ALPHABET[fastrand::usize(..ALPHABET.len())]));
        Self(format!("call-{}", letters.collect::<String>()))
    }

    /// The id as it stands in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// The model is being reached.
    Dialling,
    /// Caller and agent talk.
    Up,
    /// It is over.
    Ended,
}

/// A call in the list of calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallSummary {
    /// Its id.
    pub id: String,
    /// The agent that has it.
    pub agent: String,
    /// The caller's number in E.164, where the line knows it.
    pub caller: Option<String>,
    /// The kind of line.
    pub line: &'static str,
    /// The call's id in the line's own world (Twilio's `CallSid`), where it has one: the audit log names calls by it.
    pub reference: Option<String>,
    /// When it came in, RFC 3339 in UTC.
    pub started_at: String,
    /// How far it is.
    pub state: CallState,
}

/// A call: what the directory, the session's actor and its supervisor share.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: SessionId,
    pub(crate) profile: LineProfile,
    pub(crate) began: Instant,
    pub(crate) log: CallLog,
    started_at: Timestamp,
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    agent: String,
    state: CallState,
}

impl Call {
    pub(crate) fn new(profile: LineProfile, agent: String) -> Self {
        Self {
            id: SessionId::random(),
            profile,
            began: Instant::now(),
            log: CallLog::new(),
            started_at: Timestamp::now(),
            now: Mutex::new(Now { agent, state: CallState::Dialling }),
        }
    }

    pub(crate) fn set(&self, agent: &str, state: CallState) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        agent.clone_into(&mut now.agent);
        now.state = state;
    }

    pub(crate) fn summary(&self) -> CallSummary {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        CallSummary {
            id: self.id.to_string(),
            agent: now.agent.clone(),
            caller: self.profile.caller.clone(),
            line: self.profile.kind,
            reference: self.profile.reference.clone(),
            started_at: self.started_at.to_string(),
            state: now.state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Media;

    #[test]
    fn a_call_is_listed_with_the_id_that_its_line_has_for_it() {
        let profile = LineProfile {
            kind: "twilio",
            caller: Some("+15550100".to_owned()),
            called: None,
            reference: Some("CA1".to_owned()),
            media: Media::Text,
        };
        let summary = Call::new(profile, "host".to_owned()).summary();
        assert_eq!(summary.reference.as_deref(), Some("CA1"));
        assert_ne!(summary.id, "CA1");
    }
}
