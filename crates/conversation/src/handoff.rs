//! Which agent has the call: a handoff is a transaction, and the local agent is always the server's.
//!
//! **settled** on an agent → **updating** (one `session.update` in flight) → settled on the new agent once the server's
//! `session.updated` says what we asked for, or settled on the old one with a refusal. The first update of a call goes the
//! same way.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use switchboard_realtime::EventId;

use crate::input::{Brief, Echo};
use crate::setup::{Setup, Timings};

/// More handoffs than this without a caller's turn between them are refused.
const MOST_WITHOUT_A_TURN: usize = 3;
/// More handoffs than this within [`SPAN`] are refused.
const MOST_IN_SPAN: usize = 6;
/// See [`MOST_IN_SPAN`].
const SPAN: Duration = Duration::from_secs(120);
/// An error that may or may not belong to the update is taken for a refusal if no `session.updated` follows within this.
const GRACE: Duration = Duration::from_secs(1);

/// Who has the call, and who is about to.
#[derive(Debug)]
pub(crate) struct Handoff {
    agents: Vec<(String, Vec<String>)>,
    current: usize,
    brief: Option<Brief>,
    state: State,
    /// Where the call goes once the new link is set to the agent that has it: a transfer was answered meanwhile.
    next: Option<(usize, Option<Brief>)>,
    /// When calls were handed over lately.
    lately: VecDeque<Instant>,
    since_turn: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// The server knows no agent: the model is being dialled, for the first time or again. This one is to be set.
    Unset {
        to: usize,
        brief: Option<Brief>,
        first: bool,
    },
    Settled,
    Updating {
        to: usize,
        brief: Option<Brief>,
        event: EventId,
        since: Instant,
        first: bool,
        /// Over a new link.
        again: bool,
        doubted: Option<(Instant, String)>,
    },
    /// The last update was refused or lost its way, but the server may still have taken it: a late `session.updated`
    /// sends the current agent again.
    RolledBack,
}

/// Why a transfer does not happen; the code and the words go into the call's envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoTransfer {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// What came of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settled {
    /// The server is set as asked for; `from` is the agent before, `None` at the start of a call.
    Done { from: Option<usize>, brief: Option<Brief> },
    /// Refused: everything stays with the agent before; `first` means that there is none. `differs`: the server is set to
    /// neither, so the agent before must be sent again.
    Refused { first: bool, to: usize, reason: String, differs: bool },
    /// The server is set to something else than we believe: send the current agent again.
    SendAgain,
    /// A `session.updated` that changes nothing for us.
    Nothing,
}

impl Handoff {
    pub(crate) fn new(setup: &Setup) -> Self {
        let agents =
            setup.agents.iter().map(|agent| (agent.name.clone(), agent.tools.clone())).collect();
        Self {
            agents,
            current: setup.start,
            brief: None,
            state: State::Unset { to: setup.start, brief: None, first: true },
            next: None,
            lately: VecDeque::new(),
            since_turn: 0,
        }
    }

    /// The index of the agent that has the call.
    pub(crate) fn current(&self) -> usize {
        self.current
    }

    /// What the agent that has the call was handed.
    pub(crate) fn brief(&self) -> Option<&Brief> {
        self.brief.as_ref()
    }

    /// The name of the agent that has the call.
    pub(crate) fn agent(&self) -> &str {
        self.name(self.current)
    }

    pub(crate) fn name(&self, agent: usize) -> &str {
        &self.agents[agent].0
    }

    /// Whether the server is set to the current agent, as far as anybody can know.
    pub(crate) fn settled(&self) -> bool {
        matches!(self.state, State::Settled | State::RolledBack)
    }

    /// Whether a transfer waits for the server, or for a link; not the first update of a call, nor of a link that is set to
    /// the agent that has the call.
    pub(crate) fn transferring(&self) -> bool {
        let elsewhere = |to: &usize| *to != self.current || self.next.is_some();
        match &self.state {
            State::Unset { to, first, .. } => !first && elsewhere(to),
            State::Updating { to, first, again, .. } => !first && (!again || elsewhere(to)),
            State::Settled | State::RolledBack => false,
        }
    }

