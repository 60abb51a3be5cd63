//! What follows from tool calls, and the transfers that some of them ask for.

use std::time::Instant;

use switchboard_realtime::{CallId, ItemId};

use super::{Conversation, Sent};
use crate::debt::Owed;
use crate::handoff::Settled;
use crate::input::{Brief, Effect};
use crate::output::{Entry, ModelCommand, Output, Report};
use crate::tool_calls::{Call, Dispatch, Unconfirmed};

impl Conversation {
    /// A call that has been announced whole for the first time.
    pub(super) fn dispatch(&mut self, dispatch: Option<Dispatch>) {
        let Some(Dispatch { call_id, name, arguments }) = dispatch else { return };
        if !self.ending.live() {
            self.refuse((call_id, name), "call_ending", "The call is ending. Say goodbye.", false);
        } else if self.handoff.transferring() {
            let message = "The call is being transferred just now. Try again in a moment.";
            self.refuse((call_id, name), "handing_off", message, true);
        } else {
            let agent = self.handoff.agent().to_owned();
            self.outputs.push_back(Output::Dispatch { call_id, agent, name, arguments });
        }
    }

    fn refuse(
        &mut self,
        (call_id, name): (CallId, String),
        code: &'static str,
        message: &str,
        retryable: bool,
    ) {
        self.outputs.push_back(Output::Refuse {
            call_id,
            name,
            code,
            message: message.to_owned(),
            retryable,
        });
    }

    /// A call has its answer. Only the first one counts.
    pub(super) fn answered(
        &mut self,
        call_id: &CallId,
        output: String,
        effect: Effect,
        now: Instant,
    ) {
        let Some(call) = self.calls.open(call_id).cloned() else { return };
        if self.ending.failed() {
            self.calls.answer(call_id);
            self.transcript.call(call_id, &call.name, &call.arguments, &output);
            return;
        }
        match effect {
            Effect::Handoff(brief) => self.transfer(call_id, &call, output, brief, now),
            Effect::Tell => self.tell_result(call_id, &call, output, now),
            Effect::TellMoreLater => {
                self.expecting += 1;
                self.tell_result(call_id, &call, output, now);
            }
            Effect::StaySilent => {
                self.answer(call_id, output);
            }
            // The caller has more to say: nobody hangs up on them.
            Effect::EndCall { .. } if self.turn.callers() => {
                self.tell_result(call_id, &call, output, now);
            }
            Effect::EndCall { reason } => {
                let item = self.answer(call_id, output);
                let spoke = self.response(&call.group).is_some_and(|response| response.spoke);
                self.debts.forgive(|owed| !matches!(owed, Owed::Turn));
                if !spoke {
                    self.debts.open(Owed::Goodbye, item, now);
                }
                self.ending.close(&reason, false, now);
            }
        }
    }

    /// Answers a call with something that the caller is owed.
    fn tell_result(&mut self, call_id: &CallId, call: &Call, output: String, now: Instant) {
        let item = self.answer(call_id, output);
        let owed = Owed::Result { call_id: call_id.clone(), group: call.group.clone() };
        self.debts.open(owed, item, now);
    }

    /// Sends the one answer of a call.
    fn answer(&mut self, call_id: &CallId, output: String) -> Option<ItemId> {
        let call = self.calls.answer(call_id)?;
        self.transcript.call(call_id, &call.name, &call.arguments, &output);
        if !self.ready {
            // The next link begins with what the transcript holds.
            return None;
        }
        if call.orphaned() {
            return Some(self.pair(&call.name, &call.arguments, output));
        }
        let entry = Entry::Output { call_id: call_id.clone(), output: output.clone() };
        let (item, event) = (self.names.item(), self.event(Sent::Output));
        self.tell(ModelCommand::Create { event: event.clone(), item: item.clone(), entry });
        self.calls.sent(Unconfirmed {
            event,
            item: item.clone(),
            call_id: call_id.clone(),
            output,
        });
        Some(item)
    }

    /// The server does not know the call any more: the same answer goes in as a pair of its own.
    pub(super) fn answer_as_pair(&mut self, (sent, call): (Unconfirmed, Call)) {
        let item = self.pair(&call.name, &call.arguments, sent.output);
        self.debts.sent_again(&sent.call_id, &item);
    }

    /// Puts a call and its answer into the conversation, both under an id of ours; returns the answer's item. Data of a tool
    /// never speaks with the authority of a system message.
    fn pair(&mut self, name: &str, arguments: &str, output: String) -> ItemId {
        let call_id = self.names.call();
        let (name, arguments) = (name.to_owned(), arguments.to_owned());
        self.create(Entry::Call { call_id: call_id.clone(), name, arguments }, Sent::Item);
        self.create(Entry::Output { call_id, output }, Sent::Item)
    }

