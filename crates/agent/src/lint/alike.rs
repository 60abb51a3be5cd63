//! Tools whose descriptions say nearly the same: the model can only guess between them.

use crate::{Profile, Warning};

/// From this likeness on two descriptions say nearly the same; the tests show pairs on both sides.
const ALIKE: f64 = 0.85;

/// Words that say nothing about what a tool does.
const FILLERS: [&str; 32] = [
    "a", "an", "and", "any", "are", "at", "be", "by", "for", "has", "have", "how", "if", "in",
    "is", "it", "its", "of", "on", "or", "s", "that", "the", "their", "them", "they", "this", "to",
    "what", "whether", "which", "with",
];

/// Words that all mean to look something up.
const LOOKING_UP: [&str; 12] = [
    "check", "fetch", "find", "get", "give", "list", "look", "read", "retrieve", "return", "show",
    "tell",
];

/// Compares an agent's own tools with one another, and its ways to others.
pub(super) fn look_at(profile: &Profile, found: &mut Vec<Warning>) {
    let own = profile.tools.iter().filter(|tool| profile.modifiers.contains_key(&tool.name));
    let own = own.map(|tool| (tool.name.as_str(), tool.description.as_str()));
    compare(profile, &own.collect::<Vec<_>>(), found);
    let ways = profile.handoffs.iter().map(|edge| (edge.tool.as_str(), edge.when.as_str()));
    compare(profile, &ways.collect::<Vec<_>>(), found);
}

fn compare(profile: &Profile, described: &[(&str, &str)], found: &mut Vec<Warning>) {
    for (index, (tool, description)) in described.iter().enumerate() {
        for (other, others) in &described[index + 1..] {
            if are_alike(description, others) {
                let (tool, other) = ((*tool).to_owned(), (*other).to_owned());
                found.push(Warning::Alike { agent: profile.id, tool, other });
            }
        }
    }
}

/// Whether two descriptions say nearly the same. Those that begin with another verb do not, however much they share: book, cancel.
fn are_alike(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    let (Some(verb), Some(others)) = (one.first(), other.first()) else { return false };
    verb == others && strsim::sorensen_dice(&one.join(" "), &other.join(" ")) >= ALIKE
}

/// The words that say what a tool does, each in its simplest form.
fn words(description: &str) -> Vec<String> {
    let lower = description.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let simple = words.filter(|word| !FILLERS.contains(word)).map(singular);
    // "Look up" is one word.
    let mut simple = simple.filter(|word| *word != "up").peekable();
    let verb = simple.next().map(|verb| if LOOKING_UP.contains(&verb) { "get" } else { verb });
    verb.into_iter().chain(simple).map(str::to_owned).collect()
}

fn singular(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_that_differ_in_words_only_are_alike() {
        for (one, other) in [
            (
                "List the caller's invoices, the newest first.",
                "List invoices of the caller, newest first.",
            ),
            ("Find an invoice by its number.", "Look up an invoice by number."),
            ("Get the customer's address.", "Returns the address of a customer."),
            (
                "Check whether the caller has unpaid invoices.",
                "Check if the caller has any unpaid invoice.",
            ),
            ("Tell the opening hours of the shop.", "Tell the opening hours of the shop today."),
        ] {
            assert!(are_alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn descriptions_that_tell_what_differs_are_not() {
        for (one, other) in [
            ("Book an appointment with a technician.", "Move an appointment with a technician."),
            (
                "Cancel the caller's appointment with a technician.",
                "Confirm the caller's appointment with a technician.",
            ),
            ("Look up a customer by phone number.", "Look up a customer by account number."),
            (
                "List the caller's invoices, the newest first: amounts, due dates, and what is still open.",
                "List the payments that the caller has made, the newest first.",
            ),
            ("Tell the balance.", "Tell the plan."),
            ("", ""),
        ] {
            assert!(!are_alike(one, other), "{one} {other}");
        }
    }

    mod in_a_roster {
        use crate::lint::testing::{BILLING, TRIAGE, told, told_of};
        use crate::prelude::*;

        /// Find an invoice by its number.
        #[derive(Deserialize, JsonSchema)]
        struct FindInvoice {}
        async fn find_invoice(_: FindInvoice) {}

        /// Look up an invoice by number.
        #[derive(Deserialize, JsonSchema)]
        struct GetInvoice {}
        async fn get_invoice(_: GetInvoice) {}

        #[test]
        fn two_tools_of_one_agent_are_told() {
            let told = told_of(|agent| agent.tool(find_invoice).tool(get_invoice));
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(
                told[0].starts_with("`find_invoice` and `get_invoice` of agent `billing` have"),
                "{told:?}"
            );
        }

        #[test]
        fn ways_are_compared_by_when_to_take_them() {
            let other = AgentId::new("sales");
            let triage = Agent::new(TRIAGE).instructions("Help.");
            let triage = triage
                .handoff(BILLING, "The caller asks about money.")
                .handoff(other, "The callers ask about the money.");
            let back =
                |id| Agent::<()>::new(id).instructions("Help.").handoff(TRIAGE, "Anything else.");
            let told = told(&Roster::new([triage, back(BILLING), back(other)]).unwrap());
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(
                told[0].starts_with("`transfer_to_billing` and `transfer_to_sales`"),
                "{told:?}"
            );
        }
    }
}
