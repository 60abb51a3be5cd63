//! Hearing the caller: an answer to a question, or a request; courtesies have their own file.

use serde_json::{Value, json};

use super::KeywordMind;
use super::reply::Reply;
use crate::mind::envelope::Confirmation;
use crate::mind::goal::{Aside, Asked, Goal};
use crate::mind::intent::{Social, social};
use crate::mind::plan::{self, Choice};
use crate::mind::schema::{self, Kind, Slot};
use crate::mind::slots::{self, Hearing};
use crate::mind::view::View;
use crate::mind::{Tool, Turn, clauses, lookup, offer, rank, words};

/// After how many answers that did not help a question is given up.
const MOST_MISSES: u8 = 2;

impl KeywordMind {
    /// Takes in what the caller has said since anybody answered.
    pub(super) fn hear(&mut self, turn: &Turn<'_>, view: &View<'_>, reply: &mut Reply) {
        self.leaving = false;
        let social = social(&view.heard);
        let asked = self.agenda.front().and_then(|goal| goal.asked.clone());
        if let Some(asked) = asked
            && self.answer(&asked, social, turn, view, reply)
        {
            return;
        }
        match social {
            Some(social) => self.be_social(social, turn, view, reply),
            None => self.take_requests(&view.heard, turn, view, reply),
        }
    }

    /// Takes the words as an answer; whether they were one.
    fn answer(
        &mut self,
        asked: &Asked,
        social: Option<Social>,
        turn: &Turn<'_>,
        view: &View<'_>,
        reply: &mut Reply,
    ) -> bool {
        let said = view.heard.as_str();
        match (social, asked) {
            (
                Some(
                    Social::Farewell
                    | Social::Again
                    | Social::Wait
                    | Social::Help
                    | Social::Greeting,
                ),
                _,
            ) => false,
            (Some(Social::Stop), _) => {
                self.give_up(reply);
                true
            }
            (social, Asked::Confirm(_))
                if social != Some(Social::Yes) && self.amend(said, turn, view) =>
            {
                true
            }
            (Some(Social::No), asked) if !self.is_flag(asked, turn) => {
                self.give_up(reply);
                true
            }
            (Some(Social::Yes), Asked::Confirm(confirmation)) => {
                self.go_ahead(confirmation, turn);
                true
            }
            (social, Asked::Retry { .. }) if social == Some(Social::Yes) || tries_again(said) => {
                if let Some(goal) = self.agenda.front_mut() {
                    goal.asked = None;
                }
                true
            }
            (Some(Social::Yes), Asked::Offer { tool, .. }) => {
                if let (Some(goal), Some(tool)) =
                    (self.agenda.front_mut(), turn.tools.iter().find(|known| known.name == *tool))
                {
                    goal.asked = None;
                    plan::set_tool(goal, tool, turn);
                }
                true
            }
            (_, Asked::Slot { name, options, .. }) => {
                self.answer_slot(name, options, said, turn, view, reply)
            }
            (_, Asked::Confirm(_) | Asked::Offer { .. } | Asked::Retry { .. }) => {
                if plan::choose(turn.tools, said, view, turn.now).clear().is_some() {
                    self.agenda.pop_front();
                    return false;
                }
                self.miss(turn, reply);
                true
            }
        }
    }

    fn is_flag(&self, asked: &Asked, turn: &Turn<'_>) -> bool {
        let Asked::Slot { name, .. } = asked else { return false };
        self.asked_tool(turn).is_some_and(|tool| {
            schema::slots(&tool.parameters)
                .iter()
                .any(|slot| slot.name == *name && slot.kind == Kind::Flag)
        })
    }

