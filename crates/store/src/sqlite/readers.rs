//! The connections that read.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::file::{Creation, File};
use crate::StoreError;

/// How many read at once.
const MAX_READERS: usize = 4;

/// A few connections that read, each on a thread where blocking is allowed; opened when they are needed.
#[derive(Debug)]
pub(super) struct Readers {
    file: File,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    /// Readers of this file.
    pub(super) fn new(file: File) -> Self {
        Self { file, turns: Arc::new(Semaphore::new(MAX_READERS)), idle: Arc::default() }
    }

    /// Asks the file something.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.expect("nobody closes the semaphore");
        let (file, idle) = (self.file.clone(), Arc::clone(&self.idle));
        let reading = tokio::task::spawn_blocking(move || {
            // Given back when the reading is over, even if nobody waits for it any more.
            let _turn = turn;
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = kept.map_or_else(|| connect(&file), Ok)?;
            let found = query(&connection)?;
            // After an error the connection goes: the next reader has a fresh one.
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(found)
        });
        match reading.await {
            Ok(found) => found.map_err(|error| self.file.explain(error)),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime is shutting down.
            Err(_) => Err(self.file.closed()),
        }
    }
}

fn connect(file: &File) -> rusqlite::Result<Connection> {
    let connection = file.connect(Creation::Forbidden)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}
