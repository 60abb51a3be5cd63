//! Whole calls, under virtual time: a file for each theme.

#![expect(clippy::unwrap_used, reason = "a test that fails may as well panic")]

mod bad_input;
mod barge_in;
mod demo;
mod endings;
mod greeting;
mod handoff;
mod refusals;
mod sockets;
mod supervision;
mod tools;
