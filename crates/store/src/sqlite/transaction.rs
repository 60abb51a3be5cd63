//! A transaction of the connection that writes.

use rusqlite::Connection;

/// A transaction that may write from its beginning on; rolled back when it is dropped uncommitted. Its statements are prepared once:
/// parsing them each time takes as long as a small change.
#[derive(Debug)]
pub(super) struct Transaction<'a>(&'a Connection);

impl<'a> Transaction<'a> {
    /// Begins one. Fails at once, or after the connection's busy timeout, when another process writes.
    pub(super) fn begin(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        Ok(Self(connection))
    }

    /// Keeps what was changed.
    pub(super) fn commit(self) -> rusqlite::Result<()> {
        self.0.prepare_cached("COMMIT")?.execute(()).map(drop)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.0.is_autocommit() {
            return;
        }
        if let Err(error) = self.0.execute_batch("ROLLBACK") {
            tracing::error!(%error, "a transaction of the store could not be rolled back");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_committed_is_rolled_back() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
        let insert = || connection.execute("INSERT INTO t VALUES (1)", ()).unwrap();
        let transaction = Transaction::begin(&connection).unwrap();
        insert();
        drop(transaction);
        let transaction = Transaction::begin(&connection).unwrap();
        insert();
        transaction.commit().unwrap();
        let count = connection.query_row("SELECT count(*) FROM t", (), |row| row.get::<_, u32>(0));
        assert_eq!(count.unwrap(), 1);
    }
}
