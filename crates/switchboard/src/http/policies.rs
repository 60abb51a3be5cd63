//! The policies, read again on demand.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::Shared;
use super::body::{JsonBody, Name};
use super::error::ApiError;
use crate::cli::with_causes;
use crate::policies::NotReloaded;

/// Who reloads when nobody says so.
const SOMEBODY: &str = "the API";

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/api/policies/reload", post(reload))
}

/// Who wants it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reload {
    #[serde(default)]
    by: Option<Name>,
}

/// What is in force now.
#[derive(Debug, Serialize)]
struct InForce {
    /// The digest of the policies, as the audit log has it.
    digest: String,
}

async fn reload(
    State(http): State<Shared>,
    JsonBody(Reload { by }): JsonBody<Reload>,
) -> Result<Json<InForce>, ApiError> {
    let by = by.as_ref().map_or(SOMEBODY, Name::as_str);
    match http.policies.reload(by).await {
        Ok(digest) => Ok(Json(InForce { digest })),
        Err(error @ NotReloaded::BuiltIn) => Err(ApiError::conflict(error.to_string())),
        Err(error @ NotReloaded::Unusable(_)) => Err(ApiError::unprocessable(with_causes(&error))),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use crate::http::testing::{post_json, server, server_with};
    use crate::testing::Scratch;

    const PATH: &str = "/api/policies/reload";

    #[tokio::test]
    async fn a_reload_answers_with_what_is_in_force() {
        let scratch = Scratch::new();
        let file = scratch.write("a.cedar", "permit (principal, action, resource);");
        let server = server_with(|settings| settings.policies = vec![file].into()).await;
        let answer = post_json(&server, PATH, &json!({ "by": "ann" })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert!(answer.body.starts_with(r#"{"digest":""#), "{}", answer.body);

        scratch.write("a.cedar", "permit (principal");
        let answer = post_json(&server, PATH, &json!({})).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("a.cedar:1"), "{}", answer.body);
        assert!(answer.body.contains("those in force stay"), "{}", answer.body);
    }

    #[tokio::test]
    async fn without_files_there_is_nothing_to_reload() {
        let answer = post_json(&server().await, PATH, &json!({})).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.body.contains("--policies"), "{}", answer.body);
    }
}
