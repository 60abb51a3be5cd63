//! What the demo promises, on any day on which somebody may first start it.

use jiff::civil::date;

use super::*;
use crate::company::database::{Database, Location};
use crate::company::directory::{Claim, Directory};
use crate::company::hours::{Day, Office};
use crate::company::ledger::Ledger;
use crate::company::pins::{Pins, Verdict};
use crate::company::schedule::Schedule;
use crate::company::zone;

/// A company that was planted at that moment.
struct Planted {
    database: Database,
    now: Zoned,
}

impl Planted {
    fn at(now: Zoned) -> Self {
        let database =
            Database::open(&Location::Memory, |transaction| plant(transaction, &now)).unwrap();
        Self { database, now }
    }

    async fn dump(&self) -> Vec<String> {
        const TABLES: [&str; 7] =
            ["customers", "pins", "invoices", "payments", "entries", "appointments", "outages"];
        let rows = |connection: &Connection| {
            let mut rows = Vec::new();
            for table in TABLES {
                let mut query = connection.prepare(&format!("SELECT * FROM {table}"))?;
                let columns = query.column_count();
                let mut found = query.query(())?;
                while let Some(row) = found.next()? {
                    let cells = (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at));
                    rows.push(format!("{table} {:?}", cells.collect::<Result<Vec<_>, _>>()?));
                }
            }
            Ok::<_, rusqlite::Error>(rows)
        };
        self.database.read(rows).await.unwrap()
    }

    async fn demo_appointments(&self, now: &Zoned) -> usize {
        let schedule = Schedule::new(self.database.clone());
        schedule.appointments(DEMO_CUSTOMER, now.clone()).await.unwrap().len()
    }
}

/// Moments all over a year, at all times of day and on all days of the week.
fn moments() -> impl Iterator<Item = Zoned> {
    let first = date(2026, 11, 21).at(0, 20, 0, 0).to_zoned(zone()).unwrap();
    (0..40_i64).map(move |step| first.checked_add((step * 227).hours()).unwrap())
}

#[tokio::test]
async fn the_same_moment_plants_the_same_company() {
    let now = moments().next().unwrap();
    assert_eq!(Planted::at(now.clone()).dump().await, Planted::at(now).dump().await);
}

#[tokio::test]
async fn the_demos_customer_is_known_by_number_and_owes_one_invoice() {
    for now in moments() {
        let planted = Planted::at(now.clone());
        let directory = Directory::new(planted.database.clone());
        let [customer] =
            directory.find(Claim::Phone(DEMO_PHONE.into())).await.unwrap().try_into().unwrap();
        assert_eq!((customer.account, customer.name.as_str()), (DEMO_CUSTOMER, "Dana Whitfield"));
        let balance =
            Ledger::new(planted.database.clone()).balance(DEMO_CUSTOMER, now.date()).await.unwrap();
        assert_eq!(balance.owed.to_string(), "$84.90", "{now}");
        assert_eq!(balance.open_invoices.len(), 1, "{now}");
    }
}

#[tokio::test]
async fn the_demos_customer_proves_who_she_is_by_her_pin() {
    let planted = Planted::at(moments().next().unwrap());
    let pin = DEMO_PIN.parse().unwrap();
    let pins = Pins::new(planted.database);
    let verdict = pins.check(DEMO_CUSTOMER, pin, "call".into(), planted.now).await.unwrap();
    assert_eq!(verdict, Verdict::Right);
}

#[tokio::test]
async fn a_company_founded_before_there_were_pins_is_given_them() {
    let planted = Planted::at(moments().next().unwrap());
    planted.database.write(|change| change.execute("DELETE FROM pins", ())).await.unwrap();
    let now = planted.now.clone();
    planted.database.write(move |change| renew(change, &now)).await.unwrap();
    assert_eq!(planted.dump().await, Planted::at(planted.now).dump().await);
}

#[tokio::test]
async fn the_demos_appointment_can_move_to_friday_morning() {
    for now in moments() {
        let planted = Planted::at(now.clone());
        let schedule = Schedule::new(planted.database.clone());
        let hours = Office::new(planted.database.clone()).hours().await.unwrap();
        let friday = When::read("Friday morning", &now).unwrap();
        let ahead = schedule.appointments(DEMO_CUSTOMER, now.clone()).await.unwrap();
        assert_eq!(ahead.len(), 1, "{now}");
        assert_ne!(ahead[0].slot.start.weekday(), Weekday::Friday, "{now}");
        let is_open = matches!(hours.on(friday.days.first), Day::Open(_));
        assert_eq!(schedule.free_slots(friday, now.clone(), 9).await.is_ok(), is_open, "{now}");
        assert!(
            schedule.free_slots(When::any_time(now.date(), 7), now, 9).await.unwrap().len() >= 5
        );
    }
}

#[tokio::test]
async fn nothing_planted_lies_in_a_wrong_time() {
    const WRONG: &str = "SELECT (SELECT count(*) FROM payments WHERE paid_at > ?1)
        + (SELECT count(*) FROM appointments WHERE starts_at <= ?1 AND id <= ?2)";
    for now in moments() {
        let planted = Planted::at(now.clone());
        let at = now.timestamp().as_second();
        let wrong = move |connection: &Connection| {
            connection.query_row(WRONG, (at, last_ahead()), |row| row.get::<_, i64>(0))
        };
        assert_eq!(planted.database.read(wrong).await.unwrap(), 0, "{now}");
    }
}

#[tokio::test]
async fn a_demo_that_has_slept_has_its_appointments_ahead_again() {
    let planted = Planted::at(moments().next().unwrap());
    let later = planted.now.checked_add(40.days()).unwrap();
    assert_eq!(planted.demo_appointments(&later).await, 0);
    for _ in 0..2 {
        let now = later.clone();
        planted.database.write(move |change| renew(change, &now)).await.unwrap();
        assert_eq!(planted.demo_appointments(&later).await, 1);
    }
}

#[tokio::test]
async fn a_cancelled_appointment_does_not_come_back() {
    let planted = Planted::at(moments().next().unwrap());
    let cancel = |change: &crate::company::database::Change<'_>| {
        change.execute("UPDATE appointments SET status = 'cancelled'", ())
    };
    planted.database.write(cancel).await.unwrap();
    let later = planted.now.checked_add(40.days()).unwrap();
    let now = later.clone();
    planted.database.write(move |change| renew(change, &now)).await.unwrap();
    assert_eq!(planted.demo_appointments(&later).await, 0);
}
