//! Twilio: the webhook that answers an arriving call, and the WebSocket that carries it.
//!
//! With an auth token every request must bear Twilio's signature over the URL that Twilio called. That URL is made from
//! `--public-url`; without one, from the request's `Host`, which is right as long as no proxy stands between. The stream's
//! token is needed in any case: it is made for one call, opens one stream, and soon expires.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, Form, State};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use switchboard_lines::twilio::{self, Connect, Tokens, Validator, Visit};
use switchboard_session::Line;
use url::Url;

use super::Shared;
use super::door::Place;
use super::error::ApiError;
use crate::settings::Settings;

const VOICE: &str = "/twilio/voice";
const STREAM: &str = "/twilio/stream";
const SIGNATURE: &str = "x-twilio-signature";

/// How Twilio's requests are checked and answered.
#[derive(Debug)]
pub(crate) struct Webhook {
    tokens: Arc<Tokens>,
    /// Absent without an auth token: then nothing is signed.
    validator: Option<Validator>,
    public_url: Option<Url>,
}

impl Webhook {
    pub(crate) fn new(settings: &Settings) -> Self {
        let auth_token = settings.secrets.twilio_auth_token.as_ref();
        Self {
            tokens: Arc::new(Tokens::random()),
            validator: auth_token.map(|token| Validator::new(token.expose())),
            public_url: settings.public_url.as_ref().map(|url| url.value.clone()),
        }
    }

    /// The URL of a path as Twilio knows it, in the scheme of web pages or of sockets.
    fn url(&self, headers: &HeaderMap, scheme: Scheme, path_and_query: &str) -> String {
        if let Some(public) = &self.public_url {
            let base = public.as_str().trim_end_matches('/');
            let rest = base.strip_prefix("http").expect("a public URL is one of web pages");
            return format!("{}{rest}{path_and_query}", scheme.plain());
        }
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        format!("{}://{host}{path_and_query}", scheme.plain())
    }
}

#[derive(Debug, Clone, Copy)]
enum Scheme {
    Http,
    WebSocket,
}

impl Scheme {
    const fn plain(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::WebSocket => "ws",
        }
    }
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route(VOICE, post(voice)).route(STREAM, get(stream))
}

