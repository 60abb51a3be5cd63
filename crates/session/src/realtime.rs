//! The OpenAI Realtime protocol as a [`Model`]: one WebSocket a call.

mod commands;
mod events;
mod session;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use switchboard_realtime::Payload;
use switchboard_realtime::ws::{
    ClientReceiver, ClientSender, ClientSocket, ConnectError, Endpoint, ReceiveError, SendError,
    close_code, connect,
};

use self::commands::Commands;
use self::events::translate;
use crate::link::{
    CallShape, Link, LinkCommand, LinkError, LinkEvent, LinkReceiver, LinkSender, Model,
};
use crate::settings::ModelSettings;

/// The session gives up dialling after its own time; this only bounds a dial that nobody waits for any more.
const LONGEST_DIAL: Duration = Duration::from_secs(60);

/// Dials an endpoint: TCP and TLS in production, a pipe in tests.
type Dialler =
    dyn Fn(Endpoint) -> BoxFuture<'static, Result<ClientSocket, ConnectError>> + Send + Sync;

/// A speech-to-speech model behind the Realtime protocol: `OpenAI`'s, Azure's, a compatible server's, the simulator's.
#[derive(Clone)]
pub struct RealtimeModel {
    endpoint: Endpoint,
    dialler: Arc<Dialler>,
}

impl RealtimeModel {
    /// The model at this endpoint. Its `model` is set from the [`ModelSettings`] of each call.
    pub fn new(endpoint: Endpoint) -> Self {
        Self::over(endpoint, |endpoint| {
            async move { connect(&endpoint, LONGEST_DIAL).await }.boxed()
        })
    }

    /// The model at this endpoint, reached in some other way: a test's pipe, a proxy.
    pub fn over<F>(endpoint: Endpoint, dialler: F) -> Self
    where
        F: Fn(Endpoint) -> BoxFuture<'static, Result<ClientSocket, ConnectError>>
            + Send
            + Sync
            + 'static,
    {
        Self { endpoint, dialler: Arc::new(dialler) }
    }

    fn endpoint(&self, settings: &ModelSettings) -> Endpoint {
        self.endpoint.clone().with_model(settings.model.clone())
    }
}

impl fmt::Debug for RealtimeModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RealtimeModel").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Model for RealtimeModel {
    fn dial(&self, shape: Arc<CallShape>) -> BoxFuture<'_, Result<Link, LinkError>> {
        async move {
            let socket = (self.dialler)(self.endpoint(&shape.settings)).await;
            let (sender, receiver) = socket.map_err(|error| unreachable_model(&error))?.split();
            let sender = Box::new(Sender { socket: sender, commands: Commands::new(shape) });
            Ok(Link { sender, receiver: Box::new(Receiver { socket: receiver }) })
        }
        .boxed()
    }
}

/// Why the model was not reached; it may be another time, unless it does not know us.
fn unreachable_model(error: &ConnectError) -> LinkError {
    let hopeless = matches!(
        error,
        ConnectError::Unauthorized { .. }
            | ConnectError::NotFound { .. }
            | ConnectError::InvalidUrl { .. }
            | ConnectError::NoCertificates
    );
    LinkError { reason: with_cause(error), hopeless }
}

/// The words of an error and of what caused it.
fn with_cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[derive(Debug)]
struct Sender {
    socket: ClientSender,
    commands: Commands,
}

impl LinkSender for Sender {
    fn feed<'a>(&'a mut self, command: &'a LinkCommand) -> BoxFuture<'a, Result<(), LinkError>> {
        async move {
            let event = self.commands.translate(command);
            self.socket.feed(&event).await.map_err(|error| broken(&error))
        }
        .boxed()
    }

    fn append<'a>(&'a mut self, audio: &'a Payload) -> BoxFuture<'a, Result<(), LinkError>> {
        async move { self.socket.feed_append(audio).await.map_err(|error| broken(&error)) }.boxed()
    }

    fn flush(&mut self) -> BoxFuture<'_, Result<(), LinkError>> {
        async move { self.socket.flush().await.map_err(|error| broken(&error)) }.boxed()
    }

    fn close(&mut self) -> BoxFuture<'_, ()> {
        async move {
            if let Err(error) = self.socket.close(close_code::NORMAL, "the call is over").await {
                tracing::debug!(%error, "the model had closed the connection already");
            }
        }
        .boxed()
    }
}

fn broken(error: &SendError) -> LinkError {
    LinkError::broken(with_cause(error))
}

#[derive(Debug)]
struct Receiver {
    socket: ClientReceiver,
}

impl LinkReceiver for Receiver {
    fn next(&mut self) -> BoxFuture<'_, Result<LinkEvent, LinkError>> {
        async move {
            loop {
                match self.socket.recv().await {
                    Some(Ok(event)) => {
                        tracing::trace!(kind = event.kind(), "from the model");
                        if let Some(event) = translate(event) {
                            return Ok(event);
                        }
                    }
                    Some(Err(error @ (ReceiveError::Unreadable(_) | ReceiveError::NotText))) => {
                        tracing::warn!(%error, "the model sent something unreadable; the call goes on");
                    }
                    Some(Err(error)) => return Err(LinkError::broken(with_cause(&error))),
                    None => return Err(LinkError::broken("the connection to the model is closed")),
                }
            }
        }
        .boxed()
    }
}
