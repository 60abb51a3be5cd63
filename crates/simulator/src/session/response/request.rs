//! Who asks for a response, and what it can see; who cancels one.

use std::time::Duration;

use serde_json::{Map, Value};
use switchboard_realtime::{ErrorCode, ItemId, ResponseId, StatusReason};

use super::{Params, Seen};
use crate::faults::{Fault, FaultKind, Moment};
use crate::refusal::Refusal;
use crate::session::Session;
use crate::session::entry::read_item;
use crate::session::hearing::words_in;

impl Session {
    /// A client asks for a response.
    pub(in crate::session) fn create_response(
        &mut self,
        request: Option<&Map<String, Value>>,
        now: Duration,
    ) -> Result<(), Refusal> {
        if self.config.is_transcription() {
            return Err(Refusal::value("type", "A transcription session has no responses."));
        }
        let nothing = Map::new();
        let request = request.unwrap_or(&nothing);
        let params = Params::of_request(&self.config, request, self.has_spoken)?;
        let context = self.context(request)?;
        if params.out_of_band {
            return self.create_beside(params, context, now);
        }
        let faults = self.meet(Moment::Create);
        if faults.iter().any(|fault| fault.kind == FaultKind::RefuseResponse) {
            return Err(already_active(&self.ids.next("resp")));
        }
        if faults.iter().any(|fault| fault.kind == FaultKind::IgnoreResponse) {
            return Ok(());
        }
        if let Some(active) = self.active() {
            return Err(already_active(active.as_str()));
        }
        self.start_response(params, context, now);
        Ok(())
    }

    /// A client asks for a response beside the conversation; any number of them may run.
    fn create_beside(
        &mut self,
        params: Params,
        context: Vec<Seen>,
        now: Duration,
    ) -> Result<(), Refusal> {
        let faults = self.faults.at(Moment::OutOfBand);
        let has = |kind| faults.iter().any(|fault: &Fault| fault.kind == kind);
        if has(FaultKind::RefuseOutOfBand) {
            return Err(Refusal::value(
                "response.conversation",
                "Invalid value: 'none'. Supported values are: 'auto'.",
            ));
        }
        if !has(FaultKind::IgnoreOutOfBand) {
            self.begin_response(params, context, faults, now);
        }
        Ok(())
    }

    /// The server answers a turn by itself.
    pub(in crate::session) fn answer_turn(&mut self, now: Duration) {
        match self.active() {
            Some(active) => {
                let refusal = already_active(active.as_str());
                self.refuse(refusal, None);
            }
            None => self.start_response(Params::of_session(&self.config), self.all_seen(), now),
        }
    }

    /// The response that writes to the conversation, if there is one.
    pub(in crate::session) fn active(&self) -> Option<ResponseId> {
        self.responses
            .iter()
            .find(|response| !response.is_out_of_band())
            .map(|response| response.id.clone())
    }

    /// Whether a response that is not done has this item among its output.
    pub(in crate::session) fn is_in_work(&self, id: &ItemId) -> bool {
        self.responses.iter().any(|response| response.output.contains(id))
    }

    fn all_seen(&self) -> Vec<Seen> {
        self.conversation.order().iter().cloned().map(Seen::Item).collect()
    }

    /// What a response can see: its own input, or the conversation.
    fn context(&self, request: &Map<String, Value>) -> Result<Vec<Seen>, Refusal> {
        let Some(Value::Array(input)) = request.get("input") else { return Ok(self.all_seen()) };
        let read = |(index, value): (usize, &Value)| {
            if value["type"] == "item_reference" {
                let id = value["id"].as_str().unwrap_or_default();
                return if self.conversation.holds(&id.into()) {
                    Ok(Seen::Item(id.into()))
                } else {
                    let param = format!("response.input[{index}].id");
                    Err(Refusal::value(
                        param,
                        format!("Item with id '{id}' not found in the conversation."),
                    ))
                };
            }
            let mut entry = read_item(value, self.config.input_format())
                .map_err(|reason| Refusal::value(format!("response.input[{index}]"), reason))?;
            entry.perceived = entry.sound.as_ref().map(words_in).unwrap_or_default();
            Ok(Seen::Given(Box::new(entry)))
        };
        input.iter().enumerate().map(read).collect()
    }

    /// A client cancels.
    pub(in crate::session) fn cancel_response(
        &mut self,
        id: Option<&str>,
        now: Duration,
    ) -> Result<(), Refusal> {
        let found = match id {
            Some(id) => self
                .responses
                .iter()
                .find(|response| response.id == id)
                .map(|response| response.id.clone()),
            None => self.active(),
        };
        let Some(id) = found else {
            let message = "Cancellation failed: no active response found";
            return Err(Refusal::new(ErrorCode::ResponseCancelNotActive, message));
        };
        self.cancel(&id, StatusReason::ClientCancelled, now);
        Ok(())
    }
}

fn already_active(id: &str) -> Refusal {
    let message = format!(
        "Conversation already has an active response in progress: {id}. Wait until the response is finished before creating a new one."
    );
    Refusal::new(ErrorCode::ConversationAlreadyHasActiveResponse, message)
}
