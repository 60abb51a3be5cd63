//! Which model server answers: the one at a URL, `OpenAI`'s when there is a key, else the simulator in this process.
//!
//! Azure's servers take their key in the header `api-key`, everybody else a bearer token. A host of Azure's is known by
//! its name; `[model] auth = "api-key"` or `"bearer"` decides it for a proxy, or for an Entra token.

use std::fmt;

use serde::Deserialize;
use switchboard_realtime::ws::{Auth, Endpoint};
use url::Url;

use super::source::Setting;
use super::{Secrets, Settings};

/// Under which domains Azure's resources live.
const AZURE_DOMAINS: [&str; 3] =
    [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"];

/// How a model server is reached.
#[derive(Debug, Clone, Default)]
pub struct ModelLink {
    /// Its WebSocket URL, `ws://` or `wss://`. Without one: `OpenAI`'s with a key, else the simulator.
    pub url: Option<Setting<Url>>,
    /// How it is told who we are, where its host does not say.
    pub auth: Option<Authorization>,
}

/// The header that carries the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authorization {
    /// `Authorization: Bearer …`: `OpenAI`, compatible servers, and Azure with an Entra token.
    Bearer,
    /// `api-key: …`: Azure with a resource's key.
    ApiKey,
}

/// A model server that is not ours, once everything is known.
#[derive(Debug, Clone)]
pub(crate) struct ModelServer {
    /// What to call it.
    pub(crate) name: ServerName,
    /// How to dial it.
    pub(crate) endpoint: Endpoint,
}

/// What a model server is called in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServerName {
    /// `OpenAI` itself.
    OpenAi,
    /// A resource at Azure.
    Azure,
    /// Any other server, by its host.
    Host(String),
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenAi => f.write_str("OpenAI"),
            Self::Azure => f.write_str("Azure OpenAI"),
            Self::Host(host) => f.write_str(host),
        }
    }
}

impl ModelServer {
    /// The server that answers; `None` for the simulator in this process.
    pub(crate) fn of(settings: &Settings) -> Option<Self> {
        let url = match (&settings.link.url, &settings.secrets.openai_api_key) {
            (Some(url), _) => url.value.clone(),
            (None, Some(_)) => Url::parse(Endpoint::OPENAI).expect("OpenAI's URL is one"),
            (None, None) => return None,
        };
        let name = server_name(&url);
        let auth = authorization(&name, settings.link.auth, &settings.secrets);
        let endpoint = Endpoint::new(url).with_model(settings.model.model.clone()).with_auth(auth);
        Some(Self { name, endpoint })
    }
}

fn server_name(url: &Url) -> ServerName {
    let host = url.host_str().unwrap_or_default();
    if host == "api.openai.com" {
        ServerName::OpenAi
    } else if AZURE_DOMAINS.iter().any(|domain| host.ends_with(domain)) {
        ServerName::Azure
    } else {
        ServerName::Host(host.to_owned())
    }
}

fn authorization(name: &ServerName, asked: Option<Authorization>, secrets: &Secrets) -> Auth {
    let usual =
        if *name == ServerName::Azure { Authorization::ApiKey } else { Authorization::Bearer };
    let openai = secrets.openai_api_key.as_ref();
    let azure = secrets.azure_openai_api_key.as_ref();
    let key = if *name == ServerName::Azure || asked == Some(Authorization::ApiKey) {
        azure.or(openai)
    } else {
        openai
    };
    match (asked.unwrap_or(usual), key.cloned()) {
        (_, None) => Auth::None,
        (Authorization::Bearer, Some(key)) => Auth::Bearer(key),
        (Authorization::ApiKey, Some(key)) => Auth::AzureKey(key),
    }
}

#[cfg(test)]
mod tests {
    use switchboard_realtime::ws::Secret;
    use switchboard_session::DEFAULT_MODEL;

    use super::*;

    fn settings(url: Option<&str>, openai: Option<&str>, azure: Option<&str>) -> Settings {
        let mut settings = Settings::default();
        settings.link.url = url.map(|url| Url::parse(url).unwrap().into());
        settings.secrets.openai_api_key = openai.map(Secret::new);
        settings.secrets.azure_openai_api_key = azure.map(Secret::new);
        settings
    }

    fn server(settings: &Settings) -> (ServerName, Endpoint) {
        let ModelServer { name, endpoint } = ModelServer::of(settings).unwrap();
        (name, endpoint)
    }

    #[test]
    fn without_key_and_url_the_simulator_answers() {
        assert!(ModelServer::of(&settings(None, None, None)).is_none());
        assert!(ModelServer::of(&settings(None, None, Some("k"))).is_none());
    }

    #[test]
    fn with_a_key_openai_answers() {
        let (name, endpoint) = server(&settings(None, Some("sk"), None));
        assert_eq!(name, ServerName::OpenAi);
        assert_eq!(endpoint.url.as_str(), Endpoint::OPENAI);
        assert_eq!(endpoint.model.as_deref(), Some(DEFAULT_MODEL));
        assert!(matches!(endpoint.auth, Auth::Bearer(key) if key.expose() == "sk"));
    }

    #[test]
    fn a_url_wins_over_a_key() {
        let (name, endpoint) =
            server(&settings(Some("ws://127.0.0.1:9/v1/realtime"), Some("sk"), None));
        assert_eq!(name, ServerName::Host("127.0.0.1".to_owned()));
        assert!(matches!(endpoint.auth, Auth::Bearer(_)));
        let (_, endpoint) =
            server(&settings(Some("ws://127.0.0.1:9/v1/realtime"), None, Some("az")));
        assert!(matches!(endpoint.auth, Auth::None), "Azure's key goes to Azure only");
    }

    #[test]
    fn azure_takes_its_key_in_a_header_of_its_own() {
        let azure = Some("wss://acme.openai.azure.com/openai/v1/realtime");
        let (name, endpoint) = server(&settings(azure, Some("sk"), Some("az")));
        assert_eq!(name, ServerName::Azure);
        assert!(matches!(endpoint.auth, Auth::AzureKey(key) if key.expose() == "az"));
        let (_, endpoint) = server(&settings(azure, Some("sk"), None));
        assert!(matches!(endpoint.auth, Auth::AzureKey(key) if key.expose() == "sk"));
    }

    #[test]
    fn the_file_decides_the_header_where_the_host_says_nothing() {
        let mut proxy = settings(Some("wss://proxy.example.com/realtime"), None, Some("az"));
        proxy.link.auth = Some(Authorization::ApiKey);
        assert!(matches!(server(&proxy).1.auth, Auth::AzureKey(_)));
        let mut entra =
            settings(Some("wss://acme.openai.azure.com/openai/v1/realtime"), None, Some("jwt"));
        entra.link.auth = Some(Authorization::Bearer);
        assert!(matches!(server(&entra).1.auth, Auth::Bearer(_)));
    }
}
