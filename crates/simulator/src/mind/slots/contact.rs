//! Names, telephone numbers and e-mail addresses.

use super::Found;
use super::numbers::digit_runs;
use crate::mind::words::Word;

/// How many digits a telephone number has at least.
const LEAST_DIGITS: usize = 7;

/// Phrases after which a name follows.
const LEADS: &[&[&str]] = &[
    &["my", "name", "is"],
    &["the", "name", "is"],
    &["name", "is"],
    &["name", "of"],
    &["its", "under"],
    &["this", "is"],
    &["i", "am"],
    &["im"],
    &["speaking", "is"],
    &["its"],
    &["call", "me"],
];

/// Words that end a name, or show that none begins.
const NO_NAME: &[&str] = &[
    "a",
    "about",
    "afraid",
    "and",
    "at",
    "born",
    "but",
    "calling",
    "for",
    "from",
    "going",
    "here",
    "i",
    "id",
    "im",
    "in",
    "interested",
    "its",
    "looking",
    "my",
    "not",
    "on",
    "ringing",
    "so",
    "sorry",
    "speaking",
    "the",
    "thinking",
    "to",
    "trying",
    "with",
    "would",
    "very",
];

/// Telephone numbers, with their plus sign if one was said.
pub(crate) fn phones(words: &[Word]) -> Vec<Found<String>> {
    let written = words.iter().enumerate().filter_map(|(at, word)| {
        let digits: String = word.said.chars().filter(char::is_ascii_digit).collect();
        let sound = word
            .said
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '.' | '/'));
        let plus = if word.said.starts_with('+') { "+" } else { "" };
        (sound && digits.len() >= LEAST_DIGITS)
            .then(|| Found { value: format!("{plus}{digits}"), words: at..at + 1 })
    });
    let parted = parted_numbers(words);
    written.chain(parted).chain(digit_runs(words, LEAST_DIGITS)).collect()
}

/// `+1 555 010-0123`: several words of digits in a row.
fn parted_numbers(words: &[Word]) -> Vec<Found<String>> {
    let is_part = |word: &Word| {
        word.said.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')'))
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let length = words[at..].iter().take_while(|word| is_part(word)).count();
        let text: String = words[at..at + length].iter().map(|word| word.said.as_str()).collect();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if length > 1 && digits.len() >= LEAST_DIGITS {
            let plus = if text.starts_with('+') { "+" } else { "" };
            found.push(Found { value: format!("{plus}{digits}"), words: at..at + length });
        }
        at += length.max(1);
    }
    found
}

/// E-mail addresses, written or spelt ("john at example dot com").
pub(crate) fn emails(words: &[Word]) -> Vec<Found<String>> {
    let is_address = |text: &str| {
        text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
    };
    let written = words.iter().enumerate().filter(|(_, word)| is_address(&word.said));
    let mut found: Vec<_> = written
        .map(|(at, word)| Found { value: word.said.to_lowercase(), words: at..at + 1 })
        .collect();
    for at in 1..words.len().saturating_sub(2) {
        if words[at].plain != "at" {
            continue;
        }
        let mut host = words[at + 1].plain.clone();
        let mut end = at + 2;
        while words.get(end).is_some_and(|word| word.plain == "dot") {
            let Some(part) = words.get(end + 1) else { break };
            host = format!("{host}.{}", part.plain);
            end += 2;
        }
        if host.contains('.') {
            found.push(Found {
                value: format!("{}@{host}", words[at - 1].plain),
                words: at - 1..end,
            });
        }
    }
    found
}

/// Names after the phrases that introduce one; when a name was `asked` for, a short answer is a name as a whole.
pub(crate) fn names(words: &[Word], asked: bool) -> Vec<Found<String>> {
    let mut found: Vec<_> = (0..words.len()).filter_map(|at| introduced(words, at)).collect();
    if asked && found.is_empty() {
        let length = name_length(words, 0, false);
        if length > 0 && length == words.len() {
            found.push(name(words, 0, length));
        }
    }
    found
}

fn introduced(words: &[Word], at: usize) -> Option<Found<String>> {
    let lead = LEADS.iter().find(|lead| {
        words.len() > at + lead.len() && lead.iter().zip(&words[at..]).all(|(l, w)| w.plain == *l)
    })?;
    let from = at + lead.len();
    let certain = lead.contains(&"name");
    let length = name_length(words, from, !certain);
    (length > 0).then(|| name(words, from, length))
}

fn name(words: &[Word], from: usize, length: usize) -> Found<String> {
    let parts: Vec<String> =
        words[from..from + length].iter().map(|word| capitalised(&word.said)).collect();
    Found { value: parts.join(" "), words: from..from + length }
}

/// How many words from here on make a name, three at most.
fn name_length(words: &[Word], from: usize, capitals: bool) -> usize {
    let mut length = 0;
    for word in words[from..].iter().take(3) {
        let letters = word
            .said
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '.' | '\u{2019}'));
        let capital = word.said.starts_with(char::is_uppercase);
        if !letters || NO_NAME.contains(&word.plain.as_str()) || (capitals && !capital) {
            break;
        }
        length += 1;
        if word.pause {
            break;
        }
    }
    length
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mind::words::split;

    fn first(found: Vec<Found<String>>) -> Option<String> {
        found.into_iter().next().map(|found| found.value)
    }

    #[test]
    fn phones_are_found_written_parted_and_spelt() {
        for (text, expected) in [
            ("my number is +15550100", Some("+15550100")),
            ("call +1 555 010 0123 please", Some("+15550100123")),
            ("five five five oh one oh oh", Some("5550100")),
            ("invoice 1042", None),
        ] {
            assert_eq!(first(phones(&split(text))).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn emails_are_found_written_and_spelt() {
        for (text, expected) in [
            ("it's Jo@Example.com.", Some("jo@example.com")),
            ("jo at example dot co dot uk", Some("jo@example.co.uk")),
            ("meet me at ten", None),
        ] {
            assert_eq!(first(emails(&split(text))).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn names_follow_an_introduction() {
        for (text, asked, expected) in [
            ("Hello, my name is Anna Smith and I want to pay", false, Some("Anna Smith")),
            ("my name is anna smith", false, Some("Anna Smith")),
            ("I'm Peter, hello", false, Some("Peter")),
            ("I'm calling about my bill", false, None),
            ("This is about my bill", false, None),
            ("anna smith", true, Some("Anna Smith")),
            ("anna smith", false, None),
        ] {
            assert_eq!(first(names(&split(text), asked)).as_deref(), expected, "{text}");
        }
    }
}
