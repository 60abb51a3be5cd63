//! Why a connection did not come about, in words that a person can act on.

use std::io;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::close::cut;
use super::endpoint::Endpoint;

/// How much of a server's own explanation is passed on.
const LONGEST_DETAIL: usize = 300;

/// Why a connection did not come about. No message holds the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL cannot be dialled.
    #[error("`{place}` cannot be dialled: {reason}")]
    InvalidUrl {
        /// The URL without its query.
        place: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The key cannot be sent.
    #[error(
        "the key for {place} has a character that no HTTP header can carry; perhaps a line break at its end"
    )]
    InvalidKey {
        /// The URL without its query.
        place: String,
    },
    /// The system has no certificates to check the server's by.
    #[error(
        "no certificates to check the server's by: install the system's `ca-certificates`, or name a file in SSL_CERT_FILE"
    )]
    NoCertificates,
    /// Nobody is there, or nobody can be found.
    #[error("cannot reach {place}: check the URL and the network")]
    Unreachable {
        /// The URL without its query.
        place: String,
        /// What the network says.
        source: io::Error,
    },
    /// Somebody is there, but the connection cannot be made secure.
    #[error("no secure connection to {place}: its certificate is not trusted, or it speaks no TLS")]
    Tls {
        /// The URL without its query.
        place: String,
        /// What is wrong.
        source: io::Error,
    },
    /// It took too long.
    #[error("{place} did not answer within {after:?}: check the URL and the network")]
    Timeout {
        /// The URL without its query.
        place: String,
        /// How long it could have taken.
        after: Duration,
    },
    /// HTTP 401 or 403: the key is not accepted.
    #[error(
        "{place} does not accept the key ({answer}): check that it is set, current, and meant for this server"
    )]
    Unauthorized {
        /// The URL without its query.
        place: String,
        /// The status, and the server's code for it.
        answer: String,
    },
    /// HTTP 404: no such endpoint, model or call.
    #[error(
        "{place} knows no such endpoint, model or call ({answer}): check the URL and the model"
    )]
    NotFound {
        /// The URL without its query.
        place: String,
        /// The status, and what the server says about it.
        answer: String,
    },
    /// HTTP 429: too many connections, or no credit.
    #[error(
        "{place} takes no more connections for now ({answer}): wait, or look at the account's limits and credit"
    )]
    RateLimited {
        /// The URL without its query.
        place: String,
        /// The status, and what the server says about it.
        answer: String,
        /// How long to wait, where the server says.
        retry_after: Option<Duration>,
    },
    /// Any other HTTP status.
    #[error("{place} refuses the connection ({answer})")]
    Refused {
        /// The URL without its query.
        place: String,
        /// The HTTP status.
        status: u16,
        /// The status, and what the server says about it.
        answer: String,
    },
    /// Whoever is there speaks something else.
    #[error("{place} does not answer as a WebSocket server: {reason}")]
    NotWebSocket {
        /// The URL without its query.
        place: String,
        /// What is odd about the answer.
        reason: String,
    },
}

impl ConnectError {
    /// The error for an HTTP answer that opens no socket.
    pub(super) fn refused(
        endpoint: &Endpoint,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Self {
        let place = endpoint.place();
        let detail = Detail::of(body);
        match status.as_u16() {
            // The message is left out: it is apt to quote the key.
            401 | 403 => Self::Unauthorized { place, answer: answer(status, detail.code) },
            404 => Self::NotFound { place, answer: answer(status, detail.said(endpoint)) },
            429 => Self::RateLimited {
                place,
                answer: answer(status, detail.said(endpoint)),
                retry_after: retry_after(headers),
            },
            200..=399 => Self::NotWebSocket {
                place,
                reason: format!("{status} where 101 is expected; check the URL"),
            },
            code => {
                Self::Refused { place, status: code, answer: answer(status, detail.said(endpoint)) }
            }
        }
    }

    /// Whether a later try is likely to work without anybody doing anything.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::RateLimited { .. } => true,
            Self::Refused { status, .. } => *status >= 500,
            _ => false,
        }
    }
}

