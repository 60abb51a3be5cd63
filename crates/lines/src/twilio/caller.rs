//! A virtual caller: the other side of a media stream, behaving as Twilio does.
//!
//! [`call`] plays a [`Part`] over a connected WebSocket. It sends `connected`, `start` with the parameters of the
//! [`TwiML`](super::Connect) and a frame of audio every 20 ms; it queues what it is sent and plays it in real time, returns
//! marks when playback reaches them, and forgets the queue at a `clear`. All that sounded on either side is recorded.
//!
//! Words are carried by tones ([`switchboard_audio::modem`]), so that no speech engine is needed: what was said, what was
//! heard and where it was cut off are read off the audio itself. Recordings can be played as well.
//!
//! Time is tokio's: with a paused clock and [`memory`](super::memory), whole calls take no time.

mod arrival;
mod ear;
mod handset;
mod part;
mod queue;
mod report;
mod script;
mod timeline;
mod wire;

use std::time::Duration;

use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use thiserror::Error;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tokio_tungstenite::tungstenite::{self, Message};

pub use self::arrival::Arrival;
use self::handset::Handset;
pub use self::part::{Act, Moment, Part, Speech};
pub use self::report::{Happening, HungUp, Report, Silence, Spoken};
pub use self::script::{Cue, Script};
pub use self::timeline::Recording;
use self::wire::FromServer;

/// A frame of audio: 160 bytes of mu-law.
const FRAME: Duration = Duration::from_millis(20);
const FRAME_BYTES: usize = 160;
/// How long a call may take, unless [`Setup::limit`] is changed.
pub const LONGEST_CALL: Duration = Duration::from_secs(600);
/// How long the server may take to read a frame, or to close the socket.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a call is to the other side.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Who calls.
    pub arrival: Arrival,
    /// What the `start` frame says besides: the parameters of the `TwiML`.
    pub parameters: Vec<(String, String)>,
    /// The call is hung up when it takes longer: [`LONGEST_CALL`] unless changed.
    pub limit: Duration,
    /// Whether the caller begins with a [`hello`](switchboard_audio::modem::Modulator::hello), which no voice-activity detector
    /// hears: the simulator then answers in tones that carry words, from the greeting on. Off unless changed.
    pub says_hello: bool,
    /// Whether marks come back. Switched off, the caller is a Twilio that has lost them.
    pub returns_marks: bool,
}

impl Setup {
    /// A call that arrived so, and was answered with these parameters.
    pub fn new(arrival: Arrival, parameters: &[(String, String)]) -> Self {
        Self {
            arrival,
            parameters: parameters.to_vec(),
            limit: LONGEST_CALL,
            says_hello: false,
            returns_marks: true,
        }
    }
}

/// Why a call could not be brought to an end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallError {
    /// The WebSocket broke.
    #[error("the media stream broke")]
    Broken(#[source] tungstenite::Error),
    /// The server has stopped reading.
    #[error("the server has taken no audio for {} s", PATIENCE.as_secs())]
    Stalled,
    /// The server sent a frame that Twilio would not understand, and would end the stream for.
    #[error("the server sent a frame that Twilio does not understand: {0}")]
    Misunderstood(String),
}

/// Plays a part over a connected WebSocket until somebody hangs up, and reports what was said and heard.
///
/// `watch` is told what happens as it happens.
///
/// # Errors
///
/// When the call cannot be brought to an end. A server that turns the call away ends it: see [`Report::hung_up`].
pub async fn call<S>(
    mut socket: S,
    setup: Setup,
    mut part: impl Part,
    mut watch: impl FnMut(&Happening),
) -> Result<Report, CallError>
where
    S: Stream<Item = Result<Message, tungstenite::Error>>
        + Sink<Message, Error = tungstenite::Error>
        + Unpin,
{
    let mut handset = Handset::new(&setup);
    let limit = Instant::now() + setup.limit;
    let mut ticks = interval_at(Instant::now() + FRAME, FRAME);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    send(&mut socket, handset.opening(&setup)).await?;
    let hung_up = loop {
        tokio::select! {
            biased;
            message = socket.next() => match received(message)? {
                Received::Frame(frame) => send(&mut socket, handset.take(frame)).await?,
                Received::Nothing => {}
                Received::Closed { code, reason } => break HungUp::Server { code, reason },
            },
            _ = ticks.tick() => {
                let act = part.next(&handset.moment());
                let over = Instant::now() >= limit;
                match act {
                    Some(Act::HangUp) => break hang_up(&mut socket, &mut handset).await,
                    Some(Act::Vanish) => break HungUp::Vanished,
                    _ if over => break hang_up(&mut socket, &mut handset).await,
                    Some(act) => handset.act(act),
                    None => {}
                }
                send(&mut socket, handset.tick()).await?;
            }
        }
        handset.happenings().iter().for_each(&mut watch);
    };
    let report = handset.finish(hung_up, &mut watch);
    Ok(report)
}

enum Received {
    Frame(FromServer),
    Closed { code: u16, reason: String },
    Nothing,
}

fn received(message: Option<Result<Message, tungstenite::Error>>) -> Result<Received, CallError> {
    match message {
        Some(Ok(Message::Text(text))) => {
            let frame = FromServer::parse(&text)
                .map_err(|error| CallError::Misunderstood(error.to_string()))?;
            Ok(Received::Frame(frame))
        }
        Some(Ok(Message::Close(frame))) => {
            let (code, reason) = frame.map_or((1005, String::new()), |frame| {
                (frame.code.into(), frame.reason.to_string())
            });
            Ok(Received::Closed { code, reason })
        }
        Some(Ok(Message::Binary(_))) => Err(CallError::Misunderstood("it is binary".to_owned())),
        Some(Ok(_)) => Ok(Received::Nothing),
        None | Some(Err(tungstenite::Error::ConnectionClosed)) => {
            Ok(Received::Closed { code: 1006, reason: "the connection is gone".to_owned() })
        }
        Some(Err(error)) => Err(CallError::Broken(error)),
    }
}

/// Sends frames together.
async fn send<S>(socket: &mut S, frames: Vec<String>) -> Result<(), CallError>
where
    S: Sink<Message, Error = tungstenite::Error> + Unpin,
{
    let sending = async {
        for frame in frames {
            socket.feed(Message::text(frame)).await?;
        }
        socket.flush().await
    };
    match timeout(PATIENCE, sending).await {
        // The close frame that says why is still to be read.
        Ok(
            Ok(()) | Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::Protocol(_)),
        ) => Ok(()),
        Ok(Err(error)) => Err(CallError::Broken(error)),
        Err(_) => Err(CallError::Stalled),
    }
}

/// The caller hangs up: `stop`, and Twilio closes the socket.
async fn hang_up<S>(socket: &mut S, handset: &mut Handset) -> HungUp
where
    S: Stream<Item = Result<Message, tungstenite::Error>>
        + Sink<Message, Error = tungstenite::Error>
        + Unpin,
{
    let goodbye = async {
        socket.feed(Message::text(handset.stop())).await?;
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        socket.send(Message::Close(Some(frame))).await?;
        while let Some(Ok(message)) = socket.next().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
        Ok::<_, tungstenite::Error>(())
    };
    // However the server takes it, the call is over.
    let _ = timeout(PATIENCE, goodbye).await;
    HungUp::Caller
}

#[cfg(test)]
mod tests;
