//! The caller's side of a stream: frames in, audio and events out.

use std::time::Duration;

use axum::extract::ws::Message;
use futures_util::{Stream, StreamExt as _};
use switchboard_realtime::{AudioFormat, Payload};
use switchboard_session::{CallerAudioSender, LineEvent};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite;
use tracing::debug;

use super::Ended;
use super::bad_frames::BadFrames;
use crate::twilio::gaps::{Gaps, QUIET_AFTER};
use crate::twilio::mark;
use crate::twilio::message::{BadFrame, Incoming};

/// With a ping every 20 s, this long without a word means that two were missed.
const DEAD_AFTER: Duration = Duration::from_secs(50);
/// Long silence goes to the session in pieces of this length.
const SILENCE_PIECE: Duration = Duration::from_secs(1);
/// Mu-law for a sample of zero.
const MULAW_ZERO: u8 = 0xff;

/// Reads until the stream ends.
pub(super) async fn run<S>(
    stream: &mut S,
    stream_sid: &str,
    audio: &CallerAudioSender,
    events: &mpsc::Sender<LineEvent>,
) -> Ended
where
    S: Stream<Item = Result<Message, axum::Error>> + Unpin,
{
    let now = Instant::now();
    let mut reader = Reader {
        stream_sid,
        audio,
        events,
        gaps: Gaps::default(),
        bad_frames: BadFrames::default(),
        last_heard: now,
    };
    let alarm = sleep_until(now + QUIET_AFTER);
    tokio::pin!(alarm);
    loop {
        // The alarm is not moved at each frame, fifty times a second, but looks for itself whether it is early.
        let step = tokio::select! {
            frame = stream.next() => reader.frame(frame).await,
            () = &mut alarm => reader.tick().map(|next| alarm.as_mut().reset(next)),
        };
        if let Err(ended) = step {
            return ended;
        }
    }
}

struct Reader<'a> {
    stream_sid: &'a str,
    audio: &'a CallerAudioSender,
    events: &'a mpsc::Sender<LineEvent>,
    gaps: Gaps,
    bad_frames: BadFrames,
    last_heard: Instant,
}

impl Reader<'_> {
    async fn frame(&mut self, frame: Option<Result<Message, axum::Error>>) -> Result<(), Ended> {
        self.last_heard = Instant::now();
        match frame {
            Some(Ok(Message::Text(text))) => match Incoming::parse(&text, Some(self.stream_sid)) {
                Ok(incoming) => self.take(incoming).await,
                Err(bad) => self.bad_frames.count(&bad),
            },
            Some(Ok(Message::Binary(_))) => self.bad_frames.count(&BadFrame::Binary),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) => Err(Ended::CallerHungUp),
            Some(Err(error)) => Err(broken(error)),
            None => Err(Ended::Broken("the connection is gone".to_owned())),
        }
    }

    async fn take(&mut self, incoming: Incoming) -> Result<(), Ended> {
        match incoming {
            Incoming::Media { timestamp, payload } => self.media(timestamp, payload),
            Incoming::Mark(name) => self.mark(&name).await,
            Incoming::Dtmf(digit) => self.tell(LineEvent::Dtmf(digit)).await,
            Incoming::Stop => return Err(Ended::CallerHungUp),
            Incoming::Start(_) => return self.bad_frames.count(&BadFrame::Again),
            Incoming::Connected | Incoming::Ignored => {}
        }
        Ok(())
    }

    async fn mark(&self, name: &str) {
        let Some(mark) = mark::parse(name) else { return debug!(name, "a mark that is not ours") };
        self.tell(LineEvent::Marked(mark)).await;
    }

    fn media(&mut self, timestamp: Option<Duration>, payload: Payload) {
        let length = AudioFormat::Pcmu.duration_of(payload.decoded_len());
        let missing = self.gaps.frame(timestamp, length, self.last_heard);
        self.silence(missing);
        if !payload.is_empty() {
            self.audio.push(payload);
        }
    }

    /// Time has passed; returns when to look again.
    fn tick(&mut self) -> Result<Instant, Ended> {
        let now = Instant::now();
        let dead_at = self.last_heard + DEAD_AFTER;
        if now >= dead_at {
            return Err(Ended::Silent);
        }
        let missing = self.gaps.tick(now);
        self.silence(missing);
        Ok(self.gaps.quiet_at().unwrap_or(now + QUIET_AFTER).min(dead_at))
    }

    fn silence(&self, length: Duration) {
        let mut left = length;
        while !left.is_zero() {
            let piece = left.min(SILENCE_PIECE);
            let bytes = piece.as_micros() * AudioFormat::Pcmu.bytes_per_ms() as u128 / 1_000;
            let bytes = usize::try_from(bytes).expect("a second of mu-law has 8,000 bytes");
            self.audio.push(Payload::encode(&vec![MULAW_ZERO; bytes]));
            left -= piece;
        }
    }

    /// Tells the session, waiting while it is busy; one that is gone has closed the line's commands as well.
    async fn tell(&self, event: LineEvent) {
        let _ = self.events.send(event).await;
    }
}

fn broken(error: axum::Error) -> Ended {
    let error = error.into_inner();
    match error.downcast_ref() {
        Some(tungstenite::Error::Capacity(_)) => Ended::TooLarge,
        _ => Ended::Broken(error.to_string()),
    }
}
