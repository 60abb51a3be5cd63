//! The ledger under hands that pay and take back anything, in any order, more than once.

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

/// What one of the company's accounts has taken in, less what has left it.
async fn sum(ledger: &Ledger, account: i64) -> i64 {
    const SUM: &str = "SELECT (SELECT coalesce(sum(cents), 0) FROM entries WHERE debit = ?1)
                            - (SELECT coalesce(sum(cents), 0) FROM entries WHERE credit = ?1)";
    ledger
        .database
        .read(move |connection| connection.query_row(SUM, [account], |row| row.get(0)))
        .await
        .unwrap()
}

/// The money there is.
async fn cash(ledger: &Ledger) -> i64 {
    sum(ledger, CASH).await
}

/// What has been charged and not been given back.
async fn charged(ledger: &Ledger) -> i64 {
    -sum(ledger, REVENUE).await
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

/// Asks for so many cents of the demo's customer's money.
async fn refund(ledger: &Ledger, cents: i64, name: &str) -> Result<Refund, RefundError> {
    let (amount, reason) = (Money::cents(cents), "the line was down for a week".to_owned());
    ledger.refund(seed::DEMO_CUSTOMER, amount, reason, now(), key(name)).await
}

/// What the demo's customer has paid within a year.
async fn paid(ledger: &Ledger) -> Money {
    let payments = ledger.payments(seed::DEMO_CUSTOMER, now(), 100).await.unwrap();
    payments.iter().map(|payment| payment.amount).sum()
}

#[tokio::test]
async fn a_refund_gives_money_back_and_leaves_what_is_owed_alone() {
    let ledger = ledger();
    let (owed, had) =
        (ledger.balance(seed::DEMO_CUSTOMER, now().date()).await.unwrap(), cash(&ledger).await);
    let refunded = refund(&ledger, 2_000, "k").await.unwrap();
    assert_eq!((refunded.amount, refunded.card_ending_in.as_str()), (Money::cents(2_000), "4242"));
    assert_eq!(refunded.number.to_string(), "F-60012");
    assert_eq!(ledger.balance(seed::DEMO_CUSTOMER, now().date()).await.unwrap(), owed);
    assert_eq!(cash(&ledger).await, had - 2_000);
    assert_eq!(ledger.refunds(seed::DEMO_CUSTOMER, now(), 9).await.unwrap(), [refunded]);
}

#[tokio::test]
async fn the_same_key_refunds_once_and_gets_the_same_receipt() {
    let ledger = ledger();
    let first = refund(&ledger, 2_000, "k").await.unwrap();
    assert_eq!(refund(&ledger, 2_000, "k").await.unwrap(), first);
    assert_ne!(refund(&ledger, 2_000, "l").await.unwrap(), first);
    assert_eq!(ledger.refunds(seed::DEMO_CUSTOMER, now(), 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn no_more_is_given_back_than_was_paid_within_a_year() {
    let ledger = ledger();
    let paid = paid(&ledger).await;
    refund(&ledger, 1_000, "a").await.unwrap();
    let error = refund(&ledger, paid.in_cents(), "b").await.unwrap_err();
    let left = paid - Money::cents(1_000);
    assert!(matches!(error, RefundError::TooMuch { refundable } if refundable == left), "{error}");
    refund(&ledger, left.in_cents(), "c").await.unwrap();
    let later = now().checked_add(jiff::ToSpan::years(2)).unwrap();
    let wish = ledger.refund(seed::DEMO_CUSTOMER, Money::cents(1), "late".into(), later, key("d"));
    let error = wish.await.unwrap_err();
    assert!(matches!(error, RefundError::TooMuch { refundable: Money::ZERO }), "{error}");
}

#[tokio::test]
async fn a_refund_needs_an_amount_a_reason_and_a_card() {
    let ledger = ledger();
    for cents in [0, -1, i64::MIN] {
        let error = refund(&ledger, cents, "a").await.unwrap_err();
        assert!(matches!(error, RefundError::NoAmount { .. }), "{error}");
    }
    let silent = ledger.refund(seed::DEMO_CUSTOMER, Money::cents(1), " ".into(), now(), key("b"));
    assert!(matches!(silent.await.unwrap_err(), RefundError::NoReason));
    let cardless = seed::accounts().nth(2).unwrap();
    let wish = ledger.refund(cardless, Money::cents(1), "why".into(), now(), key("c"));
    assert!(matches!(wish.await.unwrap_err(), RefundError::NoCard));
}

/// A payment, or a refund of so many cents.
#[derive(Debug, Clone)]
enum Attempt {
    Pay { cents: Option<i64>, invoice: Option<usize> },
    Refund { cents: i64 },
}

/// Who tries what, under which key.
fn attempt() -> impl Strategy<Value = (usize, Attempt, u8)> {
    let cents = proptest::option::of(1..20_000_i64);
    let invoice = proptest::option::of(0..6_usize);
    let attempt = prop_oneof![
        2 => (cents, invoice).prop_map(|(cents, invoice)| Attempt::Pay { cents, invoice }),
        1 => (1..20_000_i64).prop_map(|cents| Attempt::Refund { cents }),
    ];
    (0..4_usize, attempt, 0..12_u8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_ledger_balances_whatever_is_paid_and_given_back(attempts in proptest::collection::vec(attempt(), 1..24)) {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let ledger = ledger();
            let (charged_before, taken_before) = (charged(&ledger).await, cash(&ledger).await);
            let mut moved = std::collections::BTreeMap::new();
            for (customer, attempt, key) in attempts {
                let account = seed::accounts().nth(customer).unwrap();
                // The gateway's key names the whole wish, so it differs between customers and tools.
                let (name, amount) = match attempt {
                    Attempt::Pay { cents, invoice } => {
                        let invoices = ledger.invoices(account, now().date(), 10).await.unwrap();
                        let invoice = invoice.and_then(|place| invoices.get(place)).map(|invoice| invoice.number);
                        let name = format!("pay-{customer}-{key}");
                        let paying = ledger.pay(account, cents.map(Money::cents), invoice, now(), Key::new(&name));
                        let Ok(receipt) = paying.await else { continue };
                        assert_eq!(receipt.invoices.iter().map(|part| part.paid).sum::<Money>(), receipt.paid);
                        (name, receipt.paid.in_cents())
                    }
                    Attempt::Refund { cents } => {
                        let name = format!("refund-{customer}-{key}");
                        let (amount, reason) = (Money::cents(cents), "too slow".to_owned());
                        let giving = ledger.refund(account, amount, reason, now(), Key::new(&name));
                        let Ok(refund) = giving.await else { continue };
                        (name, -refund.amount.in_cents())
                    }
                };
                assert_eq!(*moved.entry(name).or_insert(amount), amount, "one key, one effect");
                let given_back: i64 = moved.values().filter(|cents| **cents < 0).sum();
                assert_eq!(charged(&ledger).await, charged_before + given_back);
                assert_eq!(cash(&ledger).await + owed_by_all(&ledger).await, charged(&ledger).await);
            }
            assert_eq!(cash(&ledger).await - taken_before, moved.values().sum::<i64>());
        });
    }
}