    /// A call that was answered before it was finished has come to this: it is told at the next quiet moment.
    pub(super) fn late(&mut self, tool: &str, arguments: &str, output: String, now: Instant) {
        self.expecting = self.expecting.saturating_sub(1);
        if self.ending.failed() {
            return;
        }
        self.begin_waiting(now);
        self.transcript.call(&self.names.call(), tool, arguments, &output);
        let item = self.ready.then(|| self.pair(tool, arguments, output));
        self.debts.open(Owed::Late, item, now);
    }

    fn transfer(
        &mut self,
        call_id: &CallId,
        call: &Call,
        output: String,
        brief: Brief,
        now: Instant,
    ) {
        let refused = if call.agent != self.handoff.agent() || !self.ending.live() {
            let message = "This call has moved on meanwhile. Nobody was transferred.";
            Some(("no_longer_active", message.to_owned()))
        } else {
            self.handoff.may(&brief.to, now).err().map(|no| (no.code, no.message))
        };
        if let Some((code, message)) = refused {
            let (agent, to) = (self.handoff.agent().to_owned(), brief.to);
            self.report(Report::HandoffRefused { agent, to, reason: code.to_owned() });
            self.refuse((call_id.clone(), call.name.clone()), code, &message, false);
            return;
        }
        let to = self.handoff.may(&brief.to, now).expect("it was allowed just above");
        self.answer(call_id, output);
        if self.ready {
            self.update_agent(to, Some(brief), now);
        } else {
            self.handoff.redirect(to, Some(brief));
        }
    }

    /// Sends the one `session.update` that makes this agent the server's.
    pub(super) fn update_agent(&mut self, agent: usize, brief: Option<Brief>, now: Instant) {
        let event = self.event(Sent::Update);
        self.handoff.update(agent, brief.clone(), event.clone(), now);
        self.outputs.push_back(Output::Update { event, agent, brief });
    }

    /// The server has answered a `session.update`, one way or the other.
    pub(super) fn settled(&mut self, settled: Settled, now: Instant) {
        match settled {
            Settled::Done { from: None, .. } => self.begin(now),
            Settled::Done { from: Some(from), brief } => {
                let from = self.handoff.name(from).to_owned();
                if from != self.handoff.agent()
                    && let Some(brief) = brief
                {
                    self.report(Report::HandedOff { from, brief });
                    self.debts.open(Owed::Handoff, None, now);
                }
                if !self.ready {
                    self.restore(now);
                }
                if let Some((to, brief)) = self.handoff.next() {
                    self.update_agent(to, brief, now);
                }
            }
            Settled::Refused { first: true, reason, .. } => {
                self.fail(&format!("the model refused the session: {reason}"), now);
            }
            // Perhaps this link is no good; the budget of all links bounds how often that is believed.
            Settled::Refused { to, reason, .. } if to == self.handoff.current() && !self.ready => {
                self.lost(&format!("the model refused the agent that has the call: {reason}"), now);
            }
            // Not even the agent that has the call can be set: local agent and server's agent would differ for good.
            Settled::Refused { to, reason, .. } if to == self.handoff.current() => {
                self.fail(
                    &format!("the model cannot be set back after a refused transfer: {reason}"),
                    now,
                );
            }
            Settled::Refused { to, reason, differs, .. } => self.stay(to, reason, differs, now),
            Settled::SendAgain => self.send_again(now),
            Settled::Nothing => {}
        }
    }

    /// The model is set up: caller and agent may begin.
    fn begin(&mut self, now: Instant) {
        self.ready = true;
        self.begun = true;
        self.holding.waits_from(now);
        self.outputs.push_back(Output::ReleaseAudio);
        self.report(Report::Started { agent: self.handoff.agent().to_owned() });
        let settle = if self.setup.audio.is_some() {
            self.setup.timings.settle
        } else {
            std::time::Duration::ZERO
        };
        self.debts.open(Owed::Greeting, None, now + settle);
        for text in std::mem::take(&mut self.early) {
            self.caller_item(&text, now);
        }
    }

    /// A transfer that did not happen: the agent that stays is told, and owes the caller a word.
    fn stay(&mut self, to: usize, reason: String, differs: bool, now: Instant) {
        let to = self.handoff.name(to).to_owned();
        if differs || !self.ready {
            self.send_again(now);
        }
        let note = format!(
            "The transfer to {to} did not work. You still have this call. Tell the caller so, and help them yourself as far \
             as you can."
        );
        if self.ready {
            self.transcript.note(&note);
            let item = self.create(Entry::System(note), Sent::Item);
            self.debts.open(Owed::Handoff, Some(item), now);
        } else {
            self.notes.push(note);
        }
        self.report(Report::HandoffRefused { agent: self.handoff.agent().to_owned(), to, reason });
    }

    fn send_again(&mut self, now: Instant) {
        let event = self.event(Sent::Update);
        self.handoff.send_again(event.clone(), now);
        let (agent, brief) = (self.handoff.current(), self.handoff.brief().cloned());
        self.outputs.push_back(Output::Update { event, agent, brief });
    }
}
