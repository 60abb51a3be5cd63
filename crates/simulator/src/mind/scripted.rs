//! A mind that follows a script: for tests that need a model to do exactly this, then exactly that.
//!
//! A script is a list of steps, in TOML or JSON. Each response takes the next step; a step that does not fit, or a
//! response after the last step, fails loudly.
//!
//! ```toml
//! # Hold phrases and the like are obeyed without taking a step; those beside the conversation always are.
//! obey_instructions = true
//!
//! [[step]]
//! heard = "balance"                       # the caller's last words contain this, whatever their case
//! call = { name = "get_account_balance", arguments = {} }
//!
//! [[step]]
//! output_of = "get_account_balance"       # the last item is this tool's output
//! output = "4250"                         # and contains this
//! say = "You owe 42 euros and 50 cents."
//!
//! [[step]]                                # expects nothing in particular
//! say = "Goodbye."
//! call = [{ name = "end_call", arguments = "{\"reason\": " }]   # a text goes out as it stands
//! ```

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::instruct::{self, Wish};
use super::view::View;
use super::words::plain;
use super::{Act, Mind, Said, Turn};

/// A mind that follows a script.
#[derive(Clone, Debug)]
pub struct ScriptedMind {
    script: Script,
    /// How many steps have been taken.
    taken: usize,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    #[serde(default)]
    obey_instructions: bool,
    #[serde(rename = "step")]
    steps: Vec<Step>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Names the step in failures.
    name: Option<String>,
    heard: Option<String>,
    output_of: Option<String>,
    output: Option<String>,
    /// The session's instructions, or the response's own, contain this.
    instructions: Option<String>,
    say: Option<String>,
    #[serde(default)]
    call: Calls,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Calls {
    One(ScriptedCall),
    Several(Vec<ScriptedCall>),
}

impl Default for Calls {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptedCall {
    name: String,
    /// A table is sent as JSON; a text as it stands, valid or not.
    #[serde(default)]
    arguments: Value,
}

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableScript {
    /// The file cannot be read.
    #[error("cannot read the script `{path}`")]
    File {
        /// The file's path.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not the TOML of a script.
    #[error("the script is not valid TOML, or has a key that scripts do not have")]
    Toml(#[source] toml::de::Error),
    /// It is not the JSON of a script.
    #[error("the script is not valid JSON, or has a key that scripts do not have")]
    Json(#[source] serde_json::Error),
    /// A step does nothing.
    #[error("step {step} of the script neither says nor calls anything: give it `say` or `call`")]
    Idle {
        /// The step's number, from 1.
        step: usize,
    },
}

impl ScriptedMind {
    /// Reads a script in TOML.
    pub fn from_toml(text: &str) -> Result<Self, UnreadableScript> {
        Self::new(toml::from_str(text).map_err(UnreadableScript::Toml)?)
    }

    /// Reads a script in JSON: an object with `step`, a list.
    pub fn from_json(text: &str) -> Result<Self, UnreadableScript> {
        Self::new(serde_json::from_str(text).map_err(UnreadableScript::Json)?)
    }

    /// Reads a script from a file; in JSON if its name ends in `.json`, else in TOML.
    pub fn load(path: &Path) -> Result<Self, UnreadableScript> {
        let file = |source| UnreadableScript::File { path: path.display().to_string(), source };
        let text = std::fs::read_to_string(path).map_err(file)?;
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            Self::from_json(&text)
        } else {
            Self::from_toml(&text)
        }
    }

    fn new(script: Script) -> Result<Self, UnreadableScript> {
        let idle =
            script.steps.iter().position(|step| step.say.is_none() && step.calls().is_empty());
        match idle {
            Some(at) => Err(UnreadableScript::Idle { step: at + 1 }),
            None => Ok(Self { script, taken: 0 }),
        }
    }

    /// How many steps are left; a test that has run its course expects none.
    pub fn remaining(&self) -> usize {
        self.script.steps.len() - self.taken
    }
}

impl Mind for ScriptedMind {
    fn respond(&mut self, turn: &Turn<'_>) -> Vec<Act> {
        if (self.script.obey_instructions || turn.out_of_band)
            && let Some(acts) = aside(turn)
        {
            return acts;
        }
        let number = self.taken + 1;
        let Some(step) = self.script.steps.get(self.taken) else {
            return vec![Act::Fail(format!(
                "the script has only {} steps, and a response was asked for after the last",
                self.taken
            ))];
        };
        if let Some(mismatch) = step.mismatch(turn) {
            let name = step.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            return vec![Act::Fail(format!(
                "step {number}{name} of the script does not fit: {mismatch}"
            ))];
        }
        self.taken += 1;
        step.acts()
    }
}

/// What a response with its own instructions is told to say.
fn aside(turn: &Turn<'_>) -> Option<Vec<Act>> {
    let text = match instruct::wish(turn.response_instructions?) {
        Wish::Say(text) => text,
        Wish::Greet => instruct::greeting(turn.instructions),
        Wish::Hold => "One moment, please.".to_owned(),
        Wish::Nudge => "Are you still there?".to_owned(),
        Wish::Farewell => "Goodbye.".to_owned(),
        Wish::Apologise => "I am sorry, something went wrong.".to_owned(),
        Wish::Usual => return None,
    };
    Some(vec![Act::Say(text)])
}

impl Step {
    fn calls(&self) -> &[ScriptedCall] {
        match &self.call {
            Calls::One(call) => std::slice::from_ref(call),
            Calls::Several(calls) => calls,
        }
    }

    /// Why the step does not fit; none where it does.
    fn mismatch(&self, turn: &Turn<'_>) -> Option<String> {
        let view = View::of(turn.items);
        let lacks = |what: &str, text: &str, wanted: &Option<String>| {
            let wanted = wanted.as_ref()?;
            let found = text.to_lowercase().contains(&wanted.to_lowercase())
                || plain(text).contains(&plain(wanted)) && !plain(wanted).is_empty();
            (!found).then(|| format!("expected {what} to contain \"{wanted}\", got \"{text}\""))
        };
        let instructions =
            format!("{}\n{}", turn.instructions, turn.response_instructions.unwrap_or_default());
        let last = last_output(turn.items);
        lacks("the caller's words", &view.turn, &self.heard)
            .or_else(|| lacks("the instructions", &instructions, &self.instructions))
            .or_else(|| match (&self.output_of, last) {
                (Some(tool), Some((name, _))) if tool == name => None,
                (Some(tool), Some((name, _))) => {
                    Some(format!("expected an output of `{tool}`, got one of `{name}`"))
                }
                (Some(tool), None) => {
                    Some(format!("expected an output of `{tool}`, and there is none"))
                }
                (None, _) => None,
            })
            .or_else(|| lacks("the output", last.map_or("", |(_, output)| output), &self.output))
    }

    fn acts(&self) -> Vec<Act> {
        let say = self.say.iter().cloned().map(Act::Say);
        let calls = self.calls().iter().map(|call| Act::Call {
            name: call.name.clone(),
            arguments: match &call.arguments {
                Value::String(text) => text.clone(),
                Value::Null => "{}".to_owned(),
                other => other.to_string(),
            },
        });
        say.chain(calls).collect()
    }
}

/// The last output, with the name of its tool.
fn last_output(items: &[Said]) -> Option<(&str, &str)> {
    let (id, output) = items.iter().rev().find_map(|item| match item {
        Said::Output { call_id, output } => Some((call_id, output)),
        _ => None,
    })?;
    let name = items.iter().find_map(|item| match item {
        Said::Call { call_id, name, .. } if call_id == id => Some(name.as_str()),
        _ => None,
    })?;
    Some((name, output))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mind::ToolChoice;
    use crate::mind::view::tests::{call, output, user};

    const SCRIPT: &str = r#"
        obey_instructions = true

        [[step]]
        heard = "Balance"
        call = { name = "get_balance", arguments = { account = 7 } }

        [[step]]
        name = "tells it"
        output_of = "get_balance"
        output = "42"
        say = "You owe 42."
        call = [{ name = "end_call", arguments = "{\"cut" }]
    "#;

    fn turn<'a>(items: &'a [Said], own: Option<&'a str>) -> Turn<'a> {
        Turn {
            instructions: "",
            tools: &[],
            tool_choice: &ToolChoice::Auto,
            items,
            response_instructions: own,
            parallel_tool_calls: false,
            out_of_band: false,
            now: jiff::civil::date(2026, 11, 21).at(10, 0, 0, 0),
        }
    }

    fn respond(mind: &mut ScriptedMind, items: &[Said], own: Option<&str>) -> Vec<Act> {
        mind.respond(&turn(items, own))
    }

    #[test]
    fn steps_are_taken_in_order() {
        let mut mind = ScriptedMind::from_toml(SCRIPT).unwrap();
        let mut items = vec![user("What is my balance?")];
        let acts = respond(&mut mind, &items, None);
        assert_eq!(
            acts,
            [Act::Call {
                name: "get_balance".to_owned(),
                arguments: r#"{"account":7}"#.to_owned()
            }]
        );

        items.extend([call("1", "get_balance", "{}"), output("1", "{\"balance\":42}")]);
        assert_eq!(
            respond(&mut mind, &items, Some("Say exactly: Hold on.")),
            [Act::Say("Hold on.".to_owned())]
        );
        let acts = respond(&mut mind, &items, None);
        assert_eq!(
            acts[1],
            Act::Call { name: "end_call".to_owned(), arguments: "{\"cut".to_owned() }
        );
        assert_eq!(mind.remaining(), 0);
        assert!(
            matches!(&respond(&mut mind, &items, None)[..], [Act::Fail(why)] if why.contains("only 2 steps"))
        );
    }

    #[test]
    fn a_phrase_beside_the_conversation_takes_no_step_of_any_script() {
        let mut mind = ScriptedMind::from_toml("[[step]]\nsay = \"Hi.\"").unwrap();
        let order = turn(&[], Some("Say exactly: Hold on."));
        let acts = mind.respond(&Turn { out_of_band: true, ..order });
        assert_eq!(acts, [Act::Say("Hold on.".to_owned())]);
        assert_eq!(mind.remaining(), 1);
        assert_eq!(mind.respond(&order), [Act::Say("Hi.".to_owned())]);
    }

    #[test]
    fn a_step_that_does_not_fit_fails_and_is_not_taken() {
        let mut mind = ScriptedMind::from_toml(SCRIPT).unwrap();
        let acts = respond(&mut mind, &[user("Hello")], None);
        assert!(
            matches!(&acts[..], [Act::Fail(why)] if why.starts_with("step 1 ") && why.contains("Hello")),
            "{acts:?}"
        );
        assert_eq!(mind.remaining(), 2);
        respond(&mut mind, &[user("balance")], None);
        let acts = respond(&mut mind, &[user("balance")], None);
        assert!(
            matches!(&acts[..], [Act::Fail(why)] if why.contains("tells it") && why.contains("there is none")),
            "{acts:?}"
        );
    }

    #[test]
    fn scripts_are_read_from_json_too_and_mistakes_are_named() {
        assert!(ScriptedMind::from_json(r#"{"step": [{"say": "Hi."}]}"#).is_ok());
        assert!(matches!(
            ScriptedMind::from_json(r#"{"step": [{"said": "Hi."}]}"#),
            Err(UnreadableScript::Json(_))
        ));
        assert!(matches!(
            ScriptedMind::from_toml("[[step]]\nheard = \"x\""),
            Err(UnreadableScript::Idle { step: 1 })
        ));
        assert!(matches!(
            ScriptedMind::load(Path::new("/nonexistent/script.toml")),
            Err(UnreadableScript::File { .. })
        ));
    }
}
