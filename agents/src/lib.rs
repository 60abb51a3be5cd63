#![doc = include_str!("../README.md")]

mod app;
pub mod billing;
pub mod calendar;
pub mod company;
mod identify;
mod told;
pub mod triage;
mod verify;

use switchboard::prelude::*;

pub use app::{App, OpenAppError};

/// The three agents; `triage` answers calls, callers are known by their number, and the house's rules say who may do what.
pub fn roster() -> Result<Roster<App>, RosterErrors> {
    let roster = Roster::new([triage::agent(), billing::agent(), calendar::agent()])?
        .identify_callers(identify::by_number)
        .identified_by("identify_caller")?
        .verified_by("verify_caller")?
        .policies("company.cedar", include_str!("../policies/company.cedar"));
    Ok(roster)
}

#[cfg(test)]
mod policy_table;
#[cfg(test)]
mod tests;
