//! Step five: the tool runs, on its own threads, under its deadline, and whatever it does, there is an answer.
//!
//! The deadline is kept on the caller's side, so that a tool that blocks its thread is answered for in time, too. The tool is then stopped
//! at the `await` it stands at, so that nothing goes on behind the caller's back. (One that blocks cannot be stopped: its late result is
//! logged and forgotten.) What came of one that ended well is kept before anybody is told, where there is somebody to keep it. Dropping the run stops the tool as well; who may drop it is not decided here.

use std::any::Any;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use switchboard_agent::{Outcome, ToolContext, ToolError, TraceId};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Instrument;
use tracing::field::Empty;

use crate::faults::Fault;
use crate::refusal::Refusal;
use crate::row::Keeper;
use crate::runtime::StopWhenDropped;
use crate::toolbox::Entry;

/// What a tool's future came to.
pub(crate) enum End {
    Returned(Result<Outcome, ToolError>),
    Panicked(Box<dyn Any + Send>),
    TimedOut,
    /// It was not to be run.
    NotBegun(NotBegun),
}

/// Why a tool is not run after all.
#[derive(Debug)]
pub(crate) enum NotBegun {
    /// What it does was done already, and this came of it.
    Had(Outcome),
    /// It cannot be.
    Refused(Refusal),
}

/// What there is to be done first, where the tool runs.
pub(crate) type Beginning<A> = BoxFuture<'static, Result<ToolContext<A>, NotBegun>>;

/// Runs a tool to its end, or until then.
pub(crate) async fn run<A: Send + Sync + 'static>(
    threads: &Handle,
    entry: &Arc<Entry<A>>,
    arguments: &Value,
    beginning: Beginning<A>,
    fault: Option<Fault>,
    keeper: Option<&Keeper>,
    until: Instant,
) -> End {
    let span = tracing::info_span!("tool", tool = entry.tool.name(), trace_id = Empty);
    let (told, mut end) = oneshot::channel();
    let (entry, arguments) = (Arc::clone(entry), arguments.clone());
    let work = AssertUnwindSafe(async move {
        let context = beginning.await?;
        tracing::Span::current().record("trace_id", tracing::field::display(&context.trace_id));
        let work = async {
            strike(fault).await?;
            entry.tool.prepare(arguments).map_err(ToolError::failed)?.run(context).await
        };
        Ok(work.await)
    });
    let keeping = keeper.cloned();
    let task = async move {
        let end = match work.catch_unwind().await {
            Ok(Err(not_begun)) => End::NotBegun(not_begun),
            Ok(Ok(returned)) => {
                if let (Ok(outcome), Some(keeper)) = (&returned, keeping) {
                    keeper.keep(outcome).await;
                }
                End::Returned(returned)
            }
            Err(panic) => End::Panicked(panic),
        };
        if let Err(end) = told.send(end) {
            log_late(&end);
        }
    };
    let running = threads.spawn(task.instrument(span));
    let _stop = StopWhenDropped(running.abort_handle());
    let ended = match tokio::time::timeout_at(until, &mut end).await {
        Ok(ended) => ended,
        // It was in time: it is just being kept, and that has a deadline of its own.
        Err(_) if keeper.is_some_and(|keeper| keeper.row.is_the_runs()) => end.await,
        Err(_) => return End::TimedOut,
    };
    ended.unwrap_or_else(|_| End::Panicked(Box::new("the tool's task ended without a result")))
}

/// Fails on purpose, when that is asked for.
async fn strike(fault: Option<Fault>) -> Result<(), ToolError> {
    let Some(Fault { delay, error, panic }) = fault else { return Ok(()) };
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    assert!(!panic, "this tool panics on purpose");
    error.map_or(Ok(()), |error| Err(ToolError::failed(error)))
}

/// What the end of a tool means. Causes are logged here, and go nowhere else.
pub(crate) fn judge(
    end: End,
    tool: &str,
    trace_id: &TraceId,
    idempotent: bool,
) -> Result<Outcome, Refusal> {
    match end {
        End::Returned(Ok(outcome)) | End::NotBegun(NotBegun::Had(outcome)) => Ok(outcome),
        End::Returned(Err(ToolError::Refused(reason))) => Err(Refusal::new("refused", reason)),
        End::Returned(Err(ToolError::Failed(cause))) => {
            tracing::error!(tool, %trace_id, cause = %causes(cause.as_ref()), "a tool failed");
            Err(Refusal::new("tool_failed", "Sorry, that did not work just now.")
                .retryable(idempotent))
        }
        End::NotBegun(NotBegun::Refused(refusal)) => Err(refusal),
        End::Panicked(panic) => {
            tracing::error!(tool, %trace_id, cause = panic_text(panic.as_ref()), "a tool panicked");
            Err(Refusal::internal())
        }
        End::TimedOut => {
            tracing::error!(tool, %trace_id, cause = "deadline", "a tool took too long");
            let message = if idempotent {
                "Sorry, that took too long. It can be tried again."
            } else {
                "Sorry, that took too long, and it is not certain whether it went through."
            };
            Err(Refusal::new("timeout", message).retryable(idempotent))
        }
    }
}

