//! One session without IO: client frames, time and the voice's audio in, server frames out.
//!
//! The contract: hand it one input with the time (since the session began), then drain [`poll`](Session::poll) to `None`, then
//! the next input; call [`advance`](Session::advance) when [`next_due`](Session::next_due) has come. It reads no clock and no
//! dice: the same seed and the same inputs give the same outputs.

mod config;
mod conversation;
mod entry;
mod hearing;
mod ids;
mod items;
mod output;
mod response;
#[cfg(test)]
mod tests;
mod timers;
mod turns;
mod update;
mod usage;

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde_json::{Map, Value};
use switchboard_realtime::{ConversationId, ErrorCode, ItemId, ResponseId};

use crate::faults::{Fault, FaultKind, Faults, Moment};
use crate::mind::Mind;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::validate::check_event;

use config::Config;
use conversation::Conversation;
use hearing::Hearing;
use ids::Ids;
pub(crate) use output::Output;
use response::Response;
use timers::Timers;
use usage::{Budget, Cache};

/// Close codes.
mod close {
    pub(super) const GOING_AWAY: u16 = 1001;
    pub(super) const INTERNAL: u16 = 1011;
    pub(super) const BETA: u16 = 4000;
}

/// What a client asked for when it connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opening {
    /// A conversation with this model.
    Realtime { model: String },
    /// Transcription without answers.
    Transcription,
    /// The retired beta, which is refused on the open connection.
    Beta,
}

/// The wall clock when a session began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wall {
    /// Unix seconds.
    pub(crate) unix: u64,
    /// The caller's clock.
    pub(crate) local: DateTime,
}

impl Wall {
    /// The caller's clock so long after the session began.
    fn local(&self, now: Duration) -> DateTime {
        let elapsed = SignedDuration::try_from(now).unwrap_or(SignedDuration::MAX);
        self.local.checked_add(elapsed).unwrap_or(self.local)
    }
}

/// What a session is made of.
pub(crate) struct Parts {
    pub(crate) settings: Arc<Settings>,
    pub(crate) seed: u64,
    pub(crate) opening: Opening,
    pub(crate) wall: Wall,
    pub(crate) mind: Box<dyn Mind>,
    pub(crate) faults: Faults,
    /// Whether speech can be recognised, and so is worth asking for.
    pub(crate) recognises: bool,
}

/// Things that happen by the clock.
#[derive(Debug)]
enum Timer {
    Think(ResponseId),
    Step(ResponseId),
    Transcribe(ItemId),
    Idle(u64),
    Update { update: Map<String, Value>, event_id: Option<String> },
    Fault(usize),
    Expire,
}

/// The server's side of one connection.
#[expect(
    clippy::struct_excessive_bools,
    reason = "five facts that have nothing to do with one another"
)]
pub(crate) struct Session {
    settings: Arc<Settings>,
    ids: Ids,
    wall: Wall,
    mind: Box<dyn Mind>,
    faults: Faults,
    recognises: bool,
    echo_event_ids: bool,
    config: Config,
    conversation: Conversation,
    /// Whether the client has brought a conversation with it that was held elsewhere.
    goes_on: bool,
    conversation_id: ConversationId,
    hearing: Hearing,
    /// The turn that is being spoken: its item to be, and where it began.
    turn: Option<(ItemId, u64)>,
    /// Those that are not done.
    responses: Vec<Response>,
    /// Whether the model's audio is in the conversation, which freezes its voice.
    has_spoken: bool,
    cache: Cache,
    budget: Budget,
    timers: Timers<Timer>,
    /// Counts what makes an idle timeout void.
    idle_armed: u64,
    /// Turns that a recogniser listens to.
    recognising: HashSet<ItemId>,
    /// Of these, the ones whose transcription is overdue.
    untranscribed: HashSet<ItemId>,
    outbox: VecDeque<Output>,
    sent: u64,
    /// Whether a fault is under way, whose own events are not counted.
    is_failing: bool,
    is_over: bool,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("sent", &self.sent)
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Opens a session; its first event is there to be polled.
    pub(crate) fn open(parts: Parts) -> Self {
        let Parts { settings, seed, opening, wall, mind, faults, recognises } = parts;
        let mut ids = Ids::new(seed);
        let id = ids.next("sess");
        let expires_at = wall.unix + settings.session_seconds;
        let config = match &opening {
            Opening::Realtime { model } => Config::realtime(&id, model, expires_at),
            Opening::Transcription | Opening::Beta => Config::transcription(&id, expires_at),
        };
        let mut session = Self {
            conversation_id: ids.next("conv").into(),
            hearing: Hearing::new(config.input_format(), config.turn_detection()),
            echo_event_ids: settings.echo_event_ids,
            budget: Budget::new(settings.tokens_per_minute),
            settings,
            ids,
            wall,
            mind,
            faults,
            recognises,
            config,
            conversation: Conversation::default(),
            goes_on: false,
            turn: None,
            responses: Vec::new(),
            has_spoken: false,
            cache: Cache::default(),
            timers: Timers::default(),
            idle_armed: 0,
            recognising: HashSet::new(),
            untranscribed: HashSet::new(),
            outbox: VecDeque::new(),
            sent: 0,
            is_failing: false,
            is_over: false,
        };
        session.begin(&opening);
        session
    }

