//! The ledger of tool calls: each `call_id` is dispatched once and answered exactly once, come what may.
//!
//! A call is announced up to three times (`function_call_arguments.done`, `output_item.done`, `response.done`), in any
//! order or number. It is dispatched at the first announcement with id, name and whole arguments; but once its response
//! has been interrupted only an item that says it was completed counts, since a cancelled response may announce
//! half-written arguments as done.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use switchboard_realtime::{CallId, EventId, ItemId, ResponseId};

/// Calls that have been answered are remembered, so that no second answer goes out; the oldest are forgotten beyond this.
const REMEMBERED: usize = 1_024;
/// Names of functions whose items have begun, of responses that may never finish; the oldest are forgotten beyond this.
const BEGUN: usize = 256;
/// Outputs that a server never confirms are not waited for beyond this.
const UNCONFIRMED: usize = 32;

/// The calls of one conversation.
#[derive(Debug, Default)]
pub(crate) struct ToolCalls {
    calls: HashMap<CallId, Call>,
    /// In the order of dispatch, for forgetting.
    order: VecDeque<CallId>,
    /// What items have begun: which function an arguments event without a name belongs to.
    begun: VecDeque<(ItemId, String)>,
    /// Outputs that the server has not taken in yet, oldest first.
    unconfirmed: VecDeque<Unconfirmed>,
    /// Responses whose results are told as they come, since one of their calls takes too long.
    released: VecDeque<ResponseId>,
}

/// A dispatched call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// The response that made it.
    pub(crate) group: ResponseId,
    /// The agent that made it.
    pub(crate) agent: String,
    /// The tool.
    pub(crate) name: String,
    /// The model's text.
    pub(crate) arguments: String,
    /// Since when it has been running.
    pub(crate) since: Instant,
    answered: bool,
    /// Its link is gone: the server there is now has never heard of it.
    orphaned: bool,
}

/// An output on its way into the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unconfirmed {
    /// The event that carried it.
    pub(crate) event: EventId,
    /// Its item.
    pub(crate) item: ItemId,
    /// The call it answers.
    pub(crate) call_id: CallId,
    /// The envelope.
    pub(crate) output: String,
}

/// A call that is to be run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dispatch {
    pub(crate) call_id: CallId,
    pub(crate) name: String,
    pub(crate) arguments: String,
}

impl Call {
    /// Whether the server that there is now has never heard of it.
    pub(crate) fn orphaned(&self) -> bool {
        self.orphaned
    }
}

impl ToolCalls {
    /// A function call began.
    pub(crate) fn begun(&mut self, item: &ItemId, name: &str) {
        if !name.is_empty() {
            self.begun.push_back((item.clone(), name.to_owned()));
        }
        if self.begun.len() > BEGUN {
            self.begun.pop_front();
        }
    }

    /// `function_call_arguments.done`, of a response that nobody has stopped.
    pub(crate) fn arguments_done(
        &mut self,
        response: &ResponseId,
        item: &ItemId,
        (call_id, name, arguments): (&CallId, Option<&str>, &str),
        agent: &str,
        now: Instant,
    ) -> Option<Dispatch> {
        let begun = || {
            self.begun.iter().rev().find(|(begun, _)| begun == item).map(|(_, name)| name.clone())
        };
        let name = name.filter(|name| !name.is_empty()).map(str::to_owned).or_else(begun)?;
        self.dispatch(response, (call_id, &name, arguments), agent, now)
    }

    /// `output_item.done`, or an item of `response.done`, that says it was `completed`.
    pub(crate) fn item_done(
        &mut self,
        response: &ResponseId,
        call: (&CallId, &str, &str),
        completed: bool,
        agent: &str,
        now: Instant,
    ) -> Option<Dispatch> {
        completed.then(|| self.dispatch(response, call, agent, now)).flatten()
    }

    fn dispatch(
        &mut self,
        response: &ResponseId,
        (call_id, name, arguments): (&CallId, &str, &str),
        agent: &str,
        since: Instant,
    ) -> Option<Dispatch> {
        if self.calls.contains_key(call_id) || name.is_empty() {
            return None;
        }
        let (name, arguments) = (name.to_owned(), arguments.to_owned());
        let call = Call {
            group: response.clone(),
            agent: agent.to_owned(),
            name: name.clone(),
            arguments: arguments.clone(),
            since,
            answered: false,
            orphaned: false,
        };
        self.calls.insert(call_id.clone(), call);
        self.order.push_back(call_id.clone());
        self.forget();
        Some(Dispatch { call_id: call_id.clone(), name, arguments })
    }

    /// The call, if it is waiting for its answer.
    pub(crate) fn open(&self, call_id: &CallId) -> Option<&Call> {
        self.calls.get(call_id).filter(|call| !call.answered)
    }

    /// Takes the one answer of a call; `None` if it has been answered, or was never made.
    pub(crate) fn answer(&mut self, call_id: &CallId) -> Option<Call> {
        let call = self.calls.get_mut(call_id).filter(|call| !call.answered)?;
        call.answered = true;
        Some(call.clone())
    }

    /// Whether any call waits for its answer.
    pub(crate) fn running(&self) -> bool {
        self.calls.values().any(|call| !call.answered)
    }

