//! The caller's turns: audio in, where speech begins and ends, commits, idle timeouts, transcriptions.

use std::time::Duration;

use serde_json::{Map, Value};
use switchboard_audio::vad::VadEvent;
use switchboard_audio::{SampleRate, resample};
use switchboard_realtime::{
    AudioCleared, AudioCommitted, ErrorCode, ItemEvent, ItemId, Payload, ServerEvent,
    SpeechStarted, SpeechStopped, StatusReason, TimeoutTriggered, TranscribedTokens,
    TranscriptionCompleted, TranscriptionDelta, TranscriptionUsage,
};

use super::entry::Entry;
use super::hearing::{self, Utterance};
use super::output::Output;
use super::{Session, Timer, usage};
use crate::refusal::Refusal;

/// The least audio that can be committed.
const LEAST_COMMIT: Duration = Duration::from_millis(100);

impl Session {
    /// Takes the caller's audio in.
    pub(super) fn append(
        &mut self,
        event: &Map<String, Value>,
        now: Duration,
    ) -> Result<(), Refusal> {
        let text = event.get("audio").and_then(Value::as_str).unwrap_or_default();
        let decoded = Payload::from_base64(text.to_owned()).and_then(|payload| payload.decode());
        let audio = decoded
            .map_err(|fault| Refusal::value("audio", format!("Invalid 'audio': {fault}.")))?;
        for event in self.hearing.push(&audio) {
            match event {
                VadEvent::SpeechStarted { at_ms } => self.speech_started(at_ms, now),
                VadEvent::SpeechStopped { at_ms } => self.speech_stopped(at_ms, now),
            }
        }
        Ok(())
    }

    fn speech_started(&mut self, at_ms: u64, now: Duration) {
        let item_id = ItemId::from(self.ids.next("item"));
        self.turn = Some((item_id.clone(), at_ms));
        self.disarm_idle();
        self.emit(ServerEvent::InputAudioBufferSpeechStarted(SpeechStarted {
            event_id: None,
            audio_start_ms: at_ms,
            item_id,
        }));
        let interrupts = self.config.turn_detection().is_some_and(|turns| turns.interrupt_response);
        if let Some(active) = self.active().filter(|_| interrupts) {
            self.cancel(&active, StatusReason::TurnDetected, now);
        }
    }

    fn speech_stopped(&mut self, at_ms: u64, now: Duration) {
        let Some((item_id, from_ms)) = self.turn.take() else { return };
        self.emit(ServerEvent::InputAudioBufferSpeechStopped(SpeechStopped {
            event_id: None,
            audio_end_ms: at_ms,
            item_id: item_id.clone(),
        }));
        let utterance = self.hearing.take(from_ms, at_ms);
        self.commit_turn(item_id, utterance, now);
        self.answer_if_wanted(now);
    }

    fn answer_if_wanted(&mut self, now: Duration) {
        let wanted = self.config.turn_detection().is_some_and(|turns| turns.create_response);
        if wanted && !self.config.is_transcription() {
            self.answer_turn(now);
        }
    }

    /// A client says that the turn is over.
    pub(super) fn commit(&mut self, now: Duration) -> Result<(), Refusal> {
        let waiting = self.hearing.waiting();
        if waiting < LEAST_COMMIT {
            let message = format!(
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has {:.2}ms of audio.",
                waiting.as_secs_f64() * 1_000.0
            );
            return Err(Refusal::new(ErrorCode::InputAudioBufferCommitEmpty, message));
        }
        let begun = self.turn.take();
        let item_id = begun.map_or_else(|| self.ids.next("item").into(), |(item_id, _)| item_id);
        let utterance = self.hearing.take_all();
        self.commit_turn(item_id, utterance, now);
        Ok(())
    }

    /// A client drops what it has not committed.
    pub(super) fn clear(&mut self) {
        self.turn = None;
        self.hearing.clear();
        self.emit(ServerEvent::InputAudioBufferCleared(AudioCleared { event_id: None }));
    }

