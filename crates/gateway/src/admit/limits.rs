//! What an operator may set about admission: section `[limits]` of the configuration file.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;

/// How many tool calls may run, how often, and when a backend counts as broken. `[limits]` in the file.
///
/// The defaults are there for floods and broken backends; calls that go well never meet them. A model that works hard makes three tool
/// calls in a turn and six turns in a minute, which is less than a tenth of what one caller may; a thousand such callers at once are a
/// third of what a tenant may, and two thirds of what a tool may that all of them use.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How often one caller may have tools run, of all tools together: 240 a minute, 120 at once.
    pub caller: CallerRate,
    /// How often all callers of one tenant may, of all tools together: 60,000 a minute, 6,000 at once.
    pub tenant: TenantRate,
    /// What each tool may, unless `tools` says otherwise for it.
    pub tool: ToolLimits,
    /// When a backend counts as broken, and when it is tried again.
    pub breaker: BreakerLimits,
    /// What is different for single tools, by name.
    pub tools: BTreeMap<String, ToolOverrides>,
}

/// How often one caller may have tools run. `[limits.caller]` in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallerRate {
    /// Calls a minute, in the long run; 0: as many as they like.
    pub per_minute: u32,
    /// Calls at once, after a quiet time.
    pub burst: u32,
}

impl Default for CallerRate {
    fn default() -> Self {
        Self { per_minute: 240, burst: 120 }
    }
}

/// How often the callers of one tenant may have tools run. `[limits.tenant]` in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantRate {
    /// Calls a minute, in the long run; 0: as many as they like.
    pub per_minute: u32,
    /// Calls at once, after a quiet time.
    pub burst: u32,
}

impl Default for TenantRate {
    fn default() -> Self {
        Self { per_minute: 60_000, burst: 6_000 }
    }
}

/// What each tool may. `[limits.tool]` in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ToolLimits {
    /// Calls a minute, in the long run; 0: as many as there are.
    pub per_minute: u32,
    /// Calls at once, after a quiet time.
    pub burst: u32,
    /// The most calls that run at once. The limit starts here and adapts: it falls while more calls make the tool slow, and rises
    /// again when they do not. A tool's own `.at_most(n)` holds beside it; the lower one counts.
    pub concurrency: usize,
    /// The adapting limit never falls below this, which is at most `concurrency`. The default, and what a tool's own table takes over,
    /// give way to a lower `concurrency`.
    pub least_concurrency: usize,
    /// How many calls may wait for their turn; 0: none waits.
    pub queue: usize,
    /// Milliseconds a call may wait for its turn.
    pub wait_ms: u64,
}

impl Default for ToolLimits {
    fn default() -> Self {
        Self {
            per_minute: 30_000,
            burst: 3_000,
            concurrency: 256,
            least_concurrency: 8,
            queue: 64,
            wait_ms: 1_500,
        }
    }
}

/// What is different for one tool; what is left out is as for each tool. `[limits.tools.NAME]` in the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ToolOverrides {
    /// Calls a minute, in the long run; 0: as many as there are.
    pub per_minute: Option<u32>,
    /// Calls at once, after a quiet time.
    pub burst: Option<u32>,
    /// The most calls that run at once.
    pub concurrency: Option<usize>,
    /// The adapting limit never falls below this.
    pub least_concurrency: Option<usize>,
    /// How many calls may wait for their turn; 0: none waits.
    pub queue: Option<usize>,
    /// Milliseconds a call may wait for its turn.
    pub wait_ms: Option<u64>,
}

impl ToolOverrides {
    fn over(self, each: ToolLimits) -> ToolLimits {
        ToolLimits {
            per_minute: self.per_minute.unwrap_or(each.per_minute),
            burst: self.burst.unwrap_or(each.burst),
            concurrency: self.concurrency.unwrap_or(each.concurrency),
            least_concurrency: self.least_concurrency.unwrap_or(each.least_concurrency),
            queue: self.queue.unwrap_or(each.queue),
            wait_ms: self.wait_ms.unwrap_or(each.wait_ms),
        }
    }
}

