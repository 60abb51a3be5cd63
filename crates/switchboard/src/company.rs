//! The company whose agents answer: a roster, and how to open what its tools work on.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use switchboard_agent::{Roster, RosterErrors, Team, Warning};
use switchboard_gateway::{
    Gateway, LimitsError, Operations, Tools, UnknownFaultyTool, UnusableSchema,
};
use switchboard_store::Store;

use crate::DatabaseUrl;
use crate::database::{self, DatabaseError};
use crate::policies::{PoliciesError, PolicyKeeper, PolicyTerms, Text};
use crate::settings::{Setting, Settings};

/// What an application is opened with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AppContext {
    /// Where the company's data is to be kept. Derived from `--database`, which holds what Switchboard itself keeps: the file
    /// `switchboard-company.db` beside `switchboard.db`.
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
    /// A limit cannot be meant, or is set for a tool that is not there.
    #[error(transparent)]
    Limits(#[from] LimitsError),
    /// The policies that say who may use which tool cannot be used.
    #[error("the policies cannot be used")]
    Policies(#[source] Box<dyn Error + Send + Sync>),
    /// What tools do cannot be recorded.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<PoliciesError> for ToolsError {
    fn from(error: PoliciesError) -> Self {
        Self::Policies(Box::new(error))
    }
}

/// The tools, behind the gateway, and what an operator needs beside them.
#[derive(Clone)]
pub(crate) struct Opened {
    /// What sessions ask.
    pub(crate) tools: Arc<dyn Tools>,
    /// What operators ask: the same gateway.
    pub(crate) operations: Arc<dyn Operations>,
    /// Where the audit log is.
    pub(crate) store: Arc<dyn Store>,
    /// The policies in force.
    pub(crate) policies: Arc<PolicyKeeper>,
}

/// Puts the gateway before a roster's tools. What they do is recorded in `store`.
pub(crate) fn gateway<A: Send + Sync + 'static>(
    roster: Roster<A>,
    app: A,
    store: Arc<dyn Store>,
    settings: &Settings,
) -> Result<Opened, ToolsError> {
    let terms = PolicyTerms::new(settings, roster.team(), roster.policy_texts());
    let (policies, texts) = terms.load()?;
    settings.limits.validate()?;
    settings.limits.validate_tools(&own_tools(&terms.team))?;
    let gateway = Gateway::new(roster, app)?
        .with_faults(settings.faults.clone())?
        .with_limits(settings.limits.clone())
        .approval_wait(settings.approval_wait)
        .with_policies(policies)
        .with_store(Arc::clone(&store));
    let gateway = Arc::new(gateway);
    let operations: Arc<dyn Operations> = gateway.clone();
    let policies = PolicyKeeper::new(terms, texts, Arc::clone(&operations));
    Ok(Opened { tools: gateway, operations, store, policies: Arc::new(policies) })
}

/// The tools that agents brought, each once.
pub(crate) fn own_tools(team: &Team) -> Vec<&str> {
    let names = team.agents().flat_map(|profile| profile.modifiers.keys().map(String::as_str));
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

/// An application's own failure to open.
pub(crate) type AppError = Box<dyn Error + Send + Sync>;

/// Why a company cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The application does not open.
    #[error("cannot open the application with the database {} (beside that of {})", database.value, database.source)]
    App {
        /// The company's own, with the source of ours.
        database: Setting<DatabaseUrl>,
        #[source]
        error: AppError,
    },
    /// Its tools cannot be used.
    #[error(transparent)]
    Tools(#[from] ToolsError),
}

type Opening<'a> = LocalBoxFuture<'a, Result<Opened, OpenError>>;

/// A roster and its application, the application's type forgotten, so that no command needs to know it.
pub(crate) struct Company<'a> {
    team: Arc<Team>,
    warnings: Vec<Warning>,
    policies: Vec<Text>,
    open: Box<dyn FnOnce(Arc<dyn Store>, Settings) -> Opening<'a> + 'a>,
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
            policies: roster.policy_texts().to_vec(),
            open: Box::new(move |store, settings| {
                async move {
                    let database = settings.database.clone();
                    let database = Setting { value: database.value.of_company(), ..database };
                    let app = open(AppContext::new(database.value.clone()))
                        .await
                        .map_err(|error| OpenError::App { database, error: error.into() })?;
                    Ok(gateway(roster, app, store, &settings)?)
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

    /// Where the policies come from with these settings, known without opening anything.
    pub(crate) fn policies(&self, settings: &Settings) -> PolicyTerms {
        PolicyTerms::new(settings, Arc::clone(&self.team), &self.policies)
    }

    /// Opens the database and the application, puts the gateway before its tools, and records which policies are in force.
    pub(crate) async fn open(self, settings: &Settings) -> Result<Opened, OpenError> {
        let store = database::open(&settings.database).await.map_err(ToolsError::from)?;
        let opened = self.open_on(store, settings).await?;
        opened.policies.record_start().await;
        Ok(opened)
    }

    /// Opens the application, and puts the gateway before its tools; what they do is recorded in `store`.
    pub(crate) async fn open_on(
        self,
        store: Arc<dyn Store>,
        settings: &Settings,
    ) -> Result<Opened, OpenError> {
        (self.open)(store, settings.clone()).await
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("store", &self.store).finish_non_exhaustive()
    }
}
