use switchboard_agent::prelude::*;

/// Look up one invoice.
#[derive(Deserialize, JsonSchema)]
struct FindInvoice {
    /// Six digits.
    number: String,
}

async fn find_invoice(caller: Caller, args: FindInvoice) -> String {
    format!("{:?}: {}", caller.name, args.number)
}

fn main() {
    let _: Agent<()> = Agent::new(AgentId::new("billing")).tool(find_invoice);
}
