//! `session.update`: taken over whole, or refused whole.

use std::time::Duration;

use serde_json::{Map, Value};
use switchboard_realtime::{
    Item, ItemBody, ItemEvent, ItemId, ItemStatus, McpListTools, McpListToolsProgress, ServerEvent,
};

use super::entry::Entry;
use super::{Session, Timer};
use crate::faults::{Fault, FaultKind, Moment};
use crate::refusal::Refusal;

impl Session {
    /// A client changes the session.
    pub(super) fn update(
        &mut self,
        event: &Map<String, Value>,
        event_id: Option<&str>,
        now: Duration,
    ) -> Result<(), Refusal> {
        let faults = self.meet(Moment::Update);
        let of = |kind| faults.iter().find(|fault: &&Fault| fault.kind == kind);
        if of(FaultKind::RefuseUpdate).is_some() {
            return Err(Refusal::value(
                "session",
                "The session update was refused: the simulator was told to refuse it.",
            ));
        }
        let Some(Value::Object(update)) = event.get("session") else { return Ok(()) };
        match of(FaultKind::DelayUpdate) {
            Some(fault) => {
                let due = now + fault.time();
                let event_id = event_id.map(str::to_owned);
                self.timers.at(due, Timer::Update { update: update.clone(), event_id });
                Ok(())
            }
            None => self.apply(update),
        }
    }

    /// Takes an update over, if it may be, and says so.
    pub(super) fn apply(&mut self, update: &Map<String, Value>) -> Result<(), Refusal> {
        let config = self.config.updated(update, self.has_spoken)?;
        let before = std::mem::replace(&mut self.config, config);
        self.hearing.configure(self.config.input_format(), self.config.turn_detection());
        self.emit_session("session.updated");
        for label in new_servers(before.tools(), self.config.tools()) {
            self.list_no_tools(&label);
        }
        Ok(())
    }

    /// The simulator calls no MCP server, and says so as the service does when it cannot reach one.
    fn list_no_tools(&mut self, label: &str) {
        let id = ItemId::from(self.ids.next("mcpl"));
        let list = McpListTools { server_label: label.to_owned(), ..McpListTools::default() };
        let item = Item::new(ItemBody::McpListTools(list))
            .with_id(id.clone())
            .with_status(ItemStatus::Completed);
        let end = self.conversation.order().len();
        let previous_item_id = self.conversation.insert(end, id.clone(), Entry::new(item.clone()));
        let progress = McpListToolsProgress { event_id: None, item_id: id };
        self.emit(ServerEvent::McpListToolsInProgress(progress.clone()));
        self.emit(ServerEvent::ConversationItemAdded(ItemEvent {
            event_id: None,
            previous_item_id,
            item,
        }));
        self.emit(ServerEvent::McpListToolsFailed(progress));
    }
}

/// The labels of MCP servers that were not there before.
fn new_servers(before: &Value, after: &Value) -> Vec<String> {
    let labels = |tools: &Value| -> Vec<String> {
        let servers = tools.as_array().into_iter().flatten().filter(|tool| tool["type"] == "mcp");
        servers.filter_map(|tool| tool["server_label"].as_str()).map(str::to_owned).collect()
    };
    let known = labels(before);
    labels(after).into_iter().filter(|label| !known.contains(label)).collect()
}
