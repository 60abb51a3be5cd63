//! The end that dials: sends client events, receives server events.

use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::error::{ReceiveError, SendError};
use super::socket::{Reader, Socket, Writer};
use crate::client_event::{ClientEvent, encode_append};
use crate::payload::Payload;
use crate::server_event::ServerEvent;

/// An open connection to a model.
#[derive(Debug)]
pub struct ClientSocket(pub(super) Socket);

impl ClientSocket {
    /// Parts the connection into its two directions, which two tasks may hold.
    pub fn split(self) -> (ClientSender, ClientReceiver) {
        let (writer, reader) = self.0.split();
        (ClientSender(writer), ClientReceiver(reader))
    }
}

/// Sends to the model. Dropping it, and the receiver, ends the connection without closing it: see [`close`](Self::close).
///
/// Once a send has failed, the connection is of no more use, unless the message was too large.
#[derive(Debug)]
pub struct ClientSender(Writer);

impl ClientSender {
    /// Sends one event at once.
    pub async fn send(&mut self, event: &ClientEvent) -> Result<(), SendError> {
        self.0.send(event.encode().into()).await
    }

    /// Sends the caller's audio at once, as an append without an id.
    pub async fn append(&mut self, audio: &Payload) -> Result<(), SendError> {
        self.0.send(encode_append(audio).into()).await
    }

    /// Sends one frame at once as it stands.
    pub async fn send_text(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), SendError> {
        self.0.send(text.into()).await
    }

    /// Puts one event behind those that wait for a [`flush`](Self::flush).
    pub async fn feed(&mut self, event: &ClientEvent) -> Result<(), SendError> {
        self.0.feed(event.encode().into()).await
    }

    /// Puts the caller's audio behind what waits for a [`flush`](Self::flush).
    pub async fn feed_append(&mut self, audio: &Payload) -> Result<(), SendError> {
        self.0.feed(encode_append(audio).into()).await
    }

    /// Lets all that was fed leave, in one write as far as it is small.
    pub async fn flush(&mut self) -> Result<(), SendError> {
        self.0.flush().await
    }

    /// Closes the connection with a [code](super::close_code) and a reason, cut to 123 bytes. Nothing can be sent after it;
    /// the receiver hears the other end's answer.
    pub async fn close(&mut self, code: u16, reason: &str) -> Result<(), SendError> {
        self.0.close(code, reason).await
    }
}

/// Receives from the model.
#[derive(Debug)]
pub struct ClientReceiver(Reader);

impl ClientReceiver {
    /// Waits for the next event. Cancel-safe.
    ///
    /// After an error that [is final](ReceiveError::is_final) there is `None`.
    pub async fn recv(&mut self) -> Option<Result<ServerEvent, ReceiveError>> {
        let received = self.0.recv().await?;
        Some(received.and_then(|text| ServerEvent::parse(text).map_err(ReceiveError::from)))
    }

    /// Waits for the next frame, as it stands. Cancel-safe.
    pub async fn recv_text(&mut self) -> Option<Result<Utf8Bytes, ReceiveError>> {
        self.0.recv().await
    }
}
