//! The audit log.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use switchboard_store::{AuditEntry, AuditFilter, AuditKind, AuditRow, Store, Verified};

use super::{Engine, MANY, Time, Trial, at_once};

const ALL: usize = usize::MAX;

fn entry(outcome: &str) -> AuditEntry {
    AuditEntry::new(AuditKind::ToolCall, "allowed", outcome)
}

fn outcomes(rows: &[AuditRow]) -> Vec<&str> {
    rows.iter().map(|row| row.entry.outcome.as_str()).collect()
}

async fn append(store: &Arc<dyn Store>, count: usize) -> Vec<AuditRow> {
    let mut rows = Vec::new();
    for number in 0..count {
        rows.push(store.append_audit(entry(&number.to_string())).await.unwrap());
    }
    rows
}

pub(crate) async fn rows_are_numbered_dated_and_chained<E: Engine>(trial: Trial<E>) {
    let first = trial.store.append_audit(entry("a")).await.unwrap();
    trial.time.advance(Duration::from_micros(1_500_001));
    let second = trial.store.append_audit(entry("b")).await.unwrap();
    assert_eq!((first.seq, second.seq), (1, 2));
    assert_eq!(first.at, Time::START);
    assert_eq!(second.at.to_string(), "2027-01-15T08:00:01.500001Z");
    assert_ne!(first.hash, second.hash);
    let verified = trial.store.verify_audit().await.unwrap();
    assert_eq!(verified, Verified::Intact { rows: 2, head: second.hash });
}

pub(crate) async fn a_row_comes_back_as_it_was_appended<E: Engine>(trial: Trial<E>) {
    let odd = "Zoë's \"quotes\", \u{0} a nul, \n a line, \u{1F4DE} and \\";
    let full = AuditEntry {
        kind: AuditKind::Other("moon_landing".into()),
        call: Some("call-1".into()),
        caller: Some("+15550100".into()),
        tenant: Some(String::new()),
        agent: Some("billing".into()),
        tool: Some("make_payment".into()),
        call_id: Some("call_abc".into()),
        trace_id: Some("7hqm-2xkd-9wtb".into()),
        arguments: Some(
            json!({ "card": "[secret]", "deep": [{ "b": 1, "a": [null, true, -1.5] }], odd: odd }),
        ),
        decision: odd.into(),
        outcome: "ok".into(),
        took: Some(Duration::new(8, 123_456_789)),
        by: Some(odd.into()),
        detail: Some("x".repeat(20_000)),
    };
    let appended = [
        trial.store.append_audit(full.clone()).await.unwrap(),
        trial.store.append_audit(entry("ok")).await.unwrap(),
    ];
    let kept = AuditEntry { took: Some(Duration::from_micros(8_123_456)), ..full };
    assert_eq!(appended[0].entry, kept);
    assert_eq!(appended[1].entry, entry("ok"));
    assert_eq!(trial.store.audit(AuditFilter::default()).await.unwrap(), appended);
}

