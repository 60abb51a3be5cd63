//! What follows from a lost link: what is kept, what a new one begins with, and when there is none any more.

use std::time::{Duration, Instant};

use switchboard_realtime::{ItemId, ResponseId};

use super::{Conversation, Sent, Stage};
use crate::debt::{Outcome, Owed};
use crate::output::{Entry, Output, Report};

/// So many bytes of what was said and done are restored: some eight thousand tokens.
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
        let active = self.turn.active().cloned();
        self.lost_in(reason, active.as_ref(), now);
    }

    /// The same, in the middle of this response.
    pub(super) fn lost_in(&mut self, reason: &str, active: Option<&ResponseId>, now: Instant) {
        if self.ending.failed() || self.ending.over() || self.link.waits() {
            return;
        }
        let timings = &self.setup.timings;
        let budget = if self.begun { timings.redial } else { timings.first_update };
        // A call that is ending, with its goodbye said, needs no model any more.
        let over = !self.ending.live() && !self.debts.owes(&Owed::Goodbye);
        if over || !self.link.lost(budget, now) {
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
        self.unwritten.clear();
        self.break_off(active, now);
        self.turn.lost();
        if let Some(text) = self.filler.lost() {
            self.saying.push(text);
        }
        self.saying.lost();
        self.rendering.lost();
        self.calls.lost();
        self.handoff.lost();
        self.sent.clear();
        self.rate_reset = Duration::ZERO;
        self.outputs.push_back(Output::Disconnect);
    }

    /// What was being said ends where the link did; the caller hears what has come of it.
    fn break_off(&mut self, active: Option<&ResponseId>, now: Instant) {
        let (whole, broken) = self.playback.lost(active);
        let mut said = None;
        if let Some(active) = active {
            self.outputs.push_back(Output::Drop(active.clone()));
            let unfinished =
                self.response(active).is_some_and(|known| !known.unfinished.is_empty());
            if whole && !unfinished {
                said = Some(active);
            } else if self.calls.made_by(active) {
                self.debts.done(active, None, &Outcome::Called, now);
            }
        }
        let phrase = active.is_some_and(|active| self.says_phrase(active));
        for response in &mut self.responses {
            response.stage = Stage::Done;
        }
        self.debts.lost(said);
        if broken.is_some() && !phrase {
            self.broken_off = broken;
        }
    }

    /// The new link is set to the agent that has the call: it is told what was said and done, then what is owed is paid.
    pub(super) fn restore(&mut self, now: Instant) {
        self.ready = true;
        let note = self.renewed();
        let mut last = self.create(Entry::System(note), Sent::Item);
        for entry in self.restored() {
            last = self.create(entry, Sent::Item);
        }
        for (item, words) in self.being_said() {
            last = self.create(Entry::Agent(words), Sent::Item);
            self.carried.push((item, last.clone()));
        }
        if let Some(undone) = self.undone() {
            last = self.create(Entry::System(undone), Sent::Item);
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

    /// The words that are still on their way to the ear.
    fn being_said(&mut self) -> Vec<(ItemId, String)> {
        self.carried.clear();
        let said = self.playback.being_said();
        let answers = said.filter(|(_, response, _)| !self.says_phrase(response));
        answers.map(|(item, _, words)| (item.clone(), words.to_owned())).collect()
    }

    /// What was said and done, under ids of the new conversation. Not the
    /// reply that was cut off: as an item it would look like the answer that is still owed.
    fn restored(&mut self) -> Vec<Entry> {
        let mut entries = self.transcript.restored(RESTORED, self.broken_off.as_ref());
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
    fn renewed(&self) -> String {
        if self.debts.owes(&Owed::Greeting) {
            return "The connection was renewed at the beginning of this call. Nobody has been greeted yet.".to_owned();
        }
        "The connection was renewed in the middle of this call. What follows was said and done before. Go on from there; do not \
         greet, and do not mention it."
            .to_owned()
    }

    /// What of it was left undone, in words of ours only: what a model or a caller said has no authority here.
    fn undone(&self) -> Option<String> {
        let mut notes = Vec::new();
        let pending: Vec<&str> = self.calls.pending().collect();
        if !pending.is_empty() {
            let pending = pending.join(", ");
            notes.push(format!("Still running, with a result that comes by itself: {pending}."));
        }
        if self.broken_off.is_some() && !self.debts.owes(&Owed::Greeting) {
            let cut = "Your last reply was cut off in the middle. Say it again from its beginning.";
            notes.push(cut.to_owned());
        }
        (!notes.is_empty()).then(|| notes.join(" "))
    }
}
