//! The audit log's tables.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, ToSql, params_from_iter};

use super::writer::Batch;
use crate::chain::{Head, Walk};
use crate::{AuditEntry, AuditFilter, AuditRow, Verified};

/// Appends a row behind the head, which is read inside the transaction: no other process can have appended since.
pub(super) fn append(
    batch: &mut Batch<'_>,
    entry: AuditEntry,
    at: Timestamp,
) -> rusqlite::Result<AuditRow> {
    let mut end = match batch.head.take() {
        Some(head) => head,
        None => head(batch)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?,
    };
    let sealed = end.seal(entry, at);
    batch
        .prepare_cached("INSERT INTO switchboard_audit (seq, body, hash) VALUES (?1, ?2, ?3)")?
        .execute((sealed.row.seq, &sealed.body, &sealed.row.hash))?;
    batch.head = Some(end);
    Ok(sealed.row)
}

/// Where the chain ends.
fn head(connection: &Connection) -> rusqlite::Result<Option<Head>> {
    connection
        .prepare_cached("SELECT rows, hash FROM switchboard_audit_head")?
        .query_row((), |row| Ok(Head { rows: row.get(0)?, hash: row.get(1)? }))
        .optional()
}

/// Moves the end of the chain.
pub(super) fn set_head(connection: &Connection, head: &Head) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE switchboard_audit_head SET rows = ?1, hash = ?2")?
        .execute((head.rows, &head.hash))?;
    Ok(())
}

/// The rows that the filter lets through.
pub(super) fn select(
    connection: &Connection,
    filter: &AuditFilter,
) -> rusqlite::Result<Vec<AuditRow>> {
    let (query, parameters) = query(filter);
    let mut query = connection.prepare_cached(&query)?;
    let found = query.query_and_then(params_from_iter(parameters), |row| {
        let body: String = row.get(0)?;
        AuditRow::unseal(body.as_bytes(), row.get(1)?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))
    })?;
    let mut rows = found.collect::<rusqlite::Result<Vec<_>>>()?;
    if filter.after.is_none() {
        rows.reverse();
    }
    Ok(rows)
}

/// The query of a filter, and its parameters.
///
/// Of the columns that have an index, the one that tells most rows apart is looked up; the others are only compared (which the `+`
/// says), for without statistics `SQLite` might as well look up all failures ever to find those of a call. Two indexes hold the rare
/// values only, and are used where the query says by itself that it wants no other.
fn query(filter: &AuditFilter) -> (String, Vec<Box<dyn ToSql>>) {
    let kind = filter.kind.as_ref().map(ToString::to_string);
    let rare =
        |value: &Option<String>, usual: &str| value.as_ref().is_some_and(|value| value != usual);
    let indexed = [
        ("trace_id = ?", &filter.trace_id, filter.trace_id.is_some()),
        ("call = ?", &filter.call, filter.call.is_some()),
        ("caller = ?", &filter.caller, filter.caller.is_some()),
        ("kind <> 'tool_call' AND kind = ?", &kind, rare(&kind, "tool_call")),
        ("outcome <> 'ok' AND outcome = ?", &filter.outcome, rare(&filter.outcome, "ok")),
    ];
    let looked_up = indexed
        .iter()
        .find(|(_, _, usable)| *usable)
        .map(|(condition, value, _)| (*condition, *value));
    let compared = [
        ("+trace_id = ?", &filter.trace_id),
        ("+call = ?", &filter.call),
        ("+caller = ?", &filter.caller),
        ("+kind = ?", &kind),
        ("+outcome = ?", &filter.outcome),
        ("tool = ?", &filter.tool),
        ("agent = ?", &filter.agent),
        ("tenant = ?", &filter.tenant),
        ("at >= ?", &filter.since.map(as_kept)),
        ("at < ?", &filter.until.map(as_kept)),
    ];
    let mut conditions = vec!["seq > ?"];
    let after = filter.after.map_or(i64::MIN, |after| i64::try_from(after).unwrap_or(i64::MAX));
    let mut parameters: Vec<Box<dyn ToSql>> = vec![Box::new(after)];
    for (condition, value) in looked_up.into_iter().chain(compared) {
        if let Some(value) = value {
            conditions.push(condition);
            parameters.push(Box::new(value.clone()));
        }
    }
    parameters.push(Box::new(i64::try_from(filter.limit).unwrap_or(i64::MAX)));
    let conditions = conditions.join(" AND ");
    let order = if filter.after.is_some() { "ASC" } else { "DESC" };
    let query = format!(
        "SELECT body, hash FROM switchboard_audit WHERE {conditions} ORDER BY seq {order} LIMIT ?"
    );
    (query, parameters)
}

