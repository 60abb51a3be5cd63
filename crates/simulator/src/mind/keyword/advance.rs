//! Moving the goals on, until one has to wait for a call or for the caller.

use serde_json::Map;
use serde_json::Value;

use super::KeywordMind;
use super::failures::MOST_FAILURES;
use super::forced;
use super::reply::Reply;
use crate::mind::envelope::Envelope;
use crate::mind::goal::Goal;
use crate::mind::plan::{self, Step};
use crate::mind::rank::is_transfer;
use crate::mind::view::View;
use crate::mind::{Turn, instruct, offer, words};

/// The most calls between two turns of the caller.
const MOST_CALLS: usize = 8;
/// The most calls in one response.
const MOST_PARALLEL: usize = 2;

impl KeywordMind {
    /// Takes steps for the goals in their order.
    pub(super) fn advance(&mut self, turn: &Turn<'_>, view: &View<'_>, reply: &mut Reply) {
        let mut waiting = 0;
        while let Some(goal) = self.agenda.get_mut(waiting) {
            let busy = goal.calling.is_some() || goal.asked.is_some();
            if busy {
                return;
            }
            match plan::next(goal, turn, view) {
                Step::Call { name, arguments } => {
                    if !may_call(&name, &arguments, view, reply) {
                        reply.say("I am sorry, I cannot do that at the moment.");
                        self.agenda.remove(waiting);
                        continue;
                    }
                    if is_transfer(&name) && (!reply.calls().is_empty()) {
                        return;
                    }
                    goal.calling = Some(name.clone());
                    // What another goal needs first is waited for.
                    let own = goal.tool.as_ref() == Some(&name)
                        && !is_transfer(&name)
                        && goal.aside.is_none();
                    reply.call(&name, arguments);
                    waiting += 1;
                    if !(own && turn.parallel_tool_calls && reply.calls().len() < MOST_PARALLEL) {
                        return;
                    }
                }
                Step::Ask(_) if waiting > 0 => return,
                Step::Ask(asked) => {
                    reply.say(goal.preface.take().unwrap_or_default());
                    reply.say(asked.question());
                    goal.asked = Some(asked);
                    return;
                }
                Step::Here => {
                    let at = goal.arrived.take().unwrap_or_default();
                    reply.say(format!("This is {}. How can I help you?", words::of_name(&at)));
                    self.agenda.remove(waiting);
                }
                Step::Lost(reason) => {
                    self.agenda.remove(waiting);
                    self.admit(reason, turn, reply);
                }
            }
        }
        if self.leaving && self.agenda.is_empty() {
            self.part(turn, reply);
        }
    }

    /// Says what cannot be done, and what can.
    fn admit(&mut self, reason: Option<String>, turn: &Turn<'_>, reply: &mut Reply) {
        if let Some(reason) = reason {
            reply.say(reason);
        } else {
            reply.say(self.phrases.puzzled());
            reply.say(offer::abilities(turn.tools));
        }
    }

    /// Goodbye, and the end of the call where there is a tool for it.
    fn part(&mut self, turn: &Turn<'_>, reply: &mut Reply) {
        self.leaving = false;
        reply.say(self.phrases.farewell());
        if let Some(tool) =
            turn.tools.iter().find(|tool| matches!(tool.name.as_str(), "end_call" | "hang_up"))
        {
            reply.call(&tool.name, forced::arguments(tool, "The caller said goodbye.", turn));
        }
    }

    /// There is nothing to tell and nothing was asked: greets, goes on with a brief, asks again, or offers more.
    pub(super) fn fill_silence(&mut self, turn: &Turn<'_>, view: &View<'_>, reply: &mut Reply) {
        let changed = self.instructions != turn.instructions;
        let brief =
            instruct::brief(turn.instructions).filter(|_| changed && self.agenda.is_empty());
        if let Some(brief) = brief.filter(|_| {
            view.calls.iter().all(|call| !is_transfer(call.name)) || view.untold().next().is_none()
        }) {
            let words = if view.turn.is_empty() { brief } else { view.turn.clone() };
            let mut goal = Goal::said(words);
            goal.arrived = Some(String::new());
            self.agenda.push_back(goal);
            self.advance(turn, view, reply);
            if !reply.is_empty() {
                return;
            }
        }
        if view.is_new() && view.greets_nobody {
            reply.say("How can I help you?");
        } else if view.is_new() {
            reply.say(instruct::greeting(turn.instructions));
        } else if let Some(asked) = self.agenda.front().and_then(|goal| goal.asked.as_ref()) {
            reply.say(asked.question());
        } else if self.agenda.iter().any(|goal| goal.calling.is_some())
            || view.calls.iter().any(|call| call.result.is_none())
        {
            reply.say(self.phrases.hold());
        } else if view.calls.last().is_some_and(|call| matches!(call.name, "end_call" | "hang_up"))
        {
            reply.say(self.phrases.farewell());
        } else if view.turn.is_empty() && view.said.is_none() {
            reply.say(instruct::greeting(turn.instructions));
        } else {
            reply.say(self.phrases.more());
        }
    }
}

/// Whether a call may be made: not after it failed twice, not the very same again, not one too many.
fn may_call(name: &str, arguments: &Map<String, Value>, view: &View<'_>, reply: &Reply) -> bool {
    let mine = || view.since_turn().filter(|call| call.name == name);
    let failures =
        mine().filter(|call| call.result.as_ref().is_some_and(Envelope::is_failure)).count();
    let same = |other: &Value| other.as_object() == Some(arguments);
    let done = mine().any(|call| {
        call.result.as_ref().is_none_or(|result| result.data().is_some()) && same(&call.arguments)
    });
    let twice = reply.calls().iter().any(|(other, given)| other == name && given == arguments);
    failures < MOST_FAILURES && !done && !twice && view.since_turn().count() < MOST_CALLS
}
