//! The parts of a message.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lenient;
use crate::payload::Payload;
use crate::word::words;

/// One part of a message.
///
/// System messages have `InputText`; users' have the three inputs; the assistant's have the two outputs, of which a client
/// may create only `OutputText`. The beta's `text` and `audio` are read as the outputs they are today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Text for the model.
    InputText {
        /// The words.
        #[serde(default, deserialize_with = "lenient::or_default")]
        text: String,
    },
    /// The user's audio.
    InputAudio {
        /// In the session's input format; left out of all events but `conversation.item.retrieved`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audio: Option<Payload>,
        /// What was said, once it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transcript: Option<String>,
    },
    /// A picture.
    InputImage {
        /// A data URI, PNG or JPEG.
        #[serde(default, deserialize_with = "lenient::or_default")]
        image_url: String,
        /// How closely it is looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<ImageDetail>,
    },
    /// The assistant's text.
    #[serde(alias = "text")]
    OutputText {
        /// The words.
        #[serde(default, deserialize_with = "lenient::or_default")]
        text: String,
    },
    /// The assistant's audio.
    #[serde(alias = "audio")]
    OutputAudio {
        /// In the session's output format; left out of all events but `conversation.item.retrieved`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audio: Option<Payload>,
        /// What is said. Gone after a truncation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transcript: Option<String>,
    },
    /// A kind this crate does not know, or a known one that it cannot read.
    #[serde(untagged)]
    Other(Value),
}

words! {
    /// How closely a picture is looked at.
    pub enum ImageDetail {
        /// As the service likes.
        Auto = "auto",
        /// Roughly, for few tokens.
        Low = "low",
        /// Closely.
        High = "high",
    }
}

impl Content {
    /// Its words: the text or the transcript.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::InputText { text } | Self::OutputText { text } => Some(text),
            Self::InputAudio { transcript, .. } | Self::OutputAudio { transcript, .. } => {
                transcript.as_deref()
            }
            Self::InputImage { .. } | Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_betas_contents_are_read_as_todays() {
        for (beta, json) in [
            (r#"{"type":"text","text":"Hi"}"#, r#"{"type":"output_text","text":"Hi"}"#),
            (
                r#"{"type":"audio","transcript":"Hi"}"#,
                r#"{"type":"output_audio","transcript":"Hi"}"#,
            ),
        ] {
            let content: Content = serde_json::from_str(beta).unwrap();
            assert_eq!(serde_json::to_string(&content).unwrap(), json);
        }
    }

    #[test]
    fn a_new_kind_of_content_survives() {
        let json = r#"{"smell":"roses","type":"output_smell"}"#;

        let content: Content = serde_json::from_str(json).unwrap();

        assert!(matches!(content, Content::Other(_)));
        assert_eq!(serde_json::to_string(&content).unwrap(), json);
    }
}
