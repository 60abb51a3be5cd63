//! A process that is killed between a payment's effect and its answer: when the model calls again, there is one payment.
//!
//! The test runs its own program a second time, with one test and a place in the environment: that is the process to be killed. Its
//! store waits for ever before it keeps what came of an effect, which is where the payment has been made and nobody knows.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use agents::company::ledger::{Payment, Refund};
use agents::company::seed::DEMO_CUSTOMER;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use switchboard_gateway::Envelope;
use switchboard_store::{
    AuditEntry, AuditFilter, AuditRow, Begun, SqliteStore, Store, StoreError, Verified, Wish,
};

use crate::desk::Desk;
use crate::scratch::Scratch;

/// Where the process to be killed finds its directory, and what it is to do there: a tool and its arguments.
const PLACE: &str = "LARKFIELD_TEST_DIRECTORY";
const TOOL: &str = "LARKFIELD_TEST_TOOL";
const ARGUMENTS: &str = "LARKFIELD_TEST_ARGUMENTS";

/// What it prints when the effect has been had.
const HAD: &str = "the effect has been had";

/// A store that waits for ever where it is to keep what came of an effect.
#[derive(Debug)]
struct StopsBeforeTheAnswer(SqliteStore);

impl Store for StopsBeforeTheAnswer {
    fn append_audit(&self, entry: AuditEntry) -> BoxFuture<'_, Result<AuditRow, StoreError>> {
        self.0.append_audit(entry)
    }

    fn audit(&self, filter: AuditFilter) -> BoxFuture<'_, Result<Vec<AuditRow>, StoreError>> {
        self.0.audit(filter)
    }

    fn verify_audit(&self) -> BoxFuture<'_, Result<Verified, StoreError>> {
        self.0.verify_audit()
    }

    fn begin_effect(&self, wish: Wish) -> BoxFuture<'_, Result<Begun, StoreError>> {
        self.0.begin_effect(wish)
    }

    fn finish_effect(&self, _: &str, _: String) -> BoxFuture<'_, Result<(), StoreError>> {
        writeln!(std::io::stdout().lock(), "{HAD}").unwrap();
        std::future::pending().boxed()
    }

    fn settle_effect(
        &self,
        _: &str,
        _: String,
        _: AuditEntry,
    ) -> BoxFuture<'_, Result<AuditRow, StoreError>> {
        writeln!(std::io::stdout().lock(), "{HAD}").unwrap();
        std::future::pending().boxed()
    }

    fn forget_effect(&self, key: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.forget_effect(key)
    }

    fn usual_times(&self) -> BoxFuture<'_, Result<HashMap<String, Duration>, StoreError>> {
        self.0.usual_times()
    }

    fn learn_time(
        &self,
        tool: &str,
        time: Duration,
    ) -> BoxFuture<'_, Result<Duration, StoreError>> {
        self.0.learn_time(tool, time)
    }
}

#[tokio::test]
async fn the_process_to_be_killed() {
    let Some(place) = std::env::var_os(PLACE).map(PathBuf::from) else { return };
    let store = SqliteStore::open(&place.join("switchboard.db")).await.unwrap();
    let mut desk = Desk::open(&place, Arc::new(StopsBeforeTheAnswer(store))).await;
    let (tool, arguments) = (std::env::var(TOOL).unwrap(), std::env::var(ARGUMENTS).unwrap());
    let answer = desk.call_and_confirm(&tool, arguments.parse().unwrap()).await;
    panic!("it was to be killed before this: {answer:?}");
}

/// Starts the process, and kills it when the effect has been had and the answer has not been given.
fn run_and_kill(place: &Path, tool: &str, arguments: &Value) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::the_process_to_be_killed", "--nocapture"])
        .env(PLACE, place)
        .env(TOOL, tool)
        .env(ARGUMENTS, arguments.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let had = lines.any(|line| line.unwrap().ends_with(HAD));
    process.kill().unwrap();
    assert!(had, "the process ended before the effect: {:?}", process.wait());
    process.wait().unwrap();
}

/// The company after the crash, in a process that knows nothing of the one before.
async fn restart(place: &Path) -> Desk {
    let store = SqliteStore::open(&place.join("switchboard.db")).await.unwrap();
    Desk::open(place, Arc::new(store)).await
}

async fn payments(desk: &Desk) -> Vec<Payment> {
    desk.app.ledger.payments(DEMO_CUSTOMER, desk.app.clock.now(), 100).await.unwrap()
}

async fn refunds(desk: &Desk) -> Vec<Refund> {
    desk.app.ledger.refunds(DEMO_CUSTOMER, desk.app.clock.now(), 100).await.unwrap()
}

#[tokio::test]
async fn a_payment_whose_answer_was_lost_is_made_once() {
    let place = Scratch::new();
    run_and_kill(place.path(), "make_payment", &json!({ "amount": 20 }));
    let mut desk = restart(place.path()).await;
    let before = payments(&desk).await;
    assert_eq!(before[0].amount.to_string(), "$20.00", "it was made before the crash");

    let Envelope::Ok { data, .. } =
        desk.call_and_confirm("make_payment", json!({ "amount": 20 })).await
    else {
        panic!("the payment was made")
    };

    assert_eq!(
        data["number"],
        before[0].number.to_string(),
        "the receipt is that of the one payment"
    );
    assert_eq!(data["still_owed"], "$64.90");
    assert_eq!(payments(&desk).await, before);
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_made_once() {
    let place = Scratch::new();
    let arguments = json!({ "amount_cents": 2_000, "reason": "The line was down." });
    run_and_kill(place.path(), "request_refund", &arguments);
    let mut desk = restart(place.path()).await;
    let before = refunds(&desk).await;
    assert_eq!(before.len(), 1, "it was made before the crash");

    let Envelope::Ok { data, .. } = desk.call_and_confirm("request_refund", arguments).await else {
        panic!("the refund was made")
    };

    assert_eq!(data["number"], before[0].number.to_string());
    assert_eq!(refunds(&desk).await, before);
}
