//! Calendar: books, moves and cancels the visits of technicians.

use switchboard::prelude::*;

use crate::company::clock::Clock;
use crate::company::number::{AccountNumber, AppointmentNumber};
use crate::company::schedule::{Appointment, AppointmentKind, Schedule, ScheduleError, Slot};
use crate::company::when::When;
use crate::company::wording;
use crate::identify::{account_of, identify_caller};
use crate::{App, billing, triage};

/// This agent's name, for other agents to hand off to.
pub const ID: AgentId = AgentId::new("calendar");

/// The most free slots that are read out.
const OFFERED: usize = 5;

/// The calendar agent.
pub fn agent() -> Agent<App> {
    Agent::new(ID)
        .instructions(include_str!("calendar.md"))
        .greeting("Say: \"Larkfield Telecom, appointments. How can I help you?\" If you know the caller's name, use it.")
        .tool(list_appointments.idempotent())
        .tool(find_free_slots.idempotent())
        .tool(book_appointment.hold("Let me write that down."))
        .tool(move_appointment.hold("Let me move that for you."))
        .tool(cancel_appointment)
        .tool(add_appointment_note)
        .tool(identify_caller.idempotent())
        .handoff(billing::ID, "The caller asks about a bill, a balance, a payment, an invoice, a charge or their plan.")
        .handoff(
            triage::ID,
            "The caller asks about opening hours, a fault, a callback, a message or anything but appointments.",
        )
}

/// List the caller's appointments that lie ahead.
#[derive(Debug, Deserialize, JsonSchema)]
struct ListAppointments {}

#[derive(Debug, Serialize)]
struct Appointments {
    appointments: Vec<Appointment>,
}

async fn list_appointments(
    _: ListAppointments,
    caller: Caller,
    schedule: State<Schedule>,
    clock: State<Clock>,
) -> ToolResult<Json<Appointments>> {
    let ahead = schedule.appointments(account_of(&caller)?, clock.now()).await;
    Ok(Json(Appointments { appointments: ahead.map_err(ToolError::failed)? }))
}

/// Find times at which a technician could come. Offer two or three of them.
#[derive(Debug, Deserialize, JsonSchema)]
struct FindFreeSlots {
    /// The day and time of day, in the caller's words: "Friday morning". Leave out for as soon as possible.
    when: Option<String>,
}

#[derive(Debug, Serialize)]
struct FreeSlots {
    free: Vec<Slot>,
}

async fn find_free_slots(
    args: FindFreeSlots,
    schedule: State<Schedule>,
    clock: State<Clock>,
) -> ToolResult<Json<FreeSlots>> {
    let now = clock.now();
    let when = When::read(args.when.as_deref().unwrap_or("as soon as possible"), &now)?;
    Ok(Json(FreeSlots { free: schedule.free_slots(when, now, OFFERED).await? }))
}

/// Book a technician. Afterwards say the day and the hours that come back.
#[derive(Debug, Deserialize, JsonSchema)]
struct BookAppointment {
    /// What the technician comes for.
    kind: AppointmentKind,
    /// The day and time of day, in the caller's words: "tomorrow at 10".
    when: String,
}

async fn book_appointment(
    args: BookAppointment,
    caller: Caller,
    schedule: State<Schedule>,
    clock: State<Clock>,
    key: IdempotencyKey,
) -> ToolResult<Json<Changed>> {
    let (account, now) = (account_of(&caller)?, clock.now());
    let when = When::read(&args.when, &now)?;
    let booked = schedule.book(account, args.kind, when, now, key.into()).await?;
    Ok(Json(Changed::new("booked", booked)))
}

/// Move an appointment to another time. Afterwards say the day and the hours that come back.
#[derive(Debug, Deserialize, JsonSchema)]
struct MoveAppointment {
    /// The new day and time of day, in the caller's words: "Friday morning".
    when: String,
    /// The appointment's number, such as T-40014. Leave out when the caller has only one.
    appointment: Option<AppointmentNumber>,
}

async fn move_appointment(
    args: MoveAppointment,
    caller: Caller,
    schedule: State<Schedule>,
    clock: State<Clock>,
    key: IdempotencyKey,
) -> ToolResult<Json<Changed>> {
    let (account, now) = (account_of(&caller)?, clock.now());
    let when = When::read(&args.when, &now)?;
    let number = the_one(args.appointment, account, &schedule, &clock).await?;
    let moved = schedule.move_to(account, number, when, now, key.into()).await?;
    Ok(Json(Changed::new("moved", moved)))
}

