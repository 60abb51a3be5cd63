//! Money in and out: paying, giving back, and what was paid.

use std::num::NonZeroU32;

use jiff::civil::Date;
use switchboard::prelude::*;

use super::{LISTED, still_open};
use crate::company::clock::Clock;
use crate::company::ledger::{Ledger, Payment, PaymentError, Receipt, Refund, RefundError};
use crate::company::money::{Dollars, Money};
use crate::company::number::InvoiceNumber;
use crate::company::wording;
use crate::identify::account_of;
use crate::told::Told;

/// Make a payment with the card on file: pay a bill. The card is charged once the caller has confirmed.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct MakePayment {
    /// How much, in dollars, such as 49.90. Leave out to pay all that is owed.
    amount: Option<Dollars>,
    /// The number of the invoice to pay, such as N-20016. Leave out for those that are due first.
    invoice_number: Option<InvoiceNumber>,
}

pub(super) async fn make_payment(
    args: MakePayment,
    caller: Caller,
    ledger: State<Ledger>,
    clock: State<Clock>,
    key: IdempotencyKey,
) -> ToolResult<Json<Told<Receipt>>> {
    let account = account_of(&caller)?;
    let amount = args.amount.map(|Dollars(amount)| amount);
    let receipt = ledger.pay(account, amount, args.invoice_number, clock.now(), key.into()).await?;
    let summary = format!(
        "I have charged {} to the card ending in {}. {}",
        receipt.paid,
        receipt.card_ending_in,
        still_open(receipt.still_owed)
    );
    Ok(Told::new(summary, receipt))
}

impl From<PaymentError> for ToolError {
    fn from(error: PaymentError) -> Self {
        Self::refused(match error {
            PaymentError::NoCard => {
                "There is no card on file, so nothing was charged. Shall billing call you back?"
                    .into()
            }
            PaymentError::NothingOwed => "Nothing is owed, so nothing was charged.".into(),
            PaymentError::NotOpen { number } => {
                format!(
                    "You have no open invoice {number}, so nothing was charged. Shall I list your invoices?"
                )
            }
            PaymentError::TooMuch { owed } => {
                format!("Only {owed} is owed, so nothing was charged. Shall I charge {owed}?")
            }
            PaymentError::Storage(source) => return Self::failed(source),
        })
    }
}

/// Refund money to the caller's card. It is sent once the caller has confirmed.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct RequestRefund {
    /// How much, in whole cents: 1990 is 19 dollars and 90 cents.
    amount_cents: NonZeroU32,
    /// What it is for, in the caller's words.
    reason: String,
}

pub(super) async fn request_refund(
    args: RequestRefund,
    caller: Caller,
    ledger: State<Ledger>,
    clock: State<Clock>,
    key: IdempotencyKey,
) -> ToolResult<Json<Told<Refund>>> {
    let account = account_of(&caller)?;
    let amount = Money::cents(args.amount_cents.get().into());
    let refund = ledger.refund(account, amount, args.reason, clock.now(), key.into()).await?;
    let summary = format!(
        "I have refunded {} to the card ending in {}.",
        refund.amount, refund.card_ending_in
    );
    Ok(Told::new(summary, refund))
}

impl From<RefundError> for ToolError {
    fn from(error: RefundError) -> Self {
        Self::refused(match error {
            RefundError::NoCard => {
                "There is no card on file, so nothing was refunded. Shall billing call you back?"
                    .into()
            }
            RefundError::NoReason => "What is the refund for?".into(),
            RefundError::NoAmount { .. } => "How much shall be refunded?".into(),
            RefundError::TooMuch { refundable: Money::ZERO } => {
                "Nothing was paid within the last year that could be refunded.".into()
            }
            RefundError::TooMuch { refundable } => format!(
                "Of the last year's payments, {refundable} can be refunded at most, so nothing was refunded. Shall I refund {refundable}?"
            ),
            RefundError::Storage(source) => return Self::failed(source),
        })
    }
}

/// List what the caller has paid and what was given back, the newest first.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ListPayments {}

#[derive(Debug, Serialize)]
pub(super) struct Payments {
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
}

