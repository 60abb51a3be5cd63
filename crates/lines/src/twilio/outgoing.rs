//! The frames we send: audio, marks and clears.

use axum::extract::ws::Utf8Bytes;
use switchboard_realtime::Payload;

/// Writes the frames of one stream. All that stays the same in them is written once.
#[derive(Debug)]
pub(crate) struct Outgoing {
    media: String,
    mark: String,
    clear: Utf8Bytes,
}

impl Outgoing {
    /// Writes frames of this stream.
    pub(crate) fn new(stream_sid: &str) -> Self {
        let stream_sid = json(stream_sid);
        Self {
            media: format!(r#"{{"event":"media","streamSid":{stream_sid},"media":{{"payload":""#),
            mark: format!(r#"{{"event":"mark","streamSid":{stream_sid},"mark":{{"name":"#),
            clear: format!(r#"{{"event":"clear","streamSid":{stream_sid}}}"#).into(),
        }
    }

    /// Audio, to be played after all that was sent before. A payload is base64, so that it needs no escapes.
    pub(crate) fn media(&self, payload: &Payload) -> Utf8Bytes {
        [&self.media, payload.as_str(), "\"}}"].concat().into()
    }

    /// A mark, which comes back once all that was sent before it has been played or cleared.
    pub(crate) fn mark(&self, name: &str) -> Utf8Bytes {
        [&self.mark, json(name).as_str(), "}}"].concat().into()
    }

    /// Forgets all audio that has not been played.
    pub(crate) fn clear(&self) -> Utf8Bytes {
        self.clear.clone()
    }
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a string serialises")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_what_twilio_reads() {
        let outgoing = Outgoing::new("MZ1");

        assert_eq!(
            outgoing.media(&Payload::encode(&[0xff; 3])).as_str(),
            r#"{"event":"media","streamSid":"MZ1","media":{"payload":"////"}}"#
        );
        assert_eq!(
            outgoing.mark("i:1:g0").as_str(),
            r#"{"event":"mark","streamSid":"MZ1","mark":{"name":"i:1:g0"}}"#
        );
        assert_eq!(outgoing.clear().as_str(), r#"{"event":"clear","streamSid":"MZ1"}"#);
    }

    #[test]
    fn names_cannot_break_out_of_their_frame() {
        let outgoing = Outgoing::new("M\"Z");

        assert_eq!(
            outgoing.mark("a\"}").as_str(),
            r#"{"event":"mark","streamSid":"M\"Z","mark":{"name":"a\"}"}}"#
        );
    }
}
