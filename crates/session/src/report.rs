//! What the conversation reports: into the log, the metrics, and the events that others watch.

use switchboard_conversation::Report;

use crate::event::CallEvent;
use crate::metrics::Metrics;

/// Notes a report, and returns what those who watch the call are told of it.
pub(crate) fn note(report: Report, call: &str, metrics: &Metrics) -> Option<CallEvent> {
    Some(match report {
        Report::Started { agent } => CallEvent::Started { agent },
        Report::CallerSpeaking => CallEvent::CallerSpeaking,
        Report::CallerDialled { digits } => CallEvent::CallerDialled { digits },
        Report::CallerSaid { text } => CallEvent::CallerSaid { text },
        Report::AgentSaying { agent, delta } => CallEvent::AgentSaying { agent, delta },
        Report::AgentSaid { agent, text, interrupted } => {
            CallEvent::AgentSaid { agent, text, interrupted }
        }
        Report::HandedOff { from, brief } => {
            metrics.handoff(&brief.to, "done");
            tracing::info!(call, from, to = brief.to, "the call was handed over");
            CallEvent::HandedOff { from, to: brief.to, reason: brief.reason }
        }
        Report::HandoffRefused { agent, to, reason } => {
            metrics.handoff(&to, "refused");
            tracing::warn!(call, agent, to, reason, "a transfer did not happen");
            CallEvent::HandoffRefused { agent, to, reason }
        }
        Report::Apologised { reason } => {
            metrics.apology();
            tracing::error!(call, reason, "the caller was told a recorded apology");
            CallEvent::Apologised { reason }
        }
        Report::Held { agent, text } => {
            metrics.hold();
            CallEvent::Held { agent, text }
        }
        Report::LinkLost { reason } => CallEvent::LinkLost { reason },
        Report::Reconnected { after } => {
            metrics.reconnect();
            let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(call, after_ms, "the model is back, and the call goes on");
            CallEvent::Reconnected { after_ms }
        }
        Report::DeadAir { cause } => {
            metrics.dead_air(cause);
            tracing::error!(call, cause, "nobody explained a silence");
            return None;
        }
        Report::Unexpected { code, message } => {
            tracing::warn!(
                call,
                code,
                message,
                "the model refused something that it should have taken"
            );
            return None;
        }
    })
}
