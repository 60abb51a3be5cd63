//! The flags that several commands share: all of them settings, kept as they were typed.

use std::path::PathBuf;

use clap::Args;
use switchboard_session::DEFAULT_MODEL;

use crate::settings::Flags;

/// The flags of whatever runs agents.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct CommonFlags {
    #[arg(
        long,
        value_name = "FILE",
        help = "Read this configuration file [default: switchboard.toml, if it is there]"
    )]
    pub(super) config: Option<PathBuf>,
    #[arg(
        long,
        value_name = "URL",
        help = "Dial this model server, ws:// or wss:// [env: SWITCHBOARD_MODEL_URL] [default: OpenAI's if \
                OPENAI_API_KEY is set, else the built-in simulator]"
    )]
    pub(super) model_url: Option<String>,
    #[arg(
        long,
        value_name = "NAME",
        help = format!(
            "Ask for this model; at Azure, the deployment's name [env: SWITCHBOARD_MODEL] [default: {DEFAULT_MODEL}]"
        )
    )]
    pub(super) model: Option<String>,
    #[arg(
        long,
        value_name = "URL",
        help = "Keep the data here: sqlite://FILE, or memory: to keep nothing after the end [env: \
                SWITCHBOARD_DATABASE] [default: sqlite://switchboard.db]"
    )]
    pub(super) database: Option<String>,
    #[arg(
        long,
        value_name = "PATH",
        help = "Decide by these policies who may use which tool: a Cedar file, or a directory of them; repeat it for \
                more [env: SWITCHBOARD_POLICIES] [default: those of the application]"
    )]
    pub(super) policies: Vec<PathBuf>,
    #[arg(
        long,
        value_name = "FILTER",
        help = "Log this much: error, warn, info, debug, trace, or by module [env: SWITCHBOARD_LOG] [default: info]"
    )]
    pub(super) log: Option<String>,
}

/// The flags of whatever answers calls.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ServerFlags {
    #[arg(
        long,
        value_name = "ADDRESS",
        help = "Answer on this address; port 0 takes a free one [env: SWITCHBOARD_LISTEN] [default: 127.0.0.1:8080]"
    )]
    pub(super) listen: Option<String>,
    #[arg(
        long,
        value_name = "URL",
        help = "The server's address as Twilio sees it, https://... [env: SWITCHBOARD_PUBLIC_URL]"
    )]
    pub(super) public_url: Option<String>,
    #[command(flatten)]
    pub(super) common: CommonFlags,
}

impl CommonFlags {
    /// These flags, and where one is not given, that of `before` (given before the command's name).
    pub(super) fn or(self, before: Self) -> Self {
        Self {
            config: self.config.or(before.config),
            model_url: self.model_url.or(before.model_url),
            model: self.model.or(before.model),
            database: self.database.or(before.database),
            policies: if self.policies.is_empty() { before.policies } else { self.policies },
            log: self.log.or(before.log),
        }
    }

    pub(super) fn given(&self) -> Option<&'static str> {
        let named = [(self.config.is_some(), "--config"), (self.database.is_some(), "--database")];
        let named = named.into_iter().find_map(|(given, name)| given.then_some(name));
        named.or(self.given_beyond_database())
    }

    /// A flag that has nothing to do with where the data is kept.
    pub(super) fn given_beyond_database(&self) -> Option<&'static str> {
        let named = [
            (self.model_url.is_some(), "--model-url"),
            (self.model.is_some(), "--model"),
            (!self.policies.is_empty(), "--policies"),
            (self.log.is_some(), "--log"),
        ];
        named.into_iter().find_map(|(given, name)| given.then_some(name))
    }

    pub(super) fn into_flags(self) -> Flags {
        ServerFlags { common: self, ..ServerFlags::default() }.into_flags()
    }
}

impl ServerFlags {
    pub(super) fn or(self, before: Self) -> Self {
        Self {
            listen: self.listen.or(before.listen),
            public_url: self.public_url.or(before.public_url),
            common: self.common.or(before.common),
        }
    }

    pub(super) fn given_beyond_common(&self) -> Option<&'static str> {
        let named =
            [(self.listen.is_some(), "--listen"), (self.public_url.is_some(), "--public-url")];
        named.into_iter().find_map(|(given, name)| given.then_some(name))
    }

    pub(super) fn into_flags(self) -> Flags {
        Flags {
            config: self.common.config,
            listen: self.listen,
            public_url: self.public_url,
            database: self.common.database,
            policies: self.common.policies,
            log: self.common.log,
            model_url: self.common.model_url,
            model: self.common.model,
        }
    }
}
