//! The thread that writes.
//!
//! It owns the one connection that writes, takes the changes that have come together while it was busy, makes them in one
//! transaction, and answers when that is committed. One caller alone waits for one commit; sixty at once share one. A change that
//! fails does not harm the others: they are made again, each in a transaction of its own. What fails as a whole (a full disk, another
//! process's lock) fails each of them, and the next ones are tried again.
//!
//! The thread ends when nobody can ask it any more. If it panics, everything asked of it, before and after, is answered
//! [`StoreError::Closed`].

use std::io;
use std::ops::Deref;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::audit;
use super::checkpoint::Checkpoints;
use super::file::File;
use super::usual::UsualTimes;
use crate::StoreError;
use crate::chain::Head;

/// How many changes are made in one transaction.
const MAX_BATCH: usize = 256;

/// How many wait before those who ask have to wait with their asking.
const MAX_WAITING: usize = 4 * MAX_BATCH;

/// What an acknowledged change outlives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Durability {
    /// The process being killed: it is in the system's hands. (`synchronous` is `normal`.)
    Kill,
    /// A power cut: it is on the disk. (`synchronous` is `full`.)
    PowerCut,
}

/// A way to the thread that writes; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    file: File,
    jobs: mpsc::Sender<Box<dyn Job>>,
}

/// A transaction in the making, used like the connection it is on.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    /// The audit log's head, once a row was appended: written once, at the end.
    pub(super) head: Option<Head>,
    /// What was learnt, for the copy in memory.
    pub(super) learnt: Vec<(String, Duration)>,
}

impl<'a> Deref for Batch<'a> {
    type Target = Transaction<'a>;

    fn deref(&self) -> &Self::Target {
        self.transaction
    }
}

/// A change that somebody waits for.
trait Job: Send {
    fn durability(&self) -> Durability;
    /// Makes the change, which may still be rolled back and made again.
    fn run(&mut self, batch: &mut Batch<'_>) -> rusqlite::Result<()>;
    /// Tells who asked, after the transaction.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Asked<F, T> {
    durability: Durability,
    change: F,
    made: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Job for Asked<F, T>
where
    F: FnMut(&mut Batch<'_>) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn durability(&self) -> Durability {
        self.durability
    }

    fn run(&mut self, batch: &mut Batch<'_>) -> rusqlite::Result<()> {
        self.made = Some((self.change)(batch)?);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { made, reply, .. } = *self;
        let made = committed.map(|()| made.expect("a change that committed was made"));
        // Who asked may have stopped waiting.
        let _ = reply.send(made);
    }
}

impl Writer {
    /// Starts the thread, with this connection and the copy of the usual times that it has to keep up.
    pub(super) fn start(
        connection: Connection,
        checkpoints: Checkpoints,
        file: &File,
        usual: UsualTimes,
    ) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(MAX_WAITING);
        let thread =
            Thread { connection, checkpoints, file: file.clone(), usual, synchronous: None };
        thread::Builder::new().name("store".into()).spawn(move || thread.run(waiting))?;
        Ok(Self { file: file.clone(), jobs })
    }

    /// Makes a change, and waits until it is kept. The change may be made more than once, with all but the last rolled back.
    pub(super) fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        change: impl FnMut(&mut Batch<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send {
        let asking = self.ask(durability, change);
        async move { asking.await.await.unwrap_or_else(|_| Err(self.file.closed())) }
    }

    /// Has a change made, for the answer to be waited for or not.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        durability: Durability,
        change: impl FnMut(&mut Batch<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T, StoreError>> {
        let (reply, answer) = oneshot::channel();
        // A thread that is gone drops the job, which closes the answer's channel.
        let _ = self.jobs.send(Box::new(Asked { durability, change, made: None, reply })).await;
        answer
    }
}

/// What the thread owns.
struct Thread {
    connection: Connection,
    checkpoints: Checkpoints,
    file: File,
    usual: UsualTimes,
    /// What the connection is set to.
    synchronous: Option<Durability>,
}

/// What a transaction failed of.
enum Failure {
    /// One of the changes.
    Change(rusqlite::Error),
    /// Something that any change would have failed of.
    Transaction(rusqlite::Error),
}

impl Thread {
    fn run(mut self, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
        while let Some(first) = waiting.blocking_recv() {
            let mut jobs = vec![first];
            while jobs.len() < MAX_BATCH
                && let Ok(job) = waiting.try_recv()
            {
                jobs.push(job);
            }
            self.make(jobs);
        }
    }

    /// Makes the changes together, or each alone if one of them fails, and answers.
    fn make(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        let committed = match self.commit(&mut jobs) {
            Err(Failure::Change(_)) if jobs.len() > 1 => {
                return jobs.into_iter().for_each(|job| self.make(vec![job]));
            }
            Err(Failure::Change(error) | Failure::Transaction(error)) => {
                Err(self.file.explain(error))
            }
            Ok(()) => Ok(()),
        };
        if let Err(error) = &committed {
            tracing::error!(
                error = error as &dyn std::error::Error,
                changes = jobs.len(),
                "the store did not keep what it was given"
            );
        }
        for job in jobs {
            job.answer(committed.clone());
        }
    }

    fn commit(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
        let strictest = jobs.iter().map(|job| job.durability()).max().unwrap_or(Durability::Kill);
        self.set_durability(strictest).map_err(Failure::Transaction)?;
        // Dropped on the way out, it rolls back.
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
                .map_err(Failure::Transaction)?;
        let mut batch = Batch { transaction: &transaction, head: None, learnt: Vec::new() };
        for job in jobs {
            job.run(&mut batch).map_err(Failure::Change)?;
        }
        let Batch { head, learnt, .. } = batch;
        if let Some(head) = head {
            audit::set_head(&transaction, &head).map_err(Failure::Transaction)?;
        }
        transaction.commit().map_err(Failure::Transaction)?;
        self.checkpoints.committed();
        self.usual.update(learnt);
        Ok(())
    }

    fn set_durability(&mut self, durability: Durability) -> rusqlite::Result<()> {
        if self.synchronous != Some(durability) {
            let word = match durability {
                Durability::Kill => "normal",
                Durability::PowerCut => "full",
            };
            self.connection.pragma_update(None, "synchronous", word)?;
            self.synchronous = Some(durability);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
