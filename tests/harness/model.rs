//! The model's end of a call: a strict server, scripted step by step.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use switchboard_realtime::ws::{
    self, Accept, Auth, Endpoint, ServerReceiver, ServerSender, SocketSettings,
};
use switchboard_session::RealtimeModel;
use tokio::io::DuplexStream;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

use crate::beside::{Beside, is_beside, words};
use crate::strict::Strict;

/// A step that takes longer, in virtual time, does not happen any more.
const PATIENCE: Duration = Duration::from_secs(40);

/// The server's side of one connection.
#[derive(Debug)]
pub struct ModelEnd {
    sender: ServerSender,
    receiver: ServerReceiver,
    strict: Strict,
    made: u64,
    /// An event that was looked at and not taken.
    ahead: Option<Value>,
    /// Bytes of caller audio received so far.
    pub heard: usize,
    /// What becomes of responses beside the conversation.
    pub beside: Beside,
    /// The words that were to be said beside the conversation.
    pub rendered: Vec<String>,
    /// A server that drops `metadata` does not hand it back.
    pub drops_metadata: bool,
}

/// A model that waits to be dialled, and where its server's ends arrive.
pub(crate) fn model() -> (RealtimeModel, mpsc::UnboundedReceiver<DuplexStream>) {
    let (dialled, connections) = mpsc::unbounded_channel();
    let url = "ws://model.test/v1/realtime".parse().expect("a URL");
    let endpoint = Endpoint::new(url).with_auth(Auth::Bearer(ws::Secret::new("test")));
    let dialled = Arc::new(dialled);
    let model = RealtimeModel::over(endpoint, move |endpoint| {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        // A server that has gone away is found out by the handshake.
        let _ = dialled.send(theirs);
        async move { ws::handshake(ours, &endpoint).await }.boxed()
    });
    (model, connections)
}

/// The connections that a call makes to its model.
pub(crate) type Connections = Arc<Mutex<mpsc::UnboundedReceiver<DuplexStream>>>;

impl ModelEnd {
    /// Takes the next connection, and says hello.
    pub(crate) async fn accept(connections: &Connections) -> Self {
        let stream = timeout(PATIENCE, async { connections.lock().await.recv().await }).await;
        let stream = stream.expect("the model is dialled").expect("the stage is up");
        let socket = ws::accept(stream, SocketSettings::server(), |request| {
            assert_eq!(request.bearer(), Some("test"));
            assert!(request.header("openai-beta").is_none(), "no beta header");
            assert!(request.query("model").is_some(), "the model is named");
            Ok(Accept::default())
        });
        let (sender, receiver) = socket.await.expect("the handshake succeeds").split();
        let mut model = Self {
            sender,
            receiver,
            strict: Strict::default(),
            made: 0,
            ahead: None,
            heard: 0,
            beside: Beside::default(),
            rendered: Vec::new(),
            drops_metadata: false,
        };
        model
            .send(
                json!({"type": "session.created", "session": {"type": "realtime", "id": "sess_1"}}),
            )
            .await;
        model
    }

    /// Sends an event; an `event_id` is added.
    pub async fn send(&mut self, mut event: Value) {
        self.made += 1;
        event["event_id"] = json!(format!("event_{}", self.made));
        match event["type"].as_str() {
            Some("response.created") if !event["response"]["conversation_id"].is_null() => {
                self.strict.active = true;
            }
            Some("response.done") if !event["response"]["conversation_id"].is_null() => {
                self.strict.active = false;
            }
            Some("session.updated" | "error") => self.strict.update_in_flight = false,
            _ => {}
        }
        self.sender.send_text(event.to_string()).await.expect("the client listens");
    }

    /// The next event that is not caller audio.
    ///
    /// # Panics
    ///
    /// When none comes, or when it is of another type or would be refused.
    pub async fn expect(&mut self, kind: &str) -> Value {
        let event =
            timeout(PATIENCE, self.next()).await.unwrap_or_else(|_| panic!("{kind} is sent"));
        assert_eq!(event["type"], kind, "{event}");
        event
    }

