//! Last step: one line in the log for each tool call, whatever came of it.

use serde_json::Value;
use tokio::time::Instant;

use crate::lookup::LONGEST_NAME;
use crate::refusal::shortened;
use crate::{Envelope, Request};

/// Words in the name of an argument that is never logged.
const SECRET: [&str; 14] = [
    "password",
    "passcode",
    "passphrase",
    "secret",
    "pin",
    "token",
    "card",
    "cvc",
    "cvv",
    "iban",
    "account",
    "ssn",
    "birth",
    "birthday",
];

/// The record of one tool call, from its beginning. Dropped before its [`end`](Self::end), it says that the call was given up.
#[derive(Debug)]
pub(crate) struct Record {
    call: String,
    agent: &'static str,
    tool: String,
    call_id: String,
    trace_id: String,
    began: Instant,
    allowed: bool,
    ended: bool,
}

impl Record {
    /// Begins the record of a request.
    pub(crate) fn begin(request: &Request) -> Self {
        Self {
            call: request.session.id().to_owned(),
            agent: request.agent.as_str(),
            tool: shortened(&request.tool, LONGEST_NAME),
            call_id: request.call_id.clone(),
            trace_id: request.trace_id.to_string(),
            began: Instant::now(),
            allowed: false,
            ended: false,
        }
    }

    /// The tool may run with these arguments.
    pub(crate) fn allowed(&mut self, arguments: &Value) {
        self.allowed = true;
        if tracing::enabled!(tracing::Level::DEBUG) {
            let arguments = redacted(arguments);
            tracing::debug!(tool = self.tool, trace_id = self.trace_id, %arguments, "tool arguments");
        }
    }

    /// The call was answered.
    pub(crate) fn end(mut self, envelope: &Envelope) {
        self.ended = true;
        self.write(envelope.outcome());
    }

    fn write(&self, outcome: &str) {
        let took_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            call = self.call,
            agent = self.agent,
            tool = self.tool,
            call_id = self.call_id,
            decision = if self.allowed { "allowed" } else { "refused" },
            outcome,
            took_ms,
            trace_id = self.trace_id,
            "tool call"
        );
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.ended {
            self.write("given_up");
        }
    }
}

/// Arguments for the log: what may be secret, by the name of the argument, is left out.
fn redacted(arguments: &Value) -> Value {
    match arguments {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), redacted_field(name, value))).collect()
        }
        Value::Array(entries) => entries.iter().map(redacted).collect(),
        plain => plain.clone(),
    }
}

fn redacted_field(name: &str, value: &Value) -> Value {
    let is_secret = name.to_lowercase().split(['_', '-']).any(|word| SECRET.contains(&word));
    if is_secret { "[redacted]".into() } else { redacted(value) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::Tools;
    use crate::testing::{App, Log, gateway, request};

    #[tokio::test]
    async fn each_call_is_one_line() {
        for (tool, arguments, line) in [
            (
                "stay_silent",
                "{}",
                r#"agent="billing" tool="stay_silent" call_id="call_1" decision="allowed" outcome="ok""#,
            ),
            (
                "stay_silent",
                "{",
                r#"tool="stay_silent" call_id="call_1" decision="refused" outcome="invalid_arguments""#,
            ),
            (
                "decline",
                "{}",
                r#"tool="decline" call_id="call_1" decision="allowed" outcome="refused""#,
            ),
        ] {
            Log::begin();
            gateway(&App::default()).answer(request(tool, arguments)).await;
            let log = Log::text();
            let lines: Vec<&str> = log
                .lines()
                .filter(|line| line.contains("INFO") && line.contains("tool call"))
                .collect();
            assert_eq!(lines.len(), 1, "{log}");
            assert!(lines[0].contains(line) && lines[0].contains(r#"trace_id="t-1""#), "{log}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_given_up_is_a_line_too() {
        Log::begin();
        let gateway = gateway(&App::default());
        let answer = tokio::time::timeout(
            Duration::from_secs(1),
            gateway.answer(request("wait_for_it", "{}")),
        )
        .await;
        assert!(answer.is_err());
        let log = Log::text();
        assert!(log.contains(r#"outcome="given_up" took_ms=1000"#), "{log}");
    }

    #[tokio::test]
    async fn arguments_are_logged_for_debugging_only_and_without_secrets() {
        Log::begin();
        gateway(&App::default())
            .answer(request("pay_invoice", r#"{"number": "100042", "cents": 500}"#))
            .await;
        let log = Log::text();
        assert!(
            log.lines().all(|line| line.contains("DEBUG") || !line.contains("100042")),
            "{log}"
        );
        assert!(log.contains("100042"), "{log}");
    }

    #[test]
    fn secrets_are_left_out_at_every_depth() {
        let arguments = json!({ "card_number": "4111", "shipping": "fast", "payer": [{ "pin": 1234, "name": "Ann" }] });
        let expected = json!({ "card_number": "[redacted]", "shipping": "fast", "payer": [{ "pin": "[redacted]", "name": "Ann" }] });
        assert_eq!(redacted(&arguments), expected);
    }
}
