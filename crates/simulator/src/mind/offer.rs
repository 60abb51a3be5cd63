//! What an agent can do, said by it: in an offer, before a change, and when it is asked.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::rank::{destination, only_looks, subject};
use super::schema::{self, Kind, Slot};
use super::speak::{self, choice, series};
use super::view::View;
use super::{Tool, balance, words};

/// The most things an agent lists of what it can do.
const MOST_OFFERS: usize = 5;

/// What is read back before a tool is called that its author wants confirmed.
pub(crate) fn shall_i(tool: &Tool, given: &Map<String, Value>) -> String {
    let told: Vec<String> = given
        .iter()
        .filter(|(name, _)| !name.contains("confirm"))
        .filter_map(|(name, value)| {
            let value = value
                .as_str()
                .map(str::to_owned)
                .or_else(|| value.as_number().map(ToString::to_string))?;
            Some(format!("{} {value}", words::of_name(name)))
        })
        .collect();
    let details = if told.is_empty() { String::new() } else { format!(", with {}", series(&told)) };
    format!("Shall I {}{details}?", doing_phrase(tool, false))
}

/// What a gateway wants read back before a call is made: the arguments, and what earlier results say of the rest.
pub(crate) fn read_back(
    tool: &Tool,
    given: &Map<String, Value>,
    what: &str,
    view: &View<'_>,
    today: Date,
) -> String {
    let slots = schema::slots(&tool.parameters);
    let currency = |name: &str| {
        let slot = slots.iter().find(|slot| slot.name == name);
        slot.and_then(|slot| speak::currency(&slot.description))
    };
    let mut told: Vec<String> = given
        .iter()
        .filter(|(_, value)| value.is_string() || value.is_number())
        .map(|(name, value)| speak::named(name, value, currency(name), today))
        .collect();
    for thing in words::terms(what) {
        let has = |name: &str| words::terms(&words::of_name(name)).iter().any(|t| t.means(&thing));
        if given.keys().any(|name| has(name)) {
            continue;
        }
        let results = view.calls.iter().rev().filter_map(|call| call.result.as_ref()?.data());
        if thing.stem == "amount" {
            // An amount that some result has may be that of anything; what is owed is meant unless one thing is named.
            let owed = balance::owed(view).filter(|cents| *cents > 0 && !names_one(&slots, given));
            let amount = owed.map(|cents| speak::named("amount_cents", &cents.into(), None, today));
            told.extend(amount);
            continue;
        }
        let is =
            |key: &str| words::of_name(key).split(' ').any(|word| words::stem(word) == thing.stem);
        let fact = results
            .filter_map(Value::as_object)
            .flatten()
            .find(|(key, value)| is(key) && (value.is_string() || value.is_number()));
        told.extend(fact.map(|(key, value)| speak::named(key, value, None, today)));
    }
    let doing = doing_phrase(tool, false);
    if told.is_empty() {
        return format!("I would {doing}. Shall I go ahead?");
    }
    format!("I would {doing}, with {}. Shall I go ahead?", series(&told))
}

/// Whether the arguments name one thing of several by its id.
fn names_one(slots: &[Slot], given: &Map<String, Value>) -> bool {
    slots.iter().any(|slot| slot.kind == Kind::Id && given.contains_key(&slot.name))
}

/// Whether a tool's description tells the model to get the caller's yes before it calls.
pub(crate) fn wants_a_yes(tool: &Tool) -> bool {
    let plain = words::plain(&tool.description);
    [
        "wait for a yes",
        "wait for a clear yes",
        "wait for the callers yes",
        "confirm with the caller",
        "confirm first",
        "ask for confirmation",
        "get confirmation",
        "read it back to the caller first",
        "after the caller has confirmed",
        "only after confirmation",
    ]
    .iter()
    .any(|phrase| plain.contains(phrase))
}

/// What a call of this tool would do, as in "Shall I …": "move the appointment", or "move an appointment" for `any`.
pub(crate) fn doing_phrase(tool: &Tool, any: bool) -> String {
    if let Some(to) = destination(&tool.name) {
        return format!("put you through to {}", words::of_name(to));
    }
    let name = words::of_name(&tool.name);
    let (verb, rest) = match name.split_once(' ') {
        Some((verb, rest)) if subject(&tool.name) == rest => (verb, rest.to_owned()),
        _ => ("get", name.clone()),
    };
    let looks = only_looks(&tool.name);
    let verb = match verb {
        "get" | "find" | "fetch" | "show" | "read" | "list" | "search" | "lookup" | "look" => {
            "look up"
        }
        "identify" | "verify" => "check",
        other => other,
    };
    format!("{verb} {}", with_article(&rest, any && !looks))
}

