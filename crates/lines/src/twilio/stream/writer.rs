//! The session's side of a stream: commands in, frames out.
//!
//! All commands that wait are written together and flushed once: system calls, not bytes, are what a frame costs.

use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes};
use bytes::Bytes;
use futures_util::{Sink, SinkExt as _};
use switchboard_session::{Chunk, LineCommand, Mark};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::Ended;
use super::marks::Marks;
use crate::twilio::mark;
use crate::twilio::outgoing::Outgoing;

/// How often a ping goes out.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A peer that takes nothing for this long is gone.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// Writes until the session hangs up or the socket takes no more.
pub(super) async fn run<S>(
    sink: &mut S,
    stream_sid: &str,
    commands: &mut mpsc::Receiver<LineCommand>,
) -> Ended
where
    S: Sink<Message, Error = axum::Error> + Unpin,
{
    let outgoing = Outgoing::new(stream_sid);
    let mut writer = Writer { sink, outgoing, generation: 0, marks: Marks::default() };
    let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let quiet = sleep_until(Instant::now());
    tokio::pin!(quiet);
    loop {
        // As the reader's alarm: it is not moved at each chunk, but set again if it was early.
        if let Some(due) = writer.marks.due().filter(|_| quiet.is_elapsed()) {
            quiet.as_mut().reset(due);
        }
        let written = tokio::select! {
            command = commands.recv() => {
                let command = command.unwrap_or(LineCommand::Hangup);
                timeout(STALLED_AFTER, writer.write(command, commands)).await
            }
            () = &mut quiet, if writer.marks.due().is_some() => {
                timeout(STALLED_AFTER, writer.mark_the_end()).await
            }
            _ = pings.tick() => timeout(STALLED_AFTER, writer.ping()).await,
        };
        match written {
            Ok(Ok(Next::Command)) => {}
            Ok(Ok(Next::Hangup)) => return Ended::HungUp,
            Ok(Err(error)) => return Ended::Broken(error.to_string()),
            Err(_) => return Ended::Stalled,
        }
    }
}

/// What follows a write.
enum Next {
    Command,
    Hangup,
}

struct Writer<'a, S> {
    sink: &'a mut S,
    outgoing: Outgoing,
    /// Chunks of an earlier one come too late: the caller has spoken since.
    generation: u32,
    marks: Marks,
}

impl<S> Writer<'_, S>
where
    S: Sink<Message, Error = axum::Error> + Unpin,
{
    /// Writes `first` and every command that waits behind it, then flushes.
    async fn write(
        &mut self,
        first: LineCommand,
        commands: &mut mpsc::Receiver<LineCommand>,
    ) -> Result<Next, axum::Error> {
        let mut waiting = Some(first);
        while let Some(command) = waiting {
            match command {
                LineCommand::Play(chunk) if chunk.generation < self.generation => {}
                LineCommand::Play(chunk) => self.play(&chunk).await?,
                LineCommand::Clear { generation } => {
                    self.generation = generation;
                    self.marks.clear();
                    self.feed(self.outgoing.clear()).await?;
                }
                LineCommand::Show(_) => {}
                LineCommand::Hangup => {
                    self.sink.flush().await?;
                    return Ok(Next::Hangup);
                }
            }
            waiting = commands.try_recv().ok();
        }
        self.sink.flush().await.map(|()| Next::Command)
    }

    async fn play(&mut self, chunk: &Chunk) -> Result<(), axum::Error> {
        if let Some(mark) = self.marks.before(chunk) {
            self.mark(&mark).await?;
        }
        if !chunk.audio.is_empty() {
            self.feed(self.outgoing.media(&chunk.audio)).await?;
        }
        match self.marks.after(chunk, Instant::now()) {
            Some(mark) => self.mark(&mark).await,
            None => Ok(()),
        }
    }

    async fn mark(&mut self, mark: &Mark) -> Result<(), axum::Error> {
        self.feed(self.outgoing.mark(&mark::name(mark))).await
    }

    /// Marks the last chunk, if nothing has come behind it.
    async fn mark_the_end(&mut self) -> Result<Next, axum::Error> {
        if let Some(mark) = self.marks.overdue(Instant::now()) {
            self.mark(&mark).await?;
            self.sink.flush().await?;
        }
        Ok(Next::Command)
    }

    async fn ping(&mut self) -> Result<Next, axum::Error> {
        self.sink.send(Message::Ping(Bytes::new())).await.map(|()| Next::Command)
    }

    async fn feed(&mut self, frame: Utf8Bytes) -> Result<(), axum::Error> {
        self.sink.feed(Message::Text(frame)).await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use switchboard_realtime::{ItemId, Payload};

    use super::*;

    /// Counts what is written.
    #[derive(Default)]
    struct Counting {
        frames: usize,
        flushes: usize,
    }

    impl Sink<Message> for Counting {
        type Error = axum::Error;

        fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            Poll::Ready(Ok(()))
        }

        fn start_send(mut self: Pin<&mut Self>, _: Message) -> Result<(), axum::Error> {
            self.frames += 1;
            Ok(())
        }

        fn poll_flush(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Result<(), axum::Error>> {
            self.flushes += 1;
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn commands_that_wait_are_flushed_together() {
        let (sender, mut commands) = mpsc::channel(16);
        for ms in 1..=5 {
            let chunk = Chunk {
                item: ItemId::new("a"),
                until: Duration::from_millis(ms),
                generation: 0,
                audio: Payload::encode(&[0; 8]),
            };
            sender.send(LineCommand::Play(chunk)).await.unwrap();
        }
        drop(sender);
        let mut sink = Counting::default();

        assert_eq!(run(&mut sink, "MZ1", &mut commands).await, Ended::HungUp);

        // The first chunk is marked; the second flush is that of hanging up.
        assert_eq!((sink.frames, sink.flushes), (6, 2));
    }
}
