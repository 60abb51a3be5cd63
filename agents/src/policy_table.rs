//! The rules of the house, held to the table in which they are written down for people.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use switchboard::prelude::*;
use switchboard_policy::{Decision, Policies, Question};

use crate::roster;
use crate::tests::dana;

const TABLE: &str = include_str!("../policies/table.md");

/// The company whose telephone this is.
const TENANT: &str = "larkfield";

/// One row: a tool of an agent, called with some arguments, and what is decided for each of the [`callers`].
#[derive(Debug)]
struct Row {
    agent: String,
    tool: String,
    with: Map<String, Value>,
    decided: [Decision; 4],
}

/// Anonymous, identified, verified, and verified at another company.
fn callers() -> [Caller; 4] {
    [Caller::unknown(), dana(), dana().verified(), dana().verified().of_tenant("elsewhere")]
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| line.starts_with('|'));
    lines.skip(2).map(row).collect()
}

fn row(line: &str) -> Row {
    let cells: Vec<_> =
        line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
    let [agent, tool, with, decided @ ..] = cells.as_slice() else { panic!("too short: {line}") };
    let decided = <[&str; 4]>::try_from(decided).unwrap_or_else(|_| panic!("four callers: {line}"));
    let with = with.split_once(": ").map(|(name, value)| (name.to_owned(), value.parse().unwrap()));
    Row {
        agent: (*agent).to_owned(),
        tool: (*tool).to_owned(),
        with: with.into_iter().collect(),
        decided: decided.map(decision),
    }
}

fn decision(word: &str) -> Decision {
    match word {
        "yes" => Decision::Allowed,
        "identify" => Decision::IdentificationRequired,
        "verify" => Decision::VerificationRequired,
        "approval" => Decision::ApprovalRequired,
        "no" => Decision::NotAllowed,
        other => panic!("the table says `{other}`, which means nothing"),
    }
}

/// The least that fits a tool's schema.
fn least(schema: &Value) -> Value {
    if let Some(choices) = schema["enum"].as_array() {
        return choices[0].clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten();
            let names = required.map(|name| name.as_str().unwrap());
            names.map(|name| (name.to_owned(), least(&schema["properties"][name]))).collect()
        }
        Some("integer" | "number") => json!(1),
        _ => json!("anything"),
    }
}

#[test]
fn every_tool_is_decided_as_the_table_says() {
    let roster = roster().unwrap();
    let team = roster.team();
    let policies = Policies::parse(&team, TENANT, roster.policy_texts())
        .unwrap_or_else(|error| panic!("{error}"));
    for Row { agent, tool, with, decided } in rows() {
        let found = team.agents().find(|profile| profile.id.as_str() == agent);
        let profile = found.unwrap_or_else(|| panic!("there is no agent {agent}"));
        let definition = profile.tools.iter().find(|definition| definition.name == tool);
        let definition = definition.unwrap_or_else(|| panic!("{agent} has no tool {tool}"));
        let mut arguments = least(&definition.parameters);
        arguments.as_object_mut().unwrap().extend(with);
        let asked = callers().map(|caller| {
            let question = Question {
                caller: &caller,
                agent: profile.id,
                tool: &tool,
                arguments: &arguments,
                approved: false,
            };
            policies.decide(&question)
        });
        assert_eq!(asked, decided, "{agent}: {tool} {arguments}");
    }
}

#[test]
fn every_tool_has_a_row() {
    let written: BTreeSet<_> = rows().into_iter().map(|row| (row.agent, row.tool)).collect();
    let team = roster().unwrap().team();
    let there_are: BTreeSet<_> = team
        .agents()
        .flat_map(|agent| agent.tools.iter().map(|tool| (agent.id.to_string(), tool.name.clone())))
        .collect();
    assert_eq!(written, there_are);
}

#[test]
fn a_large_refund_that_a_person_approved_is_made_for_verified_callers_only() {
    let roster = roster().unwrap();
    let policies = Policies::parse(&roster.team(), TENANT, roster.policy_texts()).unwrap();
    let arguments = json!({ "amount_cents": 15_000, "reason": "charged twice" });
    let decided = callers().map(|caller| {
        let agent = crate::billing::ID;
        let tool = "request_refund";
        policies.decide(&Question {
            caller: &caller,
            agent,
            tool,
            arguments: &arguments,
            approved: true,
        })
    });
    let verify = Decision::VerificationRequired;
    assert_eq!(decided, [verify, verify, Decision::Allowed, Decision::NotAllowed]);
}

/// What a reader of the README's example takes away from it.
#[test]
fn the_readmes_policies_do_what_is_said_of_them() {
    let readme = include_str!("../../README.md");
    let (_, block) = readme.split_once("```cedar\n").unwrap();
    let (text, _) = block.split_once("```").unwrap();
    let team = roster().unwrap().team();
    let policies =
        Policies::parse(&team, "default", &[("readme.cedar".to_owned(), text.to_owned())]).unwrap();
    let dana = dana().verified();
    let refund = |amount_cents: u32, approved| {
        let arguments = json!({ "amount_cents": amount_cents, "reason": "the line was down" });
        let (caller, agent, tool) = (&dana, crate::billing::ID, "request_refund");
        policies.decide(&Question { caller, agent, tool, arguments: &arguments, approved })
    };

    assert_eq!(refund(10_000, false), Decision::Allowed);
    assert_eq!(refund(10_001, false), Decision::ApprovalRequired);
    assert_eq!(refund(10_001, true), Decision::Allowed);
}
