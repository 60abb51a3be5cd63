//! The store behind a database URL.

use std::sync::Arc;

use switchboard_store::{MemoryStore, OpenError, SqliteStore, Store};

use crate::settings::{DatabaseUrl, Setting};

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// `PostgreSQL` is not supported by this version.
    #[error(
        "this version keeps its data in SQLite, not at {place}: use sqlite://FILE, such as sqlite://switchboard.db"
    )]
    Postgres {
        /// The URL, without its password, and where it came from.
        place: String,
    },
    /// The file cannot be opened.
    #[error("cannot open the database {place}")]
    Sqlite {
        /// The URL, and where it came from.
        place: String,
        /// What is wrong, and what to do.
        #[source]
        error: Box<OpenError>,
    },
}

/// Opens the store, and makes it where there is none.
pub(crate) async fn open(database: &Setting<DatabaseUrl>) -> Result<Arc<dyn Store>, DatabaseError> {
    let place = || format!("{} ({})", database.value, database.source);
    match &database.value {
        DatabaseUrl::Sqlite(path) => match SqliteStore::open(path).await {
            Ok(store) => Ok(Arc::new(store)),
            Err(error) => Err(DatabaseError::Sqlite { place: place(), error: Box::new(error) }),
        },
        DatabaseUrl::Memory => Ok(Arc::new(MemoryStore::new())),
        DatabaseUrl::Postgres(_) => Err(DatabaseError::Postgres { place: place() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::with_causes;
    use crate::testing::Scratch;

    async fn opened(url: &str) -> Result<Arc<dyn Store>, String> {
        let url: DatabaseUrl = url.parse().unwrap();
        open(&url.into()).await.map_err(|error| with_causes(&error))
    }

    #[tokio::test]
    async fn a_file_is_made_where_there_is_none() {
        let scratch = Scratch::new();
        let file = scratch.path().join("calls.db");
        opened(&format!("sqlite://{}", file.display())).await.unwrap();
        assert!(file.exists());
        opened("memory:").await.unwrap();
    }

    #[tokio::test]
    async fn what_cannot_be_opened_is_told_with_what_to_do() {
        let nowhere = opened("sqlite:///nowhere/calls.db").await.unwrap_err();
        assert!(nowhere.contains("the default") && nowhere.contains("create it"), "{nowhere}");
        let postgres = opened("postgres://me:hunter2@db.example.com/calls").await.unwrap_err();
        assert!(postgres.contains("use sqlite://FILE"), "{postgres}");
        assert!(!postgres.contains("hunter2"), "{postgres}");
    }
}
