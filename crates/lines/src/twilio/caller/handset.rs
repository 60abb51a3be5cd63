//! The caller's phone, without a socket or a clock: frames in, frames out, a step every 20 ms.

use std::collections::VecDeque;
use std::time::Duration;

use switchboard_audio::SampleRate;
use switchboard_audio::g711::{MULAW_SILENCE, decode_mulaw, encode_mulaw};
use switchboard_audio::modem::Modulator;

use super::ear::Ear;
use super::part::{Act, Moment, Speech};
use super::queue::PlayQueue;
use super::report::{Happening, HungUp, Report, Spoken};
use super::timeline::Timeline;
use super::wire::{FromServer, ToServer};
use super::{FRAME, FRAME_BYTES, Setup};

/// Mu-law bytes in a millisecond.
const BYTES_PER_MS: u64 = 8;

/// One side of one call.
#[derive(Debug)]
pub(super) struct Handset {
    wire: ToServer,
    returns_marks: bool,
    queue: PlayQueue,
    ear: Ear,
    mouth: Mouth,
    timeline: Timeline,
    muted_until: Duration,
    /// When the other side was last heard, unless the caller has spoken since.
    answered_at: Option<Duration>,
    waiting: Vec<String>,
    said: Vec<Spoken>,
    heard: Vec<Spoken>,
    happenings: Vec<Happening>,
    told: usize,
}

/// What the caller is saying.
#[derive(Debug)]
struct Mouth {
    modulator: Modulator,
    /// What is left of the hello, before all speech.
    hello: VecDeque<u8>,
    speeches: VecDeque<Saying>,
}

#[derive(Debug)]
struct Saying {
    text: String,
    audio: VecDeque<u8>,
    from: Option<Duration>,
}

impl Handset {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            wire: ToServer::new(setup),
            returns_marks: setup.returns_marks,
            queue: PlayQueue::default(),
            ear: Ear::new(),
            mouth: Mouth::new(setup.says_hello),
            timeline: Timeline::default(),
            muted_until: Duration::ZERO,
            answered_at: None,
            waiting: Vec::new(),
            said: Vec::new(),
            heard: Vec::new(),
            happenings: Vec::new(),
            told: 0,
        }
    }

    /// The frames that open the stream.
    pub(super) fn opening(&mut self, setup: &Setup) -> Vec<String> {
        vec![ToServer::connected(), self.wire.start(&setup.parameters)]
    }

    /// The frame that ends it.
    pub(super) fn stop(&mut self) -> String {
        self.wire.stop()
    }

    /// Takes a frame of the server; returns the frames it calls for at once.
    pub(super) fn take(&mut self, frame: FromServer) -> Vec<String> {
        let marks = match frame {
            FromServer::Media(audio) => {
                self.queue.push(&audio);
                Vec::new()
            }
            FromServer::Mark(name) => self.queue.mark(name).into_iter().collect(),
            FromServer::Clear => self.clear(),
        };
        self.marks(&marks)
    }

    /// Does something; what goes on the wire goes with the next step.
    pub(super) fn act(&mut self, act: Act) {
        let now = self.timeline.now();
        match act {
            Act::Say(speech) => self.mouth.say(speech),
            Act::Press(key) => {
                self.happenings.push(Happening::Pressed { at: now, key });
                let frame = self.wire.dtmf(key);
                self.waiting.push(frame);
            }
            Act::Mute(length) => self.muted_until = now + length,
            Act::Send(frame) => self.waiting.push(frame),
            Act::HangUp | Act::Vanish => {}
        }
    }

    /// A step of 20 ms: plays, listens and speaks. Returns the frames to send.
    pub(super) fn tick(&mut self) -> Vec<String> {
        let mut frames = std::mem::take(&mut self.waiting);
        let from = self.timeline.now();
        let now = from + FRAME;

        let played = self.queue.play(FRAME_BYTES);
        let mut heard = decode_mulaw(&played.audio);
        heard.resize(FRAME_BYTES, 0);
        frames.extend(self.marks(&played.marks));

        let speaking = self.mouth.is_speaking();
        let (said, over) = self.mouth.frame(from, now);
        if speaking {
            self.answered_at = None;
        }
        let (hearing, told) = self.ear.hear(&heard, now);
        if hearing && !speaking {
            self.answered_at = Some(now);
        }
        self.timeline.push(&heard, hearing, &decode_mulaw(&said), speaking);
        for spoken in told {
            self.note_heard(spoken);
        }
        if let Some(spoken) = over {
            self.note_said(spoken);
        }
        if from >= self.muted_until {
            frames.push(self.wire.media(now.as_millis(), &said));
        }
        frames
    }

    /// Where the call stands.
    pub(super) fn moment(&self) -> Moment<'_> {
        let now = self.timeline.now();
        let sounding = self.ear.heard_until() == Some(now);
        Moment {
            now,
            said: &self.said,
            heard: &self.heard,
            speaking_for: self.mouth.speaking_for(now),
            hearing_for: self
                .ear
                .hearing_since()
                .filter(|_| sounding)
                .map(|since| now.saturating_sub(since)),
            answered_for: self.answered_at.filter(|_| !sounding).map(|at| now.saturating_sub(at)),
            quiet_for: self.timeline.quiet_for(),
        }
    }

    /// What has happened since the last time this was asked.
    pub(super) fn happenings(&mut self) -> &[Happening] {
        let from = std::mem::replace(&mut self.told, self.happenings.len());
        &self.happenings[from..]
    }

    /// The call is over.
    pub(super) fn finish(mut self, hung_up: HungUp, watch: &mut impl FnMut(&Happening)) -> Report {
        if let Some(spoken) = self.ear.end() {
            self.note_heard(spoken);
        }
        let length = self.timeline.now();
        if let Some(spoken) = self.mouth.cut_off(length) {
            self.note_said(spoken);
        }
        self.happenings.push(Happening::Ended { at: length, by: hung_up.clone() });
        self.happenings().iter().for_each(watch);
        let (recording, longest_silence) = self.timeline.finish();
        let Self { said, heard, happenings, .. } = self;
        Report { said, heard, happenings, longest_silence, length, hung_up, recording }
    }

    fn clear(&mut self) -> Vec<String> {
        let (unplayed, marks) = self.queue.clear();
        if unplayed > 0 {
            if let Some(spoken) = self.ear.end() {
                self.note_heard(spoken);
            }
            let unplayed = Duration::from_millis(unplayed as u64 / BYTES_PER_MS);
            self.happenings.push(Happening::Cleared { at: self.timeline.now(), unplayed });
        }
        marks
    }

    fn marks(&mut self, names: &[String]) -> Vec<String> {
        if !self.returns_marks {
            return Vec::new();
        }
        names.iter().map(|name| self.wire.mark(name)).collect()
    }

    fn note_heard(&mut self, spoken: Spoken) {
        self.heard.push(spoken.clone());
        self.happenings.push(Happening::Heard(spoken));
    }

    fn note_said(&mut self, spoken: Spoken) {
        self.said.push(spoken.clone());
        self.happenings.push(Happening::Said(spoken));
    }
}

