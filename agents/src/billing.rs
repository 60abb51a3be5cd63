//! Billing: tells what is owed and why, takes payments and gives money back.

use switchboard::prelude::*;

use crate::company::clock::Clock;
use crate::company::directory::{Directory, Plan};
use crate::company::ledger::{Balance, Invoice, InvoiceStatus, Ledger, Line};
use crate::company::money::Money;
use crate::company::number::InvoiceNumber;
use crate::company::wording;
use crate::identify::{account_of, identify_caller};
use crate::told::Told;
use crate::verify::verify_caller;
use crate::{App, calendar, triage};

mod payments;

use payments::{list_payments, make_payment, request_refund};

/// This agent's name, for other agents to hand off to.
pub const ID: AgentId = AgentId::new("billing");

/// The most invoices or payments that are read out.
const LISTED: u32 = 6;

/// The billing agent.
pub fn agent() -> Agent<App> {
    Agent::new(ID)
        .instructions(include_str!("billing.md"))
        .greeting("Say: \"Larkfield Telecom, billing. How can I help you?\" If you know the caller's name, use it.")
        .hold("Let me look at your account.")
        .hold("The figures are coming up.")
        .hold("Just checking that to the cent.")
        .hold("Nearly there.")
        .tool(get_account_balance.requires("billing:read").read_only().backend("ledger").hold("Let me see where you stand."))
        .tool(list_invoices.requires("billing:read").read_only().backend("ledger").hold("I'm getting your invoices."))
        .tool(get_invoice.requires("billing:read").read_only().backend("ledger").hold("Let me open that invoice."))
        .tool(
            make_payment
                .requires("billing:pay")
                .confirm("the amount and the card")
                .backend("ledger")
                .hold("Let me put that payment through.")
                .hold("The card is being charged.")
                .hold("Just waiting for the receipt."),
        )
        .tool(list_payments.requires("billing:read").read_only().backend("ledger").optional().hold("I'm going through your payments."))
        .tool(
            request_refund
                .requires("billing:refund")
                .confirm("the amount")
                .backend("ledger")
                .hold("Let me arrange that refund.")
                .hold("I'm sending the money back."),
        )
        .tool(get_plan.requires("billing:read").read_only().optional().backend("directory").hold("Let me check your plan."))
        .tool(identify_caller.read_only().backend("directory").hold("Let me find your account."))
        .tool(verify_caller.window(Duration::ZERO).backend("directory").hold("Let me check that PIN."))
        .handoff(calendar::ID, "The caller wants to see, book, move or cancel an appointment with a technician.")
        .handoff(triage::ID, "The caller asks about opening hours, a fault, a callback, a message or anything but money.")
}

/// Tell the balance: how much the caller owes in all, and on which invoices.
#[derive(Debug, Deserialize, JsonSchema)]
struct GetAccountBalance {}

#[derive(Debug, Serialize)]
struct AccountBalance {
    #[serde(flatten)]
    balance: Balance,
    card_on_file_ends_in: Option<String>,
}

async fn get_account_balance(
    _: GetAccountBalance,
    caller: Caller,
    ledger: State<Ledger>,
    clock: State<Clock>,
) -> ToolResult<Json<Told<AccountBalance>>> {
    let account = account_of(&caller)?;
    let balance = ledger.balance(account, clock.now().date()).await.map_err(ToolError::failed)?;
    let card_on_file_ends_in = ledger.card(account).await.map_err(ToolError::failed)?;
    Ok(Told::new(in_words(&balance), AccountBalance { balance, card_on_file_ends_in }))
}

/// A balance in a sentence.
fn in_words(balance: &Balance) -> String {
    match balance.open_invoices.first() {
        None => "Nothing is owed.".to_owned(),
        Some(Invoice { due_on, status: InvoiceStatus::Overdue, .. }) => {
            format!("The balance is {}; it was due on {}.", balance.owed, wording::day(*due_on))
        }
        Some(Invoice { due_on, .. }) => {
            format!("The balance is {}, due on {}.", balance.owed, wording::day(*due_on))
        }
    }
}

