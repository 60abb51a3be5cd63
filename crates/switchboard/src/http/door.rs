//! The door: connections come in here, and those that only stand in it are sent away.
//!
//! A client may be silent, slow or many. One that takes longer than [`Limits::patience`] to send the head of a request, or to let it
//! be answered, is hung up on, also between two requests; and an address holds at most [`Limits::per_address`] connections
//! that have not become calls ([`places`]). A call's WebSocket counts as one that has not until it has shown its token.

mod places;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub(super) use self::places::Place;
use self::places::Places;
use super::error::ApiError;

/// No head of a request of ours is larger, in bytes.
const HEAD_BYTES: usize = 16 * 1024;
/// The pause after a failed accept: a process out of file handles must not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often it is said, at most, that an address holds too many connections.
const WARN_EVERY: Duration = Duration::from_secs(10);
/// How long connections may take to end at shutdown; whoever still holds one after that is cut off.
const FAREWELL: Duration = Duration::from_secs(5);

/// What a client may take without being a caller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long it may take to send the head of a request, from the connection or the answer before; and how long the request
    /// may take from there to the head of its answer.
    pub(crate) patience: Duration,
    /// How many connections its address may hold that are no calls.
    pub(crate) per_address: usize,
}

impl Default for Limits {
    /// Ten seconds, and 256: a proxy with many callers behind it has one address.
    fn default() -> Self {
        Self { patience: Duration::from_secs(10), per_address: 256 }
    }
}

/// Lets clients in until `stopping`; then lets the requests that run end, for a while, and returns. Upgraded sockets are not waited for.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stopping: CancellationToken,
) {
    let places = Places::new(limits.per_address);
    let mut connections = JoinSet::new();
    let mut warned = None;
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopping.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let Some((socket, peer)) = usable(accepted).await else { continue };
        if let Some(place) = places.take(peer.ip()) {
            let connection = converse(socket, router.clone(), place, limits, stopping.clone());
            connections.spawn(connection);
        } else {
            warn(&mut warned, peer, limits);
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(FAREWELL, ended).await.is_err() {
        tracing::warn!("some connections did not end in time and are cut off");
    }
}

/// The socket of a connection, if one came about, with small frames not waiting for each other.
async fn usable(accepted: io::Result<(TcpStream, SocketAddr)>) -> Option<(TcpStream, SocketAddr)> {
    match accepted {
        Ok((socket, peer)) => {
            // A socket that refuses works all the same.
            if let Err(error) = socket.set_nodelay(true) {
                tracing::debug!(%error, "cannot switch off Nagle's algorithm");
            }
            Some((socket, peer))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// Says that a connection is refused; not for every one of a flood.
fn warn(warned: &mut Option<Instant>, peer: SocketAddr, limits: Limits) {
    if warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
        *warned = Some(Instant::now());
        tracing::warn!(
            address = %peer.ip(),
            most = limits.per_address,
            "connections are refused: this address holds too many that are no calls"
        );
    }
}

/// Answers the requests of one connection.
async fn converse(
    socket: TcpStream,
    router: Router,
    place: Place,
    limits: Limits,
    stopping: CancellationToken,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(place.clone());
        answer(router.clone(), request, limits.patience)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

async fn answer(
    router: Router,
    request: Request,
    patience: Duration,
) -> Result<Response, Infallible> {
    match timeout(patience, router.oneshot(request)).await {
        Ok(answered) => answered,
        Err(_) => Ok(ApiError::too_slow().into_response()),
    }
}

#[cfg(test)]
mod tests;
