//! The HTTP around a handshake: reading a head, and as much of a body as is worth it.

use std::io;
use std::time::Duration;

use http::HeaderMap;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;

/// The largest head that is read.
const LARGEST_HEAD: usize = 32 * 1024;
/// As much of the body of a refusal as is read.
const LARGEST_BODY: usize = 8 * 1024;
/// How long the body of a refusal may take to come: the status alone says enough.
const BODY_TIMEOUT: Duration = Duration::from_secs(1);

/// Why there is no head.
#[derive(Debug)]
pub(super) enum HeadError {
    /// The connection broke, or ended before the head did.
    Lost(io::Error),
    /// It is larger than any handshake's.
    TooLarge,
    /// It is no HTTP, or not the kind that opens a socket.
    Malformed(Error),
}

/// Reads a request or a response, and returns what came after it as well.
pub(super) async fn read<T, S>(stream: &mut S) -> Result<(T, Vec<u8>), HeadError>
where
    T: TryParse,
    S: AsyncRead + Unpin,
{
    let mut buffer = Vec::with_capacity(1024);
    loop {
        let read = stream.read_buf(&mut buffer).await.map_err(HeadError::Lost)?;
        if read == 0 {
            return Err(HeadError::Lost(io::ErrorKind::UnexpectedEof.into()));
        }
        if let Some((length, head)) = T::try_parse(&buffer).map_err(HeadError::Malformed)? {
            return Ok((head, buffer.split_off(length)));
        }
        if buffer.len() > LARGEST_HEAD {
            return Err(HeadError::TooLarge);
        }
    }
}

/// Reads the rest of a body of which `begun` is there already, as far as it comes soon.
pub(super) async fn read_body<S: AsyncRead + Unpin>(
    stream: &mut S,
    headers: &HeaderMap,
    begun: Vec<u8>,
) -> Vec<u8> {
    let length =
        headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
    let length = length.unwrap_or(LARGEST_BODY).min(LARGEST_BODY);
    let mut body = begun;
    let reading = async {
        while body.len() < length && matches!(stream.read_buf(&mut body).await, Ok(1..)) {}
    };
    // Whether it came to its end does not matter: what is there is used.
    let _ = timeout(BODY_TIMEOUT, reading).await;
    body.truncate(length);
    body
}
