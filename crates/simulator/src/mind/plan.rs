//! The next step towards a goal: choose a tool, fill its arguments, call it, or ask.

use jiff::civil::DateTime;
use serde_json::{Map, Value};

use super::envelope::Confirmation;
use super::goal::{Aside, Asked, Goal};
use super::lookup::{self, Found};
use super::rank::{self, Fit, Trust, destination, is_transfer};
use super::schema::{self, Kind, Slot};
use super::slots::{self, Hearing};
use super::view::View;
use super::{Tool, Turn, ask, balance, fields, instruct, offer, parts, speak, words};

/// The most handoffs between two turns of the caller.
const MOST_TRANSFERS: usize = 3;
/// How much better than an own tool a transfer has to fit.
const BETTER: f32 = 1.6;

/// What to do next for a goal.
#[derive(Debug)]
pub(crate) enum Step {
    /// Call this tool.
    Call {
        /// The tool's name.
        name: String,
        /// Its arguments, valid against its schema.
        arguments: Map<String, Value>,
    },
    /// Ask the caller.
    Ask(Asked),
    /// The caller asked for this agent, and here it is.
    Here,
    /// Nothing fits; or it cannot be done, for this reason.
    Lost(Option<String>),
}

/// Which tool a sentence is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice<'a> {
    /// This one.
    Tool(&'a Tool),
    /// Perhaps this one.
    Offer(&'a Tool),
    /// None.
    Nothing,
}

impl<'a> Choice<'a> {
    /// The tool, if the choice is clear.
    pub(crate) fn clear(self) -> Option<&'a Tool> {
        match self {
            Self::Tool(tool) => Some(tool),
            Self::Offer(_) | Self::Nothing => None,
        }
    }
}

/// Chooses the tool for a sentence: an own one that fits, else the way to an agent that has one.
pub(crate) fn choose<'a>(
    tools: &'a [Tool],
    said: &str,
    view: &View<'_>,
    now: DateTime,
) -> Choice<'a> {
    let whole = said;
    let request = parts::request(said);
    let said = request.as_ref();
    let taken: Vec<&str> =
        view.since_turn().map(|call| call.name).filter(|name| is_transfer(name)).collect();
    let open = |tool: &Tool| !taken.contains(&tool.name.as_str()) && taken.len() < MOST_TRANSFERS;
    let fits = rank::rank(tools, said);
    let own = fits.iter().find(|fit| !is_transfer(&fit.tool.name));
    let transfer = fits.iter().find(|fit| is_transfer(&fit.tool.name) && open(fit.tool));
    if let Some(tool) = tools.iter().find(|tool| open(tool) && asks_for(said, tool)) {
        return Choice::Tool(tool);
    }
    let clear = |fit: &&Fit<'a>| fit.trust == Trust::Clear && !is_transfer(&fit.tool.name);
    let change = fits.iter().filter(clear).find(|fit| !rank::only_looks(&fit.tool.name));
    let change = change.filter(|fit| !identifies(fit.tool));
    if let Some(tool) = introduction(tools, whole, now) {
        // Whoever asks for something and says who they are wants the one by the other.
        return Choice::Tool(change.map_or(tool, |fit| fit.tool));
    }
    if let Some(fit) = change.filter(|fit| balance::is_paid(fit.tool, said)) {
        return Choice::Tool(fit.tool);
    }
    let is = |fit: Option<&Fit<'a>>, trust: Trust| fit.is_some_and(|fit| fit.trust == trust);
    match (own, transfer) {
        (Some(own), _)
            if own.trust == Trust::Clear
                && transfer.is_none_or(|other| {
                    other.trust < Trust::Clear || other.score < own.score * BETTER
                }) =>
        {
            Choice::Tool(own.tool)
        }
        (_, Some(transfer)) if transfer.trust == Trust::Clear => Choice::Tool(transfer.tool),
        (Some(own), _) if is(Some(own), Trust::Clear) => Choice::Tool(own.tool),
        (Some(own), _) if own.trust == Trust::Offer && points_back(said, own.tool, view) => {
            Choice::Tool(own.tool)
        }
        (Some(own), _) if own.trust == Trust::Offer => Choice::Offer(own.tool),
        _ => match fields::transfer(tools, said, open) {
            Some(tool) => Choice::Tool(tool),
            None => match tools
                .iter()
                .find(|tool| is_transfer(&tool.name) && open(tool) && rank::takes_the_rest(tool))
            {
                Some(rest) if taken.is_empty() && is_request(said) => Choice::Tool(rest),
                _ => Choice::Nothing,
            },
        },
    }
}

