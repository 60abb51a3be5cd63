//! Phone calls over Twilio Media Streams, bidirectional.
//!
//! A call arrives in two requests. Twilio posts the call to a webhook, which answers with `TwiML` ([`Connect`]) that names
//! a WebSocket and carries a short-lived token ([`Tokens`]). Twilio then opens that WebSocket and sends JSON frames:
//! `connected`, `start` with the token, and a `media` frame of mu-law audio every 20 ms. [`serve`] runs it from there.
//!
//! Both requests can be signed ([`Validator`]). The signature does not cover what the `start` frame says and does not stop
//! a replay, so the token is always required.
//!
//! [`caller`] is the other side: it speaks as Twilio does, for test calls and for tests.

pub mod caller;
pub mod memory;

mod gaps;
mod hex;
mod mark;
mod message;
mod outgoing;
mod signature;
mod stream;
mod token;
mod twiml;
mod xml;

pub use signature::{InvalidSignature, Validator};
pub use stream::{Ended, Refused, limits, serve};
pub use token::{TokenError, Tokens, Visit};
pub use twiml::{CONTENT_TYPE, Connect, TwimlError, Verb, busy, sorry};
