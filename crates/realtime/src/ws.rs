//! A WebSocket that carries the protocol's events, for either end.
//!
//! [`connect`] dials a model (TCP without delay, TLS by rustls with the system's certificates) and [`accept`] takes a
//! client in, over whatever stream it came. Either socket splits into a sender and a receiver for two tasks.
//!
//! - **Sending** writes at once and gives up on a peer that takes nothing for the
//!   [`write_timeout`](SocketSettings::write_timeout). Where several events wait, feed them all and flush once: they leave
//!   in one write.
//! - **Receiving** also keeps the connection alive: the receiver pings, answers pings, and gives a peer up that answers
//!   none. It does so only while somebody waits in `recv`.
//! - **Limits** are in [`SocketSettings`]. An idle connection holds a read buffer of 4 KiB and little else.
//!
//! ```
//! use switchboard_realtime::ws::{self, Accept, Auth, Endpoint, Reject, SocketSettings};
//! use switchboard_realtime::{ClientEvent, ServerEvent};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (near, far) = tokio::io::duplex(4096);
//! let server = tokio::spawn(async move {
//!     let check = |request: &ws::HandshakeRequest| match request.bearer() {
//!         Some("secret") => Ok(Accept::default()),
//!         _ => Err(Reject::new(401, "Incorrect API key provided.")),
//!     };
//!     let (mut sender, mut receiver) = ws::accept(far, SocketSettings::server(), check).await.unwrap().split();
//!     let text = receiver.recv().await.unwrap().unwrap();
//!     assert_eq!(ClientEvent::parse(text).unwrap(), ClientEvent::clear());
//!     sender.send_text(r#"{"type":"input_audio_buffer.cleared","event_id":"event_1"}"#).await.unwrap();
//! });
//!
//! let endpoint = Endpoint::new("ws://model.test/v1/realtime".parse()?)
//!     .with_model("gpt-realtime-2.1")
//!     .with_auth(Auth::Bearer("secret".into()));
//! let (mut sender, mut receiver) = ws::handshake(near, &endpoint).await?.split();
//! sender.send(&ClientEvent::clear()).await?;
//! let answer = receiver.recv().await.expect("the server answers")?;
//! assert!(matches!(answer, ServerEvent::InputAudioBufferCleared(_)));
//! # server.await?;
//! # Ok(())
//! # }
//! ```

mod accept;
mod client;
mod close;
mod connect;
mod endpoint;
mod error;
mod head;
mod keepalive;
mod refusal;
mod request;
mod server;
mod settings;
mod socket;
mod tls;

pub use accept::{AcceptError, accept};
pub use client::{ClientReceiver, ClientSender, ClientSocket};
pub use close::close_code;
pub use connect::{connect, handshake};
pub use endpoint::{Auth, Endpoint, Secret};
pub use error::{ReceiveError, SendError};
pub use refusal::ConnectError;
pub use request::{Accept, HandshakeRequest, Reject};
pub use server::{ServerReceiver, ServerSender, ServerSocket};
pub use settings::SocketSettings;
