//! The store in memory.

use std::sync::Arc;

use switchboard_store::{Clock, MemoryStore, Store};

use crate::conformance::{Engine, conformance};

/// Memory needs nothing but itself.
struct Memory(Arc<MemoryStore>);

impl Engine for Memory {
    async fn open(clock: Clock) -> Self {
        Self(Arc::new(MemoryStore::with_clock(clock)))
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.0) as _
    }
}

conformance!(Memory);
