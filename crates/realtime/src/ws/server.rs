//! The end that accepts: sends server events, receives client events.

use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::error::{ReceiveError, SendError};
use super::socket::{Reader, Socket, Writer};
use crate::client_event::ClientEvent;
use crate::server_event::ServerEvent;

/// An open connection from a client.
#[derive(Debug)]
pub struct ServerSocket(pub(super) Socket);

impl ServerSocket {
    /// Parts the connection into its two directions, which two tasks may hold.
    pub fn split(self) -> (ServerSender, ServerReceiver) {
        let (writer, reader) = self.0.split();
        (ServerSender(writer), ServerReceiver(reader))
    }
}

/// Sends to the client. Dropping it, and the receiver, ends the connection without closing it, as a crash would.
#[derive(Debug)]
pub struct ServerSender(Writer);

impl ServerSender {
    /// Sends one event at once.
    pub async fn send(&mut self, event: &ServerEvent) -> Result<(), SendError> {
        self.0.send(event.encode().into()).await
    }

    /// Sends one frame at once as it stands.
    pub async fn send_text(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), SendError> {
        self.0.send(text.into()).await
    }

    /// Puts one event behind those that wait for a [`flush`](Self::flush).
    pub async fn feed(&mut self, event: &ServerEvent) -> Result<(), SendError> {
        self.0.feed(event.encode().into()).await
    }

    /// Lets all that was fed leave, in one write as far as it is small.
    pub async fn flush(&mut self) -> Result<(), SendError> {
        self.0.flush().await
    }

    /// Closes the connection with a [code](super::close_code) and a reason, cut to 123 bytes. Nothing can be sent after it.
    pub async fn close(&mut self, code: u16, reason: &str) -> Result<(), SendError> {
        self.0.close(code, reason).await
    }
}

/// Receives from the client.
#[derive(Debug)]
pub struct ServerReceiver(Reader);

impl ServerReceiver {
    /// Waits for the next frame, as it stands: a server that refuses unknown keys has to see them. Cancel-safe.
    ///
    /// After an error that [is final](ReceiveError::is_final) there is `None`.
    pub async fn recv(&mut self) -> Option<Result<Utf8Bytes, ReceiveError>> {
        self.0.recv().await
    }

    /// Waits for the next event. Cancel-safe.
    pub async fn recv_event(&mut self) -> Option<Result<ClientEvent, ReceiveError>> {
        let received = self.0.recv().await?;
        Some(received.and_then(|text| ClientEvent::parse(text).map_err(ReceiveError::from)))
    }
}
