//! Made-up companies of different trades, and a call with one of them, for the tests of the keyword mind.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::KeywordMind;
use crate::mind::{Act, Mind, Said, Tool, ToolChoice, Turn};

/// An agent: its name, instructions and tools.
pub(super) struct Agent {
    pub(super) name: &'static str,
    pub(super) instructions: &'static str,
    pub(super) tools: Vec<Tool>,
}

/// What a company's tools return.
pub(super) type Answers = fn(&str, &Value) -> Value;

pub(super) fn tool(name: &str, description: &str, required: &[&str], properties: &Value) -> Tool {
    let parameters = json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    Tool { name: name.to_owned(), description: description.to_owned(), parameters }
}

fn transfer(to: &str, when: &str) -> Tool {
    let properties = json!({
        "reason": {"type": "string", "description": "Why the caller is passed on, in a few words."},
        "summary": {"type": "string", "description": "What the next agent has to know."},
    });
    tool(
        &format!("transfer_to_{to}"),
        &format!("Pass the caller on to {to}. {when}"),
        &["reason", "summary"],
        &properties,
    )
}

fn with_built_ins(mut tools: Vec<Tool>) -> Vec<Tool> {
    let reason =
        json!({"reason": {"type": "string", "description": "Why the call ends, in a few words."}});
    tools.push(tool(
        "stay_silent",
        "Say nothing to what was just said. Use it when the caller asks for a moment.",
        &[],
        &json!({}),
    ));
    tools.push(tool(
        "end_call",
        "Hang up, when the caller has what they need and wants to go.",
        &["reason"],
        &reason,
    ));
    tools
}

/// An internet provider with three agents.
pub(super) fn provider() -> Vec<Agent> {
    vec![
        Agent {
            name: "triage",
            instructions: "You are the front desk of Harbour Internet. Be brief.",
            tools: with_built_ins(triage()),
        },
        Agent {
            name: "billing",
            instructions: "You look after the money of Harbour Internet.",
            tools: with_built_ins(billing()),
        },
        Agent {
            name: "calendar",
            instructions: "You look after the technicians' calendar.",
            tools: with_built_ins(calendar()),
        },
    ]
}

fn triage() -> Vec<Tool> {
    vec![
        tool("get_business_hours", "When the office is open.", &[], &json!({})),
        tool(
            "identify_caller",
            "Find out who is calling by their customer number.",
            &["customer_number"],
            &json!({"customer_number": {"type": "string", "description": "The customer number, such as C-1001."}}),
        ),
        tool(
            "report_outage",
            "Report that the internet connection does not work.",
            &["description"],
            &json!({"description": {"type": "string", "description": "What the caller says is wrong."}}),
        ),
        transfer("billing", "The caller asks about a balance, an invoice or a payment."),
        transfer(
            "calendar",
            "The caller wants to see, book, move or cancel a technician's appointment.",
        ),
    ]
}

fn billing() -> Vec<Tool> {
    vec![
        tool("get_account_balance", "What the caller owes at the moment.", &[], &json!({})),
        tool(
            "list_invoices",
            "The caller's latest invoices, with their numbers and amounts.",
            &[],
            &json!({}),
        ),
        tool(
            "pay_invoice",
            "Pay an open invoice with the card on file.",
            &["invoice_number"],
            &json!({
                "invoice_number": {"type": "string", "description": "The invoice's number, such as INV-1042.", "pattern": "^INV-[0-9]{4}$"},
                "confirmed": {"type": "boolean", "description": "Whether the caller has agreed to the amount."},
            }),
        ),
        tool(
            "create_task",
            "Start work that takes longer.",
            &["kind", "arguments"],
            &json!({
                "kind": {"enum": ["prepare_statement"], "description": "What to start."},
                "arguments": {"type": "object", "properties": {"year": {"type": "integer", "minimum": 2000, "description": "The year."}},
                    "required": ["year"], "additionalProperties": false},
            }),
        ),
        transfer("calendar", "The caller wants to see, book, move or cancel an appointment."),
        transfer("triage", "The caller asks about anything but money."),
    ]
}

fn calendar() -> Vec<Tool> {
    vec![
        tool("list_appointments", "The caller's coming appointments.", &[], &json!({})),
        tool(
            "find_free_times",
            "Free times on a day.",
            &["day"],
            &json!({"day": {"type": "string", "format": "date", "description": "The day the caller asks for."}}),
        ),
        tool(
            "book_appointment",
            "Book a technician's visit.",
            &["time", "reason"],
            &json!({
                "time": {"type": "string", "description": "The day and time, as the caller says it."},
                "reason": {"type": "string", "description": "What the technician is to do."},
            }),
        ),
        tool(
            "move_appointment",
            "Move an appointment to another time.",
            &["appointment_id", "new_time"],
            &json!({
                "appointment_id": {"type": "string", "description": "Which appointment to move, by its id."},
                "new_time": {"type": "string", "description": "When to move it to, as the caller says it."},
            }),
        ),
        tool(
            "cancel_appointment",
            "Cancel an appointment.",
            &["appointment_id"],
            &json!({"appointment_id": {"type": "string", "description": "Which appointment to cancel, by its id."}}),
        ),
        transfer("triage", "The caller asks about anything but appointments."),
    ]
}

