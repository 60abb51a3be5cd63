//! Whose turn it is: at most one response of the default conversation at a time, and none while the caller speaks.
//!
//! A response is **pending** (we asked), then **active** (`response.created`) until `response.done`; the server starts some
//! by itself. No state is for ever: each has a time after which [`Turn::expire`] leaves it.

use std::time::Instant;

use switchboard_realtime::{ItemId, ResponseId};

use crate::names::RequestId;
use crate::setup::Timings;

/// The floor: the model's response, and the caller's voice.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    pending: Option<Pending>,
    active: Option<Active>,
    /// Ours was refused because another runs, of which we have not heard yet.
    elsewhere: Option<Instant>,
    caller: Caller,
    /// Whether the server has handed our metadata back.
    echoes: bool,
}

/// A response that we asked for.
#[derive(Debug)]
struct Pending {
    request: RequestId,
    since: Instant,
    /// The caller has spoken over it.
    unwanted: bool,
}

/// The response that runs.
#[derive(Debug)]
struct Active {
    response: ResponseId,
    request: Option<RequestId>,
    /// It bears no name: it was taken for ours because it came after our request.
    assumed: bool,
    since: Instant,
    heard_from: Instant,
    cancelled: Option<Instant>,
}

/// Where the caller's turn stands.
#[derive(Debug, Default)]
enum Caller {
    #[default]
    Listens,
    Speaks {
        item: ItemId,
        since: Instant,
    },
    Stopped {
        since: Instant,
    },
    /// Their turn is in; the server may start its own response.
    Waits {
        since: Instant,
    },
}

/// A response that began, as the floor sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Began {
    /// Our name of it; `None` for the server's own.
    pub(crate) request: Option<RequestId>,
    /// Whether it must be stopped at once: the caller spoke over the request.
    pub(crate) unwanted: bool,
    /// A response that was taken to be running, and cannot be any more: its end got lost.
    pub(crate) superseded: Option<ResponseId>,
}

/// A time that ran out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expired {
    /// A request that nobody answered.
    Request(RequestId),
    /// A response of which nothing is heard: stop it.
    Cancel(ResponseId),
    /// A stopped response that does not end: the link is dead.
    Link(ResponseId),
}

impl Turn {
    /// Whether a response may be asked for now.
    pub(crate) fn free(&self) -> bool {
        !self.busy() && matches!(self.caller, Caller::Listens)
    }

    /// Whether a response is asked for or runs.
    pub(crate) fn busy(&self) -> bool {
        self.pending.is_some() || self.active.is_some() || self.elsewhere.is_some()
    }

    /// Whether the caller is speaking, as far as the server has told.
    pub(crate) fn caller_speaks(&self) -> bool {
        matches!(self.caller, Caller::Speaks { .. })
    }

    /// Whether the floor is the caller's: they speak, have just stopped, or are about to be answered.
    pub(crate) fn callers(&self) -> bool {
        !matches!(self.caller, Caller::Listens)
    }

    /// The running response.
    pub(crate) fn active(&self) -> Option<&ResponseId> {
        self.active.as_ref().map(|active| &active.response)
    }

    /// Since when a response has been asked for, or running.
    pub(crate) fn since(&self) -> Option<Instant> {
        let active = self.active.as_ref().map(|active| active.since);
        active.or(self.pending.as_ref().map(|pending| pending.since))
    }

    /// Whether the server hands our metadata back, so that responses can be told apart.
    pub(crate) fn echoes(&self) -> bool {
        self.echoes
    }

    /// The link is gone, and with it everything that ran or was about to.
    pub(crate) fn lost(&mut self) {
        *self = Self { echoes: self.echoes, ..Self::default() };
    }

    /// We ask for a response. Only when [`Turn::free`].
    pub(crate) fn ask(&mut self, request: RequestId, now: Instant) {
        debug_assert!(self.free(), "a response is asked for only when the floor is free");
        self.pending = Some(Pending { request, since: now, unwanted: false });
    }

    /// `response.created` of the default conversation.
    pub(crate) fn created(
        &mut self,
        response: ResponseId,
        named: Option<RequestId>,
        now: Instant,
    ) -> Began {
        self.echoes |= named.is_some();
        // A server that drops metadata: the next response after our request is taken for ours, until a refusal of the
        // request tells otherwise.
        let assumed = named.is_none() && !self.echoes && self.pending.is_some();
        let pending = self.pending.take_if(|pending| assumed || named == Some(pending.request));
        let request = named.or(pending.as_ref().map(|pending| pending.request));
        // A name that we do not wait for is a request of ours that we had given up.
        let unwanted = match (&pending, request) {
            (Some(pending), _) => pending.unwanted,
            (None, Some(_)) => self.caller_speaks(),
            (None, None) => false,
        };
        let active =
            Active { response, request, assumed, since: now, heard_from: now, cancelled: None };
        let superseded = self.active.replace(active).map(|before| before.response);
        self.elsewhere = None;
        if !self.caller_speaks() {
            self.caller = Caller::Listens;
        }
        Began { request, unwanted, superseded }
    }

