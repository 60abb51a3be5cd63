//! Step three: may this caller have this agent do this? Policies decide; what they say is put into words here.

use switchboard_agent::Team;
use switchboard_policy::{Decision, Policies, Question};

use crate::lookup::way_to;
use crate::refusal::Refusal;

/// What a caller may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// The tool may run.
    Granted,
    /// It may once a person has approved this call.
    OnceApproved,
}

/// Asks the policies, and says what would have to happen first where that is what they ask for.
pub(crate) fn authorize(
    policies: &Policies,
    team: &Team,
    question: &Question<'_>,
) -> Result<Permission, Refusal> {
    match policies.decide(question) {
        Decision::Allowed => Ok(Permission::Granted),
        Decision::ApprovalRequired => Ok(Permission::OnceApproved),
        Decision::NotAllowed => Err(not_allowed()),
        Decision::IdentificationRequired => Err(first(
            team,
            question,
            team.identified_by(),
            "It has to be known first who is calling.",
        )),
        // Nobody can prove to be a customer whom nobody has named.
        Decision::VerificationRequired
            if question.caller.customer.is_none() && team.identified_by().is_some() =>
        {
            Err(first(
                team,
                question,
                team.identified_by(),
                "It has to be known first who is calling; then they have to prove it.",
            ))
        }
        Decision::VerificationRequired => Err(first(
            team,
            question,
            team.verified_by(),
            "The caller has to prove first who they are.",
        )),
    }
}

/// What a caller may not have, whatever they do.
pub(crate) fn not_allowed() -> Refusal {
    Refusal::new("not_allowed", "Sorry, that cannot be done on this call.")
}

/// What has to happen first, by which tool of whom.
fn first(team: &Team, question: &Question<'_>, tool: Option<&str>, why: &str) -> Refusal {
    let refusal = Refusal::new("verification_required", why);
    let Some(tool) = tool else {
        return refusal.say("A person has to help with that.");
    };
    let refusal = refusal.retryable(true).with("call_first", tool);
    if team.agent(question.agent).is_some_and(|profile| profile.tool(tool).is_some()) {
        return refusal.say(&format!("Call `{tool}` first, then call `{}` again.", question.tool));
    }
    way_to(team, question.agent, tool, refusal)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use switchboard_agent::{AgentId, Caller, TraceId};

    use super::*;
    use crate::testing::{BILLING, CALENDAR, TRIAGE, policies, team};

    fn decide(
        agent: AgentId,
        tool: &str,
        caller: &Caller,
        approved: bool,
    ) -> Result<Permission, Value> {
        let team = team();
        let arguments = match tool {
            "transfer_to_billing" => json!({ "reason": "lost", "summary": "Money." }),
            _ => json!({ "seconds": 1 }),
        };
        let question = Question { caller, agent, tool, arguments: &arguments, approved };
        authorize(&policies(), &team, &question).map_err(|refusal| {
            serde_json::to_value(refusal.into_envelope(TraceId::new("t"))).unwrap()
        })
    }

    fn ann() -> Caller {
        Caller::unknown().identified("C-1001", "Ann Lee")
    }

    #[test]
    fn what_requires_nothing_is_allowed() {
        assert_eq!(decide(BILLING, "leak", &Caller::unknown(), false), Ok(Permission::Granted));
        assert_eq!(
            decide(BILLING, "stay_silent", &Caller::unknown(), false),
            Ok(Permission::Granted)
        );
    }

    #[test]
    fn a_caller_is_told_to_prove_who_they_are_by_the_tool_for_it() {
        let refused = decide(BILLING, "charge", &ann(), false).unwrap_err();
        assert_eq!(refused["error_code"], "verification_required");
        assert_eq!(refused["call_first"], "verify");
        assert_eq!(
            refused["message"],
            "The caller has to prove first who they are. Call `verify` first, then call `charge` again."
        );
        assert_eq!(decide(BILLING, "charge", &ann().verified(), false), Ok(Permission::Granted));
    }

    #[test]
    fn who_is_not_known_yet_is_asked_that_before_any_proof() {
        let refused = decide(BILLING, "charge", &Caller::unknown(), false).unwrap_err();
        assert_eq!(refused["error_code"], "verification_required");
        assert_eq!(refused["call_first"], "recognize");
    }

    #[test]
    fn a_tool_of_another_agent_comes_with_the_way_there() {
        let refused = decide(CALENDAR, "move_date", &Caller::unknown(), false).unwrap_err();
        assert_eq!(refused["call_first"], "recognize");
        assert_eq!(refused["agent"], "triage");
        assert_eq!(refused["transfer"], "transfer_to_triage");
    }

    #[test]
    fn what_is_forbidden_is_so_for_everybody() {
        let refused = decide(CALENDAR, "wipe", &ann().verified(), true).unwrap_err();
        assert_eq!(refused["error_code"], "not_allowed");
        assert_eq!(refused["retryable"], false);
    }

    #[test]
    fn what_a_person_must_approve_is_allowed_once_they_did() {
        assert_eq!(decide(BILLING, "refund", &ann(), false), Ok(Permission::OnceApproved));
        assert_eq!(decide(BILLING, "refund", &ann(), true), Ok(Permission::Granted));
    }

    #[test]
    fn a_transfer_can_be_forbidden() {
        let refused = decide(TRIAGE, "transfer_to_billing", &Caller::unknown(), false).unwrap_err();
        assert_eq!(refused["error_code"], "verification_required");
        assert_eq!(decide(TRIAGE, "transfer_to_billing", &ann(), false), Ok(Permission::Granted));
    }

    #[test]
    fn without_a_tool_for_it_a_person_has_to_help() {
        use switchboard_agent::prelude::*;

        /// Charge a card.
        #[derive(Deserialize, JsonSchema)]
        struct Charge {}
        async fn charge(_: Charge) {}

        let agent: Agent<()> =
            Agent::new(BILLING).instructions("Help.").tool(charge.requires("billing:pay"));
        let team = Roster::new([agent]).unwrap().team();
        let sources = [(
            "test.cedar".to_owned(),
            r#"permit (principal, action in Action::"billing:pay", resource) when { principal.verified };"#
                .to_owned(),
        )];
        let policies = Policies::parse(&team, "default", &sources).unwrap();
        let arguments = json!({});
        let caller = ann();
        let question = Question {
            caller: &caller,
            agent: BILLING,
            tool: "charge",
            arguments: &arguments,
            approved: false,
        };
        let refusal = authorize(&policies, &team, &question).unwrap_err();
        let refused = serde_json::to_value(refusal.into_envelope(TraceId::new("t"))).unwrap();
        assert!(refused["message"].as_str().unwrap().ends_with("A person has to help with that."));
        assert_eq!(refused.get("call_first"), None);
        assert_eq!(refused["retryable"], false);
    }
}
