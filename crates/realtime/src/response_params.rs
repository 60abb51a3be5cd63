//! What a `response.create` may ask for (the protocol's section 6).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::format::AudioFormat;
use crate::id::ItemId;
use crate::item::Item;
use crate::lenient;
use crate::session::{MaxOutputTokens, Modality, Prompt, Reasoning, Tool, ToolChoice, Voice};
use crate::word::words;

/// How one response differs from what the session says. A field left `None` is as in the session.
///
/// ```
/// use switchboard_realtime::{ClientEvent, ResponseParams, ToolChoice};
///
/// let hold = ResponseParams {
///     instructions: Some("Say that you are still looking.".to_owned()),
///     tool_choice: Some(ToolChoice::None),
///     ..ResponseParams::default()
/// };
/// assert_eq!(
///     ClientEvent::response_create(hold).encode(),
///     r#"{"type":"response.create","response":{"instructions":"Say that you are still looking.","tool_choice":"none"}}"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ResponseParams {
    /// `[audio]` or `[text]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_modalities: Option<Vec<Modality>>,
    /// Format and voice; the voice is frozen all the same once the assistant has spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<ResponseAudioOutput>,
    /// Stands in for the session's instructions, and is not added to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// What can be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Tool>>,
    /// Whether and what has to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may hold several calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel_tool_calls: Option<bool>,
    /// How hard the model thinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Reasoning>,
    /// The most tokens it may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<MaxOutputTokens>,
    /// A prompt stored at the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// Whether it is written to the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationChoice>,
    /// Stands in for the conversation as what the model sees; an empty list is an empty context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Vec<InputItem>>,
    /// Comes back on the response: at most 16 pairs, keys of 64 and values of 512 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
}

impl ResponseParams {
    /// The same request with one more pair of metadata.
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.get_or_insert_default().insert(key.into(), value.into());
        self
    }
}

/// The audio of one response.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ResponseAudioOutput {
    /// Format and voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<FormatAndVoice>,
}

/// How one response sounds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FormatAndVoice {
    /// How it is encoded.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "Option::is_none"
    )]
    pub format: Option<AudioFormat>,
    /// Who speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Voice>,
}

words! {
    /// Where a response is written.
    pub enum ConversationChoice {
        /// To the session's conversation; one at a time.
        Auto = "auto",
        /// Nowhere: out of band, beside any other.
        None = "none",
    }
}

/// A piece of the context given to one response.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum InputItem {
    /// One that the conversation has.
    Reference(ItemReference),
    /// One made for this response.
    Item(Box<Item>),
}

/// Points at an item of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "item_reference")]
pub struct ItemReference {
    /// Its id.
    pub id: ItemId,
}

impl InputItem {
    /// Points at an item of the conversation.
    pub fn reference(id: impl Into<ItemId>) -> Self {
        Self::Reference(ItemReference { id: id.into() })
    }
}

impl From<Item> for InputItem {
    fn from(item: Item) -> Self {
        Self::Item(Box::new(item))
    }
}

impl<'de> Deserialize<'de> for InputItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let is_reference = value.get("type").and_then(Value::as_str) == Some("item_reference");
        if is_reference {
            ItemReference::deserialize(value).map(Self::Reference)
        } else {
            Item::deserialize(value).map(Self::from)
        }
        .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_context_of_a_response_is_references_and_items() {
        let json = json!([
            {"type": "item_reference", "id": "item_1"},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        ]);
        let input = vec![InputItem::reference("item_1"), InputItem::from(Item::user_text("Hi"))];

        assert_eq!(serde_json::to_value(&input).unwrap(), json);
        assert_eq!(serde_json::from_value::<Vec<InputItem>>(json).unwrap(), input);
    }

    #[test]
    fn an_empty_context_is_not_an_absent_one() {
        let params = ResponseParams { input: Some(Vec::new()), ..ResponseParams::default() };

        assert_eq!(serde_json::to_string(&params).unwrap(), r#"{"input":[]}"#);
    }
}
