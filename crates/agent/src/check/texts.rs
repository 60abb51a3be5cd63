//! Finds the mistakes in what is written to be spoken.

use crate::hold::MAX_LENGTH;
use crate::mistake::Whose;
use crate::speech::{check, plain};
use crate::{Agent, Mistake};

/// How much of a long phrase is told, in characters.
const BEGINNING: usize = 24;

/// The mistakes in an agent's texts and in those of its tools.
pub(super) fn look_at<A>(agent: &Agent<A>, found: &mut Vec<Mistake>) {
    let own = || Whose { agent: agent.id, tool: None };
    balance(own, "instructions", &agent.instructions, found);
    balance(own, "a greeting", agent.greeting.as_deref().unwrap_or_default(), found);
    agent.holds.iter().for_each(|phrase| look_at_hold(own, phrase, found));
    for tool in &agent.tools {
        let whose = || Whose { agent: agent.id, tool: Some(tool.name().to_owned()) };
        tool.modifiers().holds.iter().for_each(|phrase| look_at_hold(whose, phrase, found));
    }
}

fn balance(whose: impl Fn() -> Whose, name: &'static str, text: &str, found: &mut Vec<Mistake>) {
    if let Err(problem) = check(text) {
        found.push(Mistake::UnbalancedTag { whose: whose(), text: name, problem });
    }
}

fn look_at_hold(whose: impl Fn() -> Whose, phrase: &str, found: &mut Vec<Mistake>) {
    let spoken = plain(phrase);
    let length = spoken.trim().chars().count();
    if length == 0 {
        found.push(Mistake::EmptyHold { whose: whose() });
    }
    if length > MAX_LENGTH {
        let beginning = spoken.trim().chars().take(BEGINNING).collect();
        found.push(Mistake::LongHold { whose: whose(), beginning, length });
    }
    balance(whose, "a hold phrase", phrase, found);
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    const ID: AgentId = AgentId::new("billing");

    /// Look up one invoice.
    #[derive(Deserialize, JsonSchema)]
    struct FindInvoice {}
    async fn find_invoice(_: FindInvoice) {}

    fn told(agent: Agent<()>) -> Vec<String> {
        let errors = Roster::new([agent]).expect_err("there are mistakes");
        errors.mistakes().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn balanced_tags_are_welcome_everywhere() {
        let agent: Agent<()> = Agent::new(ID)
            .instructions("Say numbers <slow>slowly</slow>. <rules>Be brief.</rules>")
            .greeting("<warm>Hello!</warm>")
            .hold("<soft>One moment.</soft>")
            .tool(find_invoice.hold("Looking <pause/> it up."));
        assert!(Roster::new([agent]).is_ok());
    }

    #[test]
    fn unbalanced_tags_are_told_with_agent_text_tag_and_line() {
        let agent = Agent::new(ID)
            .instructions("Be brief.\nSay numbers <slow>slowly.")
            .greeting("Hello!</warm>")
            .hold("<soft>One moment.")
            .tool(find_invoice.hold("<pause>"));
        let told = told(agent);
        let expected = [
            "agent `billing` has instructions with an unbalanced tag: `<slow>` in line 2 is never closed",
            "agent `billing` has a greeting with an unbalanced tag: `</warm>` in line 1",
            "agent `billing` has a hold phrase with an unbalanced tag: `<soft>` in line 1",
            "tool `find_invoice` of agent `billing` has an empty hold phrase",
            "tool `find_invoice` of agent `billing` has a hold phrase with an unbalanced tag: `<pause>`",
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}");
        }
    }

    #[test]
    fn a_hold_phrase_has_words_but_not_many() {
        let agent =
            Agent::new(ID).instructions("Help.").hold("<soft> </soft>").hold("word ".repeat(30));
        let told = told(agent);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("agent `billing` has an empty hold phrase"), "{told:?}");
        assert!(
            told[1].starts_with("agent `billing` has a hold phrase of 149 characters (\"word word"),
            "{told:?}"
        );
        assert!(told[1].contains("in 3 seconds"), "{told:?}");
    }
}
