//! Finds the mistakes in tools: names, descriptions and arguments that the protocol or the service refuses.

use std::collections::BTreeSet;

use super::modifiers;
use crate::id::TRANSFER_PREFIX;
use crate::limits::{LONGEST_DESCRIPTION, MOST_TOOLS};
use crate::tool::Tool;
use crate::{Agent, AgentId, Mistake, builtin, name};

/// The mistakes in an agent's own tools.
pub(super) fn look_at<A>(agent: &Agent<A>, found: &mut Vec<Mistake>) {
    let agent_id = agent.id;
    let mut met = BTreeSet::new();
    for tool in &agent.tools {
        let mistake = |make: fn(AgentId, String) -> Mistake| make(agent_id, tool.name().to_owned());
        if !name::is_legal(tool.name()) {
            found.push(mistake(|agent, tool| Mistake::IllegalToolName { agent, tool }));
        }
        if builtin::NAMES.contains(&tool.name()) || tool.name().starts_with(TRANSFER_PREFIX) {
            found.push(mistake(|agent, tool| Mistake::ReservedToolName { agent, tool }));
        }
        if !met.insert(tool.name()) {
            found.push(mistake(|agent, tool| Mistake::DuplicateTool { agent, tool }));
        }
        if tool.definition().description.is_empty() {
            found.push(mistake(|agent, tool| Mistake::UndocumentedTool { agent, tool }));
        }
        modifiers::look_at(agent_id, tool, found);
        found.extend(faults(agent_id, tool));
    }
    let all = agent.tools.len() + agent.transfers.len() + builtin::NAMES.len();
    if all > MOST_TOOLS {
        found.push(Mistake::TooManyTools { agent: agent_id, count: all });
    }
}

/// The mistakes in what the model is told of a tool, also of a transfer.
pub(super) fn faults<A>(agent: AgentId, tool: &Tool<A>) -> impl Iterator<Item = Mistake> {
    let length = tool.definition().description.chars().count();
    let too_long = (length > LONGEST_DESCRIPTION).then(|| Mistake::DescriptionTooLong {
        agent,
        tool: tool.name().to_owned(),
        length,
    });
    let faults = tool.faults().iter().cloned();
    let faults =
        faults.map(move |fault| Mistake::Arguments { agent, tool: tool.name().to_owned(), fault });
    too_long.into_iter().chain(faults)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{BILLING, TRIAGE, agent, find_invoice, only_mistake, told};
    use crate::prelude::*;

    #[test]
    fn tools_of_one_name_are_a_mistake() {
        let told = only_mistake([agent(TRIAGE).tool(find_invoice).tool(find_invoice)]);
        assert!(told.starts_with("agent `triage` has two tools named `find_invoice`"), "{told}");
    }

    #[test]
    fn names_of_built_in_tools_and_transfers_are_kept() {
        /// Ends the call.
        #[derive(Deserialize, JsonSchema)]
        struct EndCall {}
        async fn end_call(_: EndCall) {}
        /// Passes on.
        #[derive(Deserialize, JsonSchema)]
        struct TransferToNobody {}
        async fn transfer_to_nobody(_: TransferToNobody) {}

        let told = told([agent(TRIAGE).tool(end_call).tool(transfer_to_nobody)]);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with("tool `end_call` of agent `triage` has a name that is kept"),
            "{told:?}"
        );
        assert!(
            told[1]
                .starts_with("tool `transfer_to_nobody` of agent `triage` has a name that is kept"),
            "{told:?}"
        );
    }

    #[test]
    fn a_name_the_protocol_refuses_is_a_mistake() {
        /// Checks.
        #[derive(Deserialize, JsonSchema)]
        #[schemars(rename = "prüfe")]
        struct Check {}
        async fn check(_: Check) {}

        let told = only_mistake([agent(TRIAGE).tool(check)]);
        assert!(
            told.starts_with("tool `prüfe` of agent `triage` has a name that cannot be used"),
            "{told}"
        );
    }

    #[test]
    fn what_the_model_is_not_told_is_a_mistake() {
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct PayInvoice {
            number: String,
        }
        async fn pay_invoice(_: PayInvoice) {}

        let told = told([agent(TRIAGE).tool(pay_invoice)]);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("does not say what it does"), "{told:?}");
        assert!(
            told[1].contains("tool `pay_invoice` of agent `triage` does not say what `number` is"),
            "{told:?}"
        );
    }

    #[test]
    fn a_description_that_the_service_refuses_is_a_mistake() {
        let triage = agent(TRIAGE).handoff(BILLING, "Money. ".repeat(150));
        let told = only_mistake([triage, agent(BILLING)]);
        assert!(
            told.starts_with("tool `transfer_to_billing` of agent `triage` has a description of 1"),
            "{told}"
        );
        assert!(told.contains("at most 1024"), "{told}");
    }

    #[test]
    fn more_tools_than_the_service_takes_are_a_mistake() {
        let mut crowded = agent(TRIAGE);
        for _ in 0..130 {
            crowded = crowded.tool(find_invoice);
        }
        let told = told([crowded]);
        assert!(told.last().unwrap().starts_with("agent `triage` has 132 tools"), "{told:?}");
    }
}
