//! What every engine has to do, and what a file has to bear.

#![expect(clippy::unwrap_used, reason = "a test that fails may as well panic, in its helpers, too")]

mod conformance;
mod kill;
mod memory;
mod opening;
mod scratch;
mod sqlite;
mod tampering;
