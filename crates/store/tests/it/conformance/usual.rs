//! Usual times.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Engine, Trial, at_once};

const SECOND: Duration = Duration::from_secs(1);

pub(crate) async fn the_newest_run_counts_for_three_tenths<E: Engine>(trial: Trial<E>) {
    assert_eq!(trial.store.learn_time("pay", SECOND).await.unwrap(), SECOND);
    let usual = trial.store.learn_time("pay", 2 * SECOND).await.unwrap();
    assert_eq!(usual, Duration::from_millis(1_300));
    let usual = trial.store.learn_time("pay", Duration::ZERO).await.unwrap();
    assert_eq!(usual, Duration::from_millis(910));
}

pub(crate) async fn every_tool_has_its_own_time<E: Engine>(trial: Trial<E>) {
    assert_eq!(trial.store.usual_times().await.unwrap(), HashMap::new());
    let mut expected = HashMap::new();
    for (number, tool) in (1..).zip(["pay", "Pay", "", "b\u{f6}ok", "'; --"]) {
        trial.store.learn_time(tool, number * SECOND).await.unwrap();
        expected.insert(tool.to_owned(), number * SECOND);
    }
    assert_eq!(trial.store.usual_times().await.unwrap(), expected);
}

pub(crate) async fn many_at_once_learn_without_losing_a_run<E: Engine>(trial: Trial<E>) {
    trial.store.learn_time("pay", Duration::ZERO).await.unwrap();
    let mut told = at_once(|_| {
        let store = Arc::clone(&trial.store);
        async move { store.learn_time("pay", SECOND).await.unwrap() }
    })
    .await;
    // Each run pulls the average nearer to a second, until the microseconds run out.
    told.sort();
    let first = told.iter().take(20).copied().collect::<Vec<_>>();
    assert_eq!(first[0], Duration::from_millis(300));
    assert!(first.windows(2).all(|pair| pair[0] < pair[1]), "{first:?}");
    assert_eq!(trial.store.usual_times().await.unwrap()["pay"], *told.last().unwrap());
}
