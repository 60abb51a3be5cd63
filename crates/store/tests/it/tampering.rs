//! Somebody changes the audit log behind the store's back, over a connection of their own.

use rusqlite::Connection;
use switchboard_store::{AuditEntry, AuditKind, Break, SqliteStore, Store, StoreError, Verified};

use crate::scratch::Scratch;

/// Takes away what stops mistakes.
const DROP_TRIGGERS: &str = "DROP TRIGGER switchboard_audit_is_not_changed;
    DROP TRIGGER switchboard_audit_is_not_deleted;";

fn entry(outcome: u32) -> AuditEntry {
    AuditEntry::new(AuditKind::ToolCall, "allowed", outcome.to_string())
}

/// A log of ten rows.
async fn log() -> (Scratch, SqliteStore, Connection) {
    let scratch = Scratch::new();
    let store = SqliteStore::open(&scratch.file()).await.unwrap();
    for outcome in 1..=10 {
        store.append_audit(entry(outcome)).await.unwrap();
    }
    let somebody = scratch.somebody_else();
    (scratch, store, somebody)
}

#[tokio::test]
async fn every_change_behind_its_back_shows() {
    let table = [
        (
            "UPDATE switchboard_audit SET body = replace(body, 'allowed', 'refused') WHERE seq = 4",
            4,
            Break::Changed,
        ),
        ("UPDATE switchboard_audit SET body = body || ' ' WHERE seq = 4", 4, Break::Changed),
        ("UPDATE switchboard_audit SET hash = upper(hash) WHERE seq = 4", 4, Break::Changed),
        (
            "UPDATE switchboard_audit SET hash = CAST(x'FF' AS TEXT) WHERE seq = 4",
            4,
            Break::Changed,
        ),
        ("DELETE FROM switchboard_audit WHERE seq = 4", 4, Break::Missing),
        ("DELETE FROM switchboard_audit WHERE seq = 1", 1, Break::Missing),
        ("DELETE FROM switchboard_audit WHERE seq > 7", 8, Break::Missing),
        ("DELETE FROM switchboard_audit", 1, Break::Missing),
        (
            "UPDATE switchboard_audit SET seq = -seq WHERE seq IN (3, 6);
            UPDATE switchboard_audit SET seq = 9 + seq WHERE seq < 0",
            3,
            Break::Moved,
        ),
        (
            "INSERT INTO switchboard_audit SELECT 11, body, hash FROM switchboard_audit WHERE seq = 10",
            11,
            Break::Moved,
        ),
        (
            "INSERT INTO switchboard_audit SELECT 0, body, hash FROM switchboard_audit WHERE seq = 10",
            1,
            Break::Added,
        ),
        (
            "INSERT INTO switchboard_audit SELECT -7, body, hash FROM switchboard_audit WHERE seq = 10",
            1,
            Break::Added,
        ),
        ("UPDATE switchboard_audit_head SET rows = 9", 10, Break::Added),
        ("UPDATE switchboard_audit_head SET hash = upper(hash)", 10, Break::Head),
        ("DELETE FROM switchboard_audit_head", 10, Break::NoHead),
    ];
    for (change, seq, why) in table {
        let (_scratch, store, somebody) = log().await;
        assert!(matches!(store.verify_audit().await.unwrap(), Verified::Intact { rows: 10, .. }));
        somebody.execute_batch(DROP_TRIGGERS).unwrap();
        somebody.execute_batch(change).unwrap();
        assert_eq!(store.verify_audit().await.unwrap(), Verified::Broken { seq, why }, "{change}");
    }
}

#[tokio::test]
async fn rows_cannot_be_changed_or_deleted_by_mistake() {
    let (_scratch, store, somebody) = log().await;
    for change in ["UPDATE switchboard_audit SET hash = ''", "DELETE FROM switchboard_audit"] {
        let error = somebody.execute(change, ()).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{error}");
    }
    assert!(matches!(store.verify_audit().await.unwrap(), Verified::Intact { rows: 10, .. }));
}

#[tokio::test]
async fn a_removed_end_does_not_heal_when_the_log_goes_on() {
    let (_scratch, store, somebody) = log().await;
    somebody.execute_batch(DROP_TRIGGERS).unwrap();
    somebody.execute("DELETE FROM switchboard_audit WHERE seq > 7", ()).unwrap();
    assert_eq!(store.append_audit(entry(11)).await.unwrap().seq, 11);
    let broken = Verified::Broken { seq: 8, why: Break::Missing };
    assert_eq!(store.verify_audit().await.unwrap(), broken);
}

#[tokio::test]
async fn a_log_without_its_head_takes_no_rows() {
    let (_scratch, store, somebody) = log().await;
    somebody.execute("DELETE FROM switchboard_audit_head", ()).unwrap();
    let error = store.append_audit(entry(11)).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("switchboard.db"), "{error}");
}

#[tokio::test]
async fn the_columns_cannot_say_what_the_row_does_not() {
    let (_scratch, _store, somebody) = log().await;
    somebody.execute_batch(DROP_TRIGGERS).unwrap();
    let changed = somebody.execute("UPDATE switchboard_audit SET outcome = 'ok'", ());
    assert!(changed.is_err());
}
