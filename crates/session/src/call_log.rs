//! What has happened on a call, kept for those who look later and told to those who watch.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::event::{CallEvent, Reported};

/// The newest events are kept.
const KEPT: usize = 1_000;
/// A watcher that lags behind by more loses the oldest.
const LAG: usize = 256;

/// The events of one call.
#[derive(Debug)]
pub(crate) struct CallLog {
    began: Instant,
    past: Mutex<Past>,
}

#[derive(Debug, Default)]
struct Past {
    events: VecDeque<Reported>,
    count: u64,
    /// Made for the first who watches: its places for events are a third of a call's memory.
    watchers: Option<broadcast::Sender<Reported>>,
}

impl CallLog {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), past: Mutex::default() }
    }

    /// Notes an event. Words as they come are told but not kept: the whole sentence follows.
    pub(crate) fn report(&self, event: CallEvent) {
        let mut past = self.past();
        past.count += 1;
        let at_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let reported = Reported { sequence: past.count, at_ms, event };
        if !matches!(reported.event, CallEvent::AgentSaying { .. }) {
            past.events.push_back(reported.clone());
            if past.events.len() > KEPT {
                past.events.pop_front();
            }
        }
        if let Some(watchers) = &past.watchers {
            // They may all have gone.
            let _ = watchers.send(reported);
        }
    }

    /// What has happened so far, and what happens from now on, without a gap.
    pub(crate) fn watch(&self) -> (Vec<Reported>, broadcast::Receiver<Reported>) {
        let mut past = self.past();
        let live = past.watchers.get_or_insert_with(|| broadcast::channel(LAG).0).subscribe();
        (past.events.iter().cloned().collect(), live)
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_late_watcher_misses_nothing() {
        let log = CallLog::new();
        log.report(CallEvent::CallerSpeaking);
        let (past, mut live) = log.watch();
        log.report(CallEvent::Ended { reason: "the caller hung up".into(), failed: false });

        assert_eq!(past.iter().map(|reported| reported.sequence).collect::<Vec<_>>(), [1]);
        assert_eq!(live.recv().await.unwrap().sequence, 2);
    }
}
