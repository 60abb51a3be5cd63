//! For whoever looks after the process: alive, ready, and in numbers.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::text::encode;

use super::Shared;
use super::error::ApiError;

/// The text format that the metrics library writes; Prometheus reads it by its media type.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Ready until the server is told to stop: a load balancer then sends new calls elsewhere.
async fn ready(State(http): State<Shared>) -> Result<&'static str, ApiError> {
    if http.sessions.is_draining() { Err(ApiError::draining()) } else { Ok("ready\n") }
}

async fn metrics(State(http): State<Shared>) -> Result<impl IntoResponse, ApiError> {
    let mut text = String::new();
    encode(&mut text, &http.registry)
        .map_err(|error| ApiError::internal(format!("cannot write the metrics: {error}")))?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], text))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::StatusCode;

    use crate::http::testing::{get, server};

    #[tokio::test]
    async fn a_new_server_is_alive_and_ready() {
        let server = server().await;
        assert_eq!(get(&server, "/healthz").await.status, StatusCode::OK);
        assert_eq!(get(&server, "/readyz").await.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_draining_server_is_alive_and_not_ready() {
        let server = server().await;
        server.sessions.drain(Duration::ZERO).await;
        assert_eq!(get(&server, "/healthz").await.status, StatusCode::OK);
        let answer = get(&server, "/readyz").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.body.contains("stopping"), "{}", answer.body);
    }

    #[tokio::test]
    async fn the_metrics_are_prometheus_text() {
        let answer = get(&server().await, "/metrics").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.ends_with("# EOF\n"), "{}", answer.body);
        assert!(answer.body.contains("# TYPE"), "{}", answer.body);
    }
}
