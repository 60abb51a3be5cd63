//! One item of the conversation with what the wire does not show: its audio, and what the model perceives of it.

use std::time::Duration;

use serde_json::Value;
use switchboard_realtime::{
    AudioFormat, Content, Item, ItemBody, ItemStatus, Message, Payload, Role,
};

use crate::mind::Said;

/// An item, as the server keeps it.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// As events show it: without audio.
    pub(super) item: Item,
    /// Its audio, if it has any.
    pub(super) sound: Option<Sound>,
    /// What the model understood of the caller's audio, whether or not a transcript is asked for.
    pub(super) perceived: String,
}

/// The audio of an item.
#[derive(Debug, Clone)]
pub(super) struct Sound {
    pub(super) format: AudioFormat,
    /// As on the wire. Old audio is dropped when there is too much of it; `length` stays.
    pub(super) bytes: Vec<u8>,
    pub(super) length: Duration,
    /// The words of the model's speech, each with the time by which it has been said.
    pub(super) words: Vec<(Duration, String)>,
    /// Whether a truncation took the transcript away.
    pub(super) is_cut: bool,
}

impl Sound {
    pub(super) fn new(format: AudioFormat, bytes: Vec<u8>) -> Self {
        let length = format.duration_of(bytes.len());
        Self { format, bytes, length, words: Vec::new(), is_cut: false }
    }

    pub(super) fn push(&mut self, audio: &[u8]) {
        self.length += self.format.duration_of(audio.len());
        self.bytes.extend_from_slice(audio);
    }

    /// Whole milliseconds.
    pub(super) fn length_ms(&self) -> u64 {
        u64::try_from(self.length.as_millis()).unwrap_or(u64::MAX)
    }

    /// Keeps only the beginning.
    pub(super) fn truncate(&mut self, end_ms: u64) {
        let bytes = usize::try_from(end_ms)
            .unwrap_or(usize::MAX)
            .saturating_mul(self.format.bytes_per_ms());
        self.bytes.truncate(bytes);
        self.length = Duration::from_millis(end_ms);
        self.is_cut = true;
    }

    /// The words that are wholly within the audio.
    fn said(&self) -> String {
        let within = self.words.iter().filter(|(end, _)| *end <= self.length);
        within.map(|(_, word)| word.as_str()).collect::<Vec<_>>().join(" ")
    }
}

impl Entry {
    pub(super) fn new(item: Item) -> Self {
        Self { item, ..Self::default() }
    }

    /// A turn of the caller's.
    pub(super) fn spoken_by_user(sound: Sound, perceived: String) -> Self {
        let content = vec![Content::InputAudio { audio: None, transcript: None }];
        let item = Item::new(ItemBody::Message(Message { role: Role::User, content }))
            .with_status(ItemStatus::Completed);
        Self { item, sound: Some(sound), perceived }
    }

    /// What a mind perceives of it.
    pub(super) fn said(&self) -> Option<Said> {
        match &self.item.body {
            ItemBody::Message(message) => Some(match message.role {
                Role::System => Said::System(message.text()),
                Role::Assistant => Said::Assistant(match &self.sound {
                    Some(sound) if sound.is_cut => sound.said(),
                    _ => message.text(),
                }),
                _ => Said::User(self.callers_words(message)),
            }),
            // A call that was cut off was never made.
            ItemBody::FunctionCall(_) if self.item.status == Some(ItemStatus::Incomplete) => None,
            ItemBody::FunctionCall(call) => Some(Said::Call {
                call_id: call.call_id.to_string(),
                name: call.name.clone(),
                arguments: call.arguments.clone(),
            }),
            ItemBody::FunctionCallOutput(output) => Some(Said::Output {
                call_id: output.call_id.to_string(),
                output: output.output.clone(),
            }),
            _ => None,
        }
    }

    /// What the caller wrote and said, in one line.
    fn callers_words(&self, message: &Message) -> String {
        let written = message.content.iter().filter_map(|content| match content {
            Content::InputText { text } => Some(text.as_str()),
            _ => None,
        });
        let all: Vec<_> =
            written.chain([self.perceived.as_str()]).filter(|text| !text.is_empty()).collect();
        all.join(" ")
    }

