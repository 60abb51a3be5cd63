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
/// Of the columns asked for, the one that tells most rows apart is looked up; the others are only compared (which the `+` says),
/// for without statistics `SQLite` might as well look up all of a tool's rows to find those of a call.
fn query(filter: &AuditFilter) -> (String, Vec<Box<dyn ToSql>>) {
    let mut conditions: Vec<String> = Vec::new();
    let mut parameters: Vec<Box<dyn ToSql>> = Vec::new();
    let mut add = |column: &str, comparison: &str, value: Box<dyn ToSql>| {
        let compared_only = if conditions.is_empty() || column == "seq" { "" } else { "+" };
        conditions.push(format!("{compared_only}{column} {comparison} ?"));
        parameters.push(value);
    };
    let kind = filter.kind.as_ref().map(ToString::to_string);
    let equal = [
        ("trace_id", &filter.trace_id),
        ("call", &filter.call),
        ("caller", &filter.caller),
        ("tool", &filter.tool),
        ("outcome", &filter.outcome),
        ("agent", &filter.agent),
        ("kind", &kind),
        ("tenant", &filter.tenant),
    ];
    for (column, value) in equal {
        if let Some(value) = value {
            add(column, "=", Box::new(value.clone()));
        }
    }
    if let Some(since) = filter.since {
        add("at", ">=", Box::new(as_kept(since)));
    }
    if let Some(until) = filter.until {
        add("at", "<", Box::new(as_kept(until)));
    }
    if let Some(after) = filter.after {
        add("seq", ">", Box::new(i64::try_from(after).unwrap_or(i64::MAX)));
    }
    let conditions = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") };
    let order = if filter.after.is_some() { "ASC" } else { "DESC" };
    parameters.push(Box::new(i64::try_from(filter.limit).unwrap_or(i64::MAX)));
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
    fn each_filter_is_looked_up_in_its_index_and_nothing_is_sorted() {
        let some = || Some("x".to_owned());
        let all = AuditFilter::default();
        let table = [
            ("call", AuditFilter { call: some(), ..all.clone() }),
            ("caller", AuditFilter { caller: some(), ..all.clone() }),
            ("tenant", AuditFilter { tenant: some(), ..all.clone() }),
            ("agent", AuditFilter { agent: some(), ..all.clone() }),
            ("tool", AuditFilter { tool: some(), ..all.clone() }),
            ("trace_id", AuditFilter { trace_id: some(), ..all.clone() }),
            ("outcome", AuditFilter { outcome: some(), ..all.clone() }),
            ("kind", AuditFilter { kind: Some(crate::AuditKind::Approval), ..all.clone() }),
            ("call", AuditFilter { tool: some(), call: some(), outcome: some(), ..all.clone() }),
            ("tool", AuditFilter { tool: some(), since: Some(Timestamp::UNIX_EPOCH), ..all }),
        ];
        for (column, filter) in table {
            let plan = plan(&filter);
            assert!(plan.contains(&format!("USING INDEX switchboard_audit_{column} ")), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[test]
    fn going_on_behind_a_row_starts_there() {
        let filter = AuditFilter { after: Some(7), ..AuditFilter::default() };
        assert!(plan(&filter).contains("USING INTEGER PRIMARY KEY (rowid>?)"), "{}", plan(&filter));
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
