//! From an act to the steps that send it: how it is cut into deltas, and when each is due.

use std::collections::VecDeque;
use std::time::Duration;

use switchboard_audio::SampleRate;
use switchboard_realtime::AudioFormat;

use crate::faults::Fault;
use crate::session::hearing::{encode, rate};
use crate::session::usage;
use crate::settings::Settings;
use crate::voice::Speech;

/// How far the transcript is ahead of the audio.
const LEAD: Duration = Duration::from_millis(200);
/// Between two deltas of a text.
const TEXT_GAP: Duration = Duration::from_millis(10);
/// Between two deltas of a call's arguments, and their length in characters.
const ARGUMENTS_GAP: Duration = Duration::from_millis(5);
const ARGUMENTS_LENGTH: usize = 24;

/// One thing that a response does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Begins a spoken message.
    OpenSpeech,
    /// Begins a written message.
    OpenText,
    /// Begins a function call.
    OpenCall { name: String, call_id: String },
    /// Words of the transcript, each with the time by which it has been said.
    Words(Vec<(Duration, String)>),
    /// Audio in the response's format.
    Audio(Vec<u8>),
    /// A piece of a text.
    Text(String),
    /// A piece of a call's arguments.
    Arguments(String),
    /// Ends the item.
    Close,
    /// Ends the item and the response: the tokens are used up.
    CutShort,
    /// Something goes wrong.
    Fault(Fault),
    /// Nothing more comes.
    Stall,
    /// Ends the item, and the response fails.
    Break,
}

/// Steps in order, each with the time to wait before it.
pub(super) type Steps = VecDeque<(Duration, Step)>;

/// The steps of a spoken message.
pub(super) fn speech(speech: &Speech, format: AudioFormat, settings: &Settings) -> Steps {
    let rate = rate(format);
    let mut steps = Steps::from([(Duration::ZERO, Step::OpenSpeech)]);
    let mut words = Timed::new(&speech.words, rate);
    let length = rate.samples_per_ms()
        * usize::try_from(settings.delta_ms.max(1)).unwrap_or(usize::MAX).min(60_000);
    let (mut gap, mut sent) = (Duration::ZERO, 0);
    for samples in speech.samples.chunks(length) {
        sent += samples.len();
        let ahead = words.begun_by(rate.duration_of(sent as u64) + LEAD);
        if !ahead.is_empty() {
            steps.push_back((gap, Step::Words(ahead)));
            gap = Duration::ZERO;
        }
        steps.push_back((gap, Step::Audio(encode(format, samples))));
        gap = settings.paced(rate.duration_of(samples.len() as u64));
    }
    let rest = words.begun_by(Duration::MAX);
    if !rest.is_empty() {
        steps.push_back((Duration::ZERO, Step::Words(rest)));
    }
    steps.push_back((Duration::ZERO, Step::Close));
    steps
}

/// Words in time, handed out from the front.
struct Timed<'a> {
    words: std::slice::Iter<'a, (String, usize)>,
    rate: SampleRate,
    /// Where the next word begins.
    begins: Duration,
}

impl<'a> Timed<'a> {
    fn new(words: &'a [(String, usize)], rate: SampleRate) -> Self {
        Self { words: words.iter(), rate, begins: Duration::ZERO }
    }

    fn begun_by(&mut self, time: Duration) -> Vec<(Duration, String)> {
        let mut begun = Vec::new();
        while self.begins < time
            && let Some((word, end)) = self.words.next()
        {
            self.begins = self.rate.duration_of(*end as u64);
            begun.push((self.begins, word.clone()));
        }
        begun
    }
}

/// The steps of a written message.
pub(super) fn text(text: &str) -> Steps {
    let mut steps = Steps::from([(Duration::ZERO, Step::OpenText)]);
    steps.extend(text.split_inclusive(' ').map(|piece| (TEXT_GAP, Step::Text(piece.to_owned()))));
    steps.push_back((Duration::ZERO, Step::Close));
    steps
}

/// The steps of a function call.
pub(super) fn call(name: &str, call_id: &str, arguments: &str) -> Steps {
    let open = Step::OpenCall { name: name.to_owned(), call_id: call_id.to_owned() };
    let mut steps = Steps::from([(Duration::ZERO, open)]);
    let letters: Vec<char> = arguments.chars().collect();
    steps.extend(
        letters
            .chunks(ARGUMENTS_LENGTH)
            .map(|piece| (ARGUMENTS_GAP, Step::Arguments(piece.iter().collect()))),
    );
    steps.push_back((Duration::ZERO, Step::Close));
    steps
}

