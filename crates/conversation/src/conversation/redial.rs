//! What follows from a lost link: what is kept, what a new one begins with, and when there is none any more.

use std::time::{Duration, Instant};

use super::{Conversation, Sent, Stage};
use crate::debt::{Outcome, Owed};
use crate::output::{Entry, Output, Report};

/// About so many characters of what was said and done are restored: some eight thousand tokens.
const RESTORED: usize = 32_000;
/// Audio of a caller who may have spoken during so long a gap is listened to before anybody speaks.
const LONG: Duration = Duration::from_secs(1);
/// An attempt to reach the model that has its own end is given up this much after it.
const GRACE: Duration = Duration::from_millis(500);

impl Conversation {
    /// The model was reached: it is told who has the call.
    pub(super) fn connected(&mut self, now: Instant) {
        self.link.connected(now);
        let (to, brief) = self.handoff.wanted();
        self.update_agent(to, brief, now);
    }

    /// How long an attempt to reach the model may take at the most.
    pub(super) fn attempt(&self) -> Duration {
        if self.begun { self.setup.timings.attempt + GRACE } else { self.setup.timings.dial }
    }

    /// The link is gone. What ran on it is over, and everything else goes on over the next one.
    pub(super) fn lost(&mut self, reason: &str, now: Instant) {
        if self.ending.failed() || self.ending.over() || self.link.waits() {
            return;
        }
        let timings = &self.setup.timings;
        let budget = if self.begun { timings.redial } else { timings.first_update };
        if !self.ending.live() || !self.link.lost(budget, now) {
            return self.fail(reason, now);
        }
        self.begin_waiting(now);
        if self.ready {
            self.report(Report::LinkLost { reason: reason.to_owned() });
        }
        self.ready = false;
        self.caller_was_heard |= self.turn.callers() || !self.unwritten.is_empty();
        if self.turn.caller_speaks() {
            self.holding.caller_silent(now);
        }
        self.break_off(now);
        self.turn.lost();
        self.filler.over();
        self.saying.lost();
        self.rendering.lost();
        self.calls.lost();
        self.handoff.lost();
        self.sent.clear();
        self.rate_reset = Duration::ZERO;
        self.outputs.push_back(Output::Disconnect);
    }

    /// What was being said ends where the link did; the caller hears what has come of it.
    fn break_off(&mut self, now: Instant) {
        let active = self.turn.active().cloned();
        let (whole, broken) = self.playback.lost(active.as_ref());
        if let Some(active) = &active {
            self.outputs.push_back(Output::Drop(active.clone()));
            if !whole && self.calls.made_by(active) {
                self.debts.done(active, None, &Outcome::Called, now);
            }
        }
        for response in &mut self.responses {
            response.stage = Stage::Done;
        }
        self.debts.lost(active.as_ref().filter(|_| whole));
        self.broken_off = broken.filter(|words| !words.trim().is_empty());
    }

    /// The new link is set to the agent that has the call: it is told what was said and done, then what is owed is paid.
    pub(super) fn restore(&mut self, now: Instant) {
        self.ready = true;
        let note = self.renewed();
        let mut last = self.create(Entry::System(note), Sent::Item);
        for entry in self.restored() {
            last = self.create(entry, Sent::Item);
        }
        self.outputs.push_back(Output::ReleaseAudio);
        let after = self
            .link
            .trouble()
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let listen = self.setup.audio.is_some() && (self.caller_was_heard || after > LONG);
        self.caller_was_heard = false;
        let not_before = if listen { now + self.setup.timings.settle } else { now };
        self.debts.restored(Some(&last), not_before);
        self.report(Report::Reconnected { after });
        for note in std::mem::take(&mut self.notes) {
            self.transcript.note(&note);
            let item = self.create(Entry::System(note), Sent::Item);
            self.debts.open(Owed::Handoff, Some(item), now);
        }
        for text in std::mem::take(&mut self.early) {
            self.caller_item(&text, now);
        }
    }

    /// What was said and done, with the words that are still on their way to the ear, under ids of the new conversation.
    fn restored(&mut self) -> Vec<Entry> {
        let mut entries = self.transcript.restored(RESTORED);
        entries.extend(self.playback.being_said().map(|words| Entry::Agent(words.to_owned())));
        let mut fresh = None;
        for entry in &mut entries {
            match entry {
                Entry::Call { call_id, .. } => {
                    *call_id = self.names.call();
                    fresh = Some(call_id.clone());
                }
                Entry::Output { call_id, .. } => {
                    if let Some(fresh) = fresh.take() {
                        *call_id = fresh;
                    }
                }
                _ => {}
            }
        }
        entries
    }

    /// What the model has to know of the new link.
    fn renewed(&mut self) -> String {
        let mut note = "The connection was renewed in the middle of this call. What follows was said and done before. Go on from \
                        there; do not greet, and do not mention it."
            .to_owned();
        let pending: Vec<&str> = self.calls.pending().collect();
        if !pending.is_empty() {
            note.push_str(" Still running, and its result will come by itself: ");
            note.push_str(&pending.join(", "));
            note.push('.');
        }
        if let Some(words) = self.broken_off.take() {
            note.push_str(" Your last reply was cut off after the words: \"");
            note.push_str(words.trim());
            note.push_str("\" Say it again from its beginning.");
        }
        note
    }
}