/// A bound of time as it compares with the column: rows have whole microseconds, so a bound between two of them is the later one.
fn as_kept(bound: Timestamp) -> String {
    let up = TimestampRound::new().smallest(Unit::Microsecond).mode(RoundMode::Ceil);
    format!("{:.6}", bound.round(up).unwrap_or(bound))
}

/// Walks the chain row by row, in one snapshot of the file.
pub(super) fn verify(connection: &Connection) -> rusqlite::Result<Verified> {
    let snapshot = connection.unchecked_transaction()?;
    let head = head(&snapshot)?;
    let mut walk = Walk::from(Head::empty());
    let mut query =
        snapshot.prepare_cached("SELECT seq, body, hash FROM switchboard_audit ORDER BY seq")?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        let (body, hash) = (row.get_ref(1)?.as_bytes()?, row.get_ref(2)?.as_bytes()?);
        // A number below 1 was not written here.
        let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        if let Err(broken) = walk.pass(seq, body, hash) {
            return Ok(broken);
        }
    }
    Ok(walk.end(head.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AuditKind;
    use crate::sqlite::open;

    /// How `SQLite` would go about it.
    fn plan(filter: &AuditFilter) -> String {
        let (query, parameters) = query(filter);
        let connection = open::in_memory();
        let mut query = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
        let steps = query.query_map(params_from_iter(parameters), |row| row.get(3)).unwrap();
        steps.collect::<rusqlite::Result<Vec<String>>>().unwrap().join("; ")
    }

    #[test]
    fn what_is_rare_is_looked_up_and_nothing_is_sorted() {
        let some = || Some("x".to_owned());
        let all = AuditFilter::default();
        let rare = AuditFilter { kind: Some(AuditKind::Approval), ..all.clone() };
        let table = [
            ("INDEX switchboard_audit_call ", AuditFilter { call: some(), ..all.clone() }),
            ("INDEX switchboard_audit_caller ", AuditFilter { caller: some(), ..all.clone() }),
            ("INDEX switchboard_audit_trace_id ", AuditFilter { trace_id: some(), ..all.clone() }),
            ("INDEX switchboard_audit_outcome ", AuditFilter { outcome: some(), ..all.clone() }),
            ("INDEX switchboard_audit_kind ", rare.clone()),
            ("INDEX switchboard_audit_kind ", AuditFilter { outcome: some(), ..rare.clone() }),
            ("INDEX switchboard_audit_call ", AuditFilter { call: some(), after: Some(1), ..rare }),
            ("INTEGER PRIMARY KEY", AuditFilter { kind: Some(AuditKind::ToolCall), ..all.clone() }),
            ("INTEGER PRIMARY KEY", AuditFilter { outcome: Some("ok".into()), ..all.clone() }),
            ("INTEGER PRIMARY KEY", AuditFilter { tool: some(), after: Some(7), ..all.clone() }),
            ("INTEGER PRIMARY KEY", all),
        ];
        for (way, filter) in table {
            let plan = plan(&filter);
            assert!(plan.contains(way), "{filter:?}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
        }
    }

    #[test]
    fn an_empty_log_begins_with_the_head_that_the_chain_begins_with() {
        assert_eq!(head(&open::in_memory()).unwrap(), Some(Head::empty()));
    }

    #[test]
    fn a_bound_between_two_microseconds_is_the_later_one() {
        let at = |nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap();
        assert_eq!(as_kept(at(1_000)), "1970-01-01T00:00:00.000001Z");
        assert_eq!(as_kept(at(1_001)), "1970-01-01T00:00:00.000002Z");
        assert!(as_kept(Timestamp::MAX).starts_with("9999"));
    }
}
