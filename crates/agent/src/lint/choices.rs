//! Finds a closed list of values in the description of a text: "one of a, b or c", "either x or y", "the unit: day, week or month", or
//! values in quotation marks. An open list ("such as …") is none.

/// What says that there are more than those that are named.
const OPEN: [&str; 10] = [
    "such as",
    "for example",
    "for instance",
    "e.g",
    "example:",
    "like ",
    "etc",
    "and so on",
    "anything",
    "any other",
];

/// What stands before a closed list.
const BEFORE: [&str; 4] = ["one of:", "one of ", "either ", ": "];

/// What begins a part of a sentence, and so no value.
const NO_VALUE: [&str; 18] = [
    "a", "an", "the", "this", "that", "these", "those", "its", "their", "his", "her", "your",
    "our", "when", "if", "as", "by", "in",
];

/// The fewest and the most values that make a list.
const FEWEST: usize = 2;
const MOST: usize = 20;

/// The most words in a value.
const MOST_WORDS: usize = 3;

/// The values that a description names as all there are.
pub(super) fn choices(description: &str) -> Option<Vec<String>> {
    let lower = description.to_lowercase();
    if OPEN.iter().any(|open| lower.contains(open)) {
        return None;
    }
    quoted(description).or_else(|| listed(description))
}

/// Values in quotation marks with nothing between them but `,`, `/`, `or` and `and`.
fn quoted(description: &str) -> Option<Vec<String>> {
    let quoted = description.replace(['“', '”', '`'], "\"");
    let parts: Vec<&str> = quoted.split('"').collect();
    // Outside, inside, outside, …: the values are those with an odd index.
    let values: Vec<String> =
        parts.iter().skip(1).step_by(2).map(|value| (*value).to_owned()).collect();
    let mut between = parts.iter().skip(2).step_by(2).take(values.len().saturating_sub(1));
    let are_joined = between.all(|text| {
        let words = text.split([' ', ',', '/', '|']).filter(|word| !word.is_empty());
        words.into_iter().all(|word| matches!(word, "or" | "and"))
    });
    (parts.len() % 2 == 1 && are_joined && is_list(&values)).then_some(values)
}

/// Values after words that announce them, up to the end of the sentence, the last after `or`.
fn listed(description: &str) -> Option<Vec<String>> {
    let lower = description.to_lowercase();
    let mut lists = BEFORE.iter().filter_map(|before| {
        let start = lower.find(before)? + before.len();
        let rest = lower.get(start..)?;
        rest.split(['.', ';', '(', ':', '\n']).next()
    });
    lists.find_map(values)
}

/// `a, b or c`, taken apart.
fn values(text: &str) -> Option<Vec<String>> {
    let (others, last) = text.rsplit_once(" or ")?;
    let each = others.split(',').chain([last]).map(str::trim).filter(|value| !value.is_empty());
    let found: Vec<String> = each.map(|value| value.trim_matches('\'').to_owned()).collect();
    is_list(&found).then_some(found)
}

fn is_list(values: &[String]) -> bool {
    (FEWEST..=MOST).contains(&values.len()) && values.iter().all(|value| is_value(value))
}

fn is_value(value: &str) -> bool {
    let mut words = value.split_whitespace();
    let first = words.next();
    first.is_some_and(|first| !NO_VALUE.contains(&first)) && words.count() < MOST_WORDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_lists_are_found() {
        for (description, expected) in [
            ("One of small, medium or large.", vec!["small", "medium", "large"]),
            ("The size, one of: small, medium, or large.", vec!["small", "medium", "large"]),
            ("Either morning or afternoon.", vec!["morning", "afternoon"]),
            ("The unit: day, week or month. In doubt day.", vec!["day", "week", "month"]),
            ("By \"letter\" or \"mail\".", vec!["letter", "mail"]),
            (
                "Which way: `north`, `east`, `south`, `west`.",
                vec!["north", "east", "south", "west"],
            ),
        ] {
            assert_eq!(choices(description).unwrap_or_default(), expected, "{description}");
        }
    }

    #[test]
    fn open_lists_and_sentences_are_not() {
        for description in [
            "The number of the invoice, such as N-20016.",
            "When, in the caller's words, for example \"Friday morning\" or \"in two weeks\".",
            "The caller's name, first and last.",
            "One of the caller's invoices or payments.",
            "Either the number of the invoice or its date.",
            "What the caller wants: in one sentence, or two.",
            "The \"reference\" on the letter.",
            "Say \"yes\" when the caller agrees, and \"no\" when they do not.",
            "One of \"a",
            "",
        ] {
            assert_eq!(choices(description), None, "{description}");
        }
    }
}
