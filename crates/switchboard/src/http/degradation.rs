//! What is broken, and what is switched off for it.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use switchboard_gateway::{BackendState, Degradation, ToolState};

use super::Shared;
use super::body::{JsonBody, Name, Remark};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/degradation", get(show).post(switch))
        .route("/api/backends", get(backends))
        .route("/api/tools", get(tools))
}

/// The degradation, with what comes of it.
#[derive(Debug, Serialize)]
struct Shown {
    /// Whether tools that callers can do without are switched off.
    on: bool,
    #[serde(flatten)]
    degradation: Degradation,
}

impl From<Degradation> for Shown {
    fn from(degradation: Degradation) -> Self {
        Self { on: degradation.is_on(), degradation }
    }
}

/// What an operator wants.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    on: bool,
    by: Name,
    reason: Remark,
}

async fn show(State(http): State<Shared>) -> Json<Shown> {
    Json(http.operations.degradation().into())
}

async fn switch(
    State(http): State<Shared>,
    JsonBody(Switch { on, by, reason }): JsonBody<Switch>,
) -> Json<Shown> {
    Json(http.operations.degrade(on, by.as_str(), reason.as_str()).await.into())
}

async fn backends(State(http): State<Shared>) -> Json<Vec<BackendState>> {
    Json(http.operations.backends())
}

async fn tools(State(http): State<Shared>) -> Json<Vec<ToolState>> {
    Json(http.operations.tools())
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::{Value, json};

    use crate::http::testing::{get, post_json, server};

    #[tokio::test]
    async fn an_operator_switches_it_on_and_off() {
        let server = server().await;
        let state = async || {
            let answer = get(&server, "/api/degradation").await;
            serde_json::from_str::<Value>(&answer.body).unwrap()
        };
        assert_eq!(
            state().await,
            json!({ "on": false, "on_by_operator": null, "open_backends": [] })
        );
        let on = json!({ "on": true, "by": "ann", "reason": "the ledger is slow" });
        let answer = post_json(&server, "/api/degradation", &on).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let state_now = state().await;
        assert_eq!(state_now["on"], true);
        assert_eq!(state_now["on_by_operator"]["by"], "ann");
        let off = json!({ "on": false, "by": "ann", "reason": "it is back" });
        post_json(&server, "/api/degradation", &off).await;
        assert_eq!(state().await["on"], false);
    }

    #[tokio::test]
    async fn who_and_why_are_asked_for() {
        let server = server().await;
        for (body, wrong) in [
            (json!({ "on": true, "reason": "r" }), "`by`"),
            (json!({ "on": true, "by": " ", "reason": "r" }), "`by`: a name is expected"),
            (json!({ "on": "yes", "by": "ann", "reason": "r" }), "`on`: expected true or false"),
        ] {
            let answer = post_json(&server, "/api/degradation", &body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
            assert!(answer.body.contains(wrong), "{}", answer.body);
        }
    }

    #[tokio::test]
    async fn before_the_first_call_no_backend_is_known() {
        let server = server().await;
        for path in ["/api/backends", "/api/tools"] {
            let answer = get(&server, path).await;
            assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "[]"));
        }
    }
}
