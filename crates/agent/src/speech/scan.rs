//! Tells tags from text, one character after the other.

use super::TAGS;

/// What a piece of text turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// Text, as it came; never empty.
    Text(&'a str),
    /// A tag.
    Tag(Tag),
}

/// A tag, by its name in [`TAGS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// `<slow>`
    Opens(&'static str),
    /// `</slow>`
    Closes(&'static str),
    /// `<pause/>`
    Alone(&'static str),
}

/// Holds back what may yet become a tag: never more than the longest tag has characters.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanner {
    held: String,
}

impl Scanner {
    /// Takes one character, and tells what is now certain.
    pub(super) fn take(&mut self, character: char, mut tell: impl FnMut(Found<'_>)) {
        if character == '<' {
            // A `<` stands at the beginning of a tag only, so what was held is text.
            self.finish(&mut tell);
        }
        if character != '<' && self.held.is_empty() {
            tell(Found::Text(character.encode_utf8(&mut [0; 4])));
            return;
        }
        self.held.push(character);
        match read(&self.held) {
            Reading::Tag(tag) => {
                self.held.clear();
                tell(Found::Tag(tag));
            }
            Reading::Beginning => {}
            Reading::Text => self.finish(tell),
        }
    }

    /// Nothing more comes: what was held is text.
    pub(super) fn finish(&mut self, mut tell: impl FnMut(Found<'_>)) {
        if !self.held.is_empty() {
            tell(Found::Text(&self.held));
            self.held.clear();
        }
    }
}

/// What a text that begins with `<` is.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    Tag(Tag),
    /// More characters may make it a tag.
    Beginning,
    Text,
}

fn read(text: &str) -> Reading {
    let inside = text.strip_prefix('<').unwrap_or(text);
    let (closes, inside) = match inside.strip_prefix('/') {
        Some(inside) => (true, inside),
        None => (false, inside),
    };
    let letters = inside.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(inside.len());
    let (word, tail) = inside.split_at(letters);
    if tail.is_empty() {
        return if begins_a_name(word) { Reading::Beginning } else { Reading::Text };
    }
    let Some((name, _)) = TAGS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) else {
        return Reading::Text;
    };
    match (tail.strip_prefix(' ').unwrap_or(tail), closes) {
        (">", true) => Reading::Tag(Tag::Closes(name)),
        (">", false) => Reading::Tag(Tag::Opens(name)),
        ("/>", false) => Reading::Tag(Tag::Alone(name)),
        ("", _) | ("/", false) => Reading::Beginning,
        _ => Reading::Text,
    }
}

fn begins_a_name(word: &str) -> bool {
    let word = word.as_bytes();
    TAGS.iter().any(|(name, _)| {
        name.as_bytes().get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_in_all_their_forms() {
        for (text, tag) in [
            ("<slow>", Tag::Opens("slow")),
            ("</slow>", Tag::Closes("slow")),
            ("</SLOW >", Tag::Closes("slow")),
            ("<pause/>", Tag::Alone("pause")),
            ("<Pause />", Tag::Alone("pause")),
        ] {
            assert_eq!(read(text), Reading::Tag(tag), "{text}");
            for end in 1..text.len() {
                assert_eq!(read(&text[..end]), Reading::Beginning, "{}", &text[..end]);
            }
        }
    }

    #[test]
    fn everything_else_is_text() {
        for text in
            ["<x", "< ", "<slower", "<slow x", "</slow/", "<slow  ", "<5", "<slow\n", "<pause/ "]
        {
            assert_eq!(read(text), Reading::Text, "{text}");
        }
    }
}
