//! Messages that are half meant for the model: its part becomes a question or is left out, the rest is told.
//!
//! "The caller has two accounts. Ask which one." is told as "You have two accounts. Which one?"

use super::super::ask::{asked, to_you};
use super::sentence;

/// A message as the caller hears it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// What is said.
    pub(crate) text: String,
    /// What is said without the questions.
    pub(crate) statement: String,
    /// The question in it, if the message says to ask something.
    pub(crate) question: Option<String>,
}

/// Turns a message into what the caller hears.
pub(crate) fn told(message: &str) -> Told {
    let mut told = Told::default();
    let mut parts: Vec<String> = Vec::new();
    let mut statements: Vec<String> = Vec::new();
    for part in sentences(message) {
        if let Some(question) = question(part) {
            if part.starts_with("Ask ") {
                told.question.get_or_insert_with(|| question.clone());
            }
            parts.push(question);
        } else if !is_for_the_model(part) {
            let part = sentence(&to_you(part));
            statements.push(part.clone());
            parts.push(part);
        }
    }
    told.statement = statements.join(" ");
    told.text = match parts.is_empty() {
        false => parts.join(" "),
        true if message.contains('`') => "I am sorry, that does not work.".to_owned(),
        true => sentence(message),
    };
    told
}

/// The sentences of a text.
pub(crate) fn sentences(message: &str) -> impl Iterator<Item = &str> {
    let ends = message.match_indices(['.', '!', '?']).map(|(at, _)| at + 1);
    let ends = ends
        .filter(|at| message[*at..].is_empty() || message[*at..].starts_with(char::is_whitespace));
    let mut from = 0;
    let cuts: Vec<usize> = ends.chain(std::iter::once(message.len())).collect();
    cuts.into_iter().filter_map(move |to| {
        let part = message.get(from..to)?.trim();
        from = to;
        (!part.is_empty()).then_some(part)
    })
}

/// What to ask, where a sentence says to ask something.
fn question(part: &str) -> Option<String> {
    let part = part.trim_end_matches('.');
    let cut = [", and use ", ", and call ", ", or list ", ", then "]
        .iter()
        .filter_map(|cut| part.find(cut))
        .min();
    let part = &part[..cut.unwrap_or(part.len())];
    if let Some(rest) = part.strip_prefix("Ask for ") {
        return Some(match rest.split_once(" again") {
            Some(("it" | "them", rest)) => {
                sentence(&format!("Please say it again{}", to_you(rest)))
            }
            _ => sentence(&format!("Please tell me {}", to_you(rest))),
        });
    }
    if let Some(rest) = part.strip_prefix("Offer to ") {
        return Some(format!("Shall I {}?", to_you(rest)));
    }
    let rest = part
        .strip_prefix("Ask them ")
        .or_else(|| part.strip_prefix("Ask the caller "))
        .or_else(|| part.strip_prefix("Ask "))?;
    let first = rest.split(' ').next().unwrap_or_default();
    matches!(first, "which" | "what" | "when" | "who" | "where" | "how").then(|| asked(rest))
}

/// Whether a sentence tells the model what to do.
fn is_for_the_model(part: &str) -> bool {
    let first = part.split(' ').next().unwrap_or_default();
    let orders = [
        "Ask", "Offer", "Say", "Use", "Call", "Tell", "Read", "List", "Try", "Explain", "Repeat",
        "Transfer", "Pass",
    ];
    orders.contains(&first)
        || part.contains('`')
        || ["Do not ", "Don't ", "Never "].iter().any(|lead| part.starts_with(lead))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_to_the_model_become_questions_or_fall_away() {
        for (message, text, asks) in [
            (
                "The caller has several: A on Monday and B on Friday. Ask which one.",
                "You have several: A on Monday and B on Friday. Which one?",
                true,
            ),
            (
                "I do not know who is calling. Ask for the account number, or for name and postcode, and use identify_caller.",
                "I do not know who is calling. Please tell me the account number, or for name and postcode.",
                true,
            ),
            (
                "No account has that number. Ask for it again, or for name and postcode.",
                "No account has that number. Please say it again, or for name and postcode.",
                true,
            ),
            (
                "The line shows no number. Ask which number to call.",
                "The line shows no number. Which number should I call?",
                true,
            ),
            ("There is none. Offer to book one.", "There is none. Shall I book one?", false),
            ("We are closed on Friday. Offer the next day.", "We are closed on Friday.", false),
            ("The balance is 4.50 dollars.", "The balance is 4.50 dollars.", false),
            ("Use another tool.", "Use another tool.", false),
            ("It is Friday. Call `a` first, then `b`.", "It is Friday.", false),
            ("Call `a` first.", "I am sorry, that does not work.", false),
        ] {
            let told = told(message);
            assert_eq!((told.text.as_str(), told.question.is_some()), (text, asks), "{message}");
        }
    }
}