    /// The call that has waited longest for its answer.
    pub(crate) fn longest(&self) -> Option<&Call> {
        self.calls.values().filter(|call| !call.answered).min_by_key(|call| call.since)
    }

    /// The tools whose answers are waited for, in the order of their calls.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &str> {
        let open = self.order.iter().filter_map(|call_id| self.calls.get(call_id));
        open.filter(|call| !call.answered).map(|call| call.name.as_str())
    }

    /// The link is gone: no call is known to the next one, and nothing that was on its way arrives.
    pub(crate) fn lost(&mut self) {
        self.unconfirmed.clear();
        for call in self.calls.values_mut() {
            call.orphaned = true;
        }
    }

    /// Results of this response are told as they come.
    pub(crate) fn release(&mut self, group: ResponseId) {
        self.released.push_back(group);
        if self.released.len() > UNCONFIRMED {
            self.released.pop_front();
        }
    }

    /// Whether this response made any call.
    pub(crate) fn made_by(&self, group: &ResponseId) -> bool {
        self.calls.values().any(|call| call.group == *group)
    }

    /// Whether what this response's calls came to may be told: all have been answered, or nobody waits for the rest.
    pub(crate) fn settled(&self, group: &ResponseId) -> bool {
        self.released.contains(group)
            || self.calls.values().all(|call| call.answered || call.group != *group)
    }

    /// An output is on its way to the server.
    pub(crate) fn sent(&mut self, output: Unconfirmed) {
        self.unconfirmed.push_back(output);
        if self.unconfirmed.len() > UNCONFIRMED {
            self.unconfirmed.pop_front();
        }
    }

    /// The server has the item.
    pub(crate) fn item_added(&mut self, item: &ItemId) {
        self.unconfirmed.retain(|sent| sent.item != *item);
    }

    /// The server does not know the call that an output answers. Without the event's id it must be the oldest output.
    pub(crate) fn refused(&mut self, event: Option<&EventId>) -> Option<(Unconfirmed, Call)> {
        let at = match event {
            Some(event) => self.unconfirmed.iter().position(|sent| sent.event == *event)?,
            None => 0,
        };
        let sent = self.unconfirmed.remove(at)?;
        let call = self.calls.get(&sent.call_id)?.clone();
        Some((sent, call))
    }

    fn forget(&mut self) {
        while self.order.len() > REMEMBERED {
            let oldest = self
                .order
                .iter()
                .position(|call_id| self.calls.get(call_id).is_none_or(|call| call.answered));
            let Some(call_id) = oldest.and_then(|at| self.order.remove(at)) else { return };
            self.calls.remove(&call_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::start;

    fn ids() -> (ResponseId, ItemId, CallId) {
        (ResponseId::new("r1"), ItemId::new("i1"), CallId::new("c1"))
    }

    #[test]
    fn a_call_announced_three_times_is_dispatched_once() {
        let (response, item, call) = ids();
        let mut calls = ToolCalls::default();
        let known = (&call, "pay", "{}");

        let first =
            calls.arguments_done(&response, &item, (&call, Some("pay"), "{}"), "billing", start());

        assert_eq!(first.map(|dispatch| dispatch.name).as_deref(), Some("pay"));
        assert_eq!(calls.item_done(&response, known, true, "billing", start()), None);
        assert_eq!(calls.item_done(&response, known, true, "billing", start()), None);
    }

    #[test]
    fn a_name_left_out_is_taken_from_the_item() {
        let (response, item, call) = ids();
        let mut calls = ToolCalls::default();
        assert_eq!(
            calls.arguments_done(&response, &item, (&call, None, "{}"), "billing", start()),
            None
        );

        calls.begun(&item, "pay");

        assert!(
            calls
                .arguments_done(&response, &item, (&call, None, "{}"), "billing", start())
                .is_some()
        );
    }

    #[test]
    fn a_half_written_call_is_not_run() {
        let (response, _, call) = ids();
        let mut calls = ToolCalls::default();

        assert_eq!(
            calls.item_done(&response, (&call, "pay", "{\"amou"), false, "billing", start()),
            None
        );
        assert!(
            calls.item_done(&response, (&call, "pay", "{}"), true, "billing", start()).is_some()
        );
    }

    #[test]
    fn a_second_answer_is_refused_whoever_offers_it() {
        let (response, item, call) = ids();
        let mut calls = ToolCalls::default();
        calls.arguments_done(&response, &item, (&call, Some("pay"), "{}"), "billing", start());
        assert!(calls.running() && !calls.settled(&response));

        assert!(calls.answer(&call).is_some());
        assert!(calls.answer(&call).is_none());
        assert!(!calls.running() && calls.settled(&response));
    }

    #[test]
    fn the_ledger_stays_bounded_and_keeps_what_is_open() {
        let (response, _, open) = ids();
        let mut calls = ToolCalls::default();
        calls.item_done(&response, (&open, "slow", "{}"), true, "billing", start());
        for number in 0..10_000 {
            let call = CallId::new(format!("n{number}"));
            calls.item_done(&response, (&call, "pay", "{}"), true, "billing", start());
            calls.answer(&call);
        }

        assert!(calls.calls.len() <= REMEMBERED + 1);
        assert!(calls.open(&open).is_some());
    }
}
