//! `switchboard agents`: who is in the team, and what the model is told of them.

use serde::Serialize;
use switchboard_agent::{AgentId, Profile, Team, ToolDefinition};

use super::failure::Outcome;
use super::output::out;

const EXAMPLES: &str = "\
Examples:
  switchboard agents                             who they are, what they can do, whom they call in
  switchboard agents --json                      exactly what the model is sent
  switchboard agents --json | jq '.agents[].tools[].name'
  switchboard agents --policy-schema > switchboard.cedarschema
                                                 what policies can speak of, for editors and `cedar`

On a call each agent is also told who calls, as far as that is known, and what was handed over.";

/// Show the agents, their tools and handoffs
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Agents {
    /// Print what goes on the wire, as JSON: for each agent its id, instructions and tools
    #[arg(long)]
    json: bool,
    /// Print what policies can speak of, as a Cedar schema: callers, agents, tools and their arguments
    #[arg(long, conflicts_with = "json")]
    policy_schema: bool,
}

/// The agents as the model is sent them.
#[derive(Serialize)]
struct OnTheWire<'a> {
    agents: Vec<Agent<'a>>,
}

#[derive(Serialize)]
struct Agent<'a> {
    id: AgentId,
    instructions: &'a str,
    tools: &'a [ToolDefinition],
}

pub(super) fn run(agents: &Agents, team: &Team) -> Outcome {
    out(&if agents.policy_schema {
        switchboard_policy::schema(team)
    } else if agents.json {
        as_json(team)?
    } else {
        as_text(team)
    })
}

fn as_json(team: &Team) -> Result<String, serde_json::Error> {
    let agents = team.agents().map(|profile| Agent {
        id: profile.id,
        instructions: &profile.instructions,
        tools: &profile.tools,
    });
    let mut text = serde_json::to_string_pretty(&OnTheWire { agents: agents.collect() })?;
    text.push('\n');
    Ok(text)
}

fn as_text(team: &Team) -> String {
    let agents: Vec<String> =
        team.agents().map(|profile| agent_as_text(profile, profile.id == team.start())).collect();
    agents.join("\n")
}

/// An agent with its own tools, then its ways to others; the built-in tools, which all have, are left out.
fn agent_as_text(profile: &Profile, starts: bool) -> String {
    let mut text = profile.id.to_string();
    if starts {
        text.push_str("  (answers calls)");
    }
    text.push('\n');
    for tool in &profile.tools {
        if profile.modifiers.contains_key(&tool.name) {
            text += &line(&tool.name, &tool.description);
        }
    }
    for edge in &profile.handoffs {
        text += &line(&format!("-> {}", edge.to), &edge.when);
    }
    text
}

fn line(name: &str, meaning: &str) -> String {
    format!("  {name:<28}  {meaning}\n")
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    /// Say hello.
    #[derive(Deserialize, JsonSchema)]
    struct SayHello {}

    async fn say_hello(_: SayHello) -> String {
        "Hello.".to_owned()
    }

    fn team() -> std::sync::Arc<Team> {
        let (front, back) = (AgentId::new("front"), AgentId::new("back"));
        let agents = [
            switchboard_agent::Agent::<()>::new(front)
                .instructions("Greet.")
                .tool(say_hello)
                .handoff(back, "The caller wants more."),
            switchboard_agent::Agent::new(back).instructions("Help."),
        ];
        switchboard_agent::Roster::new(agents).unwrap().team()
    }

    #[test]
    fn the_json_is_what_goes_on_the_wire() {
        let json: Value = serde_json::from_str(&as_json(&team()).unwrap()).unwrap();
        let front = &json["agents"][0];
        assert_eq!(front["id"], "front");
        assert_eq!(front["instructions"], "Greet.");
        assert_eq!(front["tools"][0]["type"], "function");
        let names: Vec<&Value> =
            front["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
        assert_eq!(json!(names[..2]), json!(["say_hello", "transfer_to_back"]));
    }

    #[test]
    fn the_text_names_tools_and_ways() {
        let text = as_text(&team());
        assert!(text.starts_with("front  (answers calls)\n  say_hello"), "{text}");
        assert!(text.contains("-> back"), "{text}");
        assert!(text.contains("The caller wants more."), "{text}");
    }
}
