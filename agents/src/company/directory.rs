//! The customers: who they are, and how they are found.

use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::database::Database;
use super::money::Money;
use super::number::AccountNumber;

/// The customer directory.
#[derive(Debug, Clone)]
pub struct Directory {
    database: Database,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The number of their account.
    pub account: AccountNumber,
    /// First and last name.
    pub name: String,
    /// The telephone number on file, with `+` and country code.
    pub phone: String,
    /// The postcode they live in.
    pub postcode: String,
}

/// What a customer subscribes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The plan's name.
    pub name: String,
    /// Download speed in megabits per second.
    pub megabits_per_second: u32,
    /// Whether a telephone line is part of it.
    pub includes_telephone: bool,
    /// What it costs a month.
    pub monthly_price: Money,
}

/// How a caller says who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// They call from this number.
    Phone(String),
    /// They know the number of the account.
    Account(AccountNumber),
    /// They know name and postcode.
    NameAndPostcode {
        /// The name, first and last or last alone.
        name: String,
        /// The postcode.
        postcode: String,
    },
}

impl Directory {
    /// The directory in this database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// Everybody whom the claim fits: nobody, one customer, or several who need telling apart.
    pub async fn find(&self, claim: Claim) -> rusqlite::Result<Vec<Customer>> {
        self.database.read(move |connection| find(connection, &claim)).await
    }

    /// What the customer with this account subscribes to; none if there is no such account.
    pub async fn plan(&self, account: AccountNumber) -> rusqlite::Result<Option<Plan>> {
        self.database.read(move |connection| plan(connection, account)).await
    }
}

const CUSTOMER: &str = "SELECT id, name, phone, postcode FROM customers";

fn find(connection: &Connection, claim: &Claim) -> rusqlite::Result<Vec<Customer>> {
    match claim {
        Claim::Phone(phone) => {
            let mut query = connection.prepare(&format!("{CUSTOMER} WHERE phone = ?1"))?;
            query.query_map([dialled(phone)], customer)?.collect()
        }
        Claim::Account(account) => {
            let mut query = connection.prepare(&format!("{CUSTOMER} WHERE id = ?1"))?;
            query.query_map([account], customer)?.collect()
        }
        Claim::NameAndPostcode { name, postcode } => {
            let mut query =
                connection.prepare(&format!("{CUSTOMER} WHERE postcode = ?1 ORDER BY id"))?;
            let neighbours = query.query_map([digits(postcode)], customer)?;
            neighbours
                .filter(|one| one.as_ref().map_or(true, |one| answers_to(&one.name, name)))
                .collect()
        }
    }
}

fn plan(connection: &Connection, account: AccountNumber) -> rusqlite::Result<Option<Plan>> {
    const PLAN: &str = "SELECT plans.name, megabits, telephone, monthly_cents
        FROM customers JOIN plans ON plans.id = plan_id WHERE customers.id = ?1";
    connection
        .query_row(PLAN, [account], |row| {
            Ok(Plan {
                name: row.get(0)?,
                megabits_per_second: row.get(1)?,
                includes_telephone: row.get(2)?,
                monthly_price: Money::cents(row.get(3)?),
            })
        })
        .optional()
}

fn customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        account: row.get(0)?,
        name: row.get(1)?,
        phone: row.get(2)?,
        postcode: row.get(3)?,
    })
}

/// A telephone number as it is kept: `+`, country code, digits. One without `+` is taken for a number of this country.
pub fn dialled(number: &str) -> String {
    let bare = digits(number);
    match (number.trim_start().starts_with('+'), bare.strip_prefix("00")) {
        (true, _) => format!("+{bare}"),
        (false, Some(abroad)) => format!("+{abroad}"),
        (false, None) if bare.starts_with('1') => format!("+{bare}"),
        (false, None) => format!("+1{bare}"),
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a customer called `name` may introduce themselves as `said`: by all of it, or by the last name.
fn answers_to(name: &str, said: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (name, said) = (words(name), words(said));
    let said: Vec<_> =
        said.iter().filter(|word| !["mr", "mrs", "ms", "dr"].contains(&word.as_str())).collect();
    !said.is_empty()
        && name.last() == said.last().copied()
        && said.iter().all(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dialled_the_same_however_they_are_written() {
        for number in
            ["+15550100", "+1 555 0100", "555-0100", "1 555 0100", "0015550100", "(555) 0100"]
        {
            assert_eq!(dialled(number), "+15550100", "{number}");
        }
    }

    #[test]
    fn a_name_answers_to_itself_and_to_its_last_part() {
        for said in ["Dana Whitfield", "whitfield", "Mrs. Whitfield", "DANA WHITFIELD"] {
            assert!(answers_to("Dana Whitfield", said), "{said}");
        }
        for said in ["Dana", "Dora Whitfield", "White", "", "mr"] {
            assert!(!answers_to("Dana Whitfield", said), "{said}");
        }
    }

    #[test]
    fn a_name_with_accents_is_compared_without_case() {
        assert!(answers_to("José Núñez", "NÚÑEZ"));
    }
}
