//! Effects, their windows and their generations.

use std::sync::Arc;
use std::time::Duration;

use switchboard_store::{
    AuditEntry, AuditFilter, AuditKind, Begun, Store, StoreError, Verified, Wish,
};

use super::{Engine, Trial, at_once};

const WINDOW: Duration = Duration::from_secs(120);
/// The shortest time that a store knows.
const INSTANT: Duration = Duration::from_micros(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn wish(key: &str) -> Wish {
    Wish { key: key.into(), window: WINDOW }
}

/// One instant less.
fn just_before(end: Duration) -> Duration {
    end.saturating_sub(INSTANT)
}

async fn begin(store: &Arc<dyn Store>, wish: Wish) -> Begun {
    store.begin_effect(wish).await.unwrap()
}

/// Begins an effect that has not happened, and returns its key.
async fn begin_new(store: &Arc<dyn Store>, wish: Wish) -> String {
    match begin(store, wish).await {
        Begun::New { key } => key,
        known => panic!("not new: {known:?}"),
    }
}

async fn finish(store: &Arc<dyn Store>, key: &str, output: &str) {
    store.finish_effect(key, output.into()).await.unwrap();
}

fn finished(key: &str, output: &str) -> Begun {
    Begun::Finished { key: key.into(), output: output.into() }
}

pub(crate) async fn an_effect_is_new_then_unfinished_then_finished<E: Engine>(trial: Trial<E>) {
    let key = begin_new(&trial.store, wish("pay")).await;
    assert_eq!(key, "pay.1");
    let unfinished = Begun::Unfinished { key: key.clone() };
    assert_eq!(begin(&trial.store, wish("pay")).await, unfinished);
    finish(&trial.store, &key, r#"{"paid":true}"#).await;
    for _ in 0..2 {
        assert_eq!(begin(&trial.store, wish("pay")).await, finished(&key, r#"{"paid":true}"#));
    }
}

pub(crate) async fn a_result_and_its_row_are_kept_both_or_neither<E: Engine>(trial: Trial<E>) {
    let store = &trial.store;
    let entry = AuditEntry::new(AuditKind::ToolCall, "allowed", "ok");
    let unknown = store.settle_effect("pay.1", "{}".into(), entry.clone()).await;
    assert!(matches!(unknown, Err(StoreError::UnknownEffect { key }) if key == "pay.1"));
    assert_eq!(store.audit(AuditFilter::default()).await.unwrap(), []);
    let key = begin_new(store, wish("pay")).await;
    let row = store.settle_effect(&key, "1".into(), entry.clone()).await.unwrap();
    assert_eq!((row.seq, &row.entry), (1, &entry));
    assert_eq!(begin(store, wish("pay")).await, finished(&key, "1"));
    // Of several results the first stands, and each row tells of what happened.
    store.settle_effect(&key, "2".into(), entry.clone()).await.unwrap();
    assert_eq!(begin(store, wish("pay")).await, finished(&key, "1"));
    assert_eq!(store.audit(AuditFilter::default()).await.unwrap().len(), 2);
    assert!(matches!(store.verify_audit().await.unwrap(), Verified::Intact { rows: 2, .. }));
}

pub(crate) async fn when_the_window_closes_the_wish_is_a_new_one<E: Engine>(trial: Trial<E>) {
    for generation in 1..=3 {
        let key = begin_new(&trial.store, wish("pay")).await;
        assert_eq!(key, format!("pay.{generation}"));
        finish(&trial.store, &key, "{}").await;
        trial.time.advance(just_before(WINDOW));
        assert_eq!(begin(&trial.store, wish("pay")).await, finished(&key, "{}"));
        trial.time.advance(INSTANT);
    }
}

pub(crate) async fn the_window_is_counted_from_the_result<E: Engine>(trial: Trial<E>) {
    let key = begin_new(&trial.store, wish("pay")).await;
    trial.time.advance(WINDOW * 3);
    assert_eq!(begin(&trial.store, wish("pay")).await, Begun::Unfinished { key: key.clone() });
    finish(&trial.store, &key, "{}").await;
    trial.time.advance(just_before(WINDOW));
    assert_eq!(begin(&trial.store, wish("pay")).await, finished(&key, "{}"));
}

pub(crate) async fn a_window_of_nothing_and_one_without_end<E: Engine>(trial: Trial<E>) {
    let key = begin_new(&trial.store, wish("pay")).await;
    finish(&trial.store, &key, "{}").await;
    trial.time.advance(DAY);
    let endless = Wish { window: Duration::MAX, ..wish("pay") };
    assert_eq!(begin(&trial.store, endless).await, finished(&key, "{}"));
    let nothing = Wish { window: Duration::ZERO, ..wish("pay") };
    assert_eq!(begin_new(&trial.store, nothing).await, "pay.2");
}

pub(crate) async fn an_unfinished_effect_is_remembered_for_a_day<E: Engine>(trial: Trial<E>) {
    let key = begin_new(&trial.store, wish("pay")).await;
    trial.time.advance(just_before(DAY));
    assert_eq!(begin(&trial.store, wish("pay")).await, Begun::Unfinished { key });
    trial.time.advance(INSTANT);
    assert_eq!(begin_new(&trial.store, wish("pay")).await, "pay.2");
}

pub(crate) async fn a_forgotten_effect_begins_again_under_its_key<E: Engine>(trial: Trial<E>) {
    let first = begin_new(&trial.store, wish("pay")).await;
    finish(&trial.store, &first, "{}").await;
    trial.time.advance(WINDOW);
    let key = begin_new(&trial.store, wish("pay")).await;
    trial.store.forget_effect(&key).await.unwrap();
    trial.store.forget_effect(&key).await.unwrap();
    trial.time.advance(WINDOW);
    assert_eq!(begin_new(&trial.store, wish("pay")).await, key);
    assert_eq!(begin(&trial.store, wish("pay")).await, Begun::Unfinished { key });
}

pub(crate) async fn a_result_is_not_forgotten<E: Engine>(trial: Trial<E>) {
    let key = begin_new(&trial.store, wish("pay")).await;
    finish(&trial.store, &key, "{}").await;
    trial.store.forget_effect(&key).await.unwrap();
    trial.store.forget_effect("nothing of the kind").await.unwrap();
    assert_eq!(begin(&trial.store, wish("pay")).await, finished(&key, "{}"));
}

pub(crate) async fn the_first_result_stands<E: Engine>(trial: Trial<E>) {
    let key = begin_new(&trial.store, wish("pay")).await;
    finish(&trial.store, &key, "first").await;
    trial.time.advance(just_before(WINDOW));
    finish(&trial.store, &key, "second").await;
    assert_eq!(begin(&trial.store, wish("pay")).await, finished(&key, "first"));
    trial.time.advance(INSTANT);
    assert_eq!(begin_new(&trial.store, wish("pay")).await, "pay.2");
}

pub(crate) async fn a_late_result_finds_its_generation<E: Engine>(trial: Trial<E>) {
    let late = begin_new(&trial.store, wish("pay")).await;
    trial.time.advance(DAY);
    let key = begin_new(&trial.store, wish("pay")).await;
    finish(&trial.store, &late, "late").await;
    assert_eq!(begin(&trial.store, wish("pay")).await, Begun::Unfinished { key: key.clone() });
    finish(&trial.store, &key, "now").await;
    assert_eq!(begin(&trial.store, wish("pay")).await, finished(&key, "now"));
}

pub(crate) async fn a_result_of_nothing_is_an_error<E: Engine>(trial: Trial<E>) {
    begin_new(&trial.store, wish("pay")).await;
    for key in ["", "pay", "pay.", "pay.0", "pay.2", "pay.-1", "pay.99999999999999999999", "book.1"]
    {
        let error = trial.store.finish_effect(key, "{}".into()).await.unwrap_err();
        assert!(
            matches!(&error, StoreError::UnknownEffect { key: named } if named == key),
            "{key}: {error}"
        );
    }
}

pub(crate) async fn effects_are_swept_away_after_a_week<E: Engine>(trial: Trial<E>) {
    let old = begin_new(&trial.store, wish("pay")).await;
    trial.time.advance(6 * DAY);
    begin_new(&trial.store, wish("other")).await;
    finish(&trial.store, &old, "{}").await;
    trial.time.advance(just_before(7 * DAY));
    begin_new(&trial.store, wish("another")).await;
    finish(&trial.store, &old, "{}").await;
    trial.time.advance(INSTANT + Duration::from_secs(60 * 60));
    begin_new(&trial.store, wish("one more")).await;
    let error = trial.store.finish_effect(&old, "{}".into()).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownEffect { .. }), "{error}");
}

pub(crate) async fn of_many_at_once_one_is_told_that_it_is_new<E: Engine>(trial: Trial<E>) {
    for generation in 1..=5 {
        let key = format!("pay.{generation}");
        let told = at_once(|_| {
            let store = Arc::clone(&trial.store);
            async move { begin(&store, wish("pay")).await }
        })
        .await;
        assert!(told.iter().all(|begun| begun.key() == key), "{told:?}");
        assert_eq!(told.iter().filter(|begun| matches!(begun, Begun::New { .. })).count(), 1);
        finish(&trial.store, &key, "{}").await;
        trial.time.advance(WINDOW);
    }
}

pub(crate) async fn wishes_are_told_apart_whatever_they_are_called<E: Engine>(trial: Trial<E>) {
    let names = [
        "",
        ".",
        "pay",
        "pay.1",
        "pay.1.1",
        "Pay",
        "zahl\u{e9}",
        "zahle\u{301}",
        "a\nb",
        "'; --",
        "\u{1F4B3}",
    ];
    for name in names {
        let key = begin_new(&trial.store, wish(name)).await;
        finish(&trial.store, &key, name).await;
    }
    for name in names {
        let Begun::Finished { output, .. } = begin(&trial.store, wish(name)).await else {
            panic!("{name:?} is not finished");
        };
        assert_eq!(output, name);
    }
}
