//! A multi-agent voice orchestrator: define agents in modules, run them on the phone.
//!
//! An agent is a Rust module: what it is told, its tools as plain `async fn`, and the agents it can pass the caller to.
//! This crate is what such modules import ([`prelude`]) and what a program around them calls ([`run`]). Three agents and
//! the program, whole:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use switchboard::prelude::*;
//!
//! const TRIAGE: AgentId = AgentId::new("triage");
//! const BILLING: AgentId = AgentId::new("billing");
//! const CALENDAR: AgentId = AgentId::new("calendar");
//!
//! /// Tell the caller's balance.
//! #[derive(Deserialize, JsonSchema)]
//! struct GetBalance {}
//!
//! async fn get_balance(_: GetBalance, caller: Caller) -> ToolResult<String> {
//!     let customer = caller.customer.ok_or_else(|| ToolError::refused("Ask for the customer number first."))?;
//!     Ok(format!("The balance of {customer} is 20 euros."))
//! }
//!
//! /// Book an appointment.
//! #[derive(Deserialize, JsonSchema)]
//! struct Book {
//!     /// The day, as YYYY-MM-DD.
//!     day: String,
//! }
//!
//! async fn book(args: Book) -> Json<[String; 2]> {
//!     Json(["booked".into(), args.day])
//! }
//!
//! fn roster() -> Result<Roster<()>, RosterErrors> {
//!     let triage = Agent::new(TRIAGE)
//!         .instructions("Find out what the caller needs.")
//!         .handoff(BILLING, "The caller asks about money.")
//!         .handoff(CALENDAR, "The caller wants to see somebody.");
//!     let billing = Agent::new(BILLING)
//!         .instructions("You answer for accounts.")
//!         .tool(get_balance)
//!         .handoff(CALENDAR, "The caller wants to see somebody.");
//!     let calendar = Agent::new(CALENDAR)
//!         .instructions("You keep the calendar.")
//!         .tool(book)
//!         .handoff(BILLING, "The caller asks about money.");
//!     Roster::new([triage, billing, calendar])
//! }
//!
//! fn main() -> ExitCode {
//!     // The state that tools share would be made from `context.database`; these need none.
//!     switchboard::run(roster(), async |_context| Ok::<_, std::io::Error>(()))
//! }
//! ```
//!
//! That program answers calls (`serve`, the default), lets its author talk with the agents in the terminal (`chat`), places
//! test calls (`call`), shows what the model is sent (`agents`), looks for mistakes (`check`), shows and settles what waits for a
//! person (`approvals`), shows and verifies what was done (`audit`), and is a Realtime server of its own for other programs'
//! tests (`simulate`). Each explains itself with `--help`.
//!
//! # The types to know
//!
//! - [`prelude`]: the words an agent is written in.
//! - [`run`]: the whole program. [`AppContext`] tells the application where its data is to be.
//! - [`serve`]: the server alone, for a test that owns the listener and the end.
//! - [`Settings`]: everything that can be set.
//!
//! # Settings
//!
//! A flag wins over the environment, that over `switchboard.toml` (or `--config FILE`), and that over the default. An
//! unknown key is an error that names the line and the likeliest key. The file, with its defaults:
//!
//! ```toml
//! listen = "127.0.0.1:8080"            # --listen, SWITCHBOARD_LISTEN
//! database = "sqlite://switchboard.db" # --database, SWITCHBOARD_DATABASE
//! policies = ["policies"]              # --policies, SWITCHBOARD_POLICIES; none: the application's own
//! tenant = "default"                   # whose callers these are, for policies
//! log = "info"                         # --log, SWITCHBOARD_LOG
//! drain_seconds = 30                   # running calls may go on so long at shutdown
//! # public_url = "https://voice.example.com"   --public-url, SWITCHBOARD_PUBLIC_URL
//! # Secrets, better in the environment: openai_api_key, azure_openai_api_key, twilio_auth_token,
//! # twilio_account_sid, admin_token
//!
//! [model]
//! # model = "…"                        # --model, SWITCHBOARD_MODEL; `switchboard_session::DEFAULT_MODEL`
//! # url = "wss://NAME.openai.azure.com/openai/v1/realtime"   --model-url, SWITCHBOARD_MODEL_URL
//! # auth = "api-key"                   # or "bearer"; by default as the host of the URL has it
//! # voice, speed, turn_detection, noise_reduction, …: see `switchboard_session::ModelSettings`
//!
//! [call]       # timings: see `switchboard_session::CallSettings`
//! [limits]     # how often, how many at once, when a backend is broken: see `switchboard_gateway::Limits`
//! [approvals]  # expire_minutes = 15: how long a tool call waits for a person
//! [simulator]  # see `switchboard_simulator::Settings`
//! [faults]     # tools made slow or failing, for tests; needs SWITCHBOARD_ALLOW_FAULTS=1
//! ```
//!
//! Azure's servers get the key of `AZURE_OPENAI_API_KEY` in the header `api-key`, and the deployment's name as the model.
//!
//! # Who may use which tool
//!
//! A tool that `.requires("billing:pay")` is refused until a policy permits it. Policies are Cedar files: those that the settings name,
//! or else the texts that came with the roster (`Roster::policies`). `switchboard agents --policy-schema` prints what they can speak
//! of, `switchboard check` finds their mistakes. A running server looks at the files every two seconds and takes a change over, all of
//! it or nothing; `POST /api/policies/reload` does it at once.
//!
//! # What is kept
//!
//! The database holds the audit log (a row for each tool call and each operator's act, chained by hashes), the results of tools with
//! effects, so that a crash repeats none, and how long tools usually take. The company's own data is in a file beside it:
//! `switchboard-company.db` beside `switchboard.db` ([`AppContext`]).
//!
//! # What is left to others
//!
//! Nothing here decides what is said on a call: that is the conversation's, the gateway's and the session's business.

mod audit;
mod cli;
mod company;
mod database;
mod gateway_metrics;
mod http;
mod logging;
mod model;
mod moment;
mod policies;
pub mod prelude;
mod run;
mod server;
mod settings;
mod shutdown;
#[cfg(test)]
mod testing;

pub use company::{AppContext, ToolsError};
pub use database::DatabaseError;
pub use run::run;
pub use server::{ServeError, serve};
pub use settings::{
    Authorization, DatabaseUrl, ModelLink, Secrets, Setting, Settings, SettingsError, Source,
    UnreadableDatabaseUrl,
};
