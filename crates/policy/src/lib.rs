//! Who may do what: Cedar policies over callers, agents and tools.

mod argument;
mod ask;
mod error;
mod policies;
mod question;
mod schema;
mod shape;
mod vocabulary;

pub use error::PolicyErrors;
pub use policies::Policies;
pub use question::{Decision, Question};
pub use schema::schema;
