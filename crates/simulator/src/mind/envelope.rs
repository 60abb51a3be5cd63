//! The result of a call, read: an envelope as Switchboard writes it, any other JSON, or plain text.

use serde_json::Value;

/// What a call's output says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Envelope {
    /// It worked, with this result.
    Done(Value),
    /// It did not.
    Failed(Failure),
    /// It goes on in the background; the message says so.
    Pending(String),
    /// It is not done before the caller agrees.
    Confirm(Confirmation),
}

/// Why a call failed, as far as the caller and the next step are concerned.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Failure {
    /// The envelope's `error_code`, or empty.
    pub(crate) code: String,
    /// What the caller may hear.
    pub(crate) message: String,
    /// Whether the same call may work next time.
    pub(crate) retryable: bool,
    /// The whole envelope, for what else it names.
    pub(crate) whole: Value,
}

/// What the caller has to agree to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Confirmation {
    /// What the result says; what is asked, once that is known.
    pub(crate) message: String,
    /// What has to be read back to the caller, if the result says so: "the amount and the card".
    pub(crate) read_back: Option<String>,
    /// What to hand back with the second call, if the result gave anything, and under which name.
    pub(crate) token: Option<(String, Value)>,
}

impl Envelope {
    /// Reads an output.
    pub(crate) fn read(output: &str) -> Self {
        let Ok(value) = serde_json::from_str::<Value>(output) else {
            return Self::Done(Value::String(output.to_owned()));
        };
        let data = value.get("data").unwrap_or(&value);
        if let Some(confirmation) = confirmation(&value, data) {
            return Self::Confirm(confirmation);
        }
        match value.get("status").and_then(Value::as_str) {
            Some("pending") if value.get("task_id").is_some() => {
                Self::Pending(string(&value, "message"))
            }
            Some("error") => Self::Failed(failure(&value)),
            Some("ok") => Self::Done(value.get("data").cloned().unwrap_or_default()),
            _ if value.get("error").is_some_and(|error| !error.is_null()) => {
                Self::Failed(failure(&value))
            }
            _ => Self::Done(value),
        }
    }

    /// The data of a result that worked.
    pub(crate) fn data(&self) -> Option<&Value> {
        match self {
            Self::Done(data) => Some(data),
            _ => None,
        }
    }

    /// Whether the call failed.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

fn failure(value: &Value) -> Failure {
    let error = value.get("error").unwrap_or(&Value::Null);
    let message = [
        string(value, "message"),
        string(error, "message"),
        error.as_str().unwrap_or_default().to_owned(),
    ];
    Failure {
        code: [string(value, "error_code"), string(error, "code")]
            .into_iter()
            .find(|code| !code.is_empty())
            .unwrap_or_default(),
        message: message.into_iter().find(|message| !message.is_empty()).unwrap_or_default(),
        retryable: value.get("retryable").and_then(Value::as_bool).unwrap_or(false),
        whole: value.clone(),
    }
}

/// A confirmation that is asked for by the error code, by the status, or by a flag in the data.
fn confirmation(value: &Value, data: &Value) -> Option<Confirmation> {
    let asked = |text: String| text.contains("confirm") && !text.contains("confirmed");
    let by_code = asked(string(value, "error_code")) || asked(string(value, "status"));
    let by_status = asked(string(data, "status"));
    let by_flag = [
        "needs_confirmation",
        "confirmation_required",
        "requires_confirmation",
        "confirmation_needed",
    ]
    .iter()
    .any(|key| data.get(*key).or_else(|| value.get(*key)).and_then(Value::as_bool) == Some(true));
    if !(by_code || by_status || by_flag) {
        return None;
    }
    let message = ["message", "question", "summary", "say", "read_back"]
        .iter()
        .flat_map(|key| [string(data, key), string(value, key)])
        .find(|message| !message.is_empty());
    Some(Confirmation {
        message: message.unwrap_or_else(|| "Shall I go ahead?".to_owned()),
        read_back: [string(value, "read_back"), string(data, "read_back")]
            .into_iter()
            .find(|what| !what.is_empty()),
        token: token(data).or_else(|| token(value)),
    })
}

/// What to hand back: the value under the key that speaks of confirmation and is not a mere flag.
fn token(value: &Value) -> Option<(String, Value)> {
    let object = value.as_object()?;
    let direct = object
        .iter()
        .find(|(key, value)| key.contains("confirm") && (value.is_string() || value.is_number()));
    let nested = || object.values().filter(|value| value.is_object()).find_map(token);
    direct.map(|(key, value)| (key.clone(), value.clone())).or_else(nested)
}

fn string(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Envelope {
        Envelope::read(&value.to_string())
    }

    #[test]
    fn each_status_is_read() {
        assert_eq!(
            read(&json!({"status": "ok", "data": {"n": 1}, "trace_id": "t"})),
            Envelope::Done(json!({"n": 1}))
        );
        let failed = read(
            &json!({"status": "error", "error_code": "busy", "message": "Later.", "retryable": true}),
        );
        assert!(
            matches!(failed, Envelope::Failed(Failure { code, retryable: true, .. }) if code == "busy")
        );
        let pending = read(&json!({"status": "pending", "task_id": "1", "message": "Working."}));
        assert_eq!(pending, Envelope::Pending("Working.".to_owned()));
    }

    #[test]
    fn other_results_are_taken_as_they_are() {
        assert_eq!(Envelope::read("all fine"), Envelope::Done(json!("all fine")));
        assert_eq!(
            read(&json!({"status": "shipped"})),
            Envelope::Done(json!({"status": "shipped"}))
        );
        assert!(read(&json!({"error": {"code": "x", "message": "No."}})).is_failure());
    }

    #[test]
    fn a_confirmation_is_found_with_its_token() {
        let asked = read(
            &json!({"status": "error", "error_code": "confirmation_required", "message": "Pay 42 euros?",
            "details": {"confirmation": "c-1"}}),
        );
        let token = Some(("confirmation".to_owned(), json!("c-1")));
        assert_eq!(
            asked,
            Envelope::Confirm(Confirmation {
                message: "Pay 42 euros?".to_owned(),
                read_back: None,
                token
            })
        );
        let asked = read(
            &json!({"status": "ok", "data": {"needs_confirmation": true, "question": "Sure?"}}),
        );
        assert_eq!(
            asked,
            Envelope::Confirm(Confirmation {
                message: "Sure?".to_owned(),
                read_back: None,
                token: None
            })
        );
    }

    #[test]
    fn a_confirmed_booking_is_not_a_question() {
        assert!(read(&json!({"status": "ok", "data": {"status": "confirmed"}})).data().is_some());
    }
}