    /// The caller had a turn.
    pub(crate) fn turn(&mut self) {
        self.since_turn = 0;
    }

    /// Whether the call may go to the agent of this name now; its index if so.
    pub(crate) fn may(&self, to: &str, now: Instant) -> Result<usize, NoTransfer> {
        let no = |code, message: &str| Err(NoTransfer { code, message: message.to_owned() });
        if self.transferring() {
            return no(
                "already_transferring",
                "The call is already being transferred. Wait for that.",
            );
        }
        let Some(index) = self.agents.iter().position(|(name, _)| name == to) else {
            let message = format!("There is no agent called {to}. Nothing was changed.");
            return Err(NoTransfer { code: "unknown_agent", message });
        };
        if index == self.current {
            return no("already_here", "You have this call already. Help the caller yourself.");
        }
        let in_span =
            self.lately.iter().filter(|at| now.saturating_duration_since(**at) < SPAN).count();
        if self.since_turn >= MOST_WITHOUT_A_TURN || in_span >= MOST_IN_SPAN {
            return no(
                "too_many_transfers",
                "The caller has been transferred too often. Help them yourself, or ask them what they need.",
            );
        }
        Ok(index)
    }

    /// The link is gone, and the server's agent with it.
    pub(crate) fn lost(&mut self) {
        let (to, brief, first) = match std::mem::replace(&mut self.state, State::Settled) {
            State::Unset { to, brief, first } | State::Updating { to, brief, first, .. } => {
                (to, brief, first)
            }
            State::Settled | State::RolledBack => (self.current, self.brief.clone(), false),
        };
        let (to, brief) = self.next.take().unwrap_or((to, brief));
        self.state = State::Unset { to, brief, first };
    }

    /// The agent that a new link is to be set to, and what it was handed.
    pub(crate) fn wanted(&self) -> (usize, Option<Brief>) {
        match &self.state {
            State::Unset { to, brief, .. } => (*to, brief.clone()),
            _ => (self.current, self.brief.clone()),
        }
    }

    /// While there is no link, or a new one is being set: the call goes to this agent once there is one.
    pub(crate) fn redirect(&mut self, agent: usize, handed: Option<Brief>) {
        match &mut self.state {
            State::Unset { to, brief, .. } => (*to, *brief) = (agent, handed),
            _ => self.next = Some((agent, handed)),
        }
    }

    /// Where the call goes now that the new link is set.
    pub(crate) fn next(&mut self) -> Option<(usize, Option<Brief>)> {
        self.next.take()
    }

    /// An update to this agent goes out now.
    pub(crate) fn update(&mut self, to: usize, brief: Option<Brief>, event: EventId, now: Instant) {
        let first = matches!(self.state, State::Unset { first: true, .. });
        let again = matches!(self.state, State::Unset { first: false, .. });
        self.state = State::Updating { to, brief, event, since: now, first, again, doubted: None };
    }

    /// `session.updated`.
    pub(crate) fn updated(&mut self, echo: &Echo, asked: &Echo, now: Instant) -> Settled {
        match std::mem::replace(&mut self.state, State::Settled) {
            State::Updating { to, brief, first, .. } => {
                match difference(echo, &self.expected(to, asked)) {
                    None => {
                        let from = (!first).then_some(self.current);
                        if from.is_some_and(|from| from != to) {
                            self.lately.retain(|at| now.saturating_duration_since(*at) < SPAN);
                            self.lately.push_back(now);
                            self.since_turn += 1;
                        }
                        self.current = to;
                        self.brief.clone_from(&brief);
                        Settled::Done { from, brief }
                    }
                    Some(reason) => {
                        self.state = State::RolledBack;
                        Settled::Refused { first, to, reason, differs: true }
                    }
                }
            }
            State::RolledBack => Settled::SendAgain,
            before @ (State::Settled | State::Unset { .. }) => {
                self.state = before;
                Settled::Nothing
            }
        }
    }

    /// Whether this agent's tools and the given formats are what the server is set to.
    fn expected(&self, agent: usize, formats: &Echo) -> Echo {
        Echo {
            tools: Some(self.agents[agent].1.clone()),
            input: formats.input,
            output: formats.output,
        }
    }

