//! One backend, behind its circuit breaker.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::breaker::{Breaker, Change, Pass, Verdict};
use super::degradation::{BackendState, BreakerChange};
use super::limits::BreakerLimits;
use super::named::lock;

/// A backend that tools share, or a tool's own.
#[derive(Debug)]
pub(crate) struct Backend {
    name: String,
    breaker: Mutex<Breaker>,
}

/// A call that was let through to a backend. Dropped without a word, it says nothing of the backend.
#[derive(Debug)]
pub(crate) struct Passage {
    backend: Arc<Backend>,
    pass: Option<Pass>,
}

impl Backend {
    /// A backend that works, as far as anybody knows.
    pub(crate) fn new(name: &str, limits: &BreakerLimits) -> Self {
        let breaker = Breaker::new(limits, Instant::now());
        Self { name: name.to_owned(), breaker: Mutex::new(breaker) }
    }

    /// Whether a call asking now would be let through; otherwise, when it is worth asking again.
    pub(crate) fn check(&self) -> Result<(), Duration> {
        lock(&self.breaker).check(Instant::now())
    }

    /// Lets a call through, or says when it is worth asking again.
    pub(crate) fn ask(self: &Arc<Self>) -> Result<Passage, Duration> {
        let pass = lock(&self.breaker).ask(Instant::now())?;
        Ok(Passage { backend: Arc::clone(self), pass: Some(pass) })
    }

    /// Whether it counts as broken.
    pub(crate) fn is_broken(&self) -> bool {
        lock(&self.breaker).troubled(Instant::now())
    }

    /// How it is doing.
    pub(crate) fn state(&self) -> BackendState {
        let now = Instant::now();
        let breaker = lock(&self.breaker);
        BackendState {
            backend: self.name.clone(),
            state: breaker.state(now),
            failures: breaker.failures(now),
            next_probe: breaker.next_probe(now),
        }
    }

    fn ended(&self, pass: Pass, verdict: Verdict) -> Option<BreakerChange> {
        let change = lock(&self.breaker).ended(pass, verdict, Instant::now())?;
        Some(BreakerChange { backend: self.name.clone(), open: change == Change::Opened })
    }
}

impl Passage {
    /// Tells what the end of the call says about the backend.
    pub(crate) fn ended(mut self, verdict: Verdict) -> Option<BreakerChange> {
        self.pass.take().and_then(|pass| self.backend.ended(pass, verdict))
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.backend.ended(pass, Verdict::Unknown);
        }
    }
}
