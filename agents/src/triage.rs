//! Triage: answers the call, finds out who it is and what they need, and helps or passes them on.

use switchboard::prelude::*;

use crate::company::clock::Clock;
use crate::company::desk::{Callback, CallbackError, Department, Desk, Note};
use crate::company::hours::Office;
use crate::company::network::{Area, Network, Status};
use crate::company::number::MessageNumber;
use crate::company::when::{UnclearWhen, When};
use crate::identify::{account_of, identify_caller};
use crate::told::Told;
use crate::verify::verify_caller;
use crate::{App, billing, calendar};

/// This agent's name, for other agents to hand off to.
pub const ID: AgentId = AgentId::new("triage");

/// The triage agent.
pub fn agent() -> Agent<App> {
    Agent::new(ID)
        .instructions(include_str!("triage.md"))
        .greeting("Say: \"Larkfield Telecom, hello! How can I help you?\" If you know the caller's name, use it.")
        .hold("Just a moment.")
        .hold("Let me find that out for you.")
        .hold("I'm on it.")
        .hold("Thanks for your patience.")
        .tool(get_business_hours.read_only().backend("office").hold("Let me look at the hours."))
        .tool(identify_caller.read_only().backend("directory").hold("Let me find you in our books."))
        .tool(verify_caller.window(Duration::ZERO).backend("directory").hold("Let me check that PIN."))
        .tool(get_service_status.read_only().backend("network").hold("Let me look at the network near you.").hold("I'm asking the exchange."))
        .tool(request_callback.backend("desk").hold("Let me see who is free to call you."))
        .tool(leave_message.backend("desk").hold("I'm writing that down."))
        .handoff(billing::ID, "The caller asks about a bill, a balance, a payment, an invoice, a charge or their plan.")
        .handoff(calendar::ID, "The caller wants to see, book, move or cancel an appointment with a technician.")
}

/// Tell the opening hours: whether we are open now, today, on each day of the week, and on holidays.
#[derive(Debug, Deserialize, JsonSchema)]
struct GetBusinessHours {}

#[derive(Debug, Serialize)]
struct BusinessHours {
    open_now: bool,
    week: Vec<String>,
    holidays_ahead: Vec<String>,
}

async fn get_business_hours(
    _: GetBusinessHours,
    office: State<Office>,
    clock: State<Clock>,
) -> ToolResult<Json<Told<BusinessHours>>> {
    let (hours, now) = (office.hours().await.map_err(ToolError::failed)?, clock.now());
    let told = BusinessHours {
        open_now: hours.is_open(&now),
        week: hours.week_in_words(),
        holidays_ahead: hours.holidays_in_words(now.date()),
    };
    Ok(Told::new(hours.today_in_words(&now), told))
}

/// Tell whether internet and telephone work in an area, and when a fault will be mended.
#[derive(Debug, Deserialize, JsonSchema)]
struct GetServiceStatus {
    /// The five digits of the area's postcode. Leave out for the area of the identified caller.
    postcode: Option<String>,
}

async fn get_service_status(
    args: GetServiceStatus,
    caller: Caller,
    network: State<Network>,
    clock: State<Clock>,
) -> ToolResult<Json<Told<Status>>> {
    let area = match args.postcode {
        Some(postcode) => Area::Postcode(postcode),
        None => Area::Of(
            account_of(&caller).map_err(|_| ToolError::refused("Which postcode do you mean?"))?,
        ),
    };
    let status = network.status(area, clock.now()).await.map_err(ToolError::failed)?;
    let not_ours = "We do not serve that postcode. What is it, digit by digit?";
    let status = status.ok_or_else(|| ToolError::refused(not_ours))?;
    Ok(Told::new(in_words(&status), status))
}

/// The state of an area in a sentence or two.
fn in_words(status: &Status) -> String {
    let faults = status.outages.iter().map(|outage| {
        format!(
            "In {} there is a fault of the {}: {}. We expect it to be mended by {}.",
            status.area, outage.service, outage.cause, outage.expected_until
        )
    });
    match faults.collect::<Vec<_>>() {
        none if none.is_empty() => format!("No fault is known in {}.", status.area),
        faults => faults.join(" "),
    }
}

/// Request a callback: a person calls the caller back. Say the hour that comes back.
#[derive(Debug, Deserialize, JsonSchema)]
struct RequestCallback {
    /// Which department is to call.
    department: Department,
    /// What it is about, in one sentence.
    topic: String,
    /// The day and time the caller wants, in their words: "tomorrow afternoon". Leave out for as soon as possible.
    when: Option<String>,
    /// The number to call. Leave out for the one they call from.
    phone: Option<String>,
}

