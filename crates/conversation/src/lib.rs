//! A conversation between a caller and a team of agents, as machines without IO.
//!
//! [`Conversation`] is told what happened ([`Input`]) and when, and says what to do ([`Output`]). It reads no clock, no
//! socket and no random source: a test covers a ten-minute call in microseconds, and the same inputs give the same outputs.
//!
//! ```
//! use std::time::Instant;
//!
//! use switchboard_conversation::{AgentSetup, Conversation, Echo, Input, ModelCommand, ModelEvent, Output, Setup, Timings};
//!
//! let now = Instant::now();
//! let triage = AgentSetup::new("triage", []);
//! let mut conversation = Conversation::new(Setup {
//!     agents: vec![triage],
//!     start: 0,
//!     audio: None,
//!     server_responds: true,
//!     server_interrupts: true,
//!     timings: Timings::default(),
//!     render: false,
//!     rendered: Default::default(),
//!     recorded: vec![],
//!     seed: 1,
//! }, now);
//!
//! conversation.handle(Input::Connected, now);
//! assert!(matches!(conversation.poll_output(), Some(Output::Update { agent: 0, .. })));
//!
//! conversation.handle(Input::Model(ModelEvent::Updated(Echo::default())), now);
//! let outputs: Vec<_> = std::iter::from_fn(|| conversation.poll_output()).collect();
//! assert!(matches!(outputs.last(), Some(Output::Model(ModelCommand::Respond { .. }))), "it greets");
//! ```
//!
//! # The machines
//!
//! | module | decides |
//! | --- | --- |
//! | `turn` | whose turn it is; at most one response at a time, none while the caller speaks |
//! | `debt` | what the caller is owed, and whether it has been paid |
//! | `playback`, `words` | what the caller has heard |
//! | `tool_calls` | which calls are dispatched, once; which are answered, once |
//! | `handoff` | which agent has the call; local agent = server's agent |
//! | `hold` | when a caller who waits is told so, and in which words |
//! | `link` | when a lost link is dialled again, and when it is given up |
//! | `ending` | when it is time to hang up |
//! | `saying`, `filler` | when words of ours are said, beside the conversation or in it |
//! | `rendering` | which phrases are rendered before they are needed |
//! | `transcript`, `usage`, `digits` | what was said, what it cost, what was dialled |
//!
//! Each is a small struct with its own tests; [`Conversation`] passes inputs to them and carries what one decides to the
//! others. Running tools, envelopes, sockets and sound belong to the crates above.

mod backoff;
mod conversation;
mod debt;
mod digits;
mod ending;
mod filler;
mod handoff;
mod hold;
mod input;
mod link;
mod names;
mod output;
mod playback;
mod rendering;
mod saying;
mod setup;
#[cfg(test)]
mod testing;
mod tool_calls;
mod transcript;
mod turn;
mod usage;
mod words;

pub use conversation::Conversation;
pub use hold::DEAD_AIR;
pub use input::{Brief, Echo, Effect, Ended, Input, ModelEvent, OutputItem, OutputKind, Refusal};
pub use names::RequestId;
pub use output::{Entry, ModelCommand, Output, Report, Say};
pub use setup::{AgentSetup, Setup, Timings, ToolWait};
pub use transcript::Transcript;
pub use usage::{Tokens, Usage};
