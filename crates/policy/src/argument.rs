//! The arguments of one call, as Cedar's values.

use cedar_policy::RestrictedExpression;
use serde_json::{Map, Number, Value};

use crate::shape::{Field, Shape};

/// The value is not of the shape: it was not checked against the schema, or not against this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misfit;

/// The record of the arguments that policies can see.
pub(crate) fn record(arguments: &Value, fields: &[Field]) -> Result<RestrictedExpression, Misfit> {
    of_fields(arguments.as_object().ok_or(Misfit)?, fields)
}

fn of_fields(object: &Map<String, Value>, fields: &[Field]) -> Result<RestrictedExpression, Misfit> {
    let present = fields.iter().filter_map(|field| match object.get(&field.name) {
        None | Some(Value::Null) => field.required.then_some(Err(Misfit)),
        Some(value) => Some(of_shape(value, &field.shape).map(|value| (field.name.clone(), value))),
    });
    let pairs = present.collect::<Result<Vec<_>, _>>()?;
    Ok(RestrictedExpression::new_record(pairs).expect("the keys of a JSON object differ"))
}

fn of_shape(value: &Value, shape: &Shape) -> Result<RestrictedExpression, Misfit> {
    match (shape, value) {
        (Shape::Bool, Value::Bool(truth)) => Ok(RestrictedExpression::new_bool(*truth)),
        (Shape::Long, Value::Number(number)) => whole(number).map(RestrictedExpression::new_long),
        (Shape::String, Value::String(text)) => Ok(RestrictedExpression::new_string(text.clone())),
        (Shape::Set(element), Value::Array(values)) => {
            let elements = values.iter().map(|value| of_shape(value, element));
            Ok(RestrictedExpression::new_set(elements.collect::<Result<Vec<_>, _>>()?))
        }
        (Shape::Record(fields), Value::Object(object)) => of_fields(object, fields),
        _ => Err(Misfit),
    }
}

/// A whole number. One that 64 bits cannot hold becomes the nearest that they can, so that it is beyond every limit still: were it left out,
/// a limit that first asks whether the argument is there would not be seen to be broken.
#[expect(clippy::cast_possible_truncation, reason = "it saturates, as wanted")]
fn whole(number: &Number) -> Result<i64, Misfit> {
    if number.is_u64() {
        return Ok(number.as_i64().unwrap_or(i64::MAX));
    }
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => Ok(whole),
        (None, Some(number)) if number.fract() == 0.0 => Ok(number as i64),
        _ => Err(Misfit),
    }
}