/// List the caller's invoices, the newest first: amounts, due dates, and what is still open.
#[derive(Debug, Deserialize, JsonSchema)]
struct ListInvoices {
    /// Which ones. Leave out for all.
    which: Option<Which>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Which {
    /// The newest six.
    All,
    /// Those that are not paid in full.
    Unpaid,
}

#[derive(Debug, Serialize)]
struct Invoices {
    invoices: Vec<Invoice>,
}

async fn list_invoices(
    args: ListInvoices,
    caller: Caller,
    ledger: State<Ledger>,
    clock: State<Clock>,
) -> ToolResult<Json<Told<Invoices>>> {
    let (account, today) = (account_of(&caller)?, clock.now().date());
    let invoices = match args.which.unwrap_or(Which::All) {
        Which::All => ledger.invoices(account, today, LISTED).await,
        Which::Unpaid => ledger.balance(account, today).await.map(|balance| balance.open_invoices),
    };
    let invoices = invoices.map_err(ToolError::failed)?;
    let each: Vec<_> = invoices.iter().map(invoice_in_words).collect();
    let summary = match each.as_slice() {
        [] => "There are no such invoices.".to_owned(),
        each => format!("These are your invoices: {}.", each.join("; ")),
    };
    Ok(Told::new(summary, Invoices { invoices }))
}

/// `$84.90 of November 1, overdue`.
fn invoice_in_words(invoice: &Invoice) -> String {
    let status = match invoice.status {
        InvoiceStatus::Paid => "paid",
        InvoiceStatus::Open => "open",
        InvoiceStatus::Overdue => "overdue",
    };
    format!("{} of {}, {status}", invoice.total, wording::date(invoice.issued_on))
}

/// Explain one invoice, line by line. Sum up first; read the lines only if asked.
#[derive(Debug, Deserialize, JsonSchema)]
struct GetInvoice {
    /// The number of the invoice, such as N-20016. Leave out for the newest one.
    invoice_number: Option<InvoiceNumber>,
}

#[derive(Debug, Serialize)]
struct InvoiceWithLines {
    #[serde(flatten)]
    invoice: Invoice,
    lines: Vec<Line>,
}

async fn get_invoice(
    args: GetInvoice,
    caller: Caller,
    ledger: State<Ledger>,
    clock: State<Clock>,
) -> ToolResult<Json<Told<InvoiceWithLines>>> {
    let (account, today) = (account_of(&caller)?, clock.now().date());
    let newest = ledger.invoices(account, today, 1).await.map_err(ToolError::failed)?;
    let number = args.invoice_number.or_else(|| newest.first().map(|invoice| invoice.number));
    let number = number.ok_or_else(|| ToolError::refused("This account has no invoices yet."))?;
    let found = ledger.invoice(account, number, today).await.map_err(ToolError::failed)?;
    let (invoice, lines) = found.ok_or_else(|| {
        ToolError::refused(format!("You have no invoice {number}. Shall I list your invoices?"))
    })?;
    let labels: Vec<_> =
        lines.iter().map(|line| format!("{} {}", line.label, line.amount)).collect();
    let summary = format!(
        "The invoice of {} is {}: {}. {}",
        wording::date(invoice.issued_on),
        invoice.total,
        wording::list(&labels, "and"),
        still_open(invoice.open)
    );
    Ok(Told::new(summary, InvoiceWithLines { invoice, lines }))
}

/// What is left to pay, in a sentence.
fn still_open(amount: Money) -> String {
    match amount {
        Money::ZERO => "Nothing is left to pay.".to_owned(),
        some => format!("{some} is still open."),
    }
}

/// Tell which plan the caller has, how fast it is and what it costs a month.
#[derive(Debug, Deserialize, JsonSchema)]
struct GetPlan {}

async fn get_plan(
    _: GetPlan,
    caller: Caller,
    directory: State<Directory>,
) -> ToolResult<Json<Told<Plan>>> {
    let plan = directory.plan(account_of(&caller)?).await.map_err(ToolError::failed)?;
    let plan =
        plan.ok_or_else(|| ToolError::refused("You have no plan yet. Shall sales call you back?"))?;
    let summary = format!(
        "You have {}, with {} megabits per second, for {} a month.",
        plan.name, plan.megabits_per_second, plan.monthly_price
    );
    Ok(Told::new(summary, plan))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{app, dana};

    async fn balance(app: &App, caller: Caller) -> ToolResult<Told<AccountBalance>> {
        let (ledger, clock) = (State(app.ledger.clone()), State(app.clock.clone()));
        get_account_balance(GetAccountBalance {}, caller, ledger, clock)
            .await
            .map(|Json(balance)| balance)
    }

    #[tokio::test]
    async fn the_balance_is_told_to_whom_it_belongs() {
        let app = app().await;
        let told = balance(&app, dana()).await.unwrap();
        assert_eq!(told.summary, "The balance is $84.90; it was due on Saturday, November 21.");
        let error = balance(&app, Caller::unknown()).await.unwrap_err();
        assert!(error.to_string().contains("What is your account number?"), "{error}");
    }

    #[tokio::test]
    async fn the_newest_invoice_is_explained_line_by_line() {
        let app = app().await;
        let (ledger, clock) = (State(app.ledger.clone()), State(app.clock.clone()));
        let Json(newest) =
            get_invoice(GetInvoice { invoice_number: None }, dana(), ledger, clock).await.unwrap();
        let lines: Vec<_> = newest
            .data
            .lines
            .iter()
            .map(|line| format!("{} {}", line.label, line.amount))
            .collect();
        assert_eq!(
            lines,
            ["Valley 300 with Telephone $64.90", "Router rental $5.00", "Telephone calls $15.00"]
        );
        let unknown = GetInvoice { invoice_number: Some(InvoiceNumber::new(99_999)) };
        assert!(get_invoice(unknown, dana(), State(app.ledger), State(app.clock)).await.is_err());
    }

    #[tokio::test]
    async fn unpaid_invoices_are_listed_apart() {
        let app = app().await;
        let list = async |which| {
            let (ledger, clock) = (State(app.ledger.clone()), State(app.clock.clone()));
            list_invoices(ListInvoices { which }, dana(), ledger, clock)
                .await
                .unwrap()
                .0
                .data
                .invoices
        };
        assert_eq!(list(None).await.len(), 4);
        assert_eq!(list(Some(Which::Unpaid)).await.len(), 1);
    }

    #[tokio::test]
    async fn the_plan_is_told() {
        let Json(plan) = get_plan(GetPlan {}, dana(), State(app().await.directory)).await.unwrap();
        assert_eq!(
            plan.summary,
            "You have Valley 300 with Telephone, with 300 megabits per second, for $64.90 a month."
        );
    }
}
