//! One step of a response: the output items as they grow, and the events that tell of it.

use std::time::Duration;

use switchboard_realtime::{
    ArgumentsDelta, ArgumentsDone, AudioDelta, AudioDone, Content, ContentPart, ContentPartEvent,
    FunctionCall, Item, ItemBody, ItemEvent, ItemId, ItemStatus, Message, OutputItemEvent, Payload,
    Role, ServerEvent, TextDelta, TextDone, TranscriptDone,
};

use super::{Open, Response};
use crate::session::Session;
use crate::session::entry::{Entry, Sound};
use crate::session::usage;

impl Session {
    /// Begins a message, spoken or written.
    pub(super) fn open_message(&mut self, response: &mut Response, open: Open) {
        let message = Message { role: Role::Assistant, content: Vec::new() };
        let mut entry = Entry::new(Item::new(ItemBody::Message(message)));
        entry.sound =
            (open == Open::Speech).then(|| Sound::new(response.params.format, Vec::new()));
        let item_id = self.open_item(response, entry, open);
        let (content, part) = match open {
            Open::Speech => (
                Content::OutputAudio { audio: None, transcript: Some(String::new()) },
                ContentPart::Audio { transcript: Some(String::new()), audio: None },
            ),
            _ => (
                Content::OutputText { text: String::new() },
                ContentPart::Text { text: String::new() },
            ),
        };
        if let Some(Item { body: ItemBody::Message(message), .. }) = self.item_mut(&item_id) {
            message.content.push(content);
        }
        self.emit(ServerEvent::ResponseContentPartAdded(part_event(response, item_id, part)));
    }

    /// Begins a function call.
    pub(super) fn open_call(&mut self, response: &mut Response, name: String, call_id: String) {
        response.spent.text_tokens += usage::of_text(&name);
        let call = FunctionCall { call_id: call_id.into(), name, arguments: String::new() };
        self.open_item(response, Entry::new(Item::new(ItemBody::FunctionCall(call))), Open::Call);
    }

    fn open_item(&mut self, response: &mut Response, mut entry: Entry, open: Open) -> ItemId {
        let id = ItemId::from(self.ids.next("item"));
        entry.item = entry.item.with_id(id.clone()).with_status(ItemStatus::InProgress);
        let item = entry.item.clone();
        response.output.push(id.clone());
        response.open = Some(open);
        self.emit(ServerEvent::ResponseOutputItemAdded(output_event(response, item.clone())));
        if response.is_out_of_band() {
            self.conversation.insert_beside(id.clone(), entry);
        } else {
            let end = self.conversation.order().len();
            let previous_item_id = self.conversation.insert(end, id.clone(), entry);
            self.emit(ServerEvent::ConversationItemAdded(ItemEvent {
                event_id: None,
                previous_item_id,
                item,
            }));
        }
        id
    }

    /// Sends words of a transcript.
    pub(super) fn send_words(&mut self, response: &mut Response, words: Vec<(Duration, String)>) {
        let Some(id) = response.output.last().cloned() else { return };
        response.spent.text_tokens +=
            words.iter().map(|(_, word)| usage::of_text(word)).sum::<u64>();
        let said: Vec<_> = words.iter().map(|(_, word)| word.as_str()).collect();
        let mut delta = said.join(" ");
        if let Some(entry) = self.conversation.get_mut(&id) {
            let sound =
                entry.sound.get_or_insert_with(|| Sound::new(response.params.format, Vec::new()));
            if !sound.words.is_empty() {
                delta.insert(0, ' ');
            }
            sound.words.extend(words);
            if !sound.is_cut {
                let so_far = entry.item.as_message().map(Message::text).unwrap_or_default();
                entry.set_transcript(Some(&(so_far + &delta)));
            }
        }
        self.emit(ServerEvent::ResponseOutputAudioTranscriptDelta(text_delta(response, id, delta)));
    }

    /// Sends audio.
    pub(super) fn send_audio(&mut self, response: &mut Response, audio: &[u8]) {
        let Some(id) = response.output.last().cloned() else { return };
        response.audio += response.params.format.duration_of(audio.len());
        response.spent.audio_tokens = usage::of_speech(response.audio);
        self.has_spoken |= !response.is_out_of_band();
        if let Some(sound) = self.conversation.get_mut(&id).and_then(|entry| entry.sound.as_mut())
            && !sound.is_cut
        {
            sound.push(audio);
        }
        self.emit(ServerEvent::ResponseOutputAudioDelta(AudioDelta {
            event_id: None,
            response_id: response.id.clone(),
            item_id: id,
            output_index: response.output_index(),
            content_index: 0,
            delta: Payload::encode(audio),
        }));
    }

