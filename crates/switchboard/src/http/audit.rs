//! The audit log, row by row.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use switchboard_store::AuditRow;

use super::Shared;
use super::error::ApiError;
use crate::audit::WantedRows;
use crate::cli::with_causes;

/// No answer has more rows.
const MOST: usize = 10_000;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/audit", get(list))
}

/// The rows that the query names, oldest first.
async fn list(
    State(http): State<Shared>,
    query: Result<Query<WantedRows>, QueryRejection>,
) -> Result<Json<Vec<AuditRow>>, ApiError> {
    let Query(wanted) = query.map_err(|error| unusable(&error))?;
    if wanted.limit.is_some_and(|limit| limit > MOST) {
        return Err(ApiError::bad_request(format!(
            "`limit` must be from 1 to {MOST}; go on with after=<the last row's seq>"
        )));
    }
    let filter = wanted.filter(Timestamp::now());
    let filter = filter.map_err(|error| ApiError::bad_request(error.to_string()))?;
    let rows = http.store.audit(filter).await;
    rows.map(Json).map_err(|error| {
        tracing::error!(error = with_causes(&error), "the audit log cannot be read");
        ApiError::internal("the audit log cannot be read; the server's log says why")
    })
}

/// What is wrong with a query: the library's words, without its own preface.
fn unusable(rejection: &QueryRejection) -> ApiError {
    let text = rejection.body_text();
    let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason);
    ApiError::bad_request(format!("the query cannot be used: {reason}"))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::Value;
    use switchboard_store::{AuditEntry, AuditKind};

    use crate::http::testing::{get, server};

    #[tokio::test]
    async fn rows_are_found_by_what_they_have() {
        let server = server().await;
        for tool in ["pay", "book", "pay"] {
            let mut entry = AuditEntry::new(AuditKind::ToolCall, "allowed", "ok");
            entry.tool = Some(tool.to_owned());
            server.store.append_audit(entry).await.unwrap();
        }
        let sequences = async |path: &str| {
            let answer = get(&server, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            let rows: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
            rows.iter().map(|row| row["seq"].as_u64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(sequences("/api/audit").await, [1, 2, 3]);
        assert_eq!(sequences("/api/audit?tool=pay&since=1h").await, [1, 3]);
        assert_eq!(sequences("/api/audit?kind=tool_call&limit=1").await, [3]);
        assert_eq!(sequences("/api/audit?after=1&limit=1").await, [2]);
        assert!(sequences("/api/audit?until=2000-01-01T00:00:00Z").await.is_empty());
    }

    #[tokio::test]
    async fn a_query_that_cannot_be_meant_is_refused() {
        let server = server().await;
        for (query, wrong) in [
            ("tol=pay", "the query cannot be used: tol: unknown field `tol`"),
            ("since=yesterday", "how long ago"),
            ("limit=0", "limit: a whole number from 1 up is expected"),
            ("limit=many", "limit: a whole number from 1 up is expected"),
            ("limit=10001", "from 1 to 10000"),
            ("after=-1", "after: the number of a row is expected"),
            ("kind=foo", "kind: there is no such kind of row; known are tool_call"),
            ("kind=degredation", "did you mean `degradation`?"),
            ("since=1h&until=2h", "must be the earlier"),
        ] {
            let answer = get(&server, &format!("/api/audit?{query}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
            assert!(answer.body.contains(wrong), "{}", answer.body);
        }
    }
}