    /// An event of a response: it lives.
    pub(crate) fn progress(&mut self, of: &ResponseId, now: Instant) {
        if let Some(active) = self.active.as_mut().filter(|active| active.response == *of) {
            active.heard_from = now;
        }
    }

    /// `response.done`.
    pub(crate) fn done(&mut self, of: &ResponseId, named: Option<RequestId>) {
        // A response that was begun without our name may bear it in the end.
        self.pending.take_if(|pending| named == Some(pending.request));
        if self.active.take_if(|active| active.response == *of).is_none() {
            self.elsewhere = None;
        }
    }

    /// A request of ours (the one that is pending, where the server does not say) was refused because a response runs.
    /// Returns the request.
    pub(crate) fn refused_active(
        &mut self,
        request: Option<RequestId>,
        now: Instant,
    ) -> Option<RequestId> {
        if let Some(pending) =
            self.pending.take_if(|pending| request.is_none_or(|request| request == pending.request))
        {
            if self.active.is_none() {
                self.elsewhere = Some(now);
            }
            return Some(pending.request);
        }
        // The running one was taken for ours: it is the server's own.
        let ours = |active: &&mut Active| {
            active.assumed && (request.is_none() || request == active.request)
        };
        let active = self.active.as_mut().filter(ours)?;
        active.assumed = false;
        active.request.take()
    }

    /// Our request was refused for another reason. Returns the request.
    pub(crate) fn refused(&mut self, request: RequestId) -> Option<RequestId> {
        self.pending.take_if(|pending| pending.request == request).map(|pending| pending.request)
    }

    /// We have asked for the running response to be stopped.
    pub(crate) fn cancelling(&mut self, now: Instant) {
        if let Some(active) = &mut self.active {
            active.cancelled.get_or_insert(now);
        }
    }

    /// Whether the running response is being stopped already.
    pub(crate) fn is_cancelling(&self) -> bool {
        self.active.as_ref().is_some_and(|active| active.cancelled.is_some())
    }

    /// The caller started to speak.
    pub(crate) fn speech_started(&mut self, item: ItemId, now: Instant) {
        self.caller = Caller::Speaks { item, since: now };
        self.overtaken();
    }

    /// The caller stopped; their turn is not in yet.
    pub(crate) fn speech_stopped(&mut self, now: Instant) {
        self.caller = Caller::Stopped { since: now };
    }

    /// The caller's turn is in. Where the server `responds`, it is given a moment to. They may have begun the next turn
    /// already.
    pub(crate) fn committed(&mut self, turn: &ItemId, responds: bool, now: Instant) {
        match &self.caller {
            Caller::Speaks { item, .. } if item != turn => {}
            _ if responds => self.caller = Caller::Waits { since: now },
            _ => self.caller = Caller::Listens,
        }
    }

    /// The caller has said something new: a response that is still pending is not what they want to hear any more.
    pub(crate) fn overtaken(&mut self) {
        if let Some(pending) = &mut self.pending {
            pending.unwanted = true;
        }
    }

    /// When the present state ends by itself.
    pub(crate) fn deadline(&self, timings: &Timings) -> Option<Instant> {
        let pending = self.pending.as_ref().map(|pending| pending.since + timings.request);
        let active = self.active.as_ref().map(|active| active.deadline(timings));
        let elsewhere = self.elsewhere.map(|since| since + timings.server_turn);
        let caller = self.caller.deadline(timings);
        [pending, active, elsewhere, caller].into_iter().flatten().min()
    }

    /// Leaves a state whose time has run out; call until `None`.
    pub(crate) fn expire(&mut self, timings: &Timings, now: Instant) -> Option<Expired> {
        if let Some(pending) =
            self.pending.take_if(|pending| pending.since + timings.request <= now)
        {
            return Some(Expired::Request(pending.request));
        }
        if let Some(active) = self.active.take_if(|active| active.deadline(timings) <= now) {
            if active.cancelled.is_some() {
                return Some(Expired::Link(active.response));
            }
            let response = active.response.clone();
            self.active = Some(Active { cancelled: Some(now), ..active });
            return Some(Expired::Cancel(response));
        }
        self.elsewhere.take_if(|since| *since + timings.server_turn <= now);
        if self.caller.deadline(timings).is_some_and(|deadline| deadline <= now) {
            self.caller = Caller::Listens;
        }
        None
    }
}

