//! Whole calls, under virtual time: a file for each theme.

#![expect(clippy::unwrap_used, reason = "a test that fails may as well panic")]
#![expect(clippy::unchecked_time_subtraction, reason = "time that runs backwards fails a test")]

mod bad_input;
mod barge_in;
mod demo;
mod endings;
mod faults;
mod greeting;
mod handoff;
mod holds;
mod late;
mod leaks;
mod links;
mod nudges;
mod phrases;
mod refusals;
mod restored;
mod sockets;
mod storm;
mod supervision;
mod tools;
mod waiting;
