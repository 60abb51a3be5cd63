//! The caller's side: what they type and dial, and what is cut when they speak over an agent.

use std::time::Instant;

use switchboard_realtime::ItemId;

use super::{Conversation, EARLY, Sent};
use crate::debt::Owed;
use crate::output::{Entry, ModelCommand, Output, Report};
use crate::playback::Heard;

impl Conversation {
    /// A whole turn of the caller in writing: stops what is being said, and is answered.
    pub(super) fn typed(&mut self, text: &str, now: Instant) {
        if text.trim().is_empty() {
            return;
        }
        self.interrupt(now);
        if let Some(active) = self.turn.active().cloned()
            && !self.turn.is_cancelling()
        {
            self.cancel(&active);
            self.turn.cancelling(now);
        }
        self.turn.overtaken();
        self.holding.caller_silent(now);
        self.report(Report::CallerSaid { text: text.to_owned() });
        self.caller_item(text, now);
    }

    /// A key of the phone.
    pub(super) fn dialled(&mut self, key: char, now: Instant) {
        self.holding.caller_silent(now);
        if let Some(dialled) = self.digits.press(key, now) {
            self.dialled_all(&dialled, now);
        }
    }

    pub(super) fn dialled_all(&mut self, dialled: &str, now: Instant) {
        self.report(Report::CallerDialled { digits: dialled.to_owned() });
        self.caller_item(&format!("The caller dialled {dialled} on the keypad."), now);
    }

    pub(super) fn caller_item(&mut self, text: &str, now: Instant) {
        if self.ending.failed() {
            return;
        }
        self.call_off();
        self.handoff.turn();
        self.nudged = 0;
        if !self.ready {
            self.early.push(text.to_owned());
            self.early.truncate(EARLY);
            return;
        }
        let item = self.create(Entry::Caller(text.to_owned()), Sent::Item);
        self.transcript.caller_words(&item, text);
        self.debts.open(Owed::Turn, Some(item), now);
    }

    /// The caller spoke during the goodbye: the call goes on, and owes none.
    pub(super) fn call_off(&mut self) {
        if self.ending.call_off() {
            self.debts.forgive(|owed| *owed == Owed::Goodbye);
        }
    }

    /// Silences the line: what was not heard was not said.
    pub(super) fn interrupt(&mut self, now: Instant) {
        if let Some(beside) = self.saying.give_way() {
            self.playback.interrupt(&beside);
            self.outputs.push_back(Output::Drop(beside.clone()));
            self.cancel(&beside);
        }
        let active = self.turn.active().cloned();
        if active.is_none() && !self.playback.speaking() && !self.playback.awaits_mark() {
            return;
        }
        if let Some(active) = &active {
            self.playback.interrupt(active);
        }
        let cut = self.playback.cut(now);
        let generation = self.playback.generation();
        self.outputs.push_back(Output::Clear { generation, drop: active, barge_in: true });
        for response in self.debts.said() {
            let mut of_it =
                cut.iter().filter(|heard| heard.response.as_ref() == Some(&response)).peekable();
            let untouched = of_it.peek().is_none();
            if untouched || of_it.any(|heard| !heard.ear.is_zero() || !heard.words.is_empty()) {
                self.debts.heard(&response);
            } else {
                self.debts.unheard(&response);
            }
        }
        for heard in cut {
            self.holding.over(&heard.item);
            let phrase = self.is_phrase(&heard);
            if heard.kept && self.setup.audio.is_some() {
                self.cut(&heard, phrase);
            }
            if !phrase {
                self.record(heard, true);
            }
        }
    }

    /// Tells the model how much of an item was heard. A phrase for a caller who waits leaves nothing behind.
    fn cut(&mut self, heard: &Heard, phrase: bool) {
        let item = heard.item.clone();
        if let Some(at) = self.carried.iter().position(|(old, _)| *old == item) {
            // The new link has it as if it had been heard to its end.
            let (_, copy) = self.carried.swap_remove(at);
            self.delete(copy);
            if !heard.words.is_empty() {
                self.create(Entry::Agent(heard.words.clone()), Sent::Item);
            }
            return;
        }
        if phrase || heard.ear.is_zero() {
            self.delete(item);
        } else {
            let event = self.event(Sent::Truncate(item.clone()));
            self.tell(ModelCommand::Truncate { event, item, heard: heard.ear });
        }
    }

    pub(super) fn delete(&mut self, item: ItemId) {
        let event = self.event(Sent::Delete);
        self.tell(ModelCommand::Delete { event, item });
    }
}
