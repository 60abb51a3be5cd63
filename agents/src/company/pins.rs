//! PINs: how a customer proves who they are.
//!
//! Four digits are few, so what protects them is that nobody may try many: three wrong ones lock the call, whoever the caller said
//! they were each time, and ten within a day lock the account for the calls that follow. A locked door does not say whether the
//! next PIN would have been right.

use std::fmt;
use std::str::FromStr;

use jiff::{ToSpan, Zoned};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::database::{Change, Database};
use super::number::{AccountNumber, spelt};

/// How many wrong PINs a call may hold.
const TRIES_A_CALL: u32 = 3;

/// How many wrong PINs an account takes within a day, over all calls.
const TRIES_A_DAY: u32 = 10;

/// The customers' PINs.
#[derive(Debug, Clone)]
pub struct Pins {
    database: Database,
}

/// Four digits that only the customer knows. Never shown, not even by `Debug`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pin([u8; 4]);

/// Text that is no PIN. Says what one is, and not what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has four digits")]
pub struct UnreadablePin;

/// What came of a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the customer's.
    Right,
    /// It is not.
    Wrong {
        /// How many more may be tried in this call.
        tries_left: u32,
    },
    /// Too many were wrong: this one was not even looked at, or it was the last that may be tried.
    Locked,
    /// The customer has none.
    NoPin,
}

impl Pins {
    /// The PINs in this database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Checks the PIN that was said in a call for this account. A wrong one is on record before this returns, so that neither a
    /// crash nor a dropped line gives the try back.
    pub async fn check(
        &self,
        account: AccountNumber,
        pin: Pin,
        call: String,
        now: Zoned,
    ) -> rusqlite::Result<Verdict> {
        let attempt = Attempt { account, pin, call, now };
        self.database.write(move |change| attempt.judge(change)).await
    }
}

/// One PIN that was said.
struct Attempt {
    account: AccountNumber,
    pin: Pin,
    call: String,
    now: Zoned,
}

impl Attempt {
    fn judge(&self, change: &Change<'_>) -> rusqlite::Result<Verdict> {
        let Some(left) = self.tries_left(change)? else { return Ok(Verdict::Locked) };
        let kept = change
            .query_row("SELECT hash FROM pins WHERE customer_id = ?1", [self.account], |row| {
                row.get::<_, Vec<u8>>(0)
            })
            .optional()?;
        let Some(kept) = kept else { return Ok(Verdict::NoPin) };
        if kept == self.pin.hash(self.account) {
            return Ok(Verdict::Right);
        }
        change.execute(
            "INSERT INTO wrong_pins (call, customer_id, tried_at) VALUES (?1, ?2, ?3)",
            (&self.call, self.account, self.now.timestamp().as_second()),
        )?;
        Ok(match left - 1 {
            0 => Verdict::Locked,
            tries_left => Verdict::Wrong { tries_left },
        })
    }

    /// How many PINs may be tried, this one included; none if the call or the account is locked.
    fn tries_left(&self, connection: &Connection) -> rusqlite::Result<Option<u32>> {
        const IN_THE_CALL: &str = "SELECT count(*) FROM wrong_pins WHERE call = ?1";
        const IN_A_DAY: &str =
            "SELECT count(*) FROM wrong_pins WHERE customer_id = ?1 AND tried_at > ?2";
        let in_call: u32 = connection.query_row(IN_THE_CALL, [&self.call], |row| row.get(0))?;
        let yesterday = self.now.saturating_sub(1.day()).timestamp().as_second();
        let in_day: u32 =
            connection.query_row(IN_A_DAY, (self.account, yesterday), |row| row.get(0))?;
        let left = TRIES_A_CALL.saturating_sub(in_call).min(TRIES_A_DAY.saturating_sub(in_day));
        Ok((left > 0).then_some(left))
    }
}

/// Gives a customer a PIN, if they have none.
pub(super) fn give(
    connection: &Connection,
    account: AccountNumber,
    pin: Pin,
) -> rusqlite::Result<()> {
    connection
        .execute("INSERT OR IGNORE INTO pins VALUES (?1, ?2)", (account, pin.hash(account)))
        .map(drop)
}

impl Pin {
    /// A PIN of these digits, each from 0 to 9.
    ///
    /// # Panics
    ///
    /// If one of them is no digit.
    pub(super) fn of(digits: [u8; 4]) -> Self {
        assert!(digits.iter().all(|digit| *digit < 10), "each of them is a digit");
        Self(digits)
    }

