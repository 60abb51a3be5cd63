//! A store that answers or does not, as the test says.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use switchboard_store::{
    AuditEntry, AuditFilter, AuditRow, Begun, MemoryStore, Store, StoreError, Verified, Wish,
};

/// A store that can be switched off.
#[derive(Debug)]
pub(crate) struct Moody {
    store: MemoryStore,
    pub(crate) off: AtomicBool,
}

impl Moody {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { store: MemoryStore::new(), off: AtomicBool::new(false) })
    }

    fn or_never<'a, T: 'a>(
        &'a self,
        answer: BoxFuture<'a, Result<T, StoreError>>,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        if self.off.load(Ordering::SeqCst) { std::future::pending().boxed() } else { answer }
    }
}

impl Store for Moody {
    fn append_audit(&self, entry: AuditEntry) -> BoxFuture<'_, Result<AuditRow, StoreError>> {
        self.or_never(self.store.append_audit(entry))
    }

    fn audit(&self, filter: AuditFilter) -> BoxFuture<'_, Result<Vec<AuditRow>, StoreError>> {
        self.or_never(self.store.audit(filter))
    }

    fn verify_audit(&self) -> BoxFuture<'_, Result<Verified, StoreError>> {
        self.or_never(self.store.verify_audit())
    }

    fn begin_effect(&self, wish: Wish) -> BoxFuture<'_, Result<Begun, StoreError>> {
        self.or_never(self.store.begin_effect(wish))
    }

    fn finish_effect(&self, key: &str, output: String) -> BoxFuture<'_, Result<(), StoreError>> {
        self.or_never(self.store.finish_effect(key, output))
    }

    fn settle_effect(
        &self,
        key: &str,
        output: String,
        entry: AuditEntry,
    ) -> BoxFuture<'_, Result<AuditRow, StoreError>> {
        self.or_never(self.store.settle_effect(key, output, entry))
    }

    fn forget_effect(&self, key: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        self.or_never(self.store.forget_effect(key))
    }

    fn usual_times(&self) -> BoxFuture<'_, Result<HashMap<String, Duration>, StoreError>> {
        self.or_never(self.store.usual_times())
    }

    fn learn_time(
        &self,
        tool: &str,
        time: Duration,
    ) -> BoxFuture<'_, Result<Duration, StoreError>> {
        self.or_never(self.store.learn_time(tool, time))
    }
}
