//! Which threads may wait for a disk.

use std::cell::Cell;

thread_local! {
    static MAY_WAIT: Cell<bool> = const { Cell::new(false) };
}

/// Says that this thread may wait for a disk: a [`SqliteStore`](crate::SqliteStore) that is asked on it writes at once, if nobody else
/// writes, rather than waking its own thread and being woken by it, which takes longer than most writing. That takes some tens of
/// microseconds, and some milliseconds when the disk is slow.
///
/// To be called at the start of threads on which work may block for so long; not on those that carry audio.
///
/// ```
/// let tools = tokio::runtime::Builder::new_multi_thread()
///     .worker_threads(1)
///     .on_thread_start(switchboard_store::may_wait_here)
///     .build()?;
/// # drop(tools);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn may_wait_here() {
    MAY_WAIT.set(true);
}

/// Whether this thread may.
pub(crate) fn may_wait() -> bool {
    MAY_WAIT.get()
}
