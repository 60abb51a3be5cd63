//! A multi-agent voice orchestrator: define agents in modules, run them on the phone.

mod cli;
mod company;
pub mod prelude;
mod run;
mod settings;

pub use company::AppContext;
pub use run::run;
pub use settings::{DatabaseUrl, UnreadableDatabaseUrl};
