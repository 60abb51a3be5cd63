//! Choices: which of a schema's values the words mean.

use serde_json::Value;

use super::numbers::{numbers, ordinal};
use crate::mind::words::{self, Term, Word};

/// How alike two words must be to be taken for one, by Jaro-Winkler.
const ALIKE: f64 = 0.92;

/// The value that the words mean, if it is one and not several.
pub(crate) fn choose(
    values: &[Value],
    description: &str,
    words: &[Word],
    said: &str,
) -> Option<Value> {
    let mut scores: Vec<f64> = values.iter().map(|value| score(value, words, said)).collect();
    if scores.iter().all(|score| *score <= 0.0) {
        scores = values.iter().map(|value| explained(value, description, said)).collect();
    }
    let best = scores.iter().copied().fold(0.0, f64::max);
    let mut winners = scores.iter().zip(values).filter(|(score, _)| **score >= best && best > 0.0);
    let (_, winner) = winners.next()?;
    winners.next().is_none().then(|| winner.clone())
}

fn score(value: &Value, words: &[Word], said: &str) -> f64 {
    match value {
        Value::String(text) => score_text(text, words, said),
        Value::Number(number) => {
            let wanted = number.as_f64();
            f64::from(u8::from(numbers(words).iter().any(|found| Some(found.value) == wanted)))
        }
        _ => 0.0,
    }
}

/// How much of what was said the description's explanation of a value has: `(repair: Something does not work; …)`.
fn explained(value: &Value, description: &str, said: &str) -> f64 {
    let Some((_, rest)) =
        value.as_str().and_then(|name| description.split_once(&format!("{name}: ")))
    else {
        return 0.0;
    };
    let own = words::terms(rest.split([';', ')', '\n']).next().unwrap_or_default());
    let hits =
        words::terms(said).iter().filter(|term| own.iter().any(|other| other.means(term))).count();
    f64::from(u32::try_from(hits).unwrap_or(u32::MAX))
}

/// The share of the value's words that were said, exactly or nearly or in meaning.
fn score_text(text: &str, words: &[Word], said: &str) -> f64 {
    let name = words::of_name(text);
    if name.is_empty() {
        return 0.0;
    }
    if format!(" {} ", words::plain(said)).contains(&format!(" {name} ")) {
        return 1.0 + f64::from(u32::try_from(name.split(' ').count()).unwrap_or(u32::MAX));
    }
    let said_terms = words::terms(said);
    let parts: Vec<&str> = name.split(' ').collect();
    let hits: f64 = parts.iter().map(|part| hit(part, words, &said_terms)).sum();
    let share = hits / f64::from(u32::try_from(parts.len()).unwrap_or(u32::MAX));
    if share >= 0.5 { share } else { 0.0 }
}

fn hit(part: &str, words: &[Word], said: &[Term]) -> f64 {
    let stem = words::stem(part);
    if words.iter().any(|word| word.plain == part || words::stem(&word.plain) == stem) {
        return 1.0;
    }
    let near = |word: &Word| {
        part.len() >= 4 && word.plain.len() >= 4 && strsim::jaro_winkler(&word.plain, part) >= ALIKE
    };
    if words.iter().any(near) {
        return 0.8;
    }
    let means = words::terms(part).iter().any(|term| said.iter().any(|other| term.means(other)));
    if means { 0.6 } else { 0.0 }
}

/// Which entry of a list of this length an answer points at: "the second one", "the last".
pub(crate) fn position(words: &[Word], length: usize) -> Option<usize> {
    words.iter().find_map(|word| match word.plain.as_str() {
        "former" => Some(0),
        "last" | "latter" => length.checked_sub(1),
        plain => usize::try_from(ordinal(plain)?).ok()?.checked_sub(1).filter(|at| *at < length),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mind::words::split;

    fn chosen(values: &[Value], text: &str) -> Option<Value> {
        choose(values, "", &split(text), text)
    }

    #[test]
    fn a_value_is_chosen_by_its_words() {
        let sizes = [json!("small"), json!("medium"), json!("extra_large"), json!("large")];
        assert_eq!(chosen(&sizes, "a large one please"), Some(json!("large")));
        assert_eq!(
            chosen(&sizes, "extra large"),
            Some(json!("extra_large")),
            "more of it was said"
        );
        assert_eq!(chosen(&sizes, "small or large"), None, "both were said");
        assert_eq!(chosen(&sizes, "a meduim one"), Some(json!("medium")));
        assert_eq!(chosen(&sizes, "whatever"), None);
        assert_eq!(chosen(&[json!(1), json!(2)], "two of them"), Some(json!(2)));
    }

    #[test]
    fn a_value_is_chosen_by_meaning() {
        let kinds = [json!("outage"), json!("billing")];
        assert_eq!(chosen(&kinds, "my wifi is not working"), Some(json!("outage")));
    }

    #[test]
    fn a_value_is_chosen_by_its_explanation() {
        let kinds = [json!("repair"), json!("swap")];
        let description = "What it is for (repair: Something is broken; swap: A new router)";
        let said = "the router please";
        assert_eq!(choose(&kinds, description, &split(said), said), Some(json!("swap")));
    }

    #[test]
    fn a_place_in_a_list_is_understood() {
        assert_eq!(position(&split("the second one"), 3), Some(1));
        assert_eq!(position(&split("the last"), 3), Some(2));
        assert_eq!(position(&split("the fifth"), 3), None);
    }
}
