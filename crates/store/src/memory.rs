//! A store in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::chain::{Head, Sealed, Walk};
use crate::effect::{self, Beginning, Effect, Progress, RETENTION, SWEEP_EVERY};
use crate::{
    AuditEntry, AuditFilter, AuditRow, Begun, Clock, Store, StoreError, Verified, Wish, usual,
};

/// How many audit rows are kept: memory is for tests and trials.
const MAX_ROWS: usize = 10_000;

/// A store in memory, gone with the process.
///
/// It answers at once, in the task that asks, without a thread or a file: right for tests in virtual time, where waiting for a
/// thread would let the clock jump. The newest 10,000 audit rows are kept, and effects for a week.
#[derive(Debug)]
pub struct MemoryStore {
    clock: Clock,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    rows: VecDeque<Sealed>,
    /// What the first of the rows follows.
    tail: Head,
    head: Head,
    /// The effects of each wish, oldest first.
    effects: HashMap<String, Vec<Effect>>,
    swept_at: Timestamp,
    usual: HashMap<String, Duration>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store, on tokio's clock: in a test whose time is paused, its time is too.
    pub fn new() -> Self {
        Self::with_clock(Clock::tokio())
    }

    /// An empty store, on this clock.
    pub fn with_clock(clock: Clock) -> Self {
        let kept = Kept {
            rows: VecDeque::new(),
            tail: Head::empty(),
            head: Head::empty(),
            effects: HashMap::new(),
            swept_at: clock.now(),
            usual: HashMap::new(),
        };
        Self { clock, kept: Mutex::new(kept) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing under the lock can fail half-way.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn append_audit(&self, entry: AuditEntry) -> BoxFuture<'_, Result<AuditRow, StoreError>> {
        async move { Ok(self.kept().append(entry, self.clock.now())) }.boxed()
    }

    fn audit(&self, filter: AuditFilter) -> BoxFuture<'_, Result<Vec<AuditRow>, StoreError>> {
        async move { Ok(self.kept().select(&filter)) }.boxed()
    }

    fn verify_audit(&self) -> BoxFuture<'_, Result<Verified, StoreError>> {
        async move { Ok(self.kept().verify()) }.boxed()
    }

    fn begin_effect(&self, wish: Wish) -> BoxFuture<'_, Result<Begun, StoreError>> {
        async move { Ok(self.kept().begin(&wish, self.clock.now())) }.boxed()
    }

    fn finish_effect(&self, key: &str, output: String) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.to_owned();
        async move {
            let finished = self.kept().finish(&key, output, self.clock.now());
            finished.ok_or(StoreError::UnknownEffect { key })
        }
        .boxed()
    }

    fn settle_effect(
        &self,
        key: &str,
        output: String,
        entry: AuditEntry,
    ) -> BoxFuture<'_, Result<AuditRow, StoreError>> {
        let key = key.to_owned();
        async move {
            let (mut kept, now) = (self.kept(), self.clock.now());
            match kept.finish(&key, output, now) {
                Some(()) => Ok(kept.append(entry, now)),
                None => Err(StoreError::UnknownEffect { key }),
            }
        }
        .boxed()
    }

    fn forget_effect(&self, key: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.to_owned();
        async move {
            let mut kept = self.kept();
            if let Some(effect) = kept.effect(&key)
                && effect.progress == Progress::Begun
            {
                effect.progress = Progress::Forgotten;
            }
            Ok(())
        }
        .boxed()
    }

    fn usual_times(&self) -> BoxFuture<'_, Result<HashMap<String, Duration>, StoreError>> {
        async move { Ok(self.kept().usual.clone()) }.boxed()
    }

    fn learn_time(&self, tool: &str, run: Duration) -> BoxFuture<'_, Result<Duration, StoreError>> {
        let tool = tool.to_owned();
        async move {
            let mut kept = self.kept();
            let usual = usual::after(kept.usual.get(&tool).copied(), run);
            kept.usual.insert(tool, usual);
            Ok(usual)
        }
        .boxed()
    }
}

