//! The whole program: read the command line, do what it says, and say why if that failed.

use std::process::ExitCode;

use switchboard_agent::{Roster, RosterErrors};

use crate::cli;
use crate::company::{AppContext, AppError, Company};

/// Runs the `switchboard` program for a roster of agents: reads the command line and does what it says.
///
/// `open` makes the application that the tools work on; it is called only by commands that run tools (`serve`, `chat`,
/// `check`), once the settings are known. Mistakes in the roster are printed together. The exit code is 0 when all went
/// well, 1 when something failed (the reason is on stderr), 2 when the command line could not be read.
///
/// ```no_run
/// use std::process::ExitCode;
/// use switchboard::prelude::*;
///
/// struct App;
///
/// fn main() -> ExitCode {
///     let host = Agent::new(AgentId::new("host")).instructions("Greet the caller warmly.");
///     switchboard::run(Roster::new([host]), async |_context| Ok::<_, std::io::Error>(App))
/// }
/// ```
pub fn run<A, F, E>(roster: Result<Roster<A>, RosterErrors>, open: F) -> ExitCode
where
    A: Send + Sync + 'static,
    F: AsyncFnOnce(AppContext) -> Result<A, E>,
    E: Into<AppError>,
{
    let arguments = cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return cli::fail(&error.into()),
    };
    let outcome = runtime.block_on(cli::execute(arguments, Company::new(roster, open)));
    // A tool that blocks its thread must not keep the process alive.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => cli::fail(&failure),
    }
}
