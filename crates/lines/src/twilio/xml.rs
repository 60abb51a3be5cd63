//! As much XML as `TwiML` needs: escaping text, and reading a document's tags.

use std::borrow::Cow;

use thiserror::Error;

/// Escapes text for an element's content or a quoted attribute. Characters that XML 1.0 cannot carry are left out.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum XmlError {
    /// The text ends inside a tag, a comment or a quoted value.
    #[error("the document ends inside `{0}`")]
    CutOff(String),
    /// An attribute is not `name="value"`.
    #[error("unreadable attributes in `<{0}>`")]
    Attributes(String),
}

/// The start of an element, or an empty element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// The element's name.
    pub(crate) name: &'a str,
    attributes: Vec<(&'a str, String)>,
}

impl Tag<'_> {
    /// The value of an attribute, its entities resolved.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }
}

/// The opening tags of a document, in order. Comments, declarations, CDATA and text are passed over.
pub(crate) fn opening_tags(xml: &str) -> Result<Vec<Tag<'_>>, XmlError> {
    let mut tags = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        rest = if let Some(end) = skipped(rest) {
            after(rest, end)?
        } else {
            let end = tag_end(rest).ok_or_else(|| cut_off(rest))?;
            let inside = rest[1..end].trim_end_matches('/');
            if !inside.starts_with('/') {
                tags.push(read_tag(inside)?);
            }
            &rest[end + 1..]
        };
    }
    Ok(tags)
}

/// For markup that is not an element: the text at which it ends.
fn skipped(rest: &str) -> Option<&'static str> {
    const PASSED_OVER: [(&str, &str); 4] =
        [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")];
    PASSED_OVER.iter().find(|(start, _)| rest.starts_with(start)).map(|(_, end)| *end)
}

fn after<'a>(rest: &'a str, end: &str) -> Result<&'a str, XmlError> {
    rest.split_once(end).map(|(_, after)| after).ok_or_else(|| cut_off(rest))
}

fn cut_off(rest: &str) -> XmlError {
    XmlError::CutOff(rest.chars().take(40).collect())
}

/// Where the `>` of a tag is; one inside a quoted value does not count.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in tag.char_indices() {
        match (quote, character) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}

fn read_tag(inside: &str) -> Result<Tag<'_>, XmlError> {
    let name_end = inside.find(char::is_whitespace).unwrap_or(inside.len());
    let (name, mut rest) = inside.split_at(name_end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(Tag { name, attributes });
        }
        let (key, value, after) =
            read_attribute(rest).ok_or_else(|| XmlError::Attributes(name.to_owned()))?;
        attributes.push((key, unescape(value).into_owned()));
        rest = after;
    }
}

/// Reads `name="value"` and what follows it.
fn read_attribute(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('=')?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (value, after) = rest[1..].split_once(quote)?;
    Some((name.trim_end(), value, after))
}

/// Resolves the five named entities and character references; anything else stays as it stands.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let entity = rest.find(';').and_then(|end| Some((character(&rest[1..end])?, end)));
        let (resolved, length) = entity.map_or(('&', 1), |(resolved, end)| (resolved, end + 1));
        plain.push(resolved);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn comments_and_declarations_are_passed_over() {
        let xml = "<?xml version=\"1.0\"?><!-- <Stream url='no'/> --><Response a='1'><Say>x</Say></Response>";

        let names: Vec<_> = opening_tags(xml).unwrap().into_iter().map(|tag| tag.name).collect();

        assert_eq!(names, ["Response", "Say"]);
    }

    #[test]
    fn a_bracket_inside_a_value_does_not_end_the_tag() {
        let tags = opening_tags("<Stream url = \"a>b\" name='c'/>").unwrap();

        assert_eq!(tags[0].attribute("url"), Some("a>b"));
        assert_eq!(tags[0].attribute("name"), Some("c"));
    }

    #[test]
    fn a_document_that_is_cut_off_says_where() {
        assert_eq!(
            opening_tags("<Response><Stream url=\"").unwrap_err().to_string(),
            "the document ends inside `<Stream url=\"`"
        );
    }

    proptest! {
        #[test]
        fn any_text_survives_an_attribute(text in "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]*") {
            let xml = format!("<a b=\"{}\"/>", escape(&text));
            let tags = opening_tags(&xml).unwrap();
            prop_assert_eq!(tags[0].attribute("b"), Some(text.as_str()));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "[<>&;\"'=/a-c!?\\-\\[ ]*") {
            let _ = opening_tags(&text);
        }
    }
}
