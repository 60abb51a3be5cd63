//! A scripted model and a virtual caller, for whole calls under virtual time.
//!
//! [`Stage`] puts a session between a [`ModelEnd`], on which a test expects the client's events and sends the server's, and a
//! [`CallerEnd`], which plays what it is sent as a phone does. Nothing is mocked in between: the session's actors, the gateway, the
//! agents' tools and the typed WebSocket run as they do in production, over a pipe in memory. Run such a test with
//! `#[tokio::test(start_paused = true)]`: ten seconds of a call take microseconds, and nothing sleeps.
//!
//! The model's end is strict: it panics at an event that the service would refuse, at a second answer to a call, and at a
//! response asked for while one runs.

mod beside;
mod caller;
mod model;
mod phone;
mod slow;
mod stage;
mod strict;
mod team;

pub use beside::{Beside, PHRASE};
pub use caller::{CallerEnd, HeardChunk, Hum};
pub use model::ModelEnd;
pub use phone::Phone;
pub use slow::{ARCHIVE, DESK, OWN_PHRASE, slow_roster};
pub use stage::{AGENT_GREETING, Stage};
pub use team::{App, BILLING, CALENDAR, Counts, TRIAGE, roster};