    /// What is kept of it: SHA-256 over account and digits. Two customers with one PIN have different hashes, and nobody reads a
    /// PIN in a backup by accident; but whoever has the file can try ten thousand of them, whatever the hash. The file is what to guard.
    fn hash(self, account: AccountNumber) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"larkfield pin 1:");
        hash.update(account.id().to_be_bytes());
        hash.update(self.0);
        hash.finalize().into()
    }
}

impl FromStr for Pin {
    type Err = UnreadablePin;

    /// Reads four digits however they are said: `4711`, `4 7 1 1`, `four seven one one`, `my PIN is 47 11`.
    fn from_str(said: &str) -> Result<Self, UnreadablePin> {
        let spelt = spelt(said, "pin");
        let digits = spelt.strip_prefix("MY").unwrap_or(&spelt).as_bytes();
        let digits = <[u8; 4]>::try_from(digits).map_err(|_| UnreadablePin)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(UnreadablePin);
        }
        Ok(Self::of(digits.map(|digit| digit - b'0')))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::company::database::Location;
    use crate::company::{seed, zone};

    fn now() -> Zoned {
        date(2026, 11, 23).at(10, 0, 0, 0).to_zoned(zone()).unwrap()
    }

    fn pins() -> Pins {
        let fill = |transaction: &rusqlite::Transaction<'_>| seed::plant(transaction, &now());
        Pins::new(Database::open(&Location::Memory, fill).unwrap())
    }

    async fn tried(pins: &Pins, pin: &str, call: &str) -> Verdict {
        let pin = pin.parse().unwrap();
        pins.check(seed::DEMO_CUSTOMER, pin, call.into(), now()).await.unwrap()
    }

    #[test]
    fn a_pin_is_understood_however_it_is_said() {
        for said in
            ["4711", "4 7 1 1", "47-11", "four seven one one", "My PIN is 4711.", "it's 4711"]
        {
            assert_eq!(said.parse(), Ok(Pin::of([4, 7, 1, 1])), "{said}");
        }
        for said in ["", "471", "47111", "password", "47 12 A", "４７１１"] {
            assert_eq!(said.parse::<Pin>(), Err(UnreadablePin), "{said}");
        }
    }

    #[test]
    fn a_pin_is_not_shown() {
        assert_eq!(format!("{:?}", Pin::of([4, 7, 1, 1])), "Pin(..)");
    }

    #[tokio::test]
    async fn the_right_pin_opens_and_a_wrong_one_costs_a_try() {
        let pins = pins();
        assert_eq!(tried(&pins, "4712", "call").await, Verdict::Wrong { tries_left: 2 });
        assert_eq!(tried(&pins, "4713", "call").await, Verdict::Wrong { tries_left: 1 });
        assert_eq!(tried(&pins, "4711", "call").await, Verdict::Right);
    }

    #[tokio::test]
    async fn three_wrong_pins_lock_the_call_for_every_account() {
        let pins = pins();
        for wrong in ["0000", "0001", "0002"] {
            tried(&pins, wrong, "call").await;
        }
        assert_eq!(tried(&pins, "4711", "call").await, Verdict::Locked);
        let other = seed::accounts().nth(1).unwrap();
        let pin = "4848".parse().unwrap();
        assert_eq!(pins.check(other, pin, "call".into(), now()).await.unwrap(), Verdict::Locked);
        assert_eq!(pins.check(other, pin, "next".into(), now()).await.unwrap(), Verdict::Right);
        assert_eq!(tried(&pins, "4711", "next").await, Verdict::Right);
    }

    #[tokio::test]
    async fn an_account_that_was_tried_all_day_is_locked_until_tomorrow() {
        let pins = pins();
        for call in 0..TRIES_A_DAY {
            tried(&pins, "0000", &call.to_string()).await;
        }
        assert_eq!(tried(&pins, "4711", "new").await, Verdict::Locked);
        let tomorrow = now().checked_add(1.day()).unwrap();
        let pin = "4711".parse().unwrap();
        let verdict = pins.check(seed::DEMO_CUSTOMER, pin, "new".into(), tomorrow).await.unwrap();
        assert_eq!(verdict, Verdict::Right);
    }

    #[tokio::test]
    async fn one_pin_has_another_hash_for_every_customer() {
        let pin = Pin::of([4, 7, 1, 1]);
        let mut accounts = seed::accounts();
        let (one, other) = (accounts.next().unwrap(), accounts.next().unwrap());
        assert_ne!(pin.hash(one), pin.hash(other));
    }

    #[tokio::test]
    async fn a_customer_without_a_pin_is_told_apart() {
        let pins = pins();
        pins.database.write(|change| change.execute("DELETE FROM pins", ())).await.unwrap();
        assert_eq!(tried(&pins, "4711", "call").await, Verdict::NoPin);
    }
}
