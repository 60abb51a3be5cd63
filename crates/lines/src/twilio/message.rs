//! The frames of a media stream, as Twilio sends them: one JSON object each, named by `event`.
//!
//! Reading is strict where a mistake could do harm (another stream's frame, audio that is not base64) and lenient elsewhere:
//! numbers come as strings but may be numbers, unknown events and members are passed over. A `media` frame, fifty a second on
//! each call, is read in one pass and its payload stays where it is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use switchboard_realtime::{InvalidBase64, Payload};
use thiserror::Error;

/// The longest frame that is read; Twilio's are under 1 KiB.
pub(crate) const FRAME_BYTES: usize = 64 * 1024;

/// A frame from Twilio.
#[derive(Debug, PartialEq)]
pub(crate) enum Incoming {
    /// The socket is Twilio's; `start` follows.
    Connected,
    /// The stream begins.
    Start(Box<Start>),
    /// Audio of the caller.
    Media {
        /// Where it belongs, from the start of the stream.
        timestamp: Option<Duration>,
        /// The audio, in the format that `start` named.
        payload: Payload,
    },
    /// A key of the phone: `0`–`9`, `*`, `#`, `A`–`D`.
    Dtmf(char),
    /// Playback has reached a mark of ours, or a clear has flushed it.
    Mark(String),
    /// The stream ends.
    Stop,
    /// Nothing for us: an event we do not know, or our own audio coming back.
    Ignored,
}

/// What the stream is.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Start {
    /// The stream's id, in every frame from here on.
    pub(crate) stream_sid: String,
    /// The call's id.
    pub(crate) call_sid: String,
    /// The values of our `<Parameter>`s.
    pub(crate) custom_parameters: BTreeMap<String, String>,
    /// What the audio is; Twilio knows one format.
    pub(crate) media_format: Option<MediaFormat>,
}

/// What the audio of a stream is.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct MediaFormat {
    /// `audio/x-mulaw`.
    pub(crate) encoding: String,
    /// 8000.
    #[serde(deserialize_with = "number")]
    pub(crate) sample_rate: Option<u64>,
    /// 1.
    #[serde(deserialize_with = "number")]
    pub(crate) channels: Option<u64>,
}

/// Why a frame was dropped.
#[derive(Debug, Error)]
pub(crate) enum BadFrame {
    #[error("a frame of {bytes} bytes is over the limit of {FRAME_BYTES}")]
    TooLarge { bytes: usize },
    #[error("a binary frame: Twilio sends text")]
    Binary,
    #[error("a frame that is not JSON of the expected shape ({0})")]
    Shape(#[from] serde_json::Error),
    #[error("a `{event}` frame without `{member}`")]
    Missing { event: &'static str, member: &'static str },
    #[error("a frame of another stream")]
    OtherStream,
    #[error("a frame before `start`")]
    Early,
    #[error("a second `start` frame")]
    Again,
    #[error("a `media` frame whose {0}")]
    Audio(InvalidBase64),
    #[error("a `dtmf` frame whose digit is not a key of a phone")]
    Digit,
}

impl Incoming {
    /// Reads a frame. Once the stream is known, a frame that names another one is refused.
    pub(crate) fn parse(frame: &Utf8Bytes, stream_sid: Option<&str>) -> Result<Self, BadFrame> {
        if frame.len() > FRAME_BYTES {
            return Err(BadFrame::TooLarge { bytes: frame.len() });
        }
        let bytes = Bytes::from(frame.clone());
        let wire = match serde_json::from_str::<Wire<'_>>(frame) {
            Ok(wire) => wire,
            Err(_) if is_unknown(frame) => return Ok(Self::Ignored),
            Err(error) => return Err(error.into()),
        };
        if let (Some(ours), Some(theirs)) = (stream_sid, &wire.stream_sid)
            && ours != theirs.0
        {
            return Err(BadFrame::OtherStream);
        }
        wire.into_incoming(&bytes)
    }
}

const EVENTS: [&str; 6] = ["media", "mark", "dtmf", "start", "stop", "connected"];

/// Whether a frame that cannot be read is of an event we do not know, whose members may be anything.
fn is_unknown(frame: &str) -> bool {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        event: Cow<'a, str>,
    }
    serde_json::from_str::<Named<'_>>(frame)
        .is_ok_and(|named| !EVENTS.contains(&named.event.as_ref()))
}

/// A frame of any event.
#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, rename = "streamSid", default)]
    stream_sid: Option<Text<'a>>,
    #[serde(borrow, default)]
    media: Option<WireMedia<'a>>,
    #[serde(default)]
    start: Option<Box<Start>>,
    #[serde(borrow, default)]
    dtmf: Option<WireDtmf<'a>>,
    #[serde(default)]
    mark: Option<WireMark>,
}

