//! Where a model is, and what opens the door (the protocol's sections 1 and 14).

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use url::Url;

use super::refusal::ConnectError;
use super::settings::SocketSettings;

/// A model to dial.
///
/// ```
/// use switchboard_realtime::ws::{Auth, Endpoint};
///
/// let openai = Endpoint::new(Endpoint::OPENAI.parse()?)
///     .with_model("gpt-realtime-2.1")
///     .with_auth(Auth::Bearer("sk-…".into()));
/// assert_eq!(openai.dialled().as_str(), "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1");
///
/// let azure = Endpoint::new("https://name.openai.azure.com/openai/v1/realtime?model=my-deployment".parse()?)
///     .with_model("gpt-realtime-2.1")
///     .with_auth(Auth::AzureKey("…".into()));
/// assert_eq!(azure.dialled().as_str(), "wss://name.openai.azure.com/openai/v1/realtime?model=my-deployment");
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Clone)]
pub struct Endpoint {
    /// `wss://` or `ws://`; `https` and `http` are read as these. Its query is left as it is.
    pub url: Url,
    /// The model, or the name of a deployment, added to the query as `model` unless the URL itself has `model`,
    /// `deployment` or `call_id`.
    pub model: Option<String>,
    /// What opens the door.
    pub auth: Auth,
    /// More headers, such as `OpenAI-Organization`. The header that asks for the beta is never sent.
    pub headers: HeaderMap,
    /// The limits of the socket.
    pub settings: SocketSettings,
}

/// What opens the door.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// Nothing: a server of one's own.
    #[default]
    None,
    /// `Authorization: Bearer …`: an API key, a client secret, or an Entra token.
    Bearer(Secret),
    /// `api-key: …`, for Azure.
    AzureKey(Secret),
}

/// A text that is never shown: its `Debug` has none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Keeps a secret.
    pub fn new(secret: impl Into<Arc<str>>) -> Self {
        Self(secret.into())
    }

    /// The secret itself. Not for logs or messages.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self::new(secret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Auth {
    /// The secret in it.
    pub(super) fn secret(&self) -> Option<&Secret> {
        match self {
            Self::None => None,
            Self::Bearer(secret) | Self::AzureKey(secret) => Some(secret),
        }
    }
}

impl Endpoint {
    /// OpenAI's own.
    pub const OPENAI: &str = "wss://api.openai.com/v1/realtime";

    /// A model at this URL, with nothing that opens the door.
    pub fn new(url: Url) -> Self {
        let settings = SocketSettings::client();
        Self { url, model: None, auth: Auth::None, headers: HeaderMap::new(), settings }
    }

    /// The same endpoint with this model.
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// The same endpoint, opened by this.
    pub fn with_auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// The same endpoint with these limits.
    pub fn with_settings(mut self, settings: SocketSettings) -> Self {
        self.settings = settings;
        self
    }

    /// The URL that is dialled: the scheme of a WebSocket, and the model in the query.
    pub fn dialled(&self) -> Url {
        let mut url = self.url.clone();
        let scheme = match url.scheme() {
            "http" => "ws",
            "https" => "wss",
            other => other,
        }
        .to_owned();
        // Refused only between schemes of different kinds, and those are refused when dialling.
        let _ = url.set_scheme(&scheme);
        let named =
            url.query_pairs().any(|(key, _)| matches!(&*key, "model" | "deployment" | "call_id"));
        if let (Some(model), false) = (&self.model, named) {
            url.query_pairs_mut().append_pair("model", model);
        }
        url
    }

    /// The URL without its query and whatever else might be secret, for logs and messages.
    pub fn place(&self) -> String {
        let url = self.dialled();
        let port = url.port().map_or(String::new(), |port| format!(":{port}"));
        format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
    }

    /// The headers of the handshake that are not WebSocket's own.
    pub(super) fn handshake_headers(&self) -> Result<HeaderMap, ConnectError> {
        let mut headers = self.headers.clone();
        headers.remove("openai-beta");
        let (name, value) = match &self.auth {
            Auth::None => return Ok(headers),
            Auth::Bearer(secret) => ("authorization", format!("Bearer {}", secret.expose())),
            Auth::AzureKey(secret) => ("api-key", secret.expose().to_owned()),
        };
        let mut value = HeaderValue::try_from(value)
            .map_err(|_| ConnectError::InvalidKey { place: self.place() })?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(headers)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("place", &self.place())
            .field("model", &self.model)
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialled(url: &str) -> String {
        Endpoint::new(url.parse().unwrap()).with_model("m 1").dialled().into()
    }

    #[test]
    fn the_model_goes_into_the_query_unless_the_url_names_one() {
        assert_eq!(
            dialled("ws://localhost:9/v1/realtime"),
            "ws://localhost:9/v1/realtime?model=m+1"
        );
        assert_eq!(dialled("wss://h/r?intent=x"), "wss://h/r?intent=x&model=m+1");
        for named in [
            "wss://h/r?model=other",
            "wss://h/r?call_id=rtc_1",
            "wss://name.openai.azure.com/openai/realtime?api-version=2025-04-01-preview&deployment=d%201",
        ] {
            assert_eq!(dialled(named), named);
        }
    }

    #[test]
    fn a_web_address_is_read_as_a_sockets() {
        assert_eq!(dialled("https://h/r?model=a"), "wss://h/r?model=a");
        assert_eq!(dialled("http://h/r?model=a"), "ws://h/r?model=a");
    }

    #[test]
    fn nothing_secret_is_shown() {
        let endpoint = Endpoint::new("wss://user:hunter2@h:1/r?key=hunter2".parse().unwrap())
            .with_auth(Auth::Bearer("hunter2".into()));

        let shown = format!("{endpoint:?} {}", endpoint.place());

        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.ends_with("wss://h:1/r"));
    }

    #[test]
    fn the_beta_is_never_asked_for() {
        let mut endpoint =
            Endpoint::new("ws://h/r".parse().unwrap()).with_auth(Auth::AzureKey("k".into()));
        endpoint.headers.insert("openai-beta", HeaderValue::from_static("realtime=v1"));
        endpoint.headers.insert("openai-project", HeaderValue::from_static("p"));

        let headers = endpoint.handshake_headers().unwrap();

        let names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
        assert_eq!(names, ["openai-project", "api-key"]);
    }

    #[test]
    fn a_key_with_a_line_break_is_refused_without_being_shown() {
        let endpoint =
            Endpoint::new("ws://h/r".parse().unwrap()).with_auth(Auth::Bearer("hunter2\n".into()));

        let error = endpoint.handshake_headers().unwrap_err();

        assert!(matches!(error, ConnectError::InvalidKey { .. }));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
