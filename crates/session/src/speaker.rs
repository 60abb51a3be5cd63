//! The agent's audio on its way to the line, past the gate that a barge-in closes.
//!
//! The task that reads the model plays audio here directly; the session actor, which decides, closes the gate for an
//! interrupted response and clears the line. Both happen under one lock, so a piece of audio either goes out before the
//! clear, under the old generation, or not at all.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use switchboard_realtime::{AudioFormat, ItemId, Payload, ResponseId};
use tokio::sync::mpsc;

use crate::line::{Chunk, LineCommand};

/// Interrupted responses and items are remembered while late audio of theirs may come.
const REMEMBERED: usize = 32;
/// A screen that takes nothing misses what comes after this much.
const MOST_WAITING: usize = 1_024;

/// See the module.
#[derive(Debug)]
pub(crate) struct Speaker {
    line: mpsc::Sender<LineCommand>,
    format: AudioFormat,
    gate: Arc<Mutex<Gate>>,
}

#[derive(Debug, Default)]
struct Gate {
    generation: u32,
    dropped: VecDeque<ResponseId>,
    /// Bytes received of each item, whether played or not: the server counts them all.
    received: VecDeque<(ItemId, usize)>,
    /// What a line that takes nothing just now will get once it does, in order.
    waiting: VecDeque<LineCommand>,
}

/// A piece that went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Played {
    /// The item's audio up to the end of the piece.
    pub(crate) until: Duration,
    /// The generation it went out under.
    pub(crate) generation: u32,
}

impl Speaker {
    pub(crate) fn new(line: mpsc::Sender<LineCommand>, format: AudioFormat) -> Self {
        Self { line, format, gate: Arc::default() }
    }

    /// Plays a piece of audio, unless its response was interrupted. Waits while the line has too much waiting; `None` where
    /// nothing was played.
    pub(crate) async fn play(
        &self,
        response: Option<&ResponseId>,
        item: &ItemId,
        audio: Payload,
    ) -> Option<Played> {
        let place = self.line.reserve().await.ok()?;
        let mut gate = self.gate();
        if response.is_some_and(|response| gate.dropped.contains(response)) {
            return None;
        }
        let until = self.format.duration_of(gate.receive(item, audio.decoded_len()));
        let generation = gate.generation;
        let play = LineCommand::Play(Chunk { item: item.clone(), until, generation, audio });
        if gate.waiting.is_empty() {
            place.send(play);
        } else {
            gate.waiting.push_back(play);
        }
        Some(Played { until, generation })
    }

    /// Closes the gate for a response.
    pub(crate) fn drop_response(&self, response: ResponseId) {
        remember(&mut self.gate().dropped, response);
    }

    /// Begins a generation, and silences the line. What is on its way to the line under an older one is dropped there.
    pub(crate) fn clear(&self, generation: u32, drop: Option<ResponseId>) {
        let mut gate = self.gate();
        gate.generation = generation;
        if let Some(response) = drop {
            remember(&mut gate.dropped, response);
        }
        self.pass(&mut gate, LineCommand::Clear { generation });
    }

    /// Tells the line something, at once where it can.
    pub(crate) fn tell(&self, command: LineCommand) {
        self.pass(&mut self.gate(), command);
    }

    /// A line that has so much waiting that it takes nothing gets this, in order, as soon as it does; what is only shown is
    /// left out when even that is too much.
    fn pass(&self, gate: &mut Gate, command: LineCommand) {
        if !gate.waiting.is_empty() {
            if gate.waiting.len() < MOST_WAITING || !matches!(command, LineCommand::Show(_)) {
                gate.waiting.push_back(command);
            }
        } else if let Err(mpsc::error::TrySendError::Full(command)) = self.line.try_send(command) {
            gate.waiting.push_back(command);
            tokio::spawn(flush(self.line.clone(), Arc::clone(&self.gate)));
        }
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        lock(&self.gate)
    }
}

fn lock(gate: &Mutex<Gate>) -> MutexGuard<'_, Gate> {
    gate.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Passes on what waits, until nothing does or the line is gone.
async fn flush(line: mpsc::Sender<LineCommand>, gate: Arc<Mutex<Gate>>) {
    while let Ok(place) = line.reserve().await {
        let mut gate = lock(&gate);
        let Some(command) = gate.waiting.pop_front() else { return };
        place.send(command);
        if gate.waiting.is_empty() {
            return;
        }
    }
}

impl Gate {
    /// Notes more bytes of an item, and returns all of them.
    fn receive(&mut self, item: &ItemId, bytes: usize) -> usize {
        if let Some((_, received)) = self.received.iter_mut().rev().find(|(known, _)| known == item)
        {
            *received += bytes;
            return *received;
        }
        remember(&mut self.received, (item.clone(), bytes));
        bytes
    }
}

fn remember<T>(list: &mut VecDeque<T>, new: T) {
    list.push_back(new);
    if list.len() > REMEMBERED {
        list.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaker() -> (Speaker, mpsc::Receiver<LineCommand>) {
        let (line, commands) = mpsc::channel(4);
        (Speaker::new(line, AudioFormat::Pcmu), commands)
    }

    #[tokio::test]
    async fn audio_is_counted_by_item() {
        let (speaker, _commands) = speaker();
        let (response, item) = (ResponseId::new("r1"), ItemId::new("i1"));

        speaker.play(Some(&response), &item, Payload::encode(&[0; 160])).await;
        let played = speaker.play(Some(&response), &item, Payload::encode(&[0; 160])).await;

        assert_eq!(played, Some(Played { until: Duration::from_millis(40), generation: 0 }));
    }

    #[tokio::test]
    async fn nothing_of_an_interrupted_response_passes() {
        let (speaker, mut commands) = speaker();
        let (response, item) = (ResponseId::new("r1"), ItemId::new("i1"));

        speaker.clear(1, Some(response.clone()));

        assert_eq!(speaker.play(Some(&response), &item, Payload::encode(&[0; 160])).await, None);
        assert!(matches!(commands.recv().await, Some(LineCommand::Clear { generation: 1 })));
        assert!(commands.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_line_with_too_much_waiting_still_gets_its_hang_up() {
        let (speaker, mut commands) = speaker();
        for _ in 0..4 {
            speaker.tell(LineCommand::Clear { generation: 1 });
        }
        speaker.tell(LineCommand::Hangup);

        for _ in 0..4 {
            assert!(matches!(commands.recv().await, Some(LineCommand::Clear { .. })));
        }
        assert!(matches!(commands.recv().await, Some(LineCommand::Hangup)));
    }
}
