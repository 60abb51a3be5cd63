//! The caller's audio on its way to the model: a bounded queue that drops its oldest part.
//!
//! A caller keeps talking whatever we do, so the queue never makes the line wait. While the model is not ready (dialling,
//! a first `session.update` unanswered) nobody takes from it and it holds the newest [`KEPT`] of speech.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use switchboard_realtime::{AudioFormat, Payload};
use tokio::sync::Notify;

/// How much audio is kept for a model that is not ready.
const KEPT: Duration = Duration::from_secs(10);

/// Makes the queue for audio in `format`.
pub(crate) fn caller_audio(format: AudioFormat) -> (CallerAudioSender, CallerAudio) {
    let most = format.bytes_per_ms()
        * usize::try_from(KEPT.as_millis()).expect("ten seconds of milliseconds fit");
    let shared = Arc::new(Shared {
        queue: Mutex::new(Queue { most, ..Queue::default() }),
        filled: Notify::new(),
    });
    (CallerAudioSender { shared: Arc::clone(&shared) }, CallerAudio { shared })
}

/// The line's end of the queue.
#[derive(Debug)]
pub struct CallerAudioSender {
    shared: Arc<Shared>,
}

/// The session's end of the queue.
#[derive(Debug)]
pub struct CallerAudio {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Payload>,
    bytes: usize,
    most: usize,
    dropped: usize,
    closed: bool,
}

impl CallerAudioSender {
    /// Adds audio at once, dropping the oldest where too much waits.
    pub fn push(&self, audio: Payload) {
        let mut queue = self.shared.lock();
        queue.bytes += audio.decoded_len();
        queue.waiting.push_back(audio);
        while queue.bytes > queue.most {
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
    pub async fn recv(&mut self) -> Option<Payload> {
        loop {
            if let Some(audio) = self.try_recv() {
                return Some(audio);
            }
            if self.shared.lock().closed {
                return None;
            }
            // What was pushed since then has left a permit.
            self.shared.filled.notified().await;
        }
    }

    /// Takes the next piece if one waits.
    pub fn try_recv(&mut self) -> Option<Payload> {
        let mut queue = self.shared.lock();
        let audio = queue.waiting.pop_front()?;
        queue.bytes -= audio.decoded_len();
        Some(audio)
    }

    /// Bytes of audio dropped so far because nobody took them.
    pub fn dropped(&self) -> usize {
        self.shared.lock().dropped
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
        let (sender, mut audio) = caller_audio(AudioFormat::Pcmu);
        for second in 0..12u8 {
            sender.push(Payload::encode(&[second; 8_000]));
        }

        assert_eq!(audio.dropped(), 16_000);
        assert_eq!(audio.recv().await.unwrap().decode().unwrap()[0], 2);
    }

    #[tokio::test]
    async fn a_line_that_is_gone_ends_the_queue_after_its_last_audio() {
        let (sender, mut audio) = caller_audio(AudioFormat::Pcmu);
        sender.push(Payload::encode(&[1; 160]));
        drop(sender);

        assert!(audio.recv().await.is_some());
        assert!(audio.recv().await.is_none());
    }
}
