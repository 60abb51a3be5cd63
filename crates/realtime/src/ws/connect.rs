//! Dialling a model.

use std::net::IpAddr;
use std::time::Duration;

use http::StatusCode;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::handshake::client::{Response, generate_key};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use url::{Host, Position, Url};

use super::client::ClientSocket;
use super::endpoint::Endpoint;
use super::head::{self, HeadError};
use super::refusal::ConnectError;
use super::socket::Socket;
use super::tls;

/// Dials a model: TCP without delay, TLS for `wss`, handshake; all of it within `within`.
///
/// # Errors
///
/// See [`ConnectError`]: each variant says what a person can do about it.
pub async fn connect(endpoint: &Endpoint, within: Duration) -> Result<ClientSocket, ConnectError> {
    let connected = timeout(within, dial(endpoint)).await;
    connected
        .unwrap_or_else(|_| Err(ConnectError::Timeout { place: endpoint.place(), after: within }))
}

async fn dial(endpoint: &Endpoint) -> Result<ClientSocket, ConnectError> {
    let url = endpoint.dialled();
    let secure = match url.scheme() {
        "wss" => true,
        "ws" => false,
        _ => return Err(invalid(endpoint, "expected `wss://` or `ws://`")),
    };
    let host = url.host().ok_or_else(|| invalid(endpoint, "it names no host"))?;
    let port = url.port_or_known_default().ok_or_else(|| invalid(endpoint, "it names no port"))?;
    let stream = open(&host, port)
        .await
        .map_err(|source| ConnectError::Unreachable { place: endpoint.place(), source })?;
    if !secure {
        return handshake(stream, endpoint).await;
    }
    let broken = |source| ConnectError::Tls { place: endpoint.place(), source };
    let config = tls::config().await.map_err(broken)?.ok_or(ConnectError::NoCertificates)?;
    let name = server_name(&host)
        .ok_or_else(|| invalid(endpoint, "its host is no name that a certificate can have"))?;
    let stream = TlsConnector::from(config).connect(name, stream).await.map_err(broken)?;
    handshake(stream, endpoint).await
}

fn invalid(endpoint: &Endpoint, reason: &'static str) -> ConnectError {
    ConnectError::InvalidUrl { place: endpoint.place(), reason }
}

/// A connection on which small frames leave at once.
async fn open(host: &Host<&str>, port: u16) -> std::io::Result<TcpStream> {
    let stream = match host {
        Host::Domain(name) => TcpStream::connect((*name, port)).await?,
        Host::Ipv4(address) => TcpStream::connect((IpAddr::from(*address), port)).await?,
        Host::Ipv6(address) => TcpStream::connect((IpAddr::from(*address), port)).await?,
    };
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn server_name(host: &Host<&str>) -> Option<ServerName<'static>> {
    match host {
        Host::Domain(name) => ServerName::try_from((*name).to_owned()).ok(),
        Host::Ipv4(address) => Some(IpAddr::from(*address).into()),
        Host::Ipv6(address) => Some(IpAddr::from(*address).into()),
    }
}

/// Opens the socket on a stream that is there already, secured where it has to be. Waits as long as it takes.
///
/// # Errors
///
/// As for [`connect`], but for what concerns the stream.
pub async fn handshake<S>(mut stream: S, endpoint: &Endpoint) -> Result<ClientSocket, ConnectError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let lost = |source| ConnectError::Unreachable { place: endpoint.place(), source };
    let key = generate_key();
    let request = request(endpoint, &key)?;
    stream.write_all(&request).await.map_err(lost)?;
    stream.flush().await.map_err(lost)?;
    let (response, rest) = match head::read::<Response, _>(&mut stream).await {
        Ok(read) => read,
        Err(HeadError::Lost(source)) => return Err(lost(source)),
        Err(HeadError::TooLarge) => return Err(not_websocket(endpoint, "its answer is too large")),
        Err(HeadError::Malformed(error)) => return Err(not_websocket(endpoint, error.to_string())),
    };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let body = head::read_body(&mut stream, response.headers(), rest).await;
        return Err(ConnectError::refused(endpoint, response.status(), response.headers(), &body));
    }
    let accepted = response.headers().get("sec-websocket-accept");
    if accepted.is_none_or(|accepted| *accepted != derive_accept_key(key.as_bytes())) {
        return Err(not_websocket(endpoint, "it answers to another handshake"));
    }
    tracing::debug!(place = endpoint.place(), "connected");
    Ok(ClientSocket(Socket::new(Box::new(stream), rest, Role::Client, endpoint.settings).await))
}

fn not_websocket(endpoint: &Endpoint, reason: impl Into<String>) -> ConnectError {
    ConnectError::NotWebSocket { place: endpoint.place(), reason: reason.into() }
}

/// The request as bytes. It holds the key, so it is never logged.
fn request(endpoint: &Endpoint, key: &str) -> Result<Vec<u8>, ConnectError> {
    let url = endpoint.dialled();
    let mut request = format!(
        "GET {target} HTTP/1.1\r\n\
         Host: {host}\r\n\
         Connection: Upgrade\r\n\
         Upgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: {key}\r\n\
         User-Agent: switchboard/{version}\r\n",
        target = &url[Position::BeforePath..Position::AfterQuery],
        host = authority(&url),
        version = env!("CARGO_PKG_VERSION"),
    )
    .into_bytes();
    for (name, value) in &endpoint.handshake_headers()? {
        request.extend_from_slice(name.as_str().as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    Ok(request)
}

fn authority(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::ws::Auth;

    #[test]
    fn the_request_has_the_model_and_the_key_and_no_beta() {
        let endpoint = Endpoint::new("ws://u:p@h:81/v1/realtime".parse().unwrap())
            .with_model("m")
            .with_auth(Auth::Bearer("k".into()));

        let request = String::from_utf8(request(&endpoint, "nonce").unwrap()).unwrap();

        assert!(
            request.starts_with("GET /v1/realtime?model=m HTTP/1.1\r\nHost: h:81\r\n"),
            "{request}"
        );
        assert!(request.ends_with("\r\nauthorization: Bearer k\r\n\r\n"), "{request}");
        assert!(!request.to_lowercase().contains("beta"));
    }

    #[tokio::test]
    async fn small_frames_leave_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();

        let stream = open(&Host::Domain("localhost"), port).await.unwrap();

        assert!(stream.nodelay().unwrap());
    }

    #[tokio::test]
    async fn a_url_of_another_kind_is_refused() {
        let endpoint = Endpoint::new("ftp://h/r".parse().unwrap());

        let error = connect(&endpoint, Duration::from_secs(1)).await.unwrap_err();

        assert_eq!(
            error.to_string(),
            "`ftp://h/r` cannot be dialled: expected `wss://` or `ws://`"
        );
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_is_unreachable() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/r", listener.local_addr().unwrap());
        drop(listener);

        let error = connect(&Endpoint::new(url.parse().unwrap()), Duration::from_secs(5))
            .await
            .unwrap_err();

        assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
    }

    #[test]
    fn certificates_name_hosts_and_addresses() {
        for host in ["api.openai.com", "127.0.0.1", "[::1]"] {
            let url: Url = format!("wss://{host}/").parse().unwrap();
            assert!(server_name(&url.host().unwrap()).is_some(), "{host}");
        }
    }
}
