//! What operators see of admission: the degradation, the backends, the tools' places.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// Why tools marked `.optional()` are switched off at the moment, if they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Degradation {
    /// An operator wants it so.
    pub on_by_operator: Option<SwitchedOn>,
    /// The backends that are broken, by name, sorted: those whose [`BackendState`] is not closed.
    pub open_backends: Vec<String>,
}

impl Degradation {
    /// Whether optional tools are switched off.
    pub fn is_on(&self) -> bool {
        self.on_by_operator.is_some() || !self.open_backends.is_empty()
    }
}

/// Who switched optional tools off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SwitchedOn {
    /// The operator.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    /// When.
    pub since: Timestamp,
}

/// How a backend is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackendState {
    /// Its name: a tool's `.backend("…")`, or the name of a tool that has none.
    pub backend: String,
    /// What its circuit breaker does.
    pub state: BreakerState,
    /// Failures within the breaker's window.
    pub failures: u32,
    /// Until a call may probe it; zero when the next one will. None while one does, and of a
    /// closed breaker.
    #[serde(rename = "next_probe_ms", serialize_with = "milliseconds")]
    pub next_probe: Option<Duration>,
}

/// What a circuit breaker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// It lets calls through, as far as anybody knows: a backend that was broken and that nobody has asked for in a long while shows as
    /// this, too, and the next call finds out.
    Closed,
    /// It refuses calls: the backend is broken.
    Open,
    /// It lets one call at a time through, to see whether the backend is back.
    HalfOpen,
}

/// A breaker went from closed to open, or back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerChange {
    /// The backend's name.
    pub backend: String,
    /// Whether it is broken now; otherwise it is back.
    pub open: bool,
}

/// How busy a tool is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolState {
    /// Its name.
    pub tool: String,
    /// Calls that run.
    pub running: usize,
    /// Calls that wait for their turn.
    pub queued: usize,
    /// How many may run at once, at the moment.
    pub limit: usize,
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn milliseconds<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration
        .map(|duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
        .serialize(serializer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn optional_tools_are_off_by_an_operator_or_a_broken_backend() {
        let on_by_operator = Some(SwitchedOn {
            by: "ann".into(),
            reason: "the ledger is slow".into(),
            since: Timestamp::UNIX_EPOCH,
        });
        assert!(!Degradation::default().is_on());
        assert!(Degradation { on_by_operator, ..Degradation::default() }.is_on());
        let open_backends = vec!["ledger".into()];
        assert!(Degradation { open_backends, ..Degradation::default() }.is_on());
    }

    #[test]
    fn a_backend_is_shown_with_milliseconds() {
        let state = BackendState {
            backend: "ledger".into(),
            state: BreakerState::HalfOpen,
            failures: 5,
            next_probe: Some(Duration::from_millis(1_500)),
        };
        let shown = json!({
            "backend": "ledger", "state": "half_open", "failures": 5, "next_probe_ms": 1500,
        });
        assert_eq!(serde_json::to_value(state).unwrap(), shown);
    }
}
