//! Conversations as sequences of events, one idea each: what is asked for, what is said, what becomes of what is owed.

#![expect(clippy::unwrap_used, reason = "a test that fails may as well panic")]

mod links;
mod oddities;
mod scene;
mod waiting;