/// A string that is borrowed where it has no escapes, also inside an `Option`.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct WireMedia<'a> {
    #[serde(borrow, default)]
    track: Option<Text<'a>>,
    #[serde(default, deserialize_with = "number")]
    timestamp: Option<u64>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

#[derive(Deserialize)]
struct WireDtmf<'a> {
    #[serde(borrow)]
    digit: Cow<'a, str>,
}

#[derive(Deserialize)]
struct WireMark {
    name: String,
}

impl Wire<'_> {
    fn into_incoming(self, frame: &Bytes) -> Result<Incoming, BadFrame> {
        let missing = |event, member| BadFrame::Missing { event, member };
        match self.event.as_ref() {
            "media" => self.media.ok_or(missing("media", "media"))?.into_incoming(frame),
            "mark" => Ok(Incoming::Mark(self.mark.ok_or(missing("mark", "mark"))?.name)),
            "dtmf" => digit(&self.dtmf.ok_or(missing("dtmf", "dtmf"))?.digit).map(Incoming::Dtmf),
            "start" => {
                let mut start = self.start.ok_or(missing("start", "start"))?;
                if start.stream_sid.is_empty() {
                    start.stream_sid =
                        self.stream_sid.ok_or(missing("start", "streamSid"))?.0.into_owned();
                }
                if start.call_sid.is_empty() {
                    return Err(missing("start", "start.callSid"));
                }
                Ok(Incoming::Start(start))
            }
            "connected" => Ok(Incoming::Connected),
            "stop" => Ok(Incoming::Stop),
            _ => Ok(Incoming::Ignored),
        }
    }
}

impl WireMedia<'_> {
    fn into_incoming(self, frame: &Bytes) -> Result<Incoming, BadFrame> {
        if self.track.is_some_and(|track| track.0 == "outbound") {
            return Ok(Incoming::Ignored);
        }
        let payload = match self.payload {
            Cow::Borrowed(text) => Payload::from_base64(frame.slice_ref(text.as_bytes())),
            Cow::Owned(text) => Payload::from_base64(text),
        };
        Ok(Incoming::Media {
            timestamp: self.timestamp.map(Duration::from_millis),
            payload: payload.map_err(BadFrame::Audio)?,
        })
    }
}

fn digit(text: &str) -> Result<char, BadFrame> {
    let mut characters = text.chars().map(|character| character.to_ascii_uppercase());
    match (characters.next(), characters.next()) {
        (Some(digit @ ('0'..='9' | '*' | '#' | 'A'..='D')), None) => Ok(digit),
        _ => Err(BadFrame::Digit),
    }
}

