use switchboard_agent::prelude::*;

/// Look up one invoice.
#[derive(Deserialize, JsonSchema)]
struct FindInvoice {
    /// Six digits.
    number: String,
}

struct App;
struct Ledger;

async fn find_invoice(args: FindInvoice, ledger: State<Ledger>) -> String {
    let _ = ledger;
    args.number
}

fn main() {
    let _: Agent<App> = Agent::new(AgentId::new("billing")).tool(find_invoice);
}
