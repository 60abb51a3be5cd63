//! The caller's audio on its way to the model: a bounded queue that drops its oldest part.
//!
//! A caller keeps talking whatever we do, so the queue never makes the line wait. While the model is not ready (dialling,
//! a first `session.update` unanswered) nobody takes from it and it holds the newest [`KEPT`] of speech.
//!
//! What was taken is remembered as long as nobody knows what the caller said with it: should the link to the model break in
//! the middle of a sentence, the next one hears the sentence from its beginning.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use switchboard_realtime::{AudioFormat, ItemId, Payload};
use tokio::sync::Notify;

/// How much audio is kept for a model that is not ready.
const KEPT: Duration = Duration::from_secs(10);
/// How much of a turn that nobody has written down yet is remembered.
const TURN: Duration = Duration::from_secs(20);
/// How much is remembered while the caller is not known to speak: they may have begun already.
const ONSET: Duration = Duration::from_millis(500);
/// What is heard again goes out in pieces of this length.
const PIECE: Duration = Duration::from_millis(200);

/// Makes the queue for audio in `format`.
pub(crate) fn caller_audio(format: AudioFormat) -> (CallerAudioSender, CallerAudio) {
    let most = bytes(format, KEPT);
    let shared = Arc::new(Shared {
        queue: Mutex::new(Queue { most, ..Queue::default() }),
        format,
        filled: Notify::new(),
    });
    (CallerAudioSender { shared: Arc::clone(&shared) }, CallerAudio { shared, link: 0 })
}

/// The line's end of the queue.
#[derive(Debug)]
pub struct CallerAudioSender {
    shared: Arc<Shared>,
}

fn bytes(format: AudioFormat, length: Duration) -> usize {
    format.bytes_per_ms()
        * usize::try_from(length.as_millis()).expect("seconds of milliseconds fit")
}

/// The session's end of the queue. Each link's task takes from an end of its own, which is empty as soon as another link has
/// one.
#[derive(Debug)]
pub struct CallerAudio {
    shared: Arc<Shared>,
    link: u64,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    format: AudioFormat,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Payload>,
    bytes: usize,
    most: usize,
    dropped: usize,
    closed: bool,
    /// What was taken lately.
    taken: VecDeque<u8>,
    /// How much may wait while it is being heard again; at least `most`.
    raised: usize,
    /// Counts links: an older one's end takes nothing any more.
    link: u64,
    /// The caller speaks; their turn will be this item.
    speaks: Option<ItemId>,
    /// Whether it may be part of a turn that nobody has written down.
    unwritten: bool,
    /// How much of what was taken belongs to turns that are over.
    over: usize,
}

impl CallerAudioSender {
    /// Adds audio at once, dropping the oldest where too much waits.
    pub fn push(&self, audio: Payload) {
        let mut queue = self.shared.lock();
        queue.bytes += audio.decoded_len();
        queue.waiting.push_back(audio);
        while queue.bytes > queue.most.max(queue.raised) {
            let Some(oldest) = queue.waiting.pop_front() else { break };
            queue.bytes -= oldest.decoded_len();
            queue.dropped += oldest.decoded_len();
        }
        drop(queue);
        self.shared.filled.notify_one();
    }
}

impl Drop for CallerAudioSender {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.filled.notify_one();
    }
}

impl CallerAudio {
    /// Waits for the next piece; `None` once the line is gone and everything has been taken. Cancel-safe.
    pub async fn recv(&self) -> Option<Payload> {
        loop {
            if let Some(audio) = self.try_recv() {
                return Some(audio);
            }
            if self.is_over() {
                return None;
            }
            // What was pushed since then has left a permit.
            self.shared.filled.notified().await;
        }
    }

    /// Whether nothing comes any more: the line is gone, or another link takes from the queue.
    fn is_over(&self) -> bool {
        let queue = self.shared.lock();
        queue.closed || queue.link != self.link
    }

    /// Takes the next piece if one waits.
    pub fn try_recv(&self) -> Option<Payload> {
        let mut queue = self.shared.lock();
        if queue.link != self.link {
            return None;
        }
        let Some(audio) = queue.waiting.pop_front() else {
            queue.raised = 0;
            return None;
        };
        queue.bytes -= audio.decoded_len();
        queue.remember(&audio, self.shared.format);
        Some(audio)
    }

    /// The end for a new link: those before it take nothing any more.
    pub(crate) fn for_link(&self) -> Self {
        let mut queue = self.shared.lock();
        queue.link += 1;
        let link = queue.link;
        drop(queue);
        // Whoever waits on an older end finds out, and takes no word that is meant for the new one.
        self.shared.filled.notify_waiters();
        Self { shared: Arc::clone(&self.shared), link }
    }

