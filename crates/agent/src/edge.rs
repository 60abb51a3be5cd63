//! The way from one agent to another, and the tool with which the model takes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::handler::ToolArgs;
use crate::schema::ArgumentsSchema;
use crate::tool::{Call, Tool, read};
use crate::{AgentId, Handoff, Outcome};

/// A way from one agent to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Edge {
    /// The agent it leads to.
    pub to: AgentId,
    /// When to take it, as the model is told.
    pub when: String,
    /// The tool with which the model takes it: `transfer_to_<agent>`.
    pub tool: String,
}

/// An edge with its tool.
#[derive(Debug)]
pub(crate) struct Transfer<A> {
    pub(crate) edge: Edge,
    pub(crate) tool: Tool<A>,
    /// Arguments of the edge's own brief that every transfer has anyway.
    pub(crate) clashes: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
struct TransferArgs {
    /// Why the caller is passed on, in a few words.
    reason: String,
    /// What the next agent has to know so that the caller need not say it again: who calls, what they want, what was done so far.
    summary: String,
}

/// The brief of an edge without one.
#[derive(Deserialize, JsonSchema)]
struct NoBrief {}

impl<A: Send + Sync + 'static> Transfer<A> {
    /// An edge whose transfer takes a reason and a summary.
    pub(crate) fn new(to: AgentId, when: String) -> Self {
        Self::with_brief::<NoBrief>(to, when)
    }

    /// An edge whose transfer takes the fields of `Brief`, too.
    pub(crate) fn with_brief<Brief: ToolArgs>(to: AgentId, when: String) -> Self {
        let mut schema = ArgumentsSchema::of::<TransferArgs>();
        let clashes = schema.extend(ArgumentsSchema::of::<Brief>());
        schema.description = format!("Pass the caller on to {to}. {when}");
        let name = to.transfer_tool();
        let edge = Edge { to, when, tool: name.clone() };
        let tool = Tool::from_parts(name, schema, move |arguments| {
            let handoff = read_handoff::<Brief>(to, arguments)?;
            Ok(Call::new(move |_| Box::pin(async move { Ok(Outcome::Handoff(handoff)) })))
        });
        Self { edge, tool, clashes }
    }
}

/// Reads the arguments of a transfer. The brief is read into its type, too, to be sure that it is one.
fn read_handoff<Brief: ToolArgs>(
    to: AgentId,
    arguments: Value,
) -> Result<Handoff, crate::UnreadableArguments> {
    let common: TransferArgs = read(arguments.clone())?;
    let mut brief = match arguments {
        Value::Object(brief) => brief,
        _ => Map::new(),
    };
    brief.shift_remove("reason");
    brief.shift_remove("summary");
    read::<Brief>(Value::Object(brief.clone()))?;
    Ok(Handoff::to(to).with_reason(common.reason).with_summary(common.summary).with_brief(brief))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BILLING: AgentId = AgentId::new("billing");

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "a brief is read to be checked, and passed on as it came")]
    struct Dispute {
        /// The invoice in dispute.
        invoice: u32,
    }

    #[test]
    fn a_transfer_takes_a_reason_and_a_summary() {
        let transfer = Transfer::<()>::new(BILLING, "The caller asks about money.".into());
        let definition = transfer.tool.definition();
        assert_eq!(definition.name, "transfer_to_billing");
        assert_eq!(
            definition.description,
            "Pass the caller on to billing. The caller asks about money."
        );
        assert_eq!(definition.parameters["required"], json!(["reason", "summary"]));
        assert_eq!(definition.parameters["properties"]["reason"]["type"], "string");
        assert!(transfer.tool.faults().is_empty());
    }

    #[test]
    fn a_brief_is_asked_for_and_passed_on() {
        let transfer = Transfer::<()>::with_brief::<Dispute>(BILLING, "…".into());
        assert_eq!(
            transfer.tool.definition().parameters["required"],
            json!(["reason", "summary", "invoice"])
        );
        let arguments = json!({ "reason": "r", "summary": "s", "invoice": 7 });
        let handoff = read_handoff::<Dispute>(BILLING, arguments).unwrap();
        assert_eq!(handoff.summary.as_deref(), Some("s"));
        assert_eq!(Value::Object(handoff.brief), json!({ "invoice": 7 }));
    }

    #[test]
    fn a_brief_of_the_wrong_type_is_no_handoff() {
        let error = read_handoff::<Dispute>(
            BILLING,
            json!({ "reason": "r", "summary": "s", "invoice": -7 }),
        )
        .unwrap_err();
        assert_eq!(error.path, "invoice");
    }
}
