//! A media stream over a real socket: what the WebSocket library does with our limits, and with ours alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use switchboard_lines::twilio::caller::{Arrival, HungUp, Script, Setup, call};
use switchboard_lines::twilio::{self, Connect, Tokens, Visit};
use switchboard_session::{Line, LineCommand, LineEvent};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// A server of media streams, whose lines come out of a channel.
struct Server {
    url: String,
    tokens: Arc<Tokens>,
    lines: mpsc::Receiver<Line>,
}

impl Server {
    async fn start() -> Self {
        let tokens = Arc::new(Tokens::random());
        let (opened, lines) = mpsc::channel(1);
        let serving = Arc::clone(&tokens);
        let handler = async move |upgrade: WebSocketUpgrade| {
            twilio::limits(upgrade).on_upgrade(async move |socket| {
                // How the stream ended is what the other side tells.
                let _ =
                    twilio::serve(socket, &serving, async |line| opened.send(line).await.unwrap())
                        .await;
            })
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/stream", listener.local_addr().unwrap());
        tokio::spawn(async {
            axum::serve(listener, Router::new().route("/stream", get(handler))).await
        });
        Self { url, tokens, lines }
    }

    async fn connect(&self) -> WebSocketStream<TcpStream> {
        let address =
            self.url.strip_prefix("ws://").and_then(|rest| rest.split('/').next()).unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        client_async(&self.url, stream).await.unwrap().0
    }

    fn setup(&self) -> Setup {
        let arrival = Arrival::new("+15550100", "+15550199");
        let visit = Visit {
            call_sid: arrival.call_sid.clone(),
            from: Some(arrival.from.clone()),
            to: None,
        };
        let twiml = Connect::new(&self.url)
            .unwrap()
            .parameter("token", self.tokens.issue(&visit))
            .unwrap()
            .to_xml();
        Setup::new(arrival, Connect::read(&twiml).unwrap().parameters())
    }

    /// Connects and opens a stream by hand.
    async fn open(&mut self) -> (WebSocketStream<TcpStream>, Line) {
        let setup = self.setup();
        let mut socket = self.connect().await;
        let start = json!({"event": "start", "streamSid": "MZ1", "start": {
            "streamSid": "MZ1", "callSid": setup.arrival.call_sid,
            "customParameters": {"token": setup.parameters[0].1}}});
        socket.send(Message::text(start.to_string())).await.unwrap();
        let line = self.lines.recv().await.unwrap();
        (socket, line)
    }
}

#[tokio::test]
async fn a_large_frame_is_dropped_and_the_call_goes_on() {
    let (mut socket, line) = Server::start().await.open().await;
    let media = json!({"event": "media", "media": {"payload": "AAAA"}});

    socket.send(Message::text("x".repeat(900_000))).await.unwrap();
    socket.send(Message::text(media.to_string())).await.unwrap();

    assert_eq!(line.audio.recv().await.unwrap().as_str(), "AAAA");
}

#[tokio::test]
async fn a_frame_beyond_the_sockets_limit_ends_the_stream_with_the_code_for_it() {
    let (mut socket, mut line) = Server::start().await.open().await;

    // The server may be gone before it has read all of it.
    let _ = socket.send(Message::text("x".repeat(1_100_000))).await;

    let Some(LineEvent::Closed { reason }) = line.events.recv().await else {
        panic!("the line is not closed")
    };
    assert_eq!(reason, "a frame was too large to be read");
}

#[tokio::test]
async fn a_call_is_answered_and_ended() {
    let mut server = Server::start().await;
    let (socket, setup) = (server.connect().await, server.setup());
    let session = async {
        let mut line = server.lines.recv().await.unwrap();
        assert_eq!(line.profile.caller.as_deref(), Some("+15550100"));
        assert_eq!(line.audio.recv().await.unwrap().decoded_len(), 160);
        line.commands.send(LineCommand::Hangup).await.unwrap();
        // The line stays until the other side has seen the end.
        while line.events.recv().await.is_some() {}
    };

    let (report, ()) = tokio::join!(call(socket, setup, Script::default(), |_| {}), session);

    assert_eq!(
        report.unwrap().hung_up,
        HungUp::Server { code: 1000, reason: "the call is over".to_owned() }
    );
}

#[tokio::test]
async fn a_stream_without_a_token_is_closed_with_the_reason() {
    let server = Server::start().await;
    let mut socket = server.connect().await;
    let start = json!({"event": "start", "streamSid": "MZ1", "start": {"streamSid": "MZ1", "callSid": "CA1"}});

    socket.send(Message::text(start.to_string())).await.unwrap();

    let Some(Ok(Message::Close(Some(frame)))) = socket.next().await else {
        panic!("the stream is not closed")
    };
    assert_eq!(u16::from(frame.code), 1008);
    assert!(frame.reason.contains("no `token` parameter"), "{}", frame.reason);
}
