//! Paying: the rules, and the receipt.

use jiff::{Timestamp, Zoned};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::super::money::Money;
use super::super::number::{AccountNumber, InvoiceNumber, PaymentNumber};
use super::{Invoice, Payment, open_invoices, owed, settle};

/// What somebody wants to pay.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) account: AccountNumber,
    /// All that is owed, if left out.
    pub(super) amount: Option<Money>,
    /// The invoices that are due first, if left out.
    pub(super) invoice: Option<InvoiceNumber>,
}

/// What a customer gets for their money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The number of the payment.
    pub number: PaymentNumber,
    /// How much was paid.
    pub paid: Money,
    /// The last four digits of the card.
    pub card_ending_in: String,
    /// What the money went to.
    pub invoices: Vec<PaidInvoice>,
    /// What the customer still owes, on all invoices.
    pub still_owed: Money,
}

/// A part of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaidInvoice {
    /// The invoice.
    pub number: InvoiceNumber,
    /// How much of the payment went to it.
    pub paid: Money,
}

/// Why a payment was not made. Nothing was charged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentError {
    /// The customer has no card on file.
    #[error("there is no card on file")]
    NoCard,
    /// Nothing is owed.
    #[error("nothing is owed")]
    NothingOwed,
    /// The customer has no open invoice of this number.
    #[error("invoice {number} is not open")]
    NotOpen {
        /// The number.
        number: InvoiceNumber,
    },
    /// That would be more than is owed.
    #[error("only {owed} are owed")]
    TooMuch {
        /// What is owed, on the invoice if one was named.
        owed: Money,
    },
    /// The database failed.
    #[error("the ledger cannot be written")]
    Storage(#[from] rusqlite::Error),
}

/// Makes a payment, and returns its key.
pub(super) fn make(connection: &Connection, wish: &Wish, now: &Zoned) -> Result<i64, PaymentError> {
    let card = card(connection, wish.account)?.ok_or(PaymentError::NoCard)?;
    let mut open = open_invoices(connection, wish.account, now.date())?;
    if let Some(number) = wish.invoice {
        open.retain(|invoice| invoice.number == number);
        if open.is_empty() {
            return Err(PaymentError::NotOpen { number });
        }
    }
    let owed: Money = open.iter().map(|invoice| invoice.open).sum();
    let amount = wish.amount.unwrap_or(owed);
    if owed == Money::ZERO {
        return Err(PaymentError::NothingOwed);
    }
    if amount > owed {
        return Err(PaymentError::TooMuch { owed });
    }
    let payment = settle(connection, wish.account, &card, &spread(amount, &open), now.timestamp())?;
    Ok(payment.id())
}

/// Spreads an amount over invoices, in their order, as far as it goes.
fn spread(amount: Money, invoices: &[Invoice]) -> Vec<(InvoiceNumber, Money)> {
    let mut left = amount;
    let parts = invoices.iter().map(|invoice| {
        let part = left.min(invoice.open);
        left = left - part;
        (invoice.number, part)
    });
    parts.filter(|(_, part)| *part > Money::ZERO).collect()
}

/// The last four digits of the customer's card.
pub(super) fn card(
    connection: &Connection,
    account: AccountNumber,
) -> rusqlite::Result<Option<String>> {
    let found =
        connection.query_row("SELECT card_last4 FROM customers WHERE id = ?1", [account], |row| {
            row.get(0)
        });
    Ok(found.optional()?.flatten())
}

/// The receipt of a payment.
pub(super) fn receipt(
    connection: &Connection,
    account: AccountNumber,
    number: PaymentNumber,
) -> rusqlite::Result<Receipt> {
    let mut query = connection
        .prepare("SELECT invoice_id, cents FROM entries WHERE payment_id = ?1 ORDER BY id")?;
    let parts = query.query_map([number], |row| {
        Ok(PaidInvoice { number: row.get(0)?, paid: Money::cents(row.get(1)?) })
    })?;
    let invoices = parts.collect::<Result<Vec<_>, _>>()?;
    connection.query_row("SELECT cents, card_last4 FROM payments WHERE id = ?1", [number], |row| {
        let (paid, card_ending_in) = (Money::cents(row.get(0)?), row.get(1)?);
        Ok(Receipt {
            number,
            paid,
            card_ending_in,
            invoices,
            still_owed: owed(connection, account)?,
        })
    })
}

/// A customer's payments, the newest first.
pub(super) fn list(
    connection: &Connection,
    account: AccountNumber,
    now: &Zoned,
    limit: u32,
) -> rusqlite::Result<Vec<Payment>> {
    let mut query = connection.prepare(
        "SELECT id, paid_at, cents, card_last4 FROM payments
         WHERE customer_id = ?1 ORDER BY paid_at DESC, id DESC LIMIT ?2",
    )?;
    let payments = query.query_map((account, limit), |row| {
        let paid_at = Timestamp::from_second(row.get(1)?).unwrap_or(Timestamp::MAX);
        Ok(Payment {
            number: row.get(0)?,
            paid_on: paid_at.to_zoned(now.time_zone().clone()).date(),
            amount: Money::cents(row.get(2)?),
            card_ending_in: row.get(3)?,
        })
    })?;
    payments.collect()
}
