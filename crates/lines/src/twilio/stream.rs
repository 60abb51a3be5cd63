//! One media stream, from its first frame to its last: the task of a Twilio call.
//!
//! [`serve`] first waits for a `start` frame with a valid token ([`opening`]). From then on a [`reader`] and a [`writer`]
//! share the socket within one task: neither waits for the other, so that a peer that does not read is still heard, and a
//! session that is busy is still played. Whichever ends first ends the stream.

mod bad_frames;
mod marks;
mod opening;
mod reader;
mod writer;

use std::fmt;
use std::time::Duration;

use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{CloseFrame, Message, close_code};
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use switchboard_session::{Line, LineEnd, LineEvent};
use tokio::time::timeout;
use tracing::{info, warn};

use self::opening::Opened;
pub use self::opening::Refused;
use super::token::Tokens;

/// How long the socket may take for its last frames, and the session for its last event.
const FAREWELL: Duration = Duration::from_secs(2);
/// The socket's own limit: frames between ours and this are read and dropped, and the call goes on.
const SOCKET_FRAME_BYTES: usize = 1024 * 1024;
/// Longer reasons do not fit into a close frame.
const REASON_BYTES: usize = 123;

/// How a stream ended that had begun.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The caller hung up, or Twilio ended the stream.
    CallerHungUp,
    /// The session hung up.
    HungUp,
    /// The socket broke; the text says how.
    Broken(String),
    /// Nothing was heard from the socket for too long, not even an answer to a ping.
    Silent,
    /// The socket did not take our frames for too long.
    Stalled,
    /// A frame was so large that the socket refused to read it, and can read nothing after it.
    TooLarge,
    /// Too many frames could not be read.
    BadFrames {
        /// What the last of them was.
        last: String,
        /// Whether the last of them was too large.
        too_large: bool,
    },
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CallerHungUp => f.write_str("the caller hung up"),
            Self::HungUp => f.write_str("the call is over"),
            Self::Broken(how) => write!(f, "the media stream broke: {how}"),
            Self::Silent => f.write_str("the media stream fell silent"),
            Self::Stalled => f.write_str("the media stream did not take our audio"),
            Self::TooLarge => f.write_str("a frame was too large to be read"),
            Self::BadFrames { last, .. } => write!(f, "too many bad frames, the last one {last}"),
        }
    }
}

impl Ended {
    /// The close frame this calls for.
    fn close_code(&self) -> u16 {
        match self {
            Self::CallerHungUp | Self::HungUp => close_code::NORMAL,
            Self::Broken(_) | Self::Silent | Self::Stalled => close_code::AWAY,
            Self::TooLarge | Self::BadFrames { too_large: true, .. } => close_code::SIZE,
            Self::BadFrames { too_large: false, .. } => close_code::POLICY,
        }
    }
}

/// Sets the buffers and limits of a media stream's socket: small ones, since a server holds thousands of them.
pub fn limits(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(4 * 1024)
        .write_buffer_size(16 * 1024)
        .max_write_buffer_size(SOCKET_FRAME_BYTES)
        .max_message_size(SOCKET_FRAME_BYTES)
        .max_frame_size(SOCKET_FRAME_BYTES)
}

/// Runs a media stream to its end.
///
/// Once a `start` frame with a valid token is there, `open` gets the [`Line`] and runs beside the stream; dropping the
/// line hangs up. Returns when the stream has ended and `open` has returned.
///
/// # Errors
///
/// When the stream is not let in; the socket has been closed with the reason.
pub async fn serve<S, F, Fut>(mut socket: S, tokens: &Tokens, open: F) -> Result<Ended, Refused>
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
    F: FnOnce(Line) -> Fut,
    Fut: Future<Output = ()>,
{
    let opened = match opening::wait(&mut socket, tokens).await {
        Ok(opened) => opened,
        Err(refused) => {
            warn!(reason = %refused, "media stream refused");
            close(&mut socket, refused.close_code(), &refused.to_string()).await;
            return Err(refused);
        }
    };
    info!(call_sid = opened.call_sid, stream_sid = opened.stream_sid, "media stream open");
    let (line, end) = Line::pair(opened.profile());
    let (ended, ()) = tokio::join!(run(socket, &opened, end), open(line));
    Ok(ended)
}

async fn run<S>(socket: S, opened: &Opened, end: LineEnd) -> Ended
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error>,
{
    let (mut sink, mut stream) = socket.split();
    let LineEnd { audio, events, mut commands } = end;
    let ended = tokio::select! {
        ended = reader::run(&mut stream, &opened.stream_sid, &audio, &events) => ended,
        ended = writer::run(&mut sink, &opened.stream_sid, &mut commands) => ended,
    };
    info!(call_sid = opened.call_sid, stream_sid = opened.stream_sid, reason = %ended, "media stream ended");
    let reason = ended.to_string();
    let tell = async {
        // A session that takes no events learns it from the closed channels.
        let _ = timeout(FAREWELL, events.send(LineEvent::Closed { reason: reason.clone() })).await;
        drop((audio, events, commands));
    };
    tokio::join!(tell, close(&mut sink, ended.close_code(), &reason));
    if ended == Ended::HungUp {
        let _ = timeout(FAREWELL, async {
            while stream.next().await.is_some_and(|frame| frame.is_ok()) {}
        })
        .await;
    }
    ended
}

/// Sends a close frame; a peer that does not take it is left to find out.
async fn close<S: Sink<Message> + Unpin>(sink: &mut S, code: u16, reason: &str) {
    let end = reason
        .char_indices()
        .map(|(at, character)| at + character.len_utf8())
        .take_while(|end| *end <= REASON_BYTES);
    let frame =
        Message::Close(Some(CloseFrame { code, reason: reason[..end.last().unwrap_or(0)].into() }));
    let _ = timeout(FAREWELL, sink.send(frame)).await;
}

#[cfg(test)]
mod tests;
