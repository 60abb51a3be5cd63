//! The command line.

use clap::{Parser, ValueEnum};

/// Measures Switchboard beside a bare splice under the same load, and prints a table.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Measure only these (all, unless given)
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Part>,
    /// How many calls are up at once in the measurements of load
    #[arg(long, value_delimiter = ',', default_values_t = [50, 200, 500])]
    pub(crate) calls: Vec<usize>,
    /// How often each load is repeated, splice and Switchboard in turn
    #[arg(long, default_value_t = 3)]
    pub(crate) repeats: usize,
    /// How long each load is measured, in seconds
    #[arg(long, default_value_t = 8)]
    pub(crate) seconds: u64,
    /// What `cargo bench` passes to every benchmark
    #[arg(long, hide = true)]
    pub(crate) bench: bool,
}

/// A group of measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Start to listening
    Start,
    /// Memory per call
    Memory,
    /// A tool's turnaround, and a handoff's
    Tools,
    /// What the gateway adds to a tool call
    Gateway,
    /// Barge-in and truncation
    BargeIn,
    /// A tool that blocks its thread
    Blocking,
    /// Processor time and latency of two-way calls
    Load,
}

impl Options {
    /// Whether a group is to be measured.
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_measured_unless_something_is_named() {
        let all = Options::parse_from(["bench"]);
        let some = Options::parse_from(["bench", "--only", "start,load", "--calls", "5"]);

        assert!(all.wants(Part::Memory) && all.calls == [50, 200, 500]);
        assert!(some.wants(Part::Load) && !some.wants(Part::Memory) && some.calls == [5]);
    }
}