impl Active {
    fn deadline(&self, timings: &Timings) -> Instant {
        match self.cancelled {
            Some(at) => at + timings.cancel,
            None => self.heard_from + timings.response,
        }
    }
}

impl Caller {
    fn deadline(&self, timings: &Timings) -> Option<Instant> {
        match self {
            Self::Listens => None,
            Self::Speaks { since, .. } => Some(*since + timings.speech),
            Self::Stopped { since } => Some(*since + timings.commit),
            Self::Waits { since } => Some(*since + timings.server_turn),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::names::Names;
    use crate::testing::start;

    fn response(id: &str) -> ResponseId {
        ResponseId::new(id)
    }

    #[test]
    fn a_response_that_was_not_asked_for_is_the_servers_own() {
        let (mut turn, now) = (Turn::default(), start());

        let began = turn.created(response("r1"), None, now);

        assert_eq!(began, Began { request: None, unwanted: false, superseded: None });
        assert!(!turn.free());
        turn.done(&response("r1"), None);
        assert!(turn.free());
    }

    #[test]
    fn the_end_of_another_response_changes_nothing() {
        let (mut turn, now) = (Turn::default(), start());
        turn.created(response("r1"), None, now);

        turn.done(&response("r0"), None);

        assert_eq!(turn.active(), Some(&response("r1")));
    }

    #[test]
    fn nothing_is_asked_for_between_speech_and_the_servers_own_response() {
        let (mut turn, now) = (Turn::default(), start());
        turn.speech_started(ItemId::new("u1"), now);
        turn.speech_stopped(now);
        turn.committed(&ItemId::new("u1"), true, now);
        assert!(!turn.free());

        let timings = Timings::default();
        let later = now + Duration::from_secs(1);
        assert_eq!(turn.expire(&timings, later), None);
        assert!(turn.free());
    }

    #[test]
    fn speech_over_a_request_makes_its_response_unwanted() {
        let (mut turn, now) = (Turn::default(), start());
        let request = Names::default().request();
        turn.ask(request, now);
        turn.speech_started(ItemId::new("u1"), now);

        let began = turn.created(response("r1"), Some(request), now);

        assert_eq!(began, Began { request: Some(request), unwanted: true, superseded: None });
    }

    #[test]
    fn without_metadata_a_refusal_tells_that_the_response_was_the_servers() {
        let (mut turn, now) = (Turn::default(), start());
        let request = Names::default().request();
        turn.ask(request, now);
        turn.created(response("r1"), None, now);

        assert_eq!(turn.refused_active(None, now), Some(request));
        assert_eq!(turn.refused_active(None, now), None);
        assert_eq!(turn.active(), Some(&response("r1")));
    }

    #[test]
    fn the_servers_own_response_leaves_our_request_pending() {
        let (mut turn, now) = (Turn::default(), start());
        let mut names = Names::default();
        let (first, second) = (names.request(), names.request());
        turn.ask(first, now);
        turn.created(response("r1"), Some(first), now);
        turn.done(&response("r1"), Some(first));
        turn.ask(second, now);

        let began = turn.created(response("r2"), None, now);
        assert_eq!(began, Began { request: None, unwanted: false, superseded: None });
        turn.done(&response("r2"), None);
        assert!(!turn.free(), "ours may still be answered");

        assert_eq!(turn.refused_active(Some(second), now), Some(second));
    }

    #[test]
    fn a_response_whose_end_got_lost_is_superseded() {
        let (mut turn, now) = (Turn::default(), start());
        turn.created(response("r1"), None, now);

        assert_eq!(turn.created(response("r2"), None, now).superseded, Some(response("r1")));
    }

    #[test]
    fn every_state_has_an_end() {
        let (mut turn, now) = (Turn::default(), start());
        let timings = Timings::default();
        turn.created(response("r1"), None, now);
        turn.speech_started(ItemId::new("u1"), now);

        let mut expired = Vec::new();
        while let Some(deadline) = turn.deadline(&timings) {
            expired.extend(turn.expire(&timings, deadline));
        }

        let cancel = Expired::Cancel(response("r1"));
        assert_eq!(expired, [cancel, Expired::Link(response("r1"))]);
        assert!(turn.free());
    }
}
