//! One connection: a thin driver between a socket and a [`Session`].
//!
//! One task owns both. It hands the session frames, time and finished jobs, and carries out what comes back. A client that
//! takes nothing for the socket's write timeout is given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use switchboard_realtime::ws::{
    ReceiveError, SendError, ServerReceiver, ServerSender, ServerSocket, close_code,
};
use switchboard_realtime::{ItemId, ResponseId};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::ears::Ears;
use crate::faults::FaultPlan;
use crate::session::{Output, Session};
use crate::voice::{Modulators, Speech, Voice};
use crate::wire::Breaker;

/// How long the client may take to answer a close.
const LONGEST_GOODBYE: Duration = Duration::from_secs(1);

/// What the connections of a simulator share.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    pub(crate) voice: Voice,
    pub(crate) ears: Ears,
    pub(crate) faults: FaultPlan,
    /// Whether the text channel was spoken last.
    pub(crate) tones: Arc<AtomicBool>,
}

/// What was done beside the session.
enum Done {
    Spoken(ResponseId, Speech),
    Recognised(ItemId, String),
}

/// Whether the connection goes on.
#[derive(PartialEq, Eq)]
enum Fate {
    GoesOn,
    Over,
}

struct Connection<'a> {
    session: Session,
    sender: ServerSender,
    services: &'a Services,
    breaker: Breaker,
    modulators: Modulators,
    jobs: JoinSet<Done>,
    began: Instant,
}

/// Serves a client until either end closes.
pub(crate) async fn run(
    socket: ServerSocket,
    breaker: Breaker,
    session: Session,
    services: &Services,
    closing: CancellationToken,
) {
    let (sender, mut receiver) = socket.split();
    let (modulators, jobs) = (Modulators::default(), JoinSet::new());
    let began = Instant::now();
    let mut connection = Connection { session, sender, services, breaker, modulators, jobs, began };
    if let Err(error) = connection.converse(&mut receiver, &closing).await {
        debug!(%error, "a client of the simulator is gone");
    }
}

impl Connection<'_> {
    async fn converse(
        &mut self,
        receiver: &mut ServerReceiver,
        closing: &CancellationToken,
    ) -> Result<(), SendError> {
        while self.carry_out(receiver).await? == Fate::GoesOn {
            let due = self.session.next_due().map(|due| self.began + due);
            tokio::select! {
                biased;
                () = closing.cancelled() => return self.close(receiver, close_code::GOING_AWAY, "the simulator shuts down").await,
                Some(done) = self.jobs.join_next() => self.done(done),
                () = sleep_until(due.unwrap_or(self.began)), if due.is_some() => {
                    let now = self.now();
                    self.session.advance(now);
                }
                frame = receiver.recv() => match frame {
                    Some(Ok(text)) => self.session.frame(&text, self.began.elapsed()),
                    Some(Err(ReceiveError::NotText)) => self.session.binary_frame(),
                    Some(Err(error)) if !error.is_final() => debug!(%error, "a frame could not be read"),
                    Some(Err(_)) | None => return Ok(()),
                },
            }
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn done(&mut self, done: Result<Done, tokio::task::JoinError>) {
        let now = self.now();
        match done {
            Ok(Done::Spoken(response, speech)) => self.session.spoken(&response, &speech, now),
            Ok(Done::Recognised(item, words)) => self.session.recognised(&item, words, now),
            Err(error) => debug!(%error, "a voice or an ear broke off"),
        }
    }

    /// Carries out all that the session wants done.
    async fn carry_out(&mut self, receiver: &mut ServerReceiver) -> Result<Fate, SendError> {
        while let Some(output) = self.session.poll() {
            if output.is_the_end() {
                // Before the client can notice, and connect again.
                self.services.faults.dropped(Instant::now());
            }
            match output {
                Output::Send(frame) => self.sender.send_text(frame).await?,
                Output::Speak { response, mut utterance } => {
                    let tones = &self.services.tones;
                    if utterance.goes_on && !utterance.to_text_channel {
                        utterance.to_text_channel = tones.load(Ordering::Relaxed);
                    }
                    tones.store(utterance.to_text_channel, Ordering::Relaxed);
                    let voice = &self.services.voice;
                    if let Some(speech) = voice.speak_now(&mut self.modulators, &utterance) {
                        let now = self.now();
                        self.session.spoken(&response, &speech, now);
                    } else {
                        let voice = voice.clone();
                        self.jobs.spawn(async move {
                            Done::Spoken(response, voice.speak(&utterance).await)
                        });
                    }
                }
                Output::Recognise { item, samples } => {
                    let ears = self.services.ears.clone();
                    self.jobs.spawn(async move {
                        Done::Recognised(item, ears.recognise(&samples).await)
                    });
                }
                Output::Close { code, reason } => {
                    self.close(receiver, code, &reason).await?;
                    return Ok(Fate::Over);
                }
                Output::Abort => return Ok(Fate::Over),
                Output::Reset => {
                    self.breaker.reset();
                    return Ok(Fate::Over);
                }
                Output::Mute => self.breaker.mute(),
            }
        }
        Ok(Fate::GoesOn)
    }

    /// Closes, and waits a moment for the client to have read it.
    async fn close(
        &mut self,
        receiver: &mut ServerReceiver,
        code: u16,
        reason: &str,
    ) -> Result<(), SendError> {
        self.sender.close(code, reason).await?;
        let answered = async { while receiver.recv().await.is_some() {} };
        if timeout(LONGEST_GOODBYE, answered).await.is_err() {
            debug!("a client did not answer the close");
        }
        Ok(())
    }
}