/// What the provider's tools return.
pub(super) fn provider_answers(name: &str, arguments: &Value) -> Value {
    let data = match name {
        "get_account_balance" => json!({"balance_cents": 4250, "currency": "USD"}),
        "get_business_hours" => json!({"message": "We are open from 8 to 6, Monday to Friday."}),
        "list_appointments" => json!({"appointments": [
            {"id": "A17", "service": "Router installation", "starts_at": "2026-11-24T15:00"},
            {"id": "A9", "service": "Line check", "starts_at": "2026-11-02T15:00", "status": "done"},
        ]}),
        "move_appointment" => {
            json!({"message": format!("{} is now on {}.", arguments["appointment_id"], arguments["new_time"])})
        }
        "cancel_appointment" => json!({"cancelled": true}),
        "list_invoices" => json!({"invoices": [
            {"invoice_number": "INV-1042", "amount_cents": 3000, "status": "open"},
            {"invoice_number": "INV-1043", "amount_cents": 1250, "status": "open"},
        ]}),
        "pay_invoice" if arguments.get("confirmed") != Some(&json!(true)) => {
            return json!({"status": "error", "error_code": "confirmation_required", "message": "That is 30 dollars. Shall I pay it?", "retryable": false});
        }
        "pay_invoice" => json!({"message": "It is paid."}),
        "identify_caller" => json!({"name": "Anna Smith"}),
        "report_outage" => json!({"message": "I have passed it on."}),
        "create_task" => {
            return json!({"status": "pending", "task_id": "t1", "message": "I am preparing it."});
        }
        "find_free_times" => json!({"times": ["09:00", "11:00"]}),
        "book_appointment" => json!({"message": "It is booked."}),
        _ => {
            return json!({"status": "error", "error_code": "unknown_tool", "message": "There is no such tool.", "retryable": false});
        }
    };
    json!({"status": "ok", "data": data, "trace_id": "t"})
}

/// A dentist with one agent, whose schemas want ISO dates.
pub(super) fn dentist() -> Vec<Agent> {
    let tools = with_built_ins(vec![
        tool("get_opening_hours", "The practice's opening hours.", &[], &json!({})),
        tool(
            "book_visit",
            "Book a visit at the dentist.",
            &["patient_name", "starts_at", "kind"],
            &json!({
                "patient_name": {"type": "string", "description": "The patient's full name."},
                "starts_at": {"type": "string", "format": "date-time", "description": "When the caller wants to come."},
                "kind": {"enum": ["checkup", "cleaning", "emergency"], "description": "What it is for."},
            }),
        ),
        tool(
            "get_prices",
            "What treatments cost.",
            &[],
            &json!({"treatment": {"type": "string", "description": "One treatment."}}),
        ),
    ]);
    let instructions =
        "You answer the telephone at Bright Smile. Greet callers with \"Bright Smile, good day!\"";
    vec![Agent { name: "reception", instructions, tools }]
}

/// What the dentist's tools return.
pub(super) fn dentist_answers(name: &str, arguments: &Value) -> Value {
    match name {
        "get_opening_hours" => json!({"monday": "08:00-12:00"}),
        "book_visit" => json!({"message": format!("Booked for {}.", arguments["starts_at"])}),
        _ => json!({"checkup_cents": 5000}),
    }
}

/// A pizza shop with one agent.
pub(super) fn pizzeria() -> Vec<Agent> {
    let tools = with_built_ins(vec![
        tool("show_menu", "The pizzas we have, and what they cost.", &[], &json!({})),
        tool(
            "order_pizza",
            "Order a pizza for delivery.",
            &["pizza", "size", "quantity", "address"],
            &json!({
                "pizza": {"enum": ["margherita", "salami", "four_cheese"]},
                "size": {"enum": ["small", "large"]},
                "quantity": {"type": "integer", "minimum": 1, "maximum": 20, "description": "How many."},
                "address": {"type": "string", "description": "The caller's street and number."},
            }),
        ),
        tool(
            "track_delivery",
            "Where an order is.",
            &["order_number"],
            &json!({"order_number": {"type": "integer", "description": "The order's number."}}),
        ),
        transfer("person", "The caller wants to complain or to speak with a person."),
    ]);
    vec![Agent { name: "counter", instructions: "You take orders for Pizza Volante.", tools }]
}

/// What the pizza shop's tools return.
pub(super) fn pizzeria_answers(name: &str, _: &Value) -> Value {
    match name {
        "track_delivery" => {
            json!({"status": "error", "error_code": "unreachable", "message": "The drivers cannot be reached just now.", "retryable": true})
        }
        "order_pizza" => json!({"message": "It will be there in half an hour."}),
        _ => json!({"pizzas": ["margherita", "salami", "four cheese"]}),
    }
}

