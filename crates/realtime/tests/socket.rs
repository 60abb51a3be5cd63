//! The socket in virtual time: over a pipe in memory, so that a minute of silence takes no time.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking, in its helpers, too")]

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use switchboard_realtime::ws::{
    self, Accept, Auth, ClientSocket, ConnectError, Endpoint, HandshakeRequest, ReceiveError,
    Reject, SendError, ServerSocket, SocketSettings, close_code,
};
use switchboard_realtime::{ClientEvent, Payload, ServerEvent};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex};
use tokio::time::Instant;

const PIPE: usize = 64 * 1024;

fn endpoint() -> Endpoint {
    Endpoint::new("ws://model.test/v1/realtime".parse().unwrap())
        .with_model("gpt-realtime-2.1")
        .with_auth(Auth::Bearer("hunter2".into()))
}

async fn pair_over<S>(
    near: S,
    far: DuplexStream,
    endpoint: &Endpoint,
) -> (ClientSocket, ServerSocket)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let server = ws::accept(far, SocketSettings::server(), |_| Ok(Accept::default()));
    let (client, server) = tokio::join!(ws::handshake(near, endpoint), server);
    (client.unwrap(), server.unwrap())
}

async fn pair() -> (ClientSocket, ServerSocket) {
    let (near, far) = duplex(PIPE);
    pair_over(near, far, &endpoint()).await
}

/// Dials a server that decides by `check`, and returns what became of it.
async fn dialled(
    endpoint: Endpoint,
    check: impl FnOnce(&HandshakeRequest) -> Result<Accept, Reject>,
) -> Result<ClientSocket, ConnectError> {
    let (near, far) = duplex(PIPE);
    let server = ws::accept(far, SocketSettings::server(), check);
    let (client, _server) = tokio::join!(ws::handshake(near, &endpoint), server);
    client
}

