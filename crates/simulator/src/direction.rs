//! Directions for the voice in a text: tags such as `<slow>…</slow>` and `<pause/>`, which are followed or passed over, and never read aloud.
//!
//! The transcript keeps them: a model that is given such tags writes them, and whoever shows its words has to take them out. Slow and
//! fast are followed where they hold for the whole text, pauses where the voice knows exactly when each word ends.

use std::ops::Range;
use std::time::Duration;

use switchboard_audio::SampleRate;

use crate::voice::Speech;

/// How long a pause is.
const PAUSE: Duration = Duration::from_millis(400);
/// How fast slow speech is, and fast speech.
const SLOW: f64 = 0.8;
const FAST: f64 = 1.25;

/// A text with directions, word by word.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Script {
    words: Vec<Word>,
    /// 1 is normal.
    pub(crate) pace: f64,
}

/// A word between white space, or several where tags stand alone.
#[derive(Debug, Clone, PartialEq, Default)]
struct Word {
    /// With its tags.
    written: String,
    /// Without them; empty where there is nothing else.
    spoken: String,
    /// How many pauses come before it.
    pauses: usize,
}

impl Script {
    /// Reads a text; none where there are no directions in it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let tags = tags(text);
        if tags.is_empty() {
            return None;
        }
        let mut words: Vec<Word> = Vec::new();
        let mut alone = Word::default();
        for written in pieces(text) {
            let mut word = Word { written: text[written.clone()].to_owned(), ..Word::default() };
            let begins_here = |tag: &&Range<usize>| written.contains(&tag.start);
            let is_pause =
                |tag: &&Range<usize>| name(&text[(*tag).clone()]).eq_ignore_ascii_case("pause");
            word.pauses = tags.iter().filter(begins_here).filter(is_pause).count();
            word.spoken = text[written.clone()]
                .char_indices()
                .filter(|(at, _)| !tags.iter().any(|tag| tag.contains(&(written.start + at))))
                .map(|(_, c)| c)
                .collect();
            word.written = join(&alone.written, &word.written);
            word.pauses += alone.pauses;
            if word.spoken.is_empty() {
                alone = word;
            } else {
                words.push(word);
                alone = Word::default();
            }
        }
        match words.last_mut() {
            Some(last) => last.written = join(&last.written, &alone.written),
            None => words.push(alone),
        }
        Some(Self { words, pace: pace(text.trim()) })
    }

    /// What is read aloud.
    pub(crate) fn spoken(&self) -> String {
        let spoken = self.words.iter().map(|word| word.spoken.as_str());
        spoken.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// What was said of it, with the words as they are written; `pauses` where silence may be put between them.
    pub(crate) fn annotate(&self, mut speech: Speech, rate: SampleRate, pauses: bool) -> Speech {
        if speech.words.is_empty() {
            let written =
                self.words.iter().map(|word| (word.written.clone(), speech.samples.len()));
            speech.words = written.collect();
            return speech;
        }
        if speech.words.len() != self.words.len() {
            return speech;
        }
        let pause = rate.samples_per_ms() * usize::try_from(PAUSE.as_millis()).unwrap_or(0);
        let (mut before, mut added) = (0, 0);
        for (word, (text, end)) in self.words.iter().zip(&mut speech.words) {
            text.clone_from(&word.written);
            let silence = if pauses { word.pauses * pause } else { 0 };
            speech.samples.splice(before..before, std::iter::repeat_n(0, silence));
            added += silence;
            *end += added;
            before = *end;
        }
        speech
    }
}

/// The places of the words: what stands between white space that is not in a tag.
fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    text.split_inclusive(char::is_whitespace).filter_map(move |piece| {
        let start = from;
        from += piece.len();
        let end = start + piece.trim_end().len();
        (end > start).then_some(start..end)
    })
}

/// The places of the tags: `<name>`, `</name>` and `<name/>`, where a name is letters. A price below a limit, `a < b`, is none.
fn tags(text: &str) -> Vec<Range<usize>> {
    let places = text.match_indices('<').filter_map(|(start, _)| {
        let length = text[start..].find('>')? + 1;
        let tag = &text[start..start + length];
        (!name(tag).is_empty()).then_some(start..start + length)
    });
    places.collect()
}

