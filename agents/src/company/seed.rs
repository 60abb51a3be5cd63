//! The first rows of a new database: a small company in the middle of its work.
//!
//! The same moment always plants the same company. Whoever calls from [`DEMO_PHONE`] is Dana Whitfield, with one open invoice and
//! one appointment ahead; her PIN is [`DEMO_PIN`].

use jiff::civil::{Date, Weekday, time};
use jiff::{ToSpan, Zoned};
use rusqlite::{Connection, params};

use super::ledger::{self, CASH, REVENUE};
use super::money::Money;
use super::number::{AccountNumber, InvoiceNumber};
use super::pins::{self, Pin};
use super::schedule::{AppointmentKind, FreeSlot, free, insert};
use super::when::{Days, TimeOfDay, When};

mod people;

use people::{AREAS, OPENING_HOURS, PEOPLE, PLANS, Plan, TECHNICIANS};

/// The number from which the demo's customer calls.
pub const DEMO_PHONE: &str = "+15550100";

/// The PIN of the demo's customer.
pub const DEMO_PIN: &str = "4711";

/// The account of the demo's customer.
pub const DEMO_CUSTOMER: AccountNumber = AccountNumber::new(FIRST_CUSTOMER);

const FIRST_CUSTOMER: i64 = 1_001;

/// The tables whose rows have numbers for people, and the number before their first.
const SEQUENCES: [(&str, i64); 5] = [
    ("customers", FIRST_CUSTOMER - 1),
    ("invoices", 2_000),
    ("payments", 3_000),
    ("appointments", FIRST_APPOINTMENT - 1),
    ("messages", 5_000),
];

const FIRST_APPOINTMENT: i64 = 4_001;

/// How many months of invoices there are.
const MONTHS: i32 = 4;

/// The accounts of all planted customers, the demo's first.
pub fn accounts() -> impl Iterator<Item = AccountNumber> {
    (FIRST_CUSTOMER..).zip(PEOPLE).map(|(id, _)| AccountNumber::new(id))
}

/// Plants the company as it stands at `now`.
pub fn plant(connection: &Connection, now: &Zoned) -> rusqlite::Result<()> {
    for (table, last) in SEQUENCES {
        connection
            .execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (table, last))?;
    }
    plant_company(connection)?;
    plant_customers(connection, now)?;
    plant_pins(connection)?;
    for (place, account) in accounts().enumerate() {
        plant_invoices(connection, account, place, now)?;
    }
    plant_appointments(connection, now)?;
    plant_outages(connection, now)
}

fn plant_company(connection: &Connection) -> rusqlite::Result<()> {
    for (id, plan) in (1_i64..).zip(PLANS) {
        let Plan { name, megabits, telephone, monthly } = plan;
        connection.execute(
            "INSERT INTO plans VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, name, megabits, telephone, monthly.in_cents()],
        )?;
    }
    for area in AREAS {
        connection.execute("INSERT INTO areas VALUES (?1, ?2)", area)?;
    }
    for name in TECHNICIANS {
        connection.execute("INSERT INTO technicians (name) VALUES (?1)", [name])?;
    }
    for hours in OPENING_HOURS {
        connection.execute("INSERT INTO opening_hours VALUES (?1, ?2, ?3)", hours)?;
    }
    for account in [(CASH, "cash"), (REVENUE, "revenue")] {
        connection.execute("INSERT INTO ledger_accounts (id, name) VALUES (?1, ?2)", account)?;
    }
    Ok(())
}

fn plant_customers(connection: &Connection, now: &Zoned) -> rusqlite::Result<()> {
    for (place, (account, (name, street))) in (0_u16..).zip(accounts().zip(PEOPLE)) {
        let (postcode, _) = AREAS[usize::from(place) % AREAS.len()];
        let card = (place % 4 != 2).then(|| format!("{:04}", 4_242 + u32::from(place) * 137));
        let since = now.date().saturating_sub((400 + 61 * i32::from(place)).days());
        connection.execute(
            "INSERT INTO customers (name, phone, street, postcode, plan_id, card_last4, since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                name,
                format!("+1{}", 5_550_100 + u32::from(place)),
                street,
                postcode,
                i64::from((place + 2) % 4) + 1,
                card,
                since.to_string()
            ],
        )?;
        ledger::open_account(connection, account)?;
    }
    Ok(())
}

