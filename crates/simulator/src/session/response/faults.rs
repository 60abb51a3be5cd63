//! Calls that go wrong: what a model does to its own function calls now and then.

use serde_json::{Map, Value};

use crate::faults::FaultKind;

/// The name of a tool that nobody has.
const UNKNOWN_TOOL: &str = "lookup_everything";

/// A call with a fault of this kind in it, or as it was.
pub(super) fn spoil(kind: FaultKind, name: &mut String, arguments: &mut String) {
    match kind {
        FaultKind::UnknownTool => UNKNOWN_TOOL.clone_into(name),
        FaultKind::MalformedArguments => *arguments = cut_off(arguments),
        FaultKind::WrongArgumentType => *arguments = mistyped(arguments),
        _ => {}
    }
}

/// Arguments that end in the middle.
fn cut_off(arguments: &str) -> String {
    let whole = if arguments.len() > 4 { arguments } else { "{\"reason\": \"because\"}" };
    let letters: Vec<char> = whole.chars().collect();
    letters[..letters.len() * 2 / 3].iter().collect()
}

/// Arguments whose first value has another JSON type; a list where there are none.
fn mistyped(arguments: &str) -> String {
    let mut map: Map<String, Value> = serde_json::from_str(arguments).unwrap_or_default();
    let Some(value) = map.values_mut().next() else { return "[]".to_owned() };
    *value = match value {
        Value::String(_) => Value::from(42),
        _ => Value::from("many"),
    };
    Value::Object(map).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoilt(kind: FaultKind, arguments: &str) -> (String, String) {
        let (mut name, mut arguments) = ("a".to_owned(), arguments.to_owned());
        spoil(kind, &mut name, &mut arguments);
        (name, arguments)
    }

    #[test]
    fn cut_off_arguments_cannot_be_read() {
        for arguments in ["{}", r#"{"number":"123456"}"#, r#"{"n":"é"}"#] {
            let (_, cut) = spoilt(FaultKind::MalformedArguments, arguments);
            assert!(serde_json::from_str::<Value>(&cut).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_mistyped_argument_is_still_json() {
        assert_eq!(spoilt(FaultKind::WrongArgumentType, r#"{"a":"x"}"#).1, r#"{"a":42}"#);
        assert_eq!(spoilt(FaultKind::WrongArgumentType, r#"{"a":1}"#).1, r#"{"a":"many"}"#);
        assert_eq!(spoilt(FaultKind::WrongArgumentType, "{}").1, "[]");
    }

    #[test]
    fn an_unknown_tool_keeps_its_arguments() {
        assert_eq!(
            spoilt(FaultKind::UnknownTool, "{}"),
            (UNKNOWN_TOOL.to_owned(), "{}".to_owned())
        );
    }
}
