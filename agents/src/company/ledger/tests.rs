//! The ledger under hands that pay anything, in any order, more than once.

use jiff::civil::date;
use proptest::prelude::*;
use tokio::runtime::Builder;

use super::*;
use crate::company::database::Location;
use crate::company::{seed, zone};

fn now() -> Zoned {
    date(2026, 11, 23).at(10, 0, 0, 0).to_zoned(zone()).unwrap()
}

fn ledger() -> Ledger {
    Ledger::new(
        Database::open(&Location::Memory, |transaction| seed::plant(transaction, &now())).unwrap(),
    )
}

fn key(name: &str) -> Key {
    Key::new(name)
}

async fn cash(ledger: &Ledger) -> i64 {
    const IN: &str = "SELECT coalesce(sum(cents), 0) FROM entries WHERE debit = ?1";
    ledger
        .database
        .read(|connection| connection.query_row(IN, [CASH], |row| row.get(0)))
        .await
        .unwrap()
}

async fn charged(ledger: &Ledger) -> i64 {
    const IN: &str = "SELECT coalesce(sum(cents), 0) FROM entries WHERE credit = ?1";
    ledger
        .database
        .read(|connection| connection.query_row(IN, [REVENUE], |row| row.get(0)))
        .await
        .unwrap()
}

/// What all customers together owe.
async fn owed_by_all(ledger: &Ledger) -> i64 {
    let mut all = Money::ZERO;
    for account in seed::accounts() {
        let balance = ledger.balance(account, now().date()).await.unwrap();
        let open: Money = balance.open_invoices.iter().map(|invoice| invoice.open).sum();
        assert_eq!(balance.owed, open, "the account of {account} and its invoices disagree");
        assert!(balance.open_invoices.iter().all(|invoice| invoice.open > Money::ZERO));
        all = all + balance.owed;
    }
    all.in_cents()
}

#[tokio::test]
async fn a_payment_without_amount_settles_everything() {
    let ledger = ledger();
    let before = ledger.balance(seed::DEMO_CUSTOMER, now().date()).await.unwrap();
    let receipt = ledger.pay(seed::DEMO_CUSTOMER, None, None, now(), key("k")).await.unwrap();
    assert_eq!((receipt.paid, receipt.still_owed), (before.owed, Money::ZERO));
    let after = ledger.balance(seed::DEMO_CUSTOMER, now().date()).await.unwrap();
    assert_eq!(after, Balance { owed: Money::ZERO, open_invoices: Vec::new() });
    let newest = &ledger.payments(seed::DEMO_CUSTOMER, now(), 1).await.unwrap()[0];
    assert_eq!((newest.number, newest.amount), (receipt.number, before.owed));
}

#[tokio::test]
async fn the_same_key_pays_once_and_gets_the_same_receipt() {
    let ledger = ledger();
    let ten = Some(Money::cents(1_000));
    let first = ledger.pay(seed::DEMO_CUSTOMER, ten, None, now(), key("k")).await.unwrap();
    let again = ledger.pay(seed::DEMO_CUSTOMER, ten, None, now(), key("k")).await.unwrap();
    assert_eq!(first, again);
}

#[tokio::test]
async fn more_than_is_owed_is_never_taken() {
    let ledger = ledger();
    let owed = ledger.balance(seed::DEMO_CUSTOMER, now().date()).await.unwrap().owed;
    let more = Some(owed + Money::cents(1));
    let error = ledger.pay(seed::DEMO_CUSTOMER, more, None, now(), key("k")).await.unwrap_err();
    assert!(matches!(error, PaymentError::TooMuch { owed: told } if told == owed), "{error}");
}

#[tokio::test]
async fn another_customers_invoice_can_be_neither_seen_nor_paid() {
    let ledger = ledger();
    let other = seed::accounts().find(|account| *account != seed::DEMO_CUSTOMER).unwrap();
    let number = ledger.invoices(other, now().date(), 1).await.unwrap()[0].number;
    assert_eq!(ledger.invoice(seed::DEMO_CUSTOMER, number, now().date()).await.unwrap(), None);
    let error =
        ledger.pay(seed::DEMO_CUSTOMER, None, Some(number), now(), key("k")).await.unwrap_err();
    assert!(matches!(error, PaymentError::NotOpen { .. }), "{error}");
}

#[tokio::test]
async fn the_lines_of_an_invoice_sum_to_its_total() {
    let ledger = ledger();
    for account in seed::accounts() {
        for invoice in ledger.invoices(account, now().date(), 100).await.unwrap() {
            let (_, lines) =
                ledger.invoice(account, invoice.number, now().date()).await.unwrap().unwrap();
            assert_eq!(lines.iter().map(|line| line.amount).sum::<Money>(), invoice.total);
        }
    }
}

#[derive(Debug, Clone)]
struct Attempt {
    customer: usize,
    cents: Option<i64>,
    invoice: Option<usize>,
    key: u8,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let cents = proptest::option::of(1..20_000_i64);
    let invoice = proptest::option::of(0..6_usize);
    (0..4_usize, cents, invoice, 0..12_u8).prop_map(|(customer, cents, invoice, key)| Attempt {
        customer,
        cents,
        invoice,
        key,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_ledger_balances_whatever_is_paid(attempts in proptest::collection::vec(attempt(), 1..24)) {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let ledger = ledger();
            let charged_once = charged(&ledger).await;
            let mut paid = std::collections::BTreeMap::new();
            let taken_before = cash(&ledger).await;
            for Attempt { customer, cents, invoice, key } in attempts {
                let account = seed::accounts().nth(customer).unwrap();
                let invoices = ledger.invoices(account, now().date(), 10).await.unwrap();
                let invoice = invoice.and_then(|place| invoices.get(place)).map(|invoice| invoice.number);
                // The gateway's key names the whole wish, so it differs between customers.
                let key = Key::new(format!("{customer}-{key}"));
                let paying = ledger.pay(account, cents.map(Money::cents), invoice, now(), key.clone());
                if let Ok(receipt) = paying.await {
                    let first = paid.entry(format!("{key:?}")).or_insert((receipt.number, receipt.paid));
                    assert_eq!(*first, (receipt.number, receipt.paid), "one key, one payment");
                    assert_eq!(receipt.invoices.iter().map(|part| part.paid).sum::<Money>(), receipt.paid);
                }
                assert_eq!(charged(&ledger).await, charged_once);
                assert_eq!(cash(&ledger).await + owed_by_all(&ledger).await, charged_once);
            }
            let taken: Money = paid.values().map(|(_, amount)| *amount).sum();
            assert_eq!(cash(&ledger).await - taken_before, taken.in_cents());
        });
    }
}
