//! Step two: are the arguments what the tool asks for? As JSON, then by the schema, then by the tool's own type. They are never
//! repaired, and nothing is put in for what is missing: what did not fit is told, and nothing runs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;
use switchboard_agent::Call;

use crate::json;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::toolbox::Entry;

/// The most problems that are told at once: with more, models correct some and forget others.
const MOST: usize = 5;

/// Arguments that fit, and the call that has taken them in.
#[derive(Debug)]
pub(crate) struct Valid<A> {
    pub(crate) arguments: Value,
    pub(crate) call: Call<A>,
}

/// Reads and checks the model's arguments.
pub(crate) fn validate<A>(entry: &Entry<A>, text: &str) -> Result<Valid<A>, Refusal> {
    let arguments = json::parse(text).map_err(|sentence| unreadable(&sentence))?;
    check(entry, &arguments)
        .map_err(|(problems, left_out)| misfit(entry.tool.name(), problems, left_out))?;
    let call = read(entry, &arguments)?;
    Ok(Valid { arguments, call })
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
fn read<A>(entry: &Entry<A>, arguments: &Value) -> Result<Call<A>, Refusal> {
    match catch_unwind(AssertUnwindSafe(|| entry.tool.prepare(arguments.clone()))) {
        Ok(Ok(call)) => Ok(call),
        Ok(Err(error)) => Err(misfit(entry.tool.name(), vec![Problem::from_parser(&error)], 0)),
        Err(_) => {
            Err(Refusal::new("internal_error", "Something went wrong here, and nothing was done."))
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
