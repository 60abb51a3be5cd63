//! The settings.

mod database;

pub use self::database::{DatabaseUrl, UnreadableDatabaseUrl};
