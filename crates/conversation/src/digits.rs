//! Keys of the phone: collected until `#` or a pause, then one turn of the caller.

use std::time::{Duration, Instant};

/// Nobody dials more than this in one go.
const MOST: usize = 64;

/// The digits dialled so far.
#[derive(Debug, Default)]
pub(crate) struct Digits {
    dialled: String,
    last: Option<Instant>,
}

impl Digits {
    /// A key was pressed. Returns the digits if it completes them.
    pub(crate) fn press(&mut self, key: char, now: Instant) -> Option<String> {
        if key == '#' {
            return self.take();
        }
        self.dialled.push(key);
        self.last = Some(now);
        if self.dialled.len() < MOST { None } else { self.take() }
    }

    /// Returns the digits if the caller has paused.
    pub(crate) fn expire(&mut self, pause: Duration, now: Instant) -> Option<String> {
        if self.deadline(pause)? > now {
            return None;
        }
        self.take()
    }

    /// When a pause has been long enough.
    pub(crate) fn deadline(&self, pause: Duration) -> Option<Instant> {
        self.last.map(|last| last + pause)
    }

    fn take(&mut self) -> Option<String> {
        self.last = None;
        Some(std::mem::take(&mut self.dialled)).filter(|dialled| !dialled.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::start;

    const PAUSE: Duration = Duration::from_secs(2);

    #[test]
    fn digits_are_complete_at_the_hash_or_after_a_pause() {
        let (mut digits, now) = (Digits::default(), start());
        assert_eq!(digits.press('4', now), None);
        assert_eq!(digits.press('2', now), None);
        assert_eq!(digits.press('#', now), Some("42".into()));

        digits.press('7', now);
        assert_eq!(digits.expire(PAUSE, now + PAUSE / 2), None);
        assert_eq!(digits.expire(PAUSE, now + PAUSE), Some("7".into()));
        assert_eq!(digits.expire(PAUSE, now + PAUSE * 2), None);
    }

    #[test]
    fn a_lone_hash_is_nothing() {
        assert_eq!(Digits::default().press('#', start()), None);
    }
}