/// Cancel an appointment. First say which one, and wait for a yes.
#[derive(Debug, Deserialize, JsonSchema)]
struct CancelAppointment {
    /// The appointment's number, such as T-40014. Leave out when the caller has only one.
    appointment: Option<AppointmentNumber>,
}

async fn cancel_appointment(
    args: CancelAppointment,
    caller: Caller,
    schedule: State<Schedule>,
    clock: State<Clock>,
    key: IdempotencyKey,
) -> ToolResult<Json<Changed>> {
    let account = account_of(&caller)?;
    let number = the_one(args.appointment, account, &schedule, &clock).await?;
    let cancelled = schedule.cancel(account, number, clock.now(), key.into()).await?;
    Ok(Json(Changed::new("cancelled", cancelled)))
}

/// Leave a note for the technician: how to get in, what is broken, a dog in the yard.
#[derive(Debug, Deserialize, JsonSchema)]
struct AddAppointmentNote {
    /// The note, in one or two sentences.
    note: String,
    /// The appointment's number, such as T-40014. Leave out when the caller has only one.
    appointment: Option<AppointmentNumber>,
}

async fn add_appointment_note(
    args: AddAppointmentNote,
    caller: Caller,
    schedule: State<Schedule>,
    clock: State<Clock>,
) -> ToolResult<Json<Changed>> {
    let account = account_of(&caller)?;
    let number = the_one(args.appointment, account, &schedule, &clock).await?;
    let noted = schedule.note(account, number, args.note, clock.now()).await?;
    Ok(Json(Changed::new("kept, with a note for the technician", noted)))
}

/// What became of an appointment.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Changed {
    summary: String,
    #[serde(flatten)]
    appointment: Appointment,
}

impl Changed {
    fn new(what: &str, appointment: Appointment) -> Self {
        Self { summary: format!("The appointment is {what}: {}.", appointment.slot), appointment }
    }
}

/// The appointment that is meant: the one that is named, or the only one there is.
async fn the_one(
    named: Option<AppointmentNumber>,
    account: AccountNumber,
    schedule: &Schedule,
    clock: &Clock,
) -> ToolResult<AppointmentNumber> {
    if let Some(number) = named {
        return Ok(number);
    }
    let ahead = schedule.appointments(account, clock.now()).await.map_err(ToolError::failed)?;
    match ahead.as_slice() {
        [only] => Ok(only.number),
        [] => Err(ToolError::refused("The caller has no appointment ahead. Offer to book one.")),
        several => {
            let each: Vec<_> =
                several.iter().map(|one| format!("{} on {}", one.number, one.slot)).collect();
            let each = wording::list(&each, "and");
            Err(ToolError::refused(format!(
                "The caller has several appointments: {each}. Ask which one."
            )))
        }
    }
}

impl From<ScheduleError> for ToolError {
    fn from(error: ScheduleError) -> Self {
        Self::refused(match error {
            ScheduleError::Closed { date, holiday, offers } => {
                let why = holiday.map_or_else(String::new, |name| format!(", {name}"));
                format!("We are closed on {}{why}. {}", wording::day(date), offer(&offers))
            }
            ScheduleError::Full { asked, offers } => {
                format!("No technician is free {asked}. {}", offer(&offers))
            }
            ScheduleError::TooFar { last } => {
                format!("We book until {} so far. Ask for an earlier day.", wording::day(last))
            }
            ScheduleError::Clash { appointment } => {
                format!(
                    "The caller has another appointment then: {}. Ask for another time.",
                    appointment.slot
                )
            }
            ScheduleError::AlreadyThen { appointment } => {
                format!(
                    "The appointment is at that time already: {}. Nothing was changed.",
                    appointment.slot
                )
            }
            ScheduleError::NotBooked { number } => {
                format!(
                    "The caller has no appointment {number} ahead. List the appointments, and ask which one."
                )
            }
            ScheduleError::Begun { number } => {
                format!(
                    "Appointment {number} has begun, so it cannot be changed. Offer a callback."
                )
            }
            ScheduleError::Storage(source) => return Self::failed(source),
        })
    }
}

