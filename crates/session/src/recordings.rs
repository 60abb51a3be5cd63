//! What a caller hears when no model can speak: the apology, and phrases for one who waits when nothing has been rendered yet.

use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use switchboard_audio::{SampleRate, g711, pcm16, wav};
use switchboard_realtime::{AudioFormat, Payload};

/// Words and their recording. See `assets/README.md` for where they come from.
struct Recording {
    words: &'static str,
    audio: LazyLock<wav::Wav>,
    /// In each format, once somebody wants it: PCM, mu-law, A-law.
    made: [OnceLock<(Payload, Duration)>; 3],
}

macro_rules! recording {
    ($words:literal, $file:literal) => {
        Recording {
            words: $words,
            audio: LazyLock::new(|| {
                let recording = include_bytes!(concat!("../assets/", $file));
                wav::decode(recording, $file).expect("the recording is a WAV file")
            }),
            made: [const { OnceLock::new() }; 3],
        }
    };
}

static SORRY: Recording = recording!(
    "I'm sorry, something went wrong on our side. Please try again in a few minutes.",
    "sorry.wav"
);

static HOLDS: [Recording; 2] = [
    recording!("One moment, please.", "moment.wav"),
    recording!("I'm still here. Please bear with me.", "still-here.wav"),
];

/// The words of the apology, for lines that carry text.
pub(crate) fn apology_words() -> &'static str {
    SORRY.words
}

/// The apology in a line's format, and its length.
pub(crate) fn apology(format: AudioFormat) -> (Payload, Duration) {
    SORRY.within(format)
}

/// The words of the phrases for a caller who waits, and their lengths.
pub(crate) fn holds(format: AudioFormat) -> impl Iterator<Item = (String, Duration)> {
    HOLDS.iter().map(move |recording| (recording.words.to_owned(), recording.within(format).1))
}

/// The recording of a phrase for a caller who waits.
pub(crate) fn hold(words: &str, format: AudioFormat) -> Option<(Payload, Duration)> {
    Some(HOLDS.iter().find(|recording| recording.words == words)?.within(format))
}

impl Recording {
    fn within(&self, format: AudioFormat) -> (Payload, Duration) {
        let [pcm, mulaw, alaw] = &self.made;
        let (made, encode): (_, fn(&wav::Wav) -> Vec<u8>) = match format {
            AudioFormat::Pcm24k => (pcm, |audio| pcm16::encode(&audio.at(SampleRate::Khz24))),
            AudioFormat::Pcmu => (mulaw, |audio| g711::encode_mulaw(&audio.at(SampleRate::Khz8))),
            AudioFormat::Pcma => (alaw, |audio| g711::encode_alaw(&audio.at(SampleRate::Khz8))),
        };
        let encoded = || {
            let audio = encode(&self.audio);
            (Payload::encode(&audio), format.duration_of(audio.len()))
        };
        made.get_or_init(encoded).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMATS: [AudioFormat; 3] = [AudioFormat::Pcmu, AudioFormat::Pcma, AudioFormat::Pcm24k];

    #[test]
    fn the_apology_is_some_seconds_of_sound_in_every_format() {
        for format in FORMATS {
            let (audio, length) = apology(format);
            assert!(
                length > Duration::from_secs(3) && length < Duration::from_secs(8),
                "{length:?}"
            );
            assert_eq!(format.duration_of(audio.decoded_len()), length);
        }
    }

    #[test]
    fn phrases_are_short_and_found_by_their_words() {
        for format in FORMATS {
            for (words, length) in holds(format) {
                assert!(length > Duration::from_millis(500) && length < Duration::from_secs(3));
                assert_eq!(hold(&words, format).map(|(_, length)| length), Some(length));
            }
        }
    }
}
