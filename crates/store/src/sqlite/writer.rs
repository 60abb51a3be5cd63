//! Who writes: one at a time, a thread of the store's own, or whoever asks.
//!
//! One connection writes, and whoever holds it takes the changes that have come together meanwhile, makes them in one transaction, and
//! answers when that is committed. Sixty who ask at once share one commit. Waking a thread and being woken by it costs more than a
//! commit does, so that one who asks on a thread that [may wait for a disk](crate::may_wait_here) writes at once if nobody else does. For all
//! others, and whatever is left, there is the store's own thread.
//!
//! A change that fails does not harm the others: they are made again, each in a transaction of its own. What fails as a whole (a full
//! disk, another process's lock) fails each of them, and the next ones are tried again. Only the store's thread waits for another
//! process's lock.
//!
//! The thread ends when nobody can ask it any more. After a panic, everything asked before and after is answered
//! [`StoreError::Closed`].

use std::fmt;
use std::io;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};

use super::audit;
use super::checkpoint::Checkpoints;
use super::file::{BUSY_TIMEOUT, File};
use super::transaction::Transaction;
use super::usual::UsualTimes;
use crate::StoreError;
use crate::chain::Head;
use crate::thread::may_wait;

/// How many changes are made in one transaction.
const MAX_BATCH: usize = 256;

/// How many wait before those who ask have to wait with their asking.
const MAX_WAITING: usize = 4 * MAX_BATCH;

/// The way to have something written.
#[derive(Debug)]
pub(super) struct Writer {
    file: File,
    desk: Arc<Mutex<Desk>>,
    jobs: mpsc::Sender<Box<dyn Job>>,
    /// Dropped after the way to ask: the thread then sees that nobody can ask any more.
    thread: Ringer,
}

/// Rings the store's thread, at the latest when nobody can ask any more.
#[derive(Debug)]
struct Ringer(Arc<Bell>);

impl Drop for Ringer {
    fn drop(&mut self) {
        self.0.ring();
    }
}

/// What the store's thread sleeps by.
#[derive(Debug, Default)]
struct Bell {
    rung: Mutex<bool>,
    wake: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_one();
    }

    /// Sleeps until it rings, or not at all if it has since the last time.
    fn sleep(&self) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let rung = self.wake.wait_while(rung, |rung| !*rung);
        *rung.unwrap_or_else(PoisonError::into_inner) = false;
    }
}

/// A transaction in the making, used like the connection it is on.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    connection: &'a Connection,
    /// The audit log's head, once a row was appended: written once, at the end.
    pub(super) head: Option<Head>,
    /// What was learnt, for the copy in memory.
    pub(super) learnt: Vec<(String, Duration)>,
}

impl Deref for Batch<'_> {
    type Target = Connection;

    fn deref(&self) -> &Self::Target {
        self.connection
    }
}

/// A change that somebody waits for.
trait Job: Send {
    /// Makes the change, which may still be rolled back and made again.
    fn run(&mut self, batch: &mut Batch<'_>) -> rusqlite::Result<()>;
    /// Tells who asked, after the transaction.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

impl fmt::Debug for dyn Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}

struct Asked<F, T> {
    change: F,
    made: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Job for Asked<F, T>
where
    F: FnMut(&mut Batch<'_>) -> rusqlite::Result<T> + Send,
    T: Send,
{
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
    /// Starts the thread, with this connection and the copy of the usual times that has to be kept up.
    pub(super) fn start(
        connection: Connection,
        checkpoints: Checkpoints,
        file: &File,
        usual: UsualTimes,
    ) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel(MAX_WAITING);
        let desk =
            Desk { connection, checkpoints, file: file.clone(), usual, waiting, left: Vec::new() };
        let desk = Arc::new(Mutex::new(desk));
        let bell = Arc::<Bell>::default();
        let (at_desk, by_bell) = (Arc::clone(&desk), Arc::clone(&bell));
        thread::Builder::new().name("store".into()).spawn(move || serve(&at_desk, &by_bell))?;
        Ok(Self { file: file.clone(), desk, jobs, thread: Ringer(bell) })
    }

    /// Makes a change, and waits until it is kept. The change may be made more than once, with all but the last rolled back.
    pub(super) fn write<T: Send + 'static>(
        &self,
        change: impl FnMut(&mut Batch<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send {
        let asking = self.ask(change);
        async move { asking.await.await.unwrap_or_else(|_| Err(self.file.closed())) }
    }

    /// Has a change made, for the answer to be waited for or not.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        change: impl FnMut(&mut Batch<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> oneshot::Receiver<Result<T, StoreError>> {
        let (reply, answer) = oneshot::channel();
        // A desk that is closed drops the job, which closes the answer's channel.
        let _ = self.jobs.send(Box::new(Asked { change, made: None, reply })).await;
        if !(may_wait() && self.make_here()) {
            self.thread.0.ring();
        }
        answer
    }

    /// Makes what waits, on this thread; says whether nothing is left for the store's.
    fn make_here(&self) -> bool {
        match self.desk.try_lock() {
            Ok(mut desk) => desk.make_next(Patience::Never) == Next::None,
            Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => false,
        }
    }
}

/// What the store's thread does: make what waits, and sleep until it is woken.
fn serve(desk: &Mutex<Desk>, bell: &Bell) {
    loop {
        let next = match desk.lock() {
            Ok(mut desk) => desk.make_next(Patience::ForOthers),
            Err(_) => Next::Over,
        };
        match next {
            Next::Some => {}
            Next::None => bell.sleep(),
            Next::Over => return,
        }
    }
}

/// What belongs to whoever writes.
#[derive(Debug)]
struct Desk {
    connection: Connection,
    checkpoints: Checkpoints,
    file: File,
    usual: UsualTimes,
    waiting: mpsc::Receiver<Box<dyn Job>>,
    /// What was taken from those who wait, and has to wait still.
    left: Vec<Box<dyn Job>>,
}

/// Whether to wait while another process writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// For some seconds.
    ForOthers,
    /// Not at all: the changes are left to the store's thread.
    Never,
}

/// What there is to be made after a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Something.
    Some,
    /// Nothing at the moment.
    None,
    /// Nothing ever again.
    Over,
}

