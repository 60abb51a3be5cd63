//! A server without a socket, for the tests of the paths.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;

use super::Shared;
use crate::company::Opened;
use crate::settings::Settings;
use crate::testing::{nowhere, opened};

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: String,
    pub(super) body: String,
}

/// A server with default settings, on which nobody calls.
pub(super) async fn server() -> Shared {
    server_with(|_| ()).await
}

pub(super) async fn server_with(change: impl FnOnce(&mut Settings)) -> Shared {
    let mut settings = Settings::default();
    change(&mut settings);
    let opened = opened(|ours| *ours = settings.clone());
    server_of(opened, &settings).await
}

/// A server for these tools.
pub(super) async fn server_of(opened: Opened, settings: &Settings) -> Shared {
    Arc::new(crate::server::http(opened, nowhere(), settings).await.unwrap())
}

pub(super) async fn get(server: &Shared, path: &str) -> Answer {
    get_with(server, path, &[]).await
}

pub(super) async fn get_with(server: &Shared, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(server, Method::GET, path, headers, String::new()).await
}

pub(super) async fn post_with(
    server: &Shared,
    path: &str,
    headers: &[(&str, &str)],
    form: &str,
) -> Answer {
    let mut headers = headers.to_vec();
    headers.push((CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded"));
    ask(server, Method::POST, path, &headers, form.to_owned()).await
}

pub(super) async fn post_json(server: &Shared, path: &str, body: &Value) -> Answer {
    let headers = [(CONTENT_TYPE.as_str(), "application/json")];
    ask(server, Method::POST, path, &headers, body.to_string()).await
}

async fn ask(
    server: &Shared,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body)).unwrap();
    let response = super::router(Arc::clone(server)).oneshot(request).await.unwrap();
    let status = response.status();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let content_type = header(CONTENT_TYPE).unwrap_or_default().to_owned();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, content_type, body: String::from_utf8(body.to_vec()).unwrap() }
}

#[tokio::test]
async fn the_first_page_lists_the_paths() {
    let answer = get(&server().await, "/").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("/api/calls/{id}/events"));
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_are_told_apart() {
    let answer = get(&server().await, "/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("nothing is at /nowhere"), "{}", answer.body);
    let answer = get(&server().await, "/twilio/voice").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.body.contains("GET is not for /twilio/voice"), "{}", answer.body);
}
