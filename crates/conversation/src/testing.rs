//! What the tests of several machines need.

use std::time::Instant;

use crate::setup::{AgentSetup, Setup, Timings};

/// An instant to count from: any will do.
#[expect(
    clippy::disallowed_methods,
    reason = "an Instant has no other constructor; its value is never looked at"
)]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// Three agents on a phone line.
pub(crate) fn setup() -> Setup {
    let agent = |name: &str, tools: &[&str]| AgentSetup::new(name, tools.iter().copied());
    Setup {
        agents: vec![
            agent("triage", &["get_business_hours", "transfer_to_billing", "end_call"]),
            agent("billing", &["get_account_balance", "transfer_to_triage", "end_call"]),
            agent("calendar", &["list_appointments", "transfer_to_triage", "end_call"]),
        ],
        start: 0,
        audio: Some(switchboard_realtime::AudioFormat::Pcmu),
        server_responds: true,
        server_interrupts: true,
        timings: Timings::default(),
        render: false,
        rendered: std::collections::BTreeMap::new(),
        recorded: Vec::new(),
        seed: 1,
    }
}
