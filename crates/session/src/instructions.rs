//! What an agent is told of the call it has: its own instructions, what is known of the caller, what was handed over.

use std::fmt::Write as _;

use switchboard_agent::{Caller, Profile};
use switchboard_conversation::Brief;

/// The instructions of a session under this agent.
pub(crate) fn instructions(profile: &Profile, caller: &Caller, brief: Option<&Brief>) -> String {
    let mut text = profile.instructions.trim_end().to_owned();
    text.push_str("\n\n# The caller\n");
    describe(&mut text, caller);
    match brief {
        Some(brief) => hand_over(&mut text, brief),
        None => {
            if let Some(greeting) = &profile.greeting {
                let _ = write!(text, "\n# The beginning\nGreeting: {greeting}\n");
            }
        }
    }
    text
}

fn describe(text: &mut String, caller: &Caller) {
    let number = caller.number.as_deref().unwrap_or("a number we do not see");
    let _ = writeln!(text, "They call from {number}.");
    match (&caller.customer, &caller.name) {
        (Some(customer), name) => {
            let name = name.as_deref().unwrap_or("a customer");
            let verified =
                if caller.verified { "and have proved it" } else { "but have not proved it" };
            let _ = writeln!(text, "They are {name}, customer {customer}, {verified}.");
        }
        (None, _) => text.push_str("We do not know yet who they are.\n"),
    }
    for (key, fact) in &caller.facts {
        let _ = writeln!(text, "- {key}: {fact}");
    }
}

fn hand_over(text: &mut String, brief: &Brief) {
    text.push_str("\n# Handed over to you\nThe caller has just been passed to you. ");
    text.push_str("Do not greet them again and do not make them repeat themselves: go on with what they want at once.\n");
    for (what, words) in
        [("Why", &brief.reason), ("So far", &brief.summary), ("Details", &brief.details)]
    {
        if !words.trim().is_empty() {
            let _ = writeln!(text, "{what}: {words}");
        }
    }
}

#[cfg(test)]
mod tests {
    use switchboard_agent::{Agent, AgentId, Roster};

    use super::*;

    fn profile() -> Profile {
        let agent =
            Agent::<()>::new(AgentId::new("triage")).instructions("Help.").greeting("Good day!");
        Roster::new([agent]).unwrap().team().agents().next().unwrap().clone()
    }

    #[test]
    fn the_first_agent_is_told_how_to_greet() {
        let text = instructions(&profile(), &Caller::from_number("+15550100"), None);

        assert!(text.starts_with("Help."));
        assert!(
            text.contains("They call from +15550100.") && text.contains("Greeting: Good day!"),
            "{text}"
        );
    }

    #[test]
    fn the_next_agent_is_told_what_was_handed_over_and_not_to_greet() {
        let brief = Brief {
            to: "billing".into(),
            reason: "a bill".into(),
            summary: "Ann asks for her balance.".into(),
            details: String::new(),
        };

        let text =
            instructions(&profile(), &Caller::unknown().identified("C-1", "Ann"), Some(&brief));

        assert!(text.contains("They are Ann, customer C-1, but have not proved it."), "{text}");
        assert!(
            text.contains("So far: Ann asks for her balance.") && !text.contains("Greeting:"),
            "{text}"
        );
    }
}