/// A number, or a string that holds one; anything else counts as absent.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct Number;

    impl serde::de::Visitor<'_> for Number {
        type Value = Option<u64>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a number, as a string or as such")
        }

        fn visit_str<E>(self, text: &str) -> Result<Option<u64>, E> {
            Ok(text.parse().ok())
        }

        fn visit_u64<E>(self, number: u64) -> Result<Option<u64>, E> {
            Ok(Some(number))
        }

        fn visit_i64<E>(self, _negative: i64) -> Result<Option<u64>, E> {
            Ok(None)
        }

        fn visit_f64<E>(self, number: f64) -> Result<Option<u64>, E> {
            // The cast saturates, which is as good as any other answer to a nonsensical time.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked, and saturating"
            )]
            Ok((number >= 0.0).then_some(number as u64))
        }

        fn visit_unit<E>(self) -> Result<Option<u64>, E> {
            Ok(None)
        }
    }

    deserializer.deserialize_any(Number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(frame: &str) -> Result<Incoming, BadFrame> {
        Incoming::parse(&Utf8Bytes::from(frame), Some("MZ1"))
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn the_frames_of_a_stream_are_read() {
        let start = r#"{"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{"streamSid":"MZ1",
            "accountSid":"AC1","callSid":"CA1","tracks":["inbound"],"customParameters":{"lang":"de"},
            "mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":"1"}}}"#;
        let expected = Start {
            stream_sid: "MZ1".to_owned(),
            call_sid: "CA1".to_owned(),
            custom_parameters: BTreeMap::from([("lang".to_owned(), "de".to_owned())]),
            media_format: Some(MediaFormat {
                encoding: "audio/x-mulaw".to_owned(),
                sample_rate: Some(8000),
                channels: Some(1),
            }),
        };

        assert_eq!(
            parse(r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#).unwrap(),
            Incoming::Connected
        );
        assert_eq!(parse(start).unwrap(), Incoming::Start(Box::new(expected)));
        assert_eq!(
            parse(r##"{"event":"dtmf","sequenceNumber":"90","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"#"}}"##)
                .unwrap(),
            Incoming::Dtmf('#')
        );
        assert_eq!(
            parse(r#"{"event":"mark","sequenceNumber":"91","streamSid":"MZ1","mark":{"name":"item_1:400:g7"}}"#).unwrap(),
            Incoming::Mark("item_1:400:g7".to_owned())
        );
        assert_eq!(
            parse(r#"{"event":"stop","sequenceNumber":"99","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}"#)
                .unwrap(),
            Incoming::Stop
        );
    }

    #[test]
    fn a_payload_is_not_copied() {
        let frame = Utf8Bytes::from(
            r#"{"event":"media","streamSid":"MZ1","media":{"track":"inbound","chunk":"1","timestamp":"20","payload":"AAEC"}}"#,
        );
        let place = frame.as_bytes().windows(4).position(|window| window == b"AAEC").unwrap();
        let place = frame[place..].as_ptr();

        let Incoming::Media { timestamp, payload } = Incoming::parse(&frame, Some("MZ1")).unwrap()
        else {
            panic!()
        };

        assert_eq!((timestamp, payload.as_str()), (Some(ms(20)), "AAEC"));
        assert_eq!(payload.as_str().as_ptr(), place);
    }

    #[test]
    fn escapes_and_odd_numbers_are_read() {
        for (timestamp, expected) in [
            ("40", Some(40)),
            ("\"40\"", Some(40)),
            ("40.9", Some(40)),
            ("null", None),
            ("\"x\"", None),
            ("-1", None),
        ] {
            let frame = format!(
                r#"{{"event":"med\u0069a","media":{{"timestamp":{timestamp},"payload":"\/\/8A"}},"streamSid":"M\u005a1"}}"#
            );
            let payload = Payload::from_base64("//8A").unwrap();
            assert_eq!(
                parse(&frame).unwrap(),
                Incoming::Media { timestamp: expected.map(ms), payload },
                "{timestamp}"
            );
        }
    }

    #[test]
    fn unknown_events_are_ignored_whatever_they_hold() {
        for frame in [
            r#"{"event":"transcription","streamSid":"MZ1","media":5}"#,
            r#"{"event":"later"}"#,
            r#"{"event":"media","media":{"track":"outbound","payload":"AAEC"}}"#,
        ] {
            assert_eq!(parse(frame).unwrap(), Incoming::Ignored, "{frame}");
        }
    }

    #[test]
    fn bad_frames_say_what_is_wrong() {
        let refusal = |frame: &str| parse(frame).unwrap_err().to_string();

        assert_eq!(refusal(r#"{"event":"stop","streamSid":"MZ2"}"#), "a frame of another stream");
        assert_eq!(
            refusal(r#"{"event":"media","streamSid":"MZ1"}"#),
            "a `media` frame without `media`"
        );
        assert_eq!(
            refusal(r#"{"event":"start","start":{"callSid":"CA1"}}"#),
            "a `start` frame without `streamSid`"
        );
        assert_eq!(
            refusal(r#"{"event":"media","media":{"payload":"AA!A"}}"#),
            "a `media` frame whose base64 audio has a character at byte 2 that does not belong there"
        );
        assert_eq!(
            refusal(r#"{"event":"dtmf","dtmf":{"digit":"12"}}"#),
            "a `dtmf` frame whose digit is not a key of a phone"
        );
        assert!(refusal("{").starts_with("a frame that is not JSON of the expected shape (EOF"));
        assert!(
            refusal(r#"{"event":"media","media":[]}"#).contains("not JSON of the expected shape")
        );
        assert_eq!(
            refusal(&" ".repeat(FRAME_BYTES + 1)),
            "a frame of 65537 bytes is over the limit of 65536"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            let _ = parse(&text);
        }

        #[test]
        fn anything_like_a_frame_is_read_without_a_panic(
            event in "media|mark|dtmf|start|stop|connected|other",
            member in "media|mark|dtmf|start|stop|event|streamSid",
            value in r#"null|5|-5|"MZ1"|"\\u0000"|\[\]|\{\}|\{"payload":"[A-Za-z0-9+/=\\\\]{0,9}"\}|\{"digit":".?"\}|\{"name":null\}"#,
        ) {
            let _ = parse(&format!(r#"{{"event":"{event}","{member}":{value}}}"#));
        }
    }
}
