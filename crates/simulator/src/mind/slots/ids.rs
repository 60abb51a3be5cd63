//! What things are known by: `INV-1042`, "A 17", "number 1042", digits read out one by one.

use super::numbers::digit_runs;
use super::{Found, Hearing};
use crate::mind::schema::Slot;
use crate::mind::words::Word;

/// Everything in the sentence that could be an id, the most id-like first; several spellings of one where it was read out.
pub(crate) fn ids(words: &[Word], description: &str) -> Vec<Found<String>> {
    let sample = sample(description);
    let mut found: Vec<Found<String>> = Vec::new();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| is_mixed(&word.said)) {
        found.push(Found { value: word.said.to_uppercase(), words: at..at + 1 });
        found.push(Found { value: word.said.clone(), words: at..at + 1 });
    }
    for (at, pair) in words.windows(2).enumerate() {
        let spellings = spellings(&pair[0], &pair[1], sample.map(Sample::joint));
        found.extend(spellings.into_iter().map(|value| Found { value, words: at..at + 2 }));
    }
    let written = words.iter().enumerate().filter(|(_, word)| is_digits(&word.said));
    let written = written.map(|(at, word)| Found { value: word.said.clone(), words: at..at + 1 });
    for digits in digit_runs(words, 2).into_iter().chain(written) {
        let like = sample.and_then(|sample| sample.written(&digits.value));
        found.extend(like.map(|value| Found { value, words: digits.words.clone() }));
        found.push(digits);
    }
    found
}

/// "A 17", "INV 1042": letters and digits with a pause between, joined the way the description joins its own example.
fn spellings(letters: &Word, digits: &Word, joint: Option<&str>) -> Vec<String> {
    let capital = letters.said.len() <= 4 && letters.said.chars().all(|c| c.is_ascii_uppercase());
    if !capital || letters.said == "I" || letters.pause || !is_digits(&digits.said) {
        return Vec::new();
    }
    let joints = match joint {
        Some(joint) => vec![joint, "", "-", " "],
        None => vec!["", "-", " "],
    };
    joints.iter().map(|joint| format!("{}{joint}{}", letters.said, digits.said)).collect()
}

/// How ids of one kind are written, read off an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample<'a> {
    /// Letters and separator before the digits: `INV-`.
    prefix: &'a str,
    /// How many digits follow.
    digits: usize,
}

/// The example of an id in a description, as in `such as INV-1042`.
pub(crate) fn sample(description: &str) -> Option<Sample<'_>> {
    description
        .split(|c: char| c.is_whitespace() || matches!(c, '`' | '"' | ',' | '(' | ')'))
        .map(|token| token.trim_end_matches(['.', ':', ';']))
        .filter(|token| is_mixed(token) && token.starts_with(|c: char| c.is_ascii_uppercase()))
        .find_map(|token| {
            let (prefix, digits) = token.split_at(token.find(|c: char| c.is_ascii_digit())?);
            is_digits(digits).then_some(Sample { prefix, digits: digits.len() })
        })
}

impl Sample<'_> {
    /// Digits that were said alone, written like the example; none where it has more or fewer.
    fn written(self, digits: &str) -> Option<String> {
        (digits.len() == self.digits).then(|| format!("{}{digits}", self.prefix))
    }

    fn joint(self) -> &'static str {
        if self.prefix.ends_with('-') { "-" } else { "" }
    }
}

/// Words before a number by which it is never the number of another thing.
const CODES: &[&str] = &["passcode", "pin", "postcode", "zip"];

/// Whether this slot may hold what was found: a PIN is named as one and has digits only, and a number that was called
/// a PIN is nothing else; what looks unlike the description's example is taken only where the slot is named or asked for.
pub(super) fn may_be(slot: &Slot, found: &Found<String>, hearing: &Hearing<'_>) -> bool {
    let meant = hearing.is_asked(slot) || hearing.names(slot);
    let name = slot.words();
    let is = |code: &str| name.split(' ').any(|part| part == code);
    let is_pin = is("pin") || is("passcode");
    let before = &hearing.words[..found.words.start];
    let called = before
        .iter()
        .rev()
        .map(|word| word.plain.as_str())
        .find(|word| !matches!(*word, "is" | "its" | "code" | "number" | "the"));
    let other = called.is_some_and(|code| {
        (CODES.contains(&code) || is_pin && code == "account")
            && !is(code)
            && !slot.description.to_lowercase().contains(code)
    });
    if is_pin {
        return meant && !other && is_digits(&found.value);
    }
    let letters = found.value.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let unlike = sample(&slot.description).is_some_and(|sample| {
        let own = sample.prefix.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        is_mixed(&found.value) && !letters.eq_ignore_ascii_case(own)
    });
    !other && (meant || !unlike)
}

fn is_mixed(text: &str) -> bool {
    let ordinal = ["st", "nd", "rd", "th", "am", "pm"]
        .iter()
        .any(|ending| text.to_lowercase().strip_suffix(ending).is_some_and(is_digits));
    text.chars().any(|c| c.is_ascii_digit())
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/'))
        && !ordinal
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

/// An id without its separators and case, to compare what was said with what is known.
pub(crate) fn bare(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mind::words::split;

    fn first(text: &str, description: &str) -> Option<String> {
        ids(&split(text), description).into_iter().next().map(|found| found.value)
    }

    #[test]
    fn ids_are_found_however_they_are_said() {
        for (text, description, expected) in [
            ("It is INV-1042.", "", Some("INV-1042")),
            ("it's inv-1042", "", Some("INV-1042")),
            ("A 17", "", Some("A17")),
            ("INV 1042", "Such as `INV-2001`.", Some("INV-1042")),
            ("number 1042", "", Some("1042")),
            ("one zero four two", "", Some("1042")),
            ("one zero four two", "Such as INV-2001.", Some("INV-1042")),
            ("12345", "Such as INV-2001.", Some("12345")),
            ("on the 3rd at 10am", "", None),
            ("no idea", "", None),
        ] {
            assert_eq!(first(text, description).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn ids_compare_without_separators() {
        assert_eq!(bare("inv 10-42"), bare("INV1042"));
    }
}
