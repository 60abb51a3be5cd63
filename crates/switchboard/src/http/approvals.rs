//! Tool calls that wait for a person's word, and the word.

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use switchboard_gateway::{Approval, DecideError, Verdict};

use super::Shared;
use super::body::{JsonBody, Name, Remark};
use super::error::ApiError;

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/approvals", get(list)).route("/api/approvals/{id}", post(decide))
}

/// What a person says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    decision: Verdict,
    by: Name,
    #[serde(default)]
    note: Option<Remark>,
}

async fn list(State(http): State<Shared>) -> Json<Vec<Approval>> {
    Json(http.operations.approvals())
}

async fn decide(
    State(http): State<Shared>,
    Path(id): Path<String>,
    JsonBody(Word { decision, by, note }): JsonBody<Word>,
) -> Result<Json<Approval>, ApiError> {
    let note = note.as_ref().map(Remark::as_str);
    let decided = http.operations.decide(&id, decision, by.as_str(), note).await;
    decided.map(Json).map_err(|error| match &error {
        DecideError::Unknown { .. } => ApiError::not_found(error.to_string()),
        _ => ApiError::conflict(error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::StatusCode;
    use serde_json::{Value, json};
    use switchboard_agent::{Agent, AgentId, Roster, Session, ToolExt as _, TraceId};
    use switchboard_gateway::Request;
    use switchboard_store::MemoryStore;
    use tokio_util::sync::CancellationToken;

    use crate::company::gateway;
    use crate::http::testing::{get, post_json, post_with, server, server_of};
    use crate::settings::Settings;

    const HOST: AgentId = AgentId::new("host");
    const POLICY: &str = r#"
        permit (principal, action in Action::"money:refund", resource) when { context.approved };
    "#;

    /// Pay money back.
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct PayBack {}

    async fn pay_back(_: PayBack) -> &'static str {
        "paid"
    }

    #[tokio::test]
    async fn a_person_decides_once() {
        let host = Agent::new(HOST)
            .instructions("Greet the caller.")
            .tool(pay_back.requires("money:refund"));
        let roster = Roster::new([host]).unwrap().policies("company.cedar", POLICY);
        let settings = Settings::default();
        let opened = gateway(roster, (), Arc::new(MemoryStore::new()), &settings).unwrap();
        let asked = opened.tools.answer(Request {
            agent: HOST,
            tool: "pay_back".to_owned(),
            arguments: "{}".to_owned(),
            call_id: "call_1".to_owned(),
            session: Session::detached(),
            trace_id: TraceId::new("t-1"),
            turn: 1,
            barge_in: CancellationToken::new(),
        });
        let asked = asked.await;
        assert_eq!(asked.envelope.outcome(), "approval_required");

        let server = server_of(opened, &settings).await;
        let waiting = get(&server, "/api/approvals").await.body;
        let waiting: Vec<Value> = serde_json::from_str(&waiting).unwrap();
        assert_eq!((waiting.len(), &waiting[0]["tool"]), (1, &json!("pay_back")));
        let path = format!("/api/approvals/{}", waiting[0]["id"].as_str().unwrap());
        let yes = post_json(&server, &path, &json!({ "decision": "approve", "by": "ann" })).await;
        assert_eq!(yes.status, StatusCode::OK, "{}", yes.body);
        assert!(yes.body.contains(r#""state":"approved""#), "{}", yes.body);
        let told = asked.later.unwrap().await;
        assert_eq!(told.envelope.outcome(), "ok");
        let no = post_json(&server, &path, &json!({ "decision": "refuse", "by": "bob" })).await;
        assert_eq!(no.status, StatusCode::CONFLICT);
        assert!(no.body.contains("decided already: approved"), "{}", no.body);
    }

    #[tokio::test]
    async fn nothing_waits_where_nobody_calls() {
        let answer = get(&server().await, "/api/approvals").await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "[]"));
    }

    #[tokio::test]
    async fn an_approval_nobody_asked_for_is_not_found() {
        let word = json!({ "decision": "approve", "by": "ann", "note": "she is right" });
        let answer = post_json(&server().await, "/api/approvals/approval_1", &word).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.body.contains("`approval_1`"), "{}", answer.body);
    }

    #[tokio::test]
    async fn a_word_that_cannot_be_understood_is_refused() {
        let server = server().await;
        for (word, wrong) in [
            (json!({ "decision": "yes", "by": "ann" }), "`decision`: unknown value `yes`"),
            (json!({ "decision": "approve" }), "`by` is missing"),
            (json!({ "decision": "approve", "by": "ann", "because": "" }), "`because`"),
            (json!([]), "expected"),
        ] {
            let answer = post_json(&server, "/api/approvals/approval_1", &word).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{word}");
            assert!(answer.body.contains(wrong), "{}", answer.body);
        }
    }

    #[tokio::test]
    async fn a_form_of_another_site_and_a_flood_are_refused() {
        let server = server().await;
        let path = "/api/approvals/approval_1";
        let form = post_with(&server, path, &[], "decision=approve&by=ann").await;
        assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(form.body.contains("content-type: application/json"), "{}", form.body);
        let flood = json!({ "decision": "approve", "by": "x".repeat(128 * 1024) });
        let flood = post_json(&server, path, &flood).await;
        assert_eq!(flood.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(flood.body.contains("at most 64 KiB"), "{}", flood.body);
        assert_eq!(get(&server, path).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}
