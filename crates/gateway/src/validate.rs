//! Step two: are the arguments what the tool asks for? As JSON, then by the schema, then by the tool's own type. They are never
//! repaired, and nothing is put in for what is missing: what did not fit is told, and nothing runs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use switchboard_agent::{CONFIRMATION, TraceId};

use crate::json;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::run::panic_text;
use crate::toolbox::Entry;

/// The most problems that are told at once: with more, models correct some and forget others.
const MOST: usize = 5;

/// Arguments that fit.
#[derive(Debug)]
pub(crate) struct Valid {
    /// As the tool takes them.
    pub(crate) arguments: Value,
    /// The code with which the model says that the caller has said yes, which is not the tool's business.
    pub(crate) confirmation: Option<String>,
}

/// Reads and checks the model's arguments.
pub(crate) fn validate<A>(
    entry: &Entry<A>,
    text: &str,
    trace_id: &TraceId,
) -> Result<Valid, Refusal> {
    let mut arguments = json::parse(text).map_err(|sentence| unreadable(&sentence))?;
    check(entry, &arguments)
        .map_err(|(problems, left_out)| misfit(entry.tool.name(), problems, left_out))?;
    let confirmation = take_confirmation(entry, &mut arguments);
    read(entry, &arguments, trace_id)?;
    Ok(Valid { arguments, confirmation })
}

/// Takes out the argument that a tool with `.confirm(..)` has beside its own.
fn take_confirmation<A>(entry: &Entry<A>, arguments: &mut Value) -> Option<String> {
    entry.tool.modifiers().confirm.as_ref()?;
    match arguments.as_object_mut()?.shift_remove(CONFIRMATION)? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// Checks by the schema. Returns the first few problems, and how many there are beside.
fn check<A>(entry: &Entry<A>, arguments: &Value) -> Result<(), (Vec<Problem>, usize)> {
    let schema = &entry.tool.definition().parameters;
    let violations = entry.validator.iter_errors(arguments);
    let mut problems: Vec<Problem> =
        violations.flat_map(|error| Problem::from_violation(schema, &error)).collect();
    if problems.is_empty() {
        return Ok(());
    }
    let left_out = problems.len().saturating_sub(MOST);
    problems.truncate(MOST);
    Err((problems, left_out))
}

/// Reads the arguments into the tool's own type. The code that does so is the user's: it may refuse more than the schema does, and a
/// panic in it is the tool's.
fn read<A>(entry: &Entry<A>, arguments: &Value, trace_id: &TraceId) -> Result<(), Refusal> {
    match catch_unwind(AssertUnwindSafe(|| entry.tool.prepare(arguments.clone()).map(drop))) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(misfit(entry.tool.name(), vec![Problem::from_parser(&error)], 0)),
        Err(panic) => {
            let cause = panic_text(panic.as_ref());
            tracing::error!(tool = entry.tool.name(), %trace_id, cause, "reading a tool's arguments panicked");
            Err(Refusal::internal())
        }
    }
}

fn unreadable(sentence: &str) -> Refusal {
    Refusal::new(
        "invalid_arguments",
        format!("{sentence} Nothing was done; write them again as one whole JSON object."),
    )
    .retryable(true)
}