/// What a transaction failed of.
enum Failure {
    /// It did not begin, for another process writes.
    Busy(rusqlite::Error),
    /// One of the changes.
    Change(rusqlite::Error),
    /// Something that any change would have failed of.
    Transaction(rusqlite::Error),
}

impl Desk {
    /// Makes what has come together, as one transaction. A panic closes the desk.
    fn make_next(&mut self, patience: Patience) -> Next {
        let mut jobs = std::mem::take(&mut self.left);
        let next = loop {
            if jobs.len() >= MAX_BATCH {
                break Next::Some;
            }
            match self.waiting.try_recv() {
                Ok(job) => jobs.push(job),
                Err(TryRecvError::Empty) => break Next::None,
                Err(TryRecvError::Disconnected) => break Next::Over,
            }
        };
        if jobs.is_empty() {
            return next;
        }
        let made = catch_unwind(AssertUnwindSafe(|| self.make(jobs, patience)));
        if made.is_err() {
            self.waiting.close();
            while self.waiting.try_recv().is_ok() {}
            return Next::Over;
        }
        if self.left.is_empty() { next } else { Next::Some }
    }

    /// Makes the changes together, or each alone if one of them fails, and answers.
    fn make(&mut self, mut jobs: Vec<Box<dyn Job>>, patience: Patience) {
        let committed = match self.commit(&mut jobs, patience) {
            Err(Failure::Busy(_)) if patience == Patience::Never => {
                self.left.extend(jobs);
                return;
            }
            Err(Failure::Change(_)) if jobs.len() > 1 => {
                return jobs.into_iter().for_each(|job| self.make(vec![job], patience));
            }
            Err(Failure::Busy(error) | Failure::Change(error) | Failure::Transaction(error)) => {
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

    fn commit(&mut self, jobs: &mut [Box<dyn Job>], patience: Patience) -> Result<(), Failure> {
        let busy_timeout = match patience {
            Patience::ForOthers => BUSY_TIMEOUT,
            Patience::Never => Duration::ZERO,
        };
        self.connection.busy_timeout(busy_timeout).map_err(Failure::Transaction)?;
        // Dropped on the way out, it rolls back.
        let transaction = Transaction::begin(&self.connection).map_err(Failure::of_beginning)?;
        let mut batch = Batch { connection: &self.connection, head: None, learnt: Vec::new() };
        for job in jobs {
            job.run(&mut batch).map_err(Failure::Change)?;
        }
        let Batch { head, learnt, .. } = batch;
        if let Some(head) = head {
            audit::set_head(&self.connection, &head).map_err(Failure::Transaction)?;
        }
        transaction.commit().map_err(Failure::Transaction)?;
        self.checkpoints.committed();
        self.usual.update(learnt);
        Ok(())
    }
}

impl Failure {
    fn of_beginning(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(error),
            _ => Self::Transaction(error),
        }
    }
}

#[cfg(test)]
mod tests;
