//! The HTTP server: one file a group of paths.
//!
//! | path | file |
//! | --- | --- |
//! | `/` | here |
//! | `/healthz`, `/readyz`, `/metrics` | [`health`] |
//! | `/twilio/voice`, `/twilio/stream` | [`twilio`] |
//! | `/api/calls`, `/api/calls/{id}`, `/api/calls/{id}/events` | [`calls`], behind [`admin`] |
//! | `/api/approvals`, `/api/approvals/{id}` | [`approvals`], likewise |
//! | `/api/degradation`, `/api/backends`, `/api/tools` | [`degradation`], likewise |
//! | `/api/policies/reload` | [`policies`], likewise |
//! | `/api/audit` | [`audit`], likewise |
//!
//! Connections come in by the [`door`]. Whatever goes wrong is answered with a small JSON object: `{"error":"…"}`.

mod admin;
mod approvals;
mod audit;
mod body;
mod calls;
mod degradation;
pub(crate) mod door;
mod error;
mod health;
mod policies;
mod twilio;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::routing::get;
use prometheus_client::registry::Registry;
use switchboard_gateway::Operations;
use switchboard_realtime::ws::Secret;
use switchboard_session::Sessions;
use switchboard_store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::error::ApiError;
pub(crate) use self::twilio::Webhook;
use crate::policies::PolicyKeeper;

/// No request of ours has a larger body.
const BODY_BYTES: usize = 64 * 1024;

const HOME: &str = "\
Switchboard answers calls here.

POST /twilio/voice             TwiML for an arriving call
GET  /twilio/stream            the call's WebSocket
GET  /api/calls                live calls, as JSON
GET  /api/calls/{id}           one of them
GET  /api/calls/{id}/events    what happens on it, as server-sent events
GET  /api/approvals            tool calls that wait for a person, as JSON
POST /api/approvals/{id}       {\"decision\": \"approve\" or \"refuse\", \"by\": \"...\", \"note\": \"...\"}
GET  /api/degradation          whether optional tools are switched off
POST /api/degradation          {\"on\": true or false, \"by\": \"...\", \"reason\": \"...\"}
GET  /api/backends             how the tools' backends do
GET  /api/tools                how busy the tools are
GET  /api/audit                what was done; ?tool= call= caller= outcome= kind= since=2h limit= ...
POST /api/policies/reload      read the policies' files again, {\"by\": \"...\"}
GET  /healthz                  alive
GET  /readyz                   ready for calls
GET  /metrics                  for Prometheus
";

/// What the handlers work with.
pub(crate) struct Http {
    /// The live calls.
    pub(crate) sessions: Sessions,
    /// What operators see and do.
    pub(crate) operations: Arc<dyn Operations>,
    /// Where the audit log is.
    pub(crate) store: Arc<dyn Store>,
    /// The policies in force.
    pub(crate) policies: Arc<PolicyKeeper>,
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

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("sessions", &self.sessions)
            .field("store", &self.store)
            .field("policies", &self.policies)
            .finish_non_exhaustive()
    }
}

pub(crate) type Shared = Arc<Http>;

/// All paths.
pub(crate) fn router(http: Shared) -> Router {
    let api = calls::routes()
        .merge(approvals::routes())
        .merge(degradation::routes())
        .merge(audit::routes())
        .merge(policies::routes())
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