    fn begin(&mut self, opening: &Opening) {
        if *opening == Opening::Beta {
            let message = "The Realtime API beta is no longer supported. Remove the 'OpenAI-Beta: realtime=v1' header to use the GA API.";
            self.refuse(Refusal::new(ErrorCode::BetaApiShapeDisabled, message), None);
            self.close(close::BETA, message);
            return;
        }
        self.emit_session("session.created");
        self.timers.at(Duration::from_secs(self.settings.session_seconds), Timer::Expire);
        let timed: Vec<_> = self.faults.timed().collect();
        for (index, ms) in timed {
            self.timers.at(Duration::from_millis(ms), Timer::Fault(index));
        }
    }

    /// Takes a text frame.
    pub(crate) fn frame(&mut self, text: &str, now: Duration) {
        self.advance(now);
        let event = match serde_json::from_str(text) {
            Ok(Value::Object(event)) => Value::Object(event),
            Ok(_) => return self.refuse(invalid_json("an event has to be a JSON object"), None),
            Err(fault) => return self.refuse(invalid_json(&fault.to_string()), None),
        };
        let event_id = output::event_id_of(&event);
        if let Some(kind) = event["type"].as_str() {
            self.met_event(Moment::Received(kind));
        }
        if self.is_over {
            return;
        }
        let handled = event.as_object().map_or(Ok(()), |event| {
            check_event(event)?;
            self.handle(event, event_id.as_deref(), now)
        });
        if let Err(refusal) = handled {
            self.refuse(refusal, event_id.as_deref());
        }
        self.advance(now);
    }

    /// Takes a binary frame, which is none of the protocol's.
    pub(crate) fn binary_frame(&mut self) {
        self.refuse(
            invalid_json("binary frames are not taken; send each event as a text frame"),
            None,
        );
    }

    fn handle(
        &mut self,
        event: &Map<String, Value>,
        event_id: Option<&str>,
        now: Duration,
    ) -> Result<(), Refusal> {
        let text = |key: &str| event.get(key).and_then(Value::as_str);
        match text("type").unwrap_or_default() {
            "session.update" => self.update(event, event_id, now),
            "input_audio_buffer.append" => self.append(event, now),
            "input_audio_buffer.commit" => self.commit(now),
            "input_audio_buffer.clear" => {
                self.clear();
                Ok(())
            }
            "conversation.item.create" => self.create_item(event),
            "conversation.item.retrieve" => self.retrieve_item(event),
            "conversation.item.truncate" => self.truncate_item(event),
            "conversation.item.delete" => self.delete_item(event),
            "response.create" => {
                self.create_response(event.get("response").and_then(Value::as_object), now)
            }
            "response.cancel" => self.cancel_response(text("response_id"), now),
            other => Err(Refusal::value(
                "type",
                format!("'{other}' is only for WebRTC and SIP connections."),
            )),
        }
    }

    /// Does what is due by now.
    pub(crate) fn advance(&mut self, now: Duration) {
        while !self.is_over
            && let Some((due, timer)) = self.timers.pop(now)
        {
            match timer {
                Timer::Think(id) => self.think(&id, due),
                Timer::Step(id) => self.step(&id, due),
                Timer::Transcribe(item) => self.transcribe(&item),
                Timer::Idle(armed) => self.idle(armed, due),
                Timer::Update { update, event_id } => {
                    if let Err(refusal) = self.apply(&update) {
                        self.refuse(refusal, event_id.as_deref());
                    }
                }
                Timer::Fault(index) => {
                    if let Some(fault) = self.faults.fire(index) {
                        self.happen(&fault);
                    }
                }
                Timer::Expire => self.expire(),
            }
        }
    }

    /// When [`advance`](Self::advance) has something to do.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.timers.next_due().filter(|_| !self.is_over)
    }

    /// The next thing to do.
    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.outbox.pop_front()
    }

    /// Counts a moment; what can happen anywhere happens, the rest is returned.
    fn meet(&mut self, moment: Moment<'_>) -> Vec<Fault> {
        let (free, bound): (Vec<_>, Vec<_>) =
            self.faults.at(moment).into_iter().partition(|fault| fault.kind.is_free());
        for fault in free {
            self.happen(&fault);
        }
        bound
    }

    /// Counts an event that was sent or has arrived, and lets happen what is due at it.
    fn met_event(&mut self, moment: Moment<'_>) {
        if self.is_failing || self.is_over {
            return;
        }
        self.is_failing = true;
        self.meet(moment);
        self.is_failing = false;
    }

    /// Lets something go wrong that can go wrong anywhere.
    fn happen(&mut self, fault: &Fault) {
        match fault.kind {
            FaultKind::SessionExpired => self.expire(),
            FaultKind::Close1006 => self.push(Output::Abort),
            FaultKind::Reset => self.push(Output::Reset),
            FaultKind::Mute => self.push(Output::Mute),
            FaultKind::Close1011 => self.close(close::INTERNAL, "internal error"),
            FaultKind::Close1001 => self.close(close::GOING_AWAY, "going away"),
            FaultKind::Close => self.close(
                u16::try_from(fault.value()).unwrap_or(close::GOING_AWAY),
                "the simulator was told to close",
            ),
            FaultKind::ErrorWithoutEventId => self.echo_event_ids = false,
            FaultKind::UnknownEvent => self.emit_unknown(),
            _ => {}
        }
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.push(Output::Close { code, reason: reason.to_owned() });
    }

    fn expire(&mut self) {
        let minutes = self.settings.session_seconds.div_ceil(60);
        let message = format!("Your session hit the maximum duration of {minutes} minutes.");
        self.refuse(Refusal::new(ErrorCode::SessionExpired, &message), None);
        self.close(close::GOING_AWAY, &message);
    }
}

fn invalid_json(reason: &str) -> Refusal {
    Refusal::new(ErrorCode::from("invalid_json"), format!("The frame is not an event: {reason}."))
}
