//! An offline Realtime server: protocol-exact, with a model that reads the schemas of the tools it is given.
//!
//! It stands in for the real service where there is no key: in a first try on a fresh machine, in tests, in a demonstration. A
//! client cannot tell it from the service by its protocol: handshakes, sessions and refused updates, turns found in real audio,
//! paced responses, cancellation, truncation, usage, limits and error codes are those of the real one, and so are its faults,
//! which can be asked for. It says openly that it is a simulator in the instructions of every new session and in the log.
//!
//! ```
//! use std::sync::Arc;
//!
//! use switchboard_realtime::ws::{self, Auth, Endpoint};
//! use switchboard_realtime::ServerEvent;
//! use switchboard_simulator::{Settings, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let simulator = Arc::new(Simulator::new(Settings::default()));
//! let (near, far) = tokio::io::duplex(64 * 1024);
//! tokio::spawn(Arc::clone(&simulator).serve_stream(far));
//!
//! let endpoint = Endpoint::new("ws://simulator.test/v1/realtime".parse()?)
//!     .with_model("gpt-realtime-2.1")
//!     .with_auth(Auth::Bearer("any key".into()));
//! let (_sender, mut receiver) = ws::handshake(near, &endpoint).await?.split();
//! let ServerEvent::SessionCreated(created) = receiver.recv().await.expect("a first event")? else {
//!     panic!("the first event is the session");
//! };
//! assert!(created.session.instructions.unwrap_or_default().contains("simulator"));
//! # Ok(())
//! # }
//! ```
//!
//! # The types to know
//!
//! - [`Simulator`]: the server, for a listener or for any stream.
//! - [`Settings`]: how it behaves; what it can be told in a file.
//! - [`Fault`]: something that goes wrong on purpose, such as `rate_limit_exceeded@response:2`; [`Fault::help`] has them all.
//! - [`mind`]: what the model says and does, by keywords or by a script.
//!
//! # How it sounds
//!
//! Without a speech engine it speaks by tones that carry its words ([`switchboard_audio::modem`]). With `espeak-ng` installed it speaks by that,
//! except to clients whose audio has come in such tones, be it a word or only a hello: they are answered in kind. [`VoiceChoice`] has
//! the other ways.
//!
//! # What it leaves out
//!
//! Pictures and stored prompts are taken and not looked at. MCP servers are listed as unreachable. The conversation is never
//! truncated by itself. Only WebSocket connections are served: no SIP, no WebRTC, no client secrets.

mod connection;
mod direction;
mod ears;
mod faults;
mod handshake;
pub mod mind;
mod program;
mod refusal;
mod server;
mod session;
mod settings;
mod validate;
mod voice;
mod wire;

pub use ears::EarsChoice;
pub use faults::{Fault, FaultKind, InvalidFault, ItemKind, Point, When};
pub use server::Simulator;
pub use settings::{Settings, SettingsError};
pub use voice::VoiceChoice;
