//! What a module that defines an agent uses: `use switchboard::prelude::*;`

pub use switchboard_agent::prelude::*;

pub use crate::{AppContext, DatabaseUrl};
