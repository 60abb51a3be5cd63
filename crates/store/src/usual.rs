//! How long a tool usually takes.

use std::time::Duration;

use crate::clock::whole_microseconds;

/// How much the newest run counts.
const WEIGHT: f64 = 0.3;

/// Nothing takes longer than a day: what says so is a clock that jumped.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The usual time after one more run, in whole microseconds; the first run is the usual one.
pub(crate) fn after(usual: Option<Duration>, took: Duration) -> Duration {
    let took = took.min(LONGEST);
    let average = match usual {
        None => took,
        Some(usual) => usual.min(LONGEST).mul_f64(1.0 - WEIGHT) + took.mul_f64(WEIGHT),
    };
    whole_microseconds(average)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_run_is_the_usual_one_and_later_ones_pull_at_it() {
        let first = after(None, Duration::from_secs(1));
        assert_eq!(first, Duration::from_secs(1));
        assert_eq!(after(Some(first), Duration::from_secs(2)), Duration::from_millis(1_300));
    }

    #[test]
    fn a_tool_that_became_slow_is_known_to_be_slow_after_some_runs() {
        let usual = (0..5)
            .fold(Duration::from_millis(10), |usual, _| after(Some(usual), Duration::from_secs(3)));
        assert!(usual > Duration::from_secs(2), "{usual:?}");
    }

    #[test]
    fn a_clock_that_jumped_does_not_overflow() {
        assert!(after(Some(Duration::MAX), Duration::MAX) <= LONGEST);
    }
}