/// Whether the sentence asks for the agent behind this transfer, and for nothing else.
pub(crate) fn asks_for(said: &str, tool: &Tool) -> bool {
    let Some(to) = destination(&tool.name) else { return false };
    let name = words::of_name(to);
    let own = words::terms(&name);
    let terms = words::terms(said);
    let wants: Vec<_> = terms
        .iter()
        .filter(|term| !term.meanings.contains(&"transfer") && !is_place(&term.stem))
        .collect();
    let speaks = terms.len() > wants.len();
    let named = format!(" {} ", words::plain(said)).contains(&format!(" {name} "));
    !wants.is_empty()
        && (speaks || named)
        && wants.iter().all(|term| own.iter().any(|other| other.means(term)))
}

/// Whether a tool finds out who is calling.
pub(crate) fn identifies(tool: &Tool) -> bool {
    ["identify", "verify", "authenticate"].iter().any(|verb| tool.name.starts_with(verb))
}

/// The tool for somebody who says who they are; one whose arguments they name, if there is one.
fn introduction<'a>(tools: &'a [Tool], said: &str, now: DateTime) -> Option<&'a Tool> {
    let hearing = Hearing::of(said, now, None);
    let names =
        |tool: &&Tool| schema::slots(&tool.parameters).iter().any(|slot| hearing.names(slot));
    tools.iter().filter(|tool| introduces(said, tool, now)).min_by_key(|tool| !names(tool))
}

/// Whether the caller states, and does not ask, what a tool needs to know who they are or what they speak of.
fn introduces(said: &str, tool: &Tool, now: DateTime) -> bool {
    let plain = format!(" {} ", words::plain(said));
    let is_statement = [" is ", " its ", " im ", " i am "].iter().any(|verb| plain.contains(verb))
        && !rank::is_question(said);
    let identifies = identifies(tool);
    if !is_statement || !(identifies || rank::only_looks(&tool.name)) {
        return false;
    }
    let slots = schema::slots(&tool.parameters);
    let mut have = Map::new();
    slots::fill(&slots, &mut Hearing::of(said, now, None), &mut have);
    let is_given = |slot: &&Slot| {
        matches!(slot.kind, Kind::Id | Kind::Name | Kind::Phone | Kind::Email | Kind::When(_))
            && have.contains_key(&slot.name)
    };
    let mut required = slots.iter().filter(|slot| slot.required).peekable();
    match required.peek() {
        Some(_) => required.all(|slot| is_given(&slot)),
        None => identifies && slots.iter().any(|slot| is_given(&slot)),
    }
}

/// Whether "it" in the sentence is what was spoken of last, and what this tool is for: "move it" after the appointments.
fn points_back(said: &str, tool: &Tool, view: &View<'_>) -> bool {
    let points = words::split(said)
        .iter()
        .any(|word| matches!(word.plain.as_str(), "it" | "that" | "them" | "this" | "those"));
    let of = |name: &str| words::stem(&rank::subject(name));
    let last = view.calls.iter().rev().find(|call| !is_transfer(call.name));
    points && last.is_some_and(|call| of(call.name) == of(&tool.name))
}

fn is_place(stem: &str) -> bool {
    matches!(
        stem,
        "department" | "team" | "desk" | "agent" | "section" | "office" | "pass" | "switch"
    )
}

/// Whether the sentence has the shape of a request that somebody could help with.
fn is_request(said: &str) -> bool {
    let known = words::terms(said).iter().any(|term| !term.meanings.is_empty());
    let plain = words::plain(said);
    let leads =
        ["i want", "i need", "i would like", "id like", "can you", "could you", "can i", "please"];
    known
        || ((rank::is_question(said) || leads.iter().any(|lead| plain.contains(lead)))
            && !words::terms(said).is_empty())
}

