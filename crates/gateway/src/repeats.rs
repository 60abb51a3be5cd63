//! The third time in a row: a model that asks the same again and again is told to stop, whatever comes of it, a refusal included.
//!
//! Two calls are the same with the same tool, customer and arguments, in whatever order those stand; with the same text, where it does
//! not make arguments that fit. *In a row* means with nothing between them: no turn of the caller's, no other call of the model's
//! (after A, B, A, B, A the row is one long), and no success of another call that began before them, for after any of these the answer
//! may be another. So what a refusal asks for first (a proof, a yes) can be done, and the call made again.
//!
//! Transfers and built-in tools are never counted; like any other call, they end a row.

use switchboard_agent::IdempotencyKey;

use crate::refusal::Refusal;

/// How often the same may be asked in a row.
const OFTEN: u32 = 2;

/// The row of same calls that a phone call has come to.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    row: Option<Row>,
}

#[derive(Debug)]
struct Row {
    wish: IdempotencyKey,
    turn: u64,
    long: u32,
}

impl Repeats {
    /// Counts a call in this turn of the caller's, and refuses it when it comes too often.
    pub(crate) fn count(&mut self, wish: &IdempotencyKey, turn: u64) -> Result<(), Refusal> {
        let long = match &self.row {
            Some(row) if row.turn == turn && row.wish == *wish => row.long.saturating_add(1),
            _ => 1,
        };
        self.row = Some(Row { wish: wish.clone(), turn, long });
        if long <= OFTEN {
            return Ok(());
        }
        Err(Refusal::new(
            "repeated_call",
            "This was asked several times in a row, and asking again changes nothing. Stop calling it: use what you have, or tell \
             the caller how things stand.",
        ))
    }

    /// Something else was called, which is not counted.
    pub(crate) fn forget(&mut self) {
        self.row = None;
    }

