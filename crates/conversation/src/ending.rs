//! When it is time to hang up: after the last word has been heard, and never much later.

use std::time::{Duration, Instant};

/// However the goodbye goes, the line is closed after this.
const LONGEST: Duration = Duration::from_secs(30);

/// How far the end of a call has come.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The call goes on.
    Live,
    /// The last words are being said; then we hang up.
    Closing {
        reason: String,
        since: Instant,
        /// The model is gone, so nothing calls the end off.
        failed: bool,
        /// All audio has been sent: by then its mark must be back.
        flushed_by: Option<Instant>,
    },
    /// The line is closed.
    Over,
}

impl Ending {
    pub(crate) fn live(&self) -> bool {
        matches!(self, Self::Live)
    }

    pub(crate) fn over(&self) -> bool {
        matches!(self, Self::Over)
    }

    /// Whether the model is gone.
    pub(crate) fn failed(&self) -> bool {
        matches!(self, Self::Closing { failed: true, .. } | Self::Over)
    }

    /// The call is to end once the last words have been heard.
    pub(crate) fn close(&mut self, reason: &str, failed: bool, now: Instant) {
        match self {
            Self::Over => {}
            // The model broke during the goodbye: what is said of it is heard, and that is that.
            Self::Closing { failed: already, .. } => *already |= failed,
            Self::Live => {
                *self = Self::Closing {
                    reason: reason.to_owned(),
                    since: now,
                    failed,
                    flushed_by: None,
                };
            }
        }
    }

    /// The caller spoke during the goodbye: the call goes on. Says whether it was about to end.
    pub(crate) fn call_off(&mut self) -> bool {
        let closing = matches!(self, Self::Closing { failed: false, .. });
        if closing {
            *self = Self::Live;
        }
        closing
    }

    /// Nothing more is to be said. `marked`: the line has played all of it; without that word, `ear` tells when it should have.
    /// Returns the reason once it is time to hang up.
    pub(crate) fn quiet(
        &mut self,
        ear: Instant,
        marked: bool,
        flush: Duration,
        now: Instant,
    ) -> Option<String> {
        let Self::Closing { reason, flushed_by, .. } = self else { return None };
        let by = *flushed_by.get_or_insert(ear.max(now) + flush);
        (marked || by <= now).then(|| std::mem::take(reason))
    }

    /// Something is still to be said.
    pub(crate) fn busy(&mut self) {
        if let Self::Closing { flushed_by, .. } = self {
            *flushed_by = None;
        }
    }

    /// Returns the reason if the goodbye has taken too long.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<String> {
        match self {
            Self::Closing { reason, since, .. } if *since + LONGEST <= now => {
                Some(std::mem::take(reason))
            }
            _ => None,
        }
    }

    /// When to look again.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Closing { since, flushed_by, .. } => {
                let longest = *since + LONGEST;
                Some(flushed_by.map_or(longest, |by| by.min(longest)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::start;

    const FLUSH: Duration = Duration::from_secs(2);

    #[test]
    fn we_hang_up_when_the_last_mark_is_back() {
        let (mut ending, now) = (Ending::Live, start());
        ending.close("done", false, now);
        let ear = now + Duration::from_secs(1);

        assert_eq!(ending.quiet(ear, false, FLUSH, now), None);
        // The mark is the better witness: by the clock a fraction of a millisecond is still to come.
        let almost = now + Duration::from_micros(999_875);
        assert_eq!(ending.quiet(ear, true, FLUSH, almost), Some("done".into()));
    }

    #[test]
    fn we_hang_up_without_the_mark_two_seconds_after_the_audio() {
        let (mut ending, now) = (Ending::Live, start());
        ending.close("done", false, now);
        let ear = now + Duration::from_secs(1);
        assert_eq!(ending.quiet(ear, false, FLUSH, now), None);

        assert_eq!(ending.deadline(), Some(ear + FLUSH));
        assert_eq!(ending.quiet(ear, false, FLUSH, ear + FLUSH), Some("done".into()));
    }

    #[test]
    fn a_caller_who_speaks_calls_the_end_off_unless_the_model_is_gone() {
        let (mut ending, now) = (Ending::Live, start());
        ending.close("done", false, now);
        ending.call_off();
        assert!(ending.live());

        ending.close("broken", true, now);
        ending.call_off();
        assert!(ending.failed());
    }
}
