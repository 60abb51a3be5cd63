use switchboard_agent::prelude::*;

/// Look up one invoice.
#[derive(Deserialize)]
struct FindInvoice {
    /// Six digits.
    number: String,
}

async fn find_invoice(args: FindInvoice) -> String {
    args.number
}

fn main() {
    let _: Agent<()> = Agent::new(AgentId::new("billing")).tool(find_invoice);
}
