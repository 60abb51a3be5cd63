//! The ledger: what customers owe, and what they have paid.
//!
//! Every entry moves an amount from one account to another, so whatever is written, debits equal credits. An invoice debits the
//! customer's account and credits revenue; a payment debits cash and credits the customer's account, invoice by invoice; a refund
//! goes both ways back, from revenue to the customer's account and from there to cash. What a customer owes is the balance of
//! their account, and always what is open on their invoices.

use jiff::Zoned;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::database::{Database, Key};
use super::money::Money;
use super::number::{AccountNumber, InvoiceNumber, PaymentNumber, RefundNumber};

mod payment;
mod posting;
mod refund;

pub use payment::{PaidInvoice, PaymentError, Receipt};
pub(super) use posting::{CASH, REVENUE, issue, open_account, settle};
pub use refund::{Refund, RefundError};

/// The ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    database: Database,
}

/// What a customer owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// All of it.
    pub owed: Money,
    /// The invoices that are not paid in full, the one that is due first in front.
    pub open_invoices: Vec<Invoice>,
}

/// An invoice, without its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// Its number.
    pub number: InvoiceNumber,
    /// The day it was written.
    pub issued_on: Date,
    /// The day by which it is to be paid.
    pub due_on: Date,
    /// The sum of its lines.
    pub total: Money,
    /// What is left to pay.
    pub open: Money,
    /// How it stands.
    pub status: InvoiceStatus,
}

/// How an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    /// Paid in full.
    Paid,
    /// Not paid in full, and not due yet.
    Open,
    /// Not paid in full, and due before today.
    Overdue,
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What for.
    pub label: String,
    /// How much.
    pub amount: Money,
}

/// A payment that has been made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payment {
    /// The number on its receipt.
    pub number: PaymentNumber,
    /// The day it was made.
    pub paid_on: Date,
    /// How much.
    pub amount: Money,
    /// The last four digits of the card.
    pub card_ending_in: String,
}

impl Ledger {
    /// The ledger in this database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// What a customer owes at the moment.
    pub async fn balance(&self, account: AccountNumber, today: Date) -> rusqlite::Result<Balance> {
        self.database
            .read(move |connection| {
                let open_invoices = open_invoices(connection, account, today)?;
                Ok(Balance { owed: owed(connection, account)?, open_invoices })
            })
            .await
    }

    /// A customer's invoices, the newest first, at most `limit`.
    pub async fn invoices(
        &self,
        account: AccountNumber,
        today: Date,
        limit: u32,
    ) -> rusqlite::Result<Vec<Invoice>> {
        self.database
            .read(move |connection| {
                let sql = format!(
                    "{INVOICE} WHERE customer_id = ?1 ORDER BY issued_on DESC, id DESC LIMIT ?2"
                );
                let mut query = connection.prepare(&sql)?;
                query.query_map((account, limit), |row| invoice(row, today))?.collect()
            })
            .await
    }

    /// One invoice of a customer's, with its lines; none if the customer has no such invoice.
    pub async fn invoice(
        &self,
        account: AccountNumber,
        number: InvoiceNumber,
        today: Date,
    ) -> rusqlite::Result<Option<(Invoice, Vec<Line>)>> {
        self.database
            .read(move |connection| {
                let sql = format!("{INVOICE} WHERE customer_id = ?1 AND id = ?2");
                let found = connection
                    .query_row(&sql, (account, number), |row| invoice(row, today))
                    .optional()?;
                found.map(|invoice| Ok((invoice, lines(connection, number)?))).transpose()
            })
            .await
    }

    /// A customer's payments, the newest first, at most `limit`; their days are days in `now`'s zone.
    pub async fn payments(
        &self,
        account: AccountNumber,
        now: Zoned,
        limit: u32,
    ) -> rusqlite::Result<Vec<Payment>> {
        self.database.read(move |connection| payment::list(connection, account, &now, limit)).await
    }

    /// A customer's refunds, the newest first, at most `limit`; their days are days in `now`'s zone.
    pub async fn refunds(
        &self,
        account: AccountNumber,
        now: Zoned,
        limit: u32,
    ) -> rusqlite::Result<Vec<Refund>> {
        self.database.read(move |connection| refund::list(connection, account, &now, limit)).await
    }

