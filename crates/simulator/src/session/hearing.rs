//! The input buffer: the caller's audio, what is speech in it, and the words that it carries.

use std::time::Duration;

use switchboard_audio::modem::{Demodulator, Heard};
use switchboard_audio::vad::{EnergyVad, VadEvent, VadSettings};
use switchboard_audio::{SampleRate, g711, pcm16};
use switchboard_realtime::AudioFormat;

use super::config::TurnDetection;
use super::entry::Sound;

/// Audio kept while nobody speaks, beyond the prefix padding: speech is noticed a little after it began.
const SLACK: Duration = Duration::from_secs(1);
/// Audio kept while the client says where turns end.
const LONGEST_TURN: Duration = Duration::from_secs(600);
/// The silence that ends an utterance whose last word has been heard.
const SILENCE_AFTER_LAST_WORD: Duration = Duration::from_millis(400);

/// The caller's audio as it comes in.
#[derive(Debug)]
pub(super) struct Hearing {
    format: AudioFormat,
    turns: Option<TurnDetection>,
    vad: EnergyVad,
    ear: Demodulator,
    /// The time at which this format began, over all audio of the session.
    base_ms: u64,
    /// What is not committed yet, as on the wire.
    buffer: Vec<u8>,
    /// Bytes of this format before the buffer.
    dropped: u64,
    /// Half a sample that waits for its other half.
    half: Option<u8>,
    words: Vec<Heard>,
    /// Whether the caller has used the text channel, in this format or an earlier one.
    in_tones: bool,
}

/// A stretch of the caller's audio, and what is said in it.
#[derive(Debug)]
pub(super) struct Utterance {
    pub(super) sound: Sound,
    pub(super) words: String,
}

impl Hearing {
    pub(super) fn new(format: AudioFormat, turns: Option<TurnDetection>) -> Self {
        Self::starting_at(0, format, turns)
    }

    fn starting_at(base_ms: u64, format: AudioFormat, turns: Option<TurnDetection>) -> Self {
        let rate = rate(format);
        let settings = turns.map_or_else(VadSettings::default, |turns| turns.vad);
        Self {
            format,
            turns,
            vad: EnergyVad::new(rate, settings),
            ear: Demodulator::new(rate),
            base_ms,
            buffer: Vec::new(),
            dropped: 0,
            half: None,
            words: Vec::new(),
            in_tones: false,
        }
    }

    /// Takes over a changed session.
    pub(super) fn configure(&mut self, format: AudioFormat, turns: Option<TurnDetection>) {
        if format != self.format {
            let in_tones = self.in_tones;
            *self = Self { in_tones, ..Self::starting_at(self.position_ms(), format, turns) };
            return;
        }
        if turns.is_some() != self.turns.is_some() {
            self.vad.forget_speech();
        }
        self.turns = turns;
        if let Some(turns) = turns {
            self.vad.configure(turns.vad);
        }
    }

    /// Takes audio in, and returns where speech begins and ends, in milliseconds over all audio of the session. Nothing
    /// is returned while the client says where turns end.
    pub(super) fn push(&mut self, audio: &[u8]) -> Vec<VadEvent> {
        self.buffer.extend_from_slice(audio);
        let samples = self.samples(audio);
        let heard = self.ear.push(&samples);
        self.in_tones |= self.ear.has_met_a_speaker();
        let is_over = heard.last().is_some_and(|word| word.last);
        self.words.extend(heard);
        let mut events = self.vad.push(&samples);
        let Some(turns) = self.turns else {
            self.trim(LONGEST_TURN);
            return Vec::new();
        };
        if turns.semantic {
            self.be_patient(&turns, &events, is_over);
        }
        if !self.vad.is_speaking() && events.is_empty() {
            self.trim(turns.vad.prefix_padding + SLACK);
        }
        for event in &mut events {
            let (VadEvent::SpeechStarted { at_ms } | VadEvent::SpeechStopped { at_ms }) = event;
            *at_ms += self.base_ms;
        }
        events
    }

    /// By meaning, a turn whose last word has been heard is over soon; one that has not been understood may go on.
    fn be_patient(&mut self, turns: &TurnDetection, events: &[VadEvent], is_over: bool) {
        if is_over {
            self.vad
                .configure(VadSettings { silence_duration: SILENCE_AFTER_LAST_WORD, ..turns.vad });
        } else if events.iter().any(|event| matches!(event, VadEvent::SpeechStarted { .. })) {
            self.vad.configure(turns.vad);
        }
    }

    /// Whether the caller uses the text channel.
    pub(super) fn is_in_tones(&self) -> bool {
        self.in_tones
    }

    /// Milliseconds of all audio of the session.
    pub(super) fn position_ms(&self) -> u64 {
        self.base_ms + self.ms(self.dropped + self.buffer.len() as u64)
    }