pub(crate) async fn a_hash_is_what_anybody_can_compute<E: Engine>(trial: Trial<E>) {
    let row = trial.store.append_audit(entry("ok")).await.unwrap();
    let body = r#"{"at":"2027-01-15T08:00:00.000000Z","decision":"allowed","kind":"tool_call","outcome":"ok","seq":1}"#;
    let previous = "0".repeat(64);
    assert_eq!(row.hash, format!("{:x}", Sha256::digest(previous + body)));
    let next = trial.store.append_audit(entry("ok")).await.unwrap();
    let body = body.replace(r#""seq":1"#, r#""seq":2"#);
    assert_eq!(next.hash, format!("{:x}", Sha256::digest(row.hash + &body)));
}

pub(crate) async fn an_empty_log_is_intact<E: Engine>(trial: Trial<E>) {
    assert_eq!(trial.store.audit(AuditFilter::default()).await.unwrap(), []);
    let verified = trial.store.verify_audit().await.unwrap();
    assert_eq!(verified, Verified::Intact { rows: 0, head: "0".repeat(64) });
}

pub(crate) async fn a_filter_lets_through_what_has_all_that_it_names<E: Engine>(trial: Trial<E>) {
    for number in 0..64_u32 {
        let named = |bit: u32| Some(format!("{}{}", bit, (number >> bit) & 1));
        let kind = if number % 4 == 3 { AuditKind::Approval } else { AuditKind::ToolCall };
        let mut row = AuditEntry::new(kind, "allowed", named(5).unwrap());
        (row.call, row.caller, row.tenant) = (named(0), named(1), named(2));
        (row.agent, row.tool) = (named(3), named(4));
        row.trace_id = Some(number.to_string());
        trial.store.append_audit(row).await.unwrap();
    }
    let word = |word: &str| Some(word.to_owned());
    let all = || AuditFilter { limit: ALL, ..AuditFilter::default() };
    let table = [
        (all(), 64),
        (AuditFilter { call: word("00"), ..all() }, 32),
        (AuditFilter { caller: word("11"), ..all() }, 32),
        (AuditFilter { tenant: word("20"), ..all() }, 32),
        (AuditFilter { agent: word("31"), ..all() }, 32),
        (AuditFilter { tool: word("40"), ..all() }, 32),
        (AuditFilter { outcome: word("51"), ..all() }, 32),
        (AuditFilter { trace_id: word("17"), ..all() }, 1),
        (AuditFilter { kind: Some(AuditKind::Approval), ..all() }, 16),
        (AuditFilter { kind: Some(AuditKind::Other("approval".into())), ..all() }, 16),
        (
            AuditFilter {
                call: word("01"),
                caller: word("11"),
                kind: Some(AuditKind::Approval),
                ..all()
            },
            16,
        ),
        (AuditFilter { call: word("00"), kind: Some(AuditKind::Approval), ..all() }, 0),
        (
            AuditFilter {
                call: word("01"),
                agent: word("30"),
                tool: word("41"),
                outcome: word("50"),
                ..all()
            },
            4,
        ),
        (AuditFilter { call: word("nobody's"), ..all() }, 0),
        (AuditFilter { call: word("' OR 1=1 --"), ..all() }, 0),
    ];
    for (filter, expected) in table {
        let found = trial.store.audit(filter.clone()).await.unwrap();
        assert_eq!(found.len(), expected, "{filter:?}");
        assert!(found.is_sorted_by_key(|row| row.seq), "{filter:?}");
    }
}

pub(crate) async fn a_span_of_time_has_its_first_moment_and_not_its_last<E: Engine>(
    trial: Trial<E>,
) {
    for _ in 0..5 {
        append(&trial.store, 1).await;
        trial.time.advance(Duration::from_secs(1));
    }
    let after = |nanoseconds: u64| Some(Time::START + Duration::from_nanos(nanoseconds));
    let filter = |since, until| AuditFilter { since, until, ..AuditFilter::default() };
    let table = [
        (filter(after(1_000_000_000), after(3_000_000_000)), vec![2, 3]),
        (filter(after(1_000_000_001), None), vec![3, 4, 5]),
        (filter(None, after(1_000_000_001)), vec![1, 2]),
        (filter(None, after(1_000_000_000)), vec![1]),
        (filter(after(9_000_000_000), None), vec![]),
    ];
    for (filter, expected) in table {
        let found = trial.store.audit(filter.clone()).await.unwrap();
        let found: Vec<_> = found.iter().map(|row| row.seq).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

pub(crate) async fn the_newest_rows_come_oldest_first<E: Engine>(trial: Trial<E>) {
    append(&trial.store, 150).await;
    let found = trial.store.audit(AuditFilter::default()).await.unwrap();
    assert_eq!((found.len(), found[0].seq, found[99].seq), (100, 51, 150));
    let three = AuditFilter { limit: 3, ..AuditFilter::default() };
    assert_eq!(outcomes(&trial.store.audit(three).await.unwrap()), ["147", "148", "149"]);
    let none = AuditFilter { limit: 0, ..AuditFilter::default() };
    assert_eq!(trial.store.audit(none).await.unwrap(), []);
}

pub(crate) async fn the_log_can_be_read_page_by_page<E: Engine>(trial: Trial<E>) {
    let appended = append(&trial.store, 25).await;
    let mut read: Vec<AuditRow> = Vec::new();
    loop {
        let after = Some(read.last().map_or(0, |row| row.seq));
        let page = AuditFilter { after, limit: 10, ..AuditFilter::default() };
        let page = trial.store.audit(page).await.unwrap();
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    assert_eq!(read, appended);
    let beyond = AuditFilter { after: Some(u64::MAX), ..AuditFilter::default() };
    assert_eq!(trial.store.audit(beyond).await.unwrap(), []);
}

pub(crate) async fn many_at_once_make_one_chain<E: Engine>(trial: Trial<E>) {
    let rounds = at_once(|_| {
        let store = Arc::clone(&trial.store);
        async move { append(&store, 10).await }
    })
    .await;
    let mut appended: Vec<_> = rounds.into_iter().flatten().collect();
    appended.sort_by_key(|row| row.seq);
    let all = AuditFilter { limit: ALL, ..AuditFilter::default() };
    assert_eq!(trial.store.audit(all).await.unwrap(), appended);
    let rows = u64::try_from(MANY * 10).unwrap();
    let head = appended.last().unwrap().hash.clone();
    assert_eq!(trial.store.verify_audit().await.unwrap(), Verified::Intact { rows, head });
}
