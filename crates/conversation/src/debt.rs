//! What the caller is owed: a spoken reply is a debt, and every debt is paid.
//!
//! Life of a debt: **open** → **covered** by a response whose context holds it → **paid** when that response ends with
//! something said, or open again. A response that began before the debt covers nothing new: that is the race that
//! leaves results unspoken. After [`MOST_FAILURES`] failed requests the caller hears an apology instead.

use std::time::{Duration, Instant};

use switchboard_realtime::{CallId, ItemId, ResponseId};

use crate::backoff::Backoff;
use crate::names::RequestId;

/// After so many failed requests for one debt the caller hears the recorded apology.
const MOST_FAILURES: u32 = 3;
/// After so many refusals of one debt's requests, likewise: each waits for a running response, so they are no failures.
const MOST_REFUSALS: u32 = 30;
/// Nobody is left in silence for longer than this, whatever a rate limit says: they are told at once.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owed {
    /// The first words of the call.
    Greeting,
    /// An answer to the caller's turn.
    Turn,
    /// The result of a tool call, and the response that made the call.
    Result { call_id: CallId, group: ResponseId },
    /// The first words of an agent that has taken over, or of one whose transfer was refused.
    Handoff,
    /// What came of a tool call that was answered before it was finished.
    Late,
    /// A question whether a silent caller is still there.
    Nudge,
    /// A goodbye before we hang up.
    Goodbye,
}

/// One debt.
#[derive(Debug)]
struct Debt {
    owed: Owed,
    /// The item that a response's context must hold; `None` where the session's own state is enough.
    item: Option<ItemId>,
    /// Whether the server has told that the item is in the conversation.
    in_context: bool,
    /// The latest response that began with the item in its context, whoever asked for it.
    held_by: Option<ResponseId>,
    state: State,
    failures: u32,
    refusals: u32,
    not_before: Instant,
    /// Since when it has waited for a response that does not exist any more, for the watchdog.
    orphaned_since: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Open,
    Asked(RequestId),
    Covered(ResponseId),
    /// Said, but the caller has not heard it to the end: a barge-in may still take it back.
    Said(ResponseId),
}

/// How a response ended, as its debts see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It said something.
    Said,
    /// It only called tools: their results will be owed.
    Called,
    /// Stopped by the caller's voice, or by us for it.
    Stopped,
    /// It ended without anything to hear.
    Failed {
        /// The least time until it makes sense to ask again.
        not_before: Duration,
    },
}

/// Everything that is owed to the caller.
#[derive(Debug)]
pub(crate) struct Debts {
    debts: Vec<Debt>,
    backoff: Backoff,
}

impl Debts {
    pub(crate) fn new(backoff: Backoff) -> Self {
        Self { debts: Vec::new(), backoff }
    }

    /// Something new is owed, payable from `not_before` on. `item` is one of ours that must be in a response's context to
    /// pay it; `None` where the server knows what it is about already.
    pub(crate) fn open(&mut self, owed: Owed, item: Option<ItemId>, not_before: Instant) {
        let in_context = item.is_none();
        let state = State::Open;
        self.debts.push(Debt {
            owed,
            item,
            in_context,
            held_by: None,
            state,
            failures: 0,
            refusals: 0,
            not_before,
            orphaned_since: None,
        });
    }

    /// The server has the item in its conversation.
    pub(crate) fn item_added(&mut self, item: &ItemId) {
        for debt in self.debts.iter_mut().filter(|debt| debt.item.as_ref() == Some(item)) {
            debt.in_context = true;
        }
    }

    /// Whether anything is owed that has not been said.
    pub(crate) fn any(&self) -> bool {
        self.debts.iter().any(|debt| !matches!(debt.state, State::Said(_)))
    }

    /// Whether this is owed and has not been said.
    pub(crate) fn owes(&self, owed: &Owed) -> bool {
        self.debts.iter().any(|debt| debt.owed == *owed && !matches!(debt.state, State::Said(_)))
    }

    /// The first debt that a response of ours would pay now; `ready` has the last word.
    pub(crate) fn payable(&self, now: Instant, ready: impl Fn(&Owed) -> bool) -> Option<&Owed> {
        self.debts
            .iter()
            .find(|debt| debt.state == State::Open && debt.not_before <= now && ready(&debt.owed))
            .map(|debt| &debt.owed)
    }

    /// When the next debt in a back-off becomes payable.
    pub(crate) fn next_payable(&self, now: Instant) -> Option<Instant> {
        self.debts
            .iter()
            .filter(|debt| debt.state == State::Open && debt.not_before > now)
            .map(|debt| debt.not_before)
            .min()
    }

