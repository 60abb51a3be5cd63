//! A tool that runs, apart from those who wait for it: several calls may share one run, and the one that began it may be given up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;
use switchboard_agent::{Cancel, Outcome};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::book::lock;
use crate::refusal::Refusal;

/// What a run came to, for all calls that wait for it.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The tool's result, or why there is none.
    pub(crate) result: Result<Outcome, Refusal>,
    /// Whether this is the result of an earlier run, which was not repeated.
    pub(crate) earlier: bool,
    /// Whether somebody carries out what the result asks of the session.
    effect_taken: AtomicBool,
}

impl Ended {
    /// What a run of now came to.
    pub(crate) fn now(result: Result<Outcome, Refusal>) -> Self {
        Self { result, earlier: false, effect_taken: AtomicBool::new(false) }
    }

    /// What an earlier run came to.
    pub(crate) fn earlier(outcome: Outcome) -> Self {
        Self { result: Ok(outcome), earlier: true, effect_taken: AtomicBool::new(true) }
    }

    /// In a word: `ok`, or the code of the error.
    pub(crate) fn word(&self) -> &'static str {
        self.result.as_ref().map_or_else(Refusal::code, |_| "ok")
    }

    /// Whether the asker is the one to carry out what the result asks of the session: the first is.
    pub(crate) fn take_effect(&self) -> bool {
        !self.effect_taken.swap(true, Ordering::AcqRel)
    }
}

/// How a run ends, for whoever wants to know without keeping it up.
#[derive(Debug, Clone)]
pub(crate) struct Ending(Shared<oneshot::Receiver<Arc<Ended>>>);

impl Ending {
    /// Waits for the end.
    pub(crate) async fn ended(self) -> Arc<Ended> {
        self.0.await.unwrap_or_else(|_| {
            tracing::error!("a tool call ended without a result");
            Arc::new(Ended::now(Err(Refusal::internal())))
        })
    }
}

/// A run, as the book has it.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) number: u64,
    pub(crate) read_only: bool,
    ending: Ending,
    began: Instant,
    task_id: String,
    stoppable: bool,
    interest: Weak<Interest>,
    bringer: Arc<Mutex<Weak<Bringer>>>,
}

/// Somebody wants to know how a run ends. When nobody does any more, a tool that may be stopped then is.
#[derive(Debug, Default)]
struct Interest {
    lost: CancellationToken,
}

impl Drop for Interest {
    fn drop(&mut self) {
        self.lost.cancel();
    }
}

/// Whoever brings the result of a detached run into the conversation.
#[derive(Debug)]
pub(crate) struct Bringer;

/// A call's part in a run.
#[derive(Debug)]
pub(crate) struct Joined {
    /// Whether this call began the run.
    pub(crate) first: bool,
    ending: Ending,
    began: Instant,
    task_id: String,
    bringer: Arc<Mutex<Weak<Bringer>>>,
    /// Held for its end.
    _interest: Arc<Interest>,
}

/// The side of a run that carries it out.
#[derive(Debug)]
pub(crate) struct Duty {
    pub(crate) number: u64,
    pub(crate) tell: oneshot::Sender<Arc<Ended>>,
    /// Cancelled when the tool is to be stopped.
    pub(crate) stop: CancellationToken,
}

/// How waiting for a run ended.
#[derive(Debug)]
pub(crate) enum Waited {
    /// With its end.
    Ended(Arc<Ended>),
    /// The caller spoke, and what was asked no longer matters.
    BargedIn,
    /// It takes long, and goes on behind the talk.
    Detached,
}

impl Running {
    /// A run that begins now.
    pub(crate) fn begin(
        number: u64,
        read_only: bool,
        cancel: Cancel,
        task_id: String,
        now: Instant,
    ) -> (Self, Joined, Duty) {
        let (tell, ending) = oneshot::channel();
        let ending = Ending(ending.shared());
        let interest = Arc::new(Interest::default());
        let stoppable = cancel.at_hang_up();
        let stop = if stoppable { interest.lost.clone() } else { CancellationToken::new() };
        let running = Self {
            number,
            read_only,
            ending: ending.clone(),
            began: now,
            task_id: task_id.clone(),
            stoppable,
            interest: Arc::downgrade(&interest),
            bringer: Arc::default(),
        };
        let bringer = Arc::clone(&running.bringer);
        let joined =
            Joined { first: true, ending, began: now, task_id, bringer, _interest: interest };
        (running, joined, Duty { number, tell, stop })
    }

