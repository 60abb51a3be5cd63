//! Opening a file: new ones, shared ones, wrong ones.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use switchboard_store::{AuditEntry, AuditKind, OpenError, SqliteStore, Store};

use crate::scratch::Scratch;

async fn refused(path: &Path) -> (OpenError, String) {
    let error = SqliteStore::open(path).await.unwrap_err();
    let text = error.to_string();
    (error, text)
}

#[test]
fn starts_at_the_same_moment_make_the_tables_once() {
    let scratch = Scratch::new();
    std::thread::scope(|scope| {
        let start = || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let store = SqliteStore::open(&scratch.file()).await.unwrap();
                store.append_audit(AuditEntry::new(AuditKind::ToolCall, "", "")).await.unwrap();
            });
        };
        for _ in 0..8 {
            scope.spawn(start);
        }
    });
    let count = |table: &str| -> u32 {
        let query = format!("SELECT count(*) FROM {table}");
        scratch.somebody_else().query_row(&query, (), |row| row.get(0)).unwrap()
    };
    assert_eq!((count("switchboard_migrations"), count("switchboard_audit")), (1, 8));
}

#[tokio::test]
async fn a_file_may_hold_other_tables_too() {
    let scratch = Scratch::new();
    let other = scratch.somebody_else();
    other.execute_batch("PRAGMA user_version = 7; CREATE TABLE invoices (id INTEGER)").unwrap();
    drop(SqliteStore::open(&scratch.file()).await.unwrap());
    let version: u32 = other.query_row("PRAGMA user_version", (), |row| row.get(0)).unwrap();
    assert_eq!(version, 7);
    other.execute("INSERT INTO invoices VALUES (1)", ()).unwrap();
}

#[tokio::test]
async fn a_missing_directory_is_named() {
    let scratch = Scratch::new();
    let (error, text) = refused(&scratch.directory().join("not/there/switchboard.db")).await;
    assert!(matches!(error, OpenError::NoDirectory { .. }), "{text}");
    assert!(text.contains("not/there/switchboard.db") && text.contains("create it"), "{text}");
}

#[tokio::test]
async fn a_directory_is_not_a_file() {
    let scratch = Scratch::new();
    let (error, text) = refused(scratch.directory()).await;
    assert!(matches!(error, OpenError::Directory { .. }), "{text}");
}

#[tokio::test]
async fn a_path_of_nothing_is_refused() {
    let (error, text) = refused(Path::new("")).await;
    assert!(matches!(error, OpenError::NoName { .. }), "{text}");
}

#[tokio::test]
async fn a_letter_is_not_a_database() {
    let scratch = Scratch::new();
    fs::write(scratch.file(), "Dear Switchboard, please find attached. ".repeat(40)).unwrap();
    let (error, text) = refused(&scratch.file()).await;
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{text}");
    assert!(text.contains("switchboard.db"), "{text}");
}

#[tokio::test]
async fn a_newer_store_is_refused_rather_than_misread() {
    let scratch = Scratch::new();
    drop(SqliteStore::open(&scratch.file()).await.unwrap());
    let newer = "INSERT INTO switchboard_migrations (version) VALUES (99)";
    scratch.somebody_else().execute(newer, ()).unwrap();
    let (error, text) = refused(&scratch.file()).await;
    assert!(matches!(error, OpenError::Newer { found: 99, known: 1, .. }), "{text}");
    assert!(text.contains("use the program that wrote it"), "{text}");
}

#[tokio::test]
async fn a_damaged_file_is_called_damaged() {
    let scratch = Scratch::new();
    let other = scratch.somebody_else();
    other.execute_batch("CREATE TABLE invoices (id INTEGER)").unwrap();
    drop(other);
    let mut bytes = fs::read(scratch.file()).unwrap();
    // The schema's first page, after the file's header.
    bytes[100..4_000].fill(0xA5);
    fs::write(scratch.file(), bytes).unwrap();
    let (error, text) = refused(&scratch.file()).await;
    assert!(matches!(error, OpenError::Damaged { .. }), "{text}");
}

#[tokio::test]
async fn a_name_that_means_memory_elsewhere_is_a_file_here() {
    let scratch = Scratch::new();
    let path = scratch.directory().join(":memory:");
    drop(SqliteStore::open(&path).await.unwrap());
    assert!(Connection::open(fs::canonicalize(path).unwrap()).is_ok());
}
