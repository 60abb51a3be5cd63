#![doc = include_str!("../docs/tour.md")]

mod argument;
mod check;
mod court;
mod error;
mod policies;
mod question;
mod rules;
mod schema;
mod shape;
mod source;
#[cfg(test)]
mod testing;
mod vocabulary;
mod wording;

pub use error::{PolicyError, PolicyErrors, PolicyFault, Position};
pub use policies::Policies;
pub use question::{Decision, Question};
pub use schema::schema;