    /// The last four digits of the card on file, if there is one.
    pub async fn card(&self, account: AccountNumber) -> rusqlite::Result<Option<String>> {
        self.database.read(move |connection| payment::card(connection, account)).await
    }

    /// Charges the card on file: `amount`, or all that is owed; for one invoice, or for those that are due first.
    ///
    /// Under the same key it charges once, however often it is called, and returns the first receipt again.
    pub async fn pay(
        &self,
        account: AccountNumber,
        amount: Option<Money>,
        invoice: Option<InvoiceNumber>,
        now: Zoned,
        key: Key,
    ) -> Result<Receipt, PaymentError> {
        self.database
            .write(move |change| {
                let wish = payment::Wish { account, amount, invoice };
                let made = change
                    .once(&key, now.timestamp(), |change| payment::make(change, &wish, &now))?;
                Ok(payment::receipt(change, account, PaymentNumber::new(made))?)
            })
            .await
    }

    /// Gives money back to the card on file: at most what was paid within a year and has not been refunded.
    ///
    /// Under the same key it does so once, however often it is called, and returns the first refund again.
    pub async fn refund(
        &self,
        account: AccountNumber,
        amount: Money,
        reason: String,
        now: Zoned,
        key: Key,
    ) -> Result<Refund, RefundError> {
        self.database
            .write(move |change| {
                let wish = refund::Wish { account, amount, reason };
                let made = change
                    .once(&key, now.timestamp(), |change| refund::make(change, &wish, &now))?;
                Ok(refund::get(change, RefundNumber::new(made), &now)?)
            })
            .await
    }
}

/// Invoices with total and open amount.
const INVOICE: &str = "
    SELECT id, issued_on, due_on, total, total - paid AS open FROM (
        SELECT *,
            (SELECT sum(cents) FROM invoice_lines WHERE invoice_id = invoices.id) AS total,
            (SELECT coalesce(sum(cents), 0) FROM entries
             WHERE invoice_id = invoices.id AND payment_id IS NOT NULL) AS paid
        FROM invoices)";

fn invoice(row: &Row<'_>, today: Date) -> rusqlite::Result<Invoice> {
    let (due_on, open) = (date(row, 2)?, Money::cents(row.get(4)?));
    let status = match open {
        Money::ZERO => InvoiceStatus::Paid,
        _ if due_on < today => InvoiceStatus::Overdue,
        _ => InvoiceStatus::Open,
    };
    let (number, issued_on, total) = (row.get(0)?, date(row, 1)?, Money::cents(row.get(3)?));
    Ok(Invoice { number, issued_on, due_on, total, open, status })
}

/// The customer's invoices that are not paid in full, the one that is due first in front.
fn open_invoices(
    connection: &Connection,
    account: AccountNumber,
    today: Date,
) -> rusqlite::Result<Vec<Invoice>> {
    let sql = format!("{INVOICE} WHERE customer_id = ?1 AND open > 0 ORDER BY due_on, id");
    let mut query = connection.prepare(&sql)?;
    query.query_map([account], |row| invoice(row, today))?.collect()
}

fn lines(connection: &Connection, number: InvoiceNumber) -> rusqlite::Result<Vec<Line>> {
    let mut query = connection.prepare(
        "SELECT label, cents FROM invoice_lines WHERE invoice_id = ?1 ORDER BY position",
    )?;
    let line = |row: &Row<'_>| Ok(Line { label: row.get(0)?, amount: Money::cents(row.get(1)?) });
    query.query_map([number], line)?.collect()
}

/// The balance of a customer's account.
fn owed(connection: &Connection, account: AccountNumber) -> rusqlite::Result<Money> {
    const OWED: &str = "
        SELECT (SELECT coalesce(sum(cents), 0) FROM entries WHERE debit = ledger_accounts.id)
             - (SELECT coalesce(sum(cents), 0) FROM entries WHERE credit = ledger_accounts.id)
        FROM ledger_accounts WHERE customer_id = ?1";
    let cents = connection.query_row(OWED, [account], |row| row.get(0)).optional()?;
    Ok(Money::cents(cents.unwrap_or(0)))
}

/// A date kept as ISO 8601 text.
fn date(row: &Row<'_>, column: usize) -> rusqlite::Result<Date> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error: jiff::Error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}

#[cfg(test)]
mod tests;
