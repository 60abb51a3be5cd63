//! Hold phrases that are too long, or there twice.

use std::collections::BTreeSet;

use crate::hold::GOOD_LENGTH;
use crate::speech::plain;
use crate::{Profile, Warning, Whose};

/// Looks at the hold phrases of an agent, and of each of its tools.
pub(super) fn look_at(profile: &Profile, found: &mut Vec<Warning>) {
    let agent = profile.id;
    look_at_phrases(&Whose { agent, tool: None }, &profile.holds, found);
    for (tool, said) in &profile.modifiers {
        look_at_phrases(&Whose { agent, tool: Some(tool.clone()) }, &said.holds, found);
    }
}

fn look_at_phrases(whose: &Whose, phrases: &[String], found: &mut Vec<Warning>) {
    let mut met = BTreeSet::new();
    for phrase in phrases {
        let phrase = plain(phrase).trim().to_owned();
        let length = phrase.chars().count();
        if length > GOOD_LENGTH {
            found.push(Warning::SlowHold { whose: whose.clone(), phrase: phrase.clone(), length });
        }
        if !met.insert(phrase.to_lowercase()) {
            found.push(Warning::SameHold { whose: whose.clone(), phrase });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::told_of;
    use crate::prelude::*;

    /// Look up one invoice.
    #[derive(Deserialize, JsonSchema)]
    struct FindInvoice {}
    async fn find_invoice(_: FindInvoice) {}

    #[test]
    fn long_and_repeated_phrases_are_told() {
        let long = "Let me have a look at all of your invoices of this year.";
        let told = told_of(|agent| {
            let agent = agent.hold("One moment.").hold("<soft>one moment.</soft>");
            agent.tool(find_invoice.hold(long).hold("One moment."))
        });
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with("agent `billing` has the hold phrase \"one moment.\" twice"),
            "{told:?}"
        );
        assert!(
            told[1].starts_with(
                "tool `find_invoice` of agent `billing` has a hold phrase of 56 characters"
            ),
            "{told:?}"
        );
    }
}
