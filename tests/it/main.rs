//! Whole calls, under virtual time: a file for each theme.

mod bad_input;
mod barge_in;
mod demo;
mod endings;
mod greeting;
mod handoff;
mod refusals;
mod sockets;
mod tools;
