//! The admin token: what `/api` asks for when one is set. Without one it answers to this machine only: a tunnel that lets
//! Twilio reach a server on loopback, or a page that a browser here has open, must not approve refunds.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HOST, HeaderValue, WWW_AUTHENTICATE};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use subtle::ConstantTimeEq as _;
use switchboard_realtime::ws::Secret;

use super::Shared;
use super::error::ApiError;

/// Lets a request pass that has `Authorization: Bearer <admin token>`; if no token is set, one that was sent to this machine by
/// its own name.
pub(super) async fn guard(State(http): State<Shared>, request: Request, next: Next) -> Response {
    match &http.admin_token {
        Some(token) if !bears(request.headers(), token) => refusal(),
        None if !names_this_machine(request.headers()) => elsewhere(),
        _ => next.run(request).await,
    }
}

/// Whether the request's `Host`, if it has one, is this machine's own name or address.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default();
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn elsewhere() -> Response {
    ApiError::forbidden(
        "without an admin token this answers to localhost only: set SWITCHBOARD_ADMIN_TOKEN, and send it as Authorization: Bearer",
    )
    .into_response()
}

/// Compares in constant time, so that the answer's delay tells nothing of the token but its length.
fn bears(headers: &HeaderMap, token: &Secret) -> bool {
    let given = headers.get(AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
    match given.split_at_checked(BEARER.len()) {
        Some((scheme, given)) if scheme.eq_ignore_ascii_case(BEARER) => {
            given.ct_eq(token.expose().as_bytes()).into()
        }
        _ => false,
    }
}

const BEARER: &[u8] = b"Bearer ";

fn refusal() -> Response {
    let error = ApiError::unauthorized(
        "send the admin token: Authorization: Bearer <SWITCHBOARD_ADMIN_TOKEN>",
    );
    ([(WWW_AUTHENTICATE, "Bearer")], error).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use switchboard_realtime::ws::Secret;

    use crate::http::testing::{Answer, get_with, server_with};

    async fn asked(header: Option<&str>) -> Answer {
        let server = server_with(|settings| {
            settings.secrets.admin_token = Some(Secret::new("s3cret"));
        })
        .await;
        let headers: Vec<_> = header.map(|value| ("authorization", value)).into_iter().collect();
        get_with(&server, "/api/calls", &headers).await
    }

    #[tokio::test]
    async fn the_token_opens_the_api() {
        assert_eq!(asked(Some("Bearer s3cret")).await.status, StatusCode::OK);
        assert_eq!(asked(Some("bearer s3cret")).await.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn without_a_token_only_this_machine_is_answered() {
        let server = server_with(|_| {}).await;
        for (host, status) in [
            ("localhost:8080", StatusCode::OK),
            ("127.0.0.1", StatusCode::OK),
            ("[::1]:8080", StatusCode::OK),
            ("voice.example.com", StatusCode::FORBIDDEN),
            ("127.0.0.1.example.com", StatusCode::FORBIDDEN),
        ] {
            let answer = get_with(&server, "/api/calls", &[("host", host)]).await;
            assert_eq!(answer.status, status, "{host}: {}", answer.body);
        }
    }

    #[tokio::test]
    async fn anything_else_is_told_what_to_send() {
        for header in [
            None,
            Some("Bearer wrong"),
            Some("Bearer s3cret2"),
            Some("Basic s3cret"),
            Some("s3cret"),
        ] {
            let answer = asked(header).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{header:?}");
            assert!(answer.body.contains("Authorization: Bearer"), "{}", answer.body);
        }
    }
}
