//! Step three: the tool runs, on its own threads, under its deadline, and whatever it does, there is an answer.
//!
//! The deadline is kept twice. On the caller's side, so that a tool that blocks its thread is answered for in time; and on the tool's,
//! where its future is dropped at the `await` it stands at, so that nothing goes on behind the caller's back. (A tool that blocks cannot
//! be stopped: its late result is logged and forgotten.) When the call is given up, an idempotent tool is stopped at once; any other
//! finishes within its deadline, since half an effect is worse than one nobody asks about any more.

use std::any::Any;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use switchboard_agent::{Call, Outcome, ToolContext, ToolError, TraceId};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tracing::Instrument;

use crate::faults::Fault;
use crate::refusal::Refusal;

/// How a tool is run.
#[derive(Debug)]
pub(crate) struct Terms {
    /// The tool's name, for the log.
    pub(crate) tool: String,
    pub(crate) deadline: Duration,
    pub(crate) idempotent: bool,
    pub(crate) fault: Option<Fault>,
}

/// What a tool's future came to.
enum End {
    Returned(Result<Outcome, ToolError>),
    Panicked(Box<dyn Any + Send>),
    TimedOut,
}

/// Runs a call to its end, or to its deadline.
pub(crate) async fn run<A: Send + Sync + 'static>(
    threads: &Handle,
    call: Call<A>,
    context: ToolContext<A>,
    terms: Terms,
) -> Result<Outcome, Refusal> {
    let Terms { tool, deadline, idempotent, fault } = terms;
    let trace_id = context.trace_id.clone();
    let span = tracing::info_span!("tool", %tool, %trace_id);
    let (told, end) = oneshot::channel();
    let work = AssertUnwindSafe(async move {
        strike(fault).await?;
        call.run(context).await
    });
    let task = async move {
        let end = match tokio::time::timeout(deadline, work.catch_unwind()).await {
            Ok(Ok(returned)) => End::Returned(returned),
            Ok(Err(panic)) => End::Panicked(panic),
            Err(_) => End::TimedOut,
        };
        if let Err(end) = told.send(end) {
            log_late(&end);
        }
    };
    let running = threads.spawn(task.instrument(span));
    let _stop = idempotent.then(|| StopWhenDropped(running.abort_handle()));
    let end = match tokio::time::timeout(deadline, end).await {
        Ok(Ok(end)) => end,
        Ok(Err(_)) => End::Panicked(Box::new("the tool's task ended without a result")),
        Err(_) => End::TimedOut,
    };
    judge(end, &tool, &trace_id, deadline, idempotent)
}

/// Stops a tool when nobody waits for it any more.
struct StopWhenDropped(AbortHandle);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.abort();
    }
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
fn judge(
    end: End,
    tool: &str,
    trace_id: &TraceId,
    deadline: Duration,
    idempotent: bool,
) -> Result<Outcome, Refusal> {
    match end {
        End::Returned(Ok(outcome)) => Ok(outcome),
        End::Returned(Err(ToolError::Refused(reason))) => Err(Refusal::new("refused", reason)),
        End::Returned(Err(ToolError::Failed(cause))) => {
            tracing::error!(tool, %trace_id, cause = %causes(cause.as_ref()), "a tool failed");
            Err(Refusal::new("tool_failed", "That did not work, through no fault of the caller.")
                .retryable(idempotent))
        }
        End::Panicked(panic) => {
            tracing::error!(tool, %trace_id, cause = panic_text(panic.as_ref()), "a tool panicked");
            Err(Refusal::new("internal_error", "Something went wrong here, and it did not work."))
        }
        End::TimedOut => {
            tracing::error!(tool, %trace_id, cause = "deadline", ?deadline, "a tool took too long");
            let message = if idempotent {
                "That took too long. Apologise, and offer to try again."
            } else {
                "That took too long, and whether it was done is not certain. Apologise, and offer to look into it."
            };
            Err(Refusal::new("timeout", message).retryable(idempotent))
        }
    }
}

/// Logs how a tool ended for which nobody waits any more.
fn log_late(end: &End) {
    match end {
        End::Returned(Ok(_)) => tracing::info!("a tool finished after its call was given up"),
        End::Returned(Err(error)) => {
            tracing::error!(cause = %causes(error), "a tool failed after its call was given up");
        }
        End::Panicked(panic) => {
            tracing::error!(
                cause = panic_text(panic.as_ref()),
                "a tool panicked after its call was given up"
            );
        }
        End::TimedOut => {
            tracing::error!("a tool was stopped at its deadline, after its call was given up");
        }
    }
}

/// An error and what caused it, in one line.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut causes = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        next = cause.source();
    }
    causes
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?")
}
