//! Cuts JSON to a length, so that it stays JSON.

use serde_json::{Map, Value};

use crate::refusal::shortened;

/// The most entries a list or object keeps in any case.
const WIDEST: usize = 8_000;

/// Cuts whatever is long in an object, no more than needed, until it has at most `most` characters as JSON, with `extra` added at its
/// end. The object's own keys are kept, if they fit at all.
pub(crate) fn shrink(object: Map<String, Value>, most: usize, extra: &[(&str, Value)]) -> Value {
    let whole = Value::Object(object);
    // From the narrowest, so that no attempt is much longer than what comes of it.
    let limits = std::iter::successors(Some(1), |limit| Some(limit + limit / 4 + 1))
        .take_while(|limit| *limit <= WIDEST);
    let attempts = limits.map(|limit| with_extra(each_cut(&whole, limit), extra));
    attempts
        .take_while(|attempt| length(attempt) <= most)
        .last()
        .unwrap_or_else(|| with_extra(Value::Null, extra))
}

/// Cuts the values of an object, and keeps its keys.
fn each_cut(object: &Value, limit: usize) -> Value {
    let entries = object.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), cut(value, limit))).collect()
}

/// Cuts every list, object and text in a value to `limit` entries or, for texts, four times as many characters.
fn cut(value: &Value, limit: usize) -> Value {
    match value {
        Value::String(text) => shortened(text, limit * 4).into(),
        Value::Array(entries) => {
            entries.iter().take(limit).map(|entry| cut(entry, limit)).collect()
        }
        Value::Object(entries) => entries
            .iter()
            .take(limit)
            .map(|(key, value)| (shortened(key, limit * 4), cut(value, limit)))
            .collect(),
        short => short.clone(),
    }
}

fn with_extra(value: Value, extra: &[(&str, Value)]) -> Value {
    let mut object = match value {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    object.extend(extra.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    Value::Object(object)
}

fn length(value: &Value) -> usize {
    value.to_string().chars().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_cut_that_need_not_be() {
        let object = Map::from_iter([("a".to_owned(), json!([1, 2, 3]))]);
        assert_eq!(
            shrink(object, 100, &[("cut", true.into())]),
            json!({ "a": [1, 2, 3], "cut": true })
        );
    }

    #[test]
    fn the_first_entries_stay() {
        let numbers: Vec<usize> = (0..500).collect();
        let shrunk = shrink(Map::from_iter([("a".to_owned(), json!(numbers))]), 700, &[]);
        let kept = shrunk["a"].as_array().unwrap();
        assert!(kept.len() > 100, "{}", kept.len());
        assert_eq!(kept[100], 100);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,300}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 300, 30, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..30).prop_map(Value::from),
                proptest::collection::vec((".{0,30}", inner), 0..30)
                    .prop_map(|entries| entries.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_comes_fits_afterwards(data in any_json(), most in 40_usize..3_000) {
            let shrunk = shrink(Map::from_iter([("data".to_owned(), data)]), most, &[("cut", "yes".into())]);
            prop_assert!(length(&shrunk) <= most);
            prop_assert_eq!(&shrunk["cut"], "yes");
        }
    }
}
