//! What was said and done on a call, in order: the items that restore it elsewhere.
//!
//! An agent's words enter as the caller *heard* them: what was cut off by a barge-in was never said.

use std::collections::VecDeque;

use switchboard_realtime::{CallId, ItemId};

use crate::output::Entry;

/// So many entries at the most begin a new conversation: they go out in one piece.
const RESTORED: usize = 200;
/// The newest entries are kept; a call has long lost sight of older ones.
const KEPT: usize = 1_000;

/// The record of a call.
#[derive(Debug, Default)]
pub struct Transcript {
    lines: VecDeque<Line>,
}

#[derive(Debug)]
struct Line {
    item: Option<ItemId>,
    /// `None` while the words of the caller's turn are not known.
    entry: Option<Entry>,
}

impl Transcript {
    /// What is known to have been said and done, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.lines.iter().filter_map(|line| line.entry.as_ref())
    }

    /// What a new conversation begins with: the newest entries whose text is about as long as `budget` characters, both halves of
    /// a call or neither; without this item.
    pub(crate) fn restored(&self, budget: usize, without: Option<&ItemId>) -> Vec<Entry> {
        let lines = self.lines.iter();
        let lines = lines.filter(|line| without.is_none() || line.item.as_ref() != without);
        let entries: Vec<&Entry> = lines.filter_map(|line| line.entry.as_ref()).collect();
        let mut left = budget;
        let mut from = entries.len();
        while from > entries.len().saturating_sub(RESTORED) {
            let size = entries[from - 1].size();
            if size > left {
                break;
            }
            left -= size;
            from -= 1;
        }
        if matches!(entries.get(from), Some(Entry::Output { .. })) {
            from += 1;
        }
        entries[from..].iter().copied().cloned().collect()
    }

    /// The caller's turn is in; its words may follow.
    pub(crate) fn caller_turn(&mut self, item: ItemId) {
        self.push(Line { item: Some(item), entry: None });
    }

    /// The words of the caller's turn.
    pub(crate) fn caller_words(&mut self, item: &ItemId, text: &str) {
        let entry = Some(Entry::Caller(text.to_owned()));
        match self.lines.iter_mut().rev().find(|line| line.item.as_ref() == Some(item)) {
            Some(line) => line.entry = entry,
            None => self.push(Line { item: Some(item.clone()), entry }),
        }
    }

    /// What the caller heard of an agent's words. Nothing heard leaves no trace.
    pub(crate) fn agent_words(&mut self, item: &ItemId, text: &str) {
        if !text.is_empty() {
            self.push(Line {
                item: Some(item.clone()),
                entry: Some(Entry::Agent(text.to_owned())),
            });
        }
    }

    /// A finished tool call, both halves.
    pub(crate) fn call(&mut self, call_id: &CallId, name: &str, arguments: &str, output: &str) {
        let call_id = call_id.clone();
        let call = Entry::Call {
            call_id: call_id.clone(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        };
        self.push(Line { item: None, entry: Some(call) });
        self.push(Line {
            item: None,
            entry: Some(Entry::Output { call_id, output: output.to_owned() }),
        });
    }

    /// A note of ours.
    pub(crate) fn note(&mut self, text: &str) {
        self.push(Line { item: None, entry: Some(Entry::System(text.to_owned())) });
    }

    fn push(&mut self, line: Line) {
        self.lines.push_back(line);
        while self.lines.len() > KEPT {
            let oldest = self.lines.pop_front();
            // Both halves of a call, or neither.
            if matches!(oldest, Some(Line { entry: Some(Entry::Call { .. }), .. })) {
                self.lines.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turns_words_stand_where_the_turn_was_whenever_they_come() {
        let mut transcript = Transcript::default();
        transcript.caller_turn(ItemId::new("u1"));
        transcript.agent_words(&ItemId::new("a1"), "Nine to five.");
        transcript.caller_words(&ItemId::new("u1"), "When are you open?");

        let said: Vec<_> = transcript.entries().cloned().collect();

        assert_eq!(
            said,
            [Entry::Caller("When are you open?".into()), Entry::Agent("Nine to five.".into())]
        );
    }

    #[test]
    fn a_new_conversation_begins_with_the_newest_entries_and_whole_calls() {
        let mut transcript = Transcript::default();
        transcript.call(&CallId::new("c1"), "pay", "{}", &"x".repeat(50));
        transcript.note("short");
        transcript.caller_words(&ItemId::new("u1"), &"y".repeat(30));

        assert_eq!(transcript.restored(1_000, None).len(), 4);
        assert_eq!(transcript.restored(87, None).len(), 2, "an output without its call is no item");
        assert_eq!(transcript.restored(10, None).len(), 0);
    }

    #[test]
    fn a_long_call_is_cut_from_its_old_end_both_halves_together() {
        let mut transcript = Transcript::default();
        for number in 0..2 * KEPT {
            transcript.call(&CallId::new(format!("c{number}")), "pay", "{}", "done");
        }

        assert!(transcript.lines.len() <= KEPT);
        assert!(matches!(transcript.entries().next(), Some(Entry::Call { .. })));
    }
}
