//! The settings: flag, then environment, then file, then default, and for each value where it came from.

mod database;
mod document;
mod environment;
mod error;
mod model_link;
mod ranges;
mod resolve;
mod source;
mod suggest;
mod values;
mod wording;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use switchboard_gateway::{APPROVAL_WAIT, Faults, Limits};
use switchboard_realtime::ws::Secret;
use switchboard_session::{CallSettings, ModelSettings};
use url::Url;

pub use self::database::{DatabaseUrl, UnreadableDatabaseUrl};
pub(crate) use self::environment::Environment;
pub use self::error::SettingsError;
pub(crate) use self::model_link::ModelServer;
pub use self::model_link::{Authorization, ModelLink};
pub(crate) use self::resolve::{Flags, resolve};
pub use self::source::{Setting, Source};
pub(crate) use self::suggest::nearest;
pub(crate) use self::wording::plain;

/// The port that `serve` listens on unless told otherwise, on loopback.
const PORT: u16 = 8080;
/// How long running calls may go on once the server has been told to stop.
const DRAIN: Duration = Duration::from_secs(30);

/// Everything that can be set. [`Settings::default`] answers on the simulator, keeps no secret and is what tests start from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The address to answer on.
    pub listen: Setting<SocketAddr>,
    /// The server's address as Twilio sees it, for `TwiML` and signatures; without one the request's `Host` is used.
    pub public_url: Option<Setting<Url>>,
    /// Where the audit log and the effects of tools are kept; the company's own data is beside it.
    pub database: Setting<DatabaseUrl>,
    /// The policies that say who may use which tool: Cedar files, and directories of them. None: the ones that come with the application.
    pub policies: Setting<Vec<PathBuf>>,
    /// Whose calls these are, where several companies share a policy; a caller of another tenant may use no tool.
    pub tenant: String,
    /// What is logged, in the syntax of `tracing`'s filters: `info`, or `warn,switchboard_session=debug`.
    pub log: Setting<String>,
    /// How long running calls may go on once the server has been told to stop.
    pub drain: Duration,
    /// Which model server is dialled, and how it is told who we are.
    pub link: ModelLink,
    /// What the model is asked for.
    pub model: ModelSettings,
    /// The timings of a call.
    pub call: CallSettings,
    /// How often tools may run, how many at once, and when a backend counts as broken.
    pub limits: Limits,
    /// How long a tool call waits for a person's approval.
    pub approval_wait: Duration,
    /// How the simulator in this process behaves, where it answers.
    pub simulator: switchboard_simulator::Settings,
    /// Tools made slow or failing on purpose, for tests.
    pub faults: Faults,
    /// What is never printed.
    pub secrets: Secrets,
    /// The configuration file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// What looks like a mistake and is none that stops anything.
    pub warnings: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)).into(),
            public_url: None,
            database: DatabaseUrl::default().into(),
            policies: Vec::new().into(),
            tenant: "default".to_owned(),
            log: "info".to_owned().into(),
            drain: DRAIN,
            link: ModelLink::default(),
            model: ModelSettings::default(),
            call: CallSettings::default(),
            limits: Limits::default(),
            approval_wait: APPROVAL_WAIT,
            simulator: switchboard_simulator::Settings::default(),
            faults: Faults::default(),
            secrets: Secrets::default(),
            file: None,
            warnings: Vec::new(),
        }
    }
}

/// The keys and tokens: from the environment or the file, never from a flag, never printed.
#[derive(Clone, Default)]
pub struct Secrets {
    /// `OPENAI_API_KEY`: for `OpenAI`, and for a compatible server.
    pub openai_api_key: Option<Secret>,
    /// `AZURE_OPENAI_API_KEY`: for an Azure resource.
    pub azure_openai_api_key: Option<Secret>,
    /// `TWILIO_AUTH_TOKEN`: what Twilio signs its requests with.
    pub twilio_auth_token: Option<Secret>,
    /// `TWILIO_ACCOUNT_SID`: the account whose calls arrive.
    pub twilio_account_sid: Option<Secret>,
    /// `SWITCHBOARD_ADMIN_TOKEN`: what `/api` asks for.
    pub admin_token: Option<Secret>,
}

/// Says which secrets are set, and nothing of them.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = |secret: &Option<Secret>| if secret.is_some() { "set" } else { "not set" };
        f.debug_struct("Secrets")
            .field("openai_api_key", &state(&self.openai_api_key))
            .field("azure_openai_api_key", &state(&self.azure_openai_api_key))
            .field("twilio_auth_token", &state(&self.twilio_auth_token))
            .field("twilio_account_sid", &state(&self.twilio_account_sid))
            .field("admin_token", &state(&self.admin_token))
            .finish()
    }
}
