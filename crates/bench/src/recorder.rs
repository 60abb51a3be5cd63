//! Where every frame of audio that arrives is written down.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::stamp;
use crate::stats::ms;

/// Which way audio went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the caller to the model.
    Up,
    /// From the model to the caller.
    Down,
}

/// A frame that arrived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived {
    /// Whose connection it came over, counted at the end where it arrived.
    pub(crate) who: usize,
    pub(crate) sent: Instant,
    pub(crate) at: Instant,
}

/// Writes frames down while it is on. Shared by all callers and models.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    on: AtomicBool,
    up: Mutex<Vec<Arrived>>,
    down: Mutex<Vec<Arrived>>,
}

impl Recorder {
    /// One that is off.
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Writes down from now on, or no longer.
    pub(crate) fn turn(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    /// Audio has arrived.
    pub(crate) fn arrived(&self, way: Way, who: usize, base64: &str) {
        if !self.on.load(Ordering::Relaxed) {
            return;
        }
        let at = Instant::now();
        let times = stamp::times(base64);
        let mut list = self.list(way).lock().unwrap_or_else(PoisonError::into_inner);
        list.extend(times.into_iter().map(|sent| Arrived { who, sent, at }));
    }

    /// Everything written down so far, which is forgotten.
    pub(crate) fn take(&self, way: Way) -> Vec<Arrived> {
        std::mem::take(&mut *self.list(way).lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn list(&self, way: Way) -> &Mutex<Vec<Arrived>> {
        match way {
            Way::Up => &self.up,
            Way::Down => &self.down,
        }
    }
}

/// How long frames were under way, in milliseconds.
pub(crate) fn latencies(arrived: &[Arrived]) -> Vec<f64> {
    arrived.iter().map(|frame| ms(frame.at.duration_since(frame.sent))).collect()
}
