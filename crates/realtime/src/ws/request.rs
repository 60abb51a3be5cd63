//! A client's handshake as the accepting end sees it, and its answer.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use serde_json::{Value, json};
use url::form_urlencoded;

/// What a client asks for.
#[derive(Debug)]
pub struct HandshakeRequest {
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
}

impl HandshakeRequest {
    /// The path, such as `/v1/realtime`.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The first value that the query has under this name, decoded.
    pub fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        self.query_pairs().find_map(|(key, value)| (key == name).then_some(value))
    }

    /// All of the query, decoded.
    pub fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes())
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// One header, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer …`.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim())
            .filter(|token| !token.is_empty())
    }

    /// The subprotocols that the client offers, in its order. A browser's credentials are among them.
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        let lists = self.headers.get_all("sec-websocket-protocol").into_iter();
        lists.filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(',')).map(str::trim)
    }
}

/// Lets a client in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accept {
    /// One of the subprotocols that the client offered; a client that offered any expects one.
    pub subprotocol: Option<String>,
}

impl Accept {
    /// Lets a client in under one of the subprotocols that it offered.
    pub fn subprotocol(name: impl Into<String>) -> Self {
        Self { subprotocol: Some(name.into()) }
    }
}

/// Turns a client away.
#[derive(Debug, Clone, PartialEq)]
pub struct Reject {
    /// The HTTP status, 400 to 599.
    pub status: StatusCode,
    /// More headers, such as `retry-after`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Value,
}

impl Reject {
    /// Turns a client away with the service's form of an error: `{"error": {"message": …, "type": …}}`.
    ///
    /// # Panics
    ///
    /// If the status is not one of a refusal, 400 to 599.
    pub fn new(status: u16, message: &str) -> Self {
        let body = json!({"error": {
            "message": message,
            "type": "invalid_request_error",
            "param": null,
            "code": null,
        }});
        Self::with_body(status, body)
    }

    /// Turns a client away with this body.
    ///
    /// # Panics
    ///
    /// If the status is not one of a refusal, 400 to 599.
    pub fn with_body(status: u16, body: Value) -> Self {
        assert!((400..600).contains(&status), "{status} is no status to turn a client away with");
        let status = StatusCode::from_u16(status).expect("400 to 599 are statuses");
        Self { status, headers: Vec::new(), body }
    }

    /// The same refusal with the error's code.
    pub fn with_code(mut self, code: &str) -> Self {
        self.body["error"]["code"] = code.into();
        self
    }

    /// The same refusal with one more header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, headers: &[(&'static str, &'static str)]) -> HandshakeRequest {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        HandshakeRequest { uri: uri.parse().unwrap(), headers }
    }

    #[test]
    fn the_query_is_decoded() {
        let request = request("/v1/realtime?model=my+model&call_id=rtc%5F1", &[]);

        assert_eq!(request.path(), "/v1/realtime");
        assert_eq!(request.query("model").unwrap(), "my model");
        assert_eq!(request.query("call_id").unwrap(), "rtc_1");
        assert_eq!(request.query("intent"), None);
    }

    #[test]
    fn a_bearer_is_a_token_and_nothing_else() {
        assert_eq!(request("/", &[("authorization", "Bearer sk-1")]).bearer(), Some("sk-1"));
        for other in ["Basic sk-1", "Bearer ", "sk-1"] {
            assert_eq!(request("/", &[("authorization", other)]).bearer(), None);
        }
    }

    #[test]
    fn subprotocols_are_listed_in_order() {
        let request =
            request("/", &[("sec-websocket-protocol", "realtime, openai-insecure-api-key.ek_1")]);

        assert_eq!(
            request.subprotocols().collect::<Vec<_>>(),
            ["realtime", "openai-insecure-api-key.ek_1"]
        );
    }
}
