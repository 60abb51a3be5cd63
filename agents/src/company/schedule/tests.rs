//! The schedule: who gets a slot, and what the others are told.

use std::sync::Arc;

use jiff::civil::date;
use tokio::task::JoinSet;

use super::*;
use crate::company::database::Location;
use crate::company::{seed, zone};

const ANN: AccountNumber = seed::DEMO_CUSTOMER;

/// Monday, 23 November 2026; Thursday is Thanksgiving.
fn monday() -> Zoned {
    date(2026, 11, 23).at(9, 0, 0, 0).to_zoned(zone()).unwrap()
}

fn schedule() -> Schedule {
    Schedule::new(
        Database::open(&Location::Memory, |transaction| seed::plant(transaction, &monday()))
            .unwrap(),
    )
}

fn when(phrase: &str) -> When {
    When::read(phrase, &monday()).unwrap()
}

fn key(name: impl std::fmt::Display) -> Key {
    Key::new(name.to_string())
}

async fn technicians(schedule: &Schedule) -> usize {
    let count = |connection: &Connection| {
        connection.query_row("SELECT count(*) FROM technicians", (), |row| row.get::<_, u32>(0))
    };
    usize::try_from(schedule.database.read(count).await.unwrap()).unwrap()
}

/// What was offered instead.
fn offers(error: ScheduleError) -> Vec<Slot> {
    match error {
        ScheduleError::Full { offers, .. } | ScheduleError::Closed { offers, .. } => offers,
        other => panic!("no offers: {other}"),
    }
}

#[tokio::test]
async fn an_appointment_moves_and_leaves_its_old_slot_free() {
    let schedule = schedule();
    let [before] = schedule.appointments(ANN, monday()).await.unwrap().try_into().unwrap();
    let moved = schedule
        .move_to(ANN, before.number, when("Friday morning"), monday(), key(1))
        .await
        .unwrap();
    assert_eq!(moved.slot.to_string(), "Friday, November 27, between 8 and 10 in the morning");
    assert_eq!(schedule.appointments(ANN, monday()).await.unwrap(), [moved]);
}

#[tokio::test]
async fn a_move_that_arrives_twice_moves_once() {
    let schedule = schedule();
    let number = schedule.appointments(ANN, monday()).await.unwrap()[0].number;
    let first = schedule.move_to(ANN, number, when("Friday"), monday(), key(1)).await.unwrap();
    let again = schedule.move_to(ANN, number, when("Friday"), monday(), key(1)).await.unwrap();
    assert_eq!(first, again);
    let other_wish =
        schedule.move_to(ANN, number, when("Friday"), monday(), key(2)).await.unwrap_err();
    assert!(matches!(other_wish, ScheduleError::AlreadyThen { .. }), "{other_wish}");
}

#[tokio::test]
async fn a_cancelled_appointment_is_gone_and_can_be_cancelled_once() {
    let schedule = schedule();
    let number = schedule.appointments(ANN, monday()).await.unwrap()[0].number;
    for _ in 0..2 {
        schedule.cancel(ANN, number, monday(), key(1)).await.unwrap();
    }
    assert_eq!(schedule.appointments(ANN, monday()).await.unwrap(), []);
    let error = schedule.cancel(ANN, number, monday(), key(2)).await.unwrap_err();
    assert!(matches!(error, ScheduleError::NotBooked { .. }), "{error}");
}

#[tokio::test]
async fn another_customers_appointment_is_out_of_reach() {
    let schedule = schedule();
    let number = schedule.appointments(ANN, monday()).await.unwrap()[0].number;
    let other = seed::accounts().find(|account| *account != ANN).unwrap();
    let error = schedule.cancel(other, number, monday(), key(1)).await.unwrap_err();
    assert!(matches!(error, ScheduleError::NotBooked { .. }), "{error}");
    assert_eq!(schedule.appointments(ANN, monday()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_holiday_is_named_and_the_next_slots_are_offered() {
    let error = schedule().free_slots(when("Thursday"), monday(), 5).await.unwrap_err();
    assert_eq!(error.to_string(), "closed on Thursday, November 26, Thanksgiving");
    assert_eq!(offers(error)[0].start.date(), date(2026, 11, 27));
}

#[tokio::test]
async fn the_past_hours_of_today_are_not_offered() {
    let today = schedule().free_slots(when("today"), monday(), 9).await.unwrap();
    assert_eq!(today[0].start.hour(), 10);
    let over = monday().with().hour(19).build().unwrap();
    let error = schedule().free_slots(when("today"), over, 9).await.unwrap_err();
    assert_eq!(offers(error)[0].start.date(), date(2026, 11, 24));
}

#[tokio::test]
async fn the_schedule_ends_two_months_ahead() {
    let error = schedule().free_slots(when("in six months"), monday(), 1).await.unwrap_err();
    assert!(matches!(error, ScheduleError::TooFar { .. }), "{error}");
}

#[tokio::test]
async fn a_customer_is_not_booked_twice_at_one_time() {
    let schedule = schedule();
    let own = schedule.appointments(ANN, monday()).await.unwrap()[0].slot.clone();
    let then = When::read(&own.start.strftime("%F at %H:%M").to_string(), &monday()).unwrap();
    let error =
        schedule.book(ANN, AppointmentKind::Repair, then, monday(), key(1)).await.unwrap_err();
    assert!(matches!(error, ScheduleError::Clash { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_callers_each_free_technician_gets_one_and_the_rest_are_offered_the_next() {
    let schedule = Arc::new(schedule());
    let at_ten = when("next Wednesday at ten");
    let mut callers = JoinSet::new();
    let accounts: Vec<_> = seed::accounts().filter(|account| *account != ANN).collect();
    for caller in 0..1_000 {
        let (schedule, account) = (Arc::clone(&schedule), accounts[caller % accounts.len()]);
        callers.spawn(async move {
            schedule.book(account, AppointmentKind::Repair, at_ten, monday(), key(caller)).await
        });
    }
    let outcomes = callers.join_all().await;
    let (booked, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert!(booked.len() <= technicians(&schedule).await);
    let who: std::collections::BTreeSet<_> =
        booked.iter().flatten().map(|one| one.technician.clone()).collect();
    assert_eq!(who.len(), booked.len(), "no technician is in two places");
    assert!(booked.iter().flatten().all(|one| one.slot.fits(&at_ten)));
    for error in refused.into_iter().filter_map(Result::err) {
        let offers = match error {
            ScheduleError::Full { offers, .. } => offers,
            ScheduleError::Clash { .. } => continue,
            other => panic!("{other}"),
        };
        assert!(!offers.is_empty() && offers.iter().all(|offer| !offer.fits(&at_ten)));
    }
    let error = schedule
        .book(ANN, AppointmentKind::Repair, at_ten, monday(), key("late"))
        .await
        .unwrap_err();
    assert!(matches!(error, ScheduleError::Full { .. }), "{error}");
}

#[tokio::test]
async fn a_slot_keeps_its_hours_when_the_clocks_change() {
    // Clocks go forward on Sunday, 14 March 2027.
    let before = date(2027, 3, 12).at(9, 0, 0, 0).to_zoned(zone()).unwrap();
    let monday_after = When::read("Monday at ten", &before).unwrap();
    let slots = schedule().free_slots(monday_after, before.clone(), 1).await.unwrap();
    assert_eq!((slots[0].start.hour(), slots[0].end.hour()), (10, 12));
    assert_ne!(slots[0].start.offset(), before.offset());
}