/// Gives every planted customer who has no PIN theirs: the first 4711, each next one 137 more.
fn plant_pins(connection: &Connection) -> rusqlite::Result<()> {
    for (account, number) in accounts().zip((4_711_u16..).step_by(137)) {
        let digit = |of: u16| (number / of % 10).to_le_bytes()[0];
        pins::give(connection, account, Pin::of([digit(1_000), digit(100), digit(10), digit(1)]))?;
    }
    Ok(())
}

/// Writes a customer's invoices of the last months, and what they have paid of them.
fn plant_invoices(
    connection: &Connection,
    account: AccountNumber,
    place: usize,
    now: &Zoned,
) -> rusqlite::Result<()> {
    let plan = &PLANS[(place + 2) % 4];
    for months_ago in (0..MONTHS).rev() {
        let issued_on = now.date().first_of_month().saturating_sub(months_ago.months());
        let due_on = issued_on.saturating_add(20.days());
        let mut lines = vec![(plan.name, plan.monthly), ("Router rental", Money::cents(500))];
        if plan.telephone {
            let calls = [1_500, 0, 870, 2_140][usize::try_from(months_ago).unwrap_or(0)];
            lines.extend((calls > 0).then_some(("Telephone calls", Money::cents(calls))));
        }
        let invoice = ledger::issue(
            connection,
            account,
            (issued_on, due_on),
            &lines,
            noon(issued_on, now).timestamp(),
        )?;
        let total = lines.iter().map(|(_, amount)| *amount).sum();
        if let Some((amount, paid_on)) = paid(place, months_ago, total, due_on) {
            pay(connection, account, invoice, amount, paid_on, now)?;
        }
    }
    Ok(())
}

/// How much of an invoice a customer has paid, and when: most pay, some pay in part, some are late.
fn paid(place: usize, months_ago: i32, total: Money, due_on: Date) -> Option<(Money, Date)> {
    let early = due_on.saturating_sub(3.days());
    match (place, months_ago) {
        (0, 0) => None,
        (_, 0) if place % 5 == 4 => Some((Money::cents(2_000), due_on.saturating_sub(18.days()))),
        (_, 0) => (place % 3 == 1).then_some((total, due_on.saturating_sub(18.days()))),
        (_, 1) if place % 7 == 3 => None,
        _ => Some((total, early)),
    }
}

fn pay(
    connection: &Connection,
    account: AccountNumber,
    invoice: InvoiceNumber,
    amount: Money,
    paid_on: Date,
    now: &Zoned,
) -> rusqlite::Result<()> {
    let paid_at = noon(paid_on, now);
    if paid_at > *now {
        return Ok(());
    }
    let card = "0077"; // a card that has since been replaced
    ledger::settle(connection, account, card, &[(invoice, amount)], paid_at.timestamp()).map(drop)
}

/// Books appointments: first those ahead, the demo's customer's in front, then some that have been.
fn plant_appointments(connection: &Connection, now: &Zoned) -> rusqlite::Result<()> {
    use AppointmentKind::{EquipmentSwap, Installation, Move, Repair};
    let kinds = [EquipmentSwap, Repair, Installation, Repair, Move];
    for (place, account) in accounts_with_appointments() {
        let when = When {
            days: Days::from(now.date().saturating_add(ahead(place).days()), 10),
            time: if place == 0 { TimeOfDay::At(time(14, 0, 0, 0)) } else { TimeOfDay::Any },
        };
        let chosen = free(connection, &when, now)?.into_iter().filter(is_no_friday).nth(place % 4);
        if let Some(FreeSlot { technician, slot }) = chosen {
            insert(connection, account, technician, kinds[place % kinds.len()], &slot)?;
        }
    }
    let a_month_ago = now.saturating_sub(30.days());
    for (place, account) in accounts().enumerate().filter(|(place, _)| place % 5 == 0) {
        let when = When::any_time(a_month_ago.date().saturating_add(ahead(place).days()), 7);
        if let Some(FreeSlot { technician, slot }) =
            free(connection, &when, &a_month_ago)?.into_iter().nth(place % 6)
        {
            insert(connection, account, technician, Repair, &slot)?;
        }
    }
    Ok(())
}