#[tokio::test(start_paused = true)]
async fn the_server_sees_the_model_the_key_and_no_beta() {
    let connected = dialled(endpoint(), |request| {
        assert_eq!(request.path(), "/v1/realtime");
        assert_eq!(request.query("model").as_deref(), Some("gpt-realtime-2.1"));
        assert_eq!(request.bearer(), Some("hunter2"));
        assert_eq!(request.header("openai-beta"), None);
        assert_eq!(request.subprotocols().count(), 0);
        Ok(Accept::default())
    });

    connected.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn azure_has_its_own_header_and_keeps_its_query() {
    let url = "wss://name.openai.azure.com/openai/realtime?api-version=2025-04-01-preview&deployment=voice";
    let azure = Endpoint::new(url.parse().unwrap())
        .with_model("m")
        .with_auth(Auth::AzureKey("hunter2".into()));

    let connected = dialled(azure, |request| {
        assert_eq!(request.header("api-key"), Some("hunter2"));
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("host"), Some("name.openai.azure.com"));
        let query: Vec<_> =
            request.query_pairs().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(query, ["api-version=2025-04-01-preview", "deployment=voice"]);
        Ok(Accept::default())
    });

    connected.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refused_handshake_says_what_to_do() {
    let refuse = |status, code| {
        dialled(endpoint(), move |_| Err(Reject::new(status, "No.").with_code(code)))
    };

    let error = refuse(401, "invalid_api_key").await.unwrap_err();
    assert!(matches!(&error, ConnectError::Unauthorized { .. }));
    assert!(
        error.to_string().contains("does not accept the key (HTTP 401: invalid_api_key)"),
        "{error}"
    );

    let error = refuse(404, "call_id_not_found").await.unwrap_err();
    assert!(matches!(&error, ConnectError::NotFound { .. }));
    assert!(
        error.to_string().contains("knows no such endpoint, model or call (HTTP 404: No.)"),
        "{error}"
    );

    let error = refuse(429, "rate_limit_exceeded").await.unwrap_err();
    assert!(matches!(&error, ConnectError::RateLimited { .. }));

    let error = refuse(400, "OperationNotSupported").await.unwrap_err();
    assert!(matches!(&error, ConnectError::Refused { status: 400, .. }));
}

#[tokio::test(start_paused = true)]
async fn no_refusal_shows_the_key() {
    for status in [400, 401, 403, 404, 429, 500] {
        let quoting = |_: &HandshakeRequest| Err(Reject::new(status, "Your key hunter2 is wrong."));

        let error = dialled(endpoint(), quoting).await.unwrap_err();

        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_websocket_is_told() {
    for answer in [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: c3RhbGU=\r\n\r\n",
    ] {
        let (near, mut far) = duplex(PIPE);
        far.write_all(answer.as_bytes()).await.unwrap();

        let error = ws::handshake(near, &endpoint()).await.unwrap_err();

        assert!(matches!(&error, ConnectError::NotWebSocket { .. }), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_late_is_still_told() {
    let (near, mut far) = duplex(PIPE);
    let endpoint = endpoint();
    let server = async move {
        far.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 18\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        far.write_all(br#"{"message":"Full"}"#).await.unwrap();
        tokio::time::sleep(Duration::from_secs(60)).await;
    };

    let error = tokio::select! {
        error = ws::handshake(near, &endpoint) => error.unwrap_err(),
        () = server => panic!("the whole body is there"),
    };

    assert!(error.to_string().ends_with("(HTTP 503: Full)"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_given_up_after_two_pings() {
    let (client, server) = pair().await;
    let (_sender, mut receiver) = client.split();
    let begun = Instant::now();

    // Nobody polls the server's end, so its pongs never leave.
    let error = receiver.recv().await.unwrap().unwrap_err();

    assert!(matches!(error, ReceiveError::Unresponsive { pings: 2 }), "{error}");
    assert_eq!(begun.elapsed(), Duration::from_secs(12));
    assert!(error.is_recoverable());
    assert!(receiver.recv().await.is_none());
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_pings_is_kept() {
    let (client, server) = pair().await;
    let (_sender, mut receiver) = client.split();
    let (_server_sender, mut server_receiver) = server.split();

    tokio::select! {
        event = receiver.recv() => panic!("nothing was sent: {event:?}"),
        text = server_receiver.recv() => panic!("nothing was sent: {text:?}"),
        () = tokio::time::sleep(Duration::from_secs(3_600)) => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_is_received_with_its_code_and_reason() {
    let (client, server) = pair().await;
    let (mut sender, mut receiver) = client.split();
    let (mut server_sender, mut server_receiver) = server.split();

    server_sender.close(close_code::BETA, "the beta is gone").await.unwrap();
    let error = receiver.recv().await.unwrap().unwrap_err();

    let ReceiveError::Closed { code, reason } = &error else {
        panic!("expected a close, got {error:?}")
    };
    assert_eq!((*code, reason.as_str()), (4000, "the beta is gone"));
    assert!(!error.is_recoverable());
    assert!(receiver.recv().await.is_none());
    assert!(matches!(sender.send(&ClientEvent::clear()).await, Err(SendError::Closed)));
    let answer = server_receiver.recv().await.unwrap().unwrap_err();
    assert!(matches!(answer, ReceiveError::Closed { code: 4000, .. }), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_closes_is_answered() {
    let (client, server) = pair().await;
    let (mut sender, mut receiver) = client.split();
    let (_server_sender, mut server_receiver) = server.split();

    sender.close(close_code::NORMAL, "").await.unwrap();

    let seen = server_receiver.recv().await.unwrap().unwrap_err();
    assert!(matches!(seen, ReceiveError::Closed { code: 1000, .. }), "{seen:?}");
    let answer = receiver.recv().await.unwrap().unwrap_err();
    assert!(matches!(answer, ReceiveError::Closed { code: 1000, .. }), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_without_a_close_is_abnormal() {
    let (client, server) = pair().await;
    let (_sender, mut receiver) = client.split();

    drop(server);
    let error = receiver.recv().await.unwrap().unwrap_err();

    assert!(matches!(error, ReceiveError::Closed { code: close_code::ABNORMAL, .. }), "{error:?}");
    assert!(error.is_recoverable());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_given_up() {
    let (near, far) = duplex(8 * 1024);
    let (client, server) = pair_over(near, far, &endpoint()).await;
    let (mut sender, mut receiver) = client.split();
    let audio = Payload::encode(&vec![0; 64 * 1024]);
    let begun = Instant::now();

    let error = tokio::select! {
        sent = sender.append(&audio) => sent.unwrap_err(),
        event = receiver.recv() => panic!("nothing was sent: {event:?}"),
    };

    assert!(
        matches!(error, SendError::Stalled { after } if after == Duration::from_secs(5)),
        "{error}"
    );
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_too_large_to_send_is_refused_and_the_next_goes_through() {
    let settings = SocketSettings { max_write_buffer: 1_000, ..SocketSettings::client() };
    let (near, far) = duplex(PIPE);
    let (client, server) = pair_over(near, far, &endpoint().with_settings(settings)).await;
    let (mut sender, _receiver) = client.split();
    let (_server_sender, mut server_receiver) = server.split();

    let refused = sender.append(&Payload::encode(&[0; 1_000])).await;
    sender.send(&ClientEvent::commit()).await.unwrap();

    assert!(matches!(refused, Err(SendError::TooLarge { most: 1_000, .. })));
    assert_eq!(server_receiver.recv_event().await.unwrap().unwrap(), ClientEvent::commit());
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_too_large_to_receive_ends_the_connection_and_says_so() {
    let settings = SocketSettings { max_message: 1_000, ..SocketSettings::client() };
    let (near, far) = duplex(PIPE);
    let (client, server) = pair_over(near, far, &endpoint().with_settings(settings)).await;
    let (_sender, mut receiver) = client.split();
    let (mut server_sender, mut server_receiver) = server.split();

    server_sender.send_text("x".repeat(1_001)).await.unwrap();

    let error = receiver.recv().await.unwrap().unwrap_err();
    assert!(matches!(error, ReceiveError::TooLarge { size: 1_001, most: 1_000 }), "{error:?}");
    let told = server_receiver.recv().await.unwrap().unwrap_err();
    assert!(matches!(told, ReceiveError::Closed { code: close_code::TOO_LARGE, .. }), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn fifteen_mebibytes_of_audio_go_through() {
    let (client, server) = pair().await;
    let (mut sender, _receiver) = client.split();
    let (_server_sender, mut server_receiver) = server.split();
    let audio = Payload::encode(&vec![7; 15 << 20]);

    let (sent, received) = tokio::join!(sender.append(&audio), server_receiver.recv_event());
    sent.unwrap();
    assert_eq!(received.unwrap().unwrap(), ClientEvent::append(audio));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_read_does_not_end_the_connection() {
    let (client, server) = pair().await;
    let (_sender, mut receiver) = client.split();
    let (mut server_sender, _server_receiver) = server.split();

    server_sender.send_text(r#"{"type":"conversation.item.deleted"}"#).await.unwrap();
    server_sender.send_text(r#"{"type":"input_audio_buffer.cleared"}"#).await.unwrap();

    let error = receiver.recv().await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "unreadable `conversation.item.deleted` event");
    assert!(!error.is_final());
    assert!(matches!(receiver.recv().await, Some(Ok(ServerEvent::InputAudioBufferCleared(_)))));
}

#[tokio::test(start_paused = true)]
async fn what_is_fed_leaves_in_order_and_in_one_write() {
    let (near, far) = duplex(PIPE);
    let (near, writes) = Counted::new(near);
    let (client, server) = pair_over(near, far, &endpoint()).await;
    let (mut sender, _receiver) = client.split();
    let (_server_sender, mut server_receiver) = server.split();
    let frames: Vec<_> = (0..10).map(|level| Payload::encode(&[level; 160])).collect();
    let before = writes.load(Ordering::Relaxed);

    for frame in &frames {
        sender.feed_append(frame).await.unwrap();
    }
    assert_eq!(writes.load(Ordering::Relaxed), before);
    sender.flush().await.unwrap();
    assert_eq!(writes.load(Ordering::Relaxed), before + 1);

    for frame in frames {
        assert_eq!(
            server_receiver.recv_event().await.unwrap().unwrap(),
            ClientEvent::append(frame)
        );
    }
}

/// A stream that counts how often it is written to.
struct Counted {
    stream: DuplexStream,
    writes: Arc<AtomicUsize>,
}

impl Counted {
    fn new(stream: DuplexStream) -> (Self, Arc<AtomicUsize>) {
        let writes = Arc::new(AtomicUsize::new(0));
        (Self { stream, writes: Arc::clone(&writes) }, writes)
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
