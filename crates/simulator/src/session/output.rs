//! What a session wants done, and how it says its events.

use std::time::Duration;

use serde_json::Value;
use switchboard_realtime::ItemId;
use switchboard_realtime::{ErrorEvent, EventId, RateLimitsUpdated, ResponseId, ServerEvent};

use super::Session;
use crate::faults::Moment;
use crate::refusal::Refusal;
use crate::voice::Utterance;

/// Every how many events an unknown field is added, where that is asked for.
const EXTRA_FIELD_EVERY: u64 = 5;
/// Every how many events an unknown event is put in.
const EXTRA_EVENT_EVERY: u64 = 11;

/// Something for the driver to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Output {
    /// Send this frame.
    Send(String),
    /// Have this said, and hand it to [`Session::spoken`].
    Speak { response: ResponseId, utterance: Utterance },
    /// Have these 16 kHz samples recognised, and hand the words to [`Session::recognised`].
    Recognise { item: ItemId, samples: Vec<i16> },
    /// Close the connection; nothing follows.
    Close { code: u16, reason: String },
    /// Drop the connection without closing it; nothing follows.
    Abort,
    /// Reset the connection; nothing follows.
    Reset,
    /// Leave the connection open and send nothing more over it, not even a pong; nothing follows.
    Mute,
}

impl Output {
    /// Whether nothing follows it.
    pub(crate) fn is_the_end(&self) -> bool {
        matches!(self, Self::Close { .. } | Self::Abort | Self::Reset | Self::Mute)
    }
}

impl Session {
    /// Sends an event under an id of its own.
    pub(super) fn emit(&mut self, event: ServerEvent) {
        let event = event.with_event_id(EventId::from(self.ids.next("event")));
        self.send(event.encode());
        self.met_event(Moment::Sent(event.kind()));
    }

    /// Sends an event that has the session as it is.
    pub(super) fn emit_session(&mut self, kind: &str) {
        let id = self.ids.next("event");
        let frame =
            format!(r#"{{"type":"{kind}","event_id":"{id}","session":{}}}"#, self.config.json());
        self.send(frame);
        self.met_event(Moment::Sent(kind));
    }

    /// Sends an event that no client knows.
    pub(super) fn emit_unknown(&mut self) {
        let id = self.ids.next("event");
        self.push(Output::Send(format!(
            r#"{{"type":"simulator.weather","event_id":"{id}","sky":"clear"}}"#
        )));
    }

    fn send(&mut self, mut frame: String) {
        self.sent += 1;
        if self.settings.unknown_extras {
            if self.sent.is_multiple_of(EXTRA_EVENT_EVERY) {
                self.emit_unknown();
            }
            if self.sent.is_multiple_of(EXTRA_FIELD_EVERY) && frame.pop() == Some('}') {
                frame.push_str(r#","simulator_extra":{"why":"the protocol grows"}}"#);
            }
        }
        self.push(Output::Send(frame));
    }

    /// Queues an output, unless the connection is over.
    pub(super) fn push(&mut self, output: Output) {
        if self.is_over {
            return;
        }
        self.is_over = output.is_the_end();
        self.outbox.push_back(output);
    }

    /// Sends an error, which names the client event at fault unless told not to.
    pub(super) fn refuse(&mut self, refusal: Refusal, event_id: Option<&str>) {
        let named = event_id.filter(|_| self.echo_event_ids).map(EventId::from);
        self.emit(ServerEvent::Error(ErrorEvent {
            event_id: None,
            error: refusal.into_body(named),
        }));
    }

    /// Says that nothing is left of the budget, for so long.
    pub(super) fn tell_used_up(&mut self, reset: Duration) {
        let rate_limits = vec![self.budget.used_up(reset)];
        self.emit(ServerEvent::RateLimitsUpdated(RateLimitsUpdated {
            event_id: None,
            rate_limits,
        }));
    }

    /// Says what is left of the budget.
    pub(super) fn tell_limits(&mut self, spent: u64, now: Duration) {
        let rate_limits = vec![self.budget.spend(spent, now)];
        self.emit(ServerEvent::RateLimitsUpdated(RateLimitsUpdated {
            event_id: None,
            rate_limits,
        }));
    }
}

/// The client's id of an event, whatever else is wrong with it.
pub(super) fn event_id_of(event: &Value) -> Option<String> {
    event.get("event_id").and_then(Value::as_str).map(str::to_owned)
}
