//! What the model is told about a tool call.

use std::borrow::Cow;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use switchboard_agent::TraceId;

use crate::shrink::shrink;

/// The most characters an output has.
pub const MAX_OUTPUT: usize = 8_000;

/// What the model is told about a tool call. Its `message` is fit for a caller's ear; causes are in the log, under the trace id.
#[derive(Debug, Clone, PartialEq)]
pub enum Envelope {
    /// The tool did what it was asked.
    Ok {
        /// Its result.
        data: Value,
        /// Under which the log has this call.
        trace_id: TraceId,
        /// How sure the tool is, from 0 to 1, where it says.
        confidence: Option<f64>,
        /// Whether this is the result of an earlier call, which was not run again.
        duplicate: bool,
    },
    /// There is no result.
    Error {
        /// What kind of error, for programs: `unknown_tool`, `timeout`.
        error_code: Cow<'static, str>,
        /// What to tell the caller, or what to do first.
        message: String,
        /// Whether the call can succeed when made again (after what the message asks for).
        retryable: bool,
        /// Under which the log has this call.
        trace_id: TraceId,
        /// More for the model, by key; written beside the others.
        details: Map<String, Value>,
    },
    /// The work goes on in the background.
    Pending {
        /// By which it is asked for.
        task_id: String,
        /// What to tell the caller.
        message: String,
        /// Under which the log has this call.
        trace_id: TraceId,
        /// Whether it was asked for before, and is not done again.
        duplicate: bool,
    },
}

impl Envelope {
    /// A result.
    pub fn ok(data: Value, trace_id: TraceId) -> Self {
        Self::Ok { data, trace_id, confidence: None, duplicate: false }
    }

    /// A refusal that calling again does not change.
    pub fn refused(
        error_code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        trace_id: TraceId,
    ) -> Self {
        Self::Error {
            error_code: error_code.into(),
            message: message.into(),
            retryable: false,
            trace_id,
            details: Map::new(),
        }
    }

    /// In a word: `ok`, `pending`, or the error's code.
    pub fn outcome(&self) -> &str {
        match self {
            Self::Ok { .. } => "ok",
            Self::Error { error_code, .. } => error_code,
            Self::Pending { .. } => "pending",
        }
    }

    /// Under which the log has this call.
    pub fn trace_id(&self) -> &TraceId {
        match self {
            Self::Ok { trace_id, .. }
            | Self::Error { trace_id, .. }
            | Self::Pending { trace_id, .. } => trace_id,
        }
    }

    /// The output of the function call: JSON of at most [`MAX_OUTPUT`] characters. Where data had to be cut, it is valid JSON still, of
    /// the same shape with long lists and texts cut, and `cut` says so.
    pub fn to_output(&self) -> String {
        let whole = write(self);
        let length = whole.chars().count();
        if length <= MAX_OUTPUT { whole } else { write(&self.cut(length)) }
    }

    /// The envelope with whatever is long in it cut, so that it fits.
    fn cut(&self, length: usize) -> Value {
        let Value::Object(envelope) =
            serde_json::to_value(self).expect("an envelope is plain JSON")
        else {
            return Value::Null;
        };
        let note = format!(
            "This was {length} characters long and is cut: long lists and texts are not whole."
        );
        shrink(envelope, MAX_OUTPUT, &[("cut", note.into())])
    }
}

fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("an envelope is plain JSON")
}

impl Serialize for Envelope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        match self {
            Self::Ok { data, trace_id, confidence, duplicate } => {
                object.serialize_entry("status", "ok")?;
                object.serialize_entry("data", data)?;
                object.serialize_entry("trace_id", trace_id)?;
                if let Some(confidence) = confidence {
                    object.serialize_entry("confidence", confidence)?;
                }
                if *duplicate {
                    object.serialize_entry("duplicate", duplicate)?;
                }
            }
            Self::Error { error_code, message, retryable, trace_id, details } => {
                object.serialize_entry("status", "error")?;
                object.serialize_entry("error_code", error_code)?;
                object.serialize_entry("message", message)?;
                object.serialize_entry("retryable", retryable)?;
                object.serialize_entry("trace_id", trace_id)?;
                for (key, value) in details {
                    object.serialize_entry(key, value)?;
                }
            }
            Self::Pending { task_id, message, trace_id, duplicate } => {
                object.serialize_entry("status", "pending")?;
                object.serialize_entry("task_id", task_id)?;
                object.serialize_entry("message", message)?;
                object.serialize_entry("trace_id", trace_id)?;
                if *duplicate {
                    object.serialize_entry("duplicate", duplicate)?;
                }
            }
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trace_id() -> TraceId {
        TraceId::new("7hqm-2xkd-9wtb")
    }

    #[test]
    fn a_result_has_its_data_and_its_trace_id() {
        let output = Envelope::ok(json!({ "cents": 2000 }), trace_id()).to_output();
        assert_eq!(output, r#"{"status":"ok","data":{"cents":2000},"trace_id":"7hqm-2xkd-9wtb"}"#);
    }

    #[test]
    fn confidence_and_duplicate_are_told_when_there_is_something_to_tell() {
        let envelope = Envelope::Ok {
            data: Value::Null,
            trace_id: trace_id(),
            confidence: Some(0.5),
            duplicate: true,
        };
        let expected = json!({ "status": "ok", "data": null, "trace_id": "7hqm-2xkd-9wtb", "confidence": 0.5, "duplicate": true });
        assert_eq!(envelope.to_output(), expected.to_string());
    }

    #[test]
    fn an_error_has_its_details_beside_it() {
        let envelope = Envelope::Error {
            error_code: "unknown_tool".into(),
            message: "There is no such tool.".into(),
            retryable: false,
            trace_id: trace_id(),
            details: Map::from_iter([("nearest".to_owned(), json!(["find_invoice"]))]),
        };
        let expected = json!({
            "status": "error",
            "error_code": "unknown_tool",
            "message": "There is no such tool.",
            "retryable": false,
            "trace_id": "7hqm-2xkd-9wtb",
            "nearest": ["find_invoice"],
        });
        assert_eq!(envelope.to_output(), expected.to_string());
        assert_eq!(envelope.outcome(), "unknown_tool");
    }

    #[test]
    fn long_data_is_cut_to_valid_json_of_the_same_shape_and_says_so() {
        let data: Vec<Value> =
            (0..2_000).map(|n| json!({ "number": n, "text": "grüße ".repeat(9) })).collect();
        let output = Envelope::ok(json!({ "invoices": data }), trace_id()).to_output();
        assert!(output.chars().count() <= MAX_OUTPUT);
        let output: Value = serde_json::from_str(&output).unwrap();
        assert_eq!(output["data"]["invoices"][0]["number"], 0);
        assert_eq!(output["trace_id"], "7hqm-2xkd-9wtb");
        assert!(output["cut"].as_str().unwrap().starts_with("This was "), "{output}");
    }

    #[test]
    fn a_long_message_is_cut_too() {
        let output = Envelope::refused("refused", "no ".repeat(9_000), trace_id()).to_output();
        assert!(output.chars().count() <= MAX_OUTPUT);
        let output: Value = serde_json::from_str(&output).unwrap();
        assert!(output["message"].as_str().unwrap().starts_with("no no"));
        assert!(output["cut"].is_string());
    }
}