    /// The server refused something, and it may have been the update: `sure` says that it was.
    pub(crate) fn doubt(
        &mut self,
        event: Option<&EventId>,
        sure: bool,
        reason: &str,
        now: Instant,
    ) -> Option<Settled> {
        let State::Updating { to, event: ours, first, doubted, .. } = &mut self.state else {
            return None;
        };
        if event == Some(ours) || (event.is_none() && sure) {
            let refused = Settled::Refused {
                first: *first,
                to: *to,
                reason: reason.to_owned(),
                differs: false,
            };
            self.state = State::RolledBack;
            return Some(refused);
        }
        if event.is_none() {
            doubted.get_or_insert((now, reason.to_owned()));
        }
        None
    }

    /// When the server's silence means something.
    pub(crate) fn deadline(&self, timings: &Timings) -> Option<Instant> {
        let (since, first, doubted) = match &self.state {
            State::Updating { since, first, doubted, .. } => (since, first, doubted),
            State::Unset { .. } | State::Settled | State::RolledBack => return None,
        };
        let answer = *since + if *first { timings.first_update } else { timings.update };
        Some(doubted.as_ref().map_or(answer, |(at, _)| (*at + GRACE).min(answer)))
    }

    /// Gives up an update whose time has run out: refused where an error came, else the link is dead (`Err`).
    pub(crate) fn expire(
        &mut self,
        timings: &Timings,
        now: Instant,
    ) -> Option<Result<Settled, String>> {
        if self.deadline(timings)? > now {
            return None;
        }
        let answer = match &self.state {
            State::Updating { to, first, doubted: Some((_, reason)), .. } => {
                let (first, to, reason) = (*first, *to, reason.clone());
                Ok(Settled::Refused { first, to, reason, differs: false })
            }
            // Whether the server has taken it nobody knows: the next link is set to what was wanted.
            _ => return Some(Err("the model did not answer a session.update".to_owned())),
        };
        self.state = State::RolledBack;
        Some(answer)
    }

    /// The current agent is sent again after a rollback.
    pub(crate) fn send_again(&mut self, event: EventId, now: Instant) {
        let (to, brief) = (self.current, self.brief.clone());
        let (first, again, since) = (false, false, now);
        self.state = State::Updating { to, brief, event, since, first, again, doubted: None };
    }
}

