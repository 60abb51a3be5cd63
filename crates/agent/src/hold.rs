//! Hold phrases: what the caller hears while a tool takes its time.

/// The hold phrases of agents that have none of their own. They say nothing of what is being done, so that they fit any tool.
///
/// ```
/// use switchboard_agent::HOLDS;
///
/// assert!(HOLDS.iter().all(|phrase| phrase.len() < 40));
/// ```
pub const HOLDS: [&str; 6] = [
    "One moment, please.",
    "Bear with me a second.",
    "I'm still on it.",
    "This takes a little while.",
    "Thanks for holding on.",
    "I'll be right with you.",
];

/// How long a hold phrase may take to say, in seconds: a longer one would keep the answer waiting.
pub(crate) const LONGEST_SECONDS: usize = 3;

/// The most characters of a hold phrase that are said in that time, at an ordinary pace.
pub(crate) const GOOD_LENGTH: usize = 50;

/// The most characters a hold phrase may have: however fast it is spoken, more never fit into that time.
pub(crate) const MAX_LENGTH: usize = 120;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_neutral_phrases_are_short_and_differ() {
        assert!(HOLDS.iter().all(|phrase| phrase.len() <= GOOD_LENGTH));
        assert_eq!(HOLDS.iter().collect::<BTreeSet<_>>().len(), HOLDS.len());
    }
}
