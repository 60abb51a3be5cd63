//! What the tools work on: the company, opened once, and the parts of it that tools ask for.

use jiff::Zoned;
use switchboard::prelude::*;

use crate::company::clock::Clock;
use crate::company::database::{Database, Key, Location, OpenError};
use crate::company::desk::Desk;
use crate::company::directory::Directory;
use crate::company::hours::Office;
use crate::company::ledger::Ledger;
use crate::company::network::Network;
use crate::company::pins::Pins;
use crate::company::schedule::Schedule;
use crate::company::{self, seed};

/// The company, as the agents' tools see it. A tool asks for a part of it: `ledger: State<Ledger>`.
#[derive(Debug, Clone)]
pub struct App {
    /// The time.
    pub clock: Clock,
    /// The customers.
    pub directory: Directory,
    /// The front desk.
    pub desk: Desk,
    /// The money.
    pub ledger: Ledger,
    /// The network.
    pub network: Network,
    /// The opening hours.
    pub office: Office,
    /// How customers prove who they are.
    pub pins: Pins,
    /// The appointments.
    pub schedule: Schedule,
}

/// Why the company could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenAppError {
    /// The URL names another kind of database.
    #[error(
        "the demo company keeps its data in SQLite, not at {url}; use sqlite://FILE, such as sqlite://switchboard.db"
    )]
    NotSqlite {
        /// The URL, without its password.
        url: String,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database was opened, and then failed.
    #[error(
        "cannot bring {location} up to date; is the disk full, or another process writing to it?"
    )]
    Renewal {
        /// The file.
        location: Location,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
}

impl App {
    /// Opens the company in the database that the settings name, and founds it if there is none.
    pub async fn open(context: AppContext) -> Result<Self, OpenAppError> {
        let location = match context.database {
            DatabaseUrl::Sqlite(path) => Location::File(path),
            DatabaseUrl::Memory => Location::Memory,
            other => return Err(OpenAppError::NotSqlite { url: other.to_string() }),
        };
        Self::at(location, Clock::system(company::zone())).await
    }

    /// A company in memory, founded at `now`, where it stays `now`.
    pub async fn for_tests(now: Zoned) -> Result<Self, OpenAppError> {
        Self::at(Location::Memory, Clock::fixed(now)).await
    }

    async fn at(location: Location, clock: Clock) -> Result<Self, OpenAppError> {
        let now = clock.now();
        let (place, founded) = (location.clone(), now.clone());
        let opening =
            move || Database::open(&place, |transaction| seed::plant(transaction, &founded));
        let opened = tokio::task::spawn_blocking(opening).await;
        let database =
            opened.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        let renewal = database.write(move |change| seed::renew(change, &now)).await;
        renewal.map_err(|source| OpenAppError::Renewal { location, source })?;
        Ok(Self {
            clock,
            directory: Directory::new(database.clone()),
            desk: Desk::new(database.clone()),
            ledger: Ledger::new(database.clone()),
            network: Network::new(database.clone()),
            office: Office::new(database.clone()),
            pins: Pins::new(database.clone()),
            schedule: Schedule::new(database),
        })
    }
}

macro_rules! parts {
    ($($field:ident: $part:ty),* $(,)?) => {$(
        impl FromRef<App> for $part {
            fn from_ref(app: &App) -> Self {
                app.$field.clone()
            }
        }
    )*};
}

parts! {
    clock: Clock,
    directory: Directory,
    desk: Desk,
    ledger: Ledger,
    network: Network,
    office: Office,
    pins: Pins,
    schedule: Schedule,
}

impl From<IdempotencyKey> for Key {
    fn from(key: IdempotencyKey) -> Self {
        Self::new(key.as_str())
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::company::database::scratch::Scratch;
    use crate::company::money::Money;
    use crate::company::seed::DEMO_CUSTOMER;
    use crate::tests::monday;

    #[tokio::test]
    async fn what_one_call_does_the_next_one_sees() {
        let scratch = Scratch::new();
        let app = App::at(scratch.location(), Clock::fixed(monday())).await.unwrap();
        app.ledger.pay(DEMO_CUSTOMER, None, None, monday(), Key::new("k")).await.unwrap();
        drop(app);
        let tomorrow = monday().checked_add(1.day()).unwrap();
        let app = App::at(scratch.location(), Clock::fixed(tomorrow.clone())).await.unwrap();
        let balance = app.ledger.balance(DEMO_CUSTOMER, tomorrow.date()).await.unwrap();
        assert_eq!(balance.owed, Money::ZERO);
    }

    #[tokio::test]
    async fn another_kind_of_database_is_refused() {
        let url = "postgres://company:hunter2@db.example.com/company".parse().unwrap();
        let error = App::open(AppContext::new(url)).await.unwrap_err().to_string();
        assert!(error.contains("use sqlite://FILE") && !error.contains("hunter2"), "{error}");
    }
}
