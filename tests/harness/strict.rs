//! What the service would refuse: a panic here, with the event.

use std::collections::HashSet;

use serde_json::Value;

/// The longest id that a client may make (the protocol's section 12, "Limits").
const LONGEST_ID: usize = 32;

/// Checks a client's events, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Strict {
    answered: HashSet<String>,
    pub(crate) active: bool,
    pub(crate) update_in_flight: bool,
}

impl Strict {
    /// Panics at an event that a strict server would refuse.
    pub(crate) fn check(&mut self, event: &Value) {
        let kind =
            event["type"].as_str().unwrap_or_else(|| panic!("an event without a type: {event}"));
        let keys: &[&str] = match kind {
            "session.update" => &["session"],
            "input_audio_buffer.append" => &["audio"],
            "conversation.item.create" => &["item", "previous_item_id"],
            "conversation.item.truncate" => &["item_id", "content_index", "audio_end_ms"],
            "conversation.item.delete" => &["item_id"],
            "response.create" => &["response"],
            "response.cancel" => &["response_id"],
            other => panic!("nobody sends {other}"),
        };
        allow(event, "", &[keys, &["type", "event_id"]].concat());
        match kind {
            "session.update" => self.session(&event["session"]),
            "conversation.item.create" => self.item(&event["item"]),
            "response.create" => self.response(&event["response"]),
            _ => {}
        }
    }

    fn session(&mut self, session: &Value) {
        assert!(!self.update_in_flight, "one session.update in flight");
        self.update_in_flight = true;
        assert_eq!(session["type"], "realtime", "session.type is required");
        let keys = [
            "type",
            "output_modalities",
            "instructions",
            "audio",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "reasoning",
            "max_output_tokens",
            "truncation",
        ];
        allow(session, "session", &keys);
        for tool in session["tools"].as_array().into_iter().flatten() {
            allow(tool, "session.tools[]", &["type", "name", "description", "parameters"]);
            assert_eq!(tool["parameters"]["additionalProperties"], false, "closed: {tool}");
        }
    }

    fn item(&mut self, item: &Value) {
        allow(
            item,
            "item",
            &[
                "id",
                "type",
                "role",
                "content",
                "call_id",
                "name",
                "arguments",
                "output",
                "object",
                "status",
            ],
        );
        for id in [&item["id"], &item["call_id"]] {
            assert!(id.as_str().is_none_or(|id| id.len() <= LONGEST_ID), "too long: {id}");
        }
        if item["type"] == "function_call_output" {
            let call_id = item["call_id"].as_str().expect("an output names its call").to_owned();
            assert!(item["output"].is_string(), "an output is a string: {item}");
            assert!(self.answered.insert(call_id), "a second answer to one call: {item}");
        }
    }

    fn response(&mut self, response: &Value) {
        let keys = [
            "output_modalities",
            "instructions",
            "tools",
            "tool_choice",
            "conversation",
            "input",
            "metadata",
        ];
        allow(response, "response", &keys);
        if response["conversation"] != "none" {
            assert!(!self.active, "a response is asked for while one runs");
        }
    }
}

fn allow(object: &Value, place: &str, keys: &[&str]) {
    for key in object.as_object().into_iter().flatten().map(|(key, _)| key) {
        assert!(keys.contains(&key.as_str()), "Unknown parameter: '{place}.{key}' in {object}");
    }
}
