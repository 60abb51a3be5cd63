//! The step after the tool: what the model is told about its result, and what the session is to do.

use serde_json::{Value, json};
use switchboard_agent::{Outcome, Team, TraceId};

use crate::refusal::Refusal;
use crate::{Answer, Effect, Envelope};

/// Puts a tool's result into an envelope, and what it asks for into an effect.
pub(crate) fn tell(
    outcome: Outcome,
    team: &Team,
    tool: &str,
    trace_id: &TraceId,
) -> Result<Answer, Refusal> {
    let (data, confidence, effect) = match outcome {
        Outcome::Json(data) => (data, None, Effect::None),
        Outcome::Rated(data, confidence) => (data, Some(confidence), Effect::None),
        Outcome::Handoff(handoff) => {
            if team.agent(handoff.to).is_none() {
                tracing::error!(tool, %trace_id, cause = %handoff.to, "a tool hands off to an agent that is not in the roster");
                return Err(Refusal::new(
                    "tool_failed",
                    "The caller cannot be passed on right now.",
                ));
            }
            (json!({ "transferring_to": handoff.to }), None, Effect::Handoff(handoff))
        }
        Outcome::StaySilent => (Value::Null, None, Effect::StaySilent),
        Outcome::EndCall { reason } => {
            (json!({ "ending": true }), None, Effect::EndCall { reason })
        }
    };
    let envelope = Envelope::Ok { data, trace_id: trace_id.clone(), confidence, duplicate: false };
    Ok(Answer { envelope, effect, later: None })
}

#[cfg(test)]
mod tests {
    use switchboard_agent::{AgentId, Handoff};

    use super::*;
    use crate::testing::{BILLING, team};

    fn told(outcome: Outcome) -> Result<Answer, Refusal> {
        tell(outcome, &team(), "some_tool", &TraceId::new("t-1"))
    }

    #[test]
    fn how_sure_a_tool_is_is_told() {
        let output = told(Outcome::Rated(json!("maybe"), 0.5)).unwrap().envelope.to_output();
        assert_eq!(output, r#"{"status":"ok","data":"maybe","trace_id":"t-1","confidence":0.5}"#);
    }

    #[test]
    fn a_handoff_is_asked_for_and_told() {
        let answer = told(Outcome::Handoff(Handoff::to(BILLING))).unwrap();
        assert_eq!(
            answer.envelope,
            Envelope::ok(json!({ "transferring_to": "billing" }), TraceId::new("t-1"))
        );
        assert_eq!(answer.effect, Effect::Handoff(Handoff::to(BILLING)));
    }

    #[test]
    fn a_handoff_to_nobody_is_a_failure_of_the_tool() {
        let refusal = told(Outcome::Handoff(Handoff::to(AgentId::new("nobody")))).unwrap_err();
        assert_eq!(refusal.into_envelope(TraceId::new("t-1")).outcome(), "tool_failed");
    }

    #[test]
    fn silence_and_goodbye_are_effects() {
        assert_eq!(told(Outcome::StaySilent).unwrap().effect, Effect::StaySilent);
        let effect = told(Outcome::EndCall { reason: "done".into() }).unwrap().effect;
        assert_eq!(effect, Effect::EndCall { reason: "done".into() });
    }
}
