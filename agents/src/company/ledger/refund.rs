//! Giving money back: the rules, and what the customer is told.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use rusqlite::{Connection, Row};
use serde::Serialize;

use super::super::money::Money;
use super::super::number::{AccountNumber, RefundNumber};
use super::payment::card;
use super::posting::give_back;

/// For how many years back a payment can be refunded.
const YEARS: i64 = 1;

/// What somebody wants back.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) account: AccountNumber,
    pub(super) amount: Money,
    pub(super) reason: String,
}

/// Money that was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refund {
    /// Its number.
    pub number: RefundNumber,
    /// The day it was made.
    pub refunded_on: Date,
    /// How much.
    pub amount: Money,
    /// The last four digits of the card it goes to.
    pub card_ending_in: String,
    /// What for.
    pub reason: String,
}

/// Why nothing was refunded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefundError {
    /// The customer has no card to which it could go.
    #[error("there is no card on file")]
    NoCard,
    /// Nobody said what for.
    #[error("a refund needs a reason")]
    NoReason,
    /// It is nothing, or less.
    #[error("{amount} is no amount to refund")]
    NoAmount {
        /// What was asked for.
        amount: Money,
    },
    /// That would be more than was paid within a year and has not been given back.
    #[error("only {refundable} can be refunded")]
    TooMuch {
        /// What could be.
        refundable: Money,
    },
    /// The database failed.
    #[error("the ledger cannot be written")]
    Storage(#[from] rusqlite::Error),
}

/// Makes a refund, and returns its key.
pub(super) fn make(connection: &Connection, wish: &Wish, now: &Zoned) -> Result<i64, RefundError> {
    let &Wish { account, amount, .. } = wish;
    let reason = wish.reason.trim();
    if reason.is_empty() {
        return Err(RefundError::NoReason);
    }
    if amount <= Money::ZERO {
        return Err(RefundError::NoAmount { amount });
    }
    let refundable = refundable(connection, account, now)?;
    if amount > refundable {
        return Err(RefundError::TooMuch { refundable });
    }
    let card = card(connection, account)?.ok_or(RefundError::NoCard)?;
    let made = give_back(connection, account, (amount, &card), reason, now.timestamp())?;
    Ok(made.id())
}

/// What was paid within a year and has not been given back since.
fn refundable(
    connection: &Connection,
    account: AccountNumber,
    now: &Zoned,
) -> rusqlite::Result<Money> {
    const REFUNDABLE: &str = "
        SELECT (SELECT coalesce(sum(cents), 0) FROM payments WHERE customer_id = ?1 AND paid_at >= ?2)
             - (SELECT coalesce(sum(cents), 0) FROM refunds WHERE customer_id = ?1 AND refunded_at >= ?2)";
    let since = now.saturating_sub(YEARS.years()).timestamp().as_second();
    let cents: i64 = connection.query_row(REFUNDABLE, (account, since), |row| row.get(0))?;
    Ok(Money::cents(cents.max(0)))
}

const REFUND: &str = "SELECT id, refunded_at, cents, card_last4, reason FROM refunds";

/// A refund that was made.
pub(super) fn get(
    connection: &Connection,
    number: RefundNumber,
    now: &Zoned,
) -> rusqlite::Result<Refund> {
    connection.query_row(&format!("{REFUND} WHERE id = ?1"), [number], |row| refund(row, now))
}

/// A customer's refunds, the newest first.
pub(super) fn list(
    connection: &Connection,
    account: AccountNumber,
    now: &Zoned,
    limit: u32,
) -> rusqlite::Result<Vec<Refund>> {
    let newest = "WHERE customer_id = ?1 ORDER BY refunded_at DESC, id DESC LIMIT ?2";
    let mut query = connection.prepare(&format!("{REFUND} {newest}"))?;
    query.query_map((account, limit), |row| refund(row, now))?.collect()
}

fn refund(row: &Row<'_>, now: &Zoned) -> rusqlite::Result<Refund> {
    let refunded_at = Timestamp::from_second(row.get(1)?).unwrap_or(Timestamp::MAX);
    Ok(Refund {
        number: row.get(0)?,
        refunded_on: refunded_at.to_zoned(now.time_zone().clone()).date(),
        amount: Money::cents(row.get(2)?),
        card_ending_in: row.get(3)?,
        reason: row.get(4)?,
    })
}
