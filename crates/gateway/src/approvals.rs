//! What waits for a person: tool calls that a policy allows only once somebody has approved them.
//!
//! The call is answered at once and this keeps what it asked. Whoever decides, in time and while the phone call lasts, decides for that
//! very call: its tool, its arguments, its caller. Dropping the [`Waiting`] half closes the question.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use switchboard_agent::IdempotencyKey;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::code::random_code;
use crate::{Approval, ApprovalState, DecideError, Verdict};

/// The most calls that wait at once, of all phone calls together.
const MOST_WAITING: usize = 1_000;

/// The most calls of one phone call that wait at once.
const MOST_OF_A_CALL: usize = 8;

/// How many that are over are remembered, so that whoever decides too late is told why.
const MOST_OVER: usize = 256;

/// All questions put to people.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    asked: Mutex<VecDeque<Asked>>,
}

#[derive(Debug)]
struct Asked {
    approval: Approval,
    wish: IdempotencyKey,
    until: Instant,
    tell: Option<oneshot::Sender<()>>,
}

/// What a person is asked.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) call: String,
    pub(crate) caller: Option<String>,
    pub(crate) agent: String,
    pub(crate) tool: String,
    pub(crate) arguments: serde_json::Value,
    pub(crate) trace_id: String,
    pub(crate) wish: IdempotencyKey,
    /// How long there is to decide.
    pub(crate) wait: Duration,
}

/// What there is already for a call that needs approval.
#[derive(Debug, PartialEq)]
pub(crate) enum Standing {
    /// Nobody was asked.
    None,
    /// Somebody was, by this id, and has so much time left to decide.
    Waiting(String, Duration),
    /// Somebody said no in this phone call.
    Refused,
}

/// The half of a question that the phone call holds.
#[derive(Debug)]
pub(crate) struct Waiting {
    approvals: Arc<Approvals>,
    id: String,
    until: Instant,
    decided: oneshot::Receiver<()>,
}

impl Approvals {
    /// What there is already for this call.
    pub(crate) fn standing(&self, call: &str, wish: &IdempotencyKey, now: Instant) -> Standing {
        let asked = self.lock();
        let of_it = |asked: &&Asked| asked.approval.call == call && asked.wish == *wish;
        match asked.iter().rev().find(of_it) {
            Some(asked) if asked.waits(now) => {
                Standing::Waiting(asked.approval.id.clone(), asked.until.duration_since(now))
            }
            Some(asked) if asked.approval.state == ApprovalState::Refused => Standing::Refused,
            _ => Standing::None,
        }
    }

    /// Asks; `None` when too many wait already.
    pub(crate) fn ask(
        self: &Arc<Self>,
        question: Question,
        now: Instant,
    ) -> Option<(Approval, Waiting)> {
        let mut asked = self.lock();
        let waiting = || asked.iter().filter(|asked| asked.waits(now));
        let of_the_call = waiting().filter(|asked| asked.approval.call == question.call);
        if waiting().count() >= MOST_WAITING || of_the_call.count() >= MOST_OF_A_CALL {
            return None;
        }
        let (tell, decided) = oneshot::channel();
        let until = now + question.wait;
        let wish = question.wish.clone();
        let approval = question.into_approval();
        let waiting =
            Waiting { approvals: Arc::clone(self), id: approval.id.clone(), until, decided };
        asked.push_back(Asked { approval: approval.clone(), wish, until, tell: Some(tell) });
        forget(&mut asked, now);
        Some((approval, waiting))
    }

    /// Those that wait, oldest first.
    pub(crate) fn list(&self, now: Instant) -> Vec<Approval> {
        let asked = self.lock();
        asked.iter().filter(|asked| asked.waits(now)).map(|asked| asked.approval.clone()).collect()
    }

