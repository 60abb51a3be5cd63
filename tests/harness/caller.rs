//! The caller's end: a line that plays what it is sent as a phone does, and remembers what was heard.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use switchboard_realtime::{AudioFormat, ItemId, Payload};
use switchboard_session::{
    CallEvent, CallerAudioSender, Line, LineCommand, LineEnd, LineEvent, LineProfile, Mark, Media,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, sleep_until, timeout};

/// What a phone sends at a time.
const FRAME: Duration = Duration::from_millis(20);

/// A piece of audio that the caller heard to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardChunk {
    /// The item it belongs to.
    pub item: ItemId,
    /// When its last sound was heard, since the call began.
    pub at: Duration,
    /// How long it is.
    pub length: Duration,
}

impl HeardChunk {
    /// When its first sound was heard.
    pub fn from(&self) -> Duration {
        self.at.saturating_sub(self.length)
    }

    /// Whether it is a recording of our own: a phrase, an apology.
    pub fn is_recorded(&self) -> bool {
        self.item.as_str().starts_with("sb_")
    }
}

/// A phone that is on: it sends a frame every 20 ms. Dropped, it sends nothing more.
#[derive(Debug)]
pub struct Hum {
    sent: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Hum {
    /// Bytes of audio that it has sent.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends nothing more; returns how many bytes there were.
    pub fn stop(self) -> usize {
        self.task.abort();
        self.sent()
    }
}

impl Drop for Hum {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What became of the line.
#[derive(Debug)]
enum Happened {
    Heard(HeardChunk),
    Cleared,
    Shown(CallEvent),
    HungUp,
}

/// The caller.
#[derive(Debug)]
pub struct CallerEnd {
    began: Instant,
    audio: Arc<CallerAudioSender>,
    events: mpsc::Sender<LineEvent>,
    happened: mpsc::UnboundedReceiver<Happened>,
    /// What was heard so far.
    pub heard: Vec<HeardChunk>,
    /// What was shown so far, on a line of text.
    pub shown: Vec<CallEvent>,
    /// How often the line was cleared.
    pub clears: usize,
    /// Whether the session hung up.
    pub hung_up: bool,
}

impl CallerEnd {
    /// A phone, or a terminal where `text`.
    pub(crate) fn new(number: Option<&str>, text: bool) -> (Line, Self) {
        let media = if text { Media::Text } else { Media::Audio(AudioFormat::Pcmu) };
        let (line, end) = Line::pair(LineProfile {
            kind: "test",
            caller: number.map(str::to_owned),
            called: None,
            reference: None,
            media,
        });
        let LineEnd { audio, events, commands } = end;
        let (tell, happened) = mpsc::unbounded_channel();
        tokio::spawn(play(commands, events.clone(), tell));
        let (began, audio) = (Instant::now(), Arc::new(audio));
        let (heard, shown) = (Vec::new(), Vec::new());
        (line, Self { began, audio, events, happened, heard, shown, clears: 0, hung_up: false })
    }

    /// Since the call began.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Switches the phone on: from now on it sends audio, as phones do.
    pub fn hum(&self) -> Hum {
        let (audio, sent) = (Arc::clone(&self.audio), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&sent);
        let task = tokio::spawn(async move {
            let mut frames = interval(FRAME);
            loop {
                frames.tick().await;
                audio.push(Payload::encode(&[0xff; 160]));
                count.fetch_add(160, Ordering::Relaxed);
            }
        });
        Hum { sent, task }
    }

    /// Speaks into the phone: 20 ms frames of this much noise.
    pub fn speak(&self, length: Duration) {
        for _ in 0..length.as_millis() / 20 {
            self.audio.push(Payload::encode(&[0x11; 160]));
        }
    }

    /// Types a line.
    pub async fn type_line(&self, text: &str) {
        self.events.send(LineEvent::Typed(text.to_owned())).await.expect("the session is up");
    }

    /// Presses keys.
    pub async fn press(&self, keys: &str) {
        for key in keys.chars() {
            self.events.send(LineEvent::Dtmf(key)).await.expect("the session is up");
        }
    }

    /// Hangs up.
    pub async fn hang_up(&self) {
        self.events
            .send(LineEvent::Closed { reason: "the caller hung up".into() })
            .await
            .expect("the session is up");
    }

    /// Notes what has happened so far.
    pub fn look(&mut self) {
        while let Ok(happened) = self.happened.try_recv() {
            self.note(happened);
        }
    }

    /// Waits until this much of an item was heard.
    pub async fn hear(&mut self, item: &str, length: Duration) {
        self.wait(|caller| caller.heard_of(item) >= length).await;
    }

    /// Waits until the session hangs up.
    pub async fn hear_hang_up(&mut self) {
        self.wait(|caller| caller.hung_up).await;
    }

