//! The life of one tool call, from the model's text to a result envelope.

mod envelope;
mod faults;
mod gateway;
mod json;
mod key;
mod lookup;
mod problem;
mod record;
mod refusal;
mod request;
mod run;
mod runtime;
mod shrink;
mod toolbox;
mod validate;

pub use envelope::{Envelope, MAX_OUTPUT};
pub use faults::{Fault, Faults, UnknownFaultyTool};
pub use gateway::{DEADLINE, Gateway};
pub use request::{Answer, Effect, Request, Tools};
pub use toolbox::UnusableSchema;
