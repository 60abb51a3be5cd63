//! "The whole balance": an amount that the caller does not say, found in what earlier calls returned.

use serde_json::{Value, json};

use super::rank::{only_looks, subject};
use super::schema::{self, Kind, Slot};
use super::view::View;
use super::{Tool, words};

/// Words for all that is owed.
#[rustfmt::skip]
const ALL: &[&str] = &[
    "whole balance", "full balance", "entire balance", "whole amount", "full amount", "entire amount", "whole thing", "whole bill", "whole sum",
    "in full", "everything", "all of it", "all that i owe", "what i owe", "all i owe", "the balance", "my balance", "outstanding balance",
];

/// Words of the keys under which any result has what is owed.
const KEYS: &[&str] = &["balance", "owed", "outstanding"];

/// Words of the keys under which the balance itself has it; elsewhere they speak of one invoice or order.
const OWN_KEYS: &[&str] = &["balance", "owed", "outstanding", "due", "total"];

/// Whether the caller means all that is owed, where an amount of money is missing.
pub(crate) fn is_meant(slot: &Slot, said: &str) -> bool {
    let is_money = match &slot.kind {
        Kind::Cents => true,
        Kind::Number(_) => slot.words().contains("amount"),
        _ => false,
    };
    let plain = format!(" {} ", words::plain(said));
    is_money && ALL.iter().any(|phrase| plain.contains(&format!(" {phrase} ")))
}

/// Whether the words are for this tool to move all that is owed: "pay the whole balance" does not ask what the balance is.
pub(crate) fn is_paid(tool: &Tool, said: &str) -> bool {
    schema::slots(&tool.parameters).iter().any(|slot| is_meant(slot, said))
}

/// What is owed, by the newest result that says so, in the unit and type of the slot.
pub(crate) fn in_results(slot: &Slot, view: &View<'_>) -> Option<Value> {
    let cents = owed(view)?;
    #[expect(clippy::cast_precision_loss, reason = "no balance is so large")]
    let units = cents as f64 / 100.0;
    let value = match &slot.kind {
        Kind::Cents => json!(cents),
        _ if cents % 100 == 0 => json!(cents / 100),
        _ => json!(units),
    };
    slot.accepts(&value).then_some(value)
}

/// What is owed, by the newest result that says so, in hundredths.
pub(crate) fn owed(view: &View<'_>) -> Option<i64> {
    view.calls.iter().rev().find_map(|call| {
        let keys = if tells(call.name) { OWN_KEYS } else { KEYS };
        cents(call.result.as_ref()?.data()?, false, keys)
    })
}

/// Whether the tool of this name tells the balance.
fn tells(name: &str) -> bool {
    only_looks(name) && subject(name).contains("balance")
}

/// The tool that tells the balance, without needing anything itself.
pub(crate) fn tool(tools: &[Tool]) -> Option<&Tool> {
    tools.iter().find(|tool| {
        tells(&tool.name) && schema::slots(&tool.parameters).iter().all(|slot| !slot.required)
    })
}

/// The first amount under a key that speaks of a balance, in hundredths.
fn cents(value: &Value, is_balance: bool, keys: &[&str]) -> Option<i64> {
    match value {
        Value::Object(object) => object.iter().find_map(|(key, inner)| {
            let speaks = keys.iter().any(|name| words::of_name(key).split(' ').any(|w| w == *name));
            match inner {
                Value::Object(_) => cents(inner, is_balance || speaks, keys),
                _ if speaks || is_balance && key.contains("cents") => amount(key, inner),
                _ => None,
            }
        }),
        _ => None,
    }
}

/// `8490` under a key of cents, `84.9`, `"84.90"` and `"$84.90"` under any other.
fn amount(key: &str, value: &Value) -> Option<i64> {
    if key.contains("cents") {
        return value.as_i64();
    }
    let text = value.as_str().map(|text| text.trim_matches(['$', '€', '£', ' ']).replace(',', ""));
    let units = match text {
        Some(text) => text.parse().ok()?,
        None => value.as_f64()?,
    };
    super::slots::hundredths(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(name: &str, kind: &str) -> Slot {
        let schema = json!({"properties": {name: {"type": kind}}, "required": [name]});
        schema::slots(&schema).remove(0)
    }

    #[test]
    fn all_that_is_owed_is_meant_by_many_words() {
        let cents = slot("amount_cents", "integer");
        assert!(is_meant(&cents, "I want to pay the whole balance"));
        assert!(is_meant(&cents, "pay it in full, please"));
        assert!(!is_meant(&cents, "pay fifty dollars"));
        assert!(!is_meant(&slot("reason", "string"), "pay the whole balance"));
    }

    #[test]
    fn a_balance_is_found_under_many_keys() {
        for (data, expected) in [
            (json!({"balance_cents": 8490}), Some(8490)),
            (json!({"balance": {"cents": 8490, "currency": "USD"}}), Some(8490)),
            (json!({"summary": "x", "owed": "$1,084.90"}), Some(108_490)),
            (json!({"total": 84.9}), Some(8490)),
            (json!({"invoice_number": "N-1"}), None),
        ] {
            assert_eq!(cents(&data, false, OWN_KEYS), expected, "{data}");
        }
    }

    #[test]
    fn the_total_of_an_invoice_is_not_the_balance() {
        use crate::mind::view::tests::{call, output};
        let invoice = [call("1", "get_invoice", "{}"), output("1", r#"{"total": "$91.30"}"#)];
        assert_eq!(owed(&View::of(&invoice)), None);
        let receipt = [call("1", "make_payment", "{}"), output("1", r#"{"still_owed": "$34.90"}"#)];
        assert_eq!(owed(&View::of(&receipt)), Some(3490));
    }
}
