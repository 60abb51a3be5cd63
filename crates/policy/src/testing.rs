//! A small company for tests.

use std::sync::Arc;

use switchboard_agent::prelude::*;
use switchboard_agent::{Secret, Team};

use crate::Policies;

pub(crate) const TRIAGE: AgentId = AgentId::new("triage");
pub(crate) const BILLING: AgentId = AgentId::new("billing");

/// Who may do what there.
pub(crate) const RULES: &str = r#"
// Balances are for callers we know.
@id("balances")
permit (principal, action in Action::"billing:read", resource)
when { principal.identified };

@id("money")
permit (principal, action in [Action::"billing:pay", Action::"billing:refund"], resource)
when { principal.verified };

@id("large-refunds")
forbid (principal, action == Action::"request_refund", resource)
when { context.arguments.cents > 10000 }
unless { context.approved };
"#;

/// Say when the shop is open.
#[derive(Deserialize, JsonSchema)]
struct GetHours {}
async fn get_hours(_: GetHours) {}

/// Tell the balance.
#[derive(Deserialize, JsonSchema)]
struct GetBalance {}
async fn get_balance(_: GetBalance) {}

/// Pay an invoice.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is looked at")]
struct MakePayment {
    /// How much, in cents.
    cents: u64,
    /// What to write on it.
    note: Option<String>,
}
async fn make_payment(_: MakePayment) {}

/// Pay money back.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is looked at")]
struct RequestRefund {
    /// How much, in cents.
    cents: u64,
    /// Why.
    reason: String,
}
async fn request_refund(_: RequestRefund) {}

/// Check the caller's PIN.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is looked at")]
struct VerifyCaller {
    /// The account's number.
    account: String,
    /// The four digits.
    pin: Secret<String>,
}
async fn verify_caller(_: VerifyCaller) {}

/// Two agents, with tools that require something and tools that do not.
pub(crate) fn team() -> Arc<Team> {
    let triage = Agent::<()>::new(TRIAGE)
        .instructions("Help.")
        .handoff(BILLING, "The caller asks about money.")
        .tool(get_hours);
    let billing = Agent::new(BILLING)
        .instructions("Bill.")
        .tool(get_balance.requires("billing:read"))
        .tool(make_payment.requires("billing:pay").confirm("the amount"))
        .tool(request_refund.requires("billing:refund"))
        .tool(verify_caller);
    Roster::new([triage, billing]).unwrap().team()
}

/// The company's policies, under its own rules.
pub(crate) fn policies(text: &str) -> Policies {
    let sources = [("t.cedar".to_owned(), text.to_owned())];
    Policies::parse(&team(), "larkfield", &sources).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What is wrong with a text.
pub(crate) fn mistakes(text: &str) -> Vec<String> {
    let sources = [("t.cedar".to_owned(), text.to_owned())];
    let errors = Policies::parse(&team(), "larkfield", &sources).unwrap_err();
    errors.errors().iter().map(ToString::to_string).collect()
}
