//! What a tool may return, and what becomes of it.

use serde::Serialize;
use serde_json::Value;

use crate::{Handoff, ToolError};

/// What most tools return: their result, or why there is none.
pub type ToolResult<T> = Result<T, ToolError>;

/// What a tool call came to, whatever type the tool returned.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Data for the model.
    Json(Value),
    /// Data for the model, and how sure the tool is of it, from 0 to 1.
    Rated(Value, f64),
    /// The caller is to be handed to another agent.
    Handoff(Handoff),
    /// The agent says nothing to the caller's last words.
    StaySilent,
    /// The call is to end, once the goodbye has been heard.
    EndCall {
        /// Why, in the model's words.
        reason: String,
    },
}

/// What a tool can return: [`Json`] of anything that serialises, text, a [`Handoff`], nothing at all, or a [`ToolResult`] of these.
#[diagnostic::on_unimplemented(
    message = "a tool cannot return `{Self}`",
    label = "this tool returns `{Self}`",
    note = "a tool returns `Json<T>`, `String`, `Handoff`, `()`, or a `ToolResult` of one of these: wrap data as `Json(data)`"
)]
pub trait IntoOutcome {
    /// Whether a handoff may come of it; the roster counts such a tool as a way to every agent.
    #[doc(hidden)]
    const MAY_HAND_OFF: bool = false;

    /// Converts what the tool returned.
    fn into_outcome(self) -> Result<Outcome, ToolError>;
}

/// Data for the model, written as JSON.
///
/// ```
/// # use switchboard_agent::prelude::*;
/// # #[derive(Deserialize, JsonSchema)]
/// # struct GetBusinessHours {}
/// async fn get_business_hours(_: GetBusinessHours) -> Json<[&'static str; 2]> {
///     Json(["Monday to Friday, nine to five", "Saturday, ten to two"])
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T> Json<T> {
    /// Says how sure the tool is of its data, from 0 (a guess) to 1 (certain): the model is told. Values outside are brought inside.
    pub fn with_confidence(self, confidence: f64) -> Rated<T> {
        let confidence = if confidence.is_nan() { 0.0 } else { confidence.clamp(0.0, 1.0) };
        Rated { data: self.0, confidence }
    }
}

/// Data for the model, and how sure the tool is of it: made by [`Json::with_confidence`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rated<T> {
    data: T,
    confidence: f64,
}

impl<T: Serialize> IntoOutcome for Json<T> {
    fn into_outcome(self) -> Result<Outcome, ToolError> {
        serde_json::to_value(self.0).map(Outcome::Json).map_err(ToolError::failed)
    }
}

impl<T: Serialize> IntoOutcome for Rated<T> {
    fn into_outcome(self) -> Result<Outcome, ToolError> {
        let data = serde_json::to_value(self.data).map_err(ToolError::failed)?;
        Ok(Outcome::Rated(data, self.confidence))
    }
}

impl IntoOutcome for Handoff {
    const MAY_HAND_OFF: bool = true;

    fn into_outcome(self) -> Result<Outcome, ToolError> {
        Ok(Outcome::Handoff(self))
    }
}

impl IntoOutcome for Outcome {
    const MAY_HAND_OFF: bool = true;

    fn into_outcome(self) -> Result<Outcome, ToolError> {
        Ok(self)
    }
}

impl IntoOutcome for String {
    fn into_outcome(self) -> Result<Outcome, ToolError> {
        Ok(Outcome::Json(Value::String(self)))
    }
}

impl IntoOutcome for &'static str {
    fn into_outcome(self) -> Result<Outcome, ToolError> {
        Ok(Outcome::Json(self.into()))
    }
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Result<Outcome, ToolError> {
        Ok(Outcome::Json(Value::Null))
    }
}

impl<T: IntoOutcome> IntoOutcome for Result<T, ToolError> {
    const MAY_HAND_OFF: bool = T::MAY_HAND_OFF;

    fn into_outcome(self) -> Result<Outcome, ToolError> {
        self.and_then(T::into_outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::AgentId;

    #[test]
    fn data_becomes_json() {
        assert_eq!(Json([1, 2]).into_outcome().unwrap(), Outcome::Json(json!([1, 2])));
        assert_eq!("Done.".into_outcome().unwrap(), Outcome::Json(json!("Done.")));
        assert_eq!(().into_outcome().unwrap(), Outcome::Json(Value::Null));
    }

    #[test]
    fn data_that_cannot_be_json_is_a_failure_not_a_panic() {
        let by_pair = BTreeMap::from([((1, 2), 3)]);
        assert!(matches!(Json(by_pair).into_outcome(), Err(ToolError::Failed(_))));
    }

    #[test]
    fn confidence_stays_between_nothing_and_certain() {
        for (given, kept) in [(0.8, 0.8), (7.0, 1.0), (-1.0, 0.0), (f64::NAN, 0.0)] {
            assert_eq!(
                Json(1).with_confidence(given).into_outcome().unwrap(),
                Outcome::Rated(json!(1), kept)
            );
        }
    }

    #[test]
    fn only_results_that_can_hold_a_handoff_may_hand_off() {
        fn may<T: IntoOutcome>(_: &T) -> bool {
            T::MAY_HAND_OFF
        }
        assert!(may(&Handoff::to(AgentId::new("person"))));
        assert!(may(&ToolResult::Ok(Handoff::to(AgentId::new("person")))));
        assert!(!may(&ToolResult::Ok(Json(1))));
    }
}
