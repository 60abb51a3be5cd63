//! The steps between the policies and the run, in one breath, so that two calls of the same never both begin: running or had
//! already, confirmed by the caller, approved by a person.

use std::sync::Arc;

use tokio::time::Instant;

use crate::Approval;
use crate::approvals::{Standing, Waiting};
use crate::approve::{approval_refused, approval_required};
use crate::authorize::Permission;
use crate::book::{Beginning, PhoneCall, lock};
use crate::conduct::ToolCall;
use crate::confirm::ToConfirm;
use crate::gateway::Shared;
use crate::record::{Record, Step};
use crate::refusal::Refusal;
use crate::row::Row;
use crate::running::{Ended, Joined};

/// What becomes of a call.
pub(crate) enum Entered {
    /// It may go on.
    Goes(Part),
    /// A person is asked.
    Asks(Box<Approval>, Waiting),
}

/// A call's part in what is done.
pub(crate) enum Part {
    /// It waits for a run, its own or another's.
    Runs(Joined),
    /// It was had already, and this came of it.
    Had(Ended),
}

impl<A: Send + Sync + 'static> Shared<A> {
    /// Lets a call in, or says why not.
    pub(crate) fn enter(
        self: &Arc<Self>,
        call: &Arc<ToolCall<A>>,
        permission: Permission,
        record: &mut Record,
    ) -> Result<Entered, Refusal> {
        let now = Instant::now();
        let mut phone_call = lock(&call.phone_call);
        if let Some(same) = same(&mut phone_call, call, now) {
            record.at(Step::Run);
            return Ok(Entered::Goes(same));
        }
        record.at(Step::Approve);
        self.standing(call, permission, now)?;
        record.at(Step::Confirm);
        confirm(&mut phone_call, call, now)?;
        record.at(Step::Approve);
        if permission == Permission::OnceApproved {
            let asks = self.ask(call, now);
            if let (Err(_), Some(code)) = (&asks, &call.confirmation) {
                phone_call.confirmations.give_back(code);
            }
            return asks;
        }
        record.at(Step::Run);
        let row = call.waits_to_the_end().then(|| record.share());
        Ok(Entered::Goes(Part::Runs(self.begin(&mut phone_call, call, row, now))))
    }

    /// Lets a call in that a person has approved.
    pub(crate) fn enter_approved(self: &Arc<Self>, call: &Arc<ToolCall<A>>) -> Part {
        let now = Instant::now();
        let mut phone_call = lock(&call.phone_call);
        same(&mut phone_call, call, now)
            .unwrap_or_else(|| Part::Runs(self.begin(&mut phone_call, call, None, now)))
    }

    /// Ends a call of which a person was asked already.
    fn standing(
        &self,
        call: &ToolCall<A>,
        permission: Permission,
        now: Instant,
    ) -> Result<(), Refusal> {
        if permission != Permission::OnceApproved {
            return Ok(());
        }
        match self.approvals.standing(call.request.session.id(), &call.wish, now) {
            Standing::None => Ok(()),
            Standing::Waiting(id, left) => Err(approval_required(&id, left)),
            Standing::Refused => Err(approval_refused()),
        }
    }

    fn begin(
        self: &Arc<Self>,
        phone_call: &mut PhoneCall,
        call: &Arc<ToolCall<A>>,
        row: Option<Arc<Row>>,
        now: Instant,
    ) -> Joined {
        let modifiers = call.modifiers();
        let beginning = Beginning {
            wish: call.wish.clone(),
            read_only: modifiers.read_only,
            cancel: modifiers.cancel,
            task_id: format!("task_{}", call.request.trace_id),
        };
        let (joined, duty) = phone_call.begin(beginning, self.book.next_run(), now);
        self.conduct(Arc::clone(call), duty, row);
        joined
    }
}

/// The same call that runs, or that was had.
fn same<A>(phone_call: &mut PhoneCall, call: &ToolCall<A>, now: Instant) -> Option<Part> {
    let runs = phone_call.join(&call.wish).map(Part::Runs);
    runs.or_else(|| phone_call.done(&call.wish, now).map(Part::Had))
}

