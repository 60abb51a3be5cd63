//! Step four: whether a call that is valid and authorised may run now.
//!
//! In this order, cheapest and most certain first:
//!
//! 1. **degradation**: while an operator wants it so, or some backend is broken, tools marked `.optional()` are unavailable at once, and
//!    the rest keep working. (A tool whose own backend alone is broken may still probe it: somebody has to.)
//! 2. **breaker**: a broken backend is not called, but for single probes ([`breaker`]).
//! 3. **rates**: how often one caller, one tenant and one tool may ([`rates`]).
//! 4. **places**: how many run at once ([`limit`]), and who waits or is shed when more want to ([`mod@line`], [`tool`]).
//!
//! The breaker is asked once more when the call has its place: it may have opened meanwhile, and only now can the call be the probe.

mod backend;
mod breaker;
#[cfg(test)]
mod breaker_model;
mod degradation;
mod limit;
mod limits;
mod line;
#[cfg(test)]
mod load;
mod named;
mod rates;
#[cfg(test)]
mod tests;
mod tool;
mod window;

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use self::backend::{Backend, Passage};
use self::breaker::Verdict;
use self::named::Named;
use self::rates::KeyedRate;
use self::tool::{Place, Tool};

pub use degradation::{
    BackendState, BreakerChange, BreakerState, Degradation, SwitchedOn, ToolState,
};
pub use limits::{
    BreakerLimits, CallerRate, Limits, LimitsError, TenantRate, ToolLimits, ToolOverrides,
};

/// Nobody is told to ask again sooner: a model's next call takes as long.
const SOONEST: Duration = Duration::from_millis(500);

/// Lets tool calls run, or says why not now.
#[derive(Debug)]
pub(crate) struct Admission {
    limits: Limits,
    by_caller: KeyedRate,
    by_tenant: KeyedRate,
    tools: Named<Tool>,
    backends: Named<Backend>,
    on_by_operator: RwLock<Option<SwitchedOn>>,
}

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

/// How a run ended. One that was given up has no end: its permit is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It gave a result.
    Ok,
    /// It failed or panicked.
    Failed,
    /// It took too long.
    TimedOut,
    /// The tool said no, which is an answer like another.
    RefusedByTool,
}

/// The right to run one call: held for as long as the tool runs, also when nobody waits for it any more. Dropped without a word, the run
/// counts as cancelled.
#[derive(Debug)]
#[must_use = "a permit that is dropped frees its place at once"]
pub(crate) struct Permit {
    place: Place,
    passage: Passage,
}

impl Permit {
    /// Frees the place, and learns from how the run ended. Says so when that broke the backend's circuit, or closed it.
    pub(crate) fn ended(self, end: End) -> Option<BreakerChange> {
        let Self { place, passage } = self;
        let change = passage.ended(match end {
            End::Ok | End::RefusedByTool => Verdict::Good,
            End::Failed | End::TimedOut => Verdict::Bad,
        });
        // What fails or refuses does so in a time of its own.
        place.ended(matches!(end, End::Ok | End::TimedOut));
        change
    }
}

impl Admission {
    /// Admission within these limits.
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            by_caller: KeyedRate::new(limits.caller.per_minute, limits.caller.burst),
            by_tenant: KeyedRate::new(limits.tenant.per_minute, limits.tenant.burst),
            tools: Named::default(),
            backends: Named::default(),
            on_by_operator: RwLock::default(),
            limits,
        }
    }

    /// Waits for the call's turn, if there is one within the time that the tool's limits allow.
    pub(crate) async fn admit(&self, asked: Asked<'_>) -> Result<Permit, Refused> {
        if asked.optional && self.is_degraded_beside(asked.backend) {
            return Err(Refused::Unavailable);
        }
        let backend =
            self.backends.get(asked.backend, || Backend::new(asked.backend, &self.limits.breaker));
        let broken = |retry_after| {
            let busy = busy(Why::BackendOpen);
            if asked.optional { Refused::Unavailable } else { busy(retry_after) }
        };
        backend.check().map_err(broken)?;
        let tool = self.tools.get(asked.tool, || Tool::new(&self.limits.of_tool(asked.tool)));
        self.by_caller.check(asked.caller).map_err(busy(Why::CallerRate))?;
        self.by_tenant.check(asked.tenant).map_err(busy(Why::TenantRate))?;
        tool.within_rate().map_err(busy(Why::ToolRate))?;
        let place = tool.enter(asked.at_most, asked.turn).await?;
        let passage = backend.ask().map_err(broken)?;
        Ok(Permit { place, passage })
    }

    /// Switches optional tools off, or on again with `None`.
    pub(crate) fn degrade(&self, by_operator: Option<SwitchedOn>) {
        *self.on_by_operator.write().unwrap_or_else(PoisonError::into_inner) = by_operator;
    }

    /// Whether optional tools are switched off, and why.
    pub(crate) fn degradation(&self) -> Degradation {
        let on_by_operator =
            self.on_by_operator.read().unwrap_or_else(PoisonError::into_inner).clone();
        let open_backends =
            self.backends.each(|name, backend| backend.is_broken().then(|| name.to_owned()));
        Degradation { on_by_operator, open_backends }
    }

    /// Every backend that was asked for since the start, by name.
    pub(crate) fn backends(&self) -> Vec<BackendState> {
        self.backends.each(|_, backend| Some(backend.state()))
    }

    /// Every tool that was asked for since the start, by name.
    pub(crate) fn tools(&self) -> Vec<ToolState> {
        self.tools.each(|name, tool| Some(tool.state(name)))
    }

    /// Whether optional tools are off for another reason than that this backend is broken.
    fn is_degraded_beside(&self, backend: &str) -> bool {
        self.on_by_operator.read().unwrap_or_else(PoisonError::into_inner).is_some()
            || self.backends.any(|name, other| name != backend && other.is_broken())
    }
}

fn busy(why: Why) -> impl Fn(Duration) -> Refused {
    move |retry_after| Refused::Busy { retry_after: retry_after.max(SOONEST), why }
}
