//! The argument with which the model shows that the caller has said yes.

use serde_json::{Value, json};

use crate::schema::ArgumentsSchema;
use crate::schema_fault::SchemaFault;

/// The name of the argument that a tool with [`.confirm(..)`](crate::ToolExt::confirm) has beside its own, after them, and need not be given: a
/// text or `null`. Whoever runs the tool takes it out before [`Tool::prepare`](crate::Tool::prepare).
///
/// ```
/// use switchboard_agent::{CONFIRMATION, prelude::*};
///
/// /// Pay what is owed.
/// #[derive(Deserialize, JsonSchema)]
/// struct MakePayment {}
/// async fn make_payment(_: MakePayment) {}
///
/// # const ID: AgentId = AgentId::new("billing");
/// let agent: Agent<()> = Agent::new(ID).instructions("Help.").tool(make_payment.confirm("the amount"));
/// let team = Roster::new([agent])?.team();
/// let parameters = &team.agent(ID).unwrap().tool("make_payment").unwrap().parameters;
/// assert!(parameters["properties"][CONFIRMATION]["description"].is_string());
/// # Ok::<(), RosterErrors>(())
/// ```
pub const CONFIRMATION: &str = "confirmation";

/// What the model reads about it.
const DESCRIPTION: &str = "Only after the caller has said yes: the code that the refusal gave you.";

/// Adds the argument to those of a tool.
pub(crate) fn ask_for(schema: &mut ArgumentsSchema) {
    let Some(Value::Object(properties)) = schema.parameters.get_mut("properties") else { return };
    if properties.contains_key(CONFIRMATION) {
        schema.faults.push(SchemaFault::ConfirmationTaken);
        return;
    }
    properties.insert(
        CONFIRMATION.to_owned(),
        json!({ "description": DESCRIPTION, "type": ["string", "null"] }),
    );
    schema.secrets.name(CONFIRMATION);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    const ID: AgentId = AgentId::new("billing");

    #[test]
    fn the_argument_comes_last_documented_and_optional_and_the_schema_stays_closed() {
        /// Pay a bill.
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct PayBill {
            /// The bill's number.
            number: String,
        }
        async fn pay_bill(_: PayBill) {}

        let agent: Agent<()> =
            Agent::new(ID).instructions("Help.").tool(pay_bill.confirm("the amount"));
        let roster = Roster::new([agent]).unwrap();
        let expected = json!({
            "type": "object",
            "properties": {
                "number": { "description": "The bill's number.", "type": "string" },
                "confirmation": { "description": DESCRIPTION, "type": ["string", "null"] },
            },
            "required": ["number"],
            "additionalProperties": false,
        });
        assert_eq!(
            roster.tools(ID)[0].definition().parameters.to_string(),
            expected.to_string(),
            "also in the order of the keys"
        );
    }

    #[test]
    fn the_code_is_no_secret_beside_one() {
        /// Change the PIN.
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct ChangePin {
            /// The new PIN.
            pin: Secret<String>,
        }
        async fn change_pin(_: ChangePin) {}

        let agent: Agent<()> =
            Agent::new(ID).instructions("Help.").tool(change_pin.confirm("the card"));
        let roster = Roster::new([agent]).unwrap();
        let shown =
            roster.tools(ID)[0].secrets().redact(&json!({ "pin": "1", "confirmation": "c" }));
        assert_eq!(shown, json!({ "pin": "[secret]", "confirmation": "c" }));
    }

    #[test]
    fn a_tool_cannot_have_an_argument_of_that_name_itself() {
        /// Pay a bill.
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only the schema is looked at")]
        struct PayBill {
            /// What the caller said.
            confirmation: String,
        }
        async fn pay_bill(_: PayBill) {}

        let agent = |agent: Agent<()>| Roster::new([agent.instructions("Help.")]);
        assert!(agent(Agent::new(ID).tool(pay_bill)).is_ok(), "without `.confirm` it is in order");
        let told = agent(Agent::new(ID).tool(pay_bill.confirm("it"))).unwrap_err().to_string();
        assert!(
            told.contains("tool `pay_bill` of agent `billing` has an argument `confirmation`"),
            "{told}"
        );
    }
}