async fn request_callback(
    args: RequestCallback,
    caller: Caller,
    desk: State<Desk>,
    clock: State<Clock>,
    key: IdempotencyKey,
) -> ToolResult<Json<Told<Callback>>> {
    let now = clock.now();
    let when = When::read(args.when.as_deref().unwrap_or("as soon as possible"), &now)?;
    let Some(phone) = args.phone.or_else(|| caller.number.clone()) else {
        return Err(ToolError::refused("Which number shall we call?"));
    };
    let note = note(args.department, args.topic, Some(phone), &caller);
    let callback = desk.call_back(note, when, now, key.into()).await?;
    Ok(Told::new(format!("Somebody will call you on {}.", callback.when), callback))
}

/// Leave a message for billing, sales, the technical department or the management. Read it back first.
#[derive(Debug, Deserialize, JsonSchema)]
struct LeaveMessage {
    /// Who is to read it.
    department: Department,
    /// The message, in the caller's words.
    message: String,
}

#[derive(Debug, Serialize)]
struct LeftMessage {
    number: MessageNumber,
    department: Department,
}

async fn leave_message(
    args: LeaveMessage,
    caller: Caller,
    desk: State<Desk>,
    clock: State<Clock>,
    key: IdempotencyKey,
) -> ToolResult<Json<Told<LeftMessage>>> {
    if args.message.trim().is_empty() {
        return Err(ToolError::refused("What shall the message say?"));
    }
    let note = note(args.department, args.message, caller.number.clone(), &caller);
    let number = desk.leave(note, clock.now(), key.into()).await.map_err(ToolError::failed)?;
    let left = LeftMessage { number, department: args.department };
    Ok(Told::new("The message is left.", left))
}

fn note(department: Department, body: String, phone: Option<String>, caller: &Caller) -> Note {
    Note { department, account: account_of(caller).ok(), phone, body }
}

impl From<CallbackError> for ToolError {
    fn from(error: CallbackError) -> Self {
        match error {
            CallbackError::NoHour { asked, offer: Some(hour) } => Self::refused(format!(
                "Nobody can call {asked}. The next free hour is {hour}. Does that suit you?"
            )),
            CallbackError::NoHour { asked, offer: None } => {
                Self::refused(format!("Nobody can call {asked}. Shall I take a message?"))
            }
            CallbackError::Storage(source) => Self::failed(source),
        }
    }
}

impl From<UnclearWhen> for ToolError {
    fn from(error: UnclearWhen) -> Self {
        Self::refused(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::company::seed::DEMO_PHONE;
    use crate::tests::{app, dana, key};

    #[tokio::test]
    async fn business_hours_are_honest_about_holidays() {
        let app = app().await;
        let Json(hours) =
            get_business_hours(GetBusinessHours {}, State(app.office), State(app.clock))
                .await
                .unwrap();
        assert!(hours.data.open_now);
        assert_eq!(hours.summary, "We are open today until 8 PM.");
        assert_eq!(hours.data.week[0], "Monday to Friday from 8 AM to 8 PM");
        assert_eq!(hours.data.holidays_ahead[0], "Thursday, November 26: closed for Thanksgiving");
    }

    #[tokio::test]
    async fn an_outage_is_told_where_it_is_and_nowhere_else() {
        let app = app().await;
        let status = async |caller, postcode: Option<&str>| {
            let args = GetServiceStatus { postcode: postcode.map(str::to_owned) };
            get_service_status(args, caller, State(app.network.clone()), State(app.clock.clone()))
                .await
        };
        let Json(mill_creek) = status(Caller::unknown(), Some("55714")).await.unwrap();
        assert_eq!(
            (mill_creek.data.area.as_str(), mill_creek.data.outages.len()),
            ("Mill Creek", 1)
        );
        let Json(at_home) = status(dana(), None).await.unwrap();
        assert_eq!(at_home.summary, "No fault is known in Larkfield.");
        assert!(status(Caller::unknown(), Some("12345")).await.is_err());
        assert!(status(Caller::unknown(), None).await.is_err());
    }

    #[tokio::test]
    async fn a_callback_is_promised_once_for_one_wish() {
        let app = app().await;
        let call = async || {
            let args = RequestCallback {
                department: Department::Technical,
                topic: "The line crackles.".into(),
                when: Some("tomorrow afternoon".into()),
                phone: None,
            };
            let (desk, clock) = (State(app.desk.clone()), State(app.clock.clone()));
            request_callback(args, Caller::from_number(DEMO_PHONE), desk, clock, key("k")).await
        };
        let Json(promised) = call().await.unwrap();
        assert_eq!(promised.data.when, "Tuesday, November 24, between noon and 1 PM");
        assert_eq!(call().await.unwrap(), Json(promised));
    }

    #[tokio::test]
    async fn a_message_is_kept_and_an_empty_one_is_asked_for() {
        let app = app().await;
        let leave = async |message: &str| {
            let args = LeaveMessage { department: Department::Management, message: message.into() };
            let (desk, clock) = (State(app.desk.clone()), State(app.clock.clone()));
            leave_message(args, Caller::unknown(), desk, clock, key(message)).await
        };
        assert_eq!(leave("Well done.").await.unwrap().0.data.department, Department::Management);
        assert!(leave(" ").await.is_err());
    }
}
