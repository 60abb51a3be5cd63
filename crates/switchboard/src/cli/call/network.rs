//! The two requests with which a call arrives: the webhook's, and the WebSocket's.

use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use switchboard_lines::twilio::caller::Arrival;
use switchboard_lines::twilio::{Connect, TwimlError, Validator};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, http};
use tokio_tungstenite::{WebSocketStream, client_async};
use url::Url;

use crate::cli::remote::{PATIENCE, reason, root, shown, under};

/// Where a server is told of an arriving call.
const WEBHOOK: &str = "/twilio/voice";
const SIGNATURE: &str = "x-twilio-signature";

/// A media stream over TCP, with or without TLS.
pub(super) type Socket = WebSocketStream<Box<dyn Stream>>;

/// Bytes both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Why a call did not come about.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotConnected {
    #[error(
        "no server answers at {url} ({reason}): start one with `switchboard serve`, or name another with --url"
    )]
    NoServer { url: String, reason: String },
    #[error("the webhook at {url} did not answer")]
    NoAnswer {
        url: Url,
        #[source]
        error: reqwest::Error,
    },
    #[error(
        "the server does not believe that this call is Twilio's (403): {reason}; set TWILIO_AUTH_TOKEN to the server's, \
         and --url to its public URL"
    )]
    Forbidden { reason: String },
    #[error("the server takes no calls now (503): {reason}")]
    Unavailable { reason: String },
    #[error("the webhook at {url} answered {status}: {reason}")]
    Unexpected { url: Url, status: u16, reason: String },
    #[error("the webhook's answer cannot be used")]
    Twiml(#[from] TwimlError),
    #[error("cannot reach the stream at {url}")]
    StreamUnreachable {
        url: String,
        #[source]
        error: io::Error,
    },
    #[error("the stream at {url} was refused ({status}): {reason}")]
    StreamRefused { url: String, status: u16, reason: String },
    #[error("the stream at {url} is no WebSocket")]
    StreamBroken {
        url: String,
        #[source]
        error: tungstenite::Error,
    },
}

/// Posts the call to the webhook, as Twilio does, and reads where its stream is to be.
pub(super) async fn announce(
    server: &Url,
    arrival: &Arrival,
    signer: Option<&Validator>,
) -> Result<Connect, NotConnected> {
    let url = under(server, WEBHOOK);
    let form = arrival.form();
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build();
    let mut request = match client {
        Ok(client) => client.post(url.clone()).form(&form),
        Err(error) => return Err(NotConnected::NoAnswer { url, error }),
    };
    if let Some(signer) = signer {
        request = request.header(SIGNATURE, signer.sign(url.as_str(), &form));
    }
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() => {
            return Err(NotConnected::NoServer { url: shown(server), reason: root(&error) });
        }
        Err(error) => return Err(NotConnected::NoAnswer { url, error }),
    };
    let status = response.status().as_u16();
    let body = match response.text().await {
        Ok(body) => body,
        Err(error) => return Err(NotConnected::NoAnswer { url, error }),
    };
    match status {
        200 => Ok(Connect::read(&body)?),
        403 => Err(NotConnected::Forbidden { reason: reason(&body) }),
        503 => Err(NotConnected::Unavailable { reason: reason(&body) }),
        status => Err(NotConnected::Unexpected { url, status, reason: reason(&body) }),
    }
}

/// Opens the media stream, signed if the webhook was.
pub(super) async fn open(url: &str, signer: Option<&Validator>) -> Result<Socket, NotConnected> {
    let unreachable = |error| NotConnected::StreamUnreachable { url: url.to_owned(), error };
    let broken = |error| NotConnected::StreamBroken { url: url.to_owned(), error };
    let mut request = url.into_client_request().map_err(broken)?;
    if let Some(signer) = signer {
        let signature = signer.sign::<&str, &str>(url, &[]);
        let signature = signature.parse().expect("base64 can stand in a header");
        request.headers_mut().insert(SIGNATURE, signature);
    }
    let opening = async {
        let stream = dial(url).await.map_err(unreachable)?;
        client_async(request, stream).await.map_err(|error| match error {
            tungstenite::Error::Http(response) => refused(url, &response),
            error => broken(error),
        })
    };
    match timeout(PATIENCE, opening).await {
        Ok(opened) => opened.map(|(socket, _)| socket),
        Err(_) => Err(unreachable(io::ErrorKind::TimedOut.into())),
    }
}

fn refused(url: &str, response: &http::Response<Option<Vec<u8>>>) -> NotConnected {
    let body = response.body().as_deref().unwrap_or_default();
    NotConnected::StreamRefused {
        url: url.to_owned(),
        status: response.status().as_u16(),
        reason: reason(&String::from_utf8_lossy(body)),
    }
}

/// Connects to the host of a `ws://` or `wss://` URL.
async fn dial(url: &str) -> io::Result<Box<dyn Stream>> {
    let url = Url::parse(url).map_err(io::Error::other)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or_default();
    let tcp = TcpStream::connect((host, port)).await?;
    tcp.set_nodelay(true)?;
    if url.scheme() == "ws" {
        return Ok(Box::new(tcp));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(tls()?));
    Ok(Box::new(connector.connect(name, tcp).await?))
}

/// Trusts whom the operating system trusts.
fn tls() -> io::Result<ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_explained() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        drop(listener);
        let error =
            announce(&url, &Arrival::new("+15550100", "+15550199"), None).await.unwrap_err();
        assert!(error.to_string().contains("switchboard serve"), "{error}");
    }
}