impl Kept {
    fn append(&mut self, entry: AuditEntry, now: Timestamp) -> AuditRow {
        let sealed = self.head.seal(entry, now);
        let row = sealed.row.clone();
        self.rows.push_back(sealed);
        if self.rows.len() > MAX_ROWS
            && let Some(Sealed { row, .. }) = self.rows.pop_front()
        {
            self.tail = Head { rows: row.seq, hash: row.hash };
        }
        row
    }

    fn select(&self, filter: &AuditFilter) -> Vec<AuditRow> {
        let rows = self.rows.iter().map(|sealed| &sealed.row);
        let wanted = rows.filter(|row| filter.lets_through(row)).cloned();
        if filter.after.is_some() {
            return wanted.take(filter.limit).collect();
        }
        let mut newest: Vec<_> = wanted.rev().take(filter.limit).collect();
        newest.reverse();
        newest
    }

    fn verify(&self) -> Verified {
        let mut walk = Walk::from(self.tail.clone());
        for Sealed { row, body } in &self.rows {
            if let Err(broken) = walk.pass(row.seq, body.as_bytes(), row.hash.as_bytes()) {
                return broken;
            }
        }
        walk.end(Some(&self.head))
    }

    fn begin(&mut self, wish: &Wish, now: Timestamp) -> Begun {
        self.sweep(now);
        let effects = self.effects.entry(wish.key.clone()).or_default();
        let generation = match wish.begin(effects.last().cloned(), now) {
            Beginning::Known(begun) => return begun,
            Beginning::Begin(generation) => generation,
        };
        effects.retain(|effect| effect.generation != generation);
        effects.push(Effect { generation, progress: Progress::Begun, since: now });
        Begun::New { key: wish.effect(generation) }
    }

    /// Keeps what came of an effect, unless that is known; nothing if the effect is not.
    fn finish(&mut self, key: &str, output: String, now: Timestamp) -> Option<()> {
        let effect = self.effect(key)?;
        if !matches!(effect.progress, Progress::Finished(_)) {
            effect.progress = Progress::Finished(output);
            effect.since = now;
        }
        Some(())
    }

    fn effect(&mut self, key: &str) -> Option<&mut Effect> {
        let (wish, generation) = effect::parse(key)?;
        let effects = self.effects.get_mut(wish)?;
        effects.iter_mut().find(|effect| effect.generation == generation)
    }

    /// Lets go of effects whose time is over, now and then.
    fn sweep(&mut self, now: Timestamp) {
        if effect::passed(self.swept_at, now) < SWEEP_EVERY {
            return;
        }
        self.swept_at = now;
        self.effects.retain(|_, effects| {
            effects.retain(|effect| effect::passed(effect.since, now) < RETENTION);
            !effects.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AuditKind;

    #[tokio::test]
    async fn the_oldest_rows_make_room_and_the_chain_stays_whole() {
        let store = MemoryStore::new();
        for _ in 0..MAX_ROWS + 5 {
            store.append_audit(AuditEntry::new(AuditKind::ToolCall, "", "")).await.unwrap();
        }
        let all = AuditFilter { limit: usize::MAX, ..AuditFilter::default() };
        let rows = store.audit(all).await.unwrap();
        assert_eq!((rows.len(), rows[0].seq), (MAX_ROWS, 6));
        assert!(matches!(store.verify_audit().await.unwrap(), Verified::Intact { .. }));
    }

    #[tokio::test(start_paused = true)]
    async fn windows_go_by_virtual_time() {
        let store = MemoryStore::new();
        let wish = Wish { key: "pay".into(), window: Duration::from_secs(120) };
        let key = store.begin_effect(wish.clone()).await.unwrap().key().to_owned();
        store.finish_effect(&key, "{}".into()).await.unwrap();
        tokio::time::advance(Duration::from_secs(119)).await;
        assert!(matches!(store.begin_effect(wish.clone()).await.unwrap(), Begun::Finished { .. }));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(matches!(store.begin_effect(wish).await.unwrap(), Begun::New { .. }));
    }
}