/// The caller has said yes, where they must.
fn confirm<A>(phone_call: &mut PhoneCall, call: &ToolCall<A>, now: Instant) -> Result<(), Refusal> {
    let Some(read_back) = &call.modifiers().confirm else { return Ok(()) };
    let to_confirm = ToConfirm {
        tool: call.entry.tool.name(),
        wish: &call.wish,
        read_back,
        code: call.confirmation.as_deref(),
        turn: call.request.turn,
    };
    phone_call.confirmations.check(to_confirm, now)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use serde_json::{Value, json};

    use crate::testing::{App, ann, gateway, output, policies, request, told};
    use crate::{Effect, Gateway, Request, Tools};

    fn seconds(seconds: u64) -> Value {
        json!({ "seconds": seconds })
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_effect_at_the_same_time_is_had_once_and_answered_to_both() {
        let app = App::default();
        let gateway = gateway(&app);
        let arguments = seconds(3);
        let (one, other) = tokio::join!(
            told(&gateway, "change", &arguments, 1),
            told(&gateway, "change", &arguments, 1)
        );
        assert_eq!(one["data"], other["data"]);
        assert_eq!((one.get("duplicate"), &other["duplicate"]), (None, &json!(true)));
        assert_eq!(app.paid.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_effect_answers_again_for_two_minutes_and_then_is_meant_again() {
        let app = App::default();
        let gateway = gateway(&app);
        let first = told(&gateway, "change", &seconds(0), 1).await;
        tokio::time::advance(Duration::from_secs(119)).await;
        let again = told(&gateway, "change", &seconds(0), 2).await;
        assert_eq!((&again["data"], &again["duplicate"]), (&first["data"], &json!(true)));
        tokio::time::advance(Duration::from_secs(1)).await;
        let anew = told(&gateway, "change", &seconds(0), 3).await;
        assert_ne!(anew["data"], first["data"]);
        assert_eq!(app.paid.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn other_arguments_and_another_phone_call_are_another_wish() {
        let app = App::default();
        let gateway = gateway(&app);
        told(&gateway, "change", &seconds(0), 1).await;
        told(&gateway, "change", &seconds(1), 1).await;
        let elsewhere = Request {
            session: switchboard_agent::Session::detached(),
            ..request("change", r#"{"seconds": 0}"#)
        };
        gateway.answer(elsewhere).await;
        assert_eq!(app.paid.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_joins_only_one_that_runs() {
        let app = App::default();
        let gateway = gateway(&app);
        let arguments = seconds(3);
        let (_, joined) = tokio::join!(
            told(&gateway, "look", &arguments, 1),
            told(&gateway, "look", &arguments, 1)
        );
        assert_eq!(joined["duplicate"], true);
        let again = told(&gateway, "look", &arguments, 2).await;
        assert_eq!(again.get("duplicate"), None);
        assert_eq!(app.paid.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_after_an_effect_does_not_join_one_from_before_it() {
        let app = App::default();
        let gateway = gateway(&app);
        let (long, short) = (seconds(3), seconds(1));
        let (_, again) = tokio::join!(told(&gateway, "look", &long, 1), async {
            told(&gateway, "change", &short, 1).await;
            told(&gateway, "look", &long, 1).await
        });
        assert_eq!(again.get("duplicate"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_was_given_up_is_joined() {
        let app = App::default();
        let gateway = gateway(&app);
        let first = gateway.answer(request("change", r#"{"seconds": 3}"#));
        assert!(tokio::time::timeout(Duration::from_secs(1), first).await.is_err());
        let again = told(&gateway, "change", &seconds(3), 2).await;
        assert_eq!((&again["status"], &again["duplicate"]), (&json!("ok"), &json!(true)));
        assert_eq!(app.paid.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_failed_call_may_be_tried_again() {
        let app = App::default();
        app.failures.store(3, Ordering::SeqCst);
        let gateway = gateway(&app);
        let failed = told(&gateway, "try_it", &json!({}), 1).await;
        assert_eq!(failed["error_code"], "tool_failed");
        let again = told(&gateway, "try_it", &json!({}), 1).await;
        assert_eq!((&again["status"], again.get("duplicate")), (&json!("ok"), None));
        let keys = app.keys.lock().unwrap();
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    }

    #[tokio::test]
    async fn a_tool_that_passes_the_caller_on_can_do_so_again() {
        let gateway = gateway(&App::default());
        for _ in 0..2 {
            let answer = gateway.answer(request("pass_on", "{}")).await;
            assert!(matches!(answer.effect, Effect::Handoff(_)), "{answer:?}");
        }
    }

    async fn charge(gateway: &Gateway<App>, arguments: Value, turn: u64) -> Value {
        let request = Request { turn, session: ann(), ..request("charge", &arguments.to_string()) };
        output(&gateway.answer(request).await)
    }

    #[tokio::test]
    async fn what_the_caller_must_confirm_runs_with_their_yes_once() {
        let app = App::default();
        let gateway = gateway(&app).with_policies(policies());
        let asked = charge(&gateway, seconds(0), 1).await;
        assert_eq!(asked["error_code"], "confirmation_required");
        assert_eq!(asked["read_back"], "the amount");
        let with_yes = json!({ "seconds": 0, "confirmation": asked["confirmation"] });
        let too_soon = charge(&gateway, with_yes.clone(), 1).await;
        assert_eq!(too_soon["error_code"], "confirmation_required");
        assert_eq!(app.paid.load(Ordering::SeqCst), 0);
        let charged = charge(&gateway, with_yes.clone(), 2).await;
        assert_eq!(charged["status"], "ok");
        let again = charge(&gateway, with_yes, 2).await;
        assert_eq!((&again["status"], &again["duplicate"]), (&json!("ok"), &json!(true)));
        assert_eq!(app.paid.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_yes_to_one_thing_is_none_to_another() {
        let app = App::default();
        let gateway = gateway(&app).with_policies(policies());
        let asked = charge(&gateway, seconds(0), 1).await;
        let other = json!({ "seconds": 1, "confirmation": asked["confirmation"] });
        let refused = charge(&gateway, other, 2).await;
        assert_eq!(refused["error_code"], "confirmation_required");
        assert!(refused["message"].as_str().unwrap().starts_with("The arguments have changed"));
        assert_eq!(app.paid.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn policies_come_before_the_callers_yes() {
        let gateway = gateway(&App::default()).with_policies(policies());
        let refused = told(&gateway, "charge", &seconds(0), 1).await;
        assert_eq!(refused["error_code"], "verification_required");
    }
}
