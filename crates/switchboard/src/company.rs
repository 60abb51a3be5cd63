//! The company whose agents answer: a roster, and how to open what its tools work on.

use std::error::Error;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use switchboard_agent::{Roster, RosterErrors, Team, Warning};
use switchboard_gateway::{Faults, Gateway, Tools, UnknownFaultyTool, UnusableSchema};

use crate::DatabaseUrl;
use crate::settings::{Setting, Settings};

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

/// Why no gateway can be put before the tools.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolsError {
    /// Arguments of some tool cannot be checked.
    #[error(transparent)]
    Schema(#[from] UnusableSchema),
    /// A fault is set for a tool that is not there.
    #[error(transparent)]
    Fault(#[from] UnknownFaultyTool),
}

/// Puts the gateway before a roster's tools.
pub(crate) fn gateway<A: Send + Sync + 'static>(
    roster: Roster<A>,
    app: A,
    faults: Faults,
) -> Result<Arc<dyn Tools>, ToolsError> {
    Ok(Arc::new(Gateway::new(roster, app)?.with_faults(faults)?))
}

/// An application's own failure to open.
pub(crate) type AppError = Box<dyn Error + Send + Sync>;

/// Why a company cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The application does not open.
    #[error("cannot open the application with the database {} ({})", database.value, database.source)]
    App {
        database: Setting<DatabaseUrl>,
        #[source]
        error: AppError,
    },
    /// Its tools cannot be used.
    #[error(transparent)]
    Tools(#[from] ToolsError),
}

type Opening<'a> = LocalBoxFuture<'a, Result<Arc<dyn Tools>, OpenError>>;

/// A roster and its application, the application's type forgotten, so that no command needs to know it.
pub(crate) struct Company<'a> {
    team: Arc<Team>,
    warnings: Vec<Warning>,
    open: Box<dyn FnOnce(Setting<DatabaseUrl>, Faults) -> Opening<'a> + 'a>,
}

impl<'a> Company<'a> {
    /// Passes the roster's mistakes on.
    pub(crate) fn new<A, F, E>(
        roster: Result<Roster<A>, RosterErrors>,
        open: F,
    ) -> Result<Self, RosterErrors>
    where
        A: Send + Sync + 'static,
        F: AsyncFnOnce(AppContext) -> Result<A, E> + 'a,
        E: Into<AppError> + 'a,
    {
        let roster = roster?;
        Ok(Self {
            team: roster.team(),
            warnings: roster.warnings(),
            open: Box::new(move |database, faults| {
                async move {
                    let app = open(AppContext::new(database.value.clone()))
                        .await
                        .map_err(|error| OpenError::App { database, error: error.into() })?;
                    Ok(gateway(roster, app, faults)?)
                }
                .boxed_local()
            }),
        })
    }

    /// The agents, known without opening anything.
    pub(crate) fn team(&self) -> &Arc<Team> {
        &self.team
    }

    /// What could be better about the agents.
    pub(crate) fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Opens the application and puts the gateway before its tools.
    pub(crate) async fn open(self, settings: &Settings) -> Result<Arc<dyn Tools>, OpenError> {
        (self.open)(settings.database.clone(), settings.faults.clone()).await
    }
}
