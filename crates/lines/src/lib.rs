//! How callers arrive: each line turns its own protocol into one [`Line`](switchboard_session::Line).
//!
//! A line is a task with two sides. Outside it speaks what the caller's world speaks; inside it holds the
//! [`LineEnd`](switchboard_session::LineEnd) of a [`Line`](switchboard_session::Line) whose other half the session owns.
//! It authenticates, translates and keeps time; it knows nothing of agents, tools or the model.
//!
//! A whole phone call, with a virtual caller and a session that hangs up once it has heard something:
//!
//! ```
//! use switchboard_lines::twilio::caller::{Arrival, HungUp, Script, Setup, call};
//! use switchboard_lines::twilio::{Connect, Tokens, Visit, memory, serve};
//! use switchboard_session::LineCommand;
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The webhook: the call is announced, and answered with TwiML that carries a token for it.
//! let arrival = Arrival::new("+15550100", "+15550199");
//! let tokens = Tokens::random();
//! let visit = Visit { call_sid: arrival.call_sid.clone(), from: Some(arrival.from.clone()), to: None };
//! let twiml = Connect::new("wss://voice.example.com/twilio/stream")?
//!     .parameter("token", tokens.issue(&visit))?
//!     .to_xml();
//!
//! // The stream: the caller's side, and ours.
//! let (socket, phone) = memory::pair(64);
//! let setup = Setup::new(arrival, Connect::read(&twiml)?.parameters());
//! let caller = call(phone, setup, Script::default().say("hello"), |_| {});
//! let server = serve(socket, &tokens, async |mut line| {
//!     assert_eq!(line.profile.caller.as_deref(), Some("+15550100"));
//!     line.audio.recv().await;
//!     line.commands.send(LineCommand::Hangup).await.expect("the line is open");
//! });
//!
//! let (report, ended) = tokio::join!(caller, server);
//! assert_eq!(ended?.to_string(), "the call is over");
//! assert!(matches!(report?.hung_up, HungUp::Server { code: 1000, .. }));
//! # Ok(())
//! # }
//! ```
//!
//! The modules:
//!
//! - [`twilio`]: phone calls over Twilio Media Streams, from the `TwiML` that opens a stream to its last frame, and the
//!   other side of the same protocol: a virtual caller that behaves as Twilio does.
//! - [`terminal`]: typed calls, for `switchboard chat`.
//!
//! Routes, certificates and the public URL are left to the HTTP server; a [`twilio::Validator`] tells it whether a request is
//! Twilio's.

pub mod terminal;
pub mod twilio;
