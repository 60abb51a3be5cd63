//! What a call that failed means: try again, ask, do first what has to be done first, or tell why not.

use super::KeywordMind;
use super::reply::Reply;
use super::results::known;
use crate::mind::envelope::{Envelope, Failure};
use crate::mind::goal::{Aside, Asked, Goal};
use crate::mind::rank::is_transfer;
use crate::mind::schema::{self, Kind, Slot};
use crate::mind::speak::hint::{self, Told};
use crate::mind::view::{Called, View};
use crate::mind::{Tool, Turn, lookup, plan, speak, words};

/// How often one tool may fail between two turns of the caller.
pub(super) const MOST_FAILURES: usize = 2;
/// How often a step on the way to something else may fail in a conversation.
const MOST_TRIES: usize = 3;
/// How often it may where each refusal asks for another try itself: whoever refuses counts them.
const MOST_INVITED_TRIES: usize = 6;

impl KeywordMind {
    /// Tries again, asks, does first what has to be done first, or tells why it failed.
    pub(super) fn failed(
        &mut self,
        at: Option<usize>,
        call: &Called<'_>,
        failure: &Failure,
        turn: &Turn<'_>,
        view: &View<'_>,
        reply: &mut Reply,
    ) {
        let told = told(failure);
        match failure.code.as_str() {
            "repeated_call" => return self.use_what_is_there(at, call, turn, view, reply),
            "busy" | "timeout" => return self.offer_again(at, call, &told, reply),
            "approval_required" | "approval_refused" | "approval_expired" | "cancelled"
            | "not_allowed" | "unavailable" => {
                reply.say(told.text);
                return self.leave(at);
            }
            _ => {}
        }
        let Some(goal) = at.and_then(|at| self.agenda.get_mut(at)) else {
            reply.say(told.text);
            return;
        };
        goal.calling = None;
        goal.looked.retain(|name| name != call.name);
        if failures(call.name, view) < MOST_FAILURES {
            if let Some((first, why)) = needed_first(failure, call.name, turn) {
                let goal = first_of(goal, first, why, &told, turn);
                self.agenda.push_front(goal);
                return;
            }
            if let Some(asked) = ask_again(goal, call.name, failure, &told, turn) {
                if failure.code == "invalid_arguments" {
                    reply.say("I am sorry, I did not get that right.");
                    reply.say(asked.question());
                } else {
                    reply.say(told.text);
                }
                goal.asked = Some(asked);
                return;
            }
            if failure.retryable && failure.code != "invalid_arguments" && goal.aside.is_none() {
                return;
            }
        }
        let tries = view.calls.iter().filter(|other| other.name == call.name && has_failed(other));
        let most = if told.text.ends_with('?') { MOST_INVITED_TRIES } else { MOST_TRIES };
        if tries.count() < most
            && let Some(asked) = ask_once_more(goal, &told, turn)
        {
            if told.text.ends_with('?') {
                reply.say(told.text);
            } else {
                reply.say(told.statement);
                reply.say(asked.question());
            }
            goal.asked = Some(asked);
            return;
        }
        reply.say(told.text);
        self.leave(at);
    }

    /// It cannot be done: off the agenda, with what it was needed for.
    fn leave(&mut self, at: Option<usize>) {
        let aside = at.and_then(|at| self.agenda.get(at)).is_some_and(|goal| goal.aside.is_some());
        self.finish(at);
        if aside {
            self.agenda.clear();
        }
    }

    /// Apologises, and asks whether to try again.
    fn offer_again(
        &mut self,
        at: Option<usize>,
        call: &Called<'_>,
        told: &Told,
        reply: &mut Reply,
    ) {
        let statements = hint::sentences(&told.statement).filter(|part| !part.contains("again"));
        let statement = statements.collect::<Vec<_>>().join(" ");
        if self.leaving {
            reply.say(statement);
            return self.leave(at);
        }
        let mut goal = at.and_then(|at| self.agenda.remove(at)).unwrap_or_else(|| {
            let given = call.arguments.as_object().cloned().unwrap_or_default();
            Goal { given, ..Goal::of_tool(call.name) }
        });
        let question = "Shall I try again?".to_owned();
        if !words::plain(&told.text).contains("sorry") {
            reply.say("I am sorry.");
        }
        reply.say(statement);
        reply.say(&question);
        goal.calling = None;
        goal.looked.retain(|name| name != call.name);
        goal.asked = Some(Asked::Retry { question });
        self.agenda.push_front(goal);
    }

    /// The same was asked too often: tells what there is of it.
    fn use_what_is_there(
        &mut self,
        at: Option<usize>,
        call: &Called<'_>,
        turn: &Turn<'_>,
        view: &View<'_>,
        reply: &mut Reply,
    ) {
        let earlier = view.calls.iter().rev().filter(|other| other.name == call.name);
        let mut results = earlier.filter_map(|other| other.result.as_ref()?.data());
        match results.next() {
            Some(data) => reply.say(speak::data(data, call.name, turn.now.date())),
            None => reply.say("I am sorry, I get no further with that at the moment."),
        }
        self.leave(at);
    }
}

/// What the caller hears of a failure.
fn told(failure: &Failure) -> Told {
    match (failure.code.as_str(), failure.message.as_str()) {
        ("verification_required", _) => hint::told("I have to check who you are first."),
        ("approval_required", message) => {
            let told = hint::told(message);
            if words::plain(&told.text).contains("approv") || told.text.contains("colleague") {
                return told;
            }
            hint::told("A colleague has to approve that. I will tell you when they have decided.")
        }
        ("approval_refused", "") => hint::told("I am sorry, that was not approved."),
        ("approval_expired", "") => hint::told("I am sorry, nobody has approved that in time."),
        ("cancelled", "") => hint::told("I have stopped that."),
        ("timeout", "") => hint::told("I am sorry, that takes too long at the moment."),
        (_, "") => hint::told("I am sorry, that did not work."),
        (_, message) => hint::told(message),
    }
}

