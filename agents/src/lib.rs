#![doc = include_str!("../README.md")]

mod app;
pub mod billing;
pub mod calendar;
pub mod company;
mod identify;
mod told;
pub mod triage;

use switchboard::prelude::*;

pub use app::{App, OpenAppError};

/// The three agents; `triage` answers calls, and callers are known by their number.
pub fn roster() -> Result<Roster<App>, RosterErrors> {
    let roster = Roster::new([triage::agent(), billing::agent(), calendar::agent()])?;
    Ok(roster.identify_callers(identify::by_number))
}

#[cfg(test)]
mod tests;
