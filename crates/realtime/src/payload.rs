//! Audio in base64, as it stands on the wire.
//!
//! A phone line's frames and a model's audio deltas have the same form, so audio passes from one to the other as the text
//! it came in: nothing is decoded, and a delta is a slice of the frame it arrived in.

use std::borrow::Cow;
use std::fmt;
use std::str;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Audio in base64: the standard alphabet, padded to a multiple of four characters. Cheap to clone.
///
/// The text is checked when a payload is made, so that it can be put into a JSON string without a look at it. What the
/// audio is, an [`AudioFormat`](crate::AudioFormat) says.
///
/// A payload from a received frame keeps that whole frame in memory: call [`detached`](Self::detached) on one that is to
/// be kept for long.
///
/// ```
/// use switchboard_realtime::Payload;
///
/// let silence = Payload::encode(&[0xff; 160]);
/// assert_eq!(silence.decoded_len(), 160);
/// assert_eq!(silence.decode()?, vec![0xff; 160]);
/// # Ok::<(), switchboard_realtime::InvalidBase64>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Payload(Bytes);

/// A text that is no base64 of whole bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBase64 {
    /// A character is not of the alphabet, or padding stands before the end.
    #[error("base64 audio has a character at byte {at} that does not belong there")]
    Character {
        /// Where, counted in bytes from 0.
        at: usize,
    },
    /// The length is not a multiple of four.
    #[error(
        "base64 audio of {length} characters is cut off: expected a multiple of four, with `=` as padding"
    )]
    Length {
        /// The length of the text in bytes.
        length: usize,
    },
    /// The last character holds bits that belong to no byte.
    #[error("base64 audio ends in the middle of a byte")]
    TrailingBits,
}

impl Payload {
    /// Encodes audio.
    pub fn encode(audio: &[u8]) -> Self {
        Self(Bytes::from(STANDARD.encode(audio)))
    }

    /// Takes base64 as it stands, once its characters and length have been checked.
    pub fn from_base64(text: impl Into<Bytes>) -> Result<Self, InvalidBase64> {
        let text = text.into();
        check(&text)?;
        Ok(Self(text))
    }

    /// Takes a string of `frame` without copying it, or copies it if it was not borrowed from there.
    pub(crate) fn within(frame: &Utf8Bytes, text: Cow<'_, str>) -> Result<Self, InvalidBase64> {
        match text {
            Cow::Borrowed(text) => {
                let bytes: &Bytes = frame.as_ref();
                Self::from_base64(bytes.slice_ref(text.as_bytes()))
            }
            Cow::Owned(text) => Self::from_base64(text),
        }
    }

    /// The base64 text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("a payload is ASCII")
    }

    /// How many bytes of audio it holds.
    pub fn decoded_len(&self) -> usize {
        self.0.len() / 4 * 3 - padding(&self.0)
    }

    /// Whether it holds no audio.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The audio. Fails only where the last character holds bits that belong to no byte.
    pub fn decode(&self) -> Result<Vec<u8>, InvalidBase64> {
        STANDARD.decode(&self.0).map_err(|_| InvalidBase64::TrailingBits)
    }

    /// A copy that does not keep the received frame in memory.
    pub fn detached(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }

    /// All parts as one payload, in order. Decodes only where a part other than the last is padded.
    pub fn concat(parts: &[Self]) -> Result<Self, InvalidBase64> {
        if let [only] = parts {
            return Ok(only.clone());
        }
        let unpadded = parts
            .split_last()
            .is_none_or(|(_, before)| before.iter().all(|part| padding(&part.0) == 0));
        if unpadded {
            return Ok(Self(parts.iter().flat_map(|part| &part.0).copied().collect()));
        }
        let mut audio = Vec::with_capacity(parts.iter().map(Self::decoded_len).sum());
        for part in parts {
            STANDARD.decode_vec(&part.0, &mut audio).map_err(|_| InvalidBase64::TrailingBits)?;
        }
        Ok(Self::encode(&audio))
    }
}

/// How many `=` end a checked text.
fn padding(text: &[u8]) -> usize {
    text.iter().rev().take(2).take_while(|&&byte| byte == b'=').count()
}

fn check(text: &[u8]) -> Result<(), InvalidBase64> {
    let body = &text[..text.len() - padding(text)];
    if let Some(at) = body.iter().position(|&byte| !of_alphabet(byte)) {
        return Err(InvalidBase64::Character { at });
    }
    if !text.len().is_multiple_of(4) {
        return Err(InvalidBase64::Length { length: text.len() });
    }
    Ok(())
}

const fn of_alphabet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.decoded_len())
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_base64(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slice_of_a_frame_is_not_copied() {
        let frame = Utf8Bytes::from_static(r#"{"delta":"AAEC"}"#);
        let text = &frame.as_str()[10..14];

        let payload = Payload::within(&frame, Cow::Borrowed(text)).unwrap();

        assert_eq!(payload.as_str(), "AAEC");
        assert_eq!(payload.as_str().as_ptr(), text.as_ptr());
        assert_ne!(payload.detached().as_str().as_ptr(), text.as_ptr());
    }

    #[test]
    fn a_text_that_would_break_out_of_json_is_refused() {
        assert_eq!(Payload::from_base64(r#"AA"},"#), Err(InvalidBase64::Character { at: 2 }));
        assert_eq!(Payload::from_base64("AA=A"), Err(InvalidBase64::Character { at: 2 }));
        assert_eq!(Payload::from_base64("===="), Err(InvalidBase64::Character { at: 0 }));
    }

    #[test]
    fn a_text_cut_off_is_refused() {
        assert_eq!(Payload::from_base64("AAECA"), Err(InvalidBase64::Length { length: 5 }));
        assert_eq!(Payload::from_base64("AAE"), Err(InvalidBase64::Length { length: 3 }));
    }

    #[test]
    fn stray_bits_are_found_when_decoding() {
        assert_eq!(
            Payload::from_base64("AB==").unwrap().decode(),
            Err(InvalidBase64::TrailingBits)
        );
    }

    #[test]
    fn debug_shows_the_length_and_no_audio() {
        assert_eq!(format!("{:?}", Payload::encode(&[1; 160])), "Payload(160 bytes)");
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_itself(audio: Vec<u8>) {
            let payload = Payload::encode(&audio);
            prop_assert_eq!(payload.decoded_len(), audio.len());
            prop_assert_eq!(payload.decode().unwrap(), audio);
        }

        #[test]
        fn parts_together_hold_all_audio_in_order(parts: Vec<Vec<u8>>) {
            let payloads: Vec<_> = parts.iter().map(|part| Payload::encode(part)).collect();
            prop_assert_eq!(Payload::concat(&payloads).unwrap().decode().unwrap(), parts.concat());
        }

        #[test]
        fn whatever_is_accepted_has_a_length_and_decodes_to_it(text in "[A-Za-z0-9+/=]{0,12}") {
            if let Ok(payload) = Payload::from_base64(text) {
                let length = payload.decoded_len();
                prop_assert!(payload.decode().is_ok_and(|audio| audio.len() == length)
                    || payload.decode() == Err(InvalidBase64::TrailingBits));
            }
        }
    }
}