/// Cuts the steps where they use more tokens than are left, and returns whether it did.
pub(super) fn limit(steps: &mut Steps, left: u64, format: AudioFormat) -> bool {
    let (mut text, mut audio) = (0, Duration::ZERO);
    let over = steps.iter().position(|(_, step)| {
        match step {
            Step::Words(words) => {
                text += words.iter().map(|(_, word)| usage::of_text(word)).sum::<u64>();
            }
            Step::Text(piece) | Step::Arguments(piece) => text += usage::of_text(piece),
            Step::OpenCall { name, .. } => text += usage::of_text(name),
            Step::Audio(bytes) => audio += format.duration_of(bytes.len()),
            _ => {}
        }
        text + usage::of_speech(audio) > left
    });
    let Some(over) = over else { return false };
    // The item has to exist for it to be cut short.
    steps.truncate(over.max(1));
    steps.push_back((Duration::ZERO, Step::CutShort));
    true
}

/// Lets something happen in the middle.
pub(super) fn interrupt(steps: &mut Steps, step: Step) {
    steps.insert(steps.len() / 2, (Duration::ZERO, step));
}

/// Waits in the middle.
pub(super) fn pause(steps: &mut Steps, length: Duration) {
    let middle = steps.len() / 2;
    if let Some((gap, _)) = steps.get_mut(middle) {
        *gap += length;
    }
}

/// Ends with this step once so much audio has been sent.
pub(super) fn stop(steps: &mut Steps, after: Duration, end: Step, format: AudioFormat) {
    let mut audio = Duration::ZERO;
    let reached = steps.iter().position(|(_, step)| {
        let is_enough = audio >= after;
        if let Step::Audio(bytes) = step {
            audio += format.duration_of(bytes.len());
        }
        is_enough
    });
    if let Some(at) = reached {
        steps.truncate(at);
    }
    steps.push_back((Duration::ZERO, end));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken() -> Speech {
        let words = vec![("good".to_owned(), 3_200), ("morning".to_owned(), 7_200)];
        Speech { samples: vec![0; 8_000], words }
    }

    fn audio(steps: &Steps) -> usize {
        steps
            .iter()
            .map(|(_, step)| if let Step::Audio(bytes) = step { bytes.len() } else { 0 })
            .sum()
    }

    #[test]
    fn speech_is_paced_and_its_words_are_ahead() {
        let settings = Settings { delta_ms: 200, pace: 4.0, ..Settings::default() };
        let steps = speech(&spoken(), AudioFormat::Pcmu, &settings);

        assert_eq!(audio(&steps), 8_000);
        let time: Duration = steps.iter().map(|(gap, _)| *gap).sum();
        assert_eq!(time, Duration::from_millis(4 * 50));
        assert!(matches!(&steps[1].1, Step::Words(words) if words[0].1 == "good"));
        assert!(matches!(&steps[2].1, Step::Audio(_)));
        assert_eq!(steps.back().unwrap().1, Step::Close);
    }

    #[test]
    fn arguments_and_texts_are_whole_in_pieces() {
        let joined = |steps: Steps| -> String {
            steps
                .into_iter()
                .filter_map(|(_, step)| match step {
                    Step::Text(piece) | Step::Arguments(piece) => Some(piece),
                    _ => None,
                })
                .collect()
        };
        let arguments = format!("{{\"note\":\"{}\"}}", "é".repeat(60));
        assert_eq!(joined(call("a", "call_1", &arguments)), arguments);
        assert_eq!(joined(text("so it  is ")), "so it  is ");
    }

    #[test]
    fn tokens_that_are_used_up_cut_an_item_short() {
        let mut steps = speech(&spoken(), AudioFormat::Pcmu, &Settings::default());
        assert!(limit(&mut steps, 10, AudioFormat::Pcmu));
        assert_eq!(steps.back().unwrap().1, Step::CutShort);
        assert!(audio(&steps) < 8_000);

        let mut steps = text("Hi");
        assert!(!limit(&mut steps, 10, AudioFormat::Pcmu));
        let mut steps = call("a_long_name_of_a_tool", "call_1", "{}");
        assert!(limit(&mut steps, 1, AudioFormat::Pcmu));
        assert!(matches!(steps[0].1, Step::OpenCall { .. }));
    }

    #[test]
    fn a_stall_comes_after_so_much_audio() {
        let mut steps = speech(&spoken(), AudioFormat::Pcmu, &Settings::default());
        stop(&mut steps, Duration::from_millis(300), Step::Stall, AudioFormat::Pcmu);
        assert_eq!(audio(&steps), 320 * 8);
        let mut steps = text("Hello there");
        stop(&mut steps, Duration::ZERO, Step::Stall, AudioFormat::Pcmu);
        assert_eq!(steps.len(), 1);
    }
}