/// Other slots, as a question to ask.
fn offer(slots: &[Slot]) -> String {
    if slots.is_empty() {
        return "Ask for another day.".to_owned();
    }
    let slots: Vec<_> = slots.iter().map(Slot::to_string).collect();
    format!("Free are: {}. Ask which one suits.", wording::list(&slots, "or"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{app, dana, key};

    async fn move_to(app: &App, when: &str, name: &str) -> ToolResult<Json<Changed>> {
        let args = MoveAppointment { when: when.into(), appointment: None };
        move_appointment(
            args,
            dana(),
            State(app.schedule.clone()),
            State(app.clock.clone()),
            key(name),
        )
        .await
    }

    async fn book(app: &App, when: &str, name: &str) -> ToolResult<Json<Changed>> {
        let args = BookAppointment { kind: AppointmentKind::Repair, when: when.into() };
        book_appointment(
            args,
            dana(),
            State(app.schedule.clone()),
            State(app.clock.clone()),
            key(name),
        )
        .await
    }

    async fn ahead(app: &App) -> Vec<Appointment> {
        let (schedule, clock) = (State(app.schedule.clone()), State(app.clock.clone()));
        list_appointments(ListAppointments {}, dana(), schedule, clock)
            .await
            .unwrap()
            .0
            .appointments
    }

    #[tokio::test]
    async fn the_only_appointment_moves_to_friday_morning_without_questions() {
        let app = app().await;
        let Json(moved) = move_to(&app, "Friday morning", "k").await.unwrap();
        assert_eq!(
            moved.summary,
            "The appointment is moved: Friday, November 27, between 8 and 10 in the morning."
        );
        assert_eq!(ahead(&app).await, [moved.appointment]);
    }

    #[tokio::test]
    async fn a_closed_day_is_named_and_others_are_offered() {
        let error = move_to(&app().await, "Thursday", "k").await.unwrap_err().to_string();
        assert!(
            error.starts_with(
                "We are closed on Thursday, November 26, Thanksgiving. Free are: Friday"
            ),
            "{error}"
        );
    }

    #[tokio::test]
    async fn of_several_appointments_the_model_is_told_to_ask() {
        let app = app().await;
        book(&app, "Friday morning", "a").await.unwrap();
        assert_eq!(ahead(&app).await.len(), 2);
        let error = move_to(&app, "Saturday", "b").await.unwrap_err().to_string();
        assert!(error.contains("several appointments") && error.contains("T-"), "{error}");
    }

    #[tokio::test]
    async fn a_cancelled_appointment_is_gone() {
        let app = app().await;
        let args = CancelAppointment { appointment: None };
        let (schedule, clock) = (State(app.schedule.clone()), State(app.clock.clone()));
        let Json(cancelled) =
            cancel_appointment(args, dana(), schedule, clock, key("k")).await.unwrap();
        assert!(cancelled.summary.starts_with("The appointment is cancelled: "));
        assert_eq!(ahead(&app).await, []);
        let error = move_to(&app, "Friday", "l").await.unwrap_err();
        assert!(error.to_string().starts_with("The caller has no appointment ahead."), "{error}");
    }

    #[tokio::test]
    async fn a_note_reaches_the_technician() {
        let app = app().await;
        let args = AddAppointmentNote { note: "Ring at the back.".into(), appointment: None };
        let (schedule, clock) = (State(app.schedule.clone()), State(app.clock.clone()));
        add_appointment_note(args, dana(), schedule, clock).await.unwrap();
        assert_eq!(ahead(&app).await[0].note.as_deref(), Some("Ring at the back."));
    }

    #[tokio::test]
    async fn free_slots_are_found_and_unclear_times_are_asked_for() {
        let app = app().await;
        let find = async |when: Option<&str>| {
            let args = FindFreeSlots { when: when.map(str::to_owned) };
            find_free_slots(args, State(app.schedule.clone()), State(app.clock.clone())).await
        };
        assert_eq!(find(None).await.unwrap().0.free.len(), OFFERED);
        assert_eq!(find(Some("Friday morning")).await.unwrap().0.free.len(), 2);
        let error = find(Some("some time")).await.unwrap_err().to_string();
        assert!(error.contains("Ask for a day"), "{error}");
    }
}
