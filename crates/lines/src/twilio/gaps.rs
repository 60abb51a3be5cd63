//! Silence for the gaps in a caller's audio.
//!
//! A phone that is muted, or sends nothing while nobody speaks, leaves gaps in the stream. The model's voice detection counts
//! the audio it gets, not the time, so that without silence it would never see a turn end. Two rules, both without a clock of
//! their own:
//!
//! - a frame whose `timestamp` is ahead of the audio so far is preceded by the missing silence, at most [`LONGEST`];
//! - no frame for [`QUIET_AFTER`] brings [`QUIET_SILENCE`] at once, and no more until frames come again; what was given so is
//!   taken off the gap that those frames then show.

use std::time::Duration;

use tokio::time::Instant;

/// How much silence one gap gets at most.
const LONGEST: Duration = Duration::from_secs(10);
/// Timestamps may be this early or late without being a gap: less than one frame.
const FRAME: Duration = Duration::from_millis(20);
/// A timestamp this far behind the audio so far means that the sender has started to count anew.
const STARTED_ANEW: Duration = Duration::from_secs(1);
/// No frame for this long means that the caller's line has gone quiet.
pub(crate) const QUIET_AFTER: Duration = Duration::from_millis(750);
/// The silence that a quiet line gets.
const QUIET_SILENCE: Duration = Duration::from_secs(1);

/// Watches one stream's frames.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    /// How far the audio that was passed on reaches, on the sender's clock.
    reached: Option<Duration>,
    /// Silence given since the last frame.
    given: Duration,
    /// When the last frame came, unless the quiet after it has had its silence.
    last_frame: Option<Instant>,
}

impl Gaps {
    /// A frame came at `now`: how much silence goes before it.
    pub(crate) fn frame(
        &mut self,
        timestamp: Option<Duration>,
        length: Duration,
        now: Instant,
    ) -> Duration {
        let given = std::mem::take(&mut self.given);
        self.last_frame = Some(now);
        let Some(timestamp) = timestamp else {
            self.reached = self.reached.map(|reached| reached + length);
            return Duration::ZERO;
        };
        let reached = self.reached.unwrap_or(timestamp);
        let gap = timestamp.saturating_sub(reached);
        if gap >= FRAME {
            self.reached = Some(timestamp + length);
            return gap.saturating_sub(given).min(LONGEST);
        }
        let anew = timestamp + STARTED_ANEW < reached;
        self.reached = Some(if anew { timestamp } else { reached } + length);
        Duration::ZERO
    }

    /// Time has passed: how much silence goes out now.
    pub(crate) fn tick(&mut self, now: Instant) -> Duration {
        if self.quiet_at().is_none_or(|at| now < at) {
            return Duration::ZERO;
        }
        self.last_frame = None;
        self.given = QUIET_SILENCE;
        QUIET_SILENCE
    }

    /// When [`tick`](Self::tick) is wanted next, unless a frame comes first.
    pub(crate) fn quiet_at(&self) -> Option<Instant> {
        self.last_frame.map(|last| last + QUIET_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NONE: Duration = Duration::ZERO;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Feeds frames of 20 ms at these timestamps and returns the silence before each.
    fn padded(timestamps: &[u64]) -> Vec<u64> {
        let mut gaps = Gaps::default();
        let start = Instant::now();
        let feed = |&at: &u64| gaps.frame(Some(ms(at)), FRAME, start + ms(at)).as_millis();
        timestamps.iter().map(feed).map(|silence| u64::try_from(silence).unwrap()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn frames_in_a_row_get_nothing() {
        assert_eq!(padded(&[300, 320, 340, 360]), [0, 0, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_gap_is_filled_to_the_millisecond() {
        assert_eq!(padded(&[0, 20, 540, 560]), [0, 0, 500, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_gap_is_filled_for_ten_seconds() {
        assert_eq!(padded(&[0, 60_000, 60_020]), [0, 10_000, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn jitter_is_no_gap_and_does_not_add_up() {
        assert_eq!(padded(&[0, 30, 45, 55, 80, 110, 120]), [0; 7]);
        assert_eq!(padded(&[0, 40, 40, 60, 100, 100, 120]), [0, 20, 0, 0, 0, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_counts_anew_is_followed() {
        assert_eq!(padded(&[10_000, 0, 20, 140]), [0, 0, 0, 100]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_line_gets_a_second_of_silence_once() {
        let mut gaps = Gaps::default();
        let start = Instant::now();
        assert_eq!(gaps.tick(start), NONE);
        gaps.frame(Some(ms(0)), FRAME, start);

        assert_eq!(gaps.tick(start + ms(749)), NONE);
        assert_eq!(gaps.tick(start + ms(750)), ms(1_000));
        assert_eq!(gaps.tick(start + ms(5_000)), NONE);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_that_was_given_is_taken_off_the_gap() {
        let mut gaps = Gaps::default();
        let start = Instant::now();
        gaps.frame(Some(ms(0)), FRAME, start);
        gaps.tick(start + ms(750));

        assert_eq!(gaps.frame(Some(ms(3_020)), FRAME, start + ms(3_020)), ms(2_000));
        assert_eq!(gaps.frame(Some(ms(3_040)), FRAME, start + ms(3_040)), NONE);
        gaps.tick(start + ms(3_790));
        assert_eq!(gaps.frame(Some(ms(3_860)), FRAME, start + ms(3_860)), NONE);
        assert_eq!(gaps.frame(Some(ms(3_880)), FRAME, start + ms(3_880)), NONE);
        assert_eq!(gaps.frame(Some(ms(4_000)), FRAME, start + ms(4_000)), ms(100));
    }

    #[tokio::test(start_paused = true)]
    async fn frames_without_a_timestamp_are_taken_as_they_come() {
        let mut gaps = Gaps::default();
        let start = Instant::now();
        gaps.frame(Some(ms(0)), FRAME, start);

        assert_eq!(gaps.frame(None, FRAME, start + ms(20)), NONE);
        assert_eq!(gaps.frame(Some(ms(40)), FRAME, start + ms(40)), NONE);
        assert_eq!(gaps.frame(Some(ms(160)), FRAME, start + ms(160)), ms(100));
    }

    proptest! {
        #[test]
        fn silence_never_makes_the_audio_outrun_its_clock(steps in prop::collection::vec(1u64..200, 1..200)) {
            let mut gaps = Gaps::default();
            let start = Instant::now();
            let (mut at, mut passed_on) = (0, 0);
            for step in steps {
                let silence = gaps.frame(Some(ms(at)), FRAME, start + ms(at));
                passed_on += u64::try_from(silence.as_millis()).unwrap();
                prop_assert!(passed_on <= at);
                at += 20 * step;
                passed_on += 20;
            }
        }
    }
}
