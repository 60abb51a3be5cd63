//! Whole sessions, each of the protocol's points, without a socket and in no time.

mod faults;
mod functions;
mod items;
mod limits;
mod out_of_band;
mod properties;
mod responses;
mod speech;
mod updates;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use switchboard_audio::modem::Modulator;
use switchboard_audio::{SampleRate, g711};
use switchboard_realtime::Payload;

use super::{Opening, Output, Parts, Session, Wall};
use crate::faults::{FaultPlan, Faults};
use crate::mind::{Act, Mind, Said, Turn};
use crate::settings::Settings;
use crate::voice::{Modulators, Voice};

/// A mind that says these things, one a response, and then nothing; it notes what it was shown.
#[derive(Default)]
struct Reciter {
    acts: VecDeque<Vec<Act>>,
    shown: Arc<Mutex<Vec<Vec<Said>>>>,
}

impl Mind for Reciter {
    fn respond(&mut self, turn: &Turn<'_>) -> Vec<Act> {
        self.shown.lock().unwrap().push(turn.items.to_vec());
        self.acts.pop_front().unwrap_or_default()
    }
}

/// A client and a session on one desk, with a clock that the client turns.
struct Desk {
    session: Session,
    now: Duration,
    events: Vec<Value>,
    end: Option<Output>,
    shown: Arc<Mutex<Vec<Vec<Said>>>>,
    modulators: Modulators,
    unrecognised: Vec<switchboard_realtime::ItemId>,
}

fn say(text: &str) -> Vec<Act> {
    vec![Act::Say(text.to_owned())]
}

fn call(name: &str, arguments: &str) -> Act {
    Act::Call { name: name.to_owned(), arguments: arguments.to_owned() }
}

impl Desk {
    fn new(acts: impl IntoIterator<Item = Vec<Act>>) -> Self {
        Self::with(Settings::default(), acts)
    }

    fn with_faults(faults: &[&str], acts: impl IntoIterator<Item = Vec<Act>>) -> Self {
        let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        Self::with(Settings { faults, ..Settings::default() }, acts)
    }

    fn with(settings: Settings, acts: impl IntoIterator<Item = Vec<Act>>) -> Self {
        let opening = Opening::Realtime { model: "gpt-realtime-2.1".to_owned() };
        Self::open(settings, opening, acts, false)
    }

    fn open(
        settings: Settings,
        opening: Opening,
        acts: impl IntoIterator<Item = Vec<Act>>,
        recognises: bool,
    ) -> Self {
        let mind = Reciter { acts: acts.into_iter().collect(), ..Reciter::default() };
        let shown = Arc::clone(&mind.shown);
        let session = Session::open(Parts {
            seed: settings.seed,
            faults: Faults::new(FaultPlan::new(&settings.faults)),
            settings: Arc::new(settings),
            opening,
            wall: Wall { unix: 1_000, local: "2026-11-20T09:00".parse().unwrap() },
            mind: Box::new(mind),
            recognises,
        });
        let mut desk = Self {
            session,
            now: Duration::ZERO,
            events: Vec::new(),
            end: None,
            shown,
            modulators: Modulators::default(),
            unrecognised: Vec::new(),
        };
        desk.pump();
        desk
    }

    fn pump(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Send(frame) => self.events.push(serde_json::from_str(&frame).unwrap()),
                Output::Speak { response, utterance } => {
                    let speech = Voice::TextChannel.speak_now(&mut self.modulators, &utterance);
                    self.session.spoken(&response, &speech.unwrap(), self.now);
                }
                Output::Recognise { item, .. } => self.unrecognised.push(item),
                end => self.end = Some(end),
            }
        }
    }

    /// Sends an event, and returns what comes at once.
    fn send(&mut self, event: &Value) -> Vec<Value> {
        self.frame(&event.to_string())
    }

    fn frame(&mut self, text: &str) -> Vec<Value> {
        self.session.frame(text, self.now);
        self.pump();
        self.take()
    }

    /// Lets time pass, and returns what comes meanwhile.
    fn wait(&mut self, ms: u64) -> Vec<Value> {
        let until = self.now + Duration::from_millis(ms);
        while let Some(due) = self.session.next_due().filter(|due| *due <= until) {
            self.now = due;
            self.session.advance(due);
            self.pump();
        }
        self.now = until;
        self.take()
    }

    fn take(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.events)
    }

    fn update(&mut self, mut session: Value) -> Vec<Value> {
        session["type"] = json!("realtime");
        self.send(&json!({"type": "session.update", "session": session}))
    }

    fn respond(&mut self) -> Vec<Value> {
        self.send(&json!({"type": "response.create"}))
    }

    fn type_in(&mut self, text: &str) -> Vec<Value> {
        let content = json!([{"type": "input_text", "text": text}]);
        let item = json!({"type": "message", "role": "user", "content": content});
        self.send(&json!({"type": "conversation.item.create", "item": item}))
    }

    /// Uses mu-law both ways, and says what else is given.
    fn telephone(&mut self, mut audio: Value) -> Vec<Value> {
        for side in ["input", "output"] {
            audio[side]["format"] = json!({"type": "audio/pcmu"});
        }
        self.update(json!({"audio": audio}))
    }

    /// Sends audio in frames of 20 ms, in real time.
    fn stream(&mut self, audio: &[u8]) -> Vec<Value> {
        let mut events = Vec::new();
        for frame in audio.chunks(160) {
            let audio = Payload::encode(frame);
            events.extend(
                self.send(&json!({"type": "input_audio_buffer.append", "audio": audio.as_str()})),
            );
            events.extend(self.wait(20));
        }
        events
    }

    /// Says something in tones, with a second of silence before and after.
    fn talk(&mut self, words: &str) -> Vec<Value> {
        self.stream(&spoken(words))
    }

    fn shown(&self) -> Vec<Said> {
        self.shown.lock().unwrap().last().cloned().unwrap_or_default()
    }
}

/// A second of silence, words, a second of silence, as mu-law.
fn spoken(words: &str) -> Vec<u8> {
    let second = [0; 8_000];
    let tones = Modulator::new(SampleRate::Khz8).speak(words).samples;
    g711::encode_mulaw(&[&second[..], &tones, &second].concat())
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

fn of<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == kind).collect()
}

fn one<'a>(events: &'a [Value], kind: &str) -> &'a Value {
    let found = of(events, kind);
    assert_eq!(found.len(), 1, "one `{kind}` in {:?}", kinds(events));
    found[0]
}

/// The code of the only event, which is an error.
fn refused(events: &[Value]) -> &str {
    assert_eq!(kinds(events), ["error"], "{events:?}");
    events[0]["error"]["code"].as_str().unwrap_or("")
}

/// The milliseconds of mu-law in the audio deltas.
fn audio_ms(events: &[Value]) -> u64 {
    let deltas = of(events, "response.output_audio.delta");
    let payload = |delta: &&Value| {
        Payload::from_base64(delta["delta"].as_str().unwrap().to_owned()).unwrap().decoded_len()
    };
    deltas.iter().map(payload).sum::<usize>() as u64 / 8
}
