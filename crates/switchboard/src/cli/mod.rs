//! The command line: one file a command, and here what reads it.

mod agents;
mod approvals;
mod audit;
mod call;
mod chat;
mod check;
mod failure;
mod flags;
mod output;
mod remote;
mod serve;
mod simulate;
mod table;

use clap::{CommandFactory as _, Parser, Subcommand};
use switchboard_agent::RosterErrors;

pub(crate) use self::failure::{Failure, Outcome, fail, with_causes};
use self::flags::{CommonFlags, ServerFlags};
use crate::company::Company;
use crate::settings::{Environment, Flags, Settings, resolve};

const EXAMPLES: &str = "\
Without a command it answers calls, as `switchboard serve` does.

Try it, with no key and nothing else installed:
  switchboard                                    answer calls, on the built-in simulator
  switchboard call --say \"What is my balance?\"   in another terminal: place a test call
  switchboard chat                               or type to the agents instead

On the real model:
  OPENAI_API_KEY=sk-... switchboard

Settings come from flags, then the environment, then switchboard.toml, then defaults.
Secrets come from the environment or the file only: OPENAI_API_KEY, AZURE_OPENAI_API_KEY,
TWILIO_AUTH_TOKEN, TWILIO_ACCOUNT_SID, SWITCHBOARD_ADMIN_TOKEN.";

/// Whom test calls come from unless told otherwise.
const CALLER: &str = "+15550100";

/// Answers calls with a team of voice agents.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: ServerFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer calls (the default)
    Serve(serve::Serve),
    /// Talk with the agents in this terminal
    Chat(chat::Chat),
    /// Place a test call to a running server
    Call(call::Call),
    /// Show the agents, their tools and handoffs
    Agents(agents::Agents),
    /// Check configuration, agents, policies, credentials and database
    Check(check::Check),
    /// List, approve and refuse tool calls that wait for a person
    Approvals(approvals::Approvals),
    /// List, show and verify the log of what was done
    Audit(Box<audit::Audit>),
    /// Run the simulator as a server of its own
    Simulate(simulate::Simulate),
}

impl Command {
    const fn name(&self) -> &'static str {
        match self {
            Self::Serve(_) => "serve",
            Self::Chat(_) => "chat",
            Self::Call(_) => "call",
            Self::Agents(_) => "agents",
            Self::Check(_) => "check",
            Self::Approvals(_) => "approvals",
            Self::Audit(_) => "audit",
            Self::Simulate(_) => "simulate",
        }
    }

    /// A flag before the command's name that this command would silently ignore.
    fn ignores(&self, before: &ServerFlags) -> Option<&'static str> {
        match self {
            Self::Serve(_) | Self::Check(_) => None,
            Self::Chat(_) => before.given_beyond_common(),
            Self::Audit(_) => {
                before.given_beyond_common().or(before.common.given_beyond_database())
            }
            Self::Call(_) | Self::Agents(_) | Self::Approvals(_) | Self::Simulate(_) => {
                before.given_beyond_common().or(before.common.given())
            }
        }
    }
}

/// Reads the command line; prints help, version or a mistake and exits where that is all there is to do.
pub(crate) fn parse() -> Arguments {
    read(std::env::args_os()).unwrap_or_else(|error| error.exit())
}

fn read<T: Into<std::ffi::OsString> + Clone>(
    arguments: impl IntoIterator<Item = T>,
) -> Result<Arguments, clap::Error> {
    let arguments = Arguments::try_parse_from(arguments)?;
    if let Some(command) = &arguments.command
        && let Some(flag) = command.ignores(&arguments.server)
    {
        let name = command.name();
        let message = format!(
            "{flag} before `{name}` has no effect there: put the flags of `{name}` behind it (see `{name} --help`)\n"
        );
        return Err(Arguments::command().error(clap::error::ErrorKind::ArgumentConflict, message));
    }
    Ok(arguments)
}

/// Does what the command line says.
pub(crate) async fn execute(
    arguments: Arguments,
    company: Result<Company<'_>, RosterErrors>,
) -> Outcome {
    let before = arguments.server;
    match arguments.command {
        None => serve::run(before, company?).await,
        Some(Command::Serve(serve)) => serve::run(serve.server.or(before), company?).await,
        Some(Command::Chat(chat)) => {
            chat::run(chat.common.or(before.common), chat.from, company?).await
        }
        Some(Command::Call(call)) => call::run(call).await,
        Some(Command::Agents(agents)) => agents::run(&agents, company?.team()),
        Some(Command::Check(check)) => check::run(check.server.or(before), company).await,
        Some(Command::Approvals(approvals)) => approvals::run(approvals).await,
        Some(Command::Audit(audit)) => audit::run(*audit, before.common).await,
        Some(Command::Simulate(simulate)) => simulate::run(simulate).await,
    }
}

/// The settings for these flags, in this process's environment.
fn settings(flags: &Flags) -> Result<Settings, Failure> {
    Ok(resolve(flags, &Environment::of_this_process())?)
}

/// The settings for a command that runs no tools: faults of tools in the file are no danger there, and need no permission.
fn settings_without_tools(flags: &Flags) -> Result<Settings, Failure> {
    Ok(resolve(flags, &Environment::of_this_process().allowing_faults())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scratch;

    fn flags(line: &str) -> ServerFlags {
        let arguments = read(line.split(' ')).unwrap();
        match arguments.command {
            None => arguments.server,
            Some(Command::Serve(serve)) => serve.server.or(arguments.server),
            Some(other) => panic!("{} was read", other.name()),
        }
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn serve_is_what_no_command_means() {
        assert_eq!(flags("switchboard --listen 127.0.0.1:0").listen.unwrap(), "127.0.0.1:0");
        assert_eq!(flags("switchboard serve --listen 127.0.0.1:0").listen.unwrap(), "127.0.0.1:0");
    }

    #[test]
    fn flags_before_and_behind_the_command_add_up() {
        let flags = flags("switchboard --log debug --listen a:1 serve --listen b:2");
        assert_eq!(flags.common.log.unwrap(), "debug");
        assert_eq!(flags.listen.unwrap(), "b:2");
    }

    #[test]
    fn a_flag_that_would_be_ignored_is_refused() {
        for line in [
            "switchboard --listen a:1 chat",
            "switchboard --database sqlite://x simulate",
            "switchboard --model m audit",
        ] {
            let error = read(line.split(' ')).unwrap_err().to_string();
            assert!(error.contains("has no effect there"), "{error}");
        }
        read("switchboard --log debug chat".split(' ')).unwrap();
        read("switchboard approvals --config x.toml".split(' ')).unwrap();
        read("switchboard approvals list --config x.toml".split(' ')).unwrap();
        read("switchboard --database sqlite://x audit verify".split(' ')).unwrap();
    }

    #[test]
    fn faults_of_tools_stop_only_those_who_run_tools() {
        let scratch = Scratch::new();
        let file = scratch.write("switchboard.toml", "[faults.tools.pay]\ndelay = '8s'\n");
        let flags = Flags { config: Some(file), ..Flags::default() };
        settings_without_tools(&flags).unwrap();
        let reason = &resolve(&flags, &Environment::default()).unwrap_err().to_string();
        assert!(reason.contains("SWITCHBOARD_ALLOW_FAULTS=1"), "{reason}");
    }

    #[test]
    fn secrets_are_no_flags() {
        for flag in ["--admin-token", "--openai-api-key", "--twilio-auth-token"] {
            assert!(read(["switchboard", flag, "x"]).is_err());
        }
    }
}