    /// Makes audio an item of the caller's.
    fn commit_turn(&mut self, item_id: ItemId, utterance: Utterance, now: Duration) {
        let previous_item_id = self.conversation.last().cloned();
        self.emit(ServerEvent::InputAudioBufferCommitted(AudioCommitted {
            event_id: None,
            previous_item_id: previous_item_id.clone(),
            item_id: item_id.clone(),
        }));
        let is_unheard = utterance.words.is_empty() && self.recognises;
        let mut entry = Entry::spoken_by_user(utterance.sound, utterance.words);
        entry.item = entry.item.with_id(item_id.clone());
        if is_unheard && let Some(sound) = &entry.sound {
            let rate = hearing::rate(sound.format).hz();
            let samples = resample(&hearing::decode(sound), rate, SampleRate::Khz16.hz());
            self.recognising.insert(item_id.clone());
            self.push(Output::Recognise { item: item_id.clone(), samples });
        }
        let item = entry.item.clone();
        let end = self.conversation.order().len();
        self.conversation.insert(end, item_id.clone(), entry);
        let added = ItemEvent { event_id: None, previous_item_id, item };
        self.emit(ServerEvent::ConversationItemAdded(added.clone()));
        self.emit(ServerEvent::ConversationItemDone(added));
        if self.config.transcriber().is_some() {
            self.timers.at(now + self.settings.transcribing(), Timer::Transcribe(item_id));
        }
    }

    /// A recogniser has understood a turn, or has not.
    pub(crate) fn recognised(&mut self, item: &ItemId, words: String, now: Duration) {
        self.advance(now);
        self.recognising.remove(item);
        if let Some(entry) = self.conversation.get_mut(item) {
            entry.perceived = words;
        }
        if self.untranscribed.remove(item) {
            self.transcribe(item);
        }
        let waiting: Vec<_> = self.responses.iter().map(|response| response.id.clone()).collect();
        for id in waiting {
            self.timers.at(now, Timer::Think(id));
        }
        self.advance(now);
    }

    /// Tells what the caller said, once it is known.
    pub(super) fn transcribe(&mut self, id: &ItemId) {
        if self.recognising.contains(id) {
            self.untranscribed.insert(id.clone());
            return;
        }
        let Some(model) = self.config.transcriber().map(str::to_owned) else { return };
        let Some(entry) = self.conversation.get_mut(id) else { return };
        let words = entry.perceived.clone();
        let length = entry.sound.as_ref().map_or(Duration::ZERO, |sound| sound.length);
        entry.set_transcript(Some(&words));
        let is_whisper = model == "whisper-1";
        let deltas: Vec<&str> =
            if is_whisper { vec![&words] } else { words.split_inclusive(' ').collect() };
        for delta in deltas.into_iter().filter(|delta| !delta.is_empty()) {
            self.emit(ServerEvent::ConversationItemInputAudioTranscriptionDelta(
                TranscriptionDelta {
                    event_id: None,
                    item_id: id.clone(),
                    content_index: 0,
                    delta: delta.to_owned(),
                    logprobs: Vec::new(),
                },
            ));
        }
        let usage = if is_whisper {
            TranscriptionUsage::Duration { seconds: length.as_secs_f64() }
        } else {
            billed(length, &words)
        };
        self.emit(ServerEvent::ConversationItemInputAudioTranscriptionCompleted(
            TranscriptionCompleted {
                event_id: None,
                item_id: id.clone(),
                content_index: 0,
                transcript: words,
                usage: Some(usage),
                languages: Vec::new(),
                logprobs: Vec::new(),
            },
        ));
    }

    /// Nobody has spoken for the idle timeout since the model's audio was over.
    pub(super) fn idle(&mut self, armed: u64, now: Duration) {
        if armed != self.idle_armed || self.turn.is_some() || self.active().is_some() {
            return;
        }
        let item_id = ItemId::from(self.ids.next("item"));
        let utterance = self.hearing.take_all();
        let audio_end_ms = self.hearing.position_ms();
        self.emit(ServerEvent::InputAudioBufferTimeoutTriggered(TimeoutTriggered {
            event_id: None,
            audio_start_ms: audio_end_ms.saturating_sub(utterance.sound.length_ms()),
            audio_end_ms,
            item_id: item_id.clone(),
        }));
        self.commit_turn(item_id, utterance, now);
        self.answer_if_wanted(now);
    }

    /// The model's audio will be over at this time: from then on the caller may be idle only so long.
    pub(super) fn arm_idle(&mut self, from: Duration) {
        self.idle_armed += 1;
        let timeout = self.config.turn_detection().and_then(|turns| turns.idle_timeout);
        if let Some(timeout) = timeout {
            self.timers.at(from + timeout, Timer::Idle(self.idle_armed));
        }
    }

    /// Somebody speaks, or is about to.
    pub(super) fn disarm_idle(&mut self) {
        self.idle_armed += 1;
    }
}

/// What a transcription by token costs.
fn billed(length: Duration, words: &str) -> TranscriptionUsage {
    let (input_tokens, output_tokens) = (usage::of_hearing(length), usage::of_text(words));
    TranscriptionUsage::Tokens {
        total_tokens: input_tokens + output_tokens,
        input_tokens,
        output_tokens,
        input_token_details: Some(TranscribedTokens { text_tokens: 0, audio_tokens: input_tokens }),
    }
}
