//! The name of what a tool call is to bring about.

use serde_json::Value;
use sha2::{Digest, Sha256};
use switchboard_agent::IdempotencyKey;

/// The key of a call: the same for the same phone call, tool and arguments, in whatever order the arguments stand. Half of a SHA-256
/// digest, enough that two wishes never share a key.
pub(crate) fn idempotency_key(phone_call: &str, tool: &str, arguments: &Value) -> IdempotencyKey {
    let mut canonical = arguments.clone();
    canonical.sort_all_objects();
    let mut digest = Sha256::new();
    for part in [phone_call, tool, &canonical.to_string()] {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let (half, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
    IdempotencyKey::new(format!("{:032x}", u128::from_be_bytes(*half)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_arguments_does_not_matter() {
        let one = idempotency_key(
            "call",
            "pay",
            &serde_json::from_str(r#"{"a": {"x": 1, "y": 2}, "b": 1}"#).unwrap(),
        );
        let other = idempotency_key(
            "call",
            "pay",
            &serde_json::from_str(r#"{"b": 1, "a": {"y": 2, "x": 1}}"#).unwrap(),
        );
        assert_eq!(one, other);
        assert_eq!(one.as_str().len(), 32);
    }

    #[test]
    fn another_call_tool_or_argument_is_another_wish() {
        let key = idempotency_key("call", "pay", &json!({ "a": 1 }));
        assert_ne!(key, idempotency_key("other", "pay", &json!({ "a": 1 })));
        assert_ne!(key, idempotency_key("call", "book", &json!({ "a": 1 })));
        assert_ne!(key, idempotency_key("call", "pay", &json!({ "a": 2 })));
        assert_ne!(idempotency_key("ab", "c", &json!({})), idempotency_key("a", "bc", &json!({})));
    }
}
