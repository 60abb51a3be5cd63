//! How a call waits for its run, and what it is told: the end, or that it goes on behind the talk.

use std::sync::Arc;

use switchboard_agent::TraceId;

use crate::conduct::{ToolCall, cancelled};
use crate::gateway::Shared;
use crate::record::Record;
use crate::refusal::Refusal;
use crate::running::{Bringer, Ended, Joined, Waited};
use crate::tell::tell;
use crate::{Answer, Effect, Envelope, Later};

impl<A: Send + Sync + 'static> Shared<A> {
    /// Waits for a run, and tells how it ended, or that it takes long.
    pub(crate) async fn wait(
        self: &Arc<Self>,
        call: &Arc<ToolCall<A>>,
        joined: Joined,
        record: &mut Record,
    ) -> Result<Answer, Refusal> {
        let modifiers = call.modifiers();
        record.waits_for(joined.ending());
        if !joined.first {
            record.note("joined a call that ran");
        }
        let barge_in = modifiers.cancel.at_barge_in().then_some(&call.request.barge_in);
        let detach_after = modifiers.detach.then_some(self.detach_after);
        match joined.wait(barge_in, detach_after).await {
            Waited::Ended(ended) => self.told(call, &ended, !joined.first),
            Waited::BargedIn => Err(cancelled()),
            Waited::Detached => Ok(self.detached(call, joined, record)),
        }
    }

    /// Waits for a run to its very end, when the conversation has been told already that it takes long.
    pub(crate) async fn wait_to_the_end(
        &self,
        call: &ToolCall<A>,
        joined: Joined,
        record: &mut Record,
    ) -> Result<Answer, Refusal> {
        record.waits_for(joined.ending());
        self.told(call, joined.ending().ended().await.as_ref(), !joined.first)
    }

    /// What a call is told of a run's end.
    pub(crate) fn told(
        &self,
        call: &ToolCall<A>,
        ended: &Ended,
        joined: bool,
    ) -> Result<Answer, Refusal> {
        let outcome = ended.result.clone()?;
        let (tool, trace_id) = (call.entry.tool.name(), &call.request.trace_id);
        let mut answer = tell(outcome, self.toolbox.team(), tool, trace_id)?;
        if let Envelope::Ok { duplicate, .. } = &mut answer.envelope {
            *duplicate = joined || ended.earlier;
        }
        if !ended.take_effect() {
            answer.effect = Effect::None;
        }
        Ok(answer)
    }

    /// Says that a call goes on behind the talk. Of several calls of one run, one brings its result.
    fn detached(
        self: &Arc<Self>,
        call: &Arc<ToolCall<A>>,
        joined: Joined,
        record: &Record,
    ) -> Answer {
        let trace_id = &call.request.trace_id;
        let envelope = pending(joined.task_id(), !joined.first, trace_id);
        let later = joined.bring().map(|bringer| {
            Later::new(Arc::clone(self).bring(Arc::clone(call), joined, bringer, record.later()))
        });
        Answer { envelope, effect: Effect::None, later }
    }

    async fn bring(
        self: Arc<Self>,
        call: Arc<ToolCall<A>>,
        joined: Joined,
        _bringer: Arc<Bringer>,
        mut record: Record,
    ) -> Answer {
        let told = self.wait_to_the_end(&call, joined, &mut record).await;
        self.answered(told, call.request.trace_id.clone(), record).await
    }

    /// The last of a call: its record, before its answer leaves.
    pub(crate) async fn answered(
        &self,
        told: Result<Answer, Refusal>,
        trace_id: TraceId,
        record: Record,
    ) -> Answer {
        let answer = told.unwrap_or_else(|refusal| Answer::told(refusal.into_envelope(trace_id)));
        record.end(&answer.envelope).await;
        answer
    }
}

