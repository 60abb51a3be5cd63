//! Finds tags that do not match.

use super::scan::{Found, Scanner, Tag};

/// The first tag in a text that has no match. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnbalancedTag {
    /// It opens and is never closed.
    #[error("`<{tag}>` in line {line} is never closed: write `{remedy}`", remedy = remedy(tag))]
    NeverClosed {
        /// The tag's name.
        tag: &'static str,
        /// Where it opens.
        line: usize,
    },
    /// It closes and was never opened.
    #[error(
        "`</{tag}>` in line {line} closes what was not opened: write `<{tag}>` before it, or leave it out"
    )]
    NeverOpened {
        /// The tag's name.
        tag: &'static str,
        /// Where it closes.
        line: usize,
    },
    /// It closes while another is still open that was opened inside it.
    #[error(
        "`</{tag}>` in line {line} stands before the end of `<{inner}>` of line {inner_line}: write `</{inner}>` before it"
    )]
    Crossed {
        /// The tag's name.
        tag: &'static str,
        /// Where it closes.
        line: usize,
        /// The tag that is still open.
        inner: &'static str,
        /// Where that one opens.
        inner_line: usize,
    },
}

impl UnbalancedTag {
    /// The name of the tag.
    pub fn tag(&self) -> &'static str {
        match self {
            Self::NeverClosed { tag, .. }
            | Self::NeverOpened { tag, .. }
            | Self::Crossed { tag, .. } => tag,
        }
    }

    /// The line of the text in which it stands, from 1.
    pub fn line(&self) -> usize {
        match *self {
            Self::NeverClosed { line, .. }
            | Self::NeverOpened { line, .. }
            | Self::Crossed { line, .. } => line,
        }
    }
}

fn remedy(tag: &str) -> String {
    if tag == "pause" { "<pause/>".to_owned() } else { format!("</{tag}>") }
}

/// Checks that each tag that opens is closed, the innermost first.
///
/// # Errors
///
/// The first tag without a match, and its line.
///
/// ```
/// use switchboard_agent::speech::check;
///
/// assert_eq!(check("Say <slow>A 10017</slow>, then <pause/> wait."), Ok(()));
/// let problem = check("Say\n<slow>A 10017.").unwrap_err();
/// assert_eq!((problem.tag(), problem.line()), ("slow", 2));
/// ```
pub fn check(text: &str) -> Result<(), UnbalancedTag> {
    let mut scanner = Scanner::default();
    let mut open: Vec<(&'static str, usize)> = Vec::new();
    let mut line = 1;
    for character in text.chars() {
        let mut met = None;
        scanner.take(character, |found| {
            if let Found::Tag(tag) = found {
                met = Some(tag);
            }
        });
        match met {
            Some(Tag::Opens(tag)) => open.push((tag, line)),
            Some(Tag::Closes(tag)) => close(&mut open, tag, line)?,
            Some(Tag::Alone(_)) | None => {}
        }
        line += usize::from(character == '\n');
    }
    match open.first() {
        Some(&(tag, line)) => Err(UnbalancedTag::NeverClosed { tag, line }),
        None => Ok(()),
    }
}

fn close(
    open: &mut Vec<(&'static str, usize)>,
    tag: &'static str,
    line: usize,
) -> Result<(), UnbalancedTag> {
    match open.last() {
        Some((inner, _)) if *inner == tag => {
            open.pop();
            Ok(())
        }
        Some(&(inner, inner_line)) if open.iter().any(|(outer, _)| *outer == tag) => {
            Err(UnbalancedTag::Crossed { tag, line, inner, inner_line })
        }
        _ => Err(UnbalancedTag::NeverOpened { tag, line }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::TAGS;
    use super::*;

    fn told(text: &str) -> String {
        check(text).map_or_else(|problem| problem.to_string(), |()| String::new())
    }

    #[test]
    fn tags_that_match_are_in_order() {
        for text in [
            "",
            "a < b",
            "<soft>a <slow>b</slow></soft>",
            "<pause/>",
            "<slow>a\nb</SLOW>",
            "<rules>",
        ] {
            assert_eq!(told(text), "", "{text}");
        }
    }

    #[test]
    fn a_tag_without_a_match_is_named_with_its_line() {
        for (text, problem) in [
            ("a\n<slow>b", "`<slow>` in line 2 is never closed: write `</slow>`"),
            ("<pause>", "`<pause>` in line 1 is never closed: write `<pause/>`"),
            ("a</soft>", "`</soft>` in line 1 closes what was not opened"),
            (
                "<soft>\n<slow>a</soft></slow>",
                "`</soft>` in line 2 stands before the end of `<slow>` of line 2",
            ),
        ] {
            assert!(told(text).starts_with(problem), "{}", told(text));
        }
    }

    /// Texts whose tags match, at any depth.
    fn balanced() -> impl Strategy<Value = String> {
        let leaf = prop_oneof!["[a-z <>/\n]{0,6}", Just("<pause/>".to_owned())];
        let leaf = leaf.prop_filter("no tag by chance", |text: &String| check(text).is_ok());
        leaf.prop_recursive(4, 24, 3, |inside| {
            let tags = proptest::sample::select(TAGS.map(|(name, _)| name).to_vec());
            prop_oneof![
                (tags, inside.clone()).prop_map(|(tag, text)| format!("<{tag}>{text} </{tag}>")),
                proptest::collection::vec(inside, 0..3).prop_map(|texts| texts.join(" ")),
            ]
        })
    }

    proptest! {
        #[test]
        fn only_texts_whose_tags_match_are_in_order(text in balanced(), tag in proptest::sample::select(TAGS.map(|(name, _)| name).to_vec())) {
            let (opened, closed) = (format!("<{tag}>{text} "), format!("{text} </{tag}>"));
            let both = format!("<{tag}>{closed}");
            prop_assert_eq!((check(&text), check(&both)), (Ok(()), Ok(())));
            prop_assert!(check(&opened).is_err() && check(&closed).is_err());
        }
    }
}
