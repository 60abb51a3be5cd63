//! The demo company behind a real gateway, with a real store.

#![expect(clippy::unwrap_used, reason = "a test that fails may as well panic, in its helpers, too")]

mod crash;
mod desk;
mod documents;
mod scratch;
