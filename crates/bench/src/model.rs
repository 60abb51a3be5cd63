//! The model: a minimal Realtime server that speaks mu-law in frames of 20 ms, and does as a measurement orders.

mod connection;
pub(crate) mod events;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use self::connection::Connection;
use crate::error::BenchError;
use crate::recorder::Recorder;

/// The path of the Realtime protocol.
pub(crate) const REALTIME: &str = "/v1/realtime";
/// The path for a splice, which neither sends nor hears anything but audio.
pub(crate) const FLOOR: &str = "/floor";

/// The longest that anything is waited for, in seconds.
const PATIENCE: u64 = 10;

/// What the model does when it is asked for a response. Without being asked it does so once on [`FLOOR`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Speaks in real time, and never ends.
    Endless,
    /// Sends this many frames at once, and ends.
    Queue(usize),
}

/// The server; it ends with the program.
#[derive(Debug)]
pub(crate) struct ModelServer {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    manner: tokio::sync::watch::Sender<Manner>,
    calls: mpsc::UnboundedReceiver<ModelCall>,
}

/// The model's end of a call. Once dropped, nothing is noted of the call any more; it goes on.
#[derive(Debug)]
pub(crate) struct ModelCall {
    orders: mpsc::UnboundedSender<Order>,
    heard: mpsc::UnboundedReceiver<Heard>,
}

/// An event that the model heard, audio aside.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) at: Instant,
    pub(crate) event: Value,
}

/// What a connection is ordered to do.
#[derive(Debug)]
enum Order {
    /// Send these, and say when.
    Send(Vec<Value>, oneshot::Sender<Instant>),
    /// Speak no more.
    Hush,
}

impl ModelServer {
    /// Starts it.
    pub(crate) async fn start(recorder: &Arc<Recorder>) -> Result<Self, BenchError> {
        let listening = || BenchError::io("listen on loopback");
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(listening())?;
        let address = listener.local_addr().map_err(listening())?;
        let (manner, manners) = tokio::sync::watch::channel(Manner::Endless);
        let (arrivals, calls) = mpsc::unbounded_channel();
        let recorder = Arc::clone(recorder);
        tokio::spawn(async move {
            let mut index = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let (orders, ordered) = mpsc::unbounded_channel();
                let (ears, heard) = mpsc::unbounded_channel();
                let manner = *manners.borrow();
                let recorder = Arc::clone(&recorder);
                tokio::spawn(async move {
                    // A connection that breaks shows in the numbers.
                    let _ = Connection::run(stream, index, manner, recorder, ordered, ears).await;
                });
                index += 1;
                // Measurements of load take no calls.
                let _ = arrivals.send(ModelCall { orders, heard });
            }
        });
        Ok(Self { address, manner, calls })
    }

    /// From now on connections behave so; those that nobody took are forgotten.
    pub(crate) fn behave(&mut self, manner: Manner) {
        self.manner.send_replace(manner);
        while self.calls.try_recv().is_ok() {}
    }

    /// The next call.
    pub(crate) async fn call(&mut self) -> Result<ModelCall, BenchError> {
        let call = timeout(Duration::from_secs(PATIENCE), self.calls.recv()).await;
        call.ok().flatten().ok_or(BenchError::Missing("a call to the model", PATIENCE))
    }
}

impl ModelCall {
    /// Sends events together; returns when they left.
    pub(crate) async fn send(&self, events: Vec<Value>) -> Result<Instant, BenchError> {
        let (sent, at) = oneshot::channel();
        // A connection that is gone says nothing.
        let _ = self.orders.send(Order::Send(events, sent));
        at.await.map_err(|_| BenchError::Missing("the model's connection", 0))
    }

    /// Speaks no more.
    pub(crate) fn hush(&self) {
        // A connection that is gone is quiet.
        let _ = self.orders.send(Order::Hush);
    }

    /// Waits for an event of this type, passing over others.
    pub(crate) async fn hear(&mut self, kind: &'static str) -> Result<Heard, BenchError> {
        let found = async {
            loop {
                let heard = self.heard.recv().await?;
                if heard.event["type"] == kind {
                    return Some(heard);
                }
            }
        };
        let heard = timeout(Duration::from_secs(PATIENCE), found).await;
        heard.ok().flatten().ok_or(BenchError::Missing(kind, PATIENCE))
    }
}