    fn asked_tool<'a>(&self, turn: &Turn<'a>) -> Option<&'a Tool> {
        let name = self.agenda.front()?.tool.as_ref()?;
        turn.tools.iter().find(|tool| tool.name == *name)
    }

    fn give_up(&mut self, reply: &mut Reply) {
        let asked = self.agenda.front().and_then(|goal| goal.asked.as_ref());
        let left = matches!(asked, Some(Asked::Confirm(_)));
        self.drop_first();
        reply.say(self.phrases.agreed());
        reply.say(if left { "I leave it as it is." } else { "" });
        reply.say(self.phrases.more());
    }

    /// Takes the first goal off the agenda, and what it was needed for.
    fn drop_first(&mut self) {
        while self.agenda.pop_front().is_some_and(|goal| goal.aside.is_some()) {}
    }

    /// The caller has changed their mind about a value: the call is made with that, to be confirmed anew.
    fn amend(&mut self, said: &str, turn: &Turn<'_>, view: &View<'_>) -> bool {
        let Some(tool) = self.asked_tool(turn) else { return false };
        let other = plan::choose(turn.tools, said, view, turn.now).clear();
        if other.is_some_and(|other| other.name != tool.name) {
            return false;
        }
        let slots: Vec<Slot> = schema::slots(&tool.parameters)
            .into_iter()
            .filter(|slot| !is_loose(slot) && !matches!(slot.kind, Kind::Flag | Kind::Plain))
            .collect();
        let mut new = serde_json::Map::new();
        slots::fill(&slots, &mut Hearing::of(said, turn.now, None), &mut new);
        let Some(goal) = self.agenda.front_mut() else { return false };
        new.retain(|name, value| goal.given.get(name) != Some(value));
        if new.is_empty() {
            return false;
        }
        goal.given.extend(new);
        goal.given.retain(|name, _| !schema::is_confirmation(name));
        goal.asked = None;
        true
    }

    /// The caller has agreed: the call is made again with what the tool wants back.
    fn go_ahead(&mut self, confirmation: &Confirmation, turn: &Turn<'_>) {
        let slots =
            self.asked_tool(turn).map(|tool| schema::slots(&tool.parameters)).unwrap_or_default();
        let Some(goal) = self.agenda.front_mut() else { return };
        goal.asked = None;
        goal.agreed = true;
        let named = confirmation
            .token
            .as_ref()
            .and_then(|(key, _)| slots.iter().find(|slot| slot.name == *key));
        let Some(slot) = named.or_else(|| slots.iter().find(|slot| slot.name.contains("confirm")))
        else {
            return;
        };
        let token = confirmation.token.as_ref().map(|(_, value)| value.clone());
        let values = [token, Some(json!(true)), Some(json!("yes"))];
        if let Some(value) = values.into_iter().flatten().find(|value| slot.accepts(value)) {
            goal.given.insert(slot.name.clone(), value);
        }
    }

    /// Fills the slot that was asked for; a clear request for something else beats an answer.
    fn answer_slot(
        &mut self,
        name: &str,
        options: &[lookup::Entry],
        said: &str,
        turn: &Turn<'_>,
        view: &View<'_>,
        reply: &mut Reply,
    ) -> bool {
        let Some(tool) = self.asked_tool(turn) else { return false };
        let slots = schema::slots(&tool.parameters);
        let Some(slot) = slots.iter().find(|slot| slot.name == name) else { return false };
        if let Some(other) = other_request(said, slot, tool, turn, view) {
            if plan::identifies(other) && self.introduces(said, other, turn) {
                return true;
            }
            self.agenda.pop_front();
            return false;
        }
        let Some(goal) = self.agenda.front_mut() else { return false };
        let mut filled = Vec::new();
        if let Some(entry) = lookup::pick(options, said, turn.now, true) {
            goal.given.insert(name.to_owned(), entry.id.clone());
        } else {
            filled =
                slots::fill(&slots, &mut Hearing::of(said, turn.now, Some(name)), &mut goal.given);
        }
        let helped = slots.iter().any(|slot| !is_loose(slot) && filled.contains(&slot.name));
        if !goal.given.contains_key(name) && matches!(slot.kind, Kind::When(_)) {
            let all = format!("{} {said}", goal.words());
            slots::fill(
                std::slice::from_ref(slot),
                &mut Hearing::of(&all, turn.now, Some(name)),
                &mut goal.given,
            );
        }
        if helped || goal.given.contains_key(name) {
            goal.asked = None;
            goal.misses = 0;
            goal.said.push(said.to_owned());
        } else {
            self.miss(turn, reply);
        }
        true
    }

    /// Asked to prove who they are, the caller says who they are: that comes first, and the question after it.
    fn introduces(&mut self, said: &str, tool: &Tool, turn: &Turn<'_>) -> bool {
        if self.agenda.front().is_none_or(|goal| goal.aside != Some(Aside::Identity)) {
            return false;
        }
        let mut step = Goal { aside: Some(Aside::Identity), ..Goal::said(said) };
        plan::set_tool(&mut step, tool, turn);
        self.agenda.push_front(step);
        true
    }

    /// An answer did not help: asks once more, then leaves it.
    fn miss(&mut self, turn: &Turn<'_>, reply: &mut Reply) {
        let Some(goal) = self.agenda.front_mut() else { return };
        goal.misses += 1;
        if goal.misses >= MOST_MISSES {
            self.drop_first();
            reply.say("I am sorry, I did not get that. Let us leave it for now.");
            reply.say(offer::abilities(turn.tools));
            return;
        }
        let question =
            goal.asked.as_ref().map(|asked| asked.question().to_owned()).unwrap_or_default();
        reply.say("Sorry, I did not get that.");
        reply.say(question);
    }

    /// Puts what is asked for on the agenda; words that only add to what was done last change that.
    pub(super) fn take_requests(
        &mut self,
        said: &str,
        turn: &Turn<'_>,
        view: &View<'_>,
        reply: &mut Reply,
    ) {
        self.agenda.retain(|goal| goal.calling.is_some());
        let wanted = |said: &str| match plan::choose(turn.tools, said, view, turn.now) {
            Choice::Tool(tool) | Choice::Offer(tool) => Some(tool.name.clone()),
            Choice::Nothing => None,
        };
        if wanted(said).is_none()
            && let Some(goal) = self.follow_up(said, turn)
        {
            self.agenda.push_back(goal);
            return;
        }
        if self.agenda.is_empty() || !words::terms(said).is_empty() {
            self.agenda.extend(clauses::requests(said, wanted).into_iter().map(Goal::said));
        } else if reply.is_silent() {
            reply.say(self.phrases.hold());
        }
    }

    /// "Then Monday": what was done last once more, with what is new.
    pub(super) fn follow_up(&self, said: &str, turn: &Turn<'_>) -> Option<Goal> {
        let last = self.last.as_ref()?;
        let tool = turn.tools.iter().find(|tool| Some(&tool.name) == last.tool.as_ref())?;
        let slots = schema::slots(&tool.parameters);
        let mut goal = Goal { said: last.said.clone(), ..Goal::of_tool(&tool.name) };
        let filled = slots::fill(&slots, &mut Hearing::of(said, turn.now, None), &mut goal.given);
        let new = filled
            .iter()
            .filter_map(|name| slots.iter().find(|slot| slot.name == *name))
            .any(|slot| !is_loose(slot));
        goal.said.push(said.to_owned());
        for (name, value) in &last.given {
            let stale = name.contains("confirm");
            if !stale {
                goal.given.entry(name.clone()).or_insert_with(|| Value::clone(value));
            }
        }
        new.then_some(goal)
    }
}