    /// Sends a piece of a written message.
    pub(super) fn send_text(&mut self, response: &mut Response, piece: String) {
        let Some(id) = response.output.last().cloned() else { return };
        response.spent.text_tokens += usage::of_text(&piece);
        if let Some(Item { body: ItemBody::Message(message), .. }) = self.item_mut(&id)
            && let Some(Content::OutputText { text }) = message.content.first_mut()
        {
            text.push_str(&piece);
        }
        self.emit(ServerEvent::ResponseOutputTextDelta(text_delta(response, id, piece)));
    }

    /// Sends a piece of a call's arguments.
    pub(super) fn send_arguments(&mut self, response: &mut Response, piece: String) {
        let Some(id) = response.output.last().cloned() else { return };
        response.spent.text_tokens += usage::of_text(&piece);
        let Some(Item { body: ItemBody::FunctionCall(call), .. }) = self.item_mut(&id) else {
            return;
        };
        call.arguments.push_str(&piece);
        let call_id = call.call_id.clone();
        self.emit(ServerEvent::ResponseFunctionCallArgumentsDelta(ArgumentsDelta {
            event_id: None,
            response_id: response.id.clone(),
            item_id: id,
            output_index: response.output_index(),
            call_id,
            delta: piece,
        }));
    }

    /// Ends the open item, if there is one, whole or cut short.
    pub(super) fn close_item(&mut self, response: &mut Response, status: &ItemStatus) {
        let (Some(open), Some(id)) = (response.open.take(), response.output.last().cloned()) else {
            return;
        };
        let Some(item) = self.item_mut(&id) else { return };
        item.status = Some(status.clone());
        let item = item.clone();
        match open {
            Open::Speech | Open::Text => self.end_message(response, &item, open),
            Open::Call if *status == ItemStatus::Completed => self.end_call(response, &item),
            Open::Call => {}
        }
        self.emit(ServerEvent::ResponseOutputItemDone(output_event(response, item.clone())));
        if self.conversation.holds(&id) {
            let previous_item_id = self.conversation.before(&id).cloned();
            self.emit(ServerEvent::ConversationItemDone(ItemEvent {
                event_id: None,
                previous_item_id,
                item,
            }));
        }
    }

    fn end_message(&mut self, response: &Response, item: &Item, open: Open) {
        let words = item.as_message().map(Message::text).unwrap_or_default();
        let item_id = item.id.clone().unwrap_or_default();
        let (response_id, output_index) = (response.id.clone(), response.output_index());
        let part = if open == Open::Speech {
            self.emit(ServerEvent::ResponseOutputAudioDone(AudioDone {
                event_id: None,
                response_id: response_id.clone(),
                item_id: item_id.clone(),
                output_index,
                content_index: 0,
            }));
            self.emit(ServerEvent::ResponseOutputAudioTranscriptDone(TranscriptDone {
                event_id: None,
                response_id,
                item_id: item_id.clone(),
                output_index,
                content_index: 0,
                transcript: words.clone(),
            }));
            ContentPart::Audio { transcript: Some(words), audio: None }
        } else {
            self.emit(ServerEvent::ResponseOutputTextDone(TextDone {
                event_id: None,
                response_id,
                item_id: item_id.clone(),
                output_index,
                content_index: 0,
                text: words.clone(),
            }));
            ContentPart::Text { text: words }
        };
        self.emit(ServerEvent::ResponseContentPartDone(part_event(response, item_id, part)));
    }

    fn end_call(&mut self, response: &Response, item: &Item) {
        let Some(call) = item.as_function_call() else { return };
        self.emit(ServerEvent::ResponseFunctionCallArgumentsDone(ArgumentsDone {
            event_id: None,
            response_id: response.id.clone(),
            item_id: item.id.clone().unwrap_or_default(),
            output_index: response.output_index(),
            call_id: call.call_id.clone(),
            name: Some(call.name.clone()),
            arguments: call.arguments.clone(),
        }));
    }

    fn item_mut(&mut self, id: &ItemId) -> Option<&mut Item> {
        self.conversation.get_mut(id).map(|entry| &mut entry.item)
    }
}

fn part_event(response: &Response, item_id: ItemId, part: ContentPart) -> ContentPartEvent {
    ContentPartEvent {
        event_id: None,
        response_id: response.id.clone(),
        item_id,
        output_index: response.output_index(),
        content_index: 0,
        part,
    }
}

fn output_event(response: &Response, item: Item) -> OutputItemEvent {
    OutputItemEvent {
        event_id: None,
        response_id: response.id.clone(),
        output_index: response.output_index(),
        item,
    }
}

fn text_delta(response: &Response, item_id: ItemId, delta: String) -> TextDelta {
    TextDelta {
        event_id: None,
        response_id: response.id.clone(),
        item_id,
        output_index: response.output_index(),
        content_index: 0,
        delta,
    }
}