    /// Decides, once, while there is something to decide.
    pub(crate) fn decide(
        &self,
        id: &str,
        verdict: Verdict,
        by: &str,
        note: Option<&str>,
        now: Instant,
    ) -> Result<Approval, DecideError> {
        let id = id.to_owned();
        let mut all = self.lock();
        let Some(asked) = all.iter_mut().find(|asked| asked.approval.id == id) else {
            return Err(DecideError::Unknown { id });
        };
        match asked.approval.state {
            ApprovalState::Waiting if now >= asked.until => Err(DecideError::Expired { id }),
            ApprovalState::Waiting => asked.decide(verdict, by, note),
            ApprovalState::Expired => Err(DecideError::Expired { id }),
            ApprovalState::Closed => Err(DecideError::CallEnded { id }),
            state => Err(DecideError::Decided { id, state }),
        }
    }

    /// Ends a question that nobody has decided, and says how it stands then.
    fn end(&self, id: &str, state: ApprovalState) -> ApprovalState {
        let mut all = self.lock();
        let Some(asked) = all.iter_mut().find(|asked| asked.approval.id == id) else {
            return state;
        };
        if asked.approval.state == ApprovalState::Waiting {
            asked.approval.state = state;
            asked.tell = None;
        }
        asked.approval.state
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the oldest of those that are over, if there are too many.
fn forget(asked: &mut VecDeque<Asked>, now: Instant) {
    let over = asked.iter().filter(|asked| !asked.waits(now)).count();
    let mut too_many = over.saturating_sub(MOST_OVER);
    asked.retain(|asked| {
        let forgotten = too_many > 0 && !asked.waits(now);
        too_many -= usize::from(forgotten);
        !forgotten
    });
}

impl Asked {
    fn waits(&self, now: Instant) -> bool {
        self.approval.state == ApprovalState::Waiting && now < self.until
    }

    fn decide(
        &mut self,
        verdict: Verdict,
        by: &str,
        note: Option<&str>,
    ) -> Result<Approval, DecideError> {
        let told = self.tell.take().is_some_and(|tell| tell.send(()).is_ok());
        if !told {
            self.approval.state = ApprovalState::Closed;
            return Err(DecideError::CallEnded { id: self.approval.id.clone() });
        }
        self.approval.state = match verdict {
            Verdict::Approve => ApprovalState::Approved,
            Verdict::Refuse => ApprovalState::Refused,
        };
        self.approval.by = Some(by.to_owned());
        self.approval.note = note.map(str::to_owned);
        Ok(self.approval.clone())
    }
}

impl Question {
    fn into_approval(self) -> Approval {
        let asked_at = Timestamp::now();
        let wait = SignedDuration::try_from(self.wait).unwrap_or(SignedDuration::MAX);
        Approval {
            id: format!("approval_{}", random_code()),
            state: ApprovalState::Waiting,
            call: self.call,
            caller: self.caller,
            agent: self.agent,
            tool: self.tool,
            arguments: self.arguments,
            trace_id: self.trace_id,
            asked_at,
            expires_at: asked_at.checked_add(wait).unwrap_or(Timestamp::MAX),
            by: None,
            note: None,
        }
    }
}

impl Waiting {
    /// Waits until somebody has decided, or nobody did in time: [`Approved`](ApprovalState::Approved),
    /// [`Refused`](ApprovalState::Refused) or [`Expired`](ApprovalState::Expired).
    pub(crate) async fn decided(&mut self) -> ApprovalState {
        // However the wait ends, what stands in the register counts.
        let _ = tokio::time::timeout_at(self.until, &mut self.decided).await;
        self.approvals.end(&self.id, ApprovalState::Expired)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.approvals.end(&self.id, ApprovalState::Closed);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WAIT: Duration = Duration::from_secs(60);

    fn question(wish: &str) -> Question {
        Question {
            call: "call".into(),
            caller: Some("C-1001".into()),
            agent: "billing".into(),
            tool: "refund".into(),
            arguments: json!({ "cents": 9_000 }),
            trace_id: "t-1".into(),
            wish: IdempotencyKey::new(wish),
            wait: WAIT,
        }
    }

    fn ask(approvals: &Arc<Approvals>) -> (Approval, Waiting) {
        approvals.ask(question("refund 90"), Instant::now()).unwrap()
    }

    fn decide(approvals: &Approvals, id: &str, verdict: Verdict) -> Result<Approval, DecideError> {
        approvals.decide(id, verdict, "Eve", Some("once"), Instant::now())
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_person_decides_is_told_once() {
        for (verdict, state) in
            [(Verdict::Approve, ApprovalState::Approved), (Verdict::Refuse, ApprovalState::Refused)]
        {
            let approvals = Arc::new(Approvals::default());
            let (approval, mut waiting) = ask(&approvals);
            assert_eq!(approvals.list(Instant::now()), std::slice::from_ref(&approval));
            let decided = decide(&approvals, &approval.id, verdict).unwrap();
            assert_eq!((decided.state, decided.by.as_deref()), (state, Some("Eve")));
            assert_eq!(waiting.decided().await, state);
            assert!(approvals.list(Instant::now()).is_empty());
            let again = decide(&approvals, &approval.id, Verdict::Approve).unwrap_err();
            assert_eq!(again, DecideError::Decided { id: approval.id, state });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_decides_in_time() {
        let approvals = Arc::new(Approvals::default());
        let (approval, mut waiting) = ask(&approvals);
        let began = Instant::now();
        assert_eq!(waiting.decided().await, ApprovalState::Expired);
        assert_eq!(began.elapsed(), WAIT);
        let id = approval.id;
        assert_eq!(
            decide(&approvals, &id, Verdict::Approve),
            Err(DecideError::Expired { id: id.clone() })
        );
        assert_eq!(
            approvals.standing("call", &IdempotencyKey::new("refund 90"), Instant::now()),
            Standing::None
        );
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_phone_call_has_ended_there_is_nothing_to_decide() {
        let approvals = Arc::new(Approvals::default());
        let (approval, waiting) = ask(&approvals);
        drop(waiting);
        assert!(approvals.list(Instant::now()).is_empty());
        let id = approval.id;
        assert_eq!(
            decide(&approvals, &id, Verdict::Approve),
            Err(DecideError::CallEnded { id: id.clone() })
        );
        let unknown = DecideError::Unknown { id: "approval_x".into() };
        assert_eq!(decide(&approvals, "approval_x", Verdict::Refuse), Err(unknown));
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_wish_finds_what_stands() {
        let approvals = Arc::new(Approvals::default());
        let (wish, other) = (IdempotencyKey::new("refund 90"), IdempotencyKey::new("refund 91"));
        let (approval, waiting) = ask(&approvals);
        let standing = approvals.standing("call", &wish, Instant::now());
        assert_eq!(standing, Standing::Waiting(approval.id, WAIT));
        assert_eq!(approvals.standing("another", &wish, Instant::now()), Standing::None);
        assert_eq!(approvals.standing("call", &other, Instant::now()), Standing::None);
        decide(&approvals, &waiting.id, Verdict::Refuse).unwrap();
        drop(waiting);
        assert_eq!(approvals.standing("call", &wish, Instant::now()), Standing::Refused);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_wait_and_no_more_are_remembered_than_anybody_needs() {
        let approvals = Arc::new(Approvals::default());
        let of_call = |call: usize| Question { call: call.to_string(), ..question("refund") };
        let ask_of = |call: usize| approvals.ask(of_call(call), Instant::now());
        let waiting: Vec<_> =
            (0..MOST_WAITING).map(|n| ask_of(n / MOST_OF_A_CALL).unwrap()).collect();
        assert!(ask_of(MOST_WAITING).is_none());
        drop(waiting);
        let one_call: Vec<_> = (0..MOST_OF_A_CALL).map(|_| ask_of(0).unwrap()).collect();
        assert!(ask_of(0).is_none() && ask_of(1).is_some());
        drop(one_call);
        for _ in 0..2 * MOST_OVER {
            ask(&approvals);
        }
        assert!(approvals.lock().len() <= MOST_OVER + 1);
    }
}