    /// A call went well, so that asking for anything but the same may find something else.
    pub(crate) fn forget_others(&mut self, than: &IdempotencyKey) {
        self.row.take_if(|row| row.wish != *than);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    use serde_json::{Value, json};
    use switchboard_agent::{AgentId, Caller, Session};
    use switchboard_store::{AuditFilter, MemoryStore, Store};

    use super::*;
    use crate::testing::{
        App, BILLING, CALENDAR, TRIAGE, ann, gateway, output, policies, request, told,
    };
    use crate::{Effect, Gateway, Request, Tools};

    fn wish(name: &str) -> IdempotencyKey {
        IdempotencyKey::new(name)
    }

    /// How many of these calls are refused.
    fn refused(calls: &[(&str, u64)]) -> usize {
        let mut repeats = Repeats::default();
        calls.iter().filter(|(name, turn)| repeats.count(&wish(name), *turn).is_err()).count()
    }

    #[test]
    fn the_third_in_a_row_is_refused_and_all_after_it() {
        assert_eq!(refused(&[("a", 1); 2]), 0);
        assert_eq!(refused(&[("a", 1); 5]), 3);
    }

    #[test]
    fn another_call_or_a_callers_turn_begins_another_row() {
        assert_eq!(refused(&[("a", 1), ("b", 1), ("a", 1), ("b", 1), ("a", 1)]), 0);
        assert_eq!(refused(&[("a", 1), ("a", 1), ("a", 2), ("a", 2), ("a", 3)]), 0);
    }

    #[test]
    fn a_success_of_another_call_ends_a_row_and_its_own_does_not() {
        let mut repeats = Repeats::default();
        for name in ["slow", "read", "read"] {
            repeats.count(&wish(name), 1).unwrap();
        }
        repeats.forget_others(&wish("read"));
        assert!(repeats.count(&wish("read"), 1).is_err());
        repeats.forget_others(&wish("slow"));
        assert!(repeats.count(&wish("read"), 1).is_ok());
    }

    /// A call, and what the gateway is asked it with.
    fn call(agent: AgentId, tool: &str, arguments: &str, session: &Session) -> Request {
        Request { agent, session: session.clone(), ..request(tool, arguments) }
    }

    /// The codes that this many calls of the same come to, or `ok`.
    async fn codes(gateway: &Gateway<App>, call: &Request, times: usize) -> Vec<String> {
        let mut codes = Vec::new();
        for _ in 0..times {
            codes.push(gateway.answer(call.clone()).await.envelope.outcome().to_owned());
        }
        codes
    }

    #[tokio::test]
    async fn whatever_comes_of_a_call_the_third_in_a_row_is_told_to_stop() {
        let unknown = Session::for_tests_with(Caller::unknown());
        for (agent, tool, arguments, session, code) in [
            (BILLING, "look", r#"{"seconds": 0}"#, &unknown, "ok"),
            (BILLING, "decline", "{}", &unknown, "refused"),
            (BILLING, "charge", r#"{"seconds": 0}"#, &unknown, "verification_required"),
            (BILLING, "charge", r#"{"seconds": 0}"#, &ann(), "confirmation_required"),
            (BILLING, "refund", r#"{"seconds": 0}"#, &ann(), "approval_required"),
            (CALENDAR, "wipe", r#"{"seconds": 0}"#, &ann(), "not_allowed"),
            (BILLING, "look", r#"{"seconds": "#, &unknown, "invalid_arguments"),
            (BILLING, "look", r#"{"seconds": -1}"#, &unknown, "invalid_arguments"),
            (BILLING, "lock", r#"{"seconds": 0}"#, &unknown, "unknown_tool"),
            (TRIAGE, "look", r#"{"seconds": 0}"#, &unknown, "not_your_tool"),
        ] {
            let gateway = gateway(&App::default()).with_policies(policies());
            let codes = codes(&gateway, &call(agent, tool, arguments, session), 4).await;
            assert_eq!(codes, [code, code, "repeated_call", "repeated_call"], "{tool} {arguments}");
        }
    }

    #[tokio::test]
    async fn what_was_told_to_stop_stands_so_in_the_audit_log() {
        let store = Arc::new(MemoryStore::new());
        let gateway = gateway(&App::default()).with_store(store.clone());
        codes(&gateway, &request("lock", "{}"), 3).await;
        let rows = store.audit(AuditFilter::default()).await.unwrap();
        let decisions: Vec<_> = rows.iter().map(|row| row.entry.decision.as_str()).collect();
        assert_eq!(decisions, ["refused by look-up", "refused by look-up", "refused by repeats"]);
    }

    #[tokio::test]
    async fn after_the_callers_turn_it_may_be_asked_again() {
        let app = App::default();
        let gateway = gateway(&app);
        for (tool, arguments, code) in [
            ("look", json!({ "seconds": 0 }), Value::Null),
            ("lock", json!({}), json!("unknown_tool")),
        ] {
            for turn in 1..4 {
                for _ in 0..2 {
                    assert_eq!(told(&gateway, tool, &arguments, turn).await["error_code"], code);
                }
            }
        }
        assert_eq!(app.paid.load(Ordering::SeqCst), 6);
    }

    #[tokio::test]
    async fn the_order_of_arguments_makes_no_other_call() {
        let gateway = gateway(&App::default());
        let one = request("pay_invoice", r#"{"number": "1", "cents": 5}"#);
        let other = request("pay_invoice", r#"{"cents": 5, "number": "1"}"#);
        assert_eq!(codes(&gateway, &one, 2).await, ["ok", "ok"]);
        assert_eq!(codes(&gateway, &other, 1).await, ["repeated_call"]);
    }

    #[tokio::test]
    async fn what_a_refusal_asks_for_can_be_done_and_the_call_made_again() {
        let gateway = gateway(&App::default()).with_policies(policies());
        let session = Session::for_tests_with(Caller::unknown());
        let charge = call(BILLING, "charge", r#"{"seconds": 0}"#, &session);
        assert_eq!(codes(&gateway, &charge, 2).await, ["verification_required"; 2]);
        let recognize = call(TRIAGE, "recognize", "{}", &session);
        assert_eq!(codes(&gateway, &recognize, 1).await, ["ok"]);
        assert_eq!(codes(&gateway, &charge, 2).await, ["verification_required"; 2]);
        let verify = call(BILLING, "verify", r#"{"word": "lark"}"#, &session);
        assert_eq!(codes(&gateway, &verify, 1).await, ["ok"]);
        assert_eq!(codes(&gateway, &charge, 1).await, ["confirmation_required"]);
        let asked = output(&gateway.answer(charge.clone()).await);
        let with_yes = json!({ "seconds": 0, "confirmation": asked["confirmation"] }).to_string();
        let confirmed = Request { turn: 2, ..call(BILLING, "charge", &with_yes, &session) };
        assert_eq!(codes(&gateway, &confirmed, 1).await, ["ok"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_that_comes_late_ends_the_row_too() {
        let gateway = gateway(&App::default());
        let lock = request("lock", "{}");
        let slow = gateway.answer(request("look", r#"{"seconds": 3}"#));
        let (_, ()) = tokio::join!(slow, async {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            assert_eq!(codes(&gateway, &lock, 2).await, ["unknown_tool"; 2]);
        });
        assert_eq!(codes(&gateway, &lock, 1).await, ["unknown_tool"]);
    }

    #[tokio::test]
    async fn transfers_and_built_in_tools_are_meant_as_often_as_they_are_called() {
        let gateway = gateway(&App::default());
        for _ in 0..5 {
            assert_eq!(told(&gateway, "stay_silent", &json!({}), 1).await["status"], "ok");
            let arguments = r#"{"reason": "r", "summary": "s"}"#;
            let answer = gateway.answer(request("transfer_to_triage", arguments)).await;
            assert!(matches!(answer.effect, Effect::Handoff(_)), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn a_transfer_ends_a_row() {
        let gateway = gateway(&App::default());
        let lock = request("lock", "{}");
        for _ in 0..3 {
            assert_eq!(codes(&gateway, &lock, 2).await, ["unknown_tool"; 2]);
            let transfer = request("transfer_to_triage", r#"{"reason": "r", "summary": "s"}"#);
            assert_eq!(codes(&gateway, &transfer, 1).await, ["ok"]);
        }
    }
}
