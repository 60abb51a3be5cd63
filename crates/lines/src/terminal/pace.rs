//! When the next line of a pipe is due.
//!
//! A person waits for the answer before they go on; a pipe would say everything at once, and the agents would answer the
//! last of it. A line is due once the agents have said something after the one before, no tool runs, and nothing has
//! happened for a moment. Where no answer comes, it is due anyway after a while.

use std::time::Duration;

use switchboard_session::CallEvent;
use tokio::time::Instant;

/// After the agents' last word: they may go on, or hand the caller to another.
const SETTLED_AFTER: Duration = Duration::from_millis(700);
/// Without an answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Follows a call's events.
#[derive(Debug)]
pub(super) struct Pace {
    last: Instant,
    answer_owed: bool,
    tools_running: usize,
}

impl Pace {
    /// The call begins at `now`, with a greeting to come.
    pub(super) fn new(now: Instant) -> Self {
        Self { last: now, answer_owed: true, tools_running: 0 }
    }

    /// A line was sent at `now`.
    pub(super) fn said(&mut self, now: Instant) {
        self.last = now;
        self.answer_owed = true;
    }

    /// Something happened at `now`.
    pub(super) fn event(&mut self, event: &CallEvent, now: Instant) {
        self.last = now;
        match event {
            CallEvent::AgentSaid { .. } | CallEvent::Apologised { .. } => self.answer_owed = false,
            CallEvent::AgentSaying { .. } | CallEvent::HandedOff { .. } => self.answer_owed = true,
            CallEvent::ToolCalled { .. } => self.tools_running += 1,
            CallEvent::ToolAnswered { .. } => {
                self.tools_running = self.tools_running.saturating_sub(1);
                self.answer_owed = true;
            }
            _ => {}
        }
    }

    /// When the next line is due, unless something happens first.
    pub(super) fn ready_at(&self) -> Instant {
        let answered = !self.answer_owed && self.tools_running == 0;
        self.last + if answered { SETTLED_AFTER } else { PATIENCE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> CallEvent {
        CallEvent::AgentSaid {
            agent: "triage".to_owned(),
            text: "Yes.".to_owned(),
            interrupted: false,
        }
    }

    fn called() -> CallEvent {
        CallEvent::ToolCalled {
            agent: "triage".to_owned(),
            tool: "t".to_owned(),
            call_id: "c".to_owned(),
        }
    }

    fn answered() -> CallEvent {
        CallEvent::ToolAnswered {
            tool: "t".to_owned(),
            call_id: "c".to_owned(),
            outcome: "ok".to_owned(),
            took_ms: 1,
            trace_id: "1".to_owned(),
        }
    }

    fn waits(events: &[CallEvent]) -> Duration {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        for event in events {
            pace.event(event, now);
        }
        pace.ready_at() - now
    }

    #[test]
    fn a_line_is_due_soon_after_an_answer() {
        assert_eq!(waits(&[said()]), SETTLED_AFTER);
        assert_eq!(waits(&[called(), answered(), said()]), SETTLED_AFTER);
    }

    #[test]
    fn a_line_waits_while_more_is_to_come() {
        let handed_off = CallEvent::HandedOff {
            from: "a".to_owned(),
            to: "b".to_owned(),
            reason: "r".to_owned(),
        };
        let saying = CallEvent::AgentSaying { agent: "triage".to_owned(), delta: "Ye".to_owned() };

        assert_eq!(waits(&[]), PATIENCE);
        assert_eq!(waits(&[said(), called()]), PATIENCE);
        assert_eq!(waits(&[said(), called(), answered()]), PATIENCE);
        assert_eq!(waits(&[said(), handed_off]), PATIENCE);
        assert_eq!(waits(&[said(), saying]), PATIENCE);
    }

    #[test]
    fn a_line_that_was_sent_wants_an_answer() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        pace.event(&said(), now);
        pace.said(now + SETTLED_AFTER);

        assert_eq!(pace.ready_at(), now + SETTLED_AFTER + PATIENCE);
    }
}
