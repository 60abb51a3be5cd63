//! Taking a client in.

use std::io;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::{Request, create_response};
use tokio_tungstenite::tungstenite::protocol::Role;

use super::head::{self, HeadError};
use super::request::{Accept, HandshakeRequest, Reject};
use super::server::ServerSocket;
use super::settings::SocketSettings;
use super::socket::Socket;

/// Why no client was taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// It was turned away, by the check or because what it sent is no handshake.
    #[error("the client was turned away with HTTP {status}")]
    Rejected {
        /// The status it was told.
        status: u16,
    },
    /// It did not finish its handshake in time.
    #[error("the client did not finish its handshake in time")]
    Timeout,
    /// It went away.
    #[error("the client went away during its handshake")]
    Lost(#[source] io::Error),
}

/// Takes a client in over any stream, if `check` lets it.
///
/// Whoever sends something else than a handshake is told so in HTTP. Whether the stream delays small frames is its
/// owner's business: set `TCP_NODELAY` on a TCP stream first.
///
/// # Errors
///
/// See [`AcceptError`]; the client has had its answer.
pub async fn accept<S>(
    stream: S,
    settings: SocketSettings,
    check: impl FnOnce(&HandshakeRequest) -> Result<Accept, Reject>,
) -> Result<ServerSocket, AcceptError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let accepted =
        timeout(settings.handshake_timeout, accept_within(stream, settings, check)).await;
    accepted.unwrap_or(Err(AcceptError::Timeout))
}

async fn accept_within<S>(
    mut stream: S,
    settings: SocketSettings,
    check: impl FnOnce(&HandshakeRequest) -> Result<Accept, Reject>,
) -> Result<ServerSocket, AcceptError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let read = head::read::<Request, _>(&mut stream).await;
    let (answer, rest) = match read {
        Ok((request, rest)) => (answer(request, check), rest),
        Err(HeadError::Lost(source)) => return Err(AcceptError::Lost(source)),
        Err(HeadError::TooLarge) => {
            (Err(Reject::new(431, "The request's headers are too large.")), Vec::new())
        }
        Err(HeadError::Malformed(error)) => (Err(not_a_handshake(&error)), Vec::new()),
    };
    match answer {
        Ok(head) => {
            write(&mut stream, &head).await?;
            Ok(ServerSocket(Socket::new(Box::new(stream), rest, Role::Server, settings).await))
        }
        Err(reject) => {
            write(&mut stream, &refusal(&reject)).await?;
            // The client may be gone already; it has been told all there is.
            let _ = stream.shutdown().await;
            Err(AcceptError::Rejected { status: reject.status.as_u16() })
        }
    }
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> Result<(), AcceptError> {
    stream.write_all(bytes).await.map_err(AcceptError::Lost)?;
    stream.flush().await.map_err(AcceptError::Lost)
}

/// The head that opens the socket, or why it stays shut.
fn answer(
    request: Request,
    check: impl FnOnce(&HandshakeRequest) -> Result<Accept, Reject>,
) -> Result<Vec<u8>, Reject> {
    let mut response = create_response(&request).map_err(|error| not_a_handshake(&error))?;
    let (parts, ()) = request.into_parts();
    let accept = check(&HandshakeRequest { uri: parts.uri, headers: parts.headers })?;
    if let Some(name) = accept.subprotocol {
        let name = HeaderValue::try_from(name)
            .map_err(|_| Reject::new(400, "The subprotocol has odd characters."))?;
        response.headers_mut().insert(http::header::SEC_WEBSOCKET_PROTOCOL, name);
    }
    Ok(head(response.status(), response.headers()))
}

/// What to tell somebody who wants something else than a socket.
fn not_a_handshake(error: &Error) -> Reject {
    match error {
        Error::Protocol(ProtocolError::WrongHttpMethod) => {
            Reject::new(405, "This is a WebSocket: it takes only GET.")
                .with_header(http::header::ALLOW, HeaderValue::from_static("GET"))
        }
        Error::Protocol(
            ProtocolError::MissingConnectionUpgradeHeader
            | ProtocolError::MissingUpgradeWebSocketHeader
            | ProtocolError::MissingSecWebSocketVersionHeader,
        ) => Reject::new(426, "This is a WebSocket: connect with a WebSocket client, version 13.")
            .with_header(http::header::UPGRADE, HeaderValue::from_static("websocket")),
        other => {
            Reject::new(400, &format!("This is a WebSocket, and the request opens none: {other}."))
        }
    }
}

fn head<'a>(
    status: StatusCode,
    headers: impl IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>,
) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for (name, value) in headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn refusal(reject: &Reject) -> Vec<u8> {
    let body = reject.body.to_string();
    let mut headers: HeaderMap = reject.headers.iter().cloned().collect();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(http::header::CONTENT_LENGTH, body.len().into());
    headers.insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    let mut answer = head(reject.status, &headers);
    answer.extend_from_slice(body.as_bytes());
    answer
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    async fn answer_to(request: &str) -> (String, AcceptError) {
        let (mut near, far) = tokio::io::duplex(4096);
        near.write_all(request.as_bytes()).await.unwrap();
        let error =
            accept(far, SocketSettings::server(), |_| Ok(Accept::default())).await.unwrap_err();
        let mut answer = String::new();
        near.read_to_string(&mut answer).await.unwrap();
        (answer, error)
    }

    #[tokio::test]
    async fn a_browser_is_told_that_this_is_a_socket() {
        let (answer, error) = answer_to("GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;

        assert!(answer.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{answer}");
        assert!(answer.contains("connect with a WebSocket client"), "{answer}");
        assert!(matches!(error, AcceptError::Rejected { status: 426 }));
    }

    #[tokio::test]
    async fn a_post_is_told_what_is_taken() {
        let (answer, _) = answer_to("POST / HTTP/1.1\r\nhost: h\r\n\r\n").await;

        assert!(
            answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\nallow: GET\r\n"),
            "{answer}"
        );
    }

    #[tokio::test]
    async fn noise_is_a_bad_request() {
        let (answer, _) = answer_to("\u{1}\u{2}\u{3}\r\n\r\n").await;

        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    }

    #[tokio::test]
    async fn headers_without_end_are_refused() {
        let (mut near, far) = tokio::io::duplex(64 * 1024);
        let endless = format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(40_000));
        near.write_all(endless.as_bytes()).await.unwrap();

        let error =
            accept(far, SocketSettings::server(), |_| Ok(Accept::default())).await.unwrap_err();

        assert!(matches!(error, AcceptError::Rejected { status: 431 }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_is_not_waited_for() {
        let (_near, far) = tokio::io::duplex(64);

        let error =
            accept(far, SocketSettings::server(), |_| Ok(Accept::default())).await.unwrap_err();

        assert!(matches!(error, AcceptError::Timeout));
    }
}
