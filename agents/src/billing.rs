//! Billing: tells what is owed and why, and takes payments.

use switchboard::prelude::*;

use crate::company::clock::Clock;
use crate::company::directory::{Directory, Plan};
use crate::company::ledger::{
    Balance, Invoice, InvoiceStatus, Ledger, Line, Payment, PaymentError, Receipt,
};
use crate::company::money::{Dollars, Money};
use crate::company::number::InvoiceNumber;
use crate::company::wording;
use crate::identify::{account_of, identify_caller};
use crate::told::Told;
use crate::{App, calendar, triage};

/// This agent's name, for other agents to hand off to.
pub const ID: AgentId = AgentId::new("billing");

/// The most invoices or payments that are read out.
const LISTED: u32 = 6;

/// The billing agent.
pub fn agent() -> Agent<App> {
    Agent::new(ID)
        .instructions(include_str!("billing.md"))
        .greeting("Say: \"Larkfield Telecom, billing. How can I help you?\" If you know the caller's name, use it.")
        .tool(get_account_balance.idempotent())
        .tool(list_invoices.idempotent())
        .tool(get_invoice.idempotent())
        .tool(make_payment.hold("Let me put that payment through."))
        .tool(list_payments.idempotent())
        .tool(get_plan.idempotent())
        .tool(identify_caller.idempotent())
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

/// Make a payment with the card on file: pay a bill. First say amount and card, and wait for a yes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct MakePayment {
    /// How much, in dollars, such as 49.90. Leave out to pay all that is owed.
    amount: Option<Dollars>,
    /// The number of the invoice to pay, such as N-20016. Leave out for those that are due first.
    invoice_number: Option<InvoiceNumber>,
}

async fn make_payment(
    args: MakePayment,
    caller: Caller,
    ledger: State<Ledger>,
    clock: State<Clock>,
    key: IdempotencyKey,
) -> ToolResult<Json<Told<Receipt>>> {
    let account = account_of(&caller)?;
    let amount = args.amount.map(|Dollars(amount)| amount);
    let receipt = ledger.pay(account, amount, args.invoice_number, clock.now(), key.into()).await?;
    let summary = format!(
        "I have charged {} to the card ending in {}. {}",
        receipt.paid,
        receipt.card_ending_in,
        still_open(receipt.still_owed)
    );
    Ok(Told::new(summary, receipt))
}

/// What is left to pay, in a sentence.
fn still_open(amount: Money) -> String {
    match amount {
        Money::ZERO => "Nothing is left to pay.".to_owned(),
        some => format!("{some} is still open."),
    }
}

impl From<PaymentError> for ToolError {
    fn from(error: PaymentError) -> Self {
        Self::refused(match error {
            PaymentError::NoCard => {
                "There is no card on file, so nothing was charged. Shall billing call you back?"
                    .into()
            }
            PaymentError::NothingOwed => "Nothing is owed, so nothing was charged.".into(),
            PaymentError::NotOpen { number } => {
                format!(
                    "You have no open invoice {number}, so nothing was charged. Shall I list your invoices?"
                )
            }
            PaymentError::TooMuch { owed } => {
                format!("Only {owed} is owed, so nothing was charged. Shall I charge {owed}?")
            }
            PaymentError::Storage(source) => return Self::failed(source),
        })
    }
}

/// List the payments that the caller has made, the newest first.
#[derive(Debug, Deserialize, JsonSchema)]
struct ListPayments {}

#[derive(Debug, Serialize)]
struct Payments {
    payments: Vec<Payment>,
}

async fn list_payments(
    _: ListPayments,
    caller: Caller,
    ledger: State<Ledger>,
    clock: State<Clock>,
) -> ToolResult<Json<Told<Payments>>> {
    let payments = ledger.payments(account_of(&caller)?, clock.now(), LISTED).await;
    let payments = payments.map_err(ToolError::failed)?;
    let in_words =
        |payment: &Payment| format!("{} on {}", payment.amount, wording::date(payment.paid_on));
    let each: Vec<_> = payments.iter().map(in_words).collect();
    let summary = match each.as_slice() {
        [] => "There are no payments yet.".to_owned(),
        each => format!("You have paid {}.", wording::list(each, "and")),
    };
    Ok(Told::new(summary, Payments { payments }))
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
    use crate::tests::{app, dana, key};

    async fn pay(app: &App, args: MakePayment, name: &str) -> ToolResult<Json<Told<Receipt>>> {
        make_payment(args, dana(), State(app.ledger.clone()), State(app.clock.clone()), key(name))
            .await
    }

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
    async fn a_payment_shows_in_the_balance_and_among_the_payments() {
        let app = app().await;
        let twenty =
            MakePayment { amount: Some(Dollars(Money::cents(2_000))), ..MakePayment::default() };
        let Json(receipt) = pay(&app, twenty, "k").await.unwrap();
        assert_eq!(
            receipt.summary,
            "I have charged $20.00 to the card ending in 4242. $64.90 is still open."
        );
        assert_eq!(balance(&app, dana()).await.unwrap().data.balance.owed, Money::cents(6_490));
        let Json(Told { data: Payments { payments }, .. }) =
            list_payments(ListPayments {}, dana(), State(app.ledger), State(app.clock))
                .await
                .unwrap();
        assert_eq!(
            (payments[0].number, payments[0].amount),
            (receipt.data.number, Money::cents(2_000))
        );
    }

    #[tokio::test]
    async fn what_cannot_be_paid_is_explained() {
        let app = app().await;
        let too_much =
            MakePayment { amount: Some(Dollars(Money::cents(100_000))), ..MakePayment::default() };
        let error = pay(&app, too_much, "a").await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "Only $84.90 is owed, so nothing was charged. Shall I charge $84.90?"
        );
        pay(&app, MakePayment::default(), "b").await.unwrap();
        let error = pay(&app, MakePayment::default(), "c").await.unwrap_err();
        assert_eq!(error.to_string(), "Nothing is owed, so nothing was charged.");
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