/// Logs how a tool ended that was stopped, and did not notice.
fn log_late(end: &End) {
    match end {
        End::Returned(Ok(_)) => tracing::info!("a tool finished after it was given up"),
        End::Returned(Err(error)) => {
            tracing::error!(cause = %causes(error), "a tool failed after it was given up");
        }
        End::Panicked(panic) => {
            let cause = panic_text(panic.as_ref());
            tracing::error!(cause, "a tool panicked after it was given up");
        }
        End::TimedOut | End::NotBegun(_) => {}
    }
}

/// An error and what caused it, in one line.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut causes = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        next = cause.source();
    }
    causes
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::sync::{Arc, Mutex, mpsc};

    use serde_json::Value;
    use switchboard_agent::prelude::*;
    use tokio::time::Instant;

    use crate::testing::{App, BILLING, Log, SECRET, gateway, request};
    use crate::{Answer, Envelope, Gateway, Tools};

    async fn told(app: &App, tool: &str) -> Value {
        let answer = gateway(app).answer(request(tool, "{}")).await;
        serde_json::from_str(&answer.envelope.to_output()).unwrap()
    }

    #[tokio::test]
    async fn a_refusal_is_told_as_it_was_said() {
        let envelope = told(&App::default(), "decline").await;
        assert_eq!(envelope["error_code"], "refused");
        assert_eq!(envelope["message"], "Not on a Sunday.");
    }

    #[tokio::test]
    async fn causes_are_in_the_log_under_the_trace_id_and_nowhere_else() {
        for (tool, code) in [("leak", "tool_failed"), ("burst", "internal_error")] {
            Log::begin();
            let envelope = told(&App::default(), tool).await;
            assert_eq!(envelope["error_code"], code);
            assert!(!envelope.to_string().contains("hunter2"), "{envelope}");
            let log = Log::text();
            let line =
                log.lines().find(|line| line.contains(SECRET)).expect("the log has the cause");
            assert!(line.contains("ERROR") && line.contains("t-1"), "{line}");
            assert_eq!(log.matches(SECRET).count(), 1, "{log}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_tool_has_its_own_deadline_or_the_gateways() {
        for (tool, seconds, retryable) in [("wait_or_not", 3, true), ("wait_for_it", 10, false)] {
            let began = Instant::now();
            let envelope = told(&App::default(), tool).await;
            assert_eq!(began.elapsed(), Duration::from_secs(seconds), "{tool}");
            assert_eq!(envelope["error_code"], "timeout");
            assert_eq!(envelope["retryable"], retryable);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_deadline_the_tool_does_not_go_on() {
        let app = App::default();
        told(&app, "wait_for_it").await;
        app.go.notify_waiters();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(app.waited.load(Ordering::SeqCst), 0);
    }

    /// Block the thread until the test lets go.
    #[derive(Deserialize, JsonSchema)]
    struct Block {}

    type Blocker = Arc<Mutex<mpsc::Receiver<()>>>;

    async fn block(_: Block, blocker: State<Blocker>) {
        blocker.lock().unwrap().recv().unwrap_or_default();
    }

    #[tokio::test(start_paused = true)]
    async fn a_tool_that_blocks_its_thread_is_answered_for_in_time() {
        let (let_go, blocker) = mpsc::channel::<()>();
        // An effect would still have to be begun, on a thread for which no virtual time passes.
        let agent = Agent::new(BILLING).instructions("Help.").tool(block.read_only());
        let gateway =
            Gateway::new(Roster::new([agent]).unwrap(), Arc::new(Mutex::new(blocker))).unwrap();
        let began = Instant::now();
        let Answer { envelope, .. } = gateway.answer(request("block", "{}")).await;
        assert_eq!(began.elapsed(), Duration::from_secs(10));
        assert!(matches!(envelope, Envelope::Error { error_code, .. } if error_code == "timeout"));
        drop(let_go);
    }
}
