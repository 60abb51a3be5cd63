//! What clients do with items: create, retrieve, truncate, delete.

use serde_json::{Map, Value};
use switchboard_realtime::{
    CallId, ErrorCode, Item, ItemBody, ItemDeleted, ItemEvent, ItemId, ItemRetrieved, ItemStatus,
    ItemTruncated, Role, ServerEvent,
};

use super::Session;
use super::entry::{Entry, read_item};
use super::hearing::words_in;
use crate::faults::{Fault, FaultKind, ItemKind, Moment};
use crate::refusal::Refusal;

impl Session {
    /// Puts an item into the conversation.
    pub(super) fn create_item(&mut self, event: &Map<String, Value>) -> Result<(), Refusal> {
        let format = self.config.input_format();
        let mut entry =
            read_item(&event["item"], format).map_err(|reason| Refusal::value("item", reason))?;
        let previous = event.get("previous_item_id").and_then(Value::as_str);
        let at = self.conversation.place(previous)?;
        if let Some(id) = &entry.item.id {
            self.conversation.check_free(id)?;
        }
        self.check_item(&entry.item)?;
        if self.meet(Moment::Item(kind(&entry.item))).iter().any(is_refusal) {
            return Err(told_to_refuse(&entry.item));
        }

        self.goes_on |= matches!(kind(&entry.item), Some(ItemKind::Assistant));
        let id = entry.item.id.clone().unwrap_or_else(|| ItemId::from(self.ids.next("item")));
        self.complete(&mut entry, &id);
        let item = entry.item.clone();
        let previous_item_id = self.conversation.insert(at, id, entry);
        let added = ItemEvent { event_id: None, previous_item_id, item };
        self.emit(ServerEvent::ConversationItemAdded(added.clone()));
        self.emit(ServerEvent::ConversationItemDone(added));
        Ok(())
    }

    /// Refuses what refers to something that is not there.
    fn check_item(&self, item: &Item) -> Result<(), Refusal> {
        match &item.body {
            ItemBody::FunctionCallOutput(output) => {
                match self.conversation.call(output.call_id.as_str()) {
                    Some(false) => Ok(()),
                    Some(true) => {
                        let message =
                            format!("Tool call ID '{}' already has an output.", output.call_id);
                        Err(Refusal::value("item.call_id", message))
                    }
                    None => Err(no_such_call(&output.call_id)),
                }
            }
            ItemBody::FunctionCall(call)
                if self.conversation.call(call.call_id.as_str()).is_some() =>
            {
                let message =
                    format!("Tool call ID '{}' already exists in conversation.", call.call_id);
                Err(Refusal::value("item.call_id", message))
            }
            ItemBody::McpApprovalResponse(response)
                if !self.conversation.holds(&response.approval_request_id) =>
            {
                let id = &response.approval_request_id;
                let message = format!("Approval request '{id}' not found in conversation.");
                Err(Refusal::value("item.approval_request_id", message))
            }
            _ => Ok(()),
        }
    }

    /// Fills in what a client may leave out.
    fn complete(&mut self, entry: &mut Entry, id: &ItemId) {
        entry.item.id = Some(id.clone());
        entry.item.status = Some(ItemStatus::Completed);
        entry.perceived = entry.sound.as_ref().map(words_in).unwrap_or_default();
        if let ItemBody::FunctionCall(call) = &mut entry.item.body
            && call.call_id.is_empty()
        {
            call.call_id = CallId::from(self.ids.next("call"));
        }
    }

    /// Shows an item with its audio.
    pub(super) fn retrieve_item(&mut self, event: &Map<String, Value>) -> Result<(), Refusal> {
        let id = item_id(event);
        let found = self.conversation.get(&id).filter(|_| self.conversation.holds(&id));
        let item = found
            .ok_or_else(|| unknown(ErrorCode::ItemRetrieveInvalidItemId, "retrieving", &id))?
            .with_audio();
        self.emit(ServerEvent::ConversationItemRetrieved(ItemRetrieved { event_id: None, item }));
        Ok(())
    }

