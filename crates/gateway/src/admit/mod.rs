//! Whether a call that is valid and authorised may run now.

mod degradation;
mod limits;

use std::time::Duration;

pub use degradation::{
    BackendState, BreakerChange, BreakerState, Degradation, SwitchedOn, ToolState,
};
pub use limits::{
    BreakerLimits, CallerRate, Limits, LimitsError, TenantRate, ToolLimits, ToolOverrides,
};

/// Lets tool calls run, or says why not now.
#[derive(Debug)]
pub(crate) struct Admission {}

/// A call that wants to run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The tool's name.
    pub(crate) tool: &'a str,
    /// What the tool's circuit breaker is shared with; the tool's own name when it shares it with nothing.
    pub(crate) backend: &'a str,
    /// Whether callers can do without this tool for a while.
    pub(crate) optional: bool,
    /// The most calls of the tool at once, if it says so itself.
    pub(crate) at_most: Option<usize>,
    /// Whoever calls, by what is known best: customer, number, or the id of the phone call.
    pub(crate) caller: &'a str,
    /// Whose caller that is.
    pub(crate) tenant: &'a str,
    /// The caller's turns so far: whoever is talking already is refused last.
    pub(crate) turn: u64,
}

/// Why a call may not run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It may run later.
    Busy {
        /// When it is worth asking again.
        retry_after: Duration,
        /// What is in the way.
        why: Why,
    },
    /// The tool is optional, and switched off.
    Unavailable,
}

/// What is in the way of a call, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Why {
    /// The caller had too many calls in too short a time.
    #[error("too many calls of this caller")]
    CallerRate,
    /// The tenant's callers had.
    #[error("too many calls of this tenant")]
    TenantRate,
    /// The tool had.
    #[error("too many calls of this tool")]
    ToolRate,
    /// The backend is broken.
    #[error("the backend is broken")]
    BackendOpen,
    /// All places are taken, and all places to wait for one.
    #[error("too many calls wait for this tool")]
    QueueFull,
    /// A call of a longer talk took the place in the queue.
    #[error("a call of a longer talk took its place")]
    Shed,
    /// No place became free in time.
    #[error("waited too long for its turn")]
    Waited,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It gave a result.
    Ok,
    /// It failed or panicked.
    Failed,
    /// It took too long.
    TimedOut,
    /// Nobody wanted to know any more.
    Cancelled,
    /// The tool said no, which is an answer like another.
    RefusedByTool,
}

/// The right to run one call: held for as long as the tool runs, also when nobody waits for it any more. Dropped without a word, the run
/// counts as cancelled.
#[derive(Debug)]
#[must_use = "a permit that is dropped frees its place at once"]
pub(crate) struct Permit {}

impl Permit {
    /// Frees the place, and learns from how the run ended. Says so when that broke the backend's circuit, or closed it.
    pub(crate) fn ended(self, _end: End) -> Option<BreakerChange> {
        None
    }
}

impl Admission {
    /// Admission within these limits.
    pub(crate) fn new(_limits: Limits) -> Self {
        Self {}
    }

    /// Waits for the call's turn, if there is one within the time that the tool's limits allow.
    #[expect(clippy::unused_async, reason = "the signature others build on")]
    pub(crate) async fn admit(&self, _asked: Asked<'_>) -> Result<Permit, Refused> {
        Ok(Permit {})
    }

    /// Switches optional tools off, or on again with `None`.
    pub(crate) fn degrade(&self, _by_operator: Option<SwitchedOn>) {}

    /// Whether optional tools are switched off, and why.
    pub(crate) fn degradation(&self) -> Degradation {
        Degradation::default()
    }

    /// Every backend that was asked for since the start, by name.
    pub(crate) fn backends(&self) -> Vec<BackendState> {
        Vec::new()
    }

    /// Every tool that was asked for since the start, by name.
    pub(crate) fn tools(&self) -> Vec<ToolState> {
        Vec::new()
    }
}
