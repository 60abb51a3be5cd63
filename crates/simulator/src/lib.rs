//! An offline Realtime server: protocol-exact, with a model that reads the schemas of the tools it is given.

pub mod mind;