fn pending(task_id: &str, duplicate: bool, trace_id: &TraceId) -> Envelope {
    Envelope::Pending {
        task_id: task_id.to_owned(),
        message: "This takes a while and goes on by itself. Tell the caller so, and go on with the talk: the result will be there \
                  when it is done."
            .to_owned(),
        trace_id: trace_id.clone(),
        duplicate,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use serde_json::json;
    use tokio::time::{Instant, timeout};

    use crate::testing::{App, gateway, output, request};
    use crate::{Later, Request, Tools};

    const LONG: &str = r#"{"seconds": 60}"#;

    fn report() -> Request {
        request("write_report", LONG)
    }

    #[tokio::test(start_paused = true)]
    async fn a_tool_that_may_goes_on_behind_the_talk_after_five_seconds() {
        let gateway = gateway(&App::default());
        let began = Instant::now();
        let answer = gateway.answer(report()).await;
        assert_eq!(began.elapsed(), Duration::from_secs(5));
        let told = output(&answer);
        assert_eq!((&told["status"], &told["task_id"]), (&json!("pending"), &json!("task_t-1")));
        let result = answer.later.unwrap().await;
        assert_eq!(began.elapsed(), Duration::from_secs(60));
        assert_eq!(result.envelope.outcome(), "ok");
    }

    #[tokio::test(start_paused = true)]
    async fn a_quick_one_is_answered_as_any() {
        let gateway = gateway(&App::default());
        let answer = gateway.answer(request("write_report", r#"{"seconds": 4}"#)).await;
        assert_eq!(answer.envelope.outcome(), "ok");
        assert!(answer.later.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn asked_again_it_is_pending_still_and_one_answer_comes() {
        let app = App::default();
        let gateway = gateway(&app);
        let first = gateway.answer(report()).await;
        let began = Instant::now();
        let second = gateway.answer(report()).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        let told = output(&second);
        assert_eq!((&told["task_id"], &told["duplicate"]), (&json!("task_t-1"), &json!(true)));
        assert!(second.later.is_none());
        drop(first);
        let third = gateway.answer(Request { turn: 2, ..report() }).await;
        let result = third.later.map(Later::into_future).unwrap().await;
        assert_eq!(output(&result)["duplicate"], true);
        assert_eq!(app.paid.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn behind_the_talk_a_tool_may_take_five_minutes() {
        let gateway = gateway(&App::default());
        let answer = gateway.answer(request("write_report", r#"{"seconds": 900}"#)).await;
        let began = Instant::now();
        let result = answer.later.unwrap().await;
        assert_eq!(result.envelope.outcome(), "timeout");
        assert_eq!(began.elapsed(), Duration::from_secs(295));
    }

    #[tokio::test(start_paused = true)]
    async fn the_callers_voice_stops_a_tool_that_says_so_and_no_other() {
        for (tool, outcome, finished) in [("change_or_stop", "cancelled", 0), ("change", "ok", 1)] {
            let app = App::default();
            let gateway = gateway(&app);
            let request = request(tool, r#"{"seconds": 3}"#);
            let voice = request.barge_in.clone();
            let answer = gateway.answer(request);
            let (answer, ()) = tokio::join!(answer, async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                voice.cancel();
            });
            assert_eq!(answer.envelope.outcome(), outcome);
            tokio::time::sleep(Duration::from_secs(9)).await;
            assert_eq!(app.keys.lock().unwrap().len(), finished, "{tool}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_tool_that_two_wait_for_is_not_stopped_for_one() {
        let app = App::default();
        let gateway = gateway(&app);
        let one = request("change_or_stop", r#"{"seconds": 3}"#);
        let other = request("change_or_stop", r#"{"seconds": 3}"#);
        let voice = one.barge_in.clone();
        let (one, other, ()) = tokio::join!(gateway.answer(one), gateway.answer(other), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            voice.cancel();
        });
        assert_eq!(one.envelope.outcome(), "cancelled");
        assert_eq!(other.envelope.outcome(), "ok");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_given_up_stops_a_tool_that_says_so_and_no_other() {
        for (tool, finished) in [("wait_or_not", 0), ("wait_for_it", 1)] {
            let app = App::default();
            let gateway = gateway(&app);
            let answer = timeout(Duration::from_secs(1), gateway.answer(request(tool, "{}"))).await;
            assert!(answer.is_err(), "the caller has hung up before there is an answer");
            app.go.notify_waiters();
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(app.waited.load(Ordering::SeqCst), finished, "{tool}");
        }
    }
}
