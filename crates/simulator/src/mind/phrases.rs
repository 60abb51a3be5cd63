//! Stock phrases. Which variant is said depends on the seed; never the same twice running.

use fastrand::Rng;

/// The phrases that a mind has at hand.
#[derive(Clone, Debug)]
pub(crate) struct Phrases {
    rng: Rng,
    /// What was said last of each list, by the list's first phrase.
    last: Vec<(&'static str, usize)>,
}

const HOLD: &[&str] = &[
    "One moment, please.",
    "I am still working on that.",
    "Bear with me, I am looking it up.",
    "Thank you for your patience, I am nearly there.",
    "Just a moment longer.",
];
const FAREWELL: &[&str] = &[
    "Goodbye, and thank you for calling.",
    "Thank you for calling. Goodbye.",
    "Goodbye, have a good day.",
];
const NUDGE: &[&str] = &[
    "Are you still there?",
    "Hello, can you still hear me?",
    "I am still here. How can I help you?",
];
const UNHEARD: &[&str] = &[
    "I am sorry, I did not catch that.",
    "Sorry, could you say that again?",
    "I am sorry, I did not hear you.",
];
const PUZZLED: &[&str] = &[
    "I am sorry, I did not understand that.",
    "Sorry, I am not sure what you mean.",
    "I am sorry, I cannot help with that.",
];
const MORE: &[&str] = &[
    "Is there anything else I can help you with?",
    "Can I help you with anything else?",
    "Is there anything else?",
];
const AGREED: &[&str] = &["All right.", "Of course.", "Very well."];

impl Phrases {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), last: Vec::new() }
    }

    pub(crate) fn hold(&mut self) -> &'static str {
        self.pick(HOLD)
    }

    pub(crate) fn farewell(&mut self) -> &'static str {
        self.pick(FAREWELL)
    }

    pub(crate) fn nudge(&mut self) -> &'static str {
        self.pick(NUDGE)
    }

    pub(crate) fn unheard(&mut self) -> &'static str {
        self.pick(UNHEARD)
    }

    pub(crate) fn puzzled(&mut self) -> &'static str {
        self.pick(PUZZLED)
    }

    pub(crate) fn more(&mut self) -> &'static str {
        self.pick(MORE)
    }

    pub(crate) fn agreed(&mut self) -> &'static str {
        self.pick(AGREED)
    }

    fn pick(&mut self, phrases: &'static [&'static str]) -> &'static str {
        let before = self.last.iter().find(|(first, _)| *first == phrases[0]).map(|(_, at)| *at);
        let at = match before {
            Some(before) => (before + self.rng.usize(1..phrases.len())) % phrases.len(),
            None => self.rng.usize(..phrases.len()),
        };
        self.last.retain(|(first, _)| *first != phrases[0]);
        self.last.push((phrases[0], at));
        phrases[at]
    }
}

/// Whether a text offers more help, so that "no" after it means that the caller is done.
pub(crate) fn offers_more(text: &str) -> bool {
    text.to_lowercase().contains("anything else")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_phrase_comes_twice_running_and_the_seed_decides() {
        let (mut one, mut same) = (Phrases::new(7), Phrases::new(7));
        let mut before = "";
        for _ in 0..50 {
            let phrase = one.hold();
            assert_ne!(phrase, before);
            assert_eq!(phrase, same.hold());
            before = phrase;
        }
    }

    #[test]
    fn every_offer_of_more_is_recognised() {
        assert!(MORE.iter().all(|phrase| offers_more(phrase)));
    }
}
