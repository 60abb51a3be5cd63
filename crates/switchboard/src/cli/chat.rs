//! `switchboard chat`: a typed call, the whole of it in this process.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use switchboard_agent::{Profile, Team};
use switchboard_lines::terminal::{self, Style};
use switchboard_session::{CallEvent, Line};
use tokio::io::{BufReader, stdin, stdout};

use super::failure::{Failure, Outcome};
use super::{CommonFlags, settings};
use crate::company::Company;
use crate::model::RunningModel;
use crate::settings::Source;
use crate::{logging, server};

const EXAMPLES: &str = "\
Examples:
  switchboard chat                               with the built-in simulator
  OPENAI_API_KEY=sk-... switchboard chat         with OpenAI's model
  printf 'What is my balance?\\ngoodbye\\n' | switchboard chat

The agents, their tools and their data are the ones that answer calls; only the voice is left out.
Logs less than the other commands: add --log info to see more. The exit code is 1 if the call failed.";

/// The log would stand between the lines of the talk.
const LOG: &str = "warn";
/// How long the call may take to end once the talk is over.
const FAREWELL: Duration = Duration::from_secs(2);
/// How wide the welcome may be.
const COLUMNS: usize = 96;

/// Talk with the agents in this terminal
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Chat {
    /// Call from this number; the agents may know whose it is
    #[arg(long, value_name = "NUMBER", default_value = super::CALLER)]
    pub(super) from: String,
    #[command(flatten)]
    pub(super) common: CommonFlags,
}

pub(super) async fn run(flags: CommonFlags, from: String, company: Company<'_>) -> Outcome {
    let mut settings = settings(&flags.into_flags())?;
    if settings.log.source == Source::Default {
        settings.log = LOG.to_owned().into();
    }
    logging::start(&settings.log)?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let team = Arc::clone(company.team());
    let opened = company.open(&settings).await?;
    let model = RunningModel::start(&settings).await?;
    let (sessions, _metrics) = server::sessions(opened.tools, model.link(), &settings).await?;
    io::stdout().lock().write_all(welcome(&team, model.described(), &from).as_bytes())?;
    let mut call = None;
    let open = async |mut line: Line| {
        line.profile.caller = Some(from);
        match sessions.open(line).await {
            Ok(id) => call = Some(id),
            Err(error) => tracing::error!(%error, "the call was not taken"),
        }
    };
    terminal::run(BufReader::new(stdin()), stdout(), Style::detect(), open).await?;
    sessions.drain(FAREWELL).await;
    let past =
        call.and_then(|id| sessions.watch(id.as_str())).map(|(past, _)| past).unwrap_or_default();
    match past.into_iter().next_back().map(|reported| reported.event) {
        Some(CallEvent::Ended { failed: false, .. }) => Ok(()),
        Some(CallEvent::Ended { reason, .. }) => Err(Failure::because(reason)),
        _ => Err(Failure::because("the call did not come to an end")),
    }
}

/// Who answers, and what they can be asked.
fn welcome(team: &Team, model: &str, from: &str) -> String {
    let mut text = format!("{}.\nYou call from {from}. You can ask for:\n", capitalised(model));
    for profile in team.agents() {
        text += &wrapped(&format!("  {}: ", profile.id), &abilities(profile));
    }
    text.push('\n');
    text
}

/// An agent's own tools, in words: `account balance, pay invoice`.
fn abilities(profile: &Profile) -> Vec<String> {
    let own = profile.tools.iter().filter(|tool| profile.modifiers.contains_key(&tool.name));
    own.map(|tool| tool.name.trim_start_matches("get_").replace('_', " ")).collect()
}

/// The words after the label, separated by commas, in lines of at most [`COLUMNS`] with the label's indent.
fn wrapped(label: &str, words: &[String]) -> String {
    let indent = " ".repeat(label.len());
    let mut text = label.to_owned();
    let mut column = label.len();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            text.push(',');
            column += 1;
            if column + 1 + word.len() > COLUMNS {
                text.push('\n');
                text += &indent;
                column = indent.len();
            } else {
                text.push(' ');
                column += 1;
            }
        }
        text += word;
        column += word.len();
    }
    text.push('\n');
    text
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::roster;

    #[test]
    fn the_welcome_says_who_answers_and_who_is_there() {
        let text = welcome(&roster().team(), "the simulator answers", "+15550100");
        assert!(text.starts_with("The simulator answers.\nYou call from +15550100."), "{text}");
        assert!(text.contains("  host: "), "{text}");
    }

    #[test]
    fn long_lists_are_wrapped_under_their_label() {
        let words = vec!["w".repeat(50); 3];
        let text = wrapped("  billing: ", &words);
        assert!(text.lines().all(|line| line.len() <= COLUMNS), "{text}");
        assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("           w")), "{text}");
    }
}
