//! Where a setting's value came from, so that an error can say what to change.

use std::fmt;
use std::path::PathBuf;

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value in force.
    pub value: T,
    /// What decided it.
    pub source: Source,
}

impl<T> Setting<T> {
    pub(crate) const fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }

    /// Reads the value anew, keeping its source.
    pub(crate) fn try_map<U, E>(
        self,
        read: impl FnOnce(T, &Source) -> Result<U, E>,
    ) -> Result<Setting<U>, E> {
        Ok(Setting { value: read(self.value, &self.source)?, source: self.source })
    }
}

/// A value nobody asked for otherwise: its source is [`Source::Default`].
impl<T> From<T> for Setting<T> {
    fn from(value: T) -> Self {
        Self { value, source: Source::Default }
    }
}

/// What decided a setting. Shown as a user would name it: `--listen`, `SWITCHBOARD_LISTEN`, or key, file and line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A flag of the command line, with its dashes.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
    /// A key of the configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line the key stands on, from 1, where it is known.
        line: Option<usize>,
        /// The key, with its tables: `model.url`.
        key: String,
    },
    /// Nothing: the default is in force.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Environment(name) => f.write_str(name),
            Self::File { path, line, key } => write!(f, "{}: `{key}`", Place { path, line: *line }),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A place in a file: `switchboard.toml, line 3`.
pub(crate) struct Place<'a> {
    pub(crate) path: &'a std::path::Path,
    pub(crate) line: Option<usize>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, line {line}", self.path.display()),
            None => write!(f, "{}", self.path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_shown_as_a_user_would_name_it() {
        let file = Source::File {
            path: "switchboard.toml".into(),
            line: Some(3),
            key: "model.url".to_owned(),
        };
        assert_eq!(Source::Flag("--listen").to_string(), "--listen");
        assert_eq!(Source::Environment("SWITCHBOARD_LOG").to_string(), "SWITCHBOARD_LOG");
        assert_eq!(file.to_string(), "switchboard.toml, line 3: `model.url`");
    }
}