fn with_article(noun: &str, any: bool) -> String {
    let plural = noun.ends_with('s') && !noun.ends_with("ss") && !noun.ends_with("us");
    let person = matches!(noun, "caller" | "customer");
    match noun {
        _ if person => "who you are".to_owned(),
        _ if plural => format!("the {noun}"),
        _ if any && noun.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {noun}"),
        _ if any => format!("a {noun}"),
        _ if noun.starts_with("my ") || noun.starts_with("your ") => noun.to_owned(),
        _ => format!("the {noun}"),
    }
}

/// One sentence on what this agent can do; empty where it has no tools.
pub(crate) fn abilities(tools: &[Tool]) -> String {
    let is_plumbing = |name: &str| {
        matches!(
            name,
            "stay_silent" | "end_call" | "hang_up" | "check_task" | "cancel_task" | "list_tasks"
        )
    };
    let mut own: Vec<String> = Vec::new();
    for tool in tools.iter().filter(|tool| !is_plumbing(&tool.name)) {
        if tool.name == "create_task" {
            own.extend(kinds(tool));
        } else {
            let doing = doing_phrase(tool, true);
            if !own.contains(&doing) {
                own.push(doing);
            }
        }
    }
    own.truncate(MOST_OFFERS);
    if own.is_empty() { String::new() } else { format!("I can {}.", choice(&own)) }
}

/// The background tools that `create_task` can start.
fn kinds(tool: &Tool) -> Vec<String> {
    let slots = schema::slots(&tool.parameters);
    let kinds = slots.iter().find_map(|slot| match &slot.kind {
        Kind::Choice(values) => Some(values.iter().filter_map(|value| value.as_str())),
        _ => None,
    });
    kinds
        .into_iter()
        .flatten()
        .map(|kind| doing_phrase(&Tool { name: kind.to_owned(), ..tool.clone() }, true))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mind::view::tests::{call, output};

    #[test]
    fn what_needs_a_yes_is_read_back() {
        let description =
            "Pay with the card on file. First say the amount, and wait for a yes.".to_owned();
        let tool = Tool { name: "make_payment".to_owned(), description, parameters: json!({}) };
        assert!(wants_a_yes(&tool));
        let given = json!({"amount": 42.5, "confirmed": true});
        assert_eq!(
            shall_i(&tool, given.as_object().unwrap()),
            "Shall I make the payment, with amount 42.5?"
        );
    }

    #[test]
    fn what_the_arguments_leave_out_is_read_back_from_earlier_results() {
        let items = [
            call("1", "get_account_balance", "{}"),
            output("1", r#"{"owed": "$84.90", "card_on_file_ends_in": "4242"}"#),
        ];
        let tool = Tool {
            name: "make_payment".to_owned(),
            description: String::new(),
            parameters: json!({"properties": {"amount": {"type": "number", "description": "In dollars."}}}),
        };
        let today = jiff::civil::date(2026, 11, 21);
        let read = |given: &Value, items| {
            let given = given.as_object().unwrap();
            read_back(&tool, given, "the amount and the card", &View::of(items), today)
        };
        assert_eq!(
            read(&json!({}), &items),
            "I would make the payment, with amount 84 dollars and 90 cents and card on file ends in 4242. Shall I go ahead?"
        );
        assert_eq!(
            read(&json!({"amount": 50}), &[]),
            "I would make the payment, with amount 50 dollars. Shall I go ahead?"
        );
        assert_eq!(read(&json!({}), &[]), "I would make the payment. Shall I go ahead?");
    }

    #[test]
    fn abilities_come_from_the_tools() {
        let tool = |name: &str| Tool {
            name: name.to_owned(),
            description: String::new(),
            parameters: json!({}),
        };
        let tools = [
            tool("get_account_balance"),
            tool("pay_invoice"),
            tool("transfer_to_calendar"),
            tool("end_call"),
        ];
        assert_eq!(
            abilities(&tools),
            "I can look up the account balance, pay an invoice or put you through to calendar."
        );
        assert_eq!(abilities(&[]), "");
    }
}
