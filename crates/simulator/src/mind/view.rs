//! What the items of a conversation tell: what is unanswered, which results are untold, what has been called.

use serde_json::Value;

use super::Said;
use super::envelope::Envelope;
use super::words;

/// A finished or open call in the conversation.
#[derive(Clone, Debug)]
pub(crate) struct Called<'a> {
    /// The call's id.
    pub(crate) id: &'a str,
    /// The tool's name.
    pub(crate) name: &'a str,
    /// The arguments, `null` where they cannot be read.
    pub(crate) arguments: Value,
    /// The result; none while the call is open.
    pub(crate) result: Option<Envelope>,
    /// Where the output stands among the items, or the call itself while it is open.
    at: usize,
    /// Where the call stands among the items.
    began: usize,
}

/// A conversation, as one response sees it.
#[derive(Debug)]
pub(crate) struct View<'a> {
    /// Whether the model has answered the caller's last turn in any way, or there was none.
    pub(crate) answered: bool,
    /// Every call, in the order of their outputs.
    pub(crate) calls: Vec<Called<'a>>,
    /// What the caller has said since anybody answered; empty if nothing is unanswered.
    pub(crate) heard: String,
    /// What the caller said last, answered or not.
    pub(crate) turn: String,
    /// How many items of the caller's came before those in `turn`: names the turn.
    pub(crate) ordinal: usize,
    /// What the model said last.
    pub(crate) said: Option<&'a str>,
    /// A system message that nothing has followed.
    pub(crate) notice: Option<&'a str>,
    /// Whether a system message says not to greet.
    pub(crate) greets_nobody: bool,
    /// Where the caller's last turn begins among the items.
    turn_at: usize,
    /// Where the model last said something that was not put into its mouth.
    said_at: Option<usize>,
}

impl<'a> View<'a> {
    /// Reads the items of a response's context.
    pub(crate) fn of(items: &'a [Said]) -> Self {
        Self::beside(items, &[])
    }

    /// Reads the items of a response's context; the model's words among `fillers` have told and answered nothing.
    pub(crate) fn beside(items: &'a [Said], fillers: &[String]) -> Self {
        let calls = calls(items);
        let spoke = |item: &Said| matches!(item, Said::Assistant(text) if !text.trim().is_empty());
        let told = |item: &Said| match item {
            Said::Assistant(text) => spoke(item) && !fillers.contains(text),
            _ => false,
        };
        let said_at = items.iter().rposition(told);
        let said = items.iter().rfind(|item| spoke(item)).and_then(|item| match item {
            Said::Assistant(text) => Some(text.as_str()),
            _ => None,
        });
        let acts = |item: &Said| told(item) || matches!(item, Said::Call { .. });
        let (turn_at, turn_end) = last_turn(items, acts);
        let turn = spoken(&items[turn_at..turn_end]);
        let answered = turn_end == 0 || items[turn_end..].iter().any(acts);
        let ordinal = items[..turn_at].iter().filter(|item| matches!(item, Said::User(_))).count();
        let notice = match items.last() {
            Some(Said::System(text)) => Some(text.as_str()),
            _ => None,
        };
        let greets_nobody = items.iter().any(|item| match item {
            Said::System(text) => words::plain(text).contains("not greet"),
            _ => false,
        });
        let heard = if answered { String::new() } else { turn.clone() };
        Self {
            answered,
            calls,
            heard,
            turn,
            ordinal,
            said,
            notice,
            greets_nobody,
            turn_at,
            said_at,
        }
    }

    /// Results that the model has not told yet, oldest first.
    pub(crate) fn untold(&self) -> impl Iterator<Item = &Called<'a>> {
        let said_at = self.said_at;
        self.calls
            .iter()
            .filter(move |call| call.result.is_some() && said_at.is_none_or(|at| at < call.at))
    }

    /// The calls made since the caller's last turn began.
    pub(crate) fn since_turn(&self) -> impl Iterator<Item = &Called<'a>> {
        self.calls.iter().filter(|call| call.began >= self.turn_at)
    }

    /// Whether a call of this tool waits for its result.
    pub(crate) fn is_open(&self, name: &str) -> bool {
        self.calls.iter().any(|call| call.name == name && call.result.is_none())
    }

    /// Whether nobody has said or done anything yet.
    pub(crate) fn is_new(&self) -> bool {
        self.said.is_none() && self.turn.is_empty() && self.calls.is_empty()
    }
}