    /// We asked for a response: it covers everything open, since our items went out before it on the same socket.
    pub(crate) fn asked(&mut self, request: RequestId) {
        for debt in self.debts.iter_mut().filter(|debt| debt.state == State::Open) {
            debt.state = State::Asked(request);
        }
    }

    /// A response began. Ours covers what it was asked for; any covers what its context holds.
    pub(crate) fn created(&mut self, response: &ResponseId, request: Option<RequestId>) {
        for debt in &mut self.debts {
            if debt.in_context {
                debt.held_by = Some(response.clone());
            }
            let ours = request.is_some_and(|request| debt.state == State::Asked(request));
            if ours || (debt.state == State::Open && debt.in_context) {
                debt.state = State::Covered(response.clone());
            }
        }
    }

    /// Our request was refused because another response runs. Where that one, `running`, holds a debt's item it covers the
    /// debt after all; the other debts are open again. Says whether the caller must be told an apology instead.
    pub(crate) fn refused(&mut self, request: RequestId, running: Option<&ResponseId>) -> bool {
        let mut hopeless = false;
        let taken_for_ours = running.map(|running| State::Covered(running.clone()));
        for debt in &mut self.debts {
            if debt.state != State::Asked(request) && taken_for_ours.as_ref() != Some(&debt.state) {
                continue;
            }
            debt.state = match running {
                Some(running) if debt.held_by.as_ref() == Some(running) => {
                    State::Covered(running.clone())
                }
                _ => State::Open,
            };
            if debt.state == State::Open {
                debt.refusals += 1;
                hopeless |= debt.refusals >= MOST_REFUSALS;
            }
        }
        self.forgive_if(hopeless, |debt| debt.refusals >= MOST_REFUSALS)
    }

    /// A request came to nothing. Says whether the caller must be told an apology instead.
    pub(crate) fn request_failed(
        &mut self,
        request: RequestId,
        least: Duration,
        now: Instant,
    ) -> bool {
        self.fail(&State::Asked(request), least, now)
    }

    /// A response ended. Says whether the caller must be told an apology instead.
    pub(crate) fn done(
        &mut self,
        response: &ResponseId,
        request: Option<RequestId>,
        outcome: &Outcome,
        now: Instant,
    ) -> bool {
        if let Some(request) = request {
            // Its beginning may have got lost. What was opened while it ran is not in its context.
            self.turn_into(&State::Asked(request), &State::Covered(response.clone()));
        }
        let covered = State::Covered(response.clone());
        match outcome {
            Outcome::Said => self.turn_into(&covered, &State::Said(response.clone())),
            Outcome::Called => self.debts.retain(|debt| debt.state != covered),
            Outcome::Stopped => self.turn_into(&covered, &State::Open),
            Outcome::Failed { not_before } => return self.fail(&covered, *not_before, now),
        }
        false
    }

    /// The result of a call went into the conversation once more, as this item: what was asked for before does not hold it.
    pub(crate) fn sent_again(&mut self, call: &CallId, again: &ItemId) {
        for debt in &mut self.debts {
            if matches!(&debt.owed, Owed::Result { call_id, .. } if call_id == call) {
                debt.item = Some(again.clone());
                debt.in_context = false;
                debt.state = State::Open;
            }
        }
    }

    /// Responses that have been said but, for all we know, not heard to their end.
    pub(crate) fn said(&self) -> Vec<ResponseId> {
        let said = self.debts.iter().filter_map(|debt| match &debt.state {
            State::Said(response) => Some(response.clone()),
            _ => None,
        });
        said.collect()
    }

    /// The caller has heard the response to its end: what it said is paid.
    pub(crate) fn heard(&mut self, response: &ResponseId) {
        self.debts.retain(|debt| debt.state != State::Said(response.clone()));
    }

    /// Nothing of the response was heard, and it was taken back: what it said is owed again.
    pub(crate) fn unheard(&mut self, response: &ResponseId) {
        self.turn_into(&State::Said(response.clone()), &State::Open);
    }

    /// These are owed no longer.
    pub(crate) fn forgive(&mut self, forgiven: impl Fn(&Owed) -> bool) {
        self.debts.retain(|debt| !forgiven(&debt.owed));
    }

    /// The link is gone, and every response with it. What `said` had said whole is paid when it is heard; everything else that
    /// a response was to pay is open again.
    pub(crate) fn lost(&mut self, said: Option<&ResponseId>) {
        // A question that nobody asked any more would come out of the blue.
        self.forgive(|owed| *owed == Owed::Nudge);
        for debt in &mut self.debts {
            debt.held_by = None;
            debt.orphaned_since = None;
            debt.state = match std::mem::replace(&mut debt.state, State::Open) {
                State::Covered(response) if Some(&response) == said => State::Said(response),
                State::Said(response) => State::Said(response),
                _ => State::Open,
            };
        }
    }