pub(super) async fn list_payments(
    _: ListPayments,
    caller: Caller,
    ledger: State<Ledger>,
    clock: State<Clock>,
) -> ToolResult<Json<Told<Payments>>> {
    let (account, now) = (account_of(&caller)?, clock.now());
    let payments =
        ledger.payments(account, now.clone(), LISTED).await.map_err(ToolError::failed)?;
    let refunds = ledger.refunds(account, now, LISTED).await.map_err(ToolError::failed)?;
    let paid =
        payments.iter().map(|payment| on(payment.amount, payment.paid_on)).collect::<Vec<_>>();
    let back =
        refunds.iter().map(|refund| on(refund.amount, refund.refunded_on)).collect::<Vec<_>>();
    let summary = match (paid.as_slice(), back.as_slice()) {
        ([], _) => "There are no payments yet.".to_owned(),
        (paid, []) => format!("You have paid {}.", wording::list(paid, "and")),
        (paid, back) => format!(
            "You have paid {}. You got back {}.",
            wording::list(paid, "and"),
            wording::list(back, "and")
        ),
    };
    Ok(Told::new(summary, Payments { payments, refunds }))
}

/// `$84.90 on November 1`.
fn on(amount: Money, date: Date) -> String {
    format!("{amount} on {}", wording::date(date))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::App;
    use crate::company::seed::DEMO_CUSTOMER;
    use crate::tests::{app, dana, key};

    async fn pay(app: &App, args: MakePayment, name: &str) -> ToolResult<Json<Told<Receipt>>> {
        make_payment(args, dana(), State(app.ledger.clone()), State(app.clock.clone()), key(name))
            .await
    }

    async fn refund(app: &App, cents: u32, name: &str) -> ToolResult<Json<Told<Refund>>> {
        let amount_cents = NonZeroU32::new(cents).unwrap();
        let args = RequestRefund { amount_cents, reason: "The line was down.".into() };
        let (ledger, clock) = (State(app.ledger.clone()), State(app.clock.clone()));
        request_refund(args, dana(), ledger, clock, key(name)).await
    }

    async fn list(app: &App) -> Told<Payments> {
        let (ledger, clock) = (State(app.ledger.clone()), State(app.clock.clone()));
        list_payments(ListPayments {}, dana(), ledger, clock).await.unwrap().0
    }

    async fn owed(app: &App) -> Money {
        app.ledger.balance(DEMO_CUSTOMER, app.clock.now().date()).await.unwrap().owed
    }

    #[tokio::test]
    async fn a_payment_shows_in_the_balance_and_among_the_payments() {
        let app = app().await;
        let twenty =
            MakePayment { amount: Some(Dollars(Money::cents(2_000))), ..MakePayment::default() };
        let Json(receipt) = pay(&app, twenty, "k").await.unwrap();
        assert_eq!(
            receipt.summary,
            "I have charged $20.00 to the card ending in 4242. $64.90 is still open."
        );
        assert_eq!(owed(&app).await, Money::cents(6_490));
        let payments = list(&app).await.data.payments;
        assert_eq!(
            (payments[0].number, payments[0].amount),
            (receipt.data.number, Money::cents(2_000))
        );
    }

    #[tokio::test]
    async fn what_cannot_be_paid_is_explained() {
        let app = app().await;
        let too_much =
            MakePayment { amount: Some(Dollars(Money::cents(100_000))), ..MakePayment::default() };
        let error = pay(&app, too_much, "a").await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "Only $84.90 is owed, so nothing was charged. Shall I charge $84.90?"
        );
        pay(&app, MakePayment::default(), "b").await.unwrap();
        let error = pay(&app, MakePayment::default(), "c").await.unwrap_err();
        assert_eq!(error.to_string(), "Nothing is owed, so nothing was charged.");
    }

    #[tokio::test]
    async fn a_payment_that_is_asked_for_again_is_the_same_payment() {
        let app = app().await;
        let first = pay(&app, MakePayment::default(), "k").await.unwrap();
        assert_eq!(pay(&app, MakePayment::default(), "k").await.unwrap(), first);
    }

    #[tokio::test]
    async fn a_refund_goes_to_the_card_and_shows_among_the_payments() {
        let app = app().await;
        let Json(refunded) = refund(&app, 2_000, "k").await.unwrap();
        assert_eq!(refunded.summary, "I have refunded $20.00 to the card ending in 4242.");
        assert_eq!(refund(&app, 2_000, "k").await.unwrap().0, refunded, "once under one key");
        let told = list(&app).await;
        assert_eq!(told.data.refunds, [refunded.data]);
        assert!(told.summary.ends_with("You got back $20.00 on November 23."), "{}", told.summary);
    }

    #[tokio::test]
    async fn more_than_was_paid_is_not_refunded() {
        let error = refund(&app().await, 1_000_000, "k").await.unwrap_err().to_string();
        assert!(error.contains("$239.80 can be refunded at most"), "{error}");
    }
}
