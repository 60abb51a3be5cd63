//! Finds the mistakes in what is said about a tool.

use crate::tool::Tool;
use crate::{AgentId, Mistake};

/// The mistakes in what is said about a tool; those in its hold phrases are elsewhere.
pub(super) fn look_at<A>(agent: AgentId, tool: &Tool<A>, found: &mut Vec<Mistake>) {
    let said = tool.modifiers();
    let is_blank = |text: &String| text.trim().is_empty();
    let table = [
        (
            said.deadline.is_some_and(|deadline| deadline.is_zero()),
            "a deadline of zero",
            "no call could ever succeed; give it a second at least, or leave `.deadline(..)` out",
        ),
        (
            said.requires.iter().any(is_blank),
            "an empty `.requires(..)`",
            "name the permission, as in `billing:pay`, or leave it out",
        ),
        (
            said.confirm.as_ref().is_some_and(is_blank),
            "an empty `.confirm(..)`",
            "say what is read back, as in `the amount and the card`, or leave it out",
        ),
        (
            said.backend.as_ref().is_some_and(is_blank),
            "an empty `.backend(..)`",
            "name the system it leans on, or leave it out",
        ),
        (
            said.at_most == Some(0),
            "`.at_most(0)`",
            "it could never run; say how many may run at once",
        ),
    ];
    for (_, what, remedy) in table.into_iter().filter(|(wrong, ..)| *wrong) {
        let tool = tool.name().to_owned();
        found.push(Mistake::SenselessModifier { agent, tool, what, remedy });
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TRIAGE, agent, find_invoice, told};
    use crate::prelude::*;

    #[test]
    fn modifiers_without_sense_are_mistakes() {
        let tool =
            find_invoice.deadline(Duration::ZERO).requires(" ").confirm("").backend("").at_most(0);
        let told = told([agent(TRIAGE).tool(tool)]);
        let expected = [
            "a deadline of zero",
            "an empty `.requires(..)`",
            "an empty `.confirm(..)`",
            "an empty `.backend(..)`",
            "`.at_most(0)`",
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(
                told.starts_with(&format!(
                    "tool `find_invoice` of agent `triage` has {expected}: "
                )),
                "{told}"
            );
        }
    }
}
