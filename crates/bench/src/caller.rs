//! A caller as Twilio brings them: a frame every 20 ms, audio played in real time, marks returned as they are reached.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use switchboard_lines::twilio::Connect;
use switchboard_lines::twilio::caller::Arrival;
use switchboard_realtime::Payload;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{interval_at, sleep_until};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::error::BenchError;
use crate::frame::{LENGTH, phase, socket_config, string_at};
use crate::recorder::{Recorder, Way};
use crate::stamp;
use crate::subject::{Role, Subject};

const STREAM: &str = "MZ0123456789abcdef0123456789abcdef";

/// A caller on the line. Dropping it hangs up.
#[derive(Debug)]
pub(crate) struct Caller {
    /// Each `clear` that came.
    pub(crate) cleared: mpsc::UnboundedReceiver<Cleared>,
    _hang_up: oneshot::Sender<()>,
}

/// The line was told to forget what it had queued.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cleared {
    pub(crate) at: Instant,
    /// How much audio had been played until then, from the start of the call.
    pub(crate) played: Duration,
}

/// Whether a caller speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Talk {
    /// A frame every 20 ms.
    Always,
    /// Not a frame.
    Never,
}

impl Caller {
    /// Places a call; `index` numbers the callers of a measurement.
    pub(crate) async fn place(
        subject: &Subject,
        index: usize,
        talk: Talk,
        recorder: &Arc<Recorder>,
    ) -> Result<Self, BenchError> {
        let (url, start) = match subject.role {
            Role::Splice => (format!("ws://{}/", subject.address), start("CA0", "")),
            Role::Switchboard | Role::Company => announce(subject.address).await?,
        };
        let stream =
            TcpStream::connect(subject.address).await.map_err(BenchError::io("reach the child"))?;
        stream.set_nodelay(true).map_err(BenchError::io("reach the child"))?;
        let socket = client_async_with_config(url, stream, Some(socket_config())).await;
        let (mut socket, _) = socket.map_err(BenchError::socket("open a media stream"))?;
        let connected = r#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#.to_owned();
        for frame in [connected, start] {
            let sent = socket.send(Message::text(frame)).await;
            sent.map_err(BenchError::socket("open a media stream"))?;
        }
        let (clears, cleared) = mpsc::unbounded_channel();
        let (hang_up, over) = oneshot::channel();
        let ear = Ear::new(Instant::now());
        let recorder = Arc::clone(recorder);
        let line = Line { socket, index, recorder, clears, ear, sent: 0 };
        tokio::spawn(line.run(talk, over));
        Ok(Self { cleared, _hang_up: hang_up })
    }
}

/// Does what Twilio does before it opens a stream.
async fn announce(address: SocketAddr) -> Result<(String, String), BenchError> {
    let arrival = Arrival::new("+15550100", "+15550199");
    let webhook = |error| BenchError::Webhook(Box::new(error));
    let request =
        reqwest::Client::new().post(format!("http://{address}/twilio/voice")).form(&arrival.form());
    let answer = request.send().await.map_err(webhook)?.text().await.map_err(webhook)?;
    let connect = Connect::read(&answer).map_err(|error| BenchError::Webhook(Box::new(error)))?;
    let token = connect.parameters().iter().find(|(name, _)| name == "token");
    let token = token.map(|(_, token)| token.as_str()).unwrap_or_default();
    Ok((connect.url().to_owned(), start(&arrival.call_sid, token)))
}

fn start(call_sid: &str, token: &str) -> String {
    let start = json!({
        "streamSid": STREAM, "accountSid": "AC0123456789abcdef0123456789abcdef", "callSid": call_sid,
        "tracks": ["inbound"], "customParameters": {"token": token},
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8_000, "channels": 1},
    });
    json!({"event": "start", "sequenceNumber": "1", "start": start, "streamSid": STREAM})
        .to_string()
}

/// The caller's end of the stream.
struct Line {
    socket: WebSocketStream<TcpStream>,
    index: usize,
    recorder: Arc<Recorder>,
    clears: mpsc::UnboundedSender<Cleared>,
    ear: Ear,
    sent: u64,
}