/// Answers an arriving call with `TwiML` that connects it to [`stream`].
async fn voice(
    State(http): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, ApiError> {
    if http.sessions.is_draining() {
        return Err(ApiError::draining());
    }
    let Form(form) = form?;
    let webhook = &http.webhook;
    if let Some(validator) = &webhook.validator {
        let url = webhook.url(&headers, Scheme::Http, path_and_query(&uri));
        validator.form(&url, &form, signature(&headers)).map_err(|error| refused(&error))?;
    }
    let visit = visit(&form)?;
    let url = webhook.url(&headers, Scheme::WebSocket, STREAM);
    let twiml = Connect::new(url)
        .and_then(|connect| connect.parameter("token", webhook.tokens.issue(&visit)))
        .map_err(|error| ApiError::internal(error.to_string()))?;
    tracing::info!(call_sid = visit.call_sid, "a call arrives");
    Ok(([(CONTENT_TYPE, twilio::CONTENT_TYPE)], twiml.to_xml()).into_response())
}

/// Upgrades to the WebSocket of a call; whether it is let in is decided when its `start` frame shows the token.
async fn stream(
    State(http): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    place: Option<Extension<Place>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade?;
    if http.sessions.is_draining() {
        return Err(ApiError::draining());
    }
    let webhook = &http.webhook;
    if let Some(validator) = &webhook.validator {
        let url = webhook.url(&headers, Scheme::WebSocket, path_and_query(&uri));
        validator.upgrade(&url, signature(&headers)).map_err(|error| refused(&error))?;
    }
    let running = http.streams.token();
    let http = Arc::clone(&http);
    Ok(twilio::limits(upgrade).on_upgrade(async move |socket| {
        let _running = running;
        let tokens = Arc::clone(&http.webhook.tokens);
        // Why a stream is refused or ends is logged where it is known.
        let _ = twilio::serve(socket, &tokens, async |line| {
            // From here on it is a call.
            drop(place);
            open(&http, line).await;
        })
        .await;
    }))
}

/// Hands the line to a new session; a line nobody takes is dropped, which hangs up.
async fn open(http: &Shared, line: Line) {
    if let Err(error) = http.sessions.open(line).await {
        tracing::warn!(%error, "a call is turned away");
    }
}

fn visit(form: &[(String, String)]) -> Result<Visit, ApiError> {
    let field = |name: &str| {
        let value = form.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
        value.filter(|value| !value.is_empty())
    };
    let call_sid = field("CallSid").ok_or_else(|| {
        ApiError::bad_request("the form has no CallSid: this path is for Twilio's voice webhook")
    })?;
    Ok(Visit { call_sid, from: field("From"), to: field("To") })
}

fn signature(headers: &HeaderMap) -> Option<&str> {
    headers.get(SIGNATURE).and_then(|value| value.to_str().ok())
}

fn refused(error: &twilio::InvalidSignature) -> ApiError {
    tracing::warn!(%error, "a request that claims to be Twilio's is refused");
    ApiError::forbidden(error.to_string())
}

fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or(uri.path(), |both| both.as_str())
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use switchboard_realtime::ws::Secret;

    use super::*;
    use crate::http::testing::{Answer, get_with, post_with, server, server_with};

    const FORM: &str = "CallSid=CA1&From=%2B15550100&To=%2B15550199";
    const PUBLIC: &str = "https://voice.example.com";

    async fn signed_server() -> Shared {
        server_with(|settings| {
            settings.secrets.twilio_auth_token = Some(Secret::new("12345"));
            settings.public_url = Some(Url::parse(PUBLIC).unwrap().into());
        })
        .await
    }

    fn parameters() -> [(&'static str, &'static str); 3] {
        [("CallSid", "CA1"), ("From", "+15550100"), ("To", "+15550199")]
    }

    async fn post_signed(signature: Option<&str>) -> Answer {
        let headers: Vec<_> = signature.map(|value| (SIGNATURE, value)).into_iter().collect();
        post_with(&signed_server().await, VOICE, &headers, FORM).await
    }

    #[tokio::test]
    async fn a_call_is_connected_to_the_stream_with_a_token_made_for_it() {
        let server = server().await;
        let answer = post_with(&server, VOICE, &[("host", "127.0.0.1:8080")], FORM).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.content_type.starts_with("text/xml"), "{}", answer.content_type);
        let connect = Connect::read(&answer.body).unwrap();
        assert_eq!(connect.url(), "ws://127.0.0.1:8080/twilio/stream");
        let (name, token) = &connect.parameters()[0];
        assert_eq!(name, "token");
        let visit = server.webhook.tokens.redeem(token, "CA1").unwrap();
        assert_eq!(visit.from.as_deref(), Some("+15550100"));
    }

    #[tokio::test]
    async fn behind_a_proxy_the_stream_is_at_the_public_url() {
        let validator = Validator::new("12345");
        let signature = validator.sign(&format!("{PUBLIC}{VOICE}"), &parameters());
        let answer = post_signed(Some(&signature)).await;
        assert_eq!(answer.status, StatusCode::OK);
        let connect = Connect::read(&answer.body).unwrap();
        assert_eq!(connect.url(), "wss://voice.example.com/twilio/stream");
    }

    #[tokio::test]
    async fn an_unsigned_or_wrongly_signed_request_is_forbidden() {
        for signature in [None, Some("PGLrn08/Ba1sEIuSwPQRBPD54PA=")] {
            let answer = post_signed(signature).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
            assert!(answer.body.contains("X-Twilio-Signature"), "{}", answer.body);
        }
    }

    #[tokio::test]
    async fn a_form_without_a_call_is_refused() {
        let answer = post_with(&server().await, VOICE, &[], "From=%2B15550100").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body.contains("CallSid"), "{}", answer.body);
    }

    #[tokio::test]
    async fn a_body_without_end_is_refused() {
        let form = format!("CallSid={}", "x".repeat(128 * 1024));
        let answer = post_with(&server().await, VOICE, &[], &form).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn a_draining_server_takes_no_calls() {
        let server = server().await;
        server.sessions.drain(std::time::Duration::ZERO).await;
        let answer = post_with(&server, VOICE, &[], FORM).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn the_stream_is_for_websockets() {
        let answer = get_with(&server().await, STREAM, &[]).await;
        assert!(answer.status.is_client_error());
        assert!(answer.body.starts_with(r#"{"error":"#), "{}", answer.body);
    }
}
