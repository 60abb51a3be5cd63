//! The parts of a sentence that asks for something: the request, why it is made, and what is to be passed on.

use std::borrow::Cow;
use std::ops::Range;

use super::slots::number_at;
use super::words::{self, Word};

/// Words that give a reason wherever they stand.
const CAUSES: &[&[&str]] = &[
    &["because", "of"],
    &["because"],
    &["due", "to"],
    &["on", "account", "of"],
    &["as"],
    &["since"],
    &["seeing", "that"],
];

/// Words with which a clause of its own begins.
const SUBJECTS: &[&str] = &[
    "i", "it", "my", "nobody", "somebody", "someone", "the", "there", "they", "we", "you", "your",
];

/// What follows the subject of a clause that asks or introduces, and so gives no reason.
const NO_REASON: &[&str] = &[
    "account", "am", "email", "id", "im", "name", "need", "number", "pin", "postcode", "want",
    "would",
];

/// Words that are asked to be passed on.
const NOTES: &[&str] = &["message", "messages", "note", "notes"];

/// The sentence without its reason and without what is to be passed on: what a tool is chosen by.
pub(crate) fn request(said: &str) -> Cow<'_, str> {
    let aside = colon(said).map(|at| at..said.len()).or_else(|| reason(said).map(|part| part.all));
    let Some(aside) = aside else { return Cow::Borrowed(said) };
    let rest = format!("{} {}", said[..aside.start].trim_end(), said[aside.end..].trim_start());
    let asks = words::terms(&rest).iter().any(|term| !term.meanings.is_empty());
    if asks { Cow::Owned(rest.trim().to_owned()) } else { Cow::Borrowed(said) }
}

/// Why something is asked for: "the line was down" of "a refund, because the line was down".
pub(crate) fn cause(said: &str) -> Option<&str> {
    let part = reason(said).or_else(|| purpose(said))?;
    Some(tidy(&said[part.cause])).filter(|cause| !cause.is_empty())
}

/// What is to be passed on; none where the sentence only says that there is something, and to whom.
pub(crate) fn message(said: &str) -> Option<&str> {
    if let Some(quoted) = words::quoted(said) {
        return Some(quoted);
    }
    if let Some(at) = colon(said) {
        return Some(said[at + 1..].trim());
    }
    let words = words::split(said);
    let plain = |at: usize| words.get(at).map_or("", |word| word.plain.as_str());
    let Some(note) = words.iter().position(|word| NOTES.contains(&word.plain.as_str())) else {
        return Some(said.trim());
    };
    let asks = words[..note]
        .iter()
        .any(|word| matches!(word.plain.as_str(), "leave" | "take" | "add" | "write" | "send"));
    let after = &words[note + 1..];
    let addressed = after.is_empty() || matches!(plain(note + 1), "for" | "to" | "please");
    let says = after.iter().any(|word| matches!(word.plain.as_str(), "that" | "about" | "saying"));
    let only_asks = asks && addressed && !says && after.len() <= 5;
    (!only_asks).then(|| said.trim())
}

/// Where a reason stands in a sentence, in bytes.
struct Reason {
    /// The reason, and the words that introduce it.
    all: Range<usize>,
    /// The reason alone.
    cause: Range<usize>,
}

/// The part after "because" and the like, or a clause that says what happened: ", I was charged twice".
fn reason(said: &str) -> Option<Reason> {
    let words = words::split(said);
    let led = (0..words.len()).find_map(|at| Some((at, lead(&words, at)?)));
    let told = || (1..words.len()).find(|at| tells(&words, *at)).map(|at| (at, 0));
    let (at, length) = led.or_else(told)?;
    let from = words.get(at + length)?.at.start;
    let end = if at == 0 { first_pause(&words, length) } else { None };
    let end = end.unwrap_or_else(|| sentence_end(said, from));
    Some(Reason { all: words[at].at.start..end, cause: from..end })
}

/// The part after a "for" that speaks of neither an amount, a day, nor a person.
fn purpose(said: &str) -> Option<Reason> {
    let words = words::split(said);
    let is_purpose = |at: &usize| {
        let Some(next) = words.get(at + 1) else { return false };
        let other = ["me", "us", "him", "her", "them", "it", "now", "today", "tomorrow", "free"];
        words[*at].plain == "for"
            && !other.contains(&next.plain.as_str())
            && !next.said.starts_with(['$', '€', '£'])
            && number_at(&words, at + 1).is_none()
    };
    let at = (0..words.len()).find(is_purpose)?;
    let from = words[at + 1].at.start;
    let end = sentence_end(said, from);
    Some(Reason { all: words[at].at.start..end, cause: from..end })
}