    /// How much waits to be committed.
    pub(super) fn waiting(&self) -> Duration {
        self.format.duration_of(self.buffer.len())
    }

    /// Takes a stretch out of the buffer, with the words heard by its end; what is before it is dropped.
    pub(super) fn take(&mut self, from_ms: u64, to_ms: u64) -> Utterance {
        let offset = |ms: u64| {
            let bytes =
                ms.saturating_sub(self.base_ms).saturating_mul(self.format.bytes_per_ms() as u64);
            usize::try_from(bytes.saturating_sub(self.dropped))
                .unwrap_or(usize::MAX)
                .min(self.buffer.len())
        };
        let (from, to) = (offset(from_ms), offset(to_ms));
        let bytes = self.buffer.get(from..to).unwrap_or_default().to_vec();
        self.drop_until(to);
        Utterance { sound: Sound::new(self.format, bytes), words: self.take_words(to_ms) }
    }

    /// Takes all of the buffer: the client commits.
    pub(super) fn take_all(&mut self) -> Utterance {
        self.vad.forget_speech();
        self.take(0, u64::MAX)
    }

    /// Drops all of the buffer: the client clears it.
    pub(super) fn clear(&mut self) {
        self.vad.forget_speech();
        self.drop_until(self.buffer.len());
        self.words.clear();
    }

    fn take_words(&mut self, until_ms: u64) -> String {
        let samples = until_ms
            .saturating_sub(self.base_ms)
            .saturating_mul(rate(self.format).samples_per_ms() as u64);
        let later = self.words.partition_point(|heard| heard.ends_at_sample <= samples);
        let words: Vec<_> = self.words.drain(..later).map(|heard| heard.word).collect();
        words.join(" ")
    }

    fn samples(&mut self, audio: &[u8]) -> Vec<i16> {
        match self.format {
            AudioFormat::Pcmu => g711::decode_mulaw(audio),
            AudioFormat::Pcma => g711::decode_alaw(audio),
            AudioFormat::Pcm24k => {
                let mut bytes: Vec<u8> =
                    self.half.take().into_iter().chain(audio.iter().copied()).collect();
                if bytes.len() % 2 == 1 {
                    self.half = bytes.pop();
                }
                pcm16::decode(&bytes).expect("an even number of bytes is whole samples")
            }
        }
    }

    fn trim(&mut self, most: Duration) {
        let most = usize::try_from(most.as_millis())
            .unwrap_or(usize::MAX)
            .saturating_mul(self.format.bytes_per_ms());
        // Moving the rest down costs a copy: it is done once for twice the amount.
        if self.buffer.len() > most.saturating_mul(2) {
            self.drop_until(self.buffer.len() - most);
        }
    }

    fn drop_until(&mut self, end: usize) {
        self.dropped += end as u64;
        self.buffer.drain(..end);
    }

    fn ms(&self, bytes: u64) -> u64 {
        bytes / self.format.bytes_per_ms() as u64
    }
}

/// The rate of a format's samples.
pub(super) fn rate(format: AudioFormat) -> SampleRate {
    match format {
        AudioFormat::Pcm24k => SampleRate::Khz24,
        AudioFormat::Pcmu | AudioFormat::Pcma => SampleRate::Khz8,
    }
}

/// The samples of a whole piece of audio.
pub(super) fn decode(sound: &Sound) -> Vec<i16> {
    match sound.format {
        AudioFormat::Pcmu => g711::decode_mulaw(&sound.bytes),
        AudioFormat::Pcma => g711::decode_alaw(&sound.bytes),
        AudioFormat::Pcm24k => pcm16::decode(&sound.bytes[..sound.bytes.len() & !1])
            .expect("an even number of bytes is whole samples"),
    }
}

/// The words in a whole piece of audio.
pub(super) fn words_in(sound: &Sound) -> String {
    let heard = Demodulator::new(rate(sound.format)).push(&decode(sound));
    heard.into_iter().map(|heard| heard.word).collect::<Vec<_>>().join(" ")
}

/// Samples in a format, as on the wire.
pub(super) fn encode(format: AudioFormat, samples: &[i16]) -> Vec<u8> {
    match format {
        AudioFormat::Pcmu => g711::encode_mulaw(samples),
        AudioFormat::Pcma => g711::encode_alaw(samples),
        AudioFormat::Pcm24k => pcm16::encode(samples),
    }
}

#[cfg(test)]
mod tests {
    use switchboard_audio::modem::Modulator;

    use super::*;

    const TURNS: TurnDetection = TurnDetection {
        vad: VadSettings {
            threshold: 0.5,
            prefix_padding: Duration::from_millis(300),
            silence_duration: Duration::from_millis(500),
        },
        create_response: true,
        interrupt_response: true,
        idle_timeout: None,
        semantic: false,
    };

