//! `switchboard approvals`: what waits for a person's word on a running server, and the word.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_gateway::Verdict;
use url::Url;

use super::failure::{Failure, Outcome};
use super::output::out;
use super::remote::{self, Api};
use super::settings_without_tools;
use super::table::{Table, columns, printable};
use crate::settings::Flags;

const EXAMPLES: &str = "\
Examples:
  switchboard approvals                          what waits
  switchboard approvals approve approval_k4m9wz --note \"spoke with the customer\"
  switchboard approvals refuse approval_k4m9wz
  switchboard approvals --url https://voice.example.com

Some tools run only once a person has said yes: the policies say which. Meanwhile the caller is told,
and the call goes on; nobody's word in time is a no. The server's SWITCHBOARD_ADMIN_TOKEN, if it has
one, is taken from the environment or the configuration file. Every word is in the audit log.";

/// List, approve and refuse tool calls that wait for a person
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Approvals {
    #[command(subcommand)]
    action: Option<Action>,
    /// Ask this server
    #[arg(long, global = true, value_name = "URL", default_value = remote::URL, value_parser = remote::server)]
    url: Url,
    // An id of its own: clap hands a global flag's value to the flag of the same id before the command's name, too.
    #[arg(
        id = "config_of_approvals",
        long = "config",
        global = true,
        value_name = "FILE",
        help = "Read SWITCHBOARD_ADMIN_TOKEN from this configuration file, where it is not in the environment [default: \
                switchboard.toml, if it is there]"
    )]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List what waits (the default)
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Say yes: the tool runs
    Approve(Word),
    /// Say no: the caller is told
    Refuse(Word),
}

#[derive(Debug, clap::Args)]
struct Word {
    /// Which, by its id
    #[arg(value_name = "ID")]
    id: String,
    /// Who says so, for the audit log [default: your user name]
    #[arg(long, value_name = "NAME", env = "USER", hide_env = true)]
    by: Option<String>,
    /// What else is to be remembered
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Word {
    /// Who says it: nobody's word is not taken.
    fn by(&self) -> Result<&str, Failure> {
        self.by.as_deref().map(str::trim).filter(|by| !by.is_empty()).ok_or_else(|| {
            Failure::because(
                "who says so? The audit log keeps it, and USER is not set here: name yourself with --by NAME",
            )
        })
    }
}

/// An approval, as far as it is shown here.
#[derive(Debug, Deserialize)]
struct Approval {
    id: String,
    state: String,
    caller: Option<String>,
    agent: String,
    tool: String,
    arguments: Value,
    expires_at: Timestamp,
}

pub(super) async fn run(approvals: Approvals) -> Outcome {
    let flags = Flags { config: approvals.config, ..Flags::default() };
    let api = Api::new(approvals.url, settings_without_tools(&flags)?.secrets.admin_token);
    match approvals.action.unwrap_or(Action::List { json: false }) {
        Action::List { json: true } => {
            let waiting: Value = api.get(PATH).await?;
            out(&format!("{}\n", serde_json::to_string_pretty(&waiting)?))
        }
        Action::List { json: false } => {
            let waiting: Vec<Approval> = api.get(PATH).await?;
            out(&listed(&waiting, Timestamp::now(), columns()))
        }
        Action::Approve(word) => decide(&api, Verdict::Approve, word).await,
        Action::Refuse(word) => decide(&api, Verdict::Refuse, word).await,
    }
}

/// Where approvals are.
const PATH: &str = "/api/approvals";

async fn decide(api: &Api, verdict: Verdict, word: Word) -> Outcome {
    let body = json!({ "decision": verdict, "by": word.by()?, "note": word.note });
    let approval: Approval = api.post(&format!("{PATH}/{}", word.id), &body).await?;
    let Approval { state, tool, arguments, .. } = approval;
    out(&format!("{}\n", printable(&format!("{state}: {tool} {arguments}"))))
}

fn listed(waiting: &[Approval], now: Timestamp, columns: Option<usize>) -> String {
    if waiting.is_empty() {
        return "Nothing waits for a person.\n".to_owned();
    }
    let mut table = Table::new(["id", "caller", "agent", "tool", "arguments", "expires in"]);
    for approval in waiting {
        let left = approval.expires_at.duration_since(now).as_secs().max(0);
        table.row([
            approval.id.clone(),
            approval.caller.clone().unwrap_or_else(|| "-".to_owned()),
            approval.agent.clone(),
            approval.tool.clone(),
            approval.arguments.to_string(),
            format!("{}:{:02}", left / 60, left % 60),
        ]);
    }
    table.render(columns)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        approvals: Approvals,
    }

    #[test]
    fn the_word_is_read_with_its_flags_on_either_side() {
        for line in [
            "approvals --url http://x approve approval_1 --by ann",
            "approvals approve approval_1 --by ann --url http://x",
        ] {
            let approvals = Program::try_parse_from(line.split(' ')).unwrap().approvals;
            assert_eq!(approvals.url.as_str(), "http://x/");
            let Some(Action::Approve(word)) = approvals.action else { panic!("{line}") };
            assert_eq!((word.id.as_str(), word.by().unwrap()), ("approval_1", "ann"));
        }
    }

    #[test]
    fn a_word_without_a_name_is_not_taken() {
        for by in [None, Some(" ".to_owned())] {
            let word = Word { id: "approval_1".to_owned(), by, note: None };
            assert!(word.by().unwrap_err().reasons()[0].contains("--by NAME"));
        }
    }

    #[test]
    fn what_waits_is_shown_with_the_time_left() {
        let now: Timestamp = "2030-01-31T09:00:00Z".parse().unwrap();
        let approval = Approval {
            id: "approval_1".to_owned(),
            state: "waiting".to_owned(),
            caller: Some("C-1001".to_owned()),
            agent: "billing".to_owned(),
            tool: "refund".to_owned(),
            arguments: json!({ "cents": 90_000 }),
            expires_at: "2030-01-31T09:04:05Z".parse().unwrap(),
        };
        let text = listed(&[approval], now, None);
        assert!(
            text.contains(r#"approval_1  C-1001  billing  refund  {"cents":90000}  4:05"#),
            "{text}"
        );
        assert_eq!(listed(&[], now, None), "Nothing waits for a person.\n");
    }
}
