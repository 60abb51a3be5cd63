//! The command line: one file a command.

mod agents;
mod failure;

use clap::{Parser, Subcommand};
use switchboard_agent::RosterErrors;

pub(crate) use self::failure::{Outcome, fail};
use crate::company::Company;

/// Answers calls with a team of voice agents.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the agents, their tools and handoffs
    Agents(agents::Agents),
}

/// Reads the command line; prints help, version or a mistake and exits where that is all there is to do.
pub(crate) fn parse() -> Arguments {
    Arguments::parse()
}

/// Does what the command line says.
pub(crate) fn execute<A, F>(
    arguments: &Arguments,
    company: Result<Company<A, F>, RosterErrors>,
) -> Outcome {
    let Command::Agents(agents) = &arguments.command;
    agents::run(agents, company?.team())
}