impl Mouth {
    fn new(says_hello: bool) -> Self {
        let modulator = Modulator::new(SampleRate::Khz8);
        let hello = if says_hello { encode_mulaw(&modulator.hello()) } else { Vec::new() };
        Self { modulator, hello: hello.into(), speeches: VecDeque::new() }
    }

    fn say(&mut self, speech: Speech) {
        let (text, samples) = match speech {
            Speech::Text(text) => {
                let samples = self.modulator.speak(&text).samples;
                (text, samples)
            }
            Speech::Recording { samples, name } => (name, samples),
        };
        if !samples.is_empty() {
            self.speeches.push_back(Saying {
                text,
                audio: encode_mulaw(&samples).into(),
                from: None,
            });
        }
    }

    fn is_speaking(&self) -> bool {
        !self.speeches.is_empty()
    }

    fn speaking_for(&self, now: Duration) -> Option<Duration> {
        self.speeches.front().map(|saying| now.saturating_sub(saying.from.unwrap_or(now)))
    }

    /// The next 20 ms, between these times, and what has been said to its end with them.
    fn frame(&mut self, from: Duration, to: Duration) -> (Vec<u8>, Option<Spoken>) {
        if !self.hello.is_empty() {
            return (next_frame(&mut self.hello), None);
        }
        let Some(saying) = self.speeches.front_mut() else {
            return (vec![MULAW_SILENCE; FRAME_BYTES], None);
        };
        saying.from.get_or_insert(from);
        let audio = next_frame(&mut saying.audio);
        let over = saying.audio.is_empty();
        (audio, if over { self.end(to, true) } else { None })
    }

    /// What was being said when the call ended.
    fn cut_off(&mut self, at: Duration) -> Option<Spoken> {
        self.speeches.front()?.from?;
        self.end(at, false)
    }

    fn end(&mut self, to: Duration, complete: bool) -> Option<Spoken> {
        let Saying { text, from, .. } = self.speeches.pop_front()?;
        Some(Spoken { from: from.unwrap_or(to), to, text: Some(text), complete })
    }
}

/// Takes 20 ms of audio, filled up with silence where there is less.
fn next_frame(audio: &mut VecDeque<u8>) -> Vec<u8> {
    let bytes = FRAME_BYTES.min(audio.len());
    let mut frame: Vec<u8> = audio.drain(..bytes).collect();
    frame.resize(FRAME_BYTES, MULAW_SILENCE);
    frame
}
