//! A mind that works for any agents: it matches words against the tools that the session has.
//!
//! What the caller wants stands on an agenda of goals. In each response the untold results are told first, then the
//! caller's new words are heard, then the goals advance until one has to wait for a call or for an answer. Everything
//! else is read off the conversation's items each time, so that a mind that comes to a conversation late, as after a
//! redial, finds its way.

use std::collections::VecDeque;

use super::goal::Goal;
use super::instruct::{self, Wish};
use super::phrases::Phrases;
use super::view::View;
use super::{Act, Mind, ToolChoice, Turn};

mod advance;
mod catch_up;
mod courtesy;
mod failures;
mod forced;
mod hear;
mod reply;
mod results;

use reply::Reply;

/// A mind that understands by keywords, deterministic for a seed.
///
/// ```
/// use switchboard_simulator::mind::{Act, Mind, Said, Tool, ToolChoice, Turn, keyword::KeywordMind};
///
/// let tools = [Tool {
///     name: "get_opening_hours".into(),
///     description: "When the shop is open.".into(),
///     parameters: serde_json::json!({"type": "object", "properties": {}}),
/// }];
/// let items = [Said::User("When are you open tomorrow?".into())];
/// let turn = Turn {
///     instructions: "You are the front desk of a bicycle shop.",
///     tools: &tools,
///     tool_choice: &ToolChoice::Auto,
///     items: &items,
///     response_instructions: None,
///     parallel_tool_calls: false,
///     out_of_band: false,
///     now: "2026-11-21T10:00".parse()?,
/// };
/// let acts = KeywordMind::new(1).respond(&turn);
/// assert_eq!(acts, [Act::Call { name: "get_opening_hours".into(), arguments: "{}".into() }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeywordMind {
    phrases: Phrases,
    /// What the caller wants; the first is worked on.
    agenda: VecDeque<Goal>,
    /// What was done last, for words that add to it.
    last: Option<Goal>,
    /// Whether the caller has said goodbye.
    leaving: bool,
    /// Calls whose results led to a next step and are not to be told: handoffs, and lists that an id was looked up in.
    used: Vec<String>,
    /// The session's instructions in the last response.
    instructions: String,
    /// What was said because a response was told to say it, and so answered nothing; the newest last.
    fillers: VecDeque<String>,
    /// Whether the mind has answered in this conversation, and so knows how it began.
    knows: bool,
    /// What there was before the caller's last turn was heard, should that turn grow.
    before: Option<Checkpoint>,
}

/// The most phrases said on order that are remembered.
const MOST_FILLERS: usize = 16;

/// The agenda before a turn of the caller was heard.
#[derive(Clone, Debug)]
struct Checkpoint {
    ordinal: usize,
    words: String,
    agenda: VecDeque<Goal>,
    last: Option<Goal>,
    leaving: bool,
}

impl KeywordMind {
    /// A mind for one conversation; the seed chooses between phrases that mean the same.
    pub fn new(seed: u64) -> Self {
        Self {
            phrases: Phrases::new(seed),
            agenda: VecDeque::new(),
            last: None,
            leaving: false,
            used: Vec::new(),
            instructions: String::new(),
            fillers: VecDeque::new(),
            knows: false,
            before: None,
        }
    }

    /// What to say and do, for a mind that knows how the conversation came here.
    fn think(&mut self, turn: &Turn<'_>, view: &View<'_>, reply: &mut Reply) {
        if !std::mem::replace(&mut self.knows, true) {
            self.catch_up(turn);
        }
        self.consider(turn, view, reply);
    }

    /// Results, then words, then goals; and if all that leaves nothing to say, what fits a silence.
    fn consider(&mut self, turn: &Turn<'_>, view: &View<'_>, reply: &mut Reply) {
        self.check_point(view);
        self.forget_lost_calls(view);
        self.recall(turn, view);
        self.tell_results(turn, view, reply);
        if !view.heard.is_empty() {
            self.hear(turn, view, reply);
        } else if !view.answered {
            reply.say(self.phrases.unheard());
        }
        self.advance(turn, view, reply);
        if reply.is_empty() {
            self.fill_silence(turn, view, reply);
        }
        turn.instructions.clone_into(&mut self.instructions);
    }

    /// A turn that grew since it was last heard, or whose answer was lost, is heard anew from where it began.
    fn check_point(&mut self, view: &View<'_>) {
        if view.heard.is_empty() {
            return;
        }
        match &self.before {
            Some(before)
                if before.ordinal == view.ordinal && view.heard.starts_with(&before.words) =>
            {
                self.agenda.clone_from(&before.agenda);
                self.last.clone_from(&before.last);
                self.leaving = before.leaving;
            }
            _ => {
                self.before = Some(Checkpoint {
                    ordinal: view.ordinal,
                    words: view.heard.clone(),
                    agenda: self.agenda.clone(),
                    last: self.last.clone(),
                    leaving: self.leaving,
                });
            }
        }
    }

    /// Remembers what a response of the conversation was told to say.
    fn remember_filler(&mut self, text: &str, turn: &Turn<'_>) {
        if turn.out_of_band {
            return;
        }
        if self.fillers.len() == MOST_FILLERS {
            self.fillers.pop_front();
        }
        self.fillers.push_back(text.to_owned());
    }

    /// What a response's own instructions say to say; none where it answers as usual.
    fn obey(&mut self, wish: &Wish, turn: &Turn<'_>) -> Option<String> {
        match wish {
            Wish::Hold => Some(self.phrases.hold().to_owned()),
            Wish::Nudge => Some(self.phrases.nudge().to_owned()),
            Wish::Farewell => Some(self.phrases.farewell().to_owned()),
            Wish::Apologise => Some("I am sorry, something went wrong on our side.".to_owned()),
            Wish::Greet => Some(instruct::greeting(turn.instructions)),
            Wish::Say(_) | Wish::Usual => None,
        }
    }
}

impl Mind for KeywordMind {
    fn respond(&mut self, turn: &Turn<'_>) -> Vec<Act> {
        let wish = turn.response_instructions.map_or(Wish::Usual, instruct::wish);
        if let Wish::Say(text) = wish {
            self.remember_filler(&text, turn);
            return vec![Act::Say(text)];
        }
        let fillers = Vec::from(self.fillers.clone());
        let view = View::beside(turn.items, &fillers);
        let mut reply = Reply::default();
        let greets = wish == Wish::Greet && !view.heard.is_empty();
        if let Some(words) = self.obey(&wish, turn) {
            reply.say(words);
            if !greets {
                self.remember_filler(&reply.words(), turn);
                return reply.into_acts();
            }
        }
        if turn.out_of_band {
            // What is answered beside the conversation is not remembered in it.
            self.clone().think(turn, &view, &mut reply);
        } else {
            self.think(turn, &view, &mut reply);
        }
        match turn.tool_choice {
            ToolChoice::Auto => {}
            ToolChoice::None => {
                if reply.drop_calls() && reply.is_empty() {
                    reply.say(self.phrases.hold());
                }
            }
            ToolChoice::Required => forced::require(turn, &view, &mut reply),
            ToolChoice::Function(name) => forced::call(name, turn, &view, &mut reply),
        }
        reply.into_acts()
    }
}

#[cfg(test)]
mod tests;