/// The next step for a goal; a chosen tool and what was found out is kept in it.
pub(crate) fn next(goal: &mut Goal, turn: &Turn<'_>, view: &View<'_>) -> Step {
    if goal.tool.as_ref().is_some_and(|name| !turn.tools.iter().any(|tool| tool.name == *name)) {
        goal.tool = None;
        goal.given.clear();
    }
    if goal.department && goal.arrived.is_some() {
        return Step::Here;
    }
    if goal.tool.is_none() {
        match choose(turn.tools, goal.request(), view, turn.now) {
            Choice::Tool(tool) => set_tool(goal, tool, turn),
            Choice::Offer(tool) => {
                let question = format!("Do you want me to {}?", offer::doing_phrase(tool, false));
                return Step::Ask(Asked::Offer { tool: tool.name.clone(), question });
            }
            Choice::Nothing => return Step::Lost(None),
        }
    }
    match turn.tools.iter().find(|tool| Some(&tool.name) == goal.tool.as_ref()) {
        Some(tool) => complete(goal, tool, turn, view),
        None => Step::Lost(None),
    }
}

/// Takes this tool for the goal, and fills its arguments from all that was said.
pub(crate) fn set_tool(goal: &mut Goal, tool: &Tool, turn: &Turn<'_>) {
    goal.tool = Some(tool.name.clone());
    goal.department |= asks_for(goal.request(), tool);
    let slots = schema::slots(&tool.parameters);
    if is_transfer(&tool.name) {
        let words = goal.words();
        let free = slots.iter().filter(|slot| slot.required && slot.kind == Kind::Free);
        for slot in free.filter(|slot| slot.accepts(&Value::from(words.as_str()))) {
            // Whoever comes next is told everything, not only the reason.
            goal.given.insert(slot.name.clone(), Value::from(words.as_str()));
        }
        slots::fill(&slots, &mut Hearing::of(&words, turn.now, None), &mut goal.given);
        return;
    }
    for said in goal.said.clone() {
        slots::fill(&slots, &mut Hearing::of(&said, turn.now, None), &mut goal.given);
    }
}

/// Calls the tool if its arguments are complete; else finds what is missing, or asks.
fn complete(goal: &mut Goal, tool: &Tool, turn: &Turn<'_>, view: &View<'_>) -> Step {
    let slots = schema::slots(&tool.parameters);
    let words = goal.words();
    for slot in slots.iter().filter(|slot| slot.kind == Kind::Id) {
        if let Some(known) =
            goal.given.get(&slot.name).and_then(|said| lookup::known(slot, &tool.name, view, said))
        {
            goal.given.insert(slot.name.clone(), known);
        }
    }
    if goal.aside == Some(Aside::Identity)
        && goal.given.is_empty()
        && let Some(slot) = who_it_is(&slots)
    {
        return Step::Ask(ask_for(slot, tool));
    }
    let mut missing: Option<&Slot> = None;
    for slot in slots.iter().filter(|slot| slot.required) {
        if goal.given.contains_key(&slot.name) {
            continue;
        }
        if let Some(value) = stated(slot, turn.instructions) {
            goal.given.insert(slot.name.clone(), value);
        } else if slot.kind == Kind::Id {
            match lookup::in_results(slot, &tool.name, view, &words, turn.now) {
                Found::One(id) => {
                    goal.given.insert(slot.name.clone(), id);
                }
                Found::Several(entries) => return Step::Ask(which(slot, tool, entries, turn)),
                Found::Nothing => return Step::Lost(Some(nothing_there(slot, tool))),
                Found::Unknown => match lookup::list_tool(slot, &tool.name, turn.tools) {
                    Some(list) if !goal.looked.contains(&list.name) => return look_up(goal, list),
                    _ => missing = missing.or(Some(slot)),
                },
            }
        } else if balance::is_meant(slot, &words) {
            match (balance::in_results(slot, view), balance::tool(turn.tools)) {
                (Some(amount), _) => {
                    goal.given.insert(slot.name.clone(), amount);
                }
                (None, Some(balance)) if !goal.looked.contains(&balance.name) => {
                    return look_up(goal, balance);
                }
                _ => missing = missing.or(Some(slot)),
            }
        } else if let Some(default) = &slot.default {
            goal.given.insert(slot.name.clone(), default.clone());
        } else {
            missing = missing.or(Some(slot));
        }
    }
    match missing {
        Some(slot) => Step::Ask(ask_for(slot, tool)),
        None => checked(goal, tool, &slots),
    }
}

