//! The recorded apology: what a caller hears when no model can speak any more.

use std::sync::LazyLock;
use std::time::Duration;

use switchboard_audio::{SampleRate, g711, pcm16, wav};
use switchboard_realtime::{AudioFormat, Payload};

/// The words of the recording, for lines that carry text.
pub(crate) const WORDS: &str =
    "I'm sorry, something went wrong on our side. Please try again in a few minutes.";

/// See `assets/README.md` for where it comes from.
static RECORDING: LazyLock<wav::Wav> = LazyLock::new(|| {
    let recording = include_bytes!("../assets/sorry.wav");
    wav::decode(recording, "sorry.wav").expect("the recording is a WAV file")
});

/// The recording in a line's format, and its length.
pub(crate) fn recording(format: AudioFormat) -> (Payload, Duration) {
    let audio = match format {
        AudioFormat::Pcmu => g711::encode_mulaw(&RECORDING.at(SampleRate::Khz8)),
        AudioFormat::Pcma => g711::encode_alaw(&RECORDING.at(SampleRate::Khz8)),
        AudioFormat::Pcm24k => pcm16::encode(&RECORDING.at(SampleRate::Khz24)),
    };
    let length = format.duration_of(audio.len());
    (Payload::encode(&audio), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_some_seconds_of_sound_in_every_format() {
        for format in [AudioFormat::Pcmu, AudioFormat::Pcma, AudioFormat::Pcm24k] {
            let (audio, length) = recording(format);
            assert!(
                length > Duration::from_secs(3) && length < Duration::from_secs(8),
                "{length:?}"
            );
            assert_eq!(format.duration_of(audio.decoded_len()), length);
        }
    }
}