    /// Takes an item out of the conversation.
    pub(super) fn delete_item(&mut self, event: &Map<String, Value>) -> Result<(), Refusal> {
        let id = item_id(event);
        if !self.conversation.holds(&id) {
            return Err(unknown(ErrorCode::ItemDeleteInvalidItemId, "deleting", &id));
        }
        let in_work = self.is_in_work(&id);
        self.conversation.delete(&id, in_work);
        self.emit(ServerEvent::ConversationItemDeleted(ItemDeleted {
            event_id: None,
            item_id: id,
        }));
        Ok(())
    }

    /// Cuts the model's audio to what was heard.
    pub(super) fn truncate_item(&mut self, event: &Map<String, Value>) -> Result<(), Refusal> {
        let id = item_id(event);
        let number = |key: &str| event.get(key).and_then(Value::as_u64).unwrap_or_default();
        let (content_index, end_ms) = (number("content_index"), number("audio_end_ms"));
        if !self.conversation.holds(&id) {
            return Err(unknown(ErrorCode::ItemTruncateInvalidItemId, "truncating", &id));
        }
        if content_index != 0 {
            return Err(Refusal::value(
                "content_index",
                format!("The item '{id}' has no content at index {content_index}."),
            ));
        }
        let entry =
            self.conversation.get_mut(&id).filter(|entry| entry.is_assistant_audio() && end_ms > 0);
        let Some(entry) = entry else {
            let message = "Only model output audio messages can be truncated";
            return Err(Refusal::new(ErrorCode::UnsupportedContentType, message));
        };
        let length_ms = entry.sound.as_ref().map_or(0, super::entry::Sound::length_ms);
        if length_ms == 0 {
            let message = "Only model output audio messages can be truncated";
            return Err(Refusal::new(ErrorCode::UnsupportedContentType, message));
        }
        if end_ms > length_ms {
            let message =
                format!("Audio content of {length_ms}ms is already shorter than {end_ms}ms");
            return Err(Refusal::value("audio_end_ms", message).without_code());
        }
        if let Some(sound) = &mut entry.sound {
            sound.truncate(end_ms);
        }
        entry.set_transcript(None);
        let event =
            ItemTruncated { event_id: None, item_id: id, content_index: 0, audio_end_ms: end_ms };
        self.emit(ServerEvent::ConversationItemTruncated(event));
        Ok(())
    }
}

fn no_such_call(id: &CallId) -> Refusal {
    let message = format!("Tool call ID '{id}' not found in conversation.");
    Refusal::new(ErrorCode::InvalidToolCallId, message).at("item.call_id")
}

fn is_refusal(fault: &Fault) -> bool {
    fault.kind == FaultKind::RefuseItem
}

/// The refusal that a fault asks for: of an output as if its call had been truncated away.
fn told_to_refuse(item: &Item) -> Refusal {
    match item.as_function_call_output() {
        Some(output) => no_such_call(&output.call_id),
        None => {
            Refusal::value("item", "The item was refused: the simulator was told to refuse it.")
        }
    }
}

/// The kind of an item, as far as faults tell them apart.
fn kind(item: &Item) -> Option<ItemKind> {
    match &item.body {
        ItemBody::Message(message) => Some(match message.role {
            Role::System => ItemKind::System,
            Role::Assistant => ItemKind::Assistant,
            _ => ItemKind::User,
        }),
        ItemBody::FunctionCall(_) => Some(ItemKind::FunctionCall),
        ItemBody::FunctionCallOutput(_) => Some(ItemKind::FunctionCallOutput),
        _ => None,
    }
}

fn item_id(event: &Map<String, Value>) -> ItemId {
    event.get("item_id").and_then(Value::as_str).unwrap_or_default().into()
}

fn unknown(code: ErrorCode, doing: &str, id: &ItemId) -> Refusal {
    Refusal::new(code, format!("Error {doing} item: the item with id '{id}' does not exist."))
        .at("item_id")
}
