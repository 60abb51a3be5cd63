//! Fields of work: what belongs to one desk, though no tool there was named: a refund goes where the payments are.

use super::Tool;
use super::rank::{self, destination};
use super::words::{self, Term};

/// Meanings of the thesaurus that one desk usually looks after together.
const FIELDS: &[&[&str]] = &[
    &["balance", "discount", "dispute", "invoice", "pay", "refund", "statement"],
    &["appointment", "available", "book", "repair"],
    &["connection", "outage", "problem", "support"],
];

/// The open transfer to the desk whose field the sentence is from; none where there are several, or none.
pub(crate) fn transfer<'a>(
    tools: &'a [Tool],
    said: &str,
    open: impl Fn(&Tool) -> bool,
) -> Option<&'a Tool> {
    let said = words::terms(said);
    let mut best: Option<(&Tool, usize)> = None;
    let mut even = false;
    for tool in tools.iter().filter(|tool| open(tool)) {
        let Some(to) = destination(&tool.name) else { continue };
        let about = words::terms(&format!("{to}. {}", rank::affirmed(&tool.description)));
        let shared = FIELDS.iter().filter(|field| about.iter().any(|term| is_of(term, field)));
        let score = shared.map(|field| said.iter().filter(|term| is_of(term, field)).count()).sum();
        let most = best.map_or(0, |(_, most)| most);
        if score > most {
            best = Some((tool, score));
            even = false;
        } else {
            even |= score == most && most > 0;
        }
    }
    best.filter(|_| !even).map(|(tool, _)| tool)
}

fn is_of(term: &Term, field: &[&str]) -> bool {
    term.meanings.iter().any(|meaning| field.contains(meaning))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn to(name: &str, when: &str) -> Tool {
        let description = format!("Pass the caller on. {when}");
        Tool { name: format!("transfer_to_{name}"), description, parameters: Value::Null }
    }

    #[test]
    fn a_wish_goes_to_the_desk_that_does_such_things() {
        let tools = [
            to("money", "The caller asks about a bill, a balance or a payment."),
            to("visits", "The caller wants to book or move an appointment."),
            to("desk", "The caller asks about anything but a bill."),
        ];
        for (said, expected) in [
            ("I want a refund of 20 dollars", Some("transfer_to_money")),
            ("I was overcharged", Some("transfer_to_money")),
            ("Which times are free?", Some("transfer_to_visits")),
            ("Sing me a song", None),
        ] {
            let found = transfer(&tools, said, |_| true).map(|tool| tool.name.as_str());
            assert_eq!(found, expected, "{said}");
        }
        assert!(
            transfer(&tools, "A refund, please", |tool| tool.name.ends_with("visits")).is_none()
        );
    }

    #[test]
    fn of_two_desks_for_the_same_none_is_guessed() {
        let tools = [to("bills", "Invoices."), to("payments", "Payments.")];
        assert!(transfer(&tools, "I want a refund", |_| true).is_none());
    }
}
