//! Numbers that can be read out over the phone: a letter for the kind, digits, and a check digit.
//!
//! `A-10017` is an account, `N-10504` an invoice. There is one letter a kind, none of which sounds or looks like another;
//! the last digit is a Luhn check digit, so a misheard digit is noticed before anybody's bill is read out. They are understood
//! with spaces and dashes, in lower case, with the letter left out, and with the digits as words.

use std::borrow::Cow;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::str::FromStr;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a number can be the number of.
pub trait Kind: fmt::Debug + Copy + Ord + Hash + 'static {
    /// The letter in front.
    const LETTER: char;
    /// The word for it, in the singular.
    const NAME: &'static str;
}

/// The number of one row of a kind; `id` is the row's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number<K> {
    id: i64,
    kind: PhantomData<K>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $number:ident: $kind:ident, $letter:literal, $name:literal;)*) => {$(
        #[doc = concat!("The kind of ", $name, " numbers.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind {}

        impl Kind for $kind {
            const LETTER: char = $letter;
            const NAME: &'static str = $name;
        }

        $(#[$doc])*
        pub type $number = Number<$kind>;
    )*};
}

kinds! {
    /// A customer's account, such as `A-10017`.
    AccountNumber: Account, 'A', "account";
    /// An invoice, such as `N-10504`.
    InvoiceNumber: Invoice, 'N', "invoice";
    /// A payment, the number on its receipt.
    PaymentNumber: Payment, 'R', "payment";
    /// A refund, the number on its receipt.
    RefundNumber: Refund, 'F', "refund";
    /// An appointment with a technician.
    AppointmentNumber: Appointment, 'T', "appointment";
    /// A message or a callback that somebody asked for.
    MessageNumber: Message, 'W', "message";
}

impl<K: Kind> Number<K> {
    /// The number of the row with this key.
    pub const fn new(id: i64) -> Self {
        Self { id, kind: PhantomData }
    }

    /// The row's key.
    pub const fn id(self) -> i64 {
        self.id
    }
}

/// Text that is not the number that was asked for. Shown to whoever gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableNumber {
    /// There are no digits in it, or other things beside them.
    #[error("`{given}` is no {kind} number: it needs the digits, such as {example}")]
    NotANumber {
        /// What was given.
        given: String,
        /// What was wanted.
        kind: &'static str,
        /// How one looks.
        example: String,
    },
    /// It is the number of something else.
    #[error("`{given}` is no {kind} number: those begin with {letter}")]
    WrongKind {
        /// What was given.
        given: String,
        /// What was wanted.
        kind: &'static str,
        /// The letter of that kind.
        letter: char,
    },
    /// A digit is wrong, missing or too many.
    #[error("`{given}` is no {kind} number: a digit is wrong; ask for it again, digit by digit")]
    Misheard {
        /// What was given.
        given: String,
        /// What was wanted.
        kind: &'static str,
    },
}

impl<K: Kind> fmt::Display for Number<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}{}", K::LETTER, self.id, check_digit(&self.id.to_string()))
    }
}

impl<K: Kind> FromStr for Number<K> {
    type Err = UnreadableNumber;

    fn from_str(given: &str) -> Result<Self, UnreadableNumber> {
        let spelt = spelt(given, K::NAME);
        let (letter, digits) = match spelt.strip_prefix(|c: char| c.is_ascii_uppercase()) {
            Some(digits) => (spelt.chars().next(), digits),
            None => (None, spelt.as_str()),
        };
        if digits.len() < 2 || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            let example = Self::new(1001).to_string();
            return Err(UnreadableNumber::NotANumber {
                given: given.to_owned(),
                kind: K::NAME,
                example,
            });
        }
        if letter.is_some_and(|letter| letter != K::LETTER) {
            return Err(UnreadableNumber::WrongKind {
                given: given.to_owned(),
                kind: K::NAME,
                letter: K::LETTER,
            });
        }
        let (id, check) = digits.split_at(digits.len() - 1);
        if id.starts_with('0') || !check.starts_with(check_digit(id)) {
            return Err(UnreadableNumber::Misheard { given: given.to_owned(), kind: K::NAME });
        }
        Ok(Self::new(id.parse().expect("at most fourteen digits")))
    }
}

/// `given` without spaces, dashes and the word for the kind; digits as digits, letters in upper case.
pub(super) fn spelt(given: &str, kind: &str) -> String {
    let words = given.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(str::to_lowercase)
        .filter(|word| word != kind && !["number", "no", "is", "it", "s"].contains(&word.as_str()))
        .map(|word| {
            digit_word(&word).map_or_else(|| word.to_uppercase(), |digit| digit.to_string())
        })
        .collect()
}

/// The digit that a word spells.
fn digit_word(word: &str) -> Option<char> {
    const WORDS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    if matches!(word, "oh" | "o") {
        return Some('0');
    }
    WORDS.iter().zip('0'..='9').find_map(|(name, digit)| (*name == word).then_some(digit))
}

/// The Luhn check digit of a row of decimal digits.
fn check_digit(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([2, 1].into_iter().cycle())
        .map(|(digit, weight)| {
            let product = u32::from(digit - b'0') * weight;
            product / 10 + product % 10
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).expect("a remainder of ten is a digit")
}

impl<K: Kind> Serialize for Number<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Number<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = Cow::<'de, str>::deserialize(deserializer)?;
        given.parse().map_err(D::Error::custom)
    }
}

impl<K: Kind> JsonSchema for Number<K> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Number", K::NAME).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl<K: Kind> ToSql for Number<K> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.id.into())
    }
}

impl<K: Kind> FromSql for Number<K> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_understood_however_it_is_said() {
        let account = AccountNumber::new(1001);
        assert_eq!(account.to_string(), "A-10017");
        for said in [
            "A-10017",
            "a10017",
            "10017",
            "a 1 0 0 1 7",
            "A 100-17",
            "account number 10017",
            "one zero zero one seven",
            "A one oh oh one seven.",
            "It's 10017",
        ] {
            assert_eq!(said.parse(), Ok(account), "{said}");
        }
    }

    #[test]
    fn a_number_of_another_kind_is_told_apart() {
        let error = "N-10017".parse::<AccountNumber>().unwrap_err();
        assert!(matches!(error, UnreadableNumber::WrongKind { letter: 'A', .. }), "{error}");
    }

    #[test]
    fn text_without_digits_is_refused_with_an_example() {
        for given in ["", "A", "my invoice", "7", "A-10017 and B", "12345678901234567890"] {
            let error = given.parse::<AccountNumber>().unwrap_err();
            assert!(matches!(error, UnreadableNumber::NotANumber { .. }), "{given}: {error}");
            assert!(error.to_string().contains("A-10017"));
        }
    }

    proptest! {
        #[test]
        fn every_number_is_read_back(id in 1..99_999_999_i64) {
            let number = InvoiceNumber::new(id);
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }

        #[test]
        fn one_wrong_digit_is_always_noticed(id in 1000..99_999_i64, place in 0..5_usize, add in 1..10_u8) {
            let number = AccountNumber::new(id).to_string();
            let place = 2 + place % (number.len() - 2);
            let wrong: String = number
                .char_indices()
                .map(|(at, c)| if at == place { char::from(b'0' + (c as u8 - b'0' + add) % 10) } else { c })
                .collect();
            prop_assert!(wrong.parse::<AccountNumber>().is_err(), "{}", wrong);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,40}") {
            let _ = text.parse::<AppointmentNumber>();
        }
    }
}
