//! Finds every mistake in a roster.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::edge::Transfer;
use crate::id::TRANSFER_PREFIX;
use crate::tool::Tool;
use crate::{Agent, AgentId, Mistake, Team, ToolChoice, builtin, name, texts};

/// The speeds at which the protocol lets an agent speak.
const SPEEDS: RangeInclusive<f64> = 0.25..=1.5;

/// The limits the protocol admits for one response, in tokens.
const OUTPUT_TOKENS: RangeInclusive<u32> = 1..=4096;

/// All mistakes: agent by agent, then those of the whole.
pub(crate) fn mistakes<A>(agents: &[Agent<A>]) -> Vec<Mistake> {
    let Some(start) = agents.first() else { return vec![Mistake::NoAgents] };
    let mut found = Vec::new();
    let mut met = BTreeSet::new();
    for agent in agents {
        if !met.insert(agent.id) {
            found.push(Mistake::DuplicateAgent { agent: agent.id });
        }
        look_at_agent(agent, &mut found);
        texts::look_at(agent, &mut found);
        look_at_transfers(agent, agents, &mut found);
        look_at_tools(agent, &mut found);
    }
    let reachable = reachable(agents);
    let lost = agents.iter().filter(|agent| !reachable.contains(&agent.id));
    found.extend(lost.map(|agent| Mistake::Unreachable { agent: agent.id, start: start.id }));
    once(found)
}

/// Each mistake once: what is there twice makes all its mistakes twice.
fn once(found: Vec<Mistake>) -> Vec<Mistake> {
    let mut told = Vec::with_capacity(found.len());
    for mistake in found {
        if !told.contains(&mistake) {
            told.push(mistake);
        }
    }
    told
}

fn look_at_agent<A>(agent: &Agent<A>, found: &mut Vec<Mistake>) {
    let id = agent.id;
    if !id.is_legal() {
        found.push(Mistake::IllegalAgentId { agent: id });
    }
    if agent.instructions.trim().is_empty() {
        found.push(Mistake::NoInstructions { agent: id });
    }
    if agent.greeting.as_ref().is_some_and(|greeting| greeting.trim().is_empty()) {
        found.push(Mistake::EmptyGreeting { agent: id });
    }
    if let Some(speed) = agent.settings.speed.filter(|speed| !SPEEDS.contains(speed)) {
        let (value, range) = (speed.to_string(), "0.25 to 1.5");
        found.push(Mistake::SettingOutOfRange { agent: id, setting: "speed", value, range });
    }
    if let Some(tokens) =
        agent.settings.max_output_tokens.filter(|tokens| !OUTPUT_TOKENS.contains(tokens))
    {
        let (value, range) = (tokens.to_string(), "1 to 4096");
        found.push(Mistake::SettingOutOfRange {
            agent: id,
            setting: "max_output_tokens",
            value,
            range,
        });
    }
    if let Some(ToolChoice::Tool(tool)) = &agent.settings.tool_choice {
        let own = agent.tools.iter().chain(agent.transfers.iter().map(|transfer| &transfer.tool));
        if !own.map(Tool::name).chain(builtin::NAMES).any(|name| name == tool) {
            found.push(Mistake::UnknownToolChoice { agent: id, tool: tool.clone() });
        }
    }
}

fn look_at_transfers<A>(agent: &Agent<A>, agents: &[Agent<A>], found: &mut Vec<Mistake>) {
    let mut met = BTreeSet::new();
    for Transfer { edge, tool, clashes } in &agent.transfers {
        let (agent, to) = (agent.id, edge.to);
        if to == agent {
            found.push(Mistake::HandoffToItself { agent });
        } else if !agents.iter().any(|other| other.id == to) {
            found.push(Mistake::DanglingHandoff { agent, to, hint: who_is_there(agent, agents) });
        }
        if !met.insert(to) {
            found.push(Mistake::DuplicateHandoff { agent, to });
        }
        if edge.when.trim().is_empty() {
            found.push(Mistake::NoCondition { agent, to });
        }
        found.extend(clashes.iter().map(|field| Mistake::BriefClash {
            agent,
            to,
            field: field.clone(),
        }));
        found.extend(faults(agent, tool));
    }
}

fn look_at_tools<A>(agent: &Agent<A>, found: &mut Vec<Mistake>) {
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
        if tool.modifiers().deadline.is_some_and(|deadline| deadline.is_zero()) {
            found.push(mistake(|agent, tool| Mistake::NoTime { agent, tool }));
        }
        look_at_modifiers(agent_id, tool, found);
        found.extend(faults(agent_id, tool));
    }
}

