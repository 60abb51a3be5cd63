//! The thread that moves what was committed into the file.
//!
//! A commit goes into `SQLite`'s write-ahead log; now and then that has to be copied into the file, which waits for the disk. A thread
//! with a connection of its own does it, so that no call does the waiting. If it cannot keep up, the writer helps.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rusqlite::Connection;

/// After how many commits.
const EVERY: u32 = 128;

/// How long the log may be, in pages of 4 KiB, before the writer copies it itself.
pub(super) const LONGEST_LOG: u32 = 16_384;

/// A way to the thread that copies.
#[derive(Debug)]
pub(super) struct Checkpoints {
    due: SyncSender<()>,
    commits: u32,
}

impl Checkpoints {
    /// Starts the thread, with this connection.
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (due, waiting) = sync_channel(1);
        thread::Builder::new()
            .name("store-log".into())
            .spawn(move || copy(&connection, &waiting))?;
        Ok(Self { due, commits: 0 })
    }

    /// Counts a commit.
    pub(super) fn committed(&mut self) {
        self.commits += 1;
        if self.commits >= EVERY {
            self.commits = 0;
            // If it has been told and not begun, once is enough.
            let _ = self.due.try_send(());
        }
    }
}

fn copy(connection: &Connection, due: &Receiver<()>) {
    for () in due {
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(())) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the store's log was not copied into its file; it is tried again"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_is_told_after_so_many_commits_and_once() {
        let (due, waiting) = sync_channel(1);
        let mut checkpoints = Checkpoints { due, commits: 0 };
        (1..EVERY).for_each(|_| checkpoints.committed());
        assert!(waiting.try_recv().is_err());
        checkpoints.committed();
        (0..2 * EVERY).for_each(|_| checkpoints.committed());
        assert!(waiting.try_recv().is_ok() && waiting.try_recv().is_err());
    }
}