    /// The item with its audio in it, as `conversation.item.retrieved` shows it.
    pub(super) fn with_audio(&self) -> Item {
        let mut item = self.item.clone();
        let payload = self.sound.as_ref().map(|sound| Payload::encode(&sound.bytes));
        if let ItemBody::Message(message) = &mut item.body {
            for content in &mut message.content {
                if let Content::InputAudio { audio, .. } | Content::OutputAudio { audio, .. } =
                    content
                {
                    audio.clone_from(&payload);
                }
            }
        }
        item
    }

    /// Sets the transcript of its audio.
    pub(super) fn set_transcript(&mut self, text: Option<&str>) {
        if let ItemBody::Message(message) = &mut self.item.body {
            for content in &mut message.content {
                if let Content::InputAudio { transcript, .. }
                | Content::OutputAudio { transcript, .. } = content
                {
                    *transcript = text.map(str::to_owned);
                }
            }
        }
    }

    /// Whether it is a message of the model's with audio.
    pub(super) fn is_assistant_audio(&self) -> bool {
        let is_assistant =
            self.item.as_message().is_some_and(|message| message.role == Role::Assistant);
        is_assistant && self.sound.is_some()
    }
}

/// Reads an item that the strict tables let through, and takes its audio out of it.
pub(super) fn read_item(value: &Value, format: AudioFormat) -> Result<Entry, String> {
    let mut item: Item =
        serde_json::from_value(value.clone()).map_err(|fault| fault.to_string())?;
    let mut bytes = None;
    if let ItemBody::Message(message) = &mut item.body {
        for content in &mut message.content {
            if let Content::InputAudio { audio, .. } = content
                && let Some(payload) = audio.take()
            {
                bytes
                    .get_or_insert_with(Vec::new)
                    .extend(payload.decode().map_err(|fault| fault.to_string())?);
            }
        }
        if message.content.iter().any(|content| matches!(content, Content::Other(_))) {
            return Err("The audio is not valid base64.".to_owned());
        }
    }
    let sound = bytes.map(|bytes| Sound::new(format, bytes));
    Ok(Entry { item, sound, perceived: String::new() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_was_cut_off_was_not_said() {
        let content = vec![Content::OutputAudio { audio: None, transcript: None }];
        let mut sound = Sound::new(AudioFormat::Pcmu, vec![0xFF; 8_000]);
        sound.words = vec![(ms(400), "good".to_owned()), (ms(900), "morning".to_owned())];
        sound.truncate(600);
        let item = Item::new(ItemBody::Message(Message { role: Role::Assistant, content }));
        let entry = Entry { item, sound: Some(sound), ..Entry::default() };

        assert_eq!(entry.said(), Some(Said::Assistant("good".to_owned())));
        assert_eq!(entry.sound.unwrap().bytes.len(), 4_800);
    }

    #[test]
    fn a_turn_is_perceived_though_it_has_no_transcript() {
        let entry = Entry::spoken_by_user(
            Sound::new(AudioFormat::Pcmu, vec![0xFF; 80]),
            "my balance".to_owned(),
        );
        assert_eq!(entry.said(), Some(Said::User("my balance".to_owned())));
        let shown = serde_json::to_value(entry.with_audio()).unwrap();
        assert!(shown["content"][0]["audio"].is_string());
    }

    #[test]
    fn a_call_that_was_cut_off_was_not_made() {
        let call = Item::function_call("a", "{\"b", "call_1").with_status(ItemStatus::Incomplete);
        assert_eq!(Entry::new(call).said(), None);
    }

    #[test]
    fn audio_that_a_client_puts_in_is_taken_out_of_the_item() {
        let value = json!({"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "//8="}]});
        let entry = read_item(&value, AudioFormat::Pcmu).unwrap();
        assert_eq!(entry.sound.unwrap().bytes, [0xFF, 0xFF]);
        let value = json!({"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "!"}]});
        assert!(read_item(&value, AudioFormat::Pcmu).is_err());
    }
}
