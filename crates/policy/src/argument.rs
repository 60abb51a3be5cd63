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

fn of_fields(
    object: &Map<String, Value>,
    fields: &[Field],
) -> Result<RestrictedExpression, Misfit> {
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

#[cfg(test)]
mod tests {
    use cedar_policy::{Context, EvalResult};
    use serde_json::json;

    use super::*;
    use crate::shape;

    fn seen(arguments: &Value, properties: &Value) -> Result<EvalResult, Misfit> {
        let fields = shape::arguments(&json!({ "properties": properties, "required": ["a"] }));
        let record = record(arguments, &fields)?;
        let context = Context::from_pairs([("arguments".to_owned(), record)]).unwrap();
        Ok(context.get("arguments").unwrap())
    }

    fn only(value: EvalResult) -> EvalResult {
        let EvalResult::Record(record) = value else { panic!("{value} is no record") };
        record.get("a").unwrap().clone()
    }

    #[test]
    fn whole_numbers_beyond_64_bits_stay_beyond_every_limit() {
        let integer = json!({ "a": { "type": "integer" } });
        for (number, expected) in [
            (json!(-7), -7),
            (json!(2.0), 2),
            (json!(u64::MAX), i64::MAX),
            (json!(1e300), i64::MAX),
            (json!(-1e300), i64::MIN),
        ] {
            let value = seen(&json!({ "a": number }), &integer).map(only);
            assert_eq!(value, Ok(EvalResult::Long(expected)), "{number}");
        }
    }

    #[test]
    fn what_policies_cannot_see_is_left_out() {
        let properties = json!({ "a": { "type": "string" }, "b": { "type": "number" }, "c": { "type": "string" } });
        let value = seen(&json!({ "a": "x", "b": 1.5, "c": null, "d": 1 }), &properties).unwrap();
        let EvalResult::Record(record) = value else { panic!("{value} is no record") };
        assert_eq!(record.len(), 1);
    }

    #[test]
    fn what_does_not_fit_the_schema_is_not_guessed_at() {
        let properties = json!({ "a": { "type": "array", "items": { "type": "boolean" } } });
        for arguments in [
            json!([]),
            json!({}),
            json!({ "a": null }),
            json!({ "a": true }),
            json!({ "a": [true, 1] }),
        ] {
            assert_eq!(seen(&arguments, &properties), Err(Misfit), "{arguments}");
        }
        assert_eq!(seen(&json!({ "a": 1.5 }), &json!({ "a": { "type": "integer" } })), Err(Misfit));
    }
}