/// How many words from here introduce a reason; "as" and "since" do only before a clause.
fn lead(words: &[Word], at: usize) -> Option<usize> {
    let is = |offset: usize, word: &str| words.get(at + offset).is_some_and(|w| w.plain == word);
    let lead = CAUSES
        .iter()
        .find(|lead| lead.iter().enumerate().all(|(offset, word)| is(offset, word)))?;
    let next = words.get(at + lead.len())?;
    let is_clause = SUBJECTS.contains(&next.plain.as_str())
        && words.len() > at + lead.len() + 2
        && !(at > 0 && words[at - 1].plain == "as");
    (!matches!(lead[0], "as" | "since") || is_clause).then_some(lead.len())
}

/// Whether a clause begins here that says what happened.
fn tells(words: &[Word], at: usize) -> bool {
    let next = words.get(at + 1).map_or("", |word| word.plain.as_str());
    let introduces =
        words[at..].iter().take(4).any(|word| NO_REASON.contains(&word.plain.as_str()));
    words[at - 1].pause
        && SUBJECTS.contains(&words[at].plain.as_str())
        && words.len() > at + 2
        && next != "is"
        && !introduces
}

/// Where the clause ends that begins the sentence.
fn first_pause(words: &[Word], from: usize) -> Option<usize> {
    let last = words.len().checked_sub(1)?;
    words[from..last].iter().find(|word| word.pause).map(|word| word.at.end)
}

/// Where the sentence ends that goes on from here, in bytes.
fn sentence_end(said: &str, from: usize) -> usize {
    let stops = said[from..].char_indices().filter(|(_, c)| matches!(c, '.' | '?' | '!' | ';'));
    let ends = |at: usize| said[from + at + 1..].chars().next().is_none_or(char::is_whitespace);
    stops.map(|(at, _)| at).find(|at| ends(*at)).map_or(said.len(), |at| from + at)
}

/// Where a colon stands after which something is to be passed on.
fn colon(said: &str) -> Option<usize> {
    let at = said.find(": ")?;
    let notes = words::split(&said[..at]);
    notes.iter().any(|word| NOTES.contains(&word.plain.as_str())).then_some(at)
}

/// Without the punctuation and the courtesy at the end.
fn tidy(text: &str) -> &str {
    let bare = |text: &str| text.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
    let mut end = bare(text);
    for courtesy in [" please", " thank you", " thanks"] {
        let cut = end.saturating_sub(courtesy.len());
        if text.get(cut..end).is_some_and(|tail| tail.eq_ignore_ascii_case(courtesy)) {
            end = bare(&text[..cut]);
        }
    }
    text[..end].trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_what_follows_because_and_the_like() {
        for (said, expected) in [
            ("I want a refund of 20 dollars because the line was down.", Some("the line was down")),
            ("Refund me 150 dollars, I was charged twice.", Some("I was charged twice")),
            ("A refund of $20 because of the noise, please.", Some("the noise")),
            ("Refund 20 dollars since the router broke. My PIN is 4711.", Some("the router broke")),
            ("I want a refund for the broken router", Some("the broken router")),
            ("Because the line was down, I want a refund", Some("the line was down")),
            ("because it was slow", Some("it was slow")),
            ("Refund 20 dollars as I paid it twice", Some("I paid it twice")),
            (
                "I want a refund of 20 dollars. The line was down all day!",
                Some("The line was down all day"),
            ),
            ("I want a refund for 20 dollars", None),
            ("I want a refund for twenty dollars", None),
            ("Call me as soon as possible", None),
            ("It has been down since Monday", None),
            ("Pay 50 dollars, my PIN is 4711", None),
            ("Hello, I want a refund", None),
            ("", None),
        ] {
            assert_eq!(cause(said), expected, "{said}");
        }
    }

    #[test]
    fn a_tool_is_chosen_by_what_is_asked_for_and_not_by_why() {
        for (said, expected) in [
            ("I want a refund because the line was down.", "I want a refund ."),
            ("Refund me 150 dollars, I was charged twice", "Refund me 150 dollars,"),
            (
                "Leave a note for the technician: the bell is broken",
                "Leave a note for the technician",
            ),
            ("My internet does not work", "My internet does not work"),
            ("Hello, the line is down", "Hello, the line is down"),
            ("What is my balance?", "What is my balance?"),
        ] {
            assert_eq!(request(said), expected, "{said}");
        }
    }

    #[test]
    fn a_message_is_what_is_to_be_passed_on() {
        for (said, expected) in [
            (
                "Leave a message for the technical department: my line crackles.",
                Some("my line crackles."),
            ),
            ("Add a note for the technician: ring at the back.", Some("ring at the back.")),
            ("I would like to leave a message for the management.", None),
            ("Can I leave a message?", None),
            (
                "Leave a message that the line crackles",
                Some("Leave a message that the line crackles"),
            ),
            ("Tell them I will be late", Some("Tell them I will be late")),
            ("Well done.", Some("Well done.")),
        ] {
            assert_eq!(message(said), expected, "{said}");
        }
    }
}
