//! What is counted, for Prometheus. Labels are bounded: tools, outcomes, kinds of debt; never a call's id.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use switchboard_conversation::Tokens;

/// The numbers of this process.
#[derive(Debug)]
pub struct Metrics {
    calls: Family<Line, Counter>,
    live: Gauge,
    turns: Counter,
    tool_calls: Family<ToolCall, Counter>,
    tool_seconds: Family<Tool, Histogram, fn() -> Histogram>,
    call_seconds: Histogram,
    handoffs: Family<Handoff, Counter>,
    barge_ins: Counter,
    dead_air: Family<Cause, Counter>,
    holds: Counter,
    apologies: Counter,
    reconnects: Counter,
    tokens: Family<Kind, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Line {
    line: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ToolCall {
    tool: String,
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Tool {
    tool: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Handoff {
    to: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Cause {
    cause: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

impl Metrics {
    /// Makes the metrics, all at zero, and shows them in `registry`.
    pub fn register(registry: &mut Registry) -> Arc<Self> {
        let seconds: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.5, 12));
        let metrics = Self {
            calls: Family::default(),
            live: Gauge::default(),
            turns: Counter::default(),
            tool_calls: Family::default(),
            tool_seconds: Family::new_with_constructor(seconds),
            call_seconds: Histogram::new(exponential_buckets(1.0, 2.0, 12)),
            handoffs: Family::default(),
            barge_ins: Counter::default(),
            dead_air: Family::default(),
            holds: Counter::default(),
            apologies: Counter::default(),
            reconnects: Counter::default(),
            tokens: Family::default(),
        };
        let registry = registry.sub_registry_with_prefix("switchboard");
        registry.register("calls", "Calls that came in, by line", metrics.calls.clone());
        registry.register("calls_live", "Calls that are up now", metrics.live.clone());
        registry.register("turns", "Turns of callers", metrics.turns.clone());
        registry.register(
            "tool_calls",
            "Answered tool calls, by tool and outcome",
            metrics.tool_calls.clone(),
        );
        registry.register(
            "tool_seconds",
            "Time from a tool call to its answer",
            metrics.tool_seconds.clone(),
        );
        registry.register("call_seconds", "Length of calls", metrics.call_seconds.clone());
        registry.register("handoffs", "Transfers, by agent and outcome", metrics.handoffs.clone());
        registry.register(
            "barge_ins",
            "Times a caller spoke over an agent",
            metrics.barge_ins.clone(),
        );
        registry.register(
            "dead_air",
            "Silences that nobody explained, by what the caller waited for",
            metrics.dead_air.clone(),
        );
        registry.register("holds", "Phrases for callers who wait", metrics.holds.clone());
        registry.register(
            "apologies",
            "Recorded apologies that were played",
            metrics.apologies.clone(),
        );
        registry.register(
            "reconnects",
            "Links to the model that were redialled",
            metrics.reconnects.clone(),
        );
        registry.register(
            "tokens",
            "Tokens, by kind; cached ones are part of the input",
            metrics.tokens.clone(),
        );
        // A silence that has never happened is nought, not absent.
        for cause in switchboard_conversation::DEAD_AIR {
            metrics.dead_air.get_or_create(&Cause { cause }).inc_by(0);
        }
        Arc::new(metrics)
    }

    pub(crate) fn call_began(&self, line: &'static str) {
        self.calls.get_or_create(&Line { line }).inc();
        self.live.inc();
    }

    pub(crate) fn call_ended(&self, length: Duration, tokens: Tokens) {
        self.live.dec();
        self.call_seconds.observe(length.as_secs_f64());
        let kinds = [
            ("input_text", tokens.input_text),
            ("input_audio", tokens.input_audio),
            ("cached_text", tokens.cached_text),
            ("cached_audio", tokens.cached_audio),
            ("output_text", tokens.output_text),
            ("output_audio", tokens.output_audio),
        ];
        for (kind, count) in kinds {
            self.tokens.get_or_create(&Kind { kind }).inc_by(count);
        }
    }

    pub(crate) fn turn(&self) {
        self.turns.inc();
    }

    pub(crate) fn barge_in(&self) {
        self.barge_ins.inc();
    }

    pub(crate) fn tool_answered(&self, tool: &str, outcome: &str, after: Duration) {
        // Names that a model made up are as many as it likes.
        let tool = if outcome == "unknown_tool" { "(unknown)" } else { tool }.to_owned();
        self.tool_calls
            .get_or_create(&ToolCall { tool: tool.clone(), outcome: outcome.to_owned() })
            .inc();
        self.tool_seconds.get_or_create(&Tool { tool }).observe(after.as_secs_f64());
    }

    pub(crate) fn handoff(&self, to: &str, outcome: &'static str) {
        self.handoffs.get_or_create(&Handoff { to: to.to_owned(), outcome }).inc();
    }

    pub(crate) fn dead_air(&self, cause: &'static str) {
        self.dead_air.get_or_create(&Cause { cause }).inc();
    }

    pub(crate) fn hold(&self) {
        self.holds.inc();
    }

    pub(crate) fn reconnect(&self) {
        self.reconnects.inc();
    }

    pub(crate) fn apology(&self) {
        self.apologies.inc();
    }
}
