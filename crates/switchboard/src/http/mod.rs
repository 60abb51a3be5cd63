//! The HTTP server: one file a group of paths.
//!
//! | path | file |
//! | --- | --- |
//! | `/` | here |
//! | `/healthz`, `/readyz`, `/metrics` | [`health`] |
//! | `/twilio/voice`, `/twilio/stream` | [`twilio`] |
//! | `/api/calls`, `/api/calls/{id}`, `/api/calls/{id}/events` | [`calls`], behind [`admin`] |
//!
//! Connections come in by the [`door`]. Whatever goes wrong is answered with a small JSON object: `{"error":"…"}`.

mod admin;
mod calls;
pub(crate) mod door;
mod error;
mod health;
mod twilio;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::routing::get;
use prometheus_client::registry::Registry;
use switchboard_realtime::ws::Secret;
use switchboard_session::Sessions;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::error::ApiError;
pub(crate) use self::twilio::Webhook;

/// No request of ours has a larger body.
const BODY_BYTES: usize = 64 * 1024;

const HOME: &str = "\
Switchboard answers calls here.

POST /twilio/voice             TwiML for an arriving call
GET  /twilio/stream            the call's WebSocket
GET  /api/calls                live calls, as JSON
GET  /api/calls/{id}           one of them
GET  /api/calls/{id}/events    what happens on it, as server-sent events
GET  /healthz                  alive
GET  /readyz                   ready for calls
GET  /metrics                  for Prometheus
";

/// What the handlers work with.
#[derive(Debug)]
pub(crate) struct Http {
    /// The live calls.
    pub(crate) sessions: Sessions,
    /// What `/metrics` shows.
    pub(crate) registry: Registry,
    /// What `/api` asks for.
    pub(crate) admin_token: Option<Secret>,
    /// How Twilio's requests are checked and answered.
    pub(crate) webhook: Webhook,
    /// The tasks of upgraded sockets, which outlive their requests.
    pub(crate) streams: TaskTracker,
    /// Ends responses that would go on for as long as a call does.
    pub(crate) stopping: CancellationToken,
}

pub(crate) type Shared = Arc<Http>;

/// All paths.
pub(crate) fn router(http: Shared) -> Router {
    let api = calls::routes()
        .route_layer(axum::middleware::from_fn_with_state(Arc::clone(&http), admin::guard));
    Router::new()
        .route("/", get(async || HOME))
        .merge(health::routes())
        .merge(twilio::routes())
        .merge(api)
        .method_not_allowed_fallback(wrong_method)
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(http)
}

async fn not_found(uri: Uri) -> ApiError {
    ApiError::not_found(format!("nothing is at {}; GET / lists what there is", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    ApiError::wrong_method(format!("{method} is not for {}; GET / lists what there is", uri.path()))
}

#[cfg(test)]
mod testing;
