//! What follows from an `error` event: which event of ours it is about, and what to do instead.

use std::time::{Duration, Instant};

use super::{Conversation, Sent};
use crate::input::Refusal;
use crate::names::RequestId;
use crate::output::Report;

/// Codes that only a `session.update` earns, or that are a bug wherever they come up: without an event id they are taken for
/// the update that is in flight.
const OF_AN_UPDATE: &[&str] = &[
    "array_above_max_length",
    "cannot_update_voice",
    "invalid_type",
    "invalid_value",
    "missing_required_parameter",
    "string_above_max_length",
    "unknown_parameter",
];

/// Codes after which asking again is of no use.
const FATAL: &[&str] = &[
    "account_deactivated",
    "billing_hard_limit_reached",
    "insufficient_quota",
    "invalid_api_key",
    "model_not_found",
];

/// Codes that tell what we know already: the item or response is gone.
const HARMLESS: &[&str] = &[
    "input_audio_buffer_commit_empty",
    "item_delete_invalid_item_id",
    "item_truncate_invalid_item_id",
];

/// Whether asking again is of no use.
pub(super) fn fatal(code: &str) -> bool {
    FATAL.contains(&code)
}

/// Whether waiting helps.
pub(super) fn rate_limited(code: &str) -> bool {
    matches!(code, "rate_limit_exceeded" | "inference_rate_limit_exceeded")
}

/// Whether it may be different the next time.
fn passing(code: &str) -> bool {
    rate_limited(code) || code == "server_error"
}

impl Conversation {
    pub(super) fn refused(&mut self, refusal: &Refusal, now: Instant) {
        let code = refusal.code.as_str();
        let about = refusal.event.as_ref().and_then(|event| {
            self.sent.iter().rev().find(|(sent, _)| sent == event).map(|(_, about)| about.clone())
        });
        match about {
            Some(Sent::Say) if passing(code) => return self.saying.refused_once(),
            Some(Sent::Render) if passing(code) => return self.rendering.failed(),
            Some(Sent::Say | Sent::Render) => {
                self.saying.refused();
                return self.rendering.refused();
            }
            _ => {}
        }
        if code == "session_expired" {
            return self.lost("the model's session has expired", now);
        }
        if fatal(code) {
            return self
                .fail(&format!("the model ended the session: {code}: {}", refusal.message), now);
        }
        if code == "conversation_already_has_active_response" {
            let request = match about {
                Some(Sent::Request(request)) => Some(request),
                _ => None,
            };
            return self.request_refused(request, now);
        }
        if code == "invalid_tool_call_id" {
            if let Some(again) = self.calls.refused(refusal.event.as_ref()) {
                self.answer_as_pair(again);
            }
            return;
        }
        match about {
            Some(Sent::Update) => {}
            Some(Sent::Request(request)) => return self.request_failed(request, code, now),
            Some(Sent::Truncate(item)) if code == "unsupported_content_type" => {
                return self.delete(item);
            }
            Some(Sent::Cancel(response)) if code == "response_cancel_not_active" => {
                return self.not_running(&response, now);
            }
            Some(Sent::Truncate(_) | Sent::Delete | Sent::Cancel(_)) => return,
            // Without a name it may be about any cancel of ours; only one is a question.
            None if code == "response_cancel_not_active" => return self.stalled_not_running(now),
            _ if HARMLESS.contains(&code) => return,
            _ => {}
        }
        let reason = format!("{code}: {}", refusal.message);
        if let Some(settled) =
            self.handoff.doubt(refusal.event.as_ref(), OF_AN_UPDATE.contains(&code), &reason, now)
        {
            return self.settled(settled, now);
        }
        self.report(Report::Unexpected { code: code.to_owned(), message: refusal.message.clone() });
    }

    /// Another response runs: ours waits for its end, and is asked for again if it is still owed then.
    fn request_refused(&mut self, request: Option<RequestId>, now: Instant) {
        let Some(request) = self.turn.refused_active(request, now) else { return };
        if self.filler.is(request) {
            self.filler.over();
            // What was taken for the phrase is the server's own, and answers what its context holds.
            if let Some(active) = self.turn.active().cloned() {
                if let Some(known) = self.response(&active) {
                    known.filler = None;
                }
                self.debts.created(&active, None);
            }
            return;
        }
        if self.debts.refused(request, self.turn.active()) {
            self.apologise("the model was never free to answer");
        }
    }

    fn request_failed(&mut self, request: RequestId, code: &str, now: Instant) {
        let Some(request) = self.turn.refused(request) else { return };
        if self.filler.is(request) {
            return self.filler.over();
        }
        let least = if rate_limited(code) { self.rate_limit() } else { Duration::ZERO };
        if self.debts.request_failed(request, least, now) {
            self.apologise(&format!("the model refused response.create: {code}"));
        }
    }
}
