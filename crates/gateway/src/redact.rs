//! Arguments as they may be written down: without what is secret.

use serde_json::Value;
use switchboard_agent::Tool;

/// Words in the name of an argument that is never written down, whatever its type says.
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

/// Arguments of a tool for the log, the audit log and whoever approves: what their type says is secret, and what may be by its name, is
/// left out.
pub(crate) fn redacted<A>(tool: &Tool<A>, arguments: &Value) -> Value {
    by_name(&tool.secrets().redact(arguments))
}

fn by_name(arguments: &Value) -> Value {
    match arguments {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), field(name, value))).collect()
        }
        Value::Array(entries) => entries.iter().map(by_name).collect(),
        plain => plain.clone(),
    }
}

fn field(name: &str, value: &Value) -> Value {
    let is_secret = name.to_lowercase().split(['_', '-']).any(|word| SECRET.contains(&word));
    if is_secret { "[secret]".into() } else { by_name(value) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use switchboard_agent::prelude::*;

    use super::*;

    #[test]
    fn names_that_sound_secret_are_left_out_at_every_depth() {
        let arguments = json!({ "card_number": "4111", "shipping": "fast", "payer": [{ "pin": 1234, "name": "Ann" }] });
        let expected = json!({ "card_number": "[secret]", "shipping": "fast", "payer": [{ "pin": "[secret]", "name": "Ann" }] });
        assert_eq!(by_name(&arguments), expected);
    }

    #[test]
    fn what_the_type_says_is_left_out_whatever_its_name() {
        /// Check a code.
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct CheckCode {
            /// The code.
            code: Secret<String>,
            /// For what.
            purpose: String,
        }
        async fn check_code(_: CheckCode) {}

        const ID: AgentId = AgentId::new("billing");
        let agent: Agent<()> = Agent::new(ID).instructions("Help.").tool(check_code);
        let roster = Roster::new([agent]).unwrap();
        let shown = redacted(&roster.tools(ID)[0], &json!({ "code": "0000", "purpose": "refund" }));
        assert_eq!(shown, json!({ "code": "[secret]", "purpose": "refund" }));
    }
}
