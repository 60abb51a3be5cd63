//! The three audio formats of the protocol (section 5.1): raw audio, no header, one channel.

use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How audio is encoded, in or out. The two directions of a session are independent.
///
/// On the wire `{"type":"audio/pcm","rate":24000}`, `{"type":"audio/pcmu"}` or `{"type":"audio/pcma"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AudioFormat {
    /// Signed 16-bit samples, little-endian, 24 kHz.
    Pcm24k,
    /// G.711 mu-law, 8 kHz, one byte a sample: the phone networks of North America and Japan, and Twilio.
    Pcmu,
    /// G.711 A-law, 8 kHz, one byte a sample: the phone networks elsewhere.
    Pcma,
}

impl AudioFormat {
    /// Bytes in a millisecond of audio: 48 for PCM, 8 for G.711.
    pub const fn bytes_per_ms(self) -> usize {
        match self {
            Self::Pcm24k => 48,
            Self::Pcmu | Self::Pcma => 8,
        }
    }

    /// Samples in a second.
    pub const fn sample_rate(self) -> u32 {
        match self {
            Self::Pcm24k => 24_000,
            Self::Pcmu | Self::Pcma => 8_000,
        }
    }

    /// How long `bytes` of audio last.
    pub const fn duration_of(self, bytes: usize) -> Duration {
        let per_second = self.bytes_per_ms() as u64 * 1_000;
        let whole = Duration::from_secs(bytes as u64 / per_second);
        whole.saturating_add(Duration::from_nanos(
            bytes as u64 % per_second * 1_000_000_000 / per_second,
        ))
    }

    /// The type's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pcm24k => "audio/pcm",
            Self::Pcmu => "audio/pcmu",
            Self::Pcma => "audio/pcma",
        }
    }
}

impl fmt::Display for AudioFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for AudioFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let with_rate = matches!(self, Self::Pcm24k);
        let mut format = serializer.serialize_struct("AudioFormat", 1 + usize::from(with_rate))?;
        format.serialize_field("type", self.as_str())?;
        if with_rate {
            format.serialize_field("rate", &self.sample_rate())?;
        }
        format.end()
    }
}

impl<'de> Deserialize<'de> for AudioFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            r#type: String,
            #[serde(default)]
            rate: Option<u32>,
        }

        let wire = Wire::deserialize(deserializer)?;
        [Self::Pcm24k, Self::Pcmu, Self::Pcma]
            .into_iter()
            .find(|format| {
                format.as_str() == wire.r#type
                    && wire.rate.is_none_or(|rate| rate == format.sample_rate())
            })
            .ok_or_else(|| match wire.rate {
                Some(rate) => D::Error::custom(format_args!(
                    "unknown audio format `{}` at {rate} Hz",
                    wire.r#type
                )),
                None => D::Error::custom(format_args!("unknown audio format `{}`", wire.r#type)),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_written_as_the_protocol_names_them() {
        for (format, json) in [
            (AudioFormat::Pcm24k, r#"{"type":"audio/pcm","rate":24000}"#),
            (AudioFormat::Pcmu, r#"{"type":"audio/pcmu"}"#),
            (AudioFormat::Pcma, r#"{"type":"audio/pcma"}"#),
        ] {
            assert_eq!(serde_json::to_string(&format).unwrap(), json);
            assert_eq!(serde_json::from_str::<AudioFormat>(json).unwrap(), format);
        }
    }

    #[test]
    fn pcm_without_a_rate_is_24_khz_and_with_another_is_refused() {
        assert_eq!(
            serde_json::from_str::<AudioFormat>(r#"{"type":"audio/pcm"}"#).unwrap(),
            AudioFormat::Pcm24k
        );

        let error = serde_json::from_str::<AudioFormat>(r#"{"type":"audio/pcm","rate":16000}"#)
            .unwrap_err();
        assert!(error.to_string().starts_with("unknown audio format `audio/pcm` at 16000 Hz"));
    }

    #[test]
    fn bytes_last_as_long_as_the_format_says() {
        assert_eq!(AudioFormat::Pcmu.duration_of(160), Duration::from_millis(20));
        assert_eq!(AudioFormat::Pcm24k.duration_of(960), Duration::from_millis(20));
        assert_eq!(AudioFormat::Pcma.duration_of(1), Duration::from_micros(125));
        assert_eq!(AudioFormat::Pcmu.duration_of(8_000 * 3_600), Duration::from_secs(3_600));
    }
}