/// A call: plays the caller's words to the mind, answers its calls, hands over between the agents.
pub(super) struct Call {
    pub(super) mind: KeywordMind,
    pub(super) items: Vec<Said>,
    /// What the mind called, as `name arguments`.
    pub(super) called: Vec<String>,
    agents: Vec<Agent>,
    answers: Answers,
    active: usize,
    parallel: bool,
    ids: u32,
}

impl Call {
    pub(super) fn new(agents: Vec<Agent>, answers: Answers) -> Self {
        Self {
            mind: KeywordMind::new(1),
            items: Vec::new(),
            called: Vec::new(),
            agents,
            answers,
            active: 0,
            parallel: false,
            ids: 0,
        }
    }

    pub(super) fn parallel(mut self) -> Self {
        self.parallel = true;
        self
    }

    pub(super) fn at(mut self, agent: &str) -> Self {
        self.active = self.agents.iter().position(|known| known.name == agent).unwrap();
        self
    }

    pub(super) fn agent(&self) -> &'static str {
        self.agents[self.active].name
    }

    /// The same conversation with a mind that has not been there, as after a redial; `note` says what happened.
    pub(super) fn redialled(mut self, note: &str) -> Self {
        self.mind = KeywordMind::new(2);
        self.items.insert(0, Said::System(note.to_owned()));
        self
    }

    /// A result comes late, as a call with its output that the mind did not make.
    pub(super) fn late(&mut self, name: &str, output: &Value) {
        self.ids += 1;
        let call_id = format!("late_{}", self.ids);
        let (name, arguments) = (name.to_owned(), "{}".to_owned());
        self.items.push(Said::Call { call_id: call_id.clone(), name, arguments });
        self.items.push(Said::Output { call_id, output: output.to_string() });
    }

    /// One response of the mind to the items so far.
    pub(super) fn respond(&mut self) -> Vec<Act> {
        self.respond_as(None, false)
    }

    /// One response that is told what to do, or stands beside the conversation.
    pub(super) fn respond_as(&mut self, own: Option<&str>, out_of_band: bool) -> Vec<Act> {
        let agent = &self.agents[self.active];
        self.mind.respond(&Turn {
            instructions: agent.instructions,
            tools: &agent.tools,
            tool_choice: &ToolChoice::Auto,
            items: &self.items,
            response_instructions: own,
            parallel_tool_calls: self.parallel,
            out_of_band,
            now: now(),
        })
    }

    /// The caller says this; all that the mind says until it calls nothing more.
    pub(super) fn say(&mut self, words: &str) -> String {
        self.items.push(Said::User(words.to_owned()));
        self.run()
    }

    /// Responses until the mind calls nothing more; all that it says.
    pub(super) fn run(&mut self) -> String {
        let mut said = Vec::new();
        for _ in 0..20 {
            let acts = self.respond();
            let mut calls = Vec::new();
            for act in acts {
                match act {
                    Act::Say(text) => {
                        self.items.push(Said::Assistant(text.clone()));
                        said.push(text);
                    }
                    Act::Call { name, arguments } => calls.push((name, arguments)),
                    Act::Fail(why) => panic!("{why}"),
                }
            }
            if calls.is_empty() {
                return said.join(" ");
            }
            let ends = calls.iter().any(|(name, _)| name == "end_call" || name == "stay_silent");
            for (name, arguments) in calls {
                self.answer(name, arguments);
            }
            if ends {
                return said.join(" ");
            }
        }
        panic!("the mind never stops calling: {:?}", self.called);
    }

    fn answer(&mut self, name: String, arguments: String) {
        let parsed: Value = serde_json::from_str(&arguments).unwrap();
        self.called.push(format!("{name} {}", sorted(&parsed)));
        let tool = self.agents[self.active]
            .tools
            .iter()
            .find(|tool| tool.name == name)
            .expect("only the session's tools are called");
        assert!(jsonschema::is_valid(&tool.parameters, &parsed), "{name} {arguments}");
        let to = name.strip_prefix("transfer_to_").map(str::to_owned);
        let output = match &to {
            Some(to) => json!({"status": "ok", "data": {"transferring_to": to}, "trace_id": "t"}),
            None => (self.answers)(&name, &parsed),
        };
        self.ids += 1;
        let call_id = format!("call_{}", self.ids);
        self.items.push(Said::Call { call_id: call_id.clone(), name, arguments });
        self.items.push(Said::Output { call_id, output: output.to_string() });
        if let Some(at) = to.and_then(|to| self.agents.iter().position(|agent| agent.name == to)) {
            self.active = at;
        }
    }
}

/// The JSON of an object with its keys in order, whatever order it keeps them in.
fn sorted(arguments: &Value) -> String {
    let keys: BTreeMap<_, _> = arguments.as_object().unwrap().iter().collect();
    serde_json::to_string(&keys).unwrap()
}

/// A Saturday morning.
pub(super) fn now() -> jiff::civil::DateTime {
    jiff::civil::date(2026, 11, 21).at(10, 0, 0, 0)
}
