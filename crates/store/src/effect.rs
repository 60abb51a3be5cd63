//! Effects: what a tool did to the world, and what beginning one means.
//!
//! A wish is one thing that a caller wants done. Doing it is an *effect*, and each effect has a key: the wish's own and a
//! generation, `wish.1`. Inside the wish's window the same wish is the same effect; after it, asking again means wanting it again,
//! which is the next generation. A wish names its phone call, so that counting again from 1 once a week has passed
//! ([`RETENTION`]) never gives two effects one key.

use std::time::Duration;

use jiff::Timestamp;

/// How long an effect that was begun and never finished answers for its wish: far longer than any call, for a process that died
/// in between may be restarted late.
const UNFINISHED: Duration = Duration::from_secs(24 * 60 * 60);

/// How long effects are kept.
pub(crate) const RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How often old effects are swept away.
pub(crate) const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// One thing that a caller wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Names the phone call, the tool and its arguments: the same wish has the same key, whoever asks.
    pub key: String,
    /// For how long after it was done asking again means the same wish, rather than wanting it once more.
    pub window: Duration,
}

/// What a store knows of an effect that is about to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It has not happened: go on.
    New {
        /// The effect's key, to be handed to whoever carries it out.
        key: String,
    },
    /// It was begun, and nobody has said what came of it: it is still running, or its process died.
    Unfinished {
        /// The effect's key.
        key: String,
    },
    /// It has happened, within the wish's window.
    Finished {
        /// The effect's key.
        key: String,
        /// What came of it, as given to [`Store::finish_effect`](crate::Store::finish_effect).
        output: String,
    },
}

impl Begun {
    /// The effect's key: the same for all who begin the same effect.
    pub fn key(&self) -> &str {
        match self {
            Self::New { key } | Self::Unfinished { key } | Self::Finished { key, .. } => key,
        }
    }
}

/// How far an effect has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Begun, with no result.
    Begun,
    /// Done, with this result.
    Finished(String),
    /// Surely not done.
    Forgotten,
}

/// One effect, as an engine keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effect {
    /// Which of its wish's effects it is, from 1.
    pub(crate) generation: u64,
    /// How far it has come.
    pub(crate) progress: Progress,
    /// Since when.
    pub(crate) since: Timestamp,
}

/// What an engine does when a wish is begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Keep that this generation was begun, as a new effect or over a forgotten one.
    Begin(u64),
    /// Keep nothing: this is the answer.
    Known(Begun),
}

impl Wish {
    /// What it means to begin this wish at `now`, `last` being its effect of the highest generation.
    pub(crate) fn begin(&self, last: Option<Effect>, now: Timestamp) -> Beginning {
        let Some(last) = last else { return Beginning::Begin(1) };
        let key = self.effect(last.generation);
        let passed = passed(last.since, now);
        match last.progress {
            Progress::Forgotten => Beginning::Begin(last.generation),
            Progress::Begun if passed < UNFINISHED => Beginning::Known(Begun::Unfinished { key }),
            Progress::Finished(output) if passed < self.window => {
                Beginning::Known(Begun::Finished { key, output })
            }
            Progress::Begun | Progress::Finished(_) => Beginning::Begin(last.generation + 1),
        }
    }

    /// The key of this wish's effect of a generation.
    pub(crate) fn effect(&self, generation: u64) -> String {
        format!("{}.{generation}", self.key)
    }
}

/// The wish and the generation that an effect's key is made of.
pub(crate) fn parse(key: &str) -> Option<(&str, u64)> {
    let (wish, generation) = key.rsplit_once('.')?;
    Some((wish, generation.parse().ok()?))
}

/// The time between two moments; none if the clock was put back in between, for then it is better to remember than to repeat.
pub(crate) fn passed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const T0: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn wish() -> Wish {
        Wish { key: "pay".into(), window: Duration::from_secs(120) }
    }

    fn begin(progress: Progress, seconds: i64) -> Beginning {
        let last = Effect { generation: 4, progress, since: T0 };
        wish().begin(Some(last), T0 + SignedDuration::from_secs(seconds))
    }

    #[test]
    fn the_first_is_of_generation_one() {
        assert_eq!(wish().begin(None, T0), Beginning::Begin(1));
        assert_eq!(wish().effect(1), "pay.1");
    }

    #[test]
    fn a_result_answers_until_the_window_closes() {
        let known = Begun::Finished { key: "pay.4".into(), output: "{}".into() };
        assert_eq!(begin(Progress::Finished("{}".into()), 119), Beginning::Known(known));
        assert_eq!(begin(Progress::Finished("{}".into()), 120), Beginning::Begin(5));
    }

    #[test]
    fn an_unfinished_effect_is_remembered_for_a_day() {
        let known = Begun::Unfinished { key: "pay.4".into() };
        assert_eq!(begin(Progress::Begun, 86_399), Beginning::Known(known));
        assert_eq!(begin(Progress::Begun, 86_400), Beginning::Begin(5));
    }

    #[test]
    fn a_forgotten_effect_begins_again_under_its_key() {
        assert_eq!(begin(Progress::Forgotten, 1), Beginning::Begin(4));
        assert_eq!(begin(Progress::Forgotten, 1_000_000), Beginning::Begin(4));
    }

    #[test]
    fn a_clock_put_back_repeats_nothing() {
        let Beginning::Known(known) = begin(Progress::Finished("{}".into()), -3_600) else {
            panic!("it would be done twice");
        };
        assert_eq!(known.key(), "pay.4");
    }
}
