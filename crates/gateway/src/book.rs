//! What is remembered of each phone call's tool calls: which run, which effects were had, what was confirmed, what is asked
//! again and again.
//!
//! A read joins only a call of the same that still runs, and that began after the last effect: what was read before may have changed. An
//! effect joins one that runs, or gets what the last came to for as long as its window says.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use switchboard_agent::{Cancel, IdempotencyKey, Outcome};
use tokio::time::Instant;

use crate::confirm::Confirmations;
use crate::repeats::Repeats;
use crate::running::{Duty, Ended, Joined, Running};

/// How long a phone call is remembered in which no tool is called.
const IDLE: Duration = Duration::from_secs(15 * 60);

/// How often forgotten phone calls are swept out.
const SWEEP: Duration = Duration::from_secs(60);

/// The most effects of one phone call whose results are kept here; older ones are in the store.
const MOST_DONE: usize = 64;

/// The phone calls.
#[derive(Debug, Default)]
pub(crate) struct Book {
    calls: Mutex<Calls>,
    runs: AtomicU64,
}

#[derive(Debug, Default)]
struct Calls {
    by_id: HashMap<String, Arc<Mutex<PhoneCall>>>,
    swept: Option<Instant>,
}

/// One phone call.
#[derive(Debug)]
pub(crate) struct PhoneCall {
    pub(crate) repeats: Repeats,
    pub(crate) confirmations: Confirmations,
    running: HashMap<IdempotencyKey, Running>,
    done: VecDeque<Done>,
    used: Instant,
}

/// An effect that was had.
#[derive(Debug)]
struct Done {
    wish: IdempotencyKey,
    outcome: Outcome,
    until: Instant,
}

/// A run that is to begin.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) wish: IdempotencyKey,
    pub(crate) read_only: bool,
    pub(crate) cancel: Cancel,
    pub(crate) task_id: String,
}

impl Book {
    /// What is remembered of this phone call.
    pub(crate) fn phone_call(&self, id: &str, now: Instant) -> Arc<Mutex<PhoneCall>> {
        let mut calls = lock(&self.calls);
        calls.sweep(now);
        if let Some(call) = calls.by_id.get(id) {
            lock(call).used = now;
            return Arc::clone(call);
        }
        let call = Arc::new(Mutex::new(PhoneCall::new(now)));
        calls.by_id.insert(id.to_owned(), Arc::clone(&call));
        call
    }

    /// A number for the next run.
    pub(crate) fn next_run(&self) -> u64 {
        self.runs.fetch_add(1, Ordering::Relaxed)
    }
}

impl Calls {
    /// Forgets phone calls of which there is nothing left to know.
    fn sweep(&mut self, now: Instant) {
        if self.swept.is_some_and(|swept| now < swept + SWEEP) {
            return;
        }
        self.swept = Some(now);
        self.by_id.retain(|_, call| Arc::strong_count(call) > 1 || !lock(call).is_over(now));
    }
}

impl PhoneCall {
    fn new(now: Instant) -> Self {
        Self {
            repeats: Repeats::default(),
            confirmations: Confirmations::default(),
            running: HashMap::new(),
            done: VecDeque::new(),
            used: now,
        }
    }

    /// Takes part in a run of the same that can be joined.
    pub(crate) fn join(&mut self, wish: &IdempotencyKey) -> Option<Joined> {
        self.running.get_mut(wish)?.join()
    }

    /// What the same effect came to, if that still answers for it.
    pub(crate) fn done(&self, wish: &IdempotencyKey, now: Instant) -> Option<Ended> {
        let done = self.done.iter().rev().find(|done| done.wish == *wish && done.until > now)?;
        Some(Ended::earlier(done.outcome.clone()))
    }

    /// Begins a run. With an effect, what is being read no longer counts.
    pub(crate) fn begin(
        &mut self,
        beginning: Beginning,
        number: u64,
        now: Instant,
    ) -> (Joined, Duty) {
        let Beginning { wish, read_only, cancel, task_id } = beginning;
        if !read_only {
            self.forget_reads();
        }
        let (running, joined, duty) = Running::begin(number, read_only, cancel, task_id, now);
        self.running.insert(wish, running);
        (joined, duty)
    }