/// Whether the words ask to try once more.
fn tries_again(said: &str) -> bool {
    let plain = words::plain(said);
    ["try again", "try it again", "try once more", "once more", "another try"]
        .iter()
        .any(|phrase| plain.contains(phrase))
}

/// Whether any words at all fill the slot, so that filling it shows nothing.
fn is_loose(slot: &Slot) -> bool {
    matches!(&slot.kind, Kind::Free | Kind::Opaque | Kind::Object(_) | Kind::List(_))
        || matches!(&slot.kind, Kind::Choice(values) if values.len() == 1)
}

/// The tool that words clearly ask for, which could have been an answer, and are none.
fn other_request<'a>(
    said: &str,
    slot: &Slot,
    tool: &Tool,
    turn: &Turn<'a>,
    view: &View<'_>,
) -> Option<&'a Tool> {
    let other = plan::choose(turn.tools, said, view, turn.now).clear()?;
    if other.name == tool.name {
        return None;
    }
    let mut strict = Value::Object(serde_json::Map::new());
    // Any id answers the question for one, and every other slot is filled only by what must be meant for it.
    let asked = (slot.kind == Kind::Id).then_some(slot.name.as_str());
    let answers = strict.as_object_mut().is_some_and(|have| {
        !slots::fill(std::slice::from_ref(slot), &mut Hearing::of(said, turn.now, asked), have)
            .is_empty()
    });
    let loose = is_loose(slot) || slot.kind == Kind::Plain || slot.kind == Kind::Name;
    (!answers || loose && rank::is_question(said)).then_some(other)
}
