//! What is said about a tool and does not go together.

use crate::tool::Tool;
use crate::{Profile, Roster, Warning};

/// Looks at what is said about an agent's own tools.
pub(super) fn look_at<A>(profile: &Profile, roster: &Roster<A>, found: &mut Vec<Warning>) {
    let own =
        roster.tools(profile.id).iter().filter(|tool| profile.modifiers.contains_key(tool.name()));
    for tool in own {
        for (what, why) in contradictions(tool) {
            let (agent, tool) = (profile.id, tool.name().to_owned());
            found.push(Warning::Contradiction { agent, tool, what, why });
        }
    }
}

fn contradictions<A>(tool: &Tool<A>) -> impl Iterator<Item = (&'static str, &'static str)> {
    let said = tool.modifiers();
    let hands_off = tool.may_hand_off();
    let table = [
        (
            said.read_only && said.confirm.is_some(),
            "`.confirm(..)` and `.read_only()`",
            "it changes nothing, so there is nothing to confirm; leave one of them out",
        ),
        (
            said.read_only && said.window.is_some(),
            "`.window(..)` and `.read_only()`",
            "only results of tools with an effect are kept, so the window means nothing; leave one of them out",
        ),
        (
            said.detach && said.cancel.at_barge_in(),
            "`.detach()` and `.cancel_at_barge_in()`",
            "it is to go on behind the talk, and the talk would stop it; leave one of them out",
        ),
        (
            !said.idempotent && said.cancel.at_barge_in(),
            "`.cancel_at_barge_in()`, and an effect",
            "stopped in the middle, nobody knows whether it was done; say `.read_only()` or `.idempotent()`, or let it end",
        ),
        (
            said.hold_after.zip(said.deadline).is_some_and(|(hold, deadline)| hold >= deadline),
            "`.hold_after(..)` at or after its `.deadline(..)`",
            "no hold phrase would ever be heard; begin with them earlier",
        ),
        (
            hands_off && said.detach,
            "`.detach()`, and hands the caller off",
            "the caller would be passed on in the middle of another talk; leave it out",
        ),
        (
            hands_off && said.optional,
            "`.optional()`, and hands the caller off",
            "switched off, it leaves callers where they are; leave it out",
        ),
    ];
    table.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, what, why)| (what, why))
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{BILLING, told_of};
    use crate::prelude::*;

    /// Look up one invoice.
    #[derive(Deserialize, JsonSchema)]
    struct FindInvoice {}
    async fn find_invoice(_: FindInvoice) {}

    /// Fetch a person.
    #[derive(Deserialize, JsonSchema)]
    struct FetchPerson {}
    async fn fetch_person(_: FetchPerson) -> Handoff {
        Handoff::to(BILLING)
    }

    #[test]
    fn words_that_go_together_are_in_order() {
        let told = told_of(|agent| {
            agent
                .tool(
                    find_invoice
                        .read_only()
                        .cancel_at_barge_in()
                        .hold_after(Duration::from_secs(1)),
                )
                .tool(fetch_person.deadline(Duration::from_secs(3)))
        });
        assert_eq!(told, [""; 0]);
    }

    #[test]
    fn words_that_do_not_are_told() {
        let second = Duration::from_secs(1);
        let told = told_of(|agent| {
            let read = find_invoice.read_only().confirm("the number").window(second);
            agent.tool(read.detach().cancel_at_barge_in().hold_after(second).deadline(second))
        });
        let expected = [
            "`.confirm(..)` and `.read_only()`",
            "`.window(..)` and `.read_only()`",
            "`.detach()` and `.cancel_at_barge_in()`",
            "`.hold_after(..)` at or after its `.deadline(..)`",
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(
                told.starts_with(&format!(
                    "tool `find_invoice` of agent `billing` has {expected}: "
                )),
                "{told}"
            );
        }
    }

    #[test]
    fn an_effect_stopped_in_the_middle_is_told() {
        let told = told_of(|agent| agent.tool(find_invoice.cancel_at_barge_in()));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("nobody knows whether it was done"), "{told:?}");
    }

    #[test]
    fn a_way_out_that_can_be_switched_off_is_told() {
        let told = told_of(|agent| agent.tool(fetch_person.optional().detach()));
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[1].contains("`.optional()`, and hands the caller off"), "{told:?}");
    }
}