    /// Everything there was is in a new conversation, of which `last` is the last item; payable from `not_before` on.
    pub(crate) fn restored(&mut self, last: Option<&ItemId>, not_before: Instant) {
        for debt in &mut self.debts {
            debt.item = last.cloned();
            debt.in_context = last.is_none();
            debt.not_before = debt.not_before.max(not_before);
        }
    }

    /// A tool's result that is open, and the response that made its call.
    pub(crate) fn open_results(&self) -> impl Iterator<Item = &ResponseId> {
        self.debts.iter().filter(|debt| debt.state == State::Open).filter_map(|debt| {
            match &debt.owed {
                Owed::Result { group, .. } => Some(group),
                _ => None,
            }
        })
    }

    /// Finds debts that wait for a response which does not exist any more, and opens them again; says whether there were any.
    /// `quiet`: nothing is asked for, runs or plays, and nobody speaks; only then does their clock run.
    pub(crate) fn watch(&mut self, quiet: bool, limit: Duration, now: Instant) -> bool {
        let mut late = false;
        for debt in &mut self.debts {
            let orphaned = quiet && matches!(debt.state, State::Asked(_) | State::Covered(_));
            debt.orphaned_since = if orphaned { debt.orphaned_since.or(Some(now)) } else { None };
            if debt.orphaned_since.is_some_and(|since| since + limit <= now) {
                debt.orphaned_since = None;
                debt.state = State::Open;
                late = true;
            }
        }
        late
    }

    /// When the watchdog must look again.
    pub(crate) fn watch_deadline(&self, limit: Duration) -> Option<Instant> {
        self.debts.iter().filter_map(|debt| debt.orphaned_since).min().map(|since| since + limit)
    }

    fn turn_into(&mut self, from: &State, to: &State) {
        for debt in self.debts.iter_mut().filter(|debt| debt.state == *from) {
            debt.state = to.clone();
        }
    }

    fn fail(&mut self, state: &State, least: Duration, now: Instant) -> bool {
        let mut hopeless = false;
        for debt in self.debts.iter_mut().filter(|debt| debt.state == *state) {
            debt.failures += if least > LONGEST_WAIT { MOST_FAILURES } else { 1 };
            hopeless |= debt.failures >= MOST_FAILURES;
            debt.state = State::Open;
            debt.not_before = now + self.backoff.after(debt.failures).max(least).min(LONGEST_WAIT);
        }
        self.forgive_if(hopeless, |debt| debt.failures >= MOST_FAILURES)
    }

