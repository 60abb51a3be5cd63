//! The floor: takes a caller's WebSocket, opens one to the model, and copies each frame's payload across. It knows nothing.
//!
//! Marks and clears, turns and tools do not exist here; whatever is not audio is dropped.

use std::io::Write as _;
use std::net::SocketAddr;

use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{accept_async_with_config, client_async_with_config};

use crate::error::BenchError;
use crate::frame::{socket_config, string_at};
use crate::model::FLOOR;
use crate::subject;

/// Serves until it is killed.
#[tokio::main]
pub(crate) async fn run() -> Result<(), BenchError> {
    let model = subject::model_of_this_process()?;
    let listener =
        TcpListener::bind("127.0.0.1:0").await.map_err(BenchError::io("listen on loopback"))?;
    let address = listener.local_addr().map_err(BenchError::io("listen on loopback"))?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "listening on http://{address}").map_err(BenchError::io("write to stdout"))?;
    loop {
        let (caller, _) = listener.accept().await.map_err(BenchError::io("accept a caller"))?;
        // A call that breaks is over, which its caller notices.
        tokio::spawn(call(caller, model));
    }
}

async fn call(caller: TcpStream, model: SocketAddr) -> Result<(), Error> {
    caller.set_nodelay(true)?;
    let caller = accept_async_with_config(caller, Some(socket_config())).await?;
    let stream = TcpStream::connect(model).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{model}{FLOOR}");
    let (model, _) = client_async_with_config(url, stream, Some(socket_config())).await?;
    let (to_caller, from_caller) = caller.split();
    let (to_model, from_model) = model.split();
    tokio::select! {
        up = copy(from_caller, "payload", to_model, r#"{"type":"input_audio_buffer.append","audio":""#, "\"}") => up,
        down = copy(from_model, "delta", to_caller, r#"{"event":"media","streamSid":"MZ","media":{"payload":""#, "\"}}") => down,
    }
}

async fn copy(
    mut from: impl Stream<Item = Result<Message, Error>> + Unpin,
    key: &str,
    mut to: impl Sink<Message, Error = Error> + Unpin,
    before: &str,
    after: &str,
) -> Result<(), Error> {
    while let Some(frame) = from.next().await {
        if let Message::Text(frame) = frame?
            && let Some(payload) = string_at(&frame, key)
        {
            to.send(Message::text([before, payload, after].concat())).await?;
        }
    }
    Ok(())
}