    /// Waits until a text line shows an event like this; returns it.
    pub async fn see(&mut self, like: impl Fn(&CallEvent) -> bool) -> CallEvent {
        self.wait(|caller| caller.shown.iter().any(&like)).await;
        self.shown.iter().rev().find(|event| like(event)).cloned().expect("it was waited for")
    }

    /// How much of an item was heard.
    pub fn heard_of(&self, item: &str) -> Duration {
        self.heard
            .iter()
            .filter(|chunk| chunk.item.as_str() == item)
            .map(|chunk| chunk.length)
            .sum()
    }

    /// How much audio was heard that is no item of the model's: recordings of our own.
    pub fn heard_recorded(&self) -> Duration {
        self.heard
            .iter()
            .filter(|chunk| chunk.item.as_str().starts_with("sb_"))
            .map(|chunk| chunk.length)
            .sum()
    }

    /// When the first sound was heard that ended after this time.
    pub fn first_heard_after(&self, time: Duration) -> Option<Duration> {
        self.heard.iter().find(|chunk| chunk.at > time).map(|chunk| chunk.from().max(time))
    }

    /// The longest time in which nothing was heard, from one time to another.
    pub fn longest_silence(&self, from: Duration, to: Duration) -> Duration {
        let (mut heard_to, mut longest) = (from, Duration::ZERO);
        for chunk in self.heard.iter().filter(|chunk| chunk.at > from && chunk.from() < to) {
            longest = longest.max(chunk.from().saturating_sub(heard_to));
            heard_to = heard_to.max(chunk.at);
        }
        longest.max(to.saturating_sub(heard_to))
    }

    /// Waits until a recording of our own has begun and been heard for some time after this; returns its item.
    pub async fn hear_recorded_after(&mut self, time: Duration) -> HeardChunk {
        let fits = |chunk: &&HeardChunk| chunk.is_recorded() && chunk.at > time;
        self.wait(|caller| caller.heard.iter().any(|chunk| fits(&chunk))).await;
        self.heard.iter().find(fits).cloned().expect("it was waited for")
    }

    async fn wait(&mut self, until: impl Fn(&Self) -> bool) {
        self.look();
        while !until(self) {
            let next = timeout(Duration::from_secs(60), self.happened.recv()).await;
            let next = next.unwrap_or_else(|_| {
                panic!("it happens; so far: {:?} {:?}", self.heard, self.shown)
            });
            self.note(next.expect("the line is up"));
        }
    }

    fn note(&mut self, happened: Happened) {
        match happened {
            Happened::Heard(chunk) => self.heard.push(chunk),
            Happened::Cleared => self.clears += 1,
            Happened::Shown(event) => self.shown.push(event),
            Happened::HungUp => self.hung_up = true,
        }
    }
}

/// Plays chunks one after the other in real (virtual) time, returns their marks, forgets them at a clear.
async fn play(
    mut commands: mpsc::Receiver<LineCommand>,
    events: mpsc::Sender<LineEvent>,
    tell: mpsc::UnboundedSender<Happened>,
) {
    let began = Instant::now();
    let mut queue: VecDeque<(Instant, Duration, Mark)> = VecDeque::new();
    let (mut ends, mut generation) = (began, 0);
    // A test that has seen enough does not listen any more.
    let tell = |happened| drop(tell.send(happened));
    loop {
        let next = queue.front().map(|(at, ..)| *at);
        tokio::select! {
            biased;
            command = commands.recv() => match command {
                Some(LineCommand::Play(chunk)) if chunk.generation >= generation => {
                    let length = AudioFormat::Pcmu.duration_of(chunk.audio.decoded_len());
                    ends = ends.max(Instant::now()) + length;
                    let mark = Mark { item: chunk.item, until: chunk.until, generation: chunk.generation };
                    queue.push_back((ends, length, mark));
                }
                Some(LineCommand::Play(_)) => {}
                Some(LineCommand::Clear { generation: next }) => {
                    generation = next;
                    ends = Instant::now();
                    for (_, _, mark) in queue.drain(..) {
                        let _ = events.send(LineEvent::Marked(mark)).await;
                    }
                    tell(Happened::Cleared);
                }
                Some(LineCommand::Show(event)) => tell(Happened::Shown(event)),
                Some(LineCommand::Hangup) | None => return tell(Happened::HungUp),
            },
            () = sleep_until(next.unwrap_or(began)), if next.is_some() => {
                let Some((at, length, mark)) = queue.pop_front() else { continue };
                tell(Happened::Heard(HeardChunk { item: mark.item.clone(), at: at - began, length }));
                let _ = events.send(LineEvent::Marked(mark)).await;
            }
        }
    }
}