/// What differs between the server's settings and what was asked for. What a server leaves out is tolerated.
fn difference(echo: &Echo, asked: &Echo) -> Option<String> {
    if let (Some(got), Some(wanted)) = (&echo.tools, &asked.tools)
        && got != wanted
    {
        return Some(format!("the model has the tools {got:?} instead of {wanted:?}"));
    }
    for (side, got, wanted) in
        [("input", echo.input, asked.input), ("output", echo.output, asked.output)]
    {
        if let (Some(got), Some(wanted)) = (got, wanted)
            && got != wanted
        {
            return Some(format!(
                "the model's audio {side} format is {got:?} instead of {wanted:?}"
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{setup, start};

    fn brief(to: &str) -> Brief {
        Brief {
            to: to.into(),
            reason: String::new(),
            summary: String::new(),
            details: String::new(),
        }
    }

    fn settled() -> (Handoff, Instant) {
        let (mut handoff, now) = (Handoff::new(&setup()), start());
        handoff.update(0, None, EventId::new("e0"), now);
        handoff.updated(&Echo::default(), &Echo::default(), now);
        (handoff, now)
    }

    #[test]
    fn the_agent_changes_only_when_the_server_says_so() {
        let (mut handoff, now) = settled();

        handoff.update(
            handoff.may("billing", now).unwrap(),
            Some(brief("billing")),
            EventId::new("e1"),
            now,
        );
        assert_eq!(handoff.agent(), "triage");

        let done = handoff.updated(&Echo::default(), &Echo::default(), now);
        assert_eq!(done, Settled::Done { from: Some(0), brief: Some(brief("billing")) });
        assert_eq!(handoff.agent(), "billing");
    }

    #[test]
    fn a_transfer_answered_while_a_new_link_is_being_set_follows() {
        let (mut handoff, now) = settled();
        handoff.lost();
        handoff.update(0, None, EventId::new("e1"), now);
        assert_eq!(handoff.may("billing", now), Ok(1));

        handoff.redirect(1, Some(brief("billing")));

        assert!(handoff.may("triage", now).is_err(), "the first transfer wins");
        let done = handoff.updated(&Echo::default(), &Echo::default(), now);
        assert_eq!(done, Settled::Done { from: Some(0), brief: None });
        assert_eq!(handoff.next(), Some((1, Some(brief("billing")))));
        assert!(!handoff.transferring());
    }

    #[test]
    fn the_first_transfer_of_an_outage_wins() {
        let (mut handoff, now) = settled();
        handoff.lost();
        handoff.redirect(1, Some(brief("billing")));

        assert!(handoff.may("triage", now).is_err());
        assert_eq!(handoff.wanted(), (1, Some(brief("billing"))));
    }

    #[test]
    fn a_refusal_leaves_the_call_where_it_was() {
        let (mut handoff, now) = settled();
        handoff.update(1, Some(brief("billing")), EventId::new("e1"), now);

        let refused = handoff.doubt(Some(&EventId::new("e1")), false, "no such tool", now);

        assert!(matches!(refused, Some(Settled::Refused { first: false, to: 1, .. })));
        assert_eq!(handoff.agent(), "triage");
        assert_eq!(handoff.updated(&Echo::default(), &Echo::default(), now), Settled::SendAgain);
    }

    #[test]
    fn tools_that_came_back_different_are_a_refusal() {
        let (mut handoff, now) = settled();
        handoff.update(1, Some(brief("billing")), EventId::new("e1"), now);

        let echo = Echo { tools: Some(vec!["something_else".into()]), ..Echo::default() };

        assert!(matches!(handoff.updated(&echo, &Echo::default(), now), Settled::Refused { .. }));
    }

    #[test]
    fn an_unknown_error_without_an_id_counts_only_when_no_update_follows() {
        let (mut handoff, now) = settled();
        handoff.update(1, Some(brief("billing")), EventId::new("e1"), now);
        let timings = Timings::default();

        assert_eq!(handoff.doubt(None, false, "something", now), None);
        assert_eq!(handoff.expire(&timings, now), None);

        assert!(matches!(handoff.expire(&timings, now + GRACE), Some(Ok(Settled::Refused { .. }))));
    }

    #[test]
    fn an_update_that_nobody_answers_means_a_dead_link() {
        let (mut handoff, now) = settled();
        handoff.update(1, Some(brief("billing")), EventId::new("e1"), now);
        let timings = Timings::default();

        assert!(matches!(handoff.expire(&timings, now + timings.update), Some(Err(_))));
    }

    #[test]
    fn a_lost_link_is_set_to_what_was_wanted_and_the_agent_changes_only_then() {
        let (mut handoff, now) = settled();
        handoff.update(1, Some(brief("billing")), EventId::new("e1"), now);

        handoff.lost();
        assert!(!handoff.settled() && handoff.agent() == "triage");
        let (to, handed) = handoff.wanted();
        handoff.update(to, handed, EventId::new("e2"), now);
        let done = handoff.updated(&Echo::default(), &Echo::default(), now);

        assert_eq!(done, Settled::Done { from: Some(0), brief: Some(brief("billing")) });
        assert_eq!(handoff.agent(), "billing");
    }

    #[test]
    fn transfers_to_oneself_to_nobody_and_in_circles_are_refused() {
        let (mut handoff, now) = settled();
        assert_eq!(handoff.may("triage", now).unwrap_err().code, "already_here");
        assert_eq!(handoff.may("sales", now).unwrap_err().code, "unknown_agent");

        for to in [1, 0, 1] {
            handoff.update(to, None, EventId::new("e"), now);
            assert_eq!(handoff.may("calendar", now).unwrap_err().code, "already_transferring");
            handoff.updated(&Echo::default(), &Echo::default(), now);
        }
        assert_eq!(handoff.may("calendar", now).unwrap_err().code, "too_many_transfers");

        handoff.turn();
        assert!(handoff.may("calendar", now).is_ok());
    }
}
