//! A socket that carries text, in two halves: what both ends have in common.
//!
//! The halves share the sink. The writer holds it while it writes; the reader only ever tries to take it, to send a ping
//! or to let the answer to a close leave, and does without if the writer is at work.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Mutex;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};

use super::close::{self, close_code};
use super::error::{ReceiveError, SendError};
use super::keepalive::{Due, Keepalive};
use super::settings::SocketSettings;

/// A stream of bytes both ways, whatever it is made of.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

type Stream = WebSocketStream<Box<dyn Io>>;
type Sink = Arc<Mutex<SplitSink<Stream, Message>>>;

/// An open socket.
pub(super) struct Socket {
    stream: Stream,
    settings: SocketSettings,
}

impl Socket {
    /// Takes over a stream after the handshake; `rest` is what came with the handshake and belongs to the socket.
    pub(super) async fn new(
        stream: Box<dyn Io>,
        rest: Vec<u8>,
        role: Role,
        settings: SocketSettings,
    ) -> Self {
        let stream =
            WebSocketStream::from_partially_read(stream, rest, role, Some(settings.config())).await;
        Self { stream, settings }
    }

    pub(super) fn split(self) -> (Writer, Reader) {
        let SocketSettings {
            max_write_buffer, write_timeout, ping_every, max_missed_pings, ..
        } = self.settings;
        let (sink, stream) = self.stream.split();
        let sink = Arc::new(Mutex::new(sink));
        let mut pings = interval_at(Instant::now() + ping_every, ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let keepalive = Keepalive::new(max_missed_pings);
        let reader = Reader { stream, sink: Arc::clone(&sink), pings, keepalive, ended: false };
        (Writer { sink, most: max_write_buffer, write_timeout }, reader)
    }
}

/// The half that sends.
pub(super) struct Writer {
    sink: Sink,
    most: usize,
    write_timeout: Duration,
}

impl Writer {
    /// Sends one text frame at once.
    pub(super) async fn send(&mut self, text: Utf8Bytes) -> Result<(), SendError> {
        self.feed(text).await?;
        self.flush().await
    }

    /// Puts one text frame behind those that wait for a flush.
    pub(super) async fn feed(&mut self, text: Utf8Bytes) -> Result<(), SendError> {
        if text.len() > self.most {
            return Err(SendError::TooLarge { size: text.len(), most: self.most });
        }
        let write = async { self.sink.lock().await.feed(Message::Text(text)).await };
        in_time(write, self.write_timeout).await
    }

    /// Lets all that was fed leave.
    pub(super) async fn flush(&mut self) -> Result<(), SendError> {
        let write = async { self.sink.lock().await.flush().await };
        in_time(write, self.write_timeout).await
    }

    pub(super) async fn close(&mut self, code: u16, reason: &str) -> Result<(), SendError> {
        let message = Message::Close(close::frame(code, reason));
        let write = async { self.sink.lock().await.send(message).await };
        in_time(write, self.write_timeout).await
    }
}

async fn in_time(
    write: impl Future<Output = Result<(), Error>>,
    after: Duration,
) -> Result<(), SendError> {
    match timeout(after, write).await {
        Ok(written) => written.map_err(SendError::from_socket),
        Err(_) => Err(SendError::Stalled { after }),
    }
}

/// The half that receives, and keeps the connection alive.
pub(super) struct Reader {
    stream: SplitStream<Stream>,
    sink: Sink,
    pings: Interval,
    keepalive: Keepalive,
    ended: bool,
}

impl Reader {
    /// Waits for the next text frame; `None` once the connection is over and that has been told. Cancel-safe.
    pub(super) async fn recv(&mut self) -> Option<Result<Utf8Bytes, ReceiveError>> {
        while !self.ended {
            let received = tokio::select! {
                biased;
                message = self.stream.next() => self.received(message),
                _ = self.pings.tick() => self.ping(),
            };
            match received {
                Some(Err(error)) if error.is_final() => {
                    self.ended = true;
                    return Some(Err(error));
                }
                Some(received) => return Some(received),
                None => {}
            }
        }
        None
    }

    fn received(
        &mut self,
        message: Option<Result<Message, Error>>,
    ) -> Option<Result<Utf8Bytes, ReceiveError>> {
        self.keepalive.heard();
        match message {
            Some(Ok(Message::Text(text))) => Some(Ok(text)),
            Some(Ok(Message::Binary(bytes))) => {
                Some(Utf8Bytes::try_from(bytes).map_err(|_| ReceiveError::NotText))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => None,
            Some(Ok(Message::Close(frame))) => {
                self.try_write(None);
                let (code, reason) = close::parts(frame.as_ref());
                Some(Err(ReceiveError::Closed { code, reason }))
            }
            Some(Err(error)) => {
                let error = ReceiveError::from_socket(error);
                if let ReceiveError::TooLarge { .. } = error {
                    self.try_write(Some(Message::Close(close::frame(
                        close_code::TOO_LARGE,
                        "message too large",
                    ))));
                }
                Some(Err(error))
            }
            None => Some(Err(ReceiveError::abnormal())),
        }
    }

    fn ping(&mut self) -> Option<Result<Utf8Bytes, ReceiveError>> {
        match self.keepalive.due() {
            Due::Ping => {
                self.try_write(Some(Message::Ping(Bytes::new())));
                None
            }
            Due::GiveUp { pings } => Some(Err(ReceiveError::Unresponsive { pings })),
        }
    }

    /// Writes as far as can be done without waiting: a reader that waited would not read.
    fn try_write(&mut self, message: Option<Message>) {
        let Ok(mut sink) = self.sink.try_lock() else { return };
        let written = match message {
            Some(message) => sink.send(message).now_or_never(),
            None => sink.flush().now_or_never(),
        };
        if let Some(Err(error)) = written {
            tracing::debug!(%error, "could not write while receiving");
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("ended", &self.ended).finish_non_exhaustive()
    }
}