    /// The caller speaks, and their turn will be this item: what they say is remembered until it has been written down.
    pub(crate) fn speaking(&self, item: &ItemId) {
        let mut queue = self.shared.lock();
        (queue.speaks, queue.unwritten) = (Some(item.clone()), true);
    }

    /// This turn of the caller's is over. They may have begun the next one.
    pub(crate) fn turn_over(&self, item: &ItemId) {
        let mut queue = self.shared.lock();
        if queue.speaks.as_ref().is_some_and(|speaks| speaks != item) {
            return;
        }
        queue.speaks = None;
        queue.over = queue.taken.len();
    }

    /// Everything the caller has said in turns that are over is known: nobody needs its sound again.
    pub(crate) fn forget(&self) {
        let mut queue = self.shared.lock();
        let over = std::mem::take(&mut queue.over);
        queue.taken.drain(..over);
        queue.unwritten = queue.speaks.is_some();
    }

    /// Puts what is remembered back in front of what waits: it is to be heard again, on another link.
    pub(crate) fn again(&self) {
        let mut queue = self.shared.lock();
        let taken: Vec<u8> = std::mem::take(&mut queue.taken).into();
        queue.over = 0;
        queue.speaks = None;
        queue.link += 1;
        queue.bytes += taken.len();
        // Nothing of it is dropped because of what comes.
        if !taken.is_empty() {
            queue.raised = queue.bytes + queue.most;
        }
        for piece in taken.chunks(bytes(self.shared.format, PIECE)).rev() {
            queue.waiting.push_front(Payload::encode(piece));
        }
        drop(queue);
        self.shared.filled.notify_one();
    }

    /// Bytes of audio dropped so far because nobody took them.
    pub fn dropped(&self) -> usize {
        self.shared.lock().dropped
    }
}

impl Queue {
    fn remember(&mut self, audio: &Payload, format: AudioFormat) {
        // A payload is checked when it is made.
        self.taken.extend(audio.decode().unwrap_or_default());
        let most = bytes(format, if self.unwritten { TURN } else { ONSET });
        let surplus = self.taken.len().saturating_sub(most);
        self.taken.drain(..surplus);
        self.over = self.over.saturating_sub(surplus);
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_ten_seconds_are_kept() {
        let (sender, audio) = caller_audio(AudioFormat::Pcmu);
        for second in 0..12u8 {
            sender.push(Payload::encode(&[second; 8_000]));
        }

        assert_eq!(audio.dropped(), 16_000);
        assert_eq!(audio.recv().await.unwrap().decode().unwrap()[0], 2);
    }

    #[tokio::test]
    async fn a_line_that_is_gone_ends_the_queue_after_its_last_audio() {
        let (sender, audio) = caller_audio(AudioFormat::Pcmu);
        sender.push(Payload::encode(&[1; 160]));
        drop(sender);

        assert!(audio.recv().await.is_some());
        assert!(audio.recv().await.is_none());
    }

    /// Everything that waits, decoded.
    fn waiting(audio: &CallerAudio) -> Vec<u8> {
        std::iter::from_fn(|| audio.try_recv()).flat_map(|piece| piece.decode().unwrap()).collect()
    }

    #[test]
    fn a_sentence_that_a_broken_link_heard_half_of_is_heard_again_from_its_beginning() {
        let (sender, audio) = caller_audio(AudioFormat::Pcmu);
        let say = |value: u8, seconds: usize| {
            for _ in 0..seconds * 50 {
                sender.push(Payload::encode(&[value; 160]));
            }
        };
        say(1, 5);
        waiting(&audio);
        audio.speaking(&ItemId::new("u1"));
        say(2, 3);
        waiting(&audio);

        say(3, 1);
        audio.again();

        assert_eq!(waiting(&audio), [0; 0], "the old link takes nothing of it");
        let again = waiting(&audio.for_link());
        assert_eq!(again.len(), 4_000 + 4 * 8_000, "half a second from before, and all since");
        assert_eq!((again[0], again[4_000], again[4_000 + 3 * 8_000]), (1, 2, 3));
    }

    #[test]
    fn a_turn_that_is_written_down_is_forgotten_and_the_next_one_is_not() {
        let (sender, audio) = caller_audio(AudioFormat::Pcmu);
        audio.speaking(&ItemId::new("u1"));
        sender.push(Payload::encode(&[1; 800]));
        waiting(&audio);
        audio.turn_over(&ItemId::new("u1"));
        sender.push(Payload::encode(&[2; 800]));
        waiting(&audio);

        audio.forget();
        audio.again();

        assert_eq!(waiting(&audio.for_link()), [2; 800]);
    }
}