/// The customers with an appointment ahead, every second one, with their places among all.
fn accounts_with_appointments() -> impl Iterator<Item = (usize, AccountNumber)> {
    accounts().enumerate().filter(|(place, _)| place % 2 == 0)
}

/// How many days ahead a customer's appointment is looked for.
fn ahead(place: usize) -> i64 {
    3 + i64::try_from(place % 11).expect("at most ten")
}

/// Fridays are left free: that is when the demo's customer would like to be visited instead.
fn is_no_friday(free: &FreeSlot) -> bool {
    free.slot.start.weekday() != Weekday::Friday
}

/// One area has a fault at the moment, another had one last week.
fn plant_outages(connection: &Connection, now: &Zoned) -> rusqlite::Result<()> {
    let outages = [
        (AREAS[2].0, "internet", "a cable that was cut by road works", -2, 7),
        (AREAS[4].0, "telephone", "a failed power supply in the exchange", -170, -164),
    ];
    for (postcode, service, cause, began, ends) in outages {
        let at = |hours: i32| now.saturating_add(hours.hours()).timestamp().as_second();
        connection.execute(
            "INSERT INTO outages (postcode, service, cause, began_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            (postcode, service, cause, at(began), at(ends)),
        )?;
    }
    Ok(())
}

/// Brings an older demo up to date, at every start: PINs for a company that was founded before there were any, and appointments
/// ahead for one that has slept.
pub fn renew(connection: &Connection, now: &Zoned) -> rusqlite::Result<()> {
    plant_pins(connection)?;
    put_off_appointments(connection, now)
}

/// Puts off planted appointments that nobody came to, by whole weeks. Those that a caller has cancelled stay cancelled, those that
/// a caller has made are left alone.
fn put_off_appointments(connection: &Connection, now: &Zoned) -> rusqlite::Result<()> {
    let missed: Vec<(i64, i64)> = connection
        .prepare("SELECT id, starts_at FROM appointments WHERE status = 'booked' AND id BETWEEN ?1 AND ?2 AND starts_at <= ?3")?
        .query_map((FIRST_APPOINTMENT, last_ahead(), now.timestamp().as_second()), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (id, starts_at) in missed {
        let missed = jiff::Timestamp::from_second(starts_at).unwrap_or(jiff::Timestamp::MAX);
        let missed = missed.to_zoned(now.time_zone().clone());
        let same_days = (1..).map(|weeks: i32| missed.date().saturating_add((7 * weeks).days()));
        for date in same_days.skip_while(|date| *date <= now.date()).take(8) {
            let when = When { days: Days::one(date), time: TimeOfDay::At(missed.time()) };
            if let Some(FreeSlot { technician, slot }) =
                free(connection, &when, now)?.into_iter().next()
            {
                let (start, end) =
                    (slot.start.timestamp().as_second(), slot.end.timestamp().as_second());
                connection.execute(
                    "UPDATE appointments SET technician_id = ?1, starts_at = ?2, ends_at = ?3 WHERE id = ?4",
                    (technician, start, end, id),
                )?;
                break;
            }
        }
    }
    Ok(())
}

/// The key of the last appointment that was planted ahead.
fn last_ahead() -> i64 {
    (FIRST_APPOINTMENT..)
        .zip(accounts_with_appointments())
        .last()
        .map_or(FIRST_APPOINTMENT, |(id, _)| id)
}

/// Noon of a day, in the zone of `now`.
fn noon(date: Date, now: &Zoned) -> Zoned {
    date.at(12, 0, 0, 0).to_zoned(now.time_zone().clone()).expect("the day is within a year of now")
}

#[cfg(test)]
mod tests;
