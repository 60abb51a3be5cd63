//! What a caller hears: stretches of sound, and the words in them.

use std::time::Duration;

use switchboard_audio::SampleRate;
use switchboard_audio::modem::{Demodulator, Utterance, Utterances};

use super::FRAME;
use super::report::Spoken;

/// Pauses up to this long are within one stretch of speech.
const PAUSE: Duration = Duration::from_millis(400);
/// Sound with a lower mean is silence: about 50 dB below the loudest.
const AUDIBLE: u32 = 100;

/// Listens to what is played, frame by frame.
#[derive(Debug)]
pub(super) struct Ear {
    demodulator: Demodulator,
    utterances: Utterances,
    stretch: Option<Stretch>,
}

/// A stretch of sound.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: Duration,
    /// When the part began that has not been told.
    untold_from: Duration,
    to: Duration,
    has_words: bool,
}

impl Ear {
    pub(super) fn new() -> Self {
        Self {
            demodulator: Demodulator::new(SampleRate::Khz8),
            utterances: Utterances::default(),
            stretch: None,
        }
    }

    /// Since when something is being heard.
    pub(super) fn hearing_since(&self) -> Option<Duration> {
        self.stretch.map(|stretch| stretch.from)
    }

    /// When the last sound of the stretch being heard ended.
    pub(super) fn heard_until(&self) -> Option<Duration> {
        self.stretch.map(|stretch| stretch.to)
    }

    /// Hears a frame that ends at `now`. Returns whether it is audible, and what has been heard to its end.
    pub(super) fn hear(&mut self, samples: &[i16], now: Duration) -> (bool, Vec<Spoken>) {
        let audible = is_audible(samples);
        if audible {
            let from = now.saturating_sub(FRAME);
            let stretch = self.stretch.get_or_insert(Stretch {
                from,
                untold_from: from,
                to: now,
                has_words: false,
            });
            stretch.to = now;
        }
        let words = self.demodulator.push(samples);
        let over = self.utterances.hear(words);
        let mut told: Vec<_> = over.iter().map(|utterance| self.tell(utterance, now)).collect();
        if self.stretch.is_some_and(|stretch| now >= stretch.to + PAUSE) {
            told.extend(self.end());
        }
        (audible, told)
    }

    /// Ends what is being heard: it was cut off, or has faded away.
    pub(super) fn end(&mut self) -> Option<Spoken> {
        let cut_off = self.utterances.take();
        let stretch = self.stretch.take()?;
        let told =
            |text, complete| Spoken { from: stretch.untold_from, to: stretch.to, text, complete };
        match cut_off {
            Some(utterance) => Some(told(Some(utterance.text()), utterance.complete)),
            None if stretch.has_words => None,
            None => Some(told(None, true)),
        }
    }

    fn tell(&mut self, utterance: &Utterance, now: Duration) -> Spoken {
        let from = self.stretch.map_or(now, |stretch| stretch.untold_from);
        if let Some(stretch) = &mut self.stretch {
            stretch.untold_from = now;
            stretch.has_words = true;
        }
        Spoken { from, to: now, text: Some(utterance.text()), complete: utterance.complete }
    }
}

fn is_audible(samples: &[i16]) -> bool {
    let sum: u64 = samples.iter().map(|sample| u64::from(sample.unsigned_abs())).sum();
    !samples.is_empty() && sum / samples.len() as u64 >= u64::from(AUDIBLE)
}

#[cfg(test)]
mod tests {
    use switchboard_audio::modem::Modulator;

    use super::*;

    fn hear(ear: &mut Ear, samples: &[i16]) -> Vec<Spoken> {
        let mut now = Duration::ZERO;
        let mut heard = Vec::new();
        for frame in samples.chunks(160) {
            now += FRAME;
            heard.extend(ear.hear(frame, now).1);
        }
        heard
    }

    fn tones(text: &str) -> Vec<i16> {
        Modulator::new(SampleRate::Khz8).speak(text).samples
    }

    #[test]
    fn words_are_heard_with_their_times() {
        let samples = [vec![0; 1_600], tones("hello there"), vec![0; 8_000]].concat();

        let heard = hear(&mut Ear::new(), &samples);

        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!((heard[0].text.as_deref(), heard[0].complete), (Some("hello there"), true));
        assert_eq!(heard[0].from, Duration::from_millis(200));
        assert!((700..=740).contains(&heard[0].to.as_millis()), "{heard:?}");
    }

    #[test]
    fn what_is_cut_off_is_heard_as_far_as_it_went() {
        let mut ear = Ear::new();
        hear(&mut ear, &tones("one two three")[..4_400]);

        let heard = ear.end().unwrap();

        assert_eq!((heard.text.as_deref(), heard.complete), (Some("one two"), false));
        assert_eq!(ear.end(), None);
    }

    #[test]
    fn sounds_without_words_are_stretches() {
        let hum: Vec<i16> =
            (0..4_000).map(|at| if at % 40 < 20 { 3_000 } else { -3_000 }).collect();
        let samples = [hum.clone(), vec![0; 1_600], hum, vec![0; 8_000]].concat();

        let heard = hear(&mut Ear::new(), &samples);

        let to = Duration::from_millis(1_200);
        assert_eq!(heard, [Spoken { from: Duration::ZERO, to, text: None, complete: true }]);
    }
}