    /// The next event that is not caller audio.
    pub async fn next(&mut self) -> Value {
        if let Some(event) = self.ahead.take() {
            return event;
        }
        loop {
            let text = self
                .receiver
                .recv()
                .await
                .expect("the client is there")
                .expect("the client's frame is readable");
            let event: Value = serde_json::from_str(&text).expect("events are JSON");
            self.strict.check(&event);
            if event["type"] == "input_audio_buffer.append" {
                self.heard += event["audio"].as_str().map_or(0, decoded_len);
            } else if self.beside != Beside::Expected && is_beside(&event) {
                self.deal_with(&event).await;
            } else {
                return event;
            }
        }
    }

    /// Nothing but caller audio comes for this long.
    pub async fn expect_nothing_for(&mut self, length: Duration) {
        if let Ok(event) = timeout(length, self.next()).await {
            panic!("nothing is sent, but this came: {event}");
        }
    }

    /// The client closes the connection.
    pub async fn expect_close(&mut self) {
        let closed = timeout(PATIENCE, async {
            while let Some(Ok(text)) = self.receiver.recv().await {
                assert!(
                    text.contains("input_audio_buffer.append"),
                    "nothing but audio comes any more: {text}"
                );
            }
        });
        closed.await.expect("the connection is closed");
    }

    /// Closes the connection with this code.
    pub async fn close(&mut self, code: u16) {
        // A client that is gone already has not heard it.
        let _ = self.sender.close(code, "").await;
    }

    /// Breaks the connection, without a word.
    pub fn vanish(self) {
        drop(self);
    }

    /// Takes a `session.update` over, and says so; returns the session.
    pub async fn update(&mut self) -> Value {
        let session = self.expect("session.update").await["session"].take();
        self.send(json!({"type": "session.updated", "session": session})).await;
        session
    }

    /// Refuses a `session.update`.
    pub async fn refuse_update(&mut self) {
        let event = self.expect("session.update").await;
        let id = event["event_id"].clone();
        self.error("invalid_value", id).await;
    }

    /// An error about an event of the client's.
    pub async fn error(&mut self, code: &str, event: Value) {
        let error = json!({"type": "invalid_request_error", "code": code, "message": "no", "param": null, "event_id": event});
        self.send(json!({"type": "error", "error": error})).await;
    }

    /// Takes a `response.create` and begins the response.
    pub async fn respond(&mut self, id: &str) -> Value {
        let event = self.expect("response.create").await;
        self.begin(id, &event["response"]["metadata"]).await;
        event
    }

    /// Begins a response: the server's own, where `metadata` is null.
    pub async fn begin(&mut self, id: &str, metadata: &Value) {
        let metadata = if self.drops_metadata { &Value::Null } else { metadata };
        let response = json!({"object": "realtime.response", "id": id, "status": "in_progress", "output": [],
            "conversation_id": "conv_1", "metadata": metadata});
        self.send(json!({"type": "response.created", "response": response})).await;
    }

