//! The company whose agents answer: a roster, and how to open what its tools work on.

use std::error::Error;
use std::marker::PhantomData;
use std::sync::Arc;

use switchboard_agent::{Roster, RosterErrors, Team};

use crate::DatabaseUrl;

/// What an application is opened with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AppContext {
    /// Where the company's data is to be kept: `--database`.
    pub database: DatabaseUrl,
}

impl AppContext {
    /// A context for an application that keeps its data there.
    pub fn new(database: DatabaseUrl) -> Self {
        Self { database }
    }
}

/// A failure to open the application, in the application's words.
pub(crate) type OpenError = Box<dyn Error + Send + Sync>;

/// A roster and its application.
pub(crate) struct Company<A, F> {
    team: Arc<Team>,
    _application: PhantomData<(A, F)>,
}

impl<A: Send + Sync + 'static, F> Company<A, F> {
    /// Passes the roster's mistakes on.
    pub(crate) fn new(
        roster: Result<Roster<A>, RosterErrors>,
        _open: F,
    ) -> Result<Self, RosterErrors> {
        Ok(Self { team: roster?.team(), _application: PhantomData })
    }
}

impl<A, F> Company<A, F> {
    /// The agents, known without opening anything.
    pub(crate) fn team(&self) -> &Team {
        &self.team
    }
}
