//! What every engine has to do: one suite, run for each by `conformance!(Engine)`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use switchboard_store::{Clock, Store};
use tokio::task::JoinSet;

pub(crate) mod audit;
pub(crate) mod effects;
pub(crate) mod usual;

/// How many ask at once, where many do.
const MANY: usize = 64;

/// An engine: something that has a store, and keeps what that needs (a directory, a schema) until it is dropped.
pub(crate) trait Engine: Sized {
    /// An empty store, on this clock.
    fn open(clock: Clock) -> impl Future<Output = Self>;

    /// The store.
    fn store(&self) -> Arc<dyn Store>;
}

/// A store under test, and its time.
pub(crate) struct Trial<E> {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) time: Time,
    _engine: E,
}

impl<E: Engine> Trial<E> {
    pub(crate) async fn new() -> Self {
        let time = Time::new();
        let engine = E::open(time.clock()).await;
        Self { store: engine.store(), time, _engine: engine }
    }
}

/// A time that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct Time(Arc<AtomicI64>);

impl Time {
    /// The morning of 15 January 2027.
    pub(crate) const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(Self::START.as_microsecond())))
    }

    pub(crate) fn clock(&self) -> Clock {
        let time = Arc::clone(&self.0);
        Clock::from_fn(move || Timestamp::from_microsecond(time.load(Ordering::SeqCst)).unwrap())
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_micros().try_into().unwrap(), Ordering::SeqCst);
    }
}

/// Does the same many times at once, each with its number.
async fn at_once<F>(work: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    (0..MANY).map(work).collect::<JoinSet<_>>().join_all().await
}

/// The suite, as tests of the module that it is called in.
macro_rules! conformance {
    ($engine:ty) => {
        $crate::conformance::suite! { $engine;
            audit: rows_are_numbered_dated_and_chained,
            audit: a_row_comes_back_as_it_was_appended,
            audit: a_hash_is_what_anybody_can_compute,
            audit: an_empty_log_is_intact,
            audit: a_filter_lets_through_what_has_all_that_it_names,
            audit: a_span_of_time_has_its_first_moment_and_not_its_last,
            audit: the_newest_rows_come_oldest_first,
            audit: the_log_can_be_read_page_by_page,
            audit: many_at_once_make_one_chain,
            effects: an_effect_is_new_then_unfinished_then_finished,
            effects: a_result_and_its_row_are_kept_both_or_neither,
            effects: when_the_window_closes_the_wish_is_a_new_one,
            effects: the_window_is_counted_from_the_result,
            effects: a_window_of_nothing_and_one_without_end,
            effects: an_unfinished_effect_is_remembered_for_a_day,
            effects: a_forgotten_effect_begins_again_under_its_key,
            effects: a_result_is_not_forgotten,
            effects: the_first_result_stands,
            effects: a_late_result_finds_its_generation,
            effects: a_result_of_nothing_is_an_error,
            effects: effects_are_swept_away_after_a_week,
            effects: of_many_at_once_one_is_told_that_it_is_new,
            effects: wishes_are_told_apart_whatever_they_are_called,
            usual: the_newest_run_counts_for_three_tenths,
            usual: every_tool_has_its_own_time,
            usual: many_at_once_learn_without_losing_a_run,
        }
    };
}

/// One test for each name.
macro_rules! suite {
    ($engine:ty; $($room:ident: $name:ident,)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            $crate::conformance::$room::$name($crate::conformance::Trial::<$engine>::new().await).await;
        }
    )*};
}

pub(crate) use {conformance, suite};
