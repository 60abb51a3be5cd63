//! Tags for pacing and tone in what agents say, such as `<slow>…</slow>`.
//!
//! Instructions, greetings and hold phrases may hold them, and a model may write them into what it says. They are for the voice, not for
//! the eye: [`check`] finds those that do not match, [`plain`] and [`PlainText`] take them out of a text that is shown.
//!
//! A tag is one of [`TAGS`] between `<` and `>`, in small letters or capitals: `<slow>`, `</slow>`, or `<pause/>` (also with a space
//! before the slash). Whatever else stands between `<` and `>` is text: a price below a limit, `a < b`, or a tag of somebody else's.

mod balance;
mod plain;
mod scan;

pub use balance::{UnbalancedTag, check};
pub use plain::{PlainText, plain};

/// The names of the tags, each with what it does to the words inside; `<pause/>` stands alone.
///
/// ```
/// use switchboard_agent::speech;
///
/// assert!(speech::TAGS.iter().any(|(name, _)| *name == "slow"));
/// ```
pub const TAGS: [(&str, &str); 8] = [
    ("slow", "spoken slowly, as a number that is written down"),
    ("fast", "spoken fast, as what everybody knows"),
    ("soft", "spoken softly, as bad news"),
    ("loud", "spoken loudly, as for a bad line"),
    ("warm", "spoken with warmth, as a welcome"),
    ("spell", "spelt letter by letter, digit by digit"),
    ("emphasis", "stressed"),
    ("pause", "a moment of silence"),
];