/// When a backend counts as broken, and when it is tried again. `[limits.breaker]` in the file.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerLimits {
    /// Milliseconds over which failures are counted.
    pub window_ms: u64,
    /// Calls within the window below which their share of failures says nothing.
    pub least_calls: u32,
    /// The share of failures within the window that opens the breaker, above 0 to 1.
    pub failure_share: f64,
    /// Failures one after the other, none longer than the window after the last, that open it whatever the share.
    pub in_a_row: u32,
    /// Milliseconds until the first probe of a broken backend.
    pub probe_ms: u64,
    /// Milliseconds between probes at the most: each failed one doubles the time.
    pub most_probe_ms: u64,
    /// Probes that must go well, one after the other, before all calls run again.
    pub good_probes: u32,
}

impl Default for BreakerLimits {
    fn default() -> Self {
        Self {
            window_ms: 30_000,
            least_calls: 10,
            failure_share: 0.5,
            in_a_row: 5,
            probe_ms: 1_000,
            most_probe_ms: 5_000,
            good_probes: 2,
        }
    }
}

/// A limit that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitsError {
    /// A number is out of its range.
    #[error("`{key}` must be {range}")]
    OutOfRange {
        /// The key, with its tables: `limits.caller.burst`.
        key: String,
        /// What it may be, in words.
        range: &'static str,
    },
    /// A table for a tool that no agent has.
    #[error("`limits.tools.{tool}` limits a tool that no agent has; the tools are {known}")]
    UnknownTool {
        /// The name in the file.
        tool: String,
        /// The tools there are.
        known: String,
    },
}

/// An hour: no call waits longer for anything.
const HOUR_MS: u64 = 3_600_000;
/// What a rate's burst may be.
const BURST: &str = "1 or more (for no limit at all, set per_minute = 0)";

impl Limits {
    /// Checks each number.
    ///
    /// # Errors
    ///
    /// The first key whose value cannot be meant, with what it may be.
    pub fn validate(&self) -> Result<(), LimitsError> {
        within("limits.caller.burst", self.caller.burst, 1..=u32::MAX, BURST)?;
        within("limits.tenant.burst", self.tenant.burst, 1..=u32::MAX, BURST)?;
        let chosen = self.tool.least_concurrency != ToolLimits::default().least_concurrency;
        self.tool.validate("limits.tool", chosen)?;
        for (name, overrides) in &self.tools {
            let chosen = overrides.least_concurrency.is_some();
            overrides.over(self.tool).validate(&format!("limits.tools.{name}"), chosen)?;
        }
        self.breaker.validate()
    }

    /// Checks that each tool with limits of its own is among `known`.
    ///
    /// # Errors
    ///
    /// The first tool in the file that is not.
    pub fn validate_tools(&self, known: &[&str]) -> Result<(), LimitsError> {
        match self.tools.keys().find(|tool| !known.contains(&tool.as_str())) {
            None => Ok(()),
            Some(tool) => {
                Err(LimitsError::UnknownTool { tool: tool.clone(), known: known.join(", ") })
            }
        }
    }

    /// What one tool may.
    pub(crate) fn of_tool(&self, tool: &str) -> ToolLimits {
        self.tools.get(tool).map_or(self.tool, |overrides| overrides.over(self.tool))
    }
}

impl ToolLimits {
    /// Checks each number of this table. Whether somebody has chosen its least concurrency decides whether it can be too high.
    fn validate(&self, table: &str, least_is_chosen: bool) -> Result<(), LimitsError> {
        let key = |name: &str| format!("{table}.{name}");
        within(key("burst"), self.burst, 1..=u32::MAX, BURST)?;
        within(key("concurrency"), self.concurrency, 1..=1_000_000, "1 to 1000000")?;
        let (most, words) = if least_is_chosen {
            (self.concurrency, "at least 1, at most concurrency of the same table")
        } else {
            (1_000_000, "1 to 1000000")
        };
        within(key("least_concurrency"), self.least_concurrency, 1..=most, words)?;
        within(key("queue"), self.queue, 0..=10_000, "0 to 10000")?;
        within(key("wait_ms"), self.wait_ms, 0..=HOUR_MS, "0 to 3600000")
    }

