//! A part that is written down: one line after another.

use std::collections::VecDeque;
use std::time::Duration;

use super::part::{Act, Moment, Part, Speech};

/// The other side has finished when it has been quiet for this long.
const FINISHED_AFTER: Duration = Duration::from_millis(800);
/// How long a caller waits in silence for an answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a caller who has nothing more to say waits for the other side to hang up.
const LINGER: Duration = Duration::from_secs(5);

/// Says its lines one by one, each when its cue comes, and hangs up after the last was answered.
///
/// ```
/// use switchboard_lines::twilio::caller::{Cue, Script};
/// use std::time::Duration;
///
/// let script = Script::default()
///     .say("What is my balance?")
///     .say_at(Cue::Speaking(Duration::from_millis(500)), "No, wait.")
///     .press("1#");
/// ```
#[derive(Debug)]
pub struct Script {
    steps: VecDeque<(Cue, Act)>,
    finished_after: Duration,
    patience: Duration,
    linger: Duration,
}

/// When a line is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cue {
    /// The other side has answered and is quiet; or nobody has spoken for too long.
    Answered,
    /// The other side has been speaking for this long: an interruption.
    Speaking(Duration),
    /// The call is this old.
    At(Duration),
    /// At once after the step before.
    Now,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            steps: VecDeque::new(),
            finished_after: FINISHED_AFTER,
            patience: PATIENCE,
            linger: LINGER,
        }
    }
}

impl Script {
    /// Adds a line, said once the other side has answered the one before.
    pub fn say(self, speech: impl Into<Speech>) -> Self {
        self.say_at(Cue::Answered, speech)
    }

    /// Adds a line that has another cue.
    pub fn say_at(self, cue: Cue, speech: impl Into<Speech>) -> Self {
        self.then(cue, Act::Say(speech.into()))
    }

    /// Adds keys, pressed once the other side has answered.
    pub fn press(self, keys: &str) -> Self {
        let cues = std::iter::once(Cue::Answered).chain(std::iter::repeat(Cue::Now));
        keys.chars().zip(cues).fold(self, |script, (key, cue)| script.then(cue, Act::Press(key)))
    }

    /// Adds anything.
    pub fn then(mut self, cue: Cue, act: Act) -> Self {
        self.steps.push_back((cue, act));
        self
    }

    /// Sets how long the other side must be quiet to have finished: 0.8 s unless changed.
    pub fn finished_after(mut self, quiet: Duration) -> Self {
        self.finished_after = quiet;
        self
    }

    /// Sets how long an answer may take before the caller goes on without it: 15 s unless changed.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets how long the caller stays after the last answer, for the other side to hang up: 5 s unless changed.
    pub fn linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    fn is_due(&self, cue: Cue, moment: &Moment<'_>) -> bool {
        match cue {
            Cue::Answered => {
                let finished =
                    moment.answered_for.is_some_and(|quiet| quiet >= self.finished_after);
                finished || moment.quiet_for >= self.patience
            }
            Cue::Speaking(length) => moment.hearing_for.is_some_and(|hearing| hearing >= length),
            Cue::At(time) => moment.now >= time,
            Cue::Now => true,
        }
    }

    fn is_over(&self, moment: &Moment<'_>) -> bool {
        moment.answered_for.is_some_and(|quiet| quiet >= self.linger)
            || moment.quiet_for >= self.patience
    }
}

impl Part for Script {
    fn next(&mut self, moment: &Moment<'_>) -> Option<Act> {
        if moment.speaking_for.is_some() {
            return None;
        }
        match self.steps.front() {
            Some((cue, _)) if self.is_due(*cue, moment) => {
                self.steps.pop_front().map(|(_, act)| act)
            }
            None if self.is_over(moment) => Some(Act::HangUp),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(since: u64) -> Moment<'static> {
        Moment {
            now: Duration::from_secs(1),
            said: &[],
            heard: &[],
            speaking_for: None,
            hearing_for: None,
            answered_for: None,
            quiet_for: Duration::from_millis(since),
        }
    }

    fn answered(since: u64) -> Moment<'static> {
        Moment { answered_for: Some(Duration::from_millis(since)), ..quiet(since) }
    }

    #[test]
    fn a_line_waits_for_the_answer_to_the_one_before() {
        let mut script = Script::default().say("one").say("two");

        assert_eq!(script.next(&quiet(14_999)), None);
        assert_eq!(script.next(&answered(799)), None);
        assert_eq!(script.next(&answered(800)), Some(Act::Say("one".into())));
        assert_eq!(
            script.next(&Moment { speaking_for: Some(Duration::ZERO), ..answered(900) }),
            None
        );
        assert_eq!(script.next(&quiet(15_000)), Some(Act::Say("two".into())));
    }

    #[test]
    fn keys_are_pressed_one_after_another() {
        let mut script = Script::default().press("1#");

        assert_eq!(script.next(&quiet(0)), None);
        assert_eq!(script.next(&answered(800)), Some(Act::Press('1')));
        assert_eq!(script.next(&answered(820)), Some(Act::Press('#')));
    }

    #[test]
    fn an_interruption_comes_while_the_other_side_speaks() {
        let cue = Cue::Speaking(Duration::from_millis(500));
        let mut script = Script::default().say_at(cue, "stop");

        assert_eq!(script.next(&answered(2_000)), None);
        let hearing = Moment { hearing_for: Some(Duration::from_millis(500)), ..quiet(0) };
        assert_eq!(script.next(&hearing), Some(Act::Say("stop".into())));
    }

    #[test]
    fn the_caller_stays_a_while_and_hangs_up() {
        let mut script = Script::default();

        assert_eq!(script.next(&answered(4_999)), None);
        assert_eq!(script.next(&answered(5_000)), Some(Act::HangUp));
        assert_eq!(script.next(&quiet(15_000)), Some(Act::HangUp));
    }
}
