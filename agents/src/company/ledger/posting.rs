//! Writing to the ledger: the three things that ever move money in it.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, params};

use super::super::money::Money;
use super::super::number::{AccountNumber, InvoiceNumber, PaymentNumber, RefundNumber};

/// The company's account for what customers have paid.
pub(in crate::company) const CASH: i64 = 1;
/// The company's account for what it has charged.
pub(in crate::company) const REVENUE: i64 = 2;

/// Opens a customer's account in the ledger.
pub(in crate::company) fn open_account(
    connection: &Connection,
    customer: AccountNumber,
) -> rusqlite::Result<()> {
    let name = format!("customer {customer}");
    connection
        .execute(
            "INSERT INTO ledger_accounts (name, customer_id) VALUES (?1, ?2)",
            (name, customer),
        )
        .map(drop)
}

/// Writes an invoice and charges the customer's account with it.
pub(in crate::company) fn issue(
    connection: &Connection,
    customer: AccountNumber,
    (issued_on, due_on): (Date, Date),
    lines: &[(&str, Money)],
    at: Timestamp,
) -> rusqlite::Result<InvoiceNumber> {
    connection.execute(
        "INSERT INTO invoices (customer_id, issued_on, due_on) VALUES (?1, ?2, ?3)",
        (customer, issued_on.to_string(), due_on.to_string()),
    )?;
    let invoice = InvoiceNumber::new(connection.last_insert_rowid());
    for (position, (label, amount)) in (1_i64..).zip(lines) {
        connection.execute(
            "INSERT INTO invoice_lines VALUES (?1, ?2, ?3, ?4)",
            (invoice, position, label, amount.in_cents()),
        )?;
    }
    let total: Money = lines.iter().map(|(_, amount)| *amount).sum();
    connection.execute(
        "INSERT INTO entries (posted_at, debit, credit, cents, invoice_id)
         SELECT ?1, id, ?2, ?3, ?4 FROM ledger_accounts WHERE customer_id = ?5",
        params![at.as_second(), REVENUE, total.in_cents(), invoice, customer],
    )?;
    Ok(invoice)
}

/// Writes a payment by card and credits the customer's account with it, by the invoices it is for.
pub(in crate::company) fn settle(
    connection: &Connection,
    customer: AccountNumber,
    card: &str,
    invoices: &[(InvoiceNumber, Money)],
    at: Timestamp,
) -> rusqlite::Result<PaymentNumber> {
    let total: Money = invoices.iter().map(|(_, amount)| *amount).sum();
    connection.execute(
        "INSERT INTO payments (customer_id, cents, card_last4, paid_at) VALUES (?1, ?2, ?3, ?4)",
        (customer, total.in_cents(), card, at.as_second()),
    )?;
    let payment = PaymentNumber::new(connection.last_insert_rowid());
    for (invoice, amount) in invoices {
        connection.execute(
            "INSERT INTO entries (posted_at, debit, credit, cents, invoice_id, payment_id)
             SELECT ?1, ?2, id, ?3, ?4, ?5 FROM ledger_accounts WHERE customer_id = ?6",
            params![at.as_second(), CASH, amount.in_cents(), invoice, payment, customer],
        )?;
    }
    Ok(payment)
}

/// Writes a refund to a card: what was charged is taken back on the customer's account, and paid out from there, so that what
/// they owe stays the same.
pub(super) fn give_back(
    connection: &Connection,
    customer: AccountNumber,
    (amount, card): (Money, &str),
    reason: &str,
    at: Timestamp,
) -> rusqlite::Result<RefundNumber> {
    connection.execute(
        "INSERT INTO refunds (customer_id, cents, card_last4, reason, refunded_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        (customer, amount.in_cents(), card, reason, at.as_second()),
    )?;
    let refund = RefundNumber::new(connection.last_insert_rowid());
    connection.execute(
        "INSERT INTO entries (posted_at, debit, credit, cents, refund_id)
         SELECT ?1, ?2, id, ?3, ?4 FROM ledger_accounts WHERE customer_id = ?5",
        params![at.as_second(), REVENUE, amount.in_cents(), refund, customer],
    )?;
    connection.execute(
        "INSERT INTO entries (posted_at, debit, credit, cents, refund_id)
         SELECT ?1, id, ?2, ?3, ?4 FROM ledger_accounts WHERE customer_id = ?5",
        params![at.as_second(), CASH, amount.in_cents(), refund, customer],
    )?;
    Ok(refund)
}
