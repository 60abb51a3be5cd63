//! The threads that tools run on: not those that carry audio.

use std::fmt;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::AbortHandle;

use crate::refusal::Refusal;

/// How many threads tools share. One that blocks its thread delays other tools at worst, and never a call's audio.
const THREADS: usize = 2;

/// Where tools run: on a runtime of their own, started with the first call, or on one that was given.
#[derive(Default)]
pub(crate) struct ToolRuntime {
    given: Option<Handle>,
    own: OnceLock<Option<Runtime>>,
}

impl ToolRuntime {
    /// Runs tools on a runtime that somebody else keeps.
    pub(crate) fn on(handle: Handle) -> Self {
        Self { given: Some(handle), own: OnceLock::new() }
    }

    /// Where to spawn a tool.
    pub(crate) fn handle(&self) -> Result<Handle, Refusal> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let own = self.own.get_or_init(start).as_ref();
        own.map(|runtime| runtime.handle().clone()).ok_or_else(Refusal::internal)
    }
}

fn start() -> Option<Runtime> {
    let started = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("tool")
        .on_thread_start(switchboard_store::may_wait_here)
        .enable_all()
        .build();
    started
        .inspect_err(|error| tracing::error!(%error, "the threads for tools cannot be started"))
        .ok()
}

impl Drop for ToolRuntime {
    /// Leaves running tools behind without waiting: a runtime must not be waited for where other tasks run.
    fn drop(&mut self) {
        if let Some(Some(own)) = self.own.take() {
            own.shutdown_background();
        }
    }
}

/// Stops a task when nobody waits for it any more.
#[derive(Debug)]
pub(crate) struct StopWhenDropped(pub(crate) AbortHandle);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl fmt::Debug for ToolRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRuntime").field("given", &self.given.is_some()).finish_non_exhaustive()
    }
}
