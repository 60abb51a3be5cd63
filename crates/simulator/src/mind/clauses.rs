//! Several requests in one sentence: where one ends and the next begins.

use super::words;

/// The most requests that one turn is taken for.
const MOST: usize = 3;

/// What stands between two requests.
const JOINTS: &[&str] = &[" and then ", ", then ", " and also ", ", and ", " also ", " and "];

/// Parts the sentence into requests: a part stands alone where `wanted` knows what it asks for and its neighbours ask
/// for something else; every other part belongs to the request before it.
pub(crate) fn requests(said: &str, wanted: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut requests: Vec<(String, Option<String>)> = Vec::new();
    for piece in pieces(said) {
        let want = wanted(piece);
        match requests.last_mut() {
            Some((text, before)) if want.is_none() || before.is_none() || *before == want => {
                text.push_str(if text.ends_with(['.', '?', '!', ';']) { " " } else { ", " });
                text.push_str(piece);
                *before = before.take().or(want);
            }
            _ => requests.push((piece.to_owned(), want)),
        }
    }
    if requests.len() < 2 || requests.len() > MOST {
        return vec![said.trim().to_owned()];
    }
    requests.into_iter().map(|(text, _)| text).collect()
}

/// The sentence at its full stops and at the words that may join two requests.
fn pieces(said: &str) -> Vec<&str> {
    let mut pieces = vec![said];
    for joint in JOINTS {
        pieces = pieces.into_iter().flat_map(|piece| split_at(piece, joint)).collect();
    }
    let sentences = pieces.into_iter().flat_map(|piece| {
        piece.split_inclusive(['?', '!', ';']).flat_map(|part| part.split_inclusive(". "))
    });
    sentences.map(str::trim).filter(|piece| !words::plain(piece).is_empty()).collect()
}

fn split_at<'a>(text: &'a str, joint: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find(rest, joint) {
        parts.push(&rest[..at]);
        rest = &rest[at + joint.len()..];
    }
    parts.push(rest);
    parts
}

/// Finds an ASCII pattern whatever its case.
fn find(text: &str, pattern: &str) -> Option<usize> {
    text.as_bytes()
        .windows(pattern.len())
        .position(|window| window.eq_ignore_ascii_case(pattern.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parted(said: &str) -> Vec<String> {
        let known = ["balance", "appointment", "invoice"];
        requests(said, |piece| {
            known.iter().find(|word| piece.contains(**word)).map(|word| (*word).to_owned())
        })
    }

    #[test]
    fn requests_part_where_both_sides_ask_for_something() {
        for (said, expected) in [
            (
                "What is my balance and move my appointment to Friday",
                vec!["What is my balance", "move my appointment to Friday"],
            ),
            (
                "What is my balance? And when is my appointment?",
                vec!["What is my balance?", "when is my appointment?"],
            ),
            (
                "Move my appointment to Friday and not to Thursday",
                vec!["Move my appointment to Friday and not to Thursday"],
            ),
            (
                "Hello. I have a question. What is my balance?",
                vec!["Hello. I have a question. What is my balance?"],
            ),
            (
                "Move my appointment. Friday would be good.",
                vec!["Move my appointment. Friday would be good."],
            ),
            ("", vec![""]),
        ] {
            assert_eq!(parted(said), expected, "{said}");
        }
    }
}