    /// How long a call may wait for its turn.
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_ms)
    }
}

impl BreakerLimits {
    fn validate(&self) -> Result<(), LimitsError> {
        within("limits.breaker.window_ms", self.window_ms, 100..=HOUR_MS, "100 to 3600000")?;
        within("limits.breaker.least_calls", self.least_calls, 1..=u32::MAX, "1 or more")?;
        within(
            "limits.breaker.failure_share",
            self.failure_share,
            f64::EPSILON..=1.0,
            "above 0, at most 1",
        )?;
        within("limits.breaker.in_a_row", self.in_a_row, 1..=u32::MAX, "1 or more")?;
        within("limits.breaker.probe_ms", self.probe_ms, 1..=HOUR_MS, "1 to 3600000")?;
        let most = "at least limits.breaker.probe_ms, at most 3600000";
        within("limits.breaker.most_probe_ms", self.most_probe_ms, self.probe_ms..=HOUR_MS, most)?;
        within("limits.breaker.good_probes", self.good_probes, 1..=100, "1 to 100")
    }
}

fn within<T: PartialOrd + Copy>(
    key: impl Into<String>,
    value: T,
    range: RangeInclusive<T>,
    words: &'static str,
) -> Result<(), LimitsError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(LimitsError::OutOfRange { key: key.into(), range: words })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Limits {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn the_defaults_are_within_their_ranges() {
        assert_eq!(Limits::default().validate(), Ok(()));
        assert_eq!(parsed(""), Limits::default());
    }

    #[test]
    fn a_tool_has_its_own_limits_or_those_of_each() {
        let limits = parsed("tool.queue = 3\ntools.pay.concurrency = 2");
        let each = ToolLimits { queue: 3, ..ToolLimits::default() };
        assert_eq!(limits.of_tool("pay"), ToolLimits { concurrency: 2, ..each });
        assert_eq!(limits.of_tool("book"), each);
    }

    #[test]
    fn a_number_out_of_its_range_is_named() {
        for (text, key) in [
            ("caller.burst = 0", "limits.caller.burst"),
            ("tenant.burst = 0", "limits.tenant.burst"),
            ("tool.concurrency = 0", "limits.tool.concurrency"),
            ("tools.pay.least_concurrency = 0", "limits.tools.pay.least_concurrency"),
            ("tool.concurrency = 9\ntool.least_concurrency = 10", "limits.tool.least_concurrency"),
            (
                "tools.pay.concurrency = 9\ntools.pay.least_concurrency = 10",
                "limits.tools.pay.least_concurrency",
            ),
            ("tools.pay.least_concurrency = 257", "limits.tools.pay.least_concurrency"),
            ("tools.pay.wait_ms = 3600001", "limits.tools.pay.wait_ms"),
            ("breaker.failure_share = 0.0", "limits.breaker.failure_share"),
            ("breaker.failure_share = nan", "limits.breaker.failure_share"),
            ("breaker.probe_ms = 9000", "limits.breaker.most_probe_ms"),
        ] {
            match parsed(text).validate() {
                Err(LimitsError::OutOfRange { key: named, .. }) => assert_eq!(named, key),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_least_concurrency_that_was_not_chosen_for_it_gives_way() {
        for text in [
            "tool.concurrency = 1",
            "tools.pay.concurrency = 1",
            "tool.least_concurrency = 16\ntools.pay.concurrency = 1",
            "tools.pay.concurrency = 9\ntools.pay.least_concurrency = 9",
        ] {
            assert_eq!(parsed(text).validate(), Ok(()), "{text}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        for text in ["callers.burst = 1", "tool.queu = 1", "tools.pay.rate = 1"] {
            assert!(toml::from_str::<Limits>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_tool_nobody_has_is_named_with_those_there_are() {
        let error = parsed("tools.pey.queue = 1").validate_tools(&["pay", "book"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`limits.tools.pey` limits a tool that no agent has; the tools are pay, book"
        );
    }
}