fn look_at_modifiers<A>(agent: AgentId, tool: &Tool<A>, found: &mut Vec<Mistake>) {
    let said = tool.modifiers();
    let is_blank = |text: &String| text.trim().is_empty();
    let table = [
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

fn faults<A>(agent: AgentId, tool: &Tool<A>) -> impl Iterator<Item = Mistake> {
    let faults = tool.faults().iter().cloned();
    faults.map(move |fault| Mistake::Arguments { agent, tool: tool.name().to_owned(), fault })
}

/// Whom an agent could hand off to: ` (there are: billing, calendar)`.
fn who_is_there<A>(agent: AgentId, agents: &[Agent<A>]) -> String {
    let mut others: Vec<&str> = Vec::new();
    for other in agents.iter().map(|other| other.id).filter(|id| *id != agent) {
        if !others.contains(&other.as_str()) {
            others.push(other.as_str());
        }
    }
    if others.is_empty() { String::new() } else { format!(" (there are: {})", others.join(", ")) }
}

/// The agents a caller can come to. A tool that returns a handoff may lead to any agent.
fn reachable<A>(agents: &[Agent<A>]) -> BTreeSet<AgentId> {
    let mut reached: BTreeSet<AgentId> = agents.first().map(|start| start.id).into_iter().collect();
    loop {
        let met: Vec<&Agent<A>> =
            agents.iter().filter(|agent| reached.contains(&agent.id)).collect();
        if met.iter().flat_map(|agent| &agent.tools).any(Tool::may_hand_off) {
            return agents.iter().map(|agent| agent.id).collect();
        }
        let before = reached.len();
        reached
            .extend(met.iter().flat_map(|agent| &agent.transfers).map(|transfer| transfer.edge.to));
        if reached.len() == before {
            return reached;
        }
    }
}

/// The tool of an agent's own that has a name like this one: ` (there is: verify_caller)`.
pub(crate) fn nearest(name: &str, team: &Team) -> String {
    let names = team.agents().flat_map(|profile| profile.modifiers.keys());
    let likeness = |other: &&String| strsim::normalized_damerau_levenshtein(name, other);
    names
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .map(|name| format!(" (there is: {name})"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    const TRIAGE: AgentId = AgentId::new("triage");
    const BILLING: AgentId = AgentId::new("billing");
    const CALENDAR: AgentId = AgentId::new("calendar");

    /// Look up one invoice.
    #[derive(Deserialize, JsonSchema)]
    struct FindInvoice {}

    async fn find_invoice(_: FindInvoice) {}

    fn agent(id: AgentId) -> Agent<()> {
        Agent::new(id).instructions("Help.")
    }

    fn told(agents: impl Into<Vec<Agent<()>>>) -> Vec<String> {
        mistakes(&agents.into()).iter().map(ToString::to_string).collect()
    }

    fn only_mistake(agents: impl Into<Vec<Agent<()>>>) -> String {
        let told = told(agents);
        assert_eq!(told.len(), 1, "{told:?}");
        told.into_iter().next().unwrap()
    }

    #[test]
    fn agents_that_hand_off_in_circles_are_in_order() {
        let triage = agent(TRIAGE).tool(find_invoice).handoff(BILLING, "Money.");
        let billing = agent(BILLING).tool(find_invoice).handoff(TRIAGE, "Else.");
        assert_eq!(told([triage, billing]), [""; 0]);
    }

    #[test]
    fn nobody_is_a_mistake() {
        assert_eq!(mistakes::<()>(&[]), [Mistake::NoAgents]);
    }

    #[test]
    fn all_mistakes_are_told_together() {
        let triage = Agent::new(TRIAGE)
            .greeting(" ")
            .handoff(TRIAGE, "Again.")
            .handoff(BILLING, "")
            .handoff(BILLING, "Money.")
            .handoff(CALENDAR, "Dates.");
        let told =
            told([triage, agent(BILLING), agent(BILLING), agent(AgentId::new("Front Desk"))]);
        let expected = [
            "agent `triage` has no instructions",
            "agent `triage` has an empty greeting",
            "agent `triage` hands off to itself",
            "agent `triage` does not say when to hand off to `billing`",
            "agent `triage` hands off to `billing` twice",
            "agent `triage` hands off to `calendar`, which is not in the roster",
            "there are two agents named `billing`",
            "agent `Front Desk` has a name that cannot be used",
            "agent `Front Desk` cannot be reached from `triage`",
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}");
        }
    }

    #[test]
    fn a_dangling_handoff_names_who_is_there() {
        let triage =
            agent(TRIAGE).handoff(AgentId::new("biling"), "Money.").handoff(BILLING, "Money.");
        assert!(only_mistake([triage, agent(BILLING)]).ends_with("(there are: billing)"));
    }

    #[test]
    fn what_is_there_twice_is_told_once() {
        let lost = || agent(BILLING).instructions("");
        let roster = [agent(TRIAGE).handoff(AgentId::new("nobody"), "Money."), lost(), lost()];
        let told: Vec<_> = mistakes(&roster).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told[0].ends_with("(there are: billing)"), "{told:?}");
    }

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
    fn modifiers_without_sense_are_mistakes() {
        let tool = find_invoice.deadline(Duration::ZERO).hold("");
        let told = told([agent(TRIAGE).tool(tool)]);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].contains("deadline of zero") && told[1].contains("empty hold phrase"),
            "{told:?}"
        );
    }

    #[test]
    fn settings_out_of_range_are_mistakes() {
        let triage = agent(TRIAGE)
            .speed(3.0)
            .max_output_tokens(0)
            .tool_choice(ToolChoice::Tool("pay".into()));
        let told = told([triage]);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].contains("speed 3: it must be from 0.25 to 1.5"), "{told:?}");
        assert!(told[1].contains("max_output_tokens 0: it must be from 1 to 4096"), "{told:?}");
        assert!(told[2].contains("must choose the tool `pay`"), "{told:?}");
    }

    #[test]
    fn a_brief_cannot_ask_for_a_reason_again() {
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct Brief {
            /// Why.
            reason: String,
        }
        let triage = agent(TRIAGE).handoff_with::<Brief>(BILLING, "Money.");
        let told = only_mistake([triage, agent(BILLING)]);
        assert!(told.contains("a field `reason`, which every transfer has anyway"), "{told}");
    }

    #[test]
    fn a_tool_that_hands_off_may_reach_anybody() {
        /// Fetch a person.
        #[derive(Deserialize, JsonSchema)]
        struct FetchPerson {}
        async fn fetch_person(_: FetchPerson) -> ToolResult<Handoff> {
            Ok(Handoff::to(BILLING))
        }
        assert_eq!(told([agent(TRIAGE).tool(fetch_person), agent(BILLING)]), [""; 0]);
    }
}