    /// Takes part in this run, unless it is being stopped.
    pub(crate) fn join(&mut self) -> Option<Joined> {
        let interest = match self.interest.upgrade() {
            Some(interest) => interest,
            None if self.stoppable => return None,
            None => Arc::default(),
        };
        Some(Joined {
            first: false,
            ending: self.ending.clone(),
            began: self.began,
            task_id: self.task_id.clone(),
            bringer: Arc::clone(&self.bringer),
            _interest: interest,
        })
    }
}

impl Joined {
    /// By which the run is asked for, once it is detached.
    pub(crate) fn task_id(&self) -> &str {
        &self.task_id
    }

    /// Becomes the one who brings the result of this detached run, if nobody is.
    pub(crate) fn bring(&self) -> Option<Arc<Bringer>> {
        let mut known = lock(&self.bringer);
        if known.strong_count() > 0 {
            return None;
        }
        let bringer = Arc::new(Bringer);
        *known = Arc::downgrade(&bringer);
        Some(bringer)
    }

    /// How the run ends.
    pub(crate) fn ending(&self) -> Ending {
        self.ending.clone()
    }

    /// Waits for the end of the run, as long as it matters and is no longer than a talk can bear.
    pub(crate) async fn wait(
        &self,
        barge_in: Option<&CancellationToken>,
        detach_after: Option<Duration>,
    ) -> Waited {
        let voice = async {
            match barge_in {
                Some(barge_in) => barge_in.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let long = async {
            match detach_after {
                Some(after) => tokio::time::sleep_until(self.began + after).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            ended = self.ending().ended() => Waited::Ended(ended),
            () = voice => Waited::BargedIn,
            () = long => Waited::Detached,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(cancel: Cancel) -> (Running, Joined, Duty) {
        Running::begin(1, false, cancel, "task_t-1".into(), Instant::now())
    }

    fn over() -> Arc<Ended> {
        Arc::new(Ended::now(Ok(Outcome::StaySilent)))
    }

    #[tokio::test]
    async fn all_who_joined_are_told_and_one_carries_out() {
        let (mut running, first, duty) = begin(Cancel::Never);
        let second = running.join().unwrap();
        assert!(first.first && !second.first);
        duty.tell.send(over()).unwrap();
        let mut taken = 0;
        for joined in [first, second] {
            let Waited::Ended(ended) = joined.wait(None, None).await else { panic!() };
            taken += u8::from(ended.take_effect());
        }
        assert_eq!(taken, 1);
    }

    #[tokio::test]
    async fn a_tool_that_may_be_stopped_is_when_the_last_has_gone() {
        let (mut running, first, duty) = begin(Cancel::HangUp);
        let second = running.join().unwrap();
        drop(first);
        assert!(!duty.stop.is_cancelled());
        drop(second);
        assert!(duty.stop.is_cancelled());
        assert!(running.join().is_none(), "what is being stopped is not joined");
    }

    #[tokio::test]
    async fn any_other_goes_on_and_can_be_joined_again() {
        let (mut running, first, duty) = begin(Cancel::Never);
        drop(first);
        assert!(!duty.stop.is_cancelled());
        let again = running.join().unwrap();
        duty.tell.send(over()).unwrap();
        assert!(matches!(again.wait(None, None).await, Waited::Ended(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_with_the_callers_voice_or_when_it_takes_too_long() {
        let (_running, joined, _duty) = begin(Cancel::BargeIn);
        let voice = CancellationToken::new();
        let after = Some(Duration::from_secs(5));
        assert!(matches!(joined.wait(Some(&voice), after).await, Waited::Detached));
        assert_eq!(joined.began.elapsed(), Duration::from_secs(5));
        voice.cancel();
        assert!(matches!(joined.wait(Some(&voice), None).await, Waited::BargedIn));
    }

    #[tokio::test]
    async fn a_run_that_broke_off_is_an_error_not_a_hang() {
        let (_running, joined, duty) = begin(Cancel::Never);
        drop(duty);
        let Waited::Ended(ended) = joined.wait(None, None).await else { panic!() };
        assert!(ended.result.is_err());
    }

    #[test]
    fn one_at_a_time_brings_a_detached_result() {
        let (mut running, first, _duty) = begin(Cancel::Never);
        let second = running.join().unwrap();
        let bringer = first.bring().unwrap();
        assert!(second.bring().is_none());
        drop(bringer);
        assert!(second.bring().is_some());
    }
}
