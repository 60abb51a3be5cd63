//! The name of what a tool call is to bring about.

use serde_json::Value;
use sha2::{Digest, Sha256};
use switchboard_agent::IdempotencyKey;

/// Who wants what: the same for the same phone call, customer, tool and arguments, in whatever order the arguments stand. The customer
/// counts, since what was done or found for one is not what another asks for. Half of a SHA-256 digest, enough that two wishes never
/// share a key.
pub(crate) fn wish(
    phone_call: &str,
    customer: Option<&str>,
    tool: &str,
    arguments: &Value,
) -> IdempotencyKey {
    let mut canonical = arguments.clone();
    canonical.sort_all_objects();
    whole(&mut canonical);
    let mut digest = Sha256::new();
    let known = if customer.is_some() { "known" } else { "unknown" };
    for part in [phone_call, known, customer.unwrap_or_default(), tool, &canonical.to_string()] {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let (half, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
    IdempotencyKey::new(format!("{:032x}", u128::from_be_bytes(*half)))
}

/// Writes `5.0` as `5`: both are the same number.
#[expect(clippy::cast_possible_truncation, reason = "the number is whole and small")]
fn whole(value: &mut Value) {
    /// Up to here every whole number is one that a double can hold.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(whole),
        Value::Object(fields) => fields.values_mut().for_each(whole),
        Value::Number(number) if number.is_f64() => {
            if let Some(float) = number.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < EXACT) {
                *number = (float as i64).into();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(phone_call: &str, tool: &str, arguments: &Value) -> IdempotencyKey {
        wish(phone_call, None, tool, arguments)
    }

    #[test]
    fn the_order_of_arguments_does_not_matter() {
        let one = key(
            "call",
            "pay",
            &serde_json::from_str(r#"{"a": {"x": 1, "y": 2}, "b": 1}"#).unwrap(),
        );
        let other = key(
            "call",
            "pay",
            &serde_json::from_str(r#"{"b": 1, "a": {"y": 2, "x": 1}}"#).unwrap(),
        );
        assert_eq!(one, other);
        assert_eq!(one.as_str().len(), 32);
    }

    #[test]
    fn another_call_customer_tool_or_argument_is_another_wish() {
        let pay = key("call", "pay", &json!({ "a": 1 }));
        assert_ne!(pay, key("other", "pay", &json!({ "a": 1 })));
        assert_ne!(pay, key("call", "book", &json!({ "a": 1 })));
        assert_ne!(pay, key("call", "pay", &json!({ "a": 2 })));
        assert_ne!(pay, wish("call", Some("C-1"), "pay", &json!({ "a": 1 })));
        assert_ne!(key("ab", "c", &json!({})), key("a", "bc", &json!({})));
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        let of = |number: &str| key("call", "pay", &serde_json::from_str(number).unwrap());
        assert_eq!(of(r#"{"a": [5.0]}"#), of(r#"{"a": [5]}"#));
        assert_eq!(of("-0.0"), of("0"));
        assert_ne!(of("5.5"), of("5"));
        assert_ne!(of("1e300"), of("1e299"));
    }
}