/// The slot by which a caller is known: an id or a number if there is one.
fn who_it_is(slots: &[Slot]) -> Option<&Slot> {
    let of = |kind: Kind| slots.iter().find(|slot| slot.kind == kind);
    of(Kind::Id).or_else(|| of(Kind::Name)).or_else(|| of(Kind::Phone)).or_else(|| slots.first())
}

fn look_up(goal: &mut Goal, list: &Tool) -> Step {
    goal.looked.push(list.name.clone());
    Step::Call { name: list.name.clone(), arguments: Map::new() }
}

/// The call, if the schema accepts it; else a question for what it does not accept.
fn checked(goal: &mut Goal, tool: &Tool, slots: &[Slot]) -> Step {
    let arguments = Value::Object(goal.given.clone());
    if schema::accepts(&tool.parameters, &arguments) {
        let asks_itself = slots.iter().any(|slot| schema::is_confirmation(&slot.name));
        if offer::wants_a_yes(tool) && !goal.agreed && !asks_itself {
            let message = offer::shall_i(tool, &goal.given);
            let confirmation = Confirmation { message, read_back: None, token: None };
            return Step::Ask(Asked::Confirm(confirmation));
        }
        return Step::Call { name: tool.name.clone(), arguments: goal.given.clone() };
    }
    let culprit = schema::culprit(&tool.parameters, &arguments);
    let slot = culprit.and_then(|name| slots.iter().find(|slot| slot.name == name));
    match slot {
        Some(slot) if slot.required => {
            goal.given.remove(&slot.name);
            Step::Ask(ask_for(slot, tool))
        }
        Some(slot) => {
            goal.given.remove(&slot.name);
            checked(goal, tool, slots)
        }
        None => Step::Lost(Some("I am sorry, I do not have what I need for that.".to_owned())),
    }
}

/// A fact about the caller that the instructions state, if the slot accepts it.
fn stated(slot: &Slot, instructions: &str) -> Option<Value> {
    if !matches!(slot.kind, Kind::Id | Kind::Name | Kind::Phone | Kind::Email) {
        return None;
    }
    let fact = instruct::fact(instructions, slot)?;
    let number = fact.parse::<i64>().ok().map(Value::from);
    [Some(Value::String(fact)), number].into_iter().flatten().find(|value| slot.accepts(value))
}

/// The question for a slot.
pub(crate) fn ask_for(slot: &Slot, tool: &Tool) -> Asked {
    Asked::Slot {
        name: slot.name.clone(),
        question: ask::question(slot, &tool.name),
        options: Vec::new(),
    }
}

fn which(slot: &Slot, tool: &Tool, entries: Vec<lookup::Entry>, turn: &Turn<'_>) -> Asked {
    let told: Vec<String> = entries
        .iter()
        .take(3)
        .map(|entry| speak::entry(&Value::Object(entry.about.clone()), turn.now.date()))
        .filter(|text| !text.is_empty())
        .collect();
    let question = ask::question(slot, &tool.name);
    let question = if told.is_empty() {
        question
    } else {
        format!("I see {}: {}. {question}", entries.len(), told.join("; "))
    };
    Asked::Slot { name: slot.name.clone(), question, options: entries }
}

fn nothing_there(slot: &Slot, tool: &Tool) -> String {
    let name = slot.words();
    let thing = name.strip_suffix(" id").map_or_else(|| rank::subject(&tool.name), str::to_owned);
    format!("I am sorry, I do not find any {thing}.")
}
