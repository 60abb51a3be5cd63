//! Words: a sentence as tokens that remember how they were said, and as terms to compare by meaning.

use std::ops::Range;

use super::thesaurus;

/// One word of a sentence, as it was said and in a plain form to compare by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// As it was said, without the punctuation around it.
    pub(crate) said: String,
    /// Lower case, without apostrophes.
    pub(crate) plain: String,
    /// Whether punctuation follows it.
    pub(crate) pause: bool,
    /// Where `said` stands in the sentence, in bytes.
    pub(crate) at: Range<usize>,
}

/// A unit of meaning in a sentence: a stem, with the meanings that the thesaurus gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// The stem; of a phrase, its stems joined by `+`.
    pub(crate) stem: String,
    /// The thesaurus entries that it belongs to.
    pub(crate) meanings: Vec<&'static str>,
}

impl Term {
    /// Whether both could mean the same thing.
    pub(crate) fn means(&self, other: &Self) -> bool {
        self.stem == other.stem || self.meanings.iter().any(|m| other.meanings.contains(m))
    }
}

/// Splits a sentence at white space, and takes the punctuation off each word.
pub(crate) fn split(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut from = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let start = from;
        from += piece.len();
        let piece = piece.trim_end();
        let front = piece.len() - piece.trim_start_matches(is_leading).len();
        let body = piece[front..].trim_end_matches(is_trailing);
        if body.is_empty() {
            continue;
        }
        words.push(Word {
            said: body.to_owned(),
            plain: body.to_lowercase().replace(['\'', '\u{2019}', ','], ""),
            pause: front + body.len() < piece.len(),
            at: start + front..start + front + body.len(),
        });
    }
    words
}

fn is_leading(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '+' | '-' | '$' | '€' | '£' | '@'))
}

fn is_trailing(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '%' | '€' | '$' | '£'))
}

/// The text in lower case, without punctuation, with single spaces: what set phrases are compared with.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !matches!(c, '\'' | '\u{2019}') && !out.ends_with(' ') && !out.is_empty() {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The first text in double quotes, straight or curly, that is not empty.
pub(crate) fn quoted(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        let open = rest.find(['"', '\u{201c}'])?;
        let body = &rest[open + rest[open..].chars().next()?.len_utf8()..];
        let close = body.find(['"', '\u{201d}'])?;
        let inner = body[..close].trim();
        if !inner.is_empty() {
            return Some(inner);
        }
        rest = &body[close + body[close..].chars().next()?.len_utf8()..];
    }
}

