//! Amounts of money: whole cents, in one currency.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The currency of every amount, by its ISO 4217 code.
pub const CURRENCY: &str = "USD";

/// An amount in US cents, shown and serialised as `$1,234.05`.
///
/// ```
/// use agents::company::money::Money;
///
/// assert_eq!((Money::cents(4_990) + Money::cents(10)).to_string(), "$50.00");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    cents: i64,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self::cents(0);

    /// So many cents; negative is a credit.
    pub const fn cents(cents: i64) -> Self {
        Self { cents }
    }

    /// The amount in cents.
    pub const fn in_cents(self) -> i64 {
        self.cents
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::cents(self.cents + other.cents)
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::cents(self.cents - other.cents)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.cents < 0 { "-" } else { "" };
        let (dollars, cents) = (self.cents.unsigned_abs() / 100, self.cents.unsigned_abs() % 100);
        let digits = dollars.to_string();
        write!(f, "{sign}$")?;
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{cents:02}")
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An amount as an argument: a number of dollars with at most two decimals, more than nothing.
///
/// ```
/// use agents::company::money::{Dollars, Money};
///
/// let Dollars(amount) = serde_json::from_str("49.9")?;
/// assert_eq!(amount, Money::cents(4_990));
/// assert!(serde_json::from_str::<Dollars>("49.999").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dollars(pub Money);

/// Far above any bill, far below where a `f64` loses a cent.
const MOST_DOLLARS: f64 = 1_000_000.0;

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dollars = f64::deserialize(deserializer)?;
        if !(dollars > 0.0 && dollars <= MOST_DOLLARS) {
            return Err(D::Error::custom(format!(
                "{dollars} is not an amount to pay: give dollars, more than 0 and at most {MOST_DOLLARS}"
            )));
        }
        let cents = (dollars * 100.0).round();
        if (dollars * 100.0 - cents).abs() > 1e-6 {
            return Err(D::Error::custom(format!(
                "{dollars} has a fraction of a cent: give dollars with at most two decimals"
            )));
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole, and at most a hundred million")]
        let cents = cents as i64;
        Ok(Self(Money::cents(cents)))
    }
}

impl JsonSchema for Dollars {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Dollars".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_in_dollars_with_thousands() {
        let shown = [0, 5, 4_990, 123_405, 100_000_000, -500].map(|c| Money::cents(c).to_string());
        assert_eq!(shown, ["$0.00", "$0.05", "$49.90", "$1,234.05", "$1,000,000.00", "-$5.00"]);
    }

    #[test]
    fn dollars_are_read_to_the_cent() {
        for cents in [1, 10, 99, 1_999, 8_490, 99_999_999] {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            let Dollars(read) = serde_json::from_str(&text).unwrap();
            assert_eq!(read, Money::cents(cents), "{text}");
        }
    }

    #[test]
    fn dollars_refuse_what_is_no_amount() {
        for text in ["0", "-5", "0.005", "1e9", "\"5\"", "null"] {
            assert!(serde_json::from_str::<Dollars>(text).is_err(), "{text}");
        }
    }
}
