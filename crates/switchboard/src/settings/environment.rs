//! The environment variables that Switchboard reads.

use std::collections::BTreeMap;

use super::suggest::nearest;

/// Where calls are answered.
pub(crate) const LISTEN: &str = "SWITCHBOARD_LISTEN";
/// Which model server is dialled.
pub(crate) const MODEL_URL: &str = "SWITCHBOARD_MODEL_URL";
/// Which model is asked for.
pub(crate) const MODEL: &str = "SWITCHBOARD_MODEL";
/// Where the data is kept.
pub(crate) const DATABASE: &str = "SWITCHBOARD_DATABASE";
/// The server's address as Twilio sees it.
pub(crate) const PUBLIC_URL: &str = "SWITCHBOARD_PUBLIC_URL";
/// What is logged.
pub(crate) const LOG: &str = "SWITCHBOARD_LOG";
/// The policies' files and directories, separated as in `PATH`.
pub(crate) const POLICIES: &str = "SWITCHBOARD_POLICIES";
/// `1` allows `[faults]`.
pub(crate) const ALLOW_FAULTS: &str = "SWITCHBOARD_ALLOW_FAULTS";
/// Secret: what `/api` asks for.
pub(crate) const ADMIN_TOKEN: &str = "SWITCHBOARD_ADMIN_TOKEN";
/// Secret: `OpenAI`'s key, or that of a compatible server.
pub(crate) const OPENAI_API_KEY: &str = "OPENAI_API_KEY";
/// Secret: the key of an Azure `OpenAI` resource.
pub(crate) const AZURE_OPENAI_API_KEY: &str = "AZURE_OPENAI_API_KEY";
/// Secret: what Twilio signs its requests with.
pub(crate) const TWILIO_AUTH_TOKEN: &str = "TWILIO_AUTH_TOKEN";
/// Secret: the Twilio account.
pub(crate) const TWILIO_ACCOUNT_SID: &str = "TWILIO_ACCOUNT_SID";

/// The variables of our own prefix; any other with that prefix is a slip.
const OURS: [&str; 9] =
    [LISTEN, MODEL_URL, MODEL, DATABASE, PUBLIC_URL, POLICIES, LOG, ALLOW_FAULTS, ADMIN_TOKEN];
const PREFIX: &str = "SWITCHBOARD_";

/// The environment, read once; tests make their own.
#[derive(Clone, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The environment of this process. A variable that is not UTF-8 is read with its bad bytes replaced.
    pub(crate) fn of_this_process() -> Self {
        let lossy = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        };
        Self(std::env::vars_os().map(lossy).collect())
    }

    /// The same, with [`ALLOW_FAULTS`] set.
    pub(crate) fn allowing_faults(mut self) -> Self {
        self.0.insert(ALLOW_FAULTS.to_owned(), "1".to_owned());
        self
    }

    /// A variable's value. One that is set to nothing counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// One warning for each variable of our prefix that means nothing.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.0
            .keys()
            .filter(|name| name.starts_with(PREFIX) && !OURS.contains(&name.as_str()))
            .map(|name| match nearest(name, OURS) {
                Some(known) => {
                    format!("the environment variable {name} is unknown: did you mean {known}?")
                }
                None => format!(
                    "the environment variable {name} is unknown; known are {}",
                    OURS.join(", ")
                ),
            })
            .collect()
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_set_to_nothing_counts_as_not_set() {
        assert_eq!(Environment::from([(LISTEN, "")]).get(LISTEN), None);
    }

    #[test]
    fn an_unknown_variable_of_our_prefix_is_warned_about_with_a_suggestion() {
        let environment =
            Environment::from([("SWITCHBOARD_LISTN", "x"), (LOG, "debug"), ("HOME", "/")]);
        assert_eq!(
            environment.warnings(),
            [
                "the environment variable SWITCHBOARD_LISTN is unknown: did you mean SWITCHBOARD_LISTEN?"
            ]
        );
    }
}
