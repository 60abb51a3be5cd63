//! The roster as a whole: what goes on the wire, and that every tool runs through it.

use jiff::Zoned;
use jiff::civil::date;
use switchboard::prelude::*;

use crate::company::seed::{DEMO_CUSTOMER, DEMO_PHONE};
use crate::company::zone;
use crate::{App, roster};

/// Monday, 23 November 2026, half past nine.
pub(crate) fn monday() -> Zoned {
    date(2026, 11, 23).at(9, 30, 0, 0).to_zoned(zone()).unwrap()
}

/// The company on that Monday.
pub(crate) async fn app() -> App {
    App::for_tests(monday()).await.unwrap()
}

/// The demo's customer, known by her number.
pub(crate) fn dana() -> Caller {
    Caller::from_number(DEMO_PHONE).identified(DEMO_CUSTOMER.to_string(), "Dana Whitfield")
}

/// A wish of its own.
pub(crate) fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey::new(name)
}

#[test]
fn the_roster_is_free_of_mistakes() {
    let team = roster().unwrap_or_else(|mistakes| panic!("{mistakes}")).team();
    let names: Vec<_> = team.agents().map(|agent| agent.id.as_str()).collect();
    assert_eq!(names, ["triage", "billing", "calendar"]);
    for agent in team.agents() {
        assert_eq!(agent.handoffs.len(), 2, "{} can pass the caller to both others", agent.id);
        assert!((6..=9).contains(&agent.own_tools()), "{}", agent.id);
    }
}

#[test]
fn descriptions_are_short_and_schemas_closed() {
    let team = roster().unwrap().team();
    for tool in team.agents().flat_map(|agent| &agent.tools) {
        let length = tool.description.chars().count();
        let built_in = tool.name.starts_with("transfer_to_")
            || ["stay_silent", "end_call"].contains(&tool.name.as_str());
        assert!(built_in || length < 120, "{}: {length}", tool.name);
        assert_eq!(tool.parameters["additionalProperties"], false, "{}", tool.name);
    }
}

#[test]
fn the_agents_own_tools_go_on_the_wire_as_they_always_did() {
    let team = roster().unwrap().team();
    let own = team.agents().map(|agent| {
        let tools = agent.tools.iter().filter(|tool| agent.modifiers.contains_key(&tool.name));
        (agent.id.to_string(), tools.collect::<Vec<_>>())
    });
    insta::assert_json_snapshot!("wire", own.collect::<Vec<_>>());
}