    /// A run is over; what came of an effect answers for its window.
    pub(crate) fn ended(
        &mut self,
        wish: &IdempotencyKey,
        number: u64,
        kept: Option<(Outcome, Duration)>,
        now: Instant,
    ) {
        if self.running.get(wish).is_some_and(|running| running.number == number) {
            self.running.remove(wish);
        }
        let Some((outcome, window)) = kept else { return };
        self.forget_reads();
        self.done.retain(|done| done.until > now && done.wish != *wish);
        if self.done.len() == MOST_DONE {
            self.done.pop_front();
        }
        self.done.push_back(Done { wish: wish.clone(), outcome, until: now + window });
    }

    fn forget_reads(&mut self) {
        self.running.retain(|_, running| !running.read_only);
    }

    fn is_over(&self, now: Instant) -> bool {
        now >= self.used + IDLE
            && self.running.is_empty()
            && self.done.iter().all(|done| done.until <= now)
            && self.confirmations.is_over(now)
    }
}

/// Locks, also after a panic elsewhere: what is remembered is whole between two steps.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WINDOW: Duration = Duration::from_secs(120);

    fn wish(name: &str) -> IdempotencyKey {
        IdempotencyKey::new(name)
    }

    fn beginning(name: &str, read_only: bool) -> Beginning {
        Beginning { wish: wish(name), read_only, cancel: Cancel::Never, task_id: "task_t".into() }
    }

    fn paid() -> Outcome {
        Outcome::Json(json!("paid"))
    }

    #[test]
    fn what_runs_is_joined_and_what_is_over_is_not() {
        let now = Instant::now();
        let mut call = PhoneCall::new(now);
        for (name, read_only) in [("read", true), ("pay", false)] {
            let (_joined, _duty) = call.begin(beginning(name, read_only), 1, now);
            assert!(call.join(&wish(name)).is_some());
            assert!(call.join(&wish("else")).is_none());
            call.ended(&wish(name), 1, None, now);
            assert!(call.join(&wish(name)).is_none());
        }
    }

    #[test]
    fn an_effect_answers_for_its_window() {
        let now = Instant::now();
        let mut call = PhoneCall::new(now);
        call.ended(&wish("pay"), 1, Some((paid(), WINDOW)), now);
        let done = call.done(&wish("pay"), now + WINDOW - Duration::from_millis(1)).unwrap();
        assert!(done.earlier && done.result.unwrap() == paid());
        assert!(call.done(&wish("pay"), now + WINDOW).is_none());
        assert!(call.done(&wish("else"), now).is_none());
    }

    #[test]
    fn a_read_does_not_join_one_from_before_an_effect() {
        let now = Instant::now();
        let mut call = PhoneCall::new(now);
        let (_read, _) = call.begin(beginning("read", true), 1, now);
        let (_pay, _) = call.begin(beginning("pay", false), 2, now);
        assert!(call.join(&wish("read")).is_none(), "it began before the effect");
        let (_again, _) = call.begin(beginning("read", true), 3, now);
        call.ended(&wish("pay"), 2, Some((paid(), WINDOW)), now);
        assert!(call.join(&wish("read")).is_none(), "it may have read before the effect was had");
    }

    #[test]
    fn a_run_that_was_replaced_does_not_end_its_successor() {
        let now = Instant::now();
        let mut call = PhoneCall::new(now);
        let (_old, _) = call.begin(beginning("pay", false), 1, now);
        let (_new, _) = call.begin(beginning("pay", false), 2, now);
        call.ended(&wish("pay"), 1, None, now);
        assert!(call.join(&wish("pay")).is_some());
    }

    #[test]
    fn phone_calls_are_forgotten_when_there_is_nothing_left_to_know() {
        let (book, now) = (Book::default(), Instant::now());
        for id in 0..100 {
            book.phone_call(&id.to_string(), now);
        }
        let held = book.phone_call("held", now);
        let later = now + IDLE;
        book.phone_call("new", later);
        assert_eq!(lock(&book.calls).by_id.len(), 2);
        assert!(Arc::ptr_eq(&held, &book.phone_call("held", later)));
    }

    #[test]
    fn a_phone_call_keeps_no_more_than_it_needs() {
        let now = Instant::now();
        let mut call = PhoneCall::new(now);
        for n in 0..1_000 {
            call.ended(&wish(&n.to_string()), n, Some((paid(), WINDOW)), now);
        }
        assert_eq!(call.done.len(), MOST_DONE);
    }
}
