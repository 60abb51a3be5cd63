//! Courtesies: what is answered to a greeting, a thank you, a goodbye, a yes or a no that no question waits for.

use super::KeywordMind;
use super::reply::Reply;
use crate::mind::goal::Goal;
use crate::mind::intent::{self, Social};
use crate::mind::phrases::offers_more;
use crate::mind::speak::hint;
use crate::mind::view::View;
use crate::mind::{Turn, clauses, instruct, offer, plan, rank};

impl KeywordMind {
    /// Answers a courtesy, or does what it asks for.
    pub(super) fn be_social(
        &mut self,
        social: Social,
        turn: &Turn<'_>,
        view: &View<'_>,
        reply: &mut Reply,
    ) {
        let waits = self.agenda.iter().any(|goal| goal.calling.is_some());
        let question = self
            .agenda
            .front()
            .and_then(|goal| goal.asked.as_ref())
            .map(|asked| asked.question().to_owned());
        match social {
            Social::Farewell => self.take_leave(turn, view),
            Social::Again => reply.say(view.said.unwrap_or("I have not said anything yet.")),
            Social::Stop => {
                self.agenda.retain(|goal| goal.calling.is_some());
                reply.say(format!("{} {}", self.phrases.agreed(), self.phrases.more()));
            }
            Social::Wait => wait(turn, reply),
            Social::Help => self.help(turn, reply),
            Social::No if view.said.is_some_and(offers_more) => self.leaving = true,
            Social::Yes if self.suited(turn, view) => {}
            Social::Yes if self.offered(view).is_some() => {
                let offered = self.offered(view).unwrap_or_default();
                self.take_requests(&offered, turn, view, reply);
            }
            Social::Yes if view.said.is_some_and(offers_more) => {
                reply.say("What would you like to know?");
            }
            _ if question.is_some() => reply.say(question.unwrap_or_default()),
            _ if waits && reply.is_silent() => reply.say(self.phrases.hold()),
            _ if !reply.is_silent() => {}
            Social::Thanks => reply.say(format!("You are welcome. {}", self.phrases.more())),
            Social::Greeting => reply.say(if view.said.is_none() {
                instruct::greeting(turn.instructions)
            } else {
                "Hello. How can I help you?".to_owned()
            }),
            Social::Yes | Social::No => {
                reply.say(format!("{} {}", self.phrases.agreed(), self.phrases.more()));
            }
        }
    }

    /// The caller takes what was offered in place of what they asked for: "The next free hour is nine. Does that suit you?"
    fn suited(&mut self, turn: &Turn<'_>, view: &View<'_>) -> bool {
        let said = view.said.filter(|_| self.agenda.is_empty()).unwrap_or_default();
        let offer = ["Does that suit you?", "Would that suit you?"]
            .iter()
            .find_map(|question| said.strip_suffix(question))
            .and_then(|before| hint::sentences(before).last());
        let goal = offer.and_then(|offer| self.follow_up(offer, turn));
        self.agenda.extend(goal);
        !self.agenda.is_empty()
    }

    /// What the last words offered to do, with what they were about: "book one appointment" after "Shall I book one?".
    fn offered(&self, view: &View<'_>) -> Option<String> {
        let said = view.said.filter(|_| self.agenda.is_empty())?;
        let question = hint::sentences(said).last()?;
        if question.starts_with("Shall ") && question.ends_with(" call you back?") {
            return Some("call me back".to_owned());
        }
        let rest = ["Shall I ", "Do you want me to "]
            .iter()
            .find_map(|lead| said.rsplit_once(lead))
            .map(|(_, rest)| rest)?;
        let offer = rest.strip_suffix('?')?;
        let subject = self
            .last
            .as_ref()
            .and_then(|goal| goal.tool.as_deref())
            .map(rank::subject)
            .unwrap_or_default();
        Some(format!("{offer} {subject}").trim().to_owned())
    }

    fn help(&mut self, turn: &Turn<'_>, reply: &mut Reply) {
        let abilities = offer::abilities(turn.tools);
        reply.say(if abilities.is_empty() { "I can only chat, I am afraid." } else { &abilities });
        if let Some(goal) = self.agenda.front()
            && let Some(asked) = &goal.asked
        {
            reply.say(asked.question());
        }
    }

    /// Goodbye, after what was asked for in the same breath.
    fn take_leave(&mut self, turn: &Turn<'_>, view: &View<'_>) {
        self.leaving = true;
        self.agenda.retain(|goal| goal.calling.is_some());
        let rest = intent::without_social(&view.heard);
        let wanted = |said: &str| {
            plan::choose(turn.tools, said, view, turn.now).clear().map(|tool| tool.name.clone())
        };
        if wanted(&rest).is_some() {
            self.agenda.extend(clauses::requests(&rest, wanted).into_iter().map(Goal::said));
        }
    }
}

/// The caller asks for a moment.
fn wait(turn: &Turn<'_>, reply: &mut Reply) {
    match turn.tools.iter().find(|tool| tool.name == "stay_silent") {
        Some(tool) if reply.is_silent() => reply.call(
            &tool.name,
            super::forced::arguments(tool, "The caller asks for a moment.", turn),
        ),
        _ => reply.say("Take your time."),
    }
}