impl Line {
    /// Until the caller or the other end hangs up; what breaks the stream shows in the numbers.
    async fn run(mut self, talk: Talk, mut over: oneshot::Receiver<()>) {
        let mut beat = interval_at(tokio::time::Instant::now() + phase(self.index), LENGTH);
        loop {
            let due = self.ear.next_mark();
            let mark = async {
                match due {
                    Some(at) => sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            let step = tokio::select! {
                frame = self.socket.next() => match frame {
                    Some(Ok(Message::Text(text))) => { self.take(&text); Ok(()) }
                    Some(Ok(_)) => Ok(()),
                    Some(Err(_)) | None => return,
                },
                _ = beat.tick(), if talk == Talk::Always => self.speak().await,
                () = mark => self.echo().await,
                _ = &mut over => {
                    // The other end sees the closed socket in any case.
                    let _ = self.socket.close(None).await;
                    return;
                }
            };
            if step.is_err() {
                return;
            }
        }
    }

    fn take(&mut self, frame: &str) {
        let now = Instant::now();
        match string_at(frame, "event") {
            Some("media") => {
                let payload = string_at(frame, "payload").unwrap_or_default();
                self.recorder.arrived(Way::Down, self.index, payload);
                let bytes = Payload::from_base64(payload.to_owned())
                    .map_or(0, |payload| payload.decoded_len());
                self.ear.queue(Duration::from_micros(bytes as u64 * 125), now);
            }
            Some("mark") => self.ear.mark(string_at(frame, "name").unwrap_or_default()),
            Some("clear") => {
                // Nobody need be watching.
                let _ = self.clears.send(Cleared { at: now, played: self.ear.clear(now) });
            }
            _ => {}
        }
    }

    async fn speak(&mut self) -> Result<(), Error> {
        self.sent += 1;
        let (number, at) = (self.sent, (self.sent - 1) * 20);
        let payload = stamp::stamped();
        let payload = payload.as_str();
        let frame = format!(
            r#"{{"event":"media","sequenceNumber":"{}","media":{{"track":"inbound","chunk":"{number}","timestamp":"{at}","payload":"{payload}"}},"streamSid":"{STREAM}"}}"#,
            number + 1,
        );
        self.socket.send(Message::text(frame)).await
    }

    async fn echo(&mut self) -> Result<(), Error> {
        while let Some(name) = self.ear.reached(Instant::now()) {
            let frame = format!(
                r#"{{"event":"mark","sequenceNumber":"1","streamSid":"{STREAM}","mark":{{"name":"{name}"}}}}"#
            );
            self.socket.feed(Message::text(frame)).await?;
        }
        self.socket.flush().await
    }
}

/// Plays what is queued, in real time and without a pause while there is any.
#[derive(Debug)]
struct Ear {
    queued: Duration,
    quiet_from: Instant,
    marks: VecDeque<(Instant, String)>,
}

impl Ear {
    fn new(now: Instant) -> Self {
        Self { queued: Duration::ZERO, quiet_from: now, marks: VecDeque::new() }
    }

    fn queue(&mut self, length: Duration, now: Instant) {
        self.queued += length;
        self.quiet_from = self.quiet_from.max(now) + length;
    }

    fn mark(&mut self, name: &str) {
        self.marks.push_back((self.quiet_from, name.to_owned()));
    }

    fn next_mark(&self) -> Option<Instant> {
        self.marks.front().map(|(at, _)| *at)
    }

    fn reached(&mut self, now: Instant) -> Option<String> {
        self.next_mark().filter(|at| *at <= now)?;
        self.marks.pop_front().map(|(_, name)| name)
    }

    /// Forgets what is queued, whose marks come back at once; returns what was played.
    fn clear(&mut self, now: Instant) -> Duration {
        let unplayed = self.quiet_from.saturating_duration_since(now);
        let played = self.queued.saturating_sub(unplayed);
        (self.queued, self.quiet_from) = (played, now);
        for (at, _) in &mut self.marks {
            *at = now;
        }
        played
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_ear_plays_in_real_time_and_forgets_what_is_cleared() {
        let start = Instant::now();
        let mut ear = Ear::new(start);
        ear.queue(ms(100), start + ms(10));
        ear.queue(ms(100), start + ms(20));
        ear.mark("end");

        assert_eq!(ear.next_mark(), Some(start + ms(210)));
        assert_eq!(ear.reached(start + ms(209)), None);
        assert_eq!(ear.clear(start + ms(70)), ms(60));
        assert_eq!(ear.reached(start + ms(70)).as_deref(), Some("end"));
    }
}
