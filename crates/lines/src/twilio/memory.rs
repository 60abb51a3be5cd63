//! A media stream's socket without a network: two ends, for whole calls in virtual time.
//!
//! Frames go through bounded queues, so that an end which does not read stalls the other, as a full TCP window would. Pings
//! are handed over like other frames and answered by nobody.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::ws;
use futures_util::{Sink, Stream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::PollSender;

/// Makes a connected pair; each direction holds `capacity` frames (at least one).
///
/// The first end is for [`serve`](super::serve), the second for a [`caller`](super::caller).
pub fn pair(capacity: usize) -> (ServerSocket, CallerSocket) {
    let (to_server, from_caller) = mpsc::channel(capacity.max(1));
    let (to_caller, from_server) = mpsc::channel(capacity.max(1));
    let server = Ends { incoming: from_caller, outgoing: PollSender::new(to_caller) };
    let caller = Ends { incoming: from_server, outgoing: PollSender::new(to_server) };
    (ServerSocket(server), CallerSocket(caller))
}

/// The end that looks like axum's WebSocket.
#[derive(Debug)]
pub struct ServerSocket(Ends);

/// The end that looks like tungstenite's WebSocket.
#[derive(Debug)]
pub struct CallerSocket(Ends);

#[derive(Debug)]
struct Ends {
    incoming: mpsc::Receiver<Message>,
    outgoing: PollSender<Message>,
}

impl Ends {
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.outgoing.poll_reserve(context).map_err(|_| gone())
    }

    fn send(&mut self, message: Message) -> Result<(), Error> {
        self.outgoing.send_item(message).map_err(|_| gone())
    }

    fn poll_close(&mut self) -> Poll<Result<(), Error>> {
        self.outgoing.close();
        Poll::Ready(Ok(()))
    }
}

fn gone() -> Error {
    Error::Io(io::Error::new(io::ErrorKind::BrokenPipe, "the other end is gone"))
}

impl Stream for ServerSocket {
    type Item = Result<ws::Message, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0
            .incoming
            .poll_recv(context)
            .map(|message| message.map(|message| Ok(to_axum(message))))
    }
}

impl Sink<ws::Message> for ServerSocket {
    type Error = axum::Error;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        self.0.poll_ready(context).map_err(axum::Error::new)
    }

    fn start_send(mut self: Pin<&mut Self>, message: ws::Message) -> Result<(), axum::Error> {
        self.0.send(from_axum(message)).map_err(axum::Error::new)
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        self.0.poll_close().map_err(axum::Error::new)
    }
}

impl Stream for CallerSocket {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.incoming.poll_recv(context).map(|message| message.map(Ok))
    }
}

impl Sink<Message> for CallerSocket {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.poll_ready(context)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        self.0.send(message)
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.poll_close()
    }
}

fn to_axum(message: Message) -> ws::Message {
    match message {
        Message::Text(text) => ws::Message::Text(text.as_str().into()),
        Message::Binary(bytes) => ws::Message::Binary(bytes),
        Message::Ping(bytes) => ws::Message::Ping(bytes),
        Message::Pong(bytes) => ws::Message::Pong(bytes),
        Message::Close(frame) => ws::Message::Close(frame.map(|frame| ws::CloseFrame {
            code: frame.code.into(),
            reason: frame.reason.as_str().into(),
        })),
        Message::Frame(_) => unreachable!("raw frames are never read"),
    }
}

fn from_axum(message: ws::Message) -> Message {
    match message {
        ws::Message::Text(text) => Message::text(text.as_str()),
        ws::Message::Binary(bytes) => Message::Binary(bytes),
        ws::Message::Ping(bytes) => Message::Ping(bytes),
        ws::Message::Pong(bytes) => Message::Pong(bytes),
        ws::Message::Close(frame) => Message::Close(frame.map(|frame| CloseFrame {
            code: CloseCode::from(frame.code),
            reason: frame.reason.as_str().into(),
        })),
    }
}