    /// The response says these words, in this much audio.
    pub async fn say(&mut self, response: &str, item: &str, words: &str, audio: Duration) {
        let message = json!({"id": item, "object": "realtime.item", "type": "message", "role": "assistant",
            "status": "in_progress", "content": []});
        let place = json!({"response_id": response, "output_index": 0, "item_id": item, "content_index": 0});
        let with = |extra: Value| {
            let mut event = place.clone();
            event
                .as_object_mut()
                .expect("an object")
                .extend(extra.as_object().expect("an object").clone());
            event
        };
        self.send(json!({"type": "response.output_item.added", "response_id": response, "output_index": 0, "item": message}))
            .await;
        self.send(json!({"type": "conversation.item.added", "item": message})).await;
        self.send(with(json!({"type": "response.output_audio_transcript.delta", "delta": words})))
            .await;
        let bytes = usize::try_from(audio.as_millis()).expect("short") * 8;
        for piece in vec![0x55_u8; bytes].chunks(1_600) {
            let delta = switchboard_realtime::Payload::encode(piece);
            self.send(with(
                json!({"type": "response.output_audio.delta", "delta": delta.as_str()}),
            ))
            .await;
        }
        self.send(with(json!({"type": "response.output_audio.done"}))).await;
        let done = json!({"id": item, "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": "output_audio", "transcript": words}]});
        self.send(json!({"type": "response.output_item.done", "response_id": response, "output_index": 0, "item": done})).await;
        self.send(json!({"type": "conversation.item.done", "item": done})).await;
    }

    /// The response says these words in writing.
    pub async fn write(&mut self, response: &str, item: &str, words: &str) {
        let place = json!({"response_id": response, "output_index": 0});
        let with = |kind: &str, extra: Value| {
            let mut event = place.clone();
            event["type"] = json!(kind);
            event
                .as_object_mut()
                .expect("an object")
                .extend(extra.as_object().expect("an object").clone());
            event
        };
        let message = |status: &str, content: Value| json!({"id": item, "type": "message", "role": "assistant", "status": status, "content": content});
        let begun = message("in_progress", json!([]));
        self.send(with("response.output_item.added", json!({"item": begun}))).await;
        let delta = json!({"item_id": item, "content_index": 0, "delta": words});
        self.send(with("response.output_text.delta", delta)).await;
        let done = message("completed", json!([{"type": "output_text", "text": words}]));
        self.send(with("response.output_item.done", json!({"item": done}))).await;
        self.done(response, "completed", &[done]).await;
    }

    /// The response calls a tool; announced in all three ways once [`ModelEnd::done`] follows with the same item.
    pub async fn call(
        &mut self,
        response: &str,
        call_id: &str,
        name: &str,
        arguments: &str,
    ) -> Value {
        let item = |status: &str, arguments: &str| {
            json!({"id": format!("item_{call_id}"), "object": "realtime.item", "type": "function_call", "status": status,
                "name": name, "call_id": call_id, "arguments": arguments})
        };
        let begun = item("in_progress", "");
        self.send(json!({"type": "response.output_item.added", "response_id": response, "output_index": 0, "item": begun}))
            .await;
        self.send(json!({"type": "response.function_call_arguments.done", "response_id": response, "output_index": 0,
            "item_id": format!("item_{call_id}"), "call_id": call_id, "name": name, "arguments": arguments}))
            .await;
        let done = item("completed", arguments);
        self.send(json!({"type": "response.output_item.done", "response_id": response, "output_index": 0, "item": done})).await;
        done
    }

    /// The response ends.
    pub async fn done(&mut self, response: &str, status: &str, output: &[Value]) {
        self.done_with(response, json!({"status": status, "output": output})).await;
    }

    /// The response ends, with these fields of its object.
    pub async fn done_with(&mut self, response: &str, fields: Value) {
        let usage = json!({"total_tokens": 30, "input_tokens": 20, "output_tokens": 10,
            "input_token_details": {"text_tokens": 20, "audio_tokens": 0, "cached_tokens": 0},
            "output_token_details": {"text_tokens": 4, "audio_tokens": 6}});
        let mut object = json!({"object": "realtime.response", "id": response, "conversation_id": "conv_1",
            "output": [], "usage": usage});
        object
            .as_object_mut()
            .expect("an object")
            .extend(fields.as_object().expect("an object").clone());
        self.send(json!({"type": "response.done", "response": object})).await;
    }

    /// A whole spoken response to a request of the client's.
    pub async fn answer(&mut self, response: &str, words: &str, audio: Duration) -> Value {
        let request = self.respond(response).await;
        self.say(response, &format!("item_{response}"), words, audio).await;
        self.done(response, "completed", &[]).await;
        request
    }

    /// Takes what a new link begins with into the conversation: a note of ours, then what was said and done. Returns the items.
    ///
    /// # Panics
    ///
    /// When no note comes first, or an item would be refused.
    pub async fn restored(&mut self) -> Vec<Value> {
        let mut items = vec![self.item().await];
        assert_eq!(items[0]["role"], "system", "{items:?}");
        while self.sends("conversation.item.create").await {
            items.push(self.item().await);
        }
        items
    }

    /// Says the phrases for a caller who waits that are asked for in the conversation, a second each, until a tool's answer comes:
    /// takes that into the conversation, and returns the envelope and the phrases.
    ///
    /// # Panics
    ///
    /// When something else is sent.
    pub async fn output_after_holds(&mut self, call_id: &str) -> (Value, Vec<String>) {
        let mut phrases: Vec<String> = Vec::new();
        loop {
            if self.ahead.is_none() {
                self.ahead = timeout(PATIENCE, self.next()).await.ok();
            }
            let event = self.ahead.as_ref().expect("something is sent");
            match event["type"].as_str() {
                Some("conversation.item.create") => return (self.output(call_id).await, phrases),
                Some("conversation.item.delete") => drop(self.ahead.take()),
                _ => {
                    let words = words(event).unwrap_or_else(|| panic!("a phrase: {event}"));
                    assert_eq!(event["response"]["tool_choice"], "none", "{event}");
                    let response = format!("resp_hold_{}", phrases.len());
                    self.answer(&response, &words, Duration::from_secs(1)).await;
                    phrases.push(words);
                }
            }
        }
    }

    /// The next event, if it is of this type; it is left for later otherwise.
    ///
    /// # Panics
    ///
    /// When nothing is sent.
    pub async fn sent(&mut self, kind: &str) -> Option<Value> {
        if self.ahead.is_none() {
            self.ahead = timeout(PATIENCE, self.next()).await.ok();
        }
        assert!(self.ahead.is_some(), "something is sent");
        self.ahead.take_if(|event| event["type"] == kind)
    }

    /// Whether the next event, which must be there already, is of this type.
    async fn sends(&mut self, kind: &str) -> bool {
        if self.ahead.is_none() {
            self.ahead = timeout(Duration::from_millis(1), self.next()).await.ok();
        }
        self.ahead.as_ref().is_some_and(|event| event["type"] == kind)
    }

    /// Takes an item into the conversation.
    async fn item(&mut self) -> Value {
        let item = self.expect("conversation.item.create").await["item"].take();
        self.send(json!({"type": "conversation.item.added", "item": item})).await;
        item
    }

    /// The caller is heard to begin a turn.
    pub async fn speech_started(&mut self, item: &str) {
        self.send(json!({"type": "input_audio_buffer.speech_started", "audio_start_ms": 0, "item_id": item})).await;
    }

    /// The caller's turn is in, with these words.
    pub async fn turn(&mut self, item: &str, words: &str) {
        self.send(json!({"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 900, "item_id": item})).await;
        self.send(json!({"type": "input_audio_buffer.committed", "item_id": item})).await;
        let message = json!({"id": item, "type": "message", "role": "user", "status": "completed",
            "content": [{"type": "input_audio", "transcript": null}]});
        self.send(json!({"type": "conversation.item.added", "item": message})).await;
        self.send(
            json!({"type": "conversation.item.input_audio_transcription.completed", "item_id": item,
            "content_index": 0, "transcript": words, "usage": {"type": "duration", "seconds": 1}}),
        )
        .await;
    }

    /// Takes a tool's answer into the conversation; returns the envelope.
    pub async fn output(&mut self, call_id: &str) -> Value {
        let event = self.expect("conversation.item.create").await;
        assert_eq!(event["item"]["type"], "function_call_output", "{event}");
        assert_eq!(event["item"]["call_id"], call_id, "{event}");
        self.send(json!({"type": "conversation.item.added", "item": event["item"]})).await;
        let output = event["item"]["output"].as_str().expect("an output is a string");
        serde_json::from_str(output).expect("an envelope is JSON")
    }
}

fn decoded_len(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}
