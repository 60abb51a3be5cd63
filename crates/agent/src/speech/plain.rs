//! Takes the tags out of a text.

use std::borrow::Cow;

use super::scan::{Found, Scanner};

/// The text without our tags, as it is shown. A space that stood on both sides of a tag is there once.
///
/// ```
/// use switchboard_agent::speech::plain;
///
/// assert_eq!(plain("That is <slow>four seven</slow>, <pause/> right?"), "That is four seven, right?");
/// assert_eq!(plain("if a < b, say <b>so</b>"), "if a < b, say <b>so</b>");
/// ```
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('<') {
        return Cow::Borrowed(text);
    }
    let mut whole = PlainText::new();
    let mut shown = whole.push(text);
    shown += &whole.finish();
    Cow::Owned(shown)
}

/// Takes the tags out of a text that comes in pieces, as a model's words do; a tag may be split over several.
///
/// Push each piece, then [`finish`](Self::finish). All that comes back, put together, is what [`plain`] makes of the whole text.
///
/// ```
/// use switchboard_agent::speech::PlainText;
///
/// let mut text = PlainText::new();
/// assert_eq!(text.push("It is <sl"), "It is ");
/// assert_eq!(text.push("ow>B4</slow"), "B4");
/// assert_eq!(text.push(">, for a <"), ", for a ");
/// assert_eq!(text.finish(), "<");
/// ```
#[derive(Debug, Clone, Default)]
pub struct PlainText {
    scanner: Scanner,
    end: End,
}

/// How what was given back so far ends.
#[derive(Debug, Clone, Copy, Default)]
enum End {
    /// In a space, or nothing was given back yet.
    #[default]
    Space,
    /// As above, with a tag left out there: a space would be one too many.
    SpaceAndTag,
    Word,
}

impl PlainText {
    /// The beginning of a text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece, and gives back what is now certain to be text. What may be the beginning of a tag is kept until more comes.
    pub fn push(&mut self, piece: &str) -> String {
        let mut shown = String::with_capacity(piece.len());
        for character in piece.chars() {
            self.scanner.take(character, |found| self.end.append(found, &mut shown));
        }
        shown
    }

    /// Ends the text, and gives back what was kept. Then a new text can begin.
    pub fn finish(&mut self) -> String {
        let mut shown = String::new();
        self.scanner.finish(|found| self.end.append(found, &mut shown));
        self.end = End::default();
        shown
    }
}

impl End {
    fn append(&mut self, found: Found<'_>, shown: &mut String) {
        match (found, *self) {
            (Found::Tag(_), Self::Space) => *self = Self::SpaceAndTag,
            (Found::Tag(_), Self::SpaceAndTag | Self::Word) => {}
            (Found::Text(" "), Self::SpaceAndTag) => *self = Self::Space,
            (Found::Text(text), _) => {
                shown.push_str(text);
                let spaced = text.ends_with(char::is_whitespace);
                *self = if spaced { Self::Space } else { Self::Word };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_go_and_the_rest_stays() {
        for (text, shown) in [
            ("", ""),
            ("Hello.", "Hello."),
            ("<slow>Hello.</slow>", "Hello."),
            ("Hold <pause/> on", "Hold on"),
            ("Hold<pause/>on", "Holdon"),
            ("<warm> Hello </warm> there", "Hello there"),
            ("a <pause/> <pause/> b", "a b"),
            ("a  b", "a  b"),
            ("a < b > c", "a < b > c"),
            ("<<slow>x</slow>>", "<x>"),
            ("</slow", "</slow"),
            ("<SPELL>ab</Spell>", "ab"),
            ("<rules>be kind</rules>", "<rules>be kind</rules>"),
            ("<slowly>", "<slowly>"),
        ] {
            assert_eq!(plain(text), shown, "{text}");
        }
    }

    #[test]
    fn a_text_without_tags_is_not_copied() {
        assert!(matches!(plain("Hello."), Cow::Borrowed("Hello.")));
    }

    /// Texts made of tags, halves of tags and ordinary characters.
    fn text() -> impl Strategy<Value = String> {
        let pieces = prop_oneof![
            Just("<slow>".to_owned()),
            Just("</slow>".to_owned()),
            Just("<pause />".to_owned()),
            Just(" ".to_owned()),
            "[<>/ a-zA-Z\u{e4}\u{1F600}]{0,6}",
            "<?/?(slow|paus|emphasis|em|b)? ?/?>?",
        ];
        proptest::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_as_the_whole(text in text(), cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..8)) {
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| *cut.get(&ends)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let mut pieces = PlainText::new();
            let mut shown: String = cuts.windows(2).map(|cut| pieces.push(&text[cut[0]..cut[1]])).collect();
            shown += &pieces.finish();
            prop_assert_eq!(shown, plain(&text));
        }

        #[test]
        fn never_more_is_kept_back_than_a_tag_is_long(text in text()) {
            let mut pieces = PlainText::new();
            for character in text.chars() {
                pieces.push(character.encode_utf8(&mut [0; 4]));
                let kept = pieces.clone().finish();
                prop_assert!(kept.len() < "</emphasis >".len(), "{}", kept);
            }
        }

        #[test]
        fn a_text_without_a_bracket_is_left_alone(text in "[^<]*") {
            prop_assert_eq!(plain(&text), text.as_str());
        }
    }
}
