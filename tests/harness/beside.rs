//! Responses beside the conversation, as servers deal with them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::ModelEnd;

/// How long a phrase is that is rendered beside the conversation.
pub const PHRASE: Duration = Duration::from_secs(1);

/// What becomes of a response that is asked for beside the conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Beside {
    /// The test deals with it.
    #[default]
    Expected,
    /// It is spoken: [`PHRASE`] long.
    Spoken,
    /// It is refused.
    Refused,
    /// It is not answered.
    Ignored,
}

impl ModelEnd {
    /// Does with a response beside the conversation what this server does with them.
    pub(crate) async fn deal_with(&mut self, event: &Value) {
        let words = words(event).unwrap_or_else(|| panic!("words to say: {event}"));
        self.rendered.push(words.clone());
        match self.beside {
            Beside::Spoken => {
                let id = format!("resp_beside_{}", self.rendered.len());
                let metadata = event["response"]["metadata"].clone();
                self.render(&id, &metadata, &words).await;
            }
            Beside::Refused => self.error("invalid_value", event["event_id"].clone()).await,
            Beside::Ignored | Beside::Expected => {}
        }
    }

    /// Says words beside the conversation.
    async fn render(&mut self, id: &str, metadata: &Value, words: &str) {
        let response = json!({"object": "realtime.response", "id": id, "status": "in_progress", "output": [],
            "conversation_id": null, "metadata": metadata});
        self.send(json!({"type": "response.created", "response": response})).await;
        self.say(id, &format!("item_{id}"), words, PHRASE).await;
        let done = json!({"conversation_id": null, "metadata": metadata, "status": "completed"});
        self.done_with(id, done).await;
    }
}

/// Whether a response is asked for beside the conversation.
pub(crate) fn is_beside(event: &Value) -> bool {
    event["type"] == "response.create" && event["response"]["conversation"] == "none"
}

/// The words that a response is told to say.
pub(crate) fn words(event: &Value) -> Option<String> {
    let instructions = event["response"]["instructions"].as_str()?;
    instructions.strip_prefix("Say exactly: ").map(str::to_owned)
}
