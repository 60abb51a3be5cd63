//! The thesaurus: which words and phrases of everyday English mean the same to a switchboard.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words::stem;

/// One meaning a line; the file says how.
const TEXT: &str = include_str!("thesaurus.txt");

static THESAURUS: LazyLock<Thesaurus> = LazyLock::new(|| Thesaurus::read(TEXT));

#[derive(Debug, Default)]
struct Thesaurus {
    /// Meanings by the stem of a single word.
    words: HashMap<String, Vec<&'static str>>,
    /// Phrases by the stem of their first word, longest first.
    phrases: HashMap<String, Vec<Phrase>>,
}

/// The stems of a phrase, and what it means.
type Phrase = (Vec<String>, Vec<&'static str>);

impl Thesaurus {
    fn read(text: &'static str) -> Self {
        let mut thesaurus = Self::default();
        for (meaning, entries) in text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(':'))
        {
            for entry in entries.split(',') {
                thesaurus.enter(meaning, entry.split_whitespace().map(stem).collect());
            }
        }
        for phrases in thesaurus.phrases.values_mut() {
            phrases.sort_by_key(|(stems, _)| std::cmp::Reverse(stems.len()));
        }
        thesaurus
    }

    fn enter(&mut self, meaning: &'static str, stems: Vec<String>) {
        match stems.as_slice() {
            [] => {}
            [word] => {
                let meanings = self.words.entry(word.clone()).or_default();
                if !meanings.contains(&meaning) {
                    meanings.push(meaning);
                }
            }
            [first, ..] => {
                let phrases = self.phrases.entry(first.clone()).or_default();
                match phrases.iter_mut().find(|(known, _)| *known == stems) {
                    Some((_, meanings)) => meanings.push(meaning),
                    None => phrases.push((stems, vec![meaning])),
                }
            }
        }
    }
}

/// What a single word, given as its stem, can mean.
pub(crate) fn meanings(stem: &str) -> Vec<&'static str> {
    THESAURUS.words.get(stem).cloned().unwrap_or_default()
}

/// The longest phrase with which these stems begin: how many stems it takes, and what it means.
pub(crate) fn phrase(stems: &[String]) -> Option<(usize, Vec<&'static str>)> {
    let phrases = THESAURUS.phrases.get(stems.first()?)?;
    phrases
        .iter()
        .find(|(phrase, _)| stems.starts_with(phrase))
        .map(|(phrase, meanings)| (phrase.len(), meanings.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        text.split(' ').map(stem).collect()
    }

    #[test]
    fn words_of_one_meaning_share_it() {
        assert_eq!(meanings(&stem("reschedule")), meanings(&stem("postponed")));
        assert!(meanings(&stem("zebra")).is_empty());
    }

    #[test]
    fn the_longest_phrase_wins() {
        let (length, meanings) = phrase(&stems("how much do i owe you")).unwrap();
        assert_eq!((length, meanings), (5, vec!["balance"]));
    }

    #[test]
    fn every_line_names_a_meaning() {
        for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
            assert!(
                line.split_once(':')
                    .is_some_and(|(name, entries)| !name.contains(' ') && !entries.is_empty()),
                "{line}"
            );
        }
    }
}