    fn forgive_if(&mut self, hopeless: bool, which: impl Fn(&Debt) -> bool) -> bool {
        if hopeless {
            self.debts.retain(|debt| !which(debt));
        }
        hopeless
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Names;
    use crate::testing::start;

    const ALL: fn(&Owed) -> bool = |_| true;

    fn debts() -> (Debts, Names, Instant) {
        (Debts::new(Backoff::new(Duration::from_millis(400), 1)), Names::default(), start())
    }

    fn result(call: &str) -> Owed {
        Owed::Result { call_id: CallId::new(call), group: ResponseId::new("r0") }
    }

    #[test]
    fn a_response_that_began_before_the_item_was_added_covers_nothing() {
        let (mut debts, _, now) = debts();
        debts.open(result("c1"), Some(ItemId::new("i1")), now);

        debts.created(&ResponseId::new("r1"), None);
        debts.item_added(&ItemId::new("i1"));
        debts.done(&ResponseId::new("r1"), None, &Outcome::Said, now);

        assert_eq!(debts.payable(now, ALL), Some(&result("c1")));
    }

    #[test]
    fn the_servers_own_response_pays_what_its_context_holds() {
        let (mut debts, _, now) = debts();
        debts.open(result("c1"), Some(ItemId::new("i1")), now);
        debts.item_added(&ItemId::new("i1"));

        debts.created(&ResponseId::new("r1"), None);
        debts.done(&ResponseId::new("r1"), None, &Outcome::Said, now);

        assert!(!debts.any());
    }

    #[test]
    fn a_refused_request_leaves_the_debt_open() {
        let (mut debts, mut names, now) = debts();
        debts.open(Owed::Turn, None, now);
        let request = names.request();
        debts.asked(request);
        assert_eq!(debts.payable(now, ALL), None);

        assert!(!debts.refused(request, None));

        assert_eq!(debts.payable(now, ALL), Some(&Owed::Turn));
    }

    #[test]
    fn after_a_refusal_the_running_response_pays_what_it_holds() {
        let (mut debts, mut names, now) = debts();
        debts.open(result("c1"), Some(ItemId::new("i1")), now);
        debts.item_added(&ItemId::new("i1"));
        let request = names.request();
        debts.asked(request);
        let running = ResponseId::new("r1");
        debts.created(&running, None);

        debts.refused(request, Some(&running));
        debts.done(&running, None, &Outcome::Said, now);

        assert!(!debts.any());
    }

    #[test]
    fn three_failures_end_in_an_apology() {
        let (mut debts, mut names, mut now) = debts();
        debts.open(Owed::Greeting, None, now);

        for attempt in 1..=3 {
            let request = names.request();
            debts.asked(request);
            let apology = debts.request_failed(request, Duration::ZERO, now);
            assert_eq!(apology, attempt == 3);
            now += Duration::from_secs(60);
        }

        assert!(!debts.any());
    }

    #[test]
    fn a_rate_limit_is_waited_out() {
        let (mut debts, mut names, now) = debts();
        debts.open(Owed::Greeting, None, now);
        let request = names.request();
        debts.asked(request);
        let response = ResponseId::new("r1");
        debts.created(&response, Some(request));

        let not_before = Duration::from_secs(9);
        debts.done(&response, Some(request), &Outcome::Failed { not_before }, now);

        assert_eq!(debts.payable(now + Duration::from_secs(8), ALL), None);
        assert_eq!(debts.payable(now + Duration::from_secs(9), ALL), Some(&Owed::Greeting));
    }

    #[test]
    fn what_was_taken_back_unheard_is_owed_again() {
        let (mut debts, _, now) = debts();
        debts.open(Owed::Turn, None, now);
        let response = ResponseId::new("r1");
        debts.created(&response, None);
        debts.done(&response, None, &Outcome::Said, now);
        assert!(!debts.any());

        debts.unheard(&response);

        assert_eq!(debts.payable(now, ALL), Some(&Owed::Turn));
    }

    #[test]
    fn a_debt_whose_response_got_lost_is_found_and_opened_again() {
        let (mut debts, _, now) = debts();
        debts.open(Owed::Turn, None, now);
        debts.created(&ResponseId::new("r1"), None);
        let limit = Duration::from_secs(4);

        assert!(!debts.watch(true, limit, now));
        assert!(!debts.watch(false, limit, now + limit), "somebody speaks");
        assert!(!debts.watch(true, limit, now + limit));
        assert!(debts.watch(true, limit, now + limit + limit));
        assert_eq!(debts.payable(now + limit + limit, ALL), Some(&Owed::Turn));
    }

    #[test]
    fn a_lost_link_opens_what_was_covered_and_leaves_what_was_said() {
        let (mut debts, mut names, now) = debts();
        debts.open(Owed::Turn, None, now);
        debts.created(&ResponseId::new("r1"), None);
        let whole = ResponseId::new("r1");

        debts.lost(Some(&whole));
        assert!(!debts.any(), "it had been said");
        debts.heard(&whole);

        debts.open(result("c1"), Some(ItemId::new("i1")), now);
        debts.asked(names.request());
        debts.lost(None);
        debts.restored(Some(&ItemId::new("i9")), now);
        debts.created(&ResponseId::new("r2"), None);
        assert!(debts.owes(&result("c1")), "its context may have begun before");
        debts.item_added(&ItemId::new("i9"));
        debts.created(&ResponseId::new("r3"), None);
        debts.done(&ResponseId::new("r3"), None, &Outcome::Said, now);
        assert!(!debts.any());
    }

    #[test]
    fn a_rate_limit_that_lasts_too_long_is_told_at_once() {
        let (mut debts, _, now) = debts();
        debts.open(Owed::Turn, None, now);
        let response = ResponseId::new("r1");
        debts.created(&response, None);

        assert!(debts.done(&response, None, &Outcome::Failed { not_before: Duration::MAX }, now));
        assert!(!debts.any());
    }

    #[test]
    fn the_end_of_our_response_pays_nothing_that_was_opened_while_it_ran() {
        let (mut debts, mut names, now) = debts();
        debts.open(result("fast"), Some(ItemId::new("i1")), now);
        let (request, response) = (names.request(), ResponseId::new("r1"));
        debts.asked(request);
        debts.created(&response, Some(request));
        debts.open(result("slow"), Some(ItemId::new("i2")), now);
        debts.item_added(&ItemId::new("i2"));

        debts.done(&response, Some(request), &Outcome::Said, now);

        assert!(debts.owes(&result("slow")) && !debts.owes(&result("fast")));
    }

    #[test]
    fn a_late_response_of_ours_pays_what_it_holds() {
        let (mut debts, mut names, now) = debts();
        debts.open(Owed::Turn, None, now);
        let request = names.request();
        debts.asked(request);
        debts.request_failed(request, Duration::ZERO, now);

        let late = ResponseId::new("r1");
        debts.created(&late, Some(request));
        debts.done(&late, Some(request), &Outcome::Said, now);

        assert!(!debts.any());
    }
}
