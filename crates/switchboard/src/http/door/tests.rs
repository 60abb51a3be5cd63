use axum::extract::ws::WebSocketUpgrade;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::*;

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n";
const UPGRADE: &[u8] = b"GET /socket HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// As good as for ever.
const LONG: Duration = Duration::from_secs(3_600);
const SHORT: Duration = Duration::from_millis(50);

struct Opened {
    address: SocketAddr,
    /// The places of the sockets that were upgraded.
    places: mpsc::UnboundedReceiver<Place>,
    stopping: CancellationToken,
    door: tokio::task::JoinHandle<()>,
}

async fn open(patience: Duration, per_address: usize) -> Opened {
    let (opened, places) = mpsc::unbounded_channel();
    let socket = async move |axum::Extension(place): axum::Extension<Place>,
                             upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async move |mut socket| {
            opened.send(place).unwrap();
            socket.recv().await;
        })
    };
    let router = Router::new()
        .route("/", get(async || "hello"))
        .route("/", post(async |body: String| body))
        .route("/socket", get(socket));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stopping = CancellationToken::new();
    let limits = Limits { patience, per_address };
    let door = tokio::spawn(serve(listener, router, limits, stopping.clone()));
    Opened { address, places, stopping, door }
}

impl Opened {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection whose first request has been answered with this status.
    async fn ask(&self, request: &[u8]) -> (TcpStream, u16) {
        let mut client = self.connect().await;
        client.write_all(request).await.unwrap();
        let status = status(&mut client).await;
        (client, status)
    }
}

async fn status(client: &mut TcpStream) -> u16 {
    let mut line = [0; 12];
    client.read_exact(&mut line).await.unwrap();
    std::str::from_utf8(&line[9..]).unwrap().parse().unwrap()
}

/// Waits until the server has closed a connection, and returns what it said before.
async fn closed(client: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    // A reset is as good as an end.
    let _ = client.read_to_end(&mut rest).await;
    rest
}

#[tokio::test]
async fn a_client_that_says_nothing_is_hung_up_on() {
    let opened = open(SHORT, 9).await;
    assert_eq!(closed(&mut opened.connect().await).await, b"");
    let mut slow = opened.connect().await;
    slow.write_all(b"GET / HTTP/1.1\r\nhost: te").await.unwrap();
    closed(&mut slow).await;
}

#[tokio::test]
async fn so_is_one_that_says_nothing_more() {
    let opened = open(SHORT, 9).await;
    let (mut client, status) = opened.ask(GET).await;
    assert_eq!(status, 200);
    assert!(closed(&mut client).await.ends_with(b"hello"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let opened = open(SHORT, 9).await;
    let request = b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 10\r\n\r\n";
    let (mut client, status) = opened.ask(request).await;
    assert_eq!(status, 408);
    closed(&mut client).await;
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let opened = open(LONG, 9).await;
    let mut request = GET[..GET.len() - 2].to_vec();
    request.extend(b"x: ");
    request.extend(vec![b'x'; 2 * HEAD_BYTES]);
    let (_client, status) = opened.ask(&request).await;
    assert_eq!(status, 431);
}

#[tokio::test]
async fn one_address_holds_only_so_many_connections() {
    let opened = open(LONG, 2).await;
    let (first, _) = opened.ask(GET).await;
    let (_second, _) = opened.ask(GET).await;
    assert_eq!(closed(&mut opened.connect().await).await, b"");

    drop(first);
    // The place is free once the server has noticed.
    loop {
        let mut client = opened.connect().await;
        let _ = client.write_all(GET).await;
        if client.read_u8().await.is_ok() {
            break;
        }
    }
}

#[tokio::test]
async fn a_websocket_holds_its_place_until_it_is_a_call() {
    let mut opened = open(LONG, 1).await;
    let (_socket, status) = opened.ask(UPGRADE).await;
    assert_eq!(status, 101);
    let place = opened.places.recv().await.unwrap();
    assert_eq!(closed(&mut opened.connect().await).await, b"");

    drop(place);
    assert_eq!(opened.ask(GET).await.1, 200);
}

#[tokio::test]
async fn idle_connections_do_not_delay_the_end() {
    let opened = open(LONG, 9).await;
    let (mut idle, _) = opened.ask(GET).await;
    opened.stopping.cancel();
    opened.door.await.unwrap();
    assert!(closed(&mut idle).await.ends_with(b"hello"));
}
