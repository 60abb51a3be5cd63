//! How a call ends: after its last word, or with the recorded apology.

use std::time::{Duration, Instant};

use switchboard_realtime::ItemId;

use super::Conversation;
use crate::debt::Owed;
use crate::ending::Ending;
use crate::output::{Output, Report};
use crate::saying::Saying;

impl Conversation {
    /// Hangs up once nothing is left to say and the last of it has been heard.
    pub(super) fn end(&mut self, now: Instant) {
        if self.ending.live() || self.ending.over() {
            return;
        }
        let failed = self.ending.failed();
        let saying =
            !failed && (self.turn.busy() || self.debts.owes(&Owed::Goodbye) || self.turn.callers());
        if saying || self.playback.speaking() {
            self.ending.busy();
            return;
        }
        let (ear, marked) = (self.playback.ends_at(), !self.playback.awaits_mark());
        if let Some(reason) = self.ending.quiet(ear, marked, self.setup.timings.flush, now) {
            self.hang_up(reason);
        }
    }

    /// The model cannot go on: the caller hears the recorded apology, then the line is closed.
    pub(super) fn fail(&mut self, reason: &str, now: Instant) {
        if self.ending.failed() {
            return;
        }
        let goodbye_said = !self.ending.live() && !self.debts.owes(&Owed::Goodbye);
        self.ready = false;
        if let Some(active) = self.turn.active().cloned() {
            self.playback.interrupt(&active);
            self.outputs.push_back(Output::Drop(active));
        }
        self.turn.lost();
        self.filler.over();
        self.saying = Saying::default();
        self.outputs.push_back(Output::Disconnect);
        self.debts.forgive(|_| true);
        self.playback.complete_all();
        self.ending.close(reason, true, now);
        if !goodbye_said {
            self.apologise(reason);
        }
    }

    /// The caller hears the recorded apology; the call goes on if the model does.
    pub(super) fn apologise(&mut self, reason: &str) {
        let item = self.names.item();
        self.playback.begun(None, &item, "", false);
        self.outputs.push_back(Output::Apologise { item, generation: self.playback.generation() });
        self.report(Report::Apologised { reason: reason.to_owned() });
    }

    /// Audio of our own went out, or could not.
    pub(super) fn played(
        &mut self,
        item: &ItemId,
        length: Duration,
        generation: u32,
        now: Instant,
    ) {
        if self.setup.audio.is_none() {
            self.holding.seen(now);
        }
        if length.is_zero() && self.setup.audio.is_some() {
            self.holding.missing(item);
        }
        if !length.is_zero() {
            self.playback.sent(item, length, generation, now);
        }
        self.playback.complete(item);
    }

    pub(super) fn hang_up(&mut self, reason: String) {
        let failed = self.ending.failed();
        self.ending = Ending::Over;
        self.outputs.push_back(Output::HangUp { reason, failed });
    }
}