fn answer(status: StatusCode, detail: Option<String>) -> String {
    let code = status.as_u16();
    detail.map_or_else(|| format!("HTTP {code}"), |detail| format!("HTTP {code}: {detail}"))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// What a server says about a refusal.
struct Detail {
    code: Option<String>,
    message: Option<String>,
}

impl Detail {
    fn of(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let Some(json) = json_in(&text) else {
            let text = text.trim();
            let plain = !text.is_empty() && !text.starts_with('<');
            return Self { code: None, message: plain.then(|| text.to_owned()) };
        };
        let error = json.get("error").unwrap_or(&json);
        let text = |key: &str| error.get(key).and_then(Value::as_str).map(str::to_owned);
        let code =
            text("code").filter(|code| code.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        Self { code, message: text("message").or_else(|| error.as_str().map(str::to_owned)) }
    }

    /// The message, else the code, in one short line without the key.
    fn said(self, endpoint: &Endpoint) -> Option<String> {
        let said = self.message.or(self.code)?;
        let mut said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(secret) = endpoint.auth.secret().filter(|secret| !secret.expose().is_empty()) {
            said = said.replace(secret.expose(), "…");
        }
        Some(cut(&said, LONGEST_DETAIL).to_owned())
    }
}

/// The JSON object in a body, past the sizes of chunks where there are any.
fn json_in(text: &str) -> Option<Value> {
    let object = text.get(text.find('{')?..=text.rfind('}')?)?;
    serde_json::from_str(object).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::Auth;

    fn refused(status: u16, body: &str) -> ConnectError {
        let endpoint = Endpoint::new("wss://h/r?x=hunter2".parse().unwrap())
            .with_auth(Auth::Bearer("hunter2".into()));
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "7".parse().unwrap());
        ConnectError::refused(
            &endpoint,
            StatusCode::from_u16(status).unwrap(),
            &headers,
            body.as_bytes(),
        )
    }

    #[test]
    fn a_wrong_key_is_told_without_what_the_server_quotes_of_it() {
        let body = r#"{"error":{"message":"Incorrect API key provided: hun***r2.","code":"invalid_api_key"}}"#;

        assert_eq!(
            refused(401, body).to_string(),
            "wss://h/r does not accept the key (HTTP 401: invalid_api_key): check that it is set, current, and meant \
             for this server"
        );
    }

    #[test]
    fn what_is_missing_is_told() {
        let body =
            r#"{"error":{"message":"No session found for that call.","code":"call_id_not_found"}}"#;

        assert_eq!(
            refused(404, body).to_string(),
            "wss://h/r knows no such endpoint, model or call (HTTP 404: No session found for that call.): check the \
             URL and the model"
        );
    }

    #[test]
    fn a_limit_is_told_with_how_long_to_wait() {
        let error = refused(429, "");

        assert!(
            matches!(error, ConnectError::RateLimited { retry_after: Some(after), .. } if after.as_secs() == 7)
        );
        assert!(error.is_temporary());
    }

    #[test]
    fn a_page_where_a_socket_should_be_is_told() {
        assert_eq!(
            refused(200, "<html>").to_string(),
            "wss://h/r does not answer as a WebSocket server: 200 OK where 101 is expected; check the URL"
        );
    }

    #[test]
    fn other_refusals_keep_their_status_and_words() {
        for (status, body, shown) in [
            (
                400,
                r#"{"error":{"code":"OperationNotSupported"}}"#,
                "wss://h/r refuses the connection (HTTP 400: OperationNotSupported)",
            ),
            (
                400,
                r#"{"error":"No hunter2."}"#,
                "wss://h/r refuses the connection (HTTP 400: No ….)",
            ),
            (
                503,
                "Busy,\r\ntry later\n",
                "wss://h/r refuses the connection (HTTP 503: Busy, try later)",
            ),
            (502, "<html>Bad gateway</html>", "wss://h/r refuses the connection (HTTP 502)"),
            (
                400,
                "1f\r\n{\"message\":\"In chunks.\"}\r\n0\r\n",
                "wss://h/r refuses the connection (HTTP 400: In chunks.)",
            ),
        ] {
            assert_eq!(refused(status, body).to_string(), shown);
        }
    }
}