/// How often a tool has failed since the caller's last turn.
fn failures(name: &str, view: &View<'_>) -> usize {
    view.since_turn().filter(|call| call.name == name && has_failed(call)).count()
}

fn has_failed(call: &Called<'_>) -> bool {
    call.result.as_ref().is_some_and(Envelope::is_failure)
}

/// The tool that a refusal says has to be called first, and why: one that it names, or one that takes what it asks for.
fn needed_first<'a>(
    failure: &Failure,
    refused: &str,
    turn: &Turn<'a>,
) -> Option<(&'a Tool, Aside)> {
    let is_identity = failure.code == "verification_required";
    let why = if is_identity { Aside::Identity } else { Aside::Other };
    if let Some(first) = failure.whole.get("call_first").and_then(serde_json::Value::as_str) {
        return known(turn.tools, first).map(|tool| (tool, why));
    }
    let text = failure.whole.to_string();
    let own = |tool: &&Tool| {
        tool.name != refused && !is_transfer(&tool.name) && text.contains(&tool.name)
    };
    let named = turn.tools.iter().filter(own).max_by_key(|tool| tool.name.len());
    let named = named.filter(|_| failure.code != "unknown_tool").map(|tool| (tool, why));
    named.or_else(|| {
        let asks = |tool: &&Tool| tool.name != refused && takes_an_answer(tool, &failure.message);
        turn.tools.iter().find(asks).map(|tool| (tool, Aside::Identity))
    })
}

/// Whether a tool finds out who is calling from what the message asks for: "What is your account number?"
fn takes_an_answer(tool: &Tool, message: &str) -> bool {
    let plain = words::plain(message);
    let asked = |slot: &Slot| {
        matches!(slot.kind, Kind::Id | Kind::Phone | Kind::Email)
            && plain.contains(&format!("what is your {}", slot.words()))
    };
    plan::identifies(tool) && schema::slots(&tool.parameters).iter().any(asked)
}

/// The step that has to come before a goal, with what the caller has already said that it needs.
fn first_of(goal: &mut Goal, first: &Tool, why: Aside, told: &Told, turn: &Turn<'_>) -> Goal {
    let statements = hint::sentences(&told.statement).filter(|part| !part.ends_with('?'));
    let mut step = Goal {
        aside: Some(why),
        preface: Some(statements.collect::<Vec<_>>().join(" ")),
        said: goal.said.clone(),
        ..Goal::default()
    };
    plan::set_tool(&mut step, first, turn);
    step
}

/// The question for the argument that a refusal complains about, or says to ask for; what was given for it is forgotten.
fn ask_again(
    goal: &mut Goal,
    called: &str,
    failure: &Failure,
    told: &Told,
    turn: &Turn<'_>,
) -> Option<Asked> {
    let tool = known(turn.tools, called).filter(|_| goal.tool.as_deref() == Some(called))?;
    let slots = schema::slots(&tool.parameters);
    let invalid = failure.code == "invalid_arguments";
    let options = lookup::named_in(&failure.message);
    let which = told.text.ends_with('?') && options.len() > 1;
    if !invalid && !which && told.question.is_none() {
        return None;
    }
    let text = failure.whole.to_string();
    let complained = slots.iter().find(|slot| invalid && text.contains(&slot.name));
    let question = words::plain(&told.text);
    let mentioned = || {
        slots
            .iter()
            .find(|slot| !goal.given.contains_key(&slot.name) && question.contains(&slot.words()))
    };
    let again = || {
        slots.iter().find(|slot| goal.given.contains_key(&slot.name) && question.contains("again"))
    };
    let open_id =
        || slots.iter().find(|slot| slot.kind == Kind::Id && !goal.given.contains_key(&slot.name));
    let slot = if which && !invalid {
        open_id()
    } else {
        complained.or_else(mentioned).or_else(again).or_else(open_id)
    };
    let slot = slot?;
    goal.given.remove(&slot.name);
    goal.given.retain(|name, _| !schema::is_confirmation(name));
    let last = || hint::sentences(&told.text).last().map(str::to_owned).filter(|_| which);
    let question = told.question.clone().or_else(last).filter(|_| !invalid);
    match plan::ask_for(slot, tool) {
        Asked::Slot { name, question: own, .. } => {
            Some(Asked::Slot { name, question: question.unwrap_or(own), options })
        }
        other => Some(other),
    }
}

/// The question for what a step on the way to something else lacked or got wrong.
fn ask_once_more(goal: &mut Goal, told: &Told, turn: &Turn<'_>) -> Option<Asked> {
    goal.aside?;
    let last = hint::sentences(&told.text).last().unwrap_or_default().to_owned();
    if last.starts_with("Shall ") {
        return None;
    }
    let tool = known(turn.tools, goal.tool.as_deref()?)?;
    let slots = schema::slots(&tool.parameters);
    let text = words::plain(&told.text);
    let mentioned = slots.iter().find(|slot| text.contains(&slot.words()));
    let slot = mentioned.or_else(|| slots.iter().find(|slot| tells_who(slot)))?;
    goal.given.remove(&slot.name);
    match plan::ask_for(slot, tool) {
        Asked::Slot { name, options, .. } if last.ends_with('?') => {
            Some(Asked::Slot { name, question: last, options })
        }
        asked => Some(asked),
    }
}

fn tells_who(slot: &Slot) -> bool {
    matches!(slot.kind, Kind::Id | Kind::Name | Kind::Phone | Kind::Email)
}
