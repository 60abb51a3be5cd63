//! Calendar: books, moves and cancels the visits of technicians.

use switchboard::prelude::*;

use crate::company::clock::Clock;
use crate::company::number::{AccountNumber, AppointmentNumber};
use crate::company::schedule::{Appointment, AppointmentKind, Schedule, ScheduleError, Slot};
use crate::company::when::When;
use crate::company::wording;
use crate::identify::{account_of, identify_caller};
use crate::told::Told;
use crate::{App, billing, triage};

/// This agent's name, for other agents to hand off to.
pub const ID: AgentId = AgentId::new("calendar");

/// The most free slots that are found at once.
const OFFERED: usize = 5;

/// How many of them are read out: nobody remembers more.
const READ_OUT: usize = 3;

/// The calendar agent.
pub fn agent() -> Agent<App> {
    Agent::new(ID)
        .instructions(include_str!("calendar.md"))
        .greeting("Say: \"Larkfield Telecom, appointments. How can I help you?\" If you know the caller's name, use it.")
        .hold("Let me see the calendar.")
        .hold("I'm still turning the pages.")
        .hold("Just a second longer.")
        .hold("Almost there.")
        .tool(list_appointments.requires("calendar:read").read_only().backend("schedule").hold("Let me look up your visits."))
        .tool(find_free_slots.read_only().backend("schedule").hold("Let me see who is free.").hold("I'm comparing the technicians' days."))
        .tool(book_appointment.requires("calendar:write").backend("schedule").hold("Let me write that down."))
        .tool(move_appointment.requires("calendar:write").backend("schedule").hold("Let me move that for you."))
        .tool(
            cancel_appointment
                .requires("calendar:write")
                .confirm("which appointment it is, and that it will be cancelled")
                .backend("schedule")
                .hold("Let me take that out of the calendar."),
        )
        .tool(add_appointment_note.requires("calendar:write").optional().backend("schedule").hold("I'm noting that for the technician."))
        .tool(identify_caller.read_only().backend("directory").hold("Let me find your account."))
        .handoff(billing::ID, "The caller asks about a bill, a balance, a payment, an invoice, a charge or their plan.")
        .handoff(
            triage::ID,
            "The caller asks about opening hours, a fault, a callback, a message or anything but appointments.",
        )
}

/// List the caller's appointments: when a technician comes, and what for.
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
) -> ToolResult<Json<Told<Appointments>>> {
    let ahead = schedule.appointments(account_of(&caller)?, clock.now()).await;
    let appointments = ahead.map_err(ToolError::failed)?;
    let each: Vec<_> =
        appointments.iter().map(|one| format!("{} on {}", one.kind, one.slot)).collect();
    let summary = match each.as_slice() {
        [] => "You have no appointment ahead.".to_owned(),
        each => format!("A technician comes for {}.", wording::list(each, "and for")),
    };
    Ok(Told::new(summary, Appointments { appointments }))
}

/// Find free slots for an appointment. Offer two or three of them.
#[derive(Debug, Deserialize, JsonSchema)]
struct FindFreeSlots {
    /// The day and time of day, in the caller's words: "Friday morning". Leave out for as soon as possible.
    when: Option<String>,
}

#[derive(Debug, Serialize)]
struct FreeSlots {
    free_slots: Vec<Slot>,
}

async fn find_free_slots(
    args: FindFreeSlots,
    schedule: State<Schedule>,
    clock: State<Clock>,
) -> ToolResult<Json<Told<FreeSlots>>> {
    let now = clock.now();
    let when = When::read(args.when.as_deref().unwrap_or("as soon as possible"), &now)?;
    let free_slots = schedule.free_slots(when, now, OFFERED).await?;
    Ok(Told::new(offer(&free_slots), FreeSlots { free_slots }))
}

/// Book an appointment: an installation, a repair, a new router or a move. Then say the time that comes back.
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
) -> ToolResult<Json<Told<Appointment>>> {
    let (account, now) = (account_of(&caller)?, clock.now());
    let when = When::read(&args.when, &now)?;
    let booked = schedule.book(account, args.kind, when, now, key.into()).await?;
    Ok(now_it_is("booked", booked))
}

/// Move an appointment to another time. Then say the time that comes back.
#[derive(Debug, Deserialize, JsonSchema)]
struct MoveAppointment {
    /// The new day and time of day, in the caller's words: "Friday morning".
    when: String,
    /// The number of the appointment, such as T-40014. Leave out when the caller has only one.
    appointment_number: Option<AppointmentNumber>,
}

async fn move_appointment(
    args: MoveAppointment,
    caller: Caller,
    schedule: State<Schedule>,
    clock: State<Clock>,
    key: IdempotencyKey,
) -> ToolResult<Json<Told<Appointment>>> {
    let (account, now) = (account_of(&caller)?, clock.now());
    let when = When::read(&args.when, &now)?;
    let number = the_one(args.appointment_number, account, &schedule, &clock).await?;
    let moved = schedule.move_to(account, number, when, now, key.into()).await?;
    Ok(now_it_is("moved", moved))
}