/// The words of an identifier: `moveAppointment`, `move_appointment` and `move-appointment` are all "move appointment".
pub(crate) fn of_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut lower = false;
    for c in name.chars() {
        if c.is_uppercase() && lower {
            out.push(' ');
        }
        lower = c.is_lowercase() || c.is_ascii_digit();
        if c.is_alphanumeric() { out.extend(c.to_lowercase()) } else { out.push(' ') }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A light English stem: plural, `-ing`, `-ed` and a last `e` are taken off.
pub(crate) fn stem(word: &str) -> String {
    if word.len() <= 3 || !word.is_ascii() {
        return word.to_owned();
    }
    let singular = singular(word);
    let stem = ["ing", "ed"]
        .iter()
        .find_map(|ending| {
            singular.strip_suffix(ending).filter(|rest| rest.len() > 2 && has_vowel(rest))
        })
        .map_or(singular.as_str(), undouble);
    let stem = if stem.len() > 3 { stem.strip_suffix('e').unwrap_or(stem) } else { stem };
    stem.to_owned()
}

/// The singular of an English noun, by its ending.
pub(crate) fn singular(word: &str) -> String {
    if let Some(rest) = word.strip_suffix("ies").filter(|rest| rest.len() > 1) {
        return format!("{rest}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    match word.strip_suffix('s') {
        Some(rest) if rest.len() > 2 && !rest.ends_with(['s', 'u', 'i']) => rest.to_owned(),
        _ => word.to_owned(),
    }
}

fn has_vowel(text: &str) -> bool {
    text.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

fn undouble(stem: &str) -> &str {
    let bytes = stem.as_bytes();
    match bytes {
        [.., a, b]
            if a == b
                && (*b != b'l' || stem.len() > 5)
                && !matches!(b, b's' | b'z' | b'e' | b'o') =>
        {
            &stem[..stem.len() - 1]
        }
        _ => stem,
    }
}

/// The terms of a text: phrases the thesaurus knows, then single words; words that carry no meaning are left out.
pub(crate) fn terms(text: &str) -> Vec<Term> {
    let plain = plain(text);
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    let stems: Vec<String> = words.iter().map(|word| stem(word)).collect();
    let mut terms = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if let Some((length, meanings)) = thesaurus::phrase(&stems[at..]) {
            terms.push(Term { stem: stems[at..at + length].join("+"), meanings });
            at += length;
            continue;
        }
        if !is_filler(words[at]) && !is_measure(words[at]) {
            terms.push(Term { stem: stems[at].clone(), meanings: thesaurus::meanings(&stems[at]) });
        }
        at += 1;
    }
    terms
}

/// The stems of all words but filler, those of time and number included.
pub(crate) fn telling(text: &str) -> Vec<String> {
    plain(text).split(' ').filter(|word| !word.is_empty() && !is_filler(word)).map(stem).collect()
}

/// Words that say nothing about what a sentence is about.
#[rustfmt::skip]
const FILLER: &[&str] = &[
    "a", "about", "actually", "again", "aha", "all", "also", "am", "an", "and", "any", "anything", "are", "as", "ask", "asks", "at", "back", "be", "been",
    "being", "but", "by", "caller", "callers", "calling", "can", "cannot", "cant", "come", "could", "course", "did", "do", "does", "doing", "done",
    "dont", "else", "er", "fine", "for", "from", "get", "getting", "give", "go", "going", "gonna", "good", "got", "great", "had", "has", "have",
    "having", "he", "hello", "her", "here", "hey", "hi", "him", "his", "hm", "hmm", "how", "huh", "i", "id", "if", "ill", "im", "in", "into", "is", "isnt", "it", "its",
    "ive", "just", "kind", "know", "let", "lets", "like", "look", "looking", "make", "may", "maybe", "me", "mhm", "might", "mine", "much", "my", "need",
    "needs", "no", "not", "now", "of", "off", "oh", "ok", "okay", "on", "one", "only", "or", "our", "out", "over", "please", "put", "really", "right",
    "s", "see", "she", "should", "so", "some", "something", "soon", "sorry", "such", "sure", "take", "tell", "than", "thank", "thanks", "that",
    "thats", "the", "their", "them", "then", "there", "theres", "these", "they", "thing", "things", "think", "this", "those", "to", "too", "tool",
    "uh", "um", "up", "us", "use", "used", "using", "very", "wanna", "want", "wants", "was", "way", "we", "well", "were", "what", "whats", "when",
    "whens", "where", "wheres", "which", "who", "whos", "why", "will", "wish", "with", "would", "yeah", "yep", "yes", "yet", "you", "your", "yours",
];

fn is_filler(word: &str) -> bool {
    FILLER.binary_search(&word).is_ok()
        || (word.len() == 1 && !word.starts_with(|c: char| c.is_ascii_digit()))
}

/// Words that say when or how many: they fill arguments and do not choose a tool.
#[rustfmt::skip]
const MEASURE: &[&str] = &[
    "afternoon", "am", "april", "august", "december", "eight", "eleven", "evening", "february", "five", "four", "friday", "january", "july", "june", "march",
    "midday", "midnight", "monday", "month", "morning", "next", "night", "nine", "noon", "november", "oclock", "october", "pm", "saturday", "september", "seven", "six",
    "sunday", "ten", "thursday", "today", "tomorrow", "tonight", "tuesday", "twelve", "twenty", "two", "three", "wednesday", "week", "weekend", "yesterday",
];

fn is_measure(word: &str) -> bool {
    MEASURE.contains(&word) || word.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filler_is_sorted_for_binary_search() {
        assert!(FILLER.is_sorted());
    }

    #[test]
    fn words_remember_how_they_were_said() {
        let words = split("It's INV-1042, isn't it?");
        let said: Vec<_> = words.iter().map(|word| word.said.as_str()).collect();
        assert_eq!(said, ["It's", "INV-1042", "isn't", "it"]);
        assert_eq!(words[0].plain, "its");
        assert!(words[1].pause);
        assert!(!words[2].pause);
        assert_eq!(words[1].at, 5..13);
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for (forms, expected) in [
            (&["move", "moves", "moved", "moving"][..], "mov"),
            (&["cancel", "cancels", "cancelled", "cancelling"][..], "cancel"),
            (&["book", "booked", "booking"][..], "book"),
            (&["balance", "balances"][..], "balanc"),
            (&["delivery", "deliveries"][..], "delivery"),
        ] {
            for form in forms {
                assert_eq!(stem(form), expected);
            }
        }
    }

    #[test]
    fn names_split_into_words_whatever_their_case() {
        assert_eq!(of_name("moveAppointment"), "move appointment");
        assert_eq!(of_name("get_account-balance"), "get account balance");
    }

    #[test]
    fn terms_leave_out_filler_and_times() {
        let terms = terms("Could you please move it to Friday morning at 10?");
        assert_eq!(terms.len(), 1);
        assert_eq!(terms[0].stem, "mov");
    }

    #[test]
    fn a_phrase_is_one_term() {
        let terms = terms("How much do I owe?");
        assert_eq!(terms.len(), 1);
        assert!(terms[0].meanings.contains(&"balance"));
    }

    #[test]
    fn plain_text_has_single_spaces() {
        assert_eq!(plain("  That's   all -- thanks! "), "thats all thanks");
    }
}
