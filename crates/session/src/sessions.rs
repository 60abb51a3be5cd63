//! The calls of this process: lets new ones in, knows the live ones, remembers the latest.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use ractor::{Actor, ActorRef, SpawnErr};
use switchboard_conversation::Input;
use switchboard_gateway::Tools;
use thiserror::Error;
use tokio::sync::{Notify, broadcast};
use tokio::time::{Instant, timeout};

use crate::call::{Call, CallSummary, SessionId};
use crate::event::Reported;
use crate::line::Line;
use crate::link::Model;
use crate::metrics::Metrics;
use crate::phrases::Phrases;
use crate::session_actor::SessionMsg;
use crate::settings::{CallSettings, ModelSettings};
use crate::switchboard::{SwitchboardActor, SwitchboardArgs, SwitchboardMsg};

/// So many ended calls can still be looked at.
const REMEMBERED: usize = 100;
/// After the last chance to end by themselves, how long calls may take to say sorry and hang up.
const SORRY: Duration = Duration::from_secs(8);

/// Everything that the calls of a process share.
pub struct Setup {
    /// The team and its tools.
    pub tools: Arc<dyn Tools>,
    /// What answers.
    pub model: Arc<dyn Model>,
    /// The model's settings.
    pub model_settings: Arc<ModelSettings>,
    /// The calls' settings.
    pub settings: CallSettings,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The hold phrases that have been rendered.
    pub phrases: Arc<Phrases>,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("model", &self.model).finish_non_exhaustive()
    }
}

/// The calls of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sessions {
    directory: Arc<Directory>,
    root: ActorRef<SwitchboardMsg>,
    most: usize,
    /// The agent that every call begins with.
    start: String,
}

/// Why a call was not let in.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The server is shutting down.
    #[error("the server is shutting down and takes no new calls")]
    Draining,
    /// As many calls are up as are allowed.
    #[error("all {most} lines are busy; raise `call.most` if this machine can take more")]
    TooMany {
        /// How many calls are allowed.
        most: usize,
    },
    /// The session did not start.
    #[error("the session did not start")]
    Start(#[source] Box<dyn std::error::Error + Send + Sync>),
}

#[derive(Debug)]
pub(crate) struct Directory {
    live: DashMap<SessionId, Entry>,
    ended: Mutex<VecDeque<Arc<Call>>>,
    draining: AtomicBool,
    left: Notify,
}

/// A live call.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) call: Arc<Call>,
    pub(crate) session: ActorRef<SessionMsg>,
}

impl Directory {
    pub(crate) fn enter(&self, entry: Entry) {
        self.live.insert(entry.call.id.clone(), entry);
    }

    /// Takes a call that is over out of the live ones.
    pub(crate) fn leave(&self, id: &SessionId) -> Option<Arc<Call>> {
        let (_, entry) = self.live.remove(id)?;
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.push_back(Arc::clone(&entry.call));
        if ended.len() > REMEMBERED {
            ended.pop_front();
        }
        drop(ended);
        self.left.notify_waiters();
        Some(entry.call)
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    fn find(&self, id: &str) -> Option<Arc<Call>> {
        let live = self
            .live
            .iter()
            .find(|entry| entry.call.id.as_str() == id)
            .map(|entry| Arc::clone(&entry.call));
        live.or_else(|| {
            let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
            ended.iter().rev().find(|call| call.id.as_str() == id).cloned()
        })
    }
}

impl Sessions {
    /// Starts the root supervisor.
    ///
    /// # Errors
    ///
    /// The actor system did not start it.
    pub async fn start(setup: Setup) -> Result<Self, SpawnErr> {
        let directory = Arc::new(Directory {
            live: DashMap::new(),
            ended: Mutex::default(),
            draining: AtomicBool::new(false),
            left: Notify::new(),
        });
        let (most, start) = (setup.settings.most, setup.tools.team().start().to_string());
        let args = SwitchboardArgs { directory: Arc::clone(&directory), setup: Arc::new(setup) };
        let (root, _) = Actor::spawn(None, SwitchboardActor, args).await?;
        Ok(Self { directory, root, most, start })
    }

    /// Lets a caller in: from now on the session has the line.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]; the line is closed then.
    pub async fn open(&self, line: Line) -> Result<SessionId, OpenError> {
        if self.is_draining() {
            return Err(OpenError::Draining);
        }
        if self.directory.live.len() >= self.most {
            return Err(OpenError::TooMany { most: self.most });
        }
        let call = Arc::new(Call::new(line.profile.clone(), self.start.clone()));
        let id = call.id.clone();
        let opened =
            self.root.call(|reply| SwitchboardMsg::Open(Box::new(line), call, reply), None).await;
        match opened {
            Ok(ractor::rpc::CallResult::Success(Ok(()))) => Ok(id),
            Ok(ractor::rpc::CallResult::Success(Err(error))) => {
                Err(OpenError::Start(Box::new(error)))
            }
            Ok(_) => Err(OpenError::Draining),
            Err(error) => Err(OpenError::Start(error.to_string().into())),
        }
    }

    /// The live calls, oldest first.
    pub fn calls(&self) -> Vec<CallSummary> {
        let mut calls: Vec<_> =
            self.directory.live.iter().map(|entry| entry.call.summary()).collect();
        calls.sort_by(|one, other| one.started_at.cmp(&other.started_at));
        calls
    }

    /// A call that is up, or ended not long ago.
    pub fn call(&self, id: &str) -> Option<CallSummary> {
        self.directory.find(id).map(|call| call.summary())
    }

    /// What happened on a call so far, and what happens from now on.
    pub fn watch(&self, id: &str) -> Option<(Vec<Reported>, broadcast::Receiver<Reported>)> {
        self.directory.find(id).map(|call| call.log.watch())
    }

    /// Whether new calls are refused.
    pub fn is_draining(&self) -> bool {
        self.directory.is_draining()
    }

    /// Refuses new calls from now on, lets the live ones end for as long as `within`, then ends them with the apology.
    pub async fn drain(&self, within: Duration) {
        self.directory.draining.store(true, Ordering::Relaxed);
        if timeout(within, self.empty()).await.is_ok() {
            return;
        }
        let sessions: Vec<_> =
            self.directory.live.iter().map(|entry| entry.session.clone()).collect();
        for session in sessions {
            let _ = session.cast(SessionMsg::Input(Input::Shutdown, Instant::now()));
        }
        if timeout(SORRY, self.empty()).await.is_err() {
            tracing::warn!(
                calls = self.directory.live.len(),
                "some calls did not end; they are cut off"
            );
        }
    }

    /// Waits until no call is up.
    async fn empty(&self) {
        loop {
            let left = self.directory.left.notified();
            if self.directory.live.is_empty() {
                return;
            }
            left.await;
        }
    }
}