/// The last run of caller's items between which nobody else said anything: its beginning and end.
fn last_turn(items: &[Said], acts: impl Fn(&Said) -> bool) -> (usize, usize) {
    let Some(last) = items.iter().rposition(|item| matches!(item, Said::User(_))) else {
        return (0, 0);
    };
    let before = items[..last].iter().rposition(acts);
    let from = before.map_or(0, |at| at + 1);
    let first =
        items[from..=last].iter().position(|item| matches!(item, Said::User(_))).unwrap_or(0);
    (from + first, last + 1)
}

fn spoken(items: &[Said]) -> String {
    let said: Vec<&str> = items
        .iter()
        .filter_map(|item| match item {
            Said::User(text) => Some(text.trim()),
            _ => None,
        })
        .filter(|text| !text.is_empty())
        .collect();
    said.join(" ")
}

/// Every call with its result, if one has come, in the order in which they ended.
fn calls(items: &[Said]) -> Vec<Called<'_>> {
    let mut calls = Vec::new();
    for (began, item) in items.iter().enumerate() {
        let Said::Call { call_id, name, arguments } = item else { continue };
        let answer = items.iter().enumerate().find_map(|(at, item)| match item {
            Said::Output { call_id: answers, output } if answers == call_id => {
                Some((at, Envelope::read(output)))
            }
            _ => None,
        });
        let (at, result) = answer.map_or((began, None), |(at, result)| (at, Some(result)));
        calls.push(Called {
            id: call_id,
            name,
            arguments: serde_json::from_str(arguments).unwrap_or_default(),
            result,
            at,
            began,
        });
    }
    calls.sort_by_key(|call| call.at);
    calls
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn user(text: &str) -> Said {
        Said::User(text.to_owned())
    }

    pub(crate) fn assistant(text: &str) -> Said {
        Said::Assistant(text.to_owned())
    }

    pub(crate) fn call(id: &str, name: &str, arguments: &str) -> Said {
        Said::Call {
            call_id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        }
    }

    pub(crate) fn output(id: &str, output: &str) -> Said {
        Said::Output { call_id: id.to_owned(), output: output.to_owned() }
    }

    #[test]
    fn words_of_one_turn_are_joined_and_unanswered() {
        let items = [assistant("Hello"), user("Move it"), user("to Friday")];
        let view = View::of(&items);
        assert_eq!(view.heard, "Move it to Friday");
        assert_eq!(view.ordinal, 0);
        assert!(!view.answered);
    }

    #[test]
    fn a_call_answers_the_turn_and_its_result_is_untold() {
        let items = [user("Balance?"), call("1", "get_balance", "{}"), output("1", "{}")];
        let view = View::of(&items);
        assert!(view.heard.is_empty());
        assert_eq!(view.turn, "Balance?");
        assert_eq!(view.untold().count(), 1);
    }

    #[test]
    fn a_result_that_was_told_is_not_untold() {
        let items = [
            user("Balance?"),
            call("1", "get_balance", "{}"),
            output("1", "{}"),
            assistant("It is 4."),
        ];
        assert_eq!(View::of(&items).untold().count(), 0);
    }

    #[test]
    fn a_result_whose_words_were_deleted_is_untold_beside_the_new_turn() {
        let items = [
            user("Balance?"),
            call("1", "get_balance", "{}"),
            output("1", "{}"),
            assistant(""),
            user("Hello?"),
        ];
        let view = View::of(&items);
        assert_eq!(view.untold().count(), 1);
        assert_eq!(view.heard, "Hello?");
        assert_eq!(view.ordinal, 1);
    }

    #[test]
    fn a_result_that_came_after_a_hold_phrase_is_untold() {
        let items = [
            user("Balance?"),
            call("1", "get_balance", "{}"),
            assistant("One moment."),
            output("1", "{}"),
        ];
        let view = View::of(&items);
        assert_eq!(view.untold().count(), 1);
        assert!(view.heard.is_empty());
    }

    #[test]
    fn what_was_put_into_the_model_s_mouth_tells_and_answers_nothing() {
        let items = [
            user("Balance?"),
            call("1", "get_balance", "{}"),
            output("1", "{}"),
            assistant("One moment."),
        ];
        let fillers = ["One moment.".to_owned()];
        assert_eq!(View::beside(&items, &fillers).untold().count(), 1);
        assert_eq!(View::of(&items).untold().count(), 0);

        let items = [user("Move it"), assistant("One moment."), user("to Friday")];
        let view = View::beside(&items, &fillers);
        assert_eq!(view.heard, "Move it to Friday");
        assert_eq!(view.said, Some("One moment."));
    }

    #[test]
    fn an_open_call_is_known_by_name() {
        let items = [user("Balance?"), call("1", "get_balance", "{}")];
        assert!(View::of(&items).is_open("get_balance"));
    }
}
