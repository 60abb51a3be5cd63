//! The signals that stop the server.

use std::future::Future;
use std::io;

use tokio::signal::unix::{SignalKind, signal as on};

/// The exit code of a process that was interrupted for good.
const INTERRUPTED: i32 = 130;

/// Listens for SIGINT and SIGTERM. The future ends at the first; from then on a second one ends the process at once.
pub(crate) fn signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = on(SignalKind::interrupt())?;
    let mut terminate = on(SignalKind::terminate())?;
    Ok(async move {
        let name = tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        };
        tracing::info!(signal = name, "told to stop: no new calls, running ones may end");
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            tracing::warn!("told again: stopping at once");
            std::process::exit(INTERRUPTED);
        });
    })
}
