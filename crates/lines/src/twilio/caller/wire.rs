//! The frames of the protocol from Twilio's side: read what a server sends, write what Twilio sends.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use switchboard_realtime::Payload;
use thiserror::Error;

use super::Setup;

/// A frame from the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FromServer {
    /// Audio to be played after all that is queued.
    Media(Vec<u8>),
    /// Something to be returned once all that is queued has been played.
    Mark(String),
    /// Forgets what is queued.
    Clear,
}

/// Why a frame makes no sense to Twilio.
#[derive(Debug, Error)]
pub(super) enum Misunderstood {
    #[error("{0}")]
    Shape(#[from] serde_json::Error),
    #[error("`{0}` is no event for Twilio")]
    Event(String),
    #[error("`{event}` without `{member}`")]
    Missing { event: &'static str, member: &'static str },
    #[error("{0}")]
    Audio(#[from] switchboard_realtime::InvalidBase64),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    event: String,
    stream_sid: Option<String>,
    media: Option<Media>,
    mark: Option<Mark>,
}

#[derive(Deserialize)]
struct Media {
    payload: String,
}

#[derive(Deserialize)]
struct Mark {
    name: String,
}

impl FromServer {
    pub(super) fn parse(frame: &str) -> Result<Self, Misunderstood> {
        let wire: Wire = serde_json::from_str(frame)?;
        let parsed = match wire.event.as_str() {
            "media" => {
                let media =
                    wire.media.ok_or(Misunderstood::Missing { event: "media", member: "media" })?;
                Self::Media(Payload::from_base64(media.payload)?.decode()?)
            }
            "mark" => {
                let mark =
                    wire.mark.ok_or(Misunderstood::Missing { event: "mark", member: "mark" })?;
                Self::Mark(mark.name)
            }
            "clear" => Self::Clear,
            _ => return Err(Misunderstood::Event(wire.event)),
        };
        if wire.stream_sid.is_none() {
            return Err(Misunderstood::Missing { event: "frame", member: "streamSid" });
        }
        Ok(parsed)
    }
}

/// Writes Twilio's frames, counting them.
#[derive(Debug)]
pub(super) struct ToServer {
    stream_sid: String,
    call_sid: String,
    account_sid: String,
    sequence: u64,
    chunk: u64,
}

impl ToServer {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            stream_sid: super::arrival::sid("MZ"),
            call_sid: setup.arrival.call_sid.clone(),
            account_sid: setup.arrival.account_sid.clone(),
            sequence: 0,
            chunk: 0,
        }
    }

    pub(super) fn connected() -> String {
        json!({"event": "connected", "protocol": "Call", "version": "1.0.0"}).to_string()
    }

    pub(super) fn start(&mut self, parameters: &[(String, String)]) -> String {
        let parameters: Map<_, _> =
            parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let start = json!({
            "streamSid": self.stream_sid, "accountSid": self.account_sid, "callSid": self.call_sid,
            "tracks": ["inbound"], "customParameters": parameters,
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        });
        self.frame("start", start)
    }

    /// `at_ms`: where the audio ends, from the start of the stream.
    pub(super) fn media(&mut self, at_ms: u128, audio: &[u8]) -> String {
        self.chunk += 1;
        let media = json!({
            "track": "inbound", "chunk": self.chunk.to_string(), "timestamp": at_ms.to_string(),
            "payload": Payload::encode(audio).as_str(),
        });
        self.frame("media", media)
    }

    pub(super) fn dtmf(&mut self, digit: char) -> String {
        self.frame("dtmf", json!({"track": "inbound_track", "digit": digit.to_string()}))
    }

    pub(super) fn mark(&mut self, name: &str) -> String {
        self.frame("mark", json!({"name": name}))
    }

    pub(super) fn stop(&mut self) -> String {
        self.frame("stop", json!({"accountSid": self.account_sid, "callSid": self.call_sid}))
    }

    fn frame(&mut self, event: &str, body: Value) -> String {
        self.sequence += 1;
        let mut frame = Map::new();
        frame.insert("event".to_owned(), event.into());
        frame.insert("sequenceNumber".to_owned(), self.sequence.to_string().into());
        frame.insert("streamSid".to_owned(), self.stream_sid.as_str().into());
        frame.insert(event.to_owned(), body);
        Value::Object(frame).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_a_server_are_read() {
        assert_eq!(
            FromServer::parse(r#"{"event":"media","streamSid":"MZ1","media":{"payload":"//8="}}"#)
                .unwrap(),
            FromServer::Media(vec![0xff; 2])
        );
        assert_eq!(
            FromServer::parse(r#"{"event":"mark","streamSid":"MZ1","mark":{"name":"a"}}"#).unwrap(),
            FromServer::Mark("a".to_owned())
        );
        assert_eq!(
            FromServer::parse(r#"{"event":"clear","streamSid":"MZ1"}"#).unwrap(),
            FromServer::Clear
        );
    }

    #[test]
    fn what_twilio_would_not_understand_is_refused() {
        let refusal = |frame| FromServer::parse(frame).unwrap_err().to_string();

        assert_eq!(
            refusal(r#"{"event":"hangup","streamSid":"MZ1"}"#),
            "`hangup` is no event for Twilio"
        );
        assert_eq!(refusal(r#"{"event":"clear"}"#), "`frame` without `streamSid`");
        assert_eq!(refusal(r#"{"event":"media","streamSid":"MZ1"}"#), "`media` without `media`");
    }
}
