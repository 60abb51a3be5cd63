//! The socket over real TCP.

use std::time::Duration;

use switchboard_realtime::ws::{
    self, Accept, Auth, ConnectError, Endpoint, SocketSettings, close_code,
};
use switchboard_realtime::{ClientEvent, Item, ItemEvent, ServerEvent};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_conversation_goes_over_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/realtime", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let accepted = ws::accept(stream, SocketSettings::server(), |request| {
            assert_eq!(request.header("authorization"), Some("Bearer k"));
            Ok(Accept::default())
        });
        let (mut sender, mut receiver) = accepted.await.unwrap().split();
        while let Some(Ok(event)) = receiver.recv_event().await {
            if let ClientEvent::ConversationItemCreate { item, .. } = event {
                let added = ItemEvent { item: *item, ..ItemEvent::default() };
                sender.send(&ServerEvent::ConversationItemAdded(added)).await.unwrap();
            }
        }
    });
    let client = tokio::spawn(async move {
        let endpoint = Endpoint::new(url.parse().unwrap()).with_auth(Auth::Bearer("k".into()));
        let socket = ws::connect(&endpoint, Duration::from_secs(10)).await.unwrap();
        let (mut sender, mut receiver) = socket.split();
        let item = Item::user_text("Hello").with_id("item_1");
        sender.send(&ClientEvent::item_create(item.clone())).await.unwrap();
        let added = receiver.recv().await.unwrap().unwrap();
        sender.close(close_code::NORMAL, "done").await.unwrap();
        (item, added)
    });

    let (item, added) = client.await.unwrap();

    assert!(matches!(added, ServerEvent::ConversationItemAdded(added) if added.item == item));
    server.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/v1/realtime", listener.local_addr().unwrap());
    let endpoint = Endpoint::new(url.parse().unwrap());

    let error = ws::connect(&endpoint, Duration::from_secs(10)).await.unwrap_err();

    assert!(matches!(error, ConnectError::Timeout { .. }));
    assert!(error.to_string().contains("did not answer within 10s"), "{error}");
}