/// The name of a tag, which may have a space before its slash; empty where it is none.
fn name(tag: &str) -> &str {
    let inner = tag.trim_start_matches('<').trim_end_matches('>');
    let inner =
        inner.strip_prefix('/').or_else(|| inner.strip_suffix('/')).unwrap_or(inner).trim_end();
    let is_name = inner.chars().all(|c| c.is_ascii_alphabetic());
    if is_name { inner } else { "" }
}

/// The pace of a text that is slow or fast from its beginning to its end.
fn pace(text: &str) -> f64 {
    let is = |name: &str| {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        text.strip_prefix(&open)
            .and_then(|rest| rest.strip_suffix(&close))
            .is_some_and(|inner| !inner.contains(&close))
    };
    match () {
        () if is("slow") => SLOW,
        () if is("fast") => FAST,
        () => 1.0,
    }
}

fn join(one: &str, other: &str) -> String {
    if one.is_empty() || other.is_empty() {
        format!("{one}{other}")
    } else {
        format!("{one} {other}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &Script) -> Vec<(&str, &str, usize)> {
        let words = script.words.iter();
        words.map(|word| (word.written.as_str(), word.spoken.as_str(), word.pauses)).collect()
    }

    #[test]
    fn tags_are_written_and_not_spoken() {
        let script =
            Script::read("Your <slow>code is</slow> <pause/> <spell>A17</spell>. <pause/>")
                .unwrap();
        assert_eq!(
            words(&script),
            [
                ("Your", "Your", 0),
                ("<slow>code", "code", 0),
                ("is</slow>", "is", 0),
                ("<pause/> <spell>A17</spell>. <pause/>", "A17.", 1),
            ]
        );
        assert_eq!(script.spoken(), "Your code is A17.");
        assert!((script.pace - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_tag_may_have_a_space_in_it() {
        let script = Script::read("one <PAUSE /> two").unwrap();
        assert_eq!(words(&script), [("one", "one", 0), ("<PAUSE /> two", "two", 1)]);
    }

    #[test]
    fn a_text_without_directions_is_none() {
        for text in ["One moment, please.", "if a < b and c > d", "5<6", "<>", "</>", "a <b", "<1>"]
        {
            assert_eq!(Script::read(text), None, "{text}");
        }
    }

    #[test]
    fn slow_and_fast_hold_for_a_whole_text() {
        let pace = |text: &str| Script::read(text).unwrap().pace;
        assert!(pace("<slow>One moment.</slow>") < 1.0);
        assert!(pace(" <fast>One moment.</fast> ") > 1.0);
        assert!((pace("<slow>One</slow> <slow>moment.</slow>") - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_pause_is_silence_before_its_word() {
        let script = Script::read("one <pause/> two").unwrap();
        let speech = Speech {
            samples: vec![1; 160],
            words: vec![("one".to_owned(), 80), ("two".to_owned(), 160)],
        };
        let paused = script.annotate(speech.clone(), SampleRate::Khz8, true);
        assert_eq!(paused.samples.len(), 160 + 3_200);
        assert_eq!(paused.samples[80..3_280], vec![0; 3_200]);
        assert_eq!(paused.words, [("one".to_owned(), 80), ("<pause/> two".to_owned(), 3_360)]);

        let plain = script.annotate(speech, SampleRate::Khz8, false);
        assert_eq!(plain.samples.len(), 160);
        assert_eq!(plain.words[1], ("<pause/> two".to_owned(), 160));
    }

    #[test]
    fn only_directions_are_a_transcript_without_a_sound() {
        let script = Script::read("<pause/>").unwrap();
        assert_eq!(script.spoken(), "");
        let speech = script.annotate(Speech::default(), SampleRate::Khz8, true);
        assert_eq!(speech.words, [("<pause/>".to_owned(), 0)]);
    }
}
