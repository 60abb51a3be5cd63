//! The conversation: items in their order.
//!
//! Items that a response is producing live here from their first event on, also those of out-of-band responses, which
//! never stand in the order and go when their response is done.

use std::collections::HashMap;

use switchboard_realtime::{ErrorCode, ItemId};

use super::entry::Entry;
use crate::refusal::Refusal;

/// The most audio that is kept, in bytes: half an hour of G.711, five minutes of PCM. The oldest goes first.
const MOST_AUDIO: usize = 14 * 1024 * 1024;

/// The items of one session.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    entries: HashMap<ItemId, Entry>,
    order: Vec<ItemId>,
}

impl Conversation {
    /// The ids, in order.
    pub(super) fn order(&self) -> &[ItemId] {
        &self.order
    }

    pub(super) fn last(&self) -> Option<&ItemId> {
        self.order.last()
    }

    pub(super) fn get(&self, id: &ItemId) -> Option<&Entry> {
        self.entries.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &ItemId) -> Option<&mut Entry> {
        self.entries.get_mut(id)
    }

    /// Whether an item of this id stands in the conversation.
    pub(super) fn holds(&self, id: &ItemId) -> bool {
        self.order.contains(id)
    }

    /// Where an item would go that is put behind `previous`: at the end, or first for `root`.
    pub(super) fn place(&self, previous: Option<&str>) -> Result<usize, Refusal> {
        match previous {
            None => Ok(self.order.len()),
            Some("root") => Ok(0),
            Some(id) => {
                self.order.iter().position(|known| known == id).map(|at| at + 1).ok_or_else(|| {
                    let message = format!(
                        "Error adding item: the previous item with id '{id}' does not exist."
                    );
                    Refusal::value("previous_item_id", message)
                })
            }
        }
    }

    /// Refuses an id that is taken.
    pub(super) fn check_free(&self, id: &ItemId) -> Result<(), Refusal> {
        if !self.entries.contains_key(id) {
            return Ok(());
        }
        let message = format!("Error adding item: an item with id '{id}' already exists.");
        Err(Refusal::new(ErrorCode::ItemCreateDuplicateItemId, message).at("item.id"))
    }

    /// Puts an item at a place, and returns the one before it.
    pub(super) fn insert(&mut self, at: usize, id: ItemId, entry: Entry) -> Option<ItemId> {
        let at = at.min(self.order.len());
        self.order.insert(at, id.clone());
        self.entries.insert(id, entry);
        self.forget_old_audio();
        at.checked_sub(1).map(|before| self.order[before].clone())
    }

    /// Keeps an item out of the order: it belongs to a response beside the conversation.
    pub(super) fn insert_beside(&mut self, id: ItemId, entry: Entry) {
        self.entries.insert(id, entry);
    }

    /// The item before this one, if it stands in the conversation.
    pub(super) fn before(&self, id: &ItemId) -> Option<&ItemId> {
        let at = self.order.iter().position(|known| known == id)?;
        at.checked_sub(1).map(|before| &self.order[before])
    }

    /// Takes an item out of the order, and forgets it unless a response still works on it.
    pub(super) fn delete(&mut self, id: &ItemId, in_work: bool) {
        self.order.retain(|known| known != id);
        if !in_work {
            self.entries.remove(id);
        }
    }

    /// Forgets an item that stands in no order.
    pub(super) fn forget_beside(&mut self, id: &ItemId) {
        if !self.holds(id) {
            self.entries.remove(id);
        }
    }

    /// The call of this id, if the conversation has it, and whether it has its output.
    pub(super) fn call(&self, call_id: &str) -> Option<bool> {
        let items =
            || self.order.iter().filter_map(|id| self.entries.get(id)).map(|entry| &entry.item);
        let is_called =
            items().filter_map(|item| item.as_function_call()).any(|call| call.call_id == call_id);
        let is_answered = items()
            .filter_map(|item| item.as_function_call_output())
            .any(|output| output.call_id == call_id);
        is_called.then_some(is_answered)
    }

    fn forget_old_audio(&mut self) {
        let mut room = MOST_AUDIO;
        for id in self.order.iter().rev() {
            let Some(sound) = self.entries.get_mut(id).and_then(|entry| entry.sound.as_mut())
            else {
                continue;
            };
            match room.checked_sub(sound.bytes.len()) {
                Some(rest) => room = rest,
                None => sound.bytes = Vec::new(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use switchboard_realtime::{AudioFormat, Item};

    use super::super::entry::Sound;
    use super::*;

    fn with(ids: &[&str]) -> Conversation {
        let mut conversation = Conversation::default();
        for id in ids {
            let at = conversation.place(None).unwrap();
            conversation.insert(at, (*id).into(), Entry::new(Item::user_text("x")));
        }
        conversation
    }

    #[test]
    fn items_stand_where_they_are_put() {
        let mut conversation = with(&["a", "b"]);
        for (id, previous, before) in
            [("c", Some("a"), Some("a")), ("d", Some("root"), None), ("e", None, Some("b"))]
        {
            let at = conversation.place(previous).unwrap();
            let found = conversation.insert(at, id.into(), Entry::new(Item::user_text("x")));
            assert_eq!(found.as_ref().map(ItemId::as_str), before);
        }
        let order: Vec<_> = conversation.order().iter().map(ItemId::as_str).collect();
        assert_eq!(order, ["d", "a", "c", "b", "e"]);
        assert!(conversation.place(Some("nobody")).is_err());
    }

    #[test]
    fn a_call_is_known_and_answered() {
        let mut conversation = with(&[]);
        assert_eq!(conversation.call("call_1"), None);
        conversation.insert(0, "a".into(), Entry::new(Item::function_call("t", "{}", "call_1")));
        assert_eq!(conversation.call("call_1"), Some(false));
        conversation.insert(1, "b".into(), Entry::new(Item::function_call_output("call_1", "")));
        assert_eq!(conversation.call("call_1"), Some(true));
    }

    #[test]
    fn old_audio_is_forgotten_but_not_its_length() {
        let mut conversation = with(&["a", "b"]);
        for id in ["a", "b"] {
            let sound = Sound::new(AudioFormat::Pcmu, vec![0xFF; MOST_AUDIO / 2 + 1]);
            conversation.get_mut(&id.into()).unwrap().sound = Some(sound);
        }
        conversation.insert(2, "c".into(), Entry::new(Item::user_text("x")));

        let sound = |id: &str| conversation.get(&id.into()).unwrap().sound.clone().unwrap();
        assert!(sound("a").bytes.is_empty() && !sound("b").bytes.is_empty());
        assert_eq!(sound("a").length, sound("b").length);
    }
}