    fn speech(format: AudioFormat, text: &str) -> Vec<u8> {
        let mut samples = vec![0; rate(format).samples_per_ms() * 1_000];
        samples.extend(Modulator::new(rate(format)).speak(text).samples);
        samples.extend(vec![0; rate(format).samples_per_ms() * 1_000]);
        encode(format, &samples)
    }

    #[test]
    fn words_are_heard_in_every_format_and_in_pieces_of_any_length() {
        for (format, piece) in
            [(AudioFormat::Pcmu, 160), (AudioFormat::Pcma, 37), (AudioFormat::Pcm24k, 961)]
        {
            let mut hearing = Hearing::new(format, Some(TURNS));
            let (mut from, mut turn) = (0, None);
            for piece in speech(format, "what is my balance").chunks(piece) {
                for event in hearing.push(piece) {
                    match event {
                        VadEvent::SpeechStarted { at_ms } => from = at_ms,
                        VadEvent::SpeechStopped { at_ms } => {
                            turn = Some((at_ms, hearing.take(from, at_ms)));
                        }
                    }
                }
            }
            let (to, turn) = turn.expect("one turn");
            assert!((650..=750).contains(&from), "{from}");
            assert_eq!(turn.words, "what is my balance");
            assert_eq!(turn.sound.length_ms(), to - from);
        }
    }

    #[test]
    fn two_turns_in_one_piece_have_each_their_own_words() {
        let mut hearing = Hearing::new(AudioFormat::Pcmu, Some(TURNS));
        let mut audio = speech(AudioFormat::Pcmu, "one two");
        audio.extend(speech(AudioFormat::Pcmu, "three"));
        let stops: Vec<_> = hearing
            .push(&audio)
            .into_iter()
            .filter_map(|event| match event {
                VadEvent::SpeechStopped { at_ms } => Some(at_ms),
                VadEvent::SpeechStarted { .. } => None,
            })
            .collect();
        let words: Vec<_> = stops.iter().map(|stop| hearing.take(0, *stop).words).collect();
        assert_eq!(words, ["one two", "three"]);
    }

    #[test]
    fn time_goes_on_over_a_change_of_format() {
        let mut hearing = Hearing::new(AudioFormat::Pcm24k, Some(TURNS));
        hearing.push(&vec![0; 48_000]);
        hearing.configure(AudioFormat::Pcmu, Some(TURNS));
        let events = hearing.push(&speech(AudioFormat::Pcmu, "hello"));
        assert!(
            matches!(events[0], VadEvent::SpeechStarted { at_ms } if (1_650..=1_750).contains(&at_ms)),
            "{events:?}"
        );
    }

    #[test]
    fn a_caller_who_uses_the_text_channel_is_known_by_it_from_then_on() {
        let mut hearing = Hearing::new(AudioFormat::Pcm24k, Some(TURNS));
        hearing.push(&vec![0; 48_000]);
        assert!(!hearing.is_in_tones());
        let hello = Modulator::new(SampleRate::Khz24).hello();
        assert_eq!(hearing.push(&encode(AudioFormat::Pcm24k, &hello)), []);
        hearing.configure(AudioFormat::Pcmu, Some(TURNS));
        assert!(hearing.is_in_tones());
        assert_eq!(hearing.take_all().words, "");
    }

    #[test]
    fn silence_does_not_pile_up() {
        let mut hearing = Hearing::new(AudioFormat::Pcmu, Some(TURNS));
        for _ in 0..1_000 {
            hearing.push(&[0xFF; 160]);
        }
        assert!(hearing.waiting() < Duration::from_secs(4));
        assert_eq!(hearing.position_ms(), 20_000);
    }

    #[test]
    fn with_manual_turns_nothing_is_said_and_all_is_kept() {
        let mut hearing = Hearing::new(AudioFormat::Pcmu, None);
        assert_eq!(hearing.push(&speech(AudioFormat::Pcmu, "hello there")), []);
        let turn = hearing.take_all();
        assert_eq!(turn.words, "hello there");
        assert_eq!(hearing.waiting(), Duration::ZERO);
    }

    #[test]
    fn a_complete_sentence_ends_a_semantic_turn_soon() {
        let turns = TurnDetection {
            semantic: true,
            vad: VadSettings { silence_duration: Duration::from_secs(8), ..TURNS.vad },
            ..TURNS
        };
        let mut hearing = Hearing::new(AudioFormat::Pcmu, Some(turns));
        let events: Vec<_> = speech(AudioFormat::Pcmu, "hello there")
            .chunks(160)
            .flat_map(|piece| hearing.push(piece))
            .collect();
        assert_eq!(events.len(), 2);
    }
}