fn misfit(tool: &str, problems: Vec<Problem>, left_out: usize) -> Refusal {
    let clauses = problems.iter().map(Problem::clause).collect::<Vec<_>>().join("; ");
    let more = if left_out == 0 { String::new() } else { format!("; and {left_out} more") };
    let message =
        format!("The arguments of `{tool}` do not fit: {clauses}{more}. Nothing was done.");
    let problems = serde_json::to_value(problems).expect("problems are plain texts");
    Refusal::new("invalid_arguments", message).retryable(true).with("problems", problems)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{BILLING, toolbox};

    /// The envelope that some arguments for `pay_invoice` come to; `None` when they fit.
    fn refused(arguments: &str) -> Option<Value> {
        let toolbox = toolbox();
        let entry = toolbox.entry(BILLING, "pay_invoice").unwrap();
        let refusal = validate(entry, arguments, &TraceId::new("t-1")).err()?;
        Some(serde_json::to_value(refusal.into_envelope(TraceId::new("t-1"))).unwrap())
    }

    fn problems(arguments: &Value) -> Vec<[String; 3]> {
        let envelope = refused(&arguments.to_string()).expect("these arguments do not fit");
        assert_eq!(envelope["error_code"], "invalid_arguments");
        assert_eq!(envelope["retryable"], true);
        let problems = envelope["problems"].as_array().unwrap().iter();
        problems
            .map(|p| ["path", "got", "expected"].map(|key| p[key].as_str().unwrap().to_owned()))
            .collect()
    }

    fn only_problem(arguments: &Value) -> [String; 3] {
        let problems = problems(arguments);
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.into_iter().next().unwrap()
    }

    #[test]
    fn arguments_that_fit_are_taken() {
        assert_eq!(refused(r#"{"number": "100042", "cents": 500}"#), None);
        assert_eq!(
            refused(r#"{"number": "100042", "cents": 500, "by": "card", "parts": [{"cents": 1}]}"#),
            None
        );
    }

    #[test]
    fn an_optional_argument_may_be_left_out_or_null_as_its_schema_says() {
        assert_eq!(
            refused(r#"{"number": "100042", "cents": 500, "by": null, "note": null}"#),
            None
        );
    }

    #[test]
    fn cut_off_json_is_described_and_not_completed() {
        let envelope = refused(r#"{"number": "100 0"#).unwrap();
        assert_eq!(envelope["error_code"], "invalid_arguments");
        let message = envelope["message"].as_str().unwrap();
        assert!(
            message.starts_with("The arguments end after 17 characters, in the middle of a text."),
            "{message}"
        );
    }

    #[test]
    fn a_wrong_type_has_path_value_and_expectation() {
        let problem = only_problem(&json!({ "number": "1", "cents": "five" }));
        assert_eq!(problem, ["cents", "the text \"five\"", "a whole number"]);
        let envelope = refused(r#"{"number": "1", "cents": "five"}"#).unwrap();
        let message = "The arguments of `pay_invoice` do not fit: `cents` is the text \"five\", but must be a whole number. \
                       Nothing was done.";
        assert_eq!(envelope["message"], message);
    }

    #[test]
    fn what_is_missing_unknown_or_out_of_range_is_named() {
        assert_eq!(only_problem(&json!({ "cents": 5 })), ["number", "missing", "a text"]);
        let [path, got, expected] =
            only_problem(&json!({ "number": "1", "cents": 5, "currency": "EUR" }));
        assert_eq!([path.as_str(), &got], ["currency", "the text \"EUR\""]);
        assert_eq!(expected, "left out: there is `number`, `cents`, `by`, `note`, `parts`");
        assert_eq!(
            only_problem(&json!({ "number": "1", "cents": -5 })),
            ["cents", "the number -5", "at least 0"]
        );
    }

    #[test]
    fn a_word_that_is_none_of_an_enum_gets_the_list() {
        let problem = only_problem(&json!({ "number": "1", "cents": 5, "by": "cheque" }));
        assert_eq!(problem, ["by", "the text \"cheque\"", "one of \"card\", \"debit\", null"]);
    }

    #[test]
    fn problems_deep_inside_have_their_path() {
        let problem = only_problem(
            &json!({ "number": "1", "cents": 5, "parts": [{ "cents": 1 }, { "cents": true }] }),
        );
        assert_eq!(problem, ["parts[1].cents", "true", "a whole number"]);
    }

    #[test]
    fn what_only_the_type_refuses_is_named_the_same_way() {
        let [path, got, expected] = only_problem(&json!({ "number": "1", "cents": 1.0 }));
        assert_eq!(path, "cents");
        assert!(got.contains("1.0") && expected == "u64", "{got}, {expected}");
    }

    #[test]
    fn arguments_that_are_no_object_are_refused() {
        for arguments in [json!(null), json!("100042"), json!([1])] {
            let [path, _, expected] = only_problem(&arguments);
            assert_eq!(path, "");
            assert!(expected.starts_with("an object"), "{expected}");
        }
    }

    #[test]
    fn no_more_than_five_problems_and_no_long_values_are_told() {
        let mut arguments = json!({ "number": "1", "cents": "x".repeat(5_000) });
        for n in 0..20 {
            arguments[format!("more_{n}")] = n.into();
        }
        assert_eq!(problems(&arguments).len(), 5);
        let envelope = refused(&arguments.to_string()).unwrap();
        assert!(envelope["message"].as_str().unwrap().contains("; and 16 more"), "{envelope}");
        assert!(envelope.to_string().len() < 2_000, "{envelope}");
    }
}
