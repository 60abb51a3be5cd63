//! Telling what calls returned, and what a result means for the goal that waited for it.

use serde_json::Value;

use super::KeywordMind;
use super::reply::Reply;
use crate::mind::envelope::{Confirmation, Envelope};
use crate::mind::goal::{Asked, Goal};
use crate::mind::rank::{destination, is_transfer, only_looks};
use crate::mind::view::{Called, View};
use crate::mind::{Tool, Turn, clauses, offer, plan, schema, speak};

impl KeywordMind {
    /// A goal no longer waits for a call that the conversation does not hold, as after a cancelled response.
    pub(super) fn forget_lost_calls(&mut self, view: &View<'_>) {
        for goal in &mut self.agenda {
            if let Some(name) = &goal.calling
                && !view.is_open(name)
                && !view.untold().any(|call| call.name == name)
            {
                goal.calling = None;
            }
        }
    }

    /// Finds out, from the items alone, what results are there for: the mind came late, and did not make the calls.
    pub(super) fn recall(&mut self, turn: &Turn<'_>, view: &View<'_>) {
        if !self.agenda.is_empty()
            || !view.heard.is_empty()
            || view.turn.is_empty()
            || view.untold().next().is_none()
        {
            return;
        }
        if self.before.as_ref().is_some_and(|before| {
            before.ordinal == view.ordinal && view.turn.starts_with(&before.words)
        }) {
            return;
        }
        let called: Vec<&str> = view.since_turn().map(|call| call.name).collect();
        let wanted = |said: &str| {
            plan::choose(turn.tools, said, view, turn.now).clear().map(|tool| tool.name.clone())
        };
        for request in clauses::requests(&view.turn, wanted) {
            if let Some(tool) = wanted(&request).filter(|name| !called.contains(&name.as_str())) {
                let looked = called
                    .iter()
                    .filter(|name| only_looks(name))
                    .map(|name| (*name).to_owned())
                    .collect();
                let calling = called
                    .iter()
                    .rev()
                    .find(|name| only_looks(name) || is_transfer(name))
                    .map(|name| (*name).to_owned());
                let mut goal = Goal { calling, looked, ..Goal::said(request) };
                if let Some(tool) = turn.tools.iter().find(|known| known.name == tool) {
                    plan::set_tool(&mut goal, tool, turn);
                }
                self.agenda.push_back(goal);
            }
        }
    }

    /// Tells every untold result.
    pub(super) fn tell_results(&mut self, turn: &Turn<'_>, view: &View<'_>, reply: &mut Reply) {
        for call in view.untold() {
            let Some(result) = &call.result else { continue };
            if self.used.iter().any(|id| id == call.id) {
                continue;
            }
            if matches!(call.name, "stay_silent" | "end_call" | "hang_up") {
                continue;
            }
            if destination(call.name).is_some() {
                self.transferred(call, result, turn, view, reply);
                continue;
            }
            let at = self.agenda.iter().position(|goal| goal.calling.as_deref() == Some(call.name));
            match result {
                Envelope::Done(data) => self.done(at, call, data, turn, reply),
                Envelope::Pending(message) => {
                    reply.say(if message.is_empty() {
                        "I have started on that. I will tell you when it is ready."
                    } else {
                        message
                    });
                    self.finish(at);
                }
                Envelope::Confirm(confirmation) => {
                    self.confirm(at, call, confirmation, turn, view, reply);
                }
                Envelope::Failed(failure) => self.failed(at, call, failure, turn, view, reply),
            }
        }
    }

    fn done(
        &mut self,
        at: Option<usize>,
        call: &Called<'_>,
        data: &Value,
        turn: &Turn<'_>,
        reply: &mut Reply,
    ) {
        if let Some(goal) = at.and_then(|at| self.agenda.get_mut(at))
            && goal.tool.as_deref() != Some(call.name)
        {
            goal.calling = None;
            self.used.push(call.id.to_owned());
            return;
        }
        let aside = at.and_then(|at| self.agenda.get(at)).is_some_and(|goal| goal.aside.is_some());
        if aside {
            self.used.push(call.id.to_owned());
        } else {
            reply.say(speak::data(data, call.name, turn.now.date()));
        }
        self.finish(at);
    }

    /// Takes a goal off the agenda, and remembers it for words that add to it.
    pub(super) fn finish(&mut self, at: Option<usize>) {
        if let Some(goal) = at.and_then(|at| self.agenda.remove(at)) {
            self.last = Some(Goal { calling: None, asked: None, ..goal });
        }
    }

    /// A call waits for the caller's yes; without a goal the call itself tells what to do then.
    fn confirm(
        &mut self,
        at: Option<usize>,
        call: &Called<'_>,
        confirmation: &Confirmation,
        turn: &Turn<'_>,
        view: &View<'_>,
        reply: &mut Reply,
    ) {
        let mut given = call.arguments.as_object().cloned().unwrap_or_default();
        given.retain(|name, _| !schema::is_confirmation(name));
        let message = match (&confirmation.read_back, known(turn.tools, call.name)) {
            (Some(what), Some(tool)) => offer::read_back(tool, &given, what, view, turn.now.date()),
            _ => confirmation.message.clone(),
        };
        reply.say(&message);
        let mut goal =
            at.and_then(|at| self.agenda.remove(at)).unwrap_or_else(|| Goal::of_tool(call.name));
        goal.given = given;
        goal.calling = None;
        goal.asked = Some(Asked::Confirm(Confirmation { message, ..confirmation.clone() }));
        self.agenda.push_front(goal);
    }

    /// The caller has been handed on, or it did not work.
    fn transferred(
        &mut self,
        call: &Called<'_>,
        result: &Envelope,
        turn: &Turn<'_>,
        view: &View<'_>,
        reply: &mut Reply,
    ) {
        let at = self.agenda.iter().position(|goal| goal.calling.as_deref() == Some(call.name));
        if let Envelope::Failed(failure) = result {
            if matches!(failure.code.as_str(), "already_transferring" | "handing_off") {
                return;
            }
            reply.say(if failure.message.is_empty() {
                "I am sorry, I cannot put you through."
            } else {
                &failure.message
            });
            self.finish(at);
            return;
        }
        let to = destination(call.name).unwrap_or_default();
        if turn.tools.iter().any(|tool| tool.name == call.name) {
            if view.notice.is_some() {
                reply.say("I am sorry, I cannot put you through at the moment.");
                self.finish(at);
            }
            return;
        }
        self.used.push(call.id.to_owned());
        if let Some(goal) = at.and_then(|at| self.agenda.get_mut(at)) {
            goal.arrive(to);
        } else if self.agenda.is_empty() {
            self.agenda.push_front(handed(call, view, to));
        }
    }
}

/// The goal behind a transfer that this mind did not make: the caller's words, else the transfer's own.
fn handed(call: &Called<'_>, view: &View<'_>, to: &str) -> Goal {
    let told = ["summary", "reason"].iter().find_map(|key| call.arguments.get(*key)?.as_str());
    let words = if view.turn.is_empty() { told.unwrap_or_default() } else { &view.turn };
    let mut goal = Goal::said(words);
    goal.arrive(to);
    goal
}

/// The tool of this name.
pub(super) fn known<'a>(tools: &'a [Tool], name: &str) -> Option<&'a Tool> {
    tools.iter().find(|tool| tool.name == name)
}
