//! How callers arrive: each line turns its own protocol into one [`Line`](switchboard_session::Line).
//!
//! A line is a task with two sides. Outside it speaks what the caller's world speaks; inside it holds the
//! [`LineEnd`](switchboard_session::LineEnd) of a [`Line`](switchboard_session::Line) whose other half the session owns.
//! It authenticates, translates and keeps time; it knows nothing of agents, tools or the model.
//!
//! - [`twilio`]: phone calls over Twilio Media Streams, from the `TwiML` that opens a stream to its last frame, and the
//!   other side of the same protocol: a virtual caller that behaves as Twilio does.
//! - [`terminal`]: typed calls, for `switchboard chat`.
//!
//! An HTTP server lets a phone call in with three of these: a [`twilio::Validator`] checks that a request is Twilio's,
//! [`twilio::Tokens`] and [`twilio::Connect`] make the answer to the webhook, and [`twilio::serve`] runs the stream.

pub mod terminal;
pub mod twilio;
