//! The calls, for scripts and for people who watch. The live ones are listed; the latest ended ones can still be looked at.

use std::convert::Infallible;
use std::vec;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::{Stream, StreamExt as _, stream};
use switchboard_session::{CallEvent, CallSummary, Reported};
use tokio::sync::broadcast;

use super::Shared;
use super::error::ApiError;

/// With this a client that lost its connection says what it has seen.
const LAST_EVENT_ID: &str = "last-event-id";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/calls", get(list))
        .route("/api/calls/{id}", get(show))
        .route("/api/calls/{id}/events", get(events))
}

async fn list(State(http): State<Shared>) -> Json<Vec<CallSummary>> {
    Json(http.sessions.calls())
}

async fn show(
    State(http): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<CallSummary>, ApiError> {
    http.sessions.call(&id).map(Json).ok_or_else(|| unknown(&id))
}

/// What has happened on a call, then what happens, one JSON object an event, until the call is over.
///
/// A client that reconnects with `Last-Event-ID` goes on where it was. One that reads too slowly is cut off, and can do that.
async fn events(
    State(http): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let (past, live) = http.sessions.watch(&id).ok_or_else(|| unknown(&id))?;
    let seen =
        headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok()).unwrap_or(0);
    let watching = Watching { past: past.into_iter(), live, seen, over: false };
    let events = stream::unfold(watching, Watching::next)
        .map(|reported| Ok(as_event(&reported)))
        .take_until(http.stopping.clone().cancelled_owned());
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// Somebody who watches a call.
struct Watching {
    past: vec::IntoIter<Reported>,
    live: broadcast::Receiver<Reported>,
    /// The sequence number of the last event they have.
    seen: u64,
    over: bool,
}

impl Watching {
    async fn next(mut self) -> Option<(Reported, Self)> {
        while !self.over {
            let reported = match self.past.next() {
                Some(reported) => reported,
                None => self.live.recv().await.ok()?,
            };
            self.over = matches!(reported.event, CallEvent::Ended { .. });
            if reported.sequence > self.seen {
                self.seen = reported.sequence;
                return Some((reported, self));
            }
        }
        None
    }
}

fn as_event(reported: &Reported) -> Event {
    Event::default()
        .id(reported.sequence.to_string())
        .json_data(reported)
        .expect("what happens on a call is text and numbers, which serialise")
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!(
        "no call has the id `{id}`, or it ended long ago; GET /api/calls lists the live ones"
    ))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;
    use crate::http::testing::{get, server};

    fn reported(sequence: u64, event: CallEvent) -> Reported {
        Reported { sequence, at_ms: sequence * 10, event }
    }

    async fn sequences(watching: Watching) -> Vec<u64> {
        stream::unfold(watching, Watching::next).map(|reported| reported.sequence).collect().await
    }

    #[tokio::test]
    async fn without_calls_the_list_is_empty() {
        let answer = get(&server().await, "/api/calls").await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "[]"));
    }

    #[tokio::test]
    async fn an_unknown_call_is_not_found() {
        for path in ["/api/calls/nobody", "/api/calls/nobody/events"] {
            let answer = get(&server().await, path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            assert!(answer.body.contains("no call has the id `nobody`"), "{}", answer.body);
        }
    }

    #[tokio::test]
    async fn watching_replays_the_past_then_follows_until_the_end() {
        let (sender, live) = broadcast::channel(8);
        let past =
            vec![reported(1, CallEvent::CallerSpeaking), reported(2, CallEvent::CallerSpeaking)];
        sender.send(reported(3, CallEvent::CallerSpeaking)).unwrap();
        sender
            .send(reported(4, CallEvent::Ended { reason: "goodbye".to_owned(), failed: false }))
            .unwrap();
        let watching = Watching { past: past.into_iter(), live, seen: 0, over: false };
        assert_eq!(sequences(watching).await, [1, 2, 3, 4], "ends although the channel is open");
    }

    #[tokio::test]
    async fn a_client_that_comes_back_goes_on_where_it_was() {
        let (sender, live) = broadcast::channel(8);
        let past =
            vec![reported(1, CallEvent::CallerSpeaking), reported(2, CallEvent::CallerSpeaking)];
        // What was reported while the past was collected may be in both.
        sender.send(reported(2, CallEvent::CallerSpeaking)).unwrap();
        sender
            .send(reported(3, CallEvent::Ended { reason: String::new(), failed: false }))
            .unwrap();
        let watching = Watching { past: past.into_iter(), live, seen: 1, over: false };
        assert_eq!(sequences(watching).await, [2, 3]);
    }
}
