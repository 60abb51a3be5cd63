//! What the gateway knows of tools and backends, as `/metrics` shows it. Labels are names from the roster, so they are bounded.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use switchboard_gateway::{BackendState, BreakerState, Operations, ToolState};

/// Asks the gateway whenever the metrics are read.
pub(crate) struct GatewayMetrics {
    operations: Arc<dyn Operations>,
}

impl GatewayMetrics {
    pub(crate) fn of(operations: Arc<dyn Operations>) -> Self {
        Self { operations }
    }
}

/// What the gateway says at one moment.
struct State {
    tools: Vec<ToolState>,
    backends: Vec<BackendState>,
    waiting: usize,
    degraded: bool,
    rows_missing: u64,
}

impl Collector for GatewayMetrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let state = State {
            tools: self.operations.tools(),
            backends: self.operations.backends(),
            waiting: self.operations.approvals().len(),
            degraded: self.operations.degradation().is_on(),
            rows_missing: self.operations.rows_missing(),
        };
        state.encode(encoder)
    }
}

impl State {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let of_tools = |number: fn(&ToolState) -> usize| {
            self.tools.iter().map(move |tool| (tool.tool.as_str(), count(number(tool))))
        };
        let running = of_tools(|tool| tool.running);
        gauges(&mut encoder, "tool_running", "Tool calls that run now.", "tool", running)?;
        let queued = of_tools(|tool| tool.queued);
        gauges(&mut encoder, "tool_queued", "Tool calls that wait for a place.", "tool", queued)?;
        let limit = of_tools(|tool| tool.limit);
        gauges(&mut encoder, "tool_limit", "How many may run at once, adapted.", "tool", limit)?;
        let breakers = self.backends.iter().map(|state| (state.backend.as_str(), breaker(state)));
        let help = "Circuit breakers: 0 closed, 1 half open, 2 open.";
        gauges(&mut encoder, "backend_breaker", help, "backend", breakers)?;
        let help = "Tool calls that wait for a person.";
        gauge(&mut encoder, "approvals_waiting", help, count(self.waiting))?;
        let help = "1 while optional tools are switched off.";
        gauge(&mut encoder, "degraded", help, i64::from(self.degraded))?;
        let missing = ConstCounter::new(self.rows_missing);
        let (name, help) = ("switchboard_audit_rows_missing", "Rows that the audit log lacks.");
        missing.encode(encoder.encode_descriptor(name, help, None, missing.metric_type())?)
    }
}

fn breaker(backend: &BackendState) -> i64 {
    match backend.state {
        BreakerState::Closed => 0,
        BreakerState::HalfOpen => 1,
        BreakerState::Open => 2,
    }
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// One gauge.
fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: i64) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    let name = format!("switchboard_{name}");
    gauge.encode(encoder.encode_descriptor(&name, help, None, gauge.metric_type())?)
}

/// One gauge for each value of a label; none is no line at all.
fn gauges<'a>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    label: &str,
    values: impl Iterator<Item = (&'a str, i64)>,
) -> fmt::Result {
    let mut values = values.peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    let name = format!("switchboard_{name}");
    let kind = ConstGauge::new(0_i64).metric_type();
    let mut family = encoder.encode_descriptor(&name, help, None, kind)?;
    for (value_of_label, value) in values {
        let labels = [(label, value_of_label)];
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

impl fmt::Debug for GatewayMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayMetrics").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    /// A gateway of which this is known.
    #[derive(Debug)]
    struct Known;

    impl Collector for Known {
        fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
            let broken = BackendState {
                backend: "ledger".into(),
                state: BreakerState::Open,
                failures: 5,
                next_probe: None,
            };
            let pay = ToolState { tool: "pay".into(), running: 3, queued: 1, limit: 8 };
            let state = State {
                tools: vec![pay],
                backends: vec![broken],
                waiting: 2,
                degraded: false,
                rows_missing: 4,
            };
            state.encode(encoder)
        }
    }

    #[test]
    fn every_number_has_its_labels() {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Known));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            r#"switchboard_tool_running{tool="pay"} 3"#,
            r#"switchboard_tool_queued{tool="pay"} 1"#,
            r#"switchboard_tool_limit{tool="pay"} 8"#,
            r#"switchboard_backend_breaker{backend="ledger"} 2"#,
            "switchboard_approvals_waiting 2",
            "switchboard_degraded 0",
            "switchboard_audit_rows_missing_total 4",
        ] {
            assert!(text.lines().any(|written| written == line), "{line} is not in\n{text}");
        }
    }
}
