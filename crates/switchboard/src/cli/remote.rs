//! A running server, asked over HTTP.

use std::error::Error;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use switchboard_realtime::ws::Secret;
use url::Url;

/// Where a server of our own listens unless told otherwise.
pub(super) const URL: &str = "http://127.0.0.1:8080";
/// How long a request may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How much of an unexpected answer is shown, in characters.
const EXCERPT: usize = 200;

/// Why a running server did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotDone {
    #[error(
        "no server answers at {url} ({reason}): start one with `switchboard serve`, or name another with --url"
    )]
    NoServer { url: String, reason: String },
    #[error("the server at {url} did not answer")]
    NoAnswer {
        url: Url,
        #[source]
        error: reqwest::Error,
    },
    #[error("the server wants its admin token (401): set SWITCHBOARD_ADMIN_TOKEN to the server's")]
    Unauthorized,
    #[error("{reason} ({status})")]
    Refused { status: u16, reason: String },
    #[error("the answer of {url} is not one of this version of switchboard: {reason}")]
    Unreadable { url: Url, reason: String },
}

/// The `/api` of a server.
#[derive(Debug)]
pub(super) struct Api {
    server: Url,
    token: Option<Secret>,
}

impl Api {
    pub(super) const fn new(server: Url, token: Option<Secret>) -> Self {
        Self { server, token }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, NotDone> {
        self.ask(Method::GET, path, |request| request).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, NotDone> {
        self.ask(Method::POST, path, |request| request.json(body)).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        complete: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<T, NotDone> {
        let url = under(&self.server, path);
        let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build();
        let mut request = match client {
            Ok(client) => complete(client.request(method, url.clone())),
            Err(error) => return Err(NotDone::NoAnswer { url, error }),
        };
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => {
                return Err(NotDone::NoServer { url: shown(&self.server), reason: root(&error) });
            }
            Err(error) => return Err(NotDone::NoAnswer { url, error }),
        };
        let status = response.status().as_u16();
        let body = match response.text().await {
            Ok(body) => body,
            Err(error) => return Err(NotDone::NoAnswer { url, error }),
        };
        match status {
            200..=299 => serde_json::from_str(&body)
                .map_err(|error| NotDone::Unreadable { url, reason: error.to_string() }),
            401 => Err(NotDone::Unauthorized),
            status => Err(NotDone::Refused { status, reason: reason(&body) }),
        }
    }
}

/// Reads a server's URL.
pub(super) fn server(text: &str) -> Result<Url, &'static str> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or(
            "a server's URL is expected, as in http://127.0.0.1:8080 or https://voice.example.com",
        )
}

/// A server's URL as it was typed.
pub(super) fn shown(server: &Url) -> String {
    server.as_str().trim_end_matches('/').to_owned()
}

/// A path of a server, which may itself live under a path.
pub(super) fn under(server: &Url, path: &str) -> Url {
    let mut url = server.clone();
    url.set_path(&format!("{}{path}", server.path().trim_end_matches('/')));
    url
}

/// The innermost cause of an error.
pub(super) fn root(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// The sentence of one of our errors, or the beginning of whatever came instead.
pub(super) fn reason(body: &str) -> String {
    let error = serde_json::from_str::<serde_json::Value>(body).ok();
    let ours = error.as_ref().and_then(|error| error["error"].as_str());
    let text: String = ours.unwrap_or(body).trim().chars().take(EXCERPT).collect();
    if text.is_empty() { "no reason given".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_server_is_named_by_its_web_address() {
        assert!(server("http://127.0.0.1:8080").is_ok());
        for text in ["127.0.0.1:8080", "ws://127.0.0.1:8080", "localhost"] {
            assert!(server(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_server_may_live_under_a_path() {
        let at = |url: &str| under(&Url::parse(url).unwrap(), "/api/calls").to_string();
        assert_eq!(at("http://127.0.0.1:8080"), "http://127.0.0.1:8080/api/calls");
        assert_eq!(at("https://example.com/voice/"), "https://example.com/voice/api/calls");
    }

    #[test]
    fn our_errors_are_told_without_their_json() {
        assert_eq!(reason(r#"{"error":"no such token"}"#), "no such token");
        assert_eq!(reason("<html>"), "<html>");
        assert_eq!(reason(""), "no reason given");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_explained() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        drop(listener);
        let error = Api::new(url, None).get::<Value>("/api/calls").await.unwrap_err();
        assert!(error.to_string().contains("switchboard serve"), "{error}");
    }
}