/// Cancel an appointment. It is gone once the caller has confirmed.
#[derive(Debug, Deserialize, JsonSchema)]
struct CancelAppointment {
    /// The number of the appointment, such as T-40014. Leave out when the caller has only one.
    appointment_number: Option<AppointmentNumber>,
}

async fn cancel_appointment(
    args: CancelAppointment,
    caller: Caller,
    schedule: State<Schedule>,
    clock: State<Clock>,
    key: IdempotencyKey,
) -> ToolResult<Json<Told<Appointment>>> {
    let account = account_of(&caller)?;
    let number = the_one(args.appointment_number, account, &schedule, &clock).await?;
    let cancelled = schedule.cancel(account, number, clock.now(), key.into()).await?;
    Ok(now_it_is("cancelled", cancelled))
}

/// Leave a note for the technician: how to get in, what is broken, a dog in the yard.
#[derive(Debug, Deserialize, JsonSchema)]
struct AddAppointmentNote {
    /// The note, in one or two sentences.
    note: String,
    /// The number of the appointment, such as T-40014. Leave out when the caller has only one.
    appointment_number: Option<AppointmentNumber>,
}

async fn add_appointment_note(
    args: AddAppointmentNote,
    caller: Caller,
    schedule: State<Schedule>,
    clock: State<Clock>,
) -> ToolResult<Json<Told<Appointment>>> {
    let account = account_of(&caller)?;
    let number = the_one(args.appointment_number, account, &schedule, &clock).await?;
    let noted = schedule.note(account, number, args.note, clock.now()).await?;
    Ok(now_it_is("kept, with a note for the technician", noted))
}

/// An appointment, and what became of it.
fn now_it_is(what: &str, appointment: Appointment) -> Json<Told<Appointment>> {
    Told::new(format!("The appointment is {what}: {}.", appointment.slot), appointment)
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
        [] => Err(ToolError::refused("You have no appointment ahead. Shall I book one?")),
        several => {
            let each: Vec<_> =
                several.iter().map(|one| format!("{} on {}", one.number, one.slot)).collect();
            let each = wording::list(&each, "and");
            Err(ToolError::refused(format!(
                "You have several appointments: {each}. Which one do you mean?"
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
                format!(
                    "We book until {} so far. Which earlier day would suit you?",
                    wording::day(last)
                )
            }
            ScheduleError::Clash { appointment } => {
                format!(
                    "You have another appointment then: {}. Which other time would suit you?",
                    appointment.slot
                )
            }
            ScheduleError::AlreadyThen { appointment } => {
                format!(
                    "Your appointment is at that time already: {}. Nothing was changed.",
                    appointment.slot
                )
            }
            ScheduleError::NotBooked { number } => {
                format!("You have no appointment {number} ahead. Shall I list your appointments?")
            }
            ScheduleError::Begun { number } => {
                format!(
                    "Appointment {number} has begun, so it cannot be changed. Shall somebody call you back?"
                )
            }
            ScheduleError::Storage(source) => return Self::failed(source),
        })
    }
}

/// Other slots, as a question to ask.
fn offer(slots: &[Slot]) -> String {
    if slots.is_empty() {
        return "Which other day would suit you?".to_owned();
    }
    let slots: Vec<_> = slots.iter().take(READ_OUT).map(Slot::to_string).collect();
    format!("Free are: {}. Which one suits you?", wording::list(&slots, "or"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{app, dana, key};

    async fn move_to(app: &App, when: &str, name: &str) -> ToolResult<Json<Told<Appointment>>> {
        let args = MoveAppointment { when: when.into(), appointment_number: None };
        move_appointment(
            args,
            dana(),
            State(app.schedule.clone()),
            State(app.clock.clone()),
            key(name),
        )
        .await
    }

    async fn book(app: &App, when: &str, name: &str) -> ToolResult<Json<Told<Appointment>>> {
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
            .data
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
        assert_eq!(ahead(&app).await, [moved.data]);
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
        let args = CancelAppointment { appointment_number: None };
        let (schedule, clock) = (State(app.schedule.clone()), State(app.clock.clone()));
        let Json(cancelled) =
            cancel_appointment(args, dana(), schedule, clock, key("k")).await.unwrap();
        assert!(cancelled.summary.starts_with("The appointment is cancelled: "));
        assert_eq!(ahead(&app).await, []);
        let error = move_to(&app, "Friday", "l").await.unwrap_err();
        assert!(error.to_string().starts_with("You have no appointment ahead."), "{error}");
    }

    #[tokio::test]
    async fn a_note_reaches_the_technician() {
        let app = app().await;
        let args =
            AddAppointmentNote { note: "Ring at the back.".into(), appointment_number: None };
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
        assert_eq!(find(None).await.unwrap().0.data.free_slots.len(), OFFERED);
        assert_eq!(find(Some("Friday morning")).await.unwrap().0.data.free_slots.len(), 2);
        let error = find(Some("some time")).await.unwrap_err().to_string();
        assert!(error.contains("Which day"), "{error}");
    }
}
