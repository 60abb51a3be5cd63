//! One connection to the model.

use std::sync::Arc;
use std::time::Instant;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Interval, interval};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use super::{FLOOR, Heard, Manner, Order, events};
use crate::frame::{LENGTH, phase, socket_config, string_at};
use crate::recorder::{Recorder, Way};
use crate::stamp;

/// A connection, and the response that it speaks.
pub(super) struct Connection {
    socket: WebSocketStream<TcpStream>,
    index: usize,
    manner: Manner,
    recorder: Arc<Recorder>,
    heard: mpsc::UnboundedSender<Heard>,
    /// Responses so far; the last one is spoken.
    responses: usize,
    speaking: bool,
    beat: Interval,
}

impl Connection {
    /// Serves it to its end.
    pub(super) async fn run(
        stream: TcpStream,
        index: usize,
        manner: Manner,
        recorder: Arc<Recorder>,
        mut orders: mpsc::UnboundedReceiver<Order>,
        heard: mpsc::UnboundedSender<Heard>,
    ) -> Result<(), Error> {
        stream.set_nodelay(true)?;
        let mut floor = false;
        #[expect(clippy::result_large_err, reason = "the library's signature")]
        let look = |request: &Request, response: Response| {
            floor = request.uri().path() == FLOOR;
            Ok(response)
        };
        let socket = accept_hdr_async_with_config(stream, look, Some(socket_config())).await?;
        let beat = interval(LENGTH);
        let mut this =
            Self { socket, index, manner, recorder, heard, responses: 0, speaking: false, beat };
        if floor {
            this.speak();
        } else {
            this.send(vec![events::session_created()]).await?;
        }
        let mut ordered = true;
        loop {
            tokio::select! {
                frame = this.socket.next() => match frame {
                    Some(Ok(Message::Text(text))) => this.take(&text).await?,
                    Some(frame) => drop(frame?),
                    None => return Ok(()),
                },
                _ = this.beat.tick(), if this.speaking => this.delta().await?,
                order = orders.recv(), if ordered => match order {
                    Some(Order::Send(events, sent)) => {
                        let at = this.send(events).await?;
                        // Nobody need be waiting.
                        let _ = sent.send(at);
                    }
                    Some(Order::Hush) => this.speaking = false,
                    None => ordered = false,
                },
            }
        }
    }

    async fn take(&mut self, frame: &str) -> Result<(), Error> {
        let at = Instant::now();
        if string_at(frame, "type") == Some("input_audio_buffer.append") {
            let audio = string_at(frame, "audio").unwrap_or_default();
            self.recorder.arrived(Way::Up, self.index, audio);
            return Ok(());
        }
        let event: Value = serde_json::from_str(frame).unwrap_or_default();
        match event["type"].as_str() {
            Some("session.update") => {
                self.send(vec![events::session_updated(&event["session"])]).await?;
            }
            Some("response.create") => self.respond(&event["response"]["metadata"]).await?,
            _ => {}
        }
        // Measurements of load do not listen.
        let _ = self.heard.send(Heard { at, event });
        Ok(())
    }

    async fn respond(&mut self, metadata: &Value) -> Result<(), Error> {
        self.responses += 1;
        let number = self.responses;
        self.send(events::response_begins(number, metadata)).await?;
        match self.manner {
            Manner::Endless => self.speak(),
            Manner::Queue(frames) => {
                for _ in 0..frames {
                    self.delta().await?;
                }
                self.send(events::response_ends(number)).await?;
            }
        }
        Ok(())
    }

    fn speak(&mut self) {
        self.speaking = true;
        self.beat.reset_after(phase(self.index));
    }

    async fn delta(&mut self) -> Result<(), Error> {
        let audio = stamp::stamped();
        let delta = events::delta(self.responses, audio.as_str());
        self.socket.send(Message::text(delta)).await
    }

    /// Sends events in one write, and says when.
    async fn send(&mut self, events: Vec<Value>) -> Result<Instant, Error> {
        for event in events {
            self.socket.feed(Message::text(event.to_string())).await?;
        }
        let at = Instant::now();
        self.socket.flush().await.map(|()| at)
    }
}
