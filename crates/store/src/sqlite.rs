//! A store in a `SQLite` file.
//!
//! `SQLite` has one writer at a time, so there is one connection that writes, and whoever has it commits what has come together
//! ([`writer`]); a thread waits for the disk ([`checkpoint`]). Readers have connections of their own ([`readers`]) and wait for
//! nobody. The file may hold other tables, too: ours are called `switchboard_…`, and count their versions in a table of their own
//! ([`open`]).

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::{AuditEntry, AuditFilter, AuditRow, Begun, Clock, Store, StoreError, Verified, Wish};

mod audit;
mod checkpoint;
mod effects;
mod file;
mod open;
mod open_error;
mod readers;
mod transaction;
mod usual;
mod writer;

pub use open_error::OpenError;

use checkpoint::Checkpoints;
use file::{Creation, File};
use readers::Readers;
use usual::UsualTimes;
use writer::{Batch, Writer};

/// How many old effects go at the start, and how many whenever one begins: more than come.
const SWEPT_AT_START: u32 = 10_000;
const SWEPT_AT_BEGIN: u32 = 4;

/// A store in a `SQLite` file, for one machine; several processes may have it open at once.
///
/// What was acknowledged outlives a killed process. A power cut may take the last of it, and then takes everything after it, too: the
/// file goes back to an earlier moment. No call waits for the disk, for effects do not need it. A wish belongs to one phone call, and
/// that ends with the machine that carried it. Were it asked for again all the same: an effect whose beginning was lost is begun
/// again under the same key, since generations are counted from what is there; one whose result was lost is
/// [`Unfinished`](crate::Begun::Unfinished), or begun again, and goes on under its key. A backend that knows the key, in a transaction of
/// its own on its own disk, recognises what it has done already. One that does not know keys is not helped by a durable row either:
/// the power may go between what it did and the row that says so.
///
/// Two things are given up by that. The last rows of the audit log may be missing after a power cut, without a break in the chain. And had
/// a wish been had twice, the second time past its window, a power cut that takes both with it starts counting anew: the wish has the
/// first one's key again, and what the backend answers may be the first one's result. It is never done once too often.
///
/// A change that was asked for is made even if the future that asked for it is dropped, once that has been polled. Where tokio's time is
/// paused, use a [`MemoryStore`](crate::MemoryStore): waiting for this one's thread would let the time jump.
#[derive(Debug)]
pub struct SqliteStore {
    clock: Clock,
    writer: Writer,
    readers: Readers,
    usual: UsualTimes,
}

impl SqliteStore {
    /// Opens the store in the file at `path`, which is created if it is not there, and brings its tables up to date. A relative path
    /// is relative to the working directory, as it is now.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with_clock(path, Clock::system()).await
    }

    /// As [`open`](Self::open), with the time from this clock.
    pub async fn open_with_clock(path: &Path, clock: Clock) -> Result<Self, OpenError> {
        let path = path.to_owned();
        let opening = move || start(&path);
        let opened = tokio::task::spawn_blocking(opening).await;
        let (file, writer, usual) =
            opened.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        let now = clock.now();
        writer.ask(move |batch| effects::sweep(batch, now, SWEPT_AT_START)).await;
        Ok(Self { clock, writer, readers: Readers::new(file), usual })
    }
}

/// Opens the file and starts the threads. Blocks on the disk.
fn start(path: &Path) -> Result<(File, Writer, UsualTimes), OpenError> {
    let file = File::at(path)?;
    let explain = |source| OpenError::new(&file, source);
    let no_thread = |source| OpenError::NoThread { path: file.path().to_owned(), source };
    let connection = open::open(&file)?;
    let usual = UsualTimes::load(&connection).map_err(explain)?;
    let other = file.connect(Creation::Forbidden).map_err(explain)?;
    let checkpoints = Checkpoints::start(other).map_err(no_thread)?;
    let writer = Writer::start(connection, checkpoints, &file, usual.clone()).map_err(no_thread)?;
    Ok((file, writer, usual))
}

impl Store for SqliteStore {
    fn append_audit(&self, entry: AuditEntry) -> BoxFuture<'_, Result<AuditRow, StoreError>> {
        let at = self.clock.now();
        self.writer.write(move |batch| audit::append(batch, entry.clone(), at)).boxed()
    }

    fn audit(&self, filter: AuditFilter) -> BoxFuture<'_, Result<Vec<AuditRow>, StoreError>> {
        self.readers.read(move |connection| audit::select(connection, &filter)).boxed()
    }

    fn verify_audit(&self) -> BoxFuture<'_, Result<Verified, StoreError>> {
        self.readers.read(audit::verify).boxed()
    }

    fn begin_effect(&self, wish: Wish) -> BoxFuture<'_, Result<Begun, StoreError>> {
        let now = self.clock.now();
        let begin = move |batch: &mut Batch<'_>| {
            effects::sweep(batch, now, SWEPT_AT_BEGIN)?;
            effects::begin(batch, &wish, now)
        };
        self.writer.write(begin).boxed()
    }

    fn finish_effect(&self, key: &str, output: String) -> BoxFuture<'_, Result<(), StoreError>> {
        let (now, key) = (self.clock.now(), key.to_owned());
        async move {
            let unknown = StoreError::UnknownEffect { key: key.clone() };
            let finish = move |batch: &mut Batch<'_>| effects::finish(batch, &key, &output, now);
            let known = self.writer.write(finish).await?;
            if known { Ok(()) } else { Err(unknown) }
        }
        .boxed()
    }

    fn settle_effect(
        &self,
        key: &str,
        output: String,
        entry: AuditEntry,
    ) -> BoxFuture<'_, Result<AuditRow, StoreError>> {
        let (now, key) = (self.clock.now(), key.to_owned());
        async move {
            let unknown = StoreError::UnknownEffect { key: key.clone() };
            let settle = move |batch: &mut Batch<'_>| {
                let known = effects::finish(batch, &key, &output, now)?;
                known.then(|| audit::append(batch, entry.clone(), now)).transpose()
            };
            self.writer.write(settle).await?.ok_or(unknown)
        }
        .boxed()
    }

    fn forget_effect(&self, key: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.to_owned();
        self.writer.write(move |batch| effects::forget(batch, &key)).boxed()
    }

    fn usual_times(&self) -> BoxFuture<'_, Result<HashMap<String, Duration>, StoreError>> {
        std::future::ready(Ok(self.usual.all())).boxed()
    }

    fn learn_time(&self, tool: &str, run: Duration) -> BoxFuture<'_, Result<Duration, StoreError>> {
        let tool = tool.to_owned();
        let learn = move |batch: &mut Batch<'_>| usual::learn(batch, &tool, run);
        self.writer.write(learn).boxed()
    }
}
