use switchboard_agent::prelude::*;

/// Look up one invoice.
#[derive(Deserialize, JsonSchema)]
struct FindInvoice {
    /// Six digits.
    number: String,
}

async fn find_invoice(args: FindInvoice) -> String {
    let number = std::rc::Rc::new(args.number);
    std::future::ready(()).await;
    number.to_string()
}

fn main() {
    let _: Agent<()> = Agent::new(AgentId::new("billing")).tool(find_invoice);
}
