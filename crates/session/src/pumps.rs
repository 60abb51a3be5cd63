//! The tasks at both ends of a session: from the line, from and to the model, and the clock.
//!
//! Each is a loop over one source that passes things on; none decides anything. They end when what they read from is closed,
//! or with the session that owns them.

use std::sync::Arc;

use ractor::ActorRef;
use switchboard_conversation::Input;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::caller_audio::CallerAudio;
use crate::line::LineEvent;
use crate::link::{LinkCommand, LinkError, LinkEvent, LinkReceiver, LinkSender};
use crate::recorder::Recorder;
use crate::session_actor::SessionMsg;
use crate::speaker::Speaker;

/// How many commands may wait for the model's socket before the link counts as dead.
pub(crate) const COMMANDS_WAITING: usize = 512;

/// What the task that writes to the model is told.
#[derive(Debug)]
pub(crate) enum ToModel {
    /// Send this.
    Command(LinkCommand),
    /// Let the caller's audio through from now on.
    Release,
}

fn tell(session: &ActorRef<SessionMsg>, input: Input) {
    // A session that is gone needs no input.
    let _ = session.cast(SessionMsg::Input(input, Instant::now()));
}

/// The caller's keys, typed words and marks, until the line is gone.
pub(crate) async fn from_line(
    mut events: mpsc::Receiver<LineEvent>,
    session: ActorRef<SessionMsg>,
) {
    let mut closed = "the caller's line is gone".to_owned();
    while let Some(event) = events.recv().await {
        let input = match event {
            LineEvent::Dtmf(key) => Input::Dtmf(key),
            LineEvent::Typed(text) => Input::Typed(text),
            LineEvent::Marked(mark) => {
                Input::Marked { item: mark.item, until: mark.until, generation: mark.generation }
            }
            LineEvent::Closed { reason } => {
                closed = reason;
                break;
            }
        };
        tell(&session, input);
    }
    tell(&session, Input::LineClosed { reason: closed });
}

/// What comes over one link goes to the session with the link's number, so that nothing of a link that is gone is taken for
/// the next one's.
#[derive(Debug, Clone)]
pub(crate) struct Over {
    pub(crate) link: u64,
    pub(crate) session: ActorRef<SessionMsg>,
}

impl Over {
    fn tell(&self, input: Input) {
        // A session that is gone needs no input.
        let _ = self.session.cast(SessionMsg::Over(self.link, input, Instant::now()));
    }

    fn lost(&self, error: LinkError) {
        self.tell(Input::LinkLost { reason: error.reason, hopeless: error.hopeless });
    }
}

/// What the model says: audio to the line or into a recording, the rest to the session.
pub(crate) async fn from_model(
    mut link: Box<dyn LinkReceiver>,
    speaker: Arc<Speaker>,
    recorder: Arc<Recorder>,
    over: Over,
) {
    loop {
        match link.next().await {
            Ok(LinkEvent::Model(event)) => {
                let phrase = recorder.hear(&event);
                over.tell(Input::Model(event));
                if let Some((text, length)) = phrase {
                    over.tell(Input::Rendered { text, length });
                }
            }
            Ok(LinkEvent::Audio { response, audio, .. }) if recorder.takes(&response, &audio) => {}
            Ok(LinkEvent::Audio { response, item, audio }) => {
                if let Some(played) = speaker.play(Some(&response), &item, audio).await {
                    let (until, generation) = (played.until, played.generation);
                    // It is at the line, whatever has become of the link.
                    tell(&over.session, Input::Sent { response, item, until, generation });
                }
            }
            Err(error) => return over.lost(error),
        }
    }
}

/// What the model is told, and the caller's audio once it may hear it. Ends with the session, and says goodbye to the server.
pub(crate) async fn to_model(
    mut link: Box<dyn LinkSender>,
    mut commands: mpsc::Receiver<ToModel>,
    caller: CallerAudio,
    over: Over,
) {
    let mut released = false;
    loop {
        let sent = tokio::select! {
            biased;
            command = commands.recv() => match command {
                Some(ToModel::Command(command)) => feed(&mut *link, command, &mut commands, &mut released).await,
                Some(ToModel::Release) => {
                    released = true;
                    continue;
                }
                None => return link.close().await,
            },
            audio = caller.recv(), if released => {
                let Some(audio) = audio else {
                    released = false;
                    continue;
                };
                let mut sent = link.append(&audio).await;
                while sent.is_ok() && let Some(more) = caller.try_recv() {
                    sent = link.append(&more).await;
                }
                sent
            }
        };
        let sent = match sent {
            Ok(()) => link.flush().await,
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            return over.lost(error);
        }
    }
}

/// Feeds a command and those that wait behind it, to be flushed together.
async fn feed(
    link: &mut dyn LinkSender,
    command: LinkCommand,
    waiting: &mut mpsc::Receiver<ToModel>,
    released: &mut bool,
) -> Result<(), LinkError> {
    link.feed(&command).await?;
    while let Ok(next) = waiting.try_recv() {
        match next {
            ToModel::Command(command) => link.feed(&command).await?,
            ToModel::Release => *released = true,
        }
    }
    Ok(())
}

/// Ticks when the conversation's next deadline has come.
pub(crate) async fn clock(
    mut deadline: watch::Receiver<Option<Instant>>,
    session: ActorRef<SessionMsg>,
) {
    loop {
        let next = *deadline.borrow_and_update();
        let changed = match next {
            Some(at) => tokio::select! {
                changed = deadline.changed() => changed,
                () = sleep_until(at) => {
                    tell(&session, Input::Tick);
                    deadline.changed().await
                }
            },
            None => deadline.changed().await,
        };
        if changed.is_err() {
            return;
        }
    }
}
