//! The database's URL: `SQLite` by file, `PostgreSQL` by address, or none beyond this process.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

/// Where calls, tools and policies leave their traces: the audit log and the effects of tools.
///
/// The company's own data is kept beside it, by a URL of its own: see [`AppContext`](crate::AppContext).
///
/// Written as `sqlite://switchboard.db` (relative to the working directory), `sqlite:///var/lib/switchboard.db`
/// (absolute), or `memory:` for a trial that leaves nothing behind. `postgres://user:password@host/name` is understood, and refused
/// when the store is opened: this version has none for it.
///
/// ```
/// use switchboard::DatabaseUrl;
///
/// let url: DatabaseUrl = "sqlite:///var/lib/switchboard.db".parse()?;
/// assert_eq!(url, DatabaseUrl::Sqlite("/var/lib/switchboard.db".into()));
/// # Ok::<(), switchboard::UnreadableDatabaseUrl>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server; the URL holds the password.
    Postgres(Url),
    /// This process's memory: what is kept ends with it.
    Memory,
}

/// How [`DatabaseUrl::Memory`] is written.
const MEMORY: &str = "memory:";

/// A text that is no database URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a database is written sqlite://FILE (relative), sqlite:///DIRECTORY/FILE (absolute), or memory: (nothing is kept)"
)]
#[non_exhaustive]
pub struct UnreadableDatabaseUrl;

impl DatabaseUrl {
    /// Where the company's own data belongs: in a file beside ours, `switchboard-company.db` beside `switchboard.db`, so that neither
    /// meets the other's tables; otherwise in the same place.
    pub(crate) fn of_company(&self) -> Self {
        match self {
            Self::Sqlite(path) => {
                let mut name = path.file_stem().unwrap_or_default().to_owned();
                name.push("-company");
                if let Some(extension) = path.extension() {
                    name.push(".");
                    name.push(extension);
                }
                Self::Sqlite(path.with_file_name(name))
            }
            Self::Postgres(_) | Self::Memory => self.clone(),
        }
    }
}

impl Default for DatabaseUrl {
    /// `sqlite://switchboard.db`.
    fn default() -> Self {
        Self::Sqlite(PathBuf::from("switchboard.db"))
    }
}

impl FromStr for DatabaseUrl {
    type Err = UnreadableDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, UnreadableDatabaseUrl> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            let names_a_file = !path.is_empty() && !path.ends_with('/');
            return names_a_file
                .then(|| Self::Sqlite(PathBuf::from(path)))
                .ok_or(UnreadableDatabaseUrl);
        }
        if text == MEMORY {
            return Ok(Self::Memory);
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "postgres" | "postgresql") && url.has_host() => {
                Ok(Self::Postgres(url))
            }
            _ => Err(UnreadableDatabaseUrl),
        }
    }
}

/// Shows the URL without its password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) if url.password().is_some() => {
                let mut url = url.clone();
                // Fails only for URLs without a host, and those are refused at parsing.
                let _ = url.set_password(Some("***"));
                write!(f, "{url}")
            }
            Self::Postgres(url) => write!(f, "{url}"),
            Self::Memory => f.write_str(MEMORY),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_slashes_are_relative_and_three_absolute() {
        assert_eq!("sqlite://a.db".parse(), Ok(DatabaseUrl::Sqlite("a.db".into())));
        assert_eq!("sqlite://data/a.db".parse(), Ok(DatabaseUrl::Sqlite("data/a.db".into())));
        assert_eq!("sqlite:///data/a.db".parse(), Ok(DatabaseUrl::Sqlite("/data/a.db".into())));
    }

    #[test]
    fn the_company_has_a_file_of_its_own_beside_ours() {
        for (ours, company) in [
            ("sqlite://switchboard.db", "sqlite://switchboard-company.db"),
            ("sqlite:///data/calls.v2.sqlite", "sqlite:///data/calls.v2-company.sqlite"),
            ("sqlite://data/calls", "sqlite://data/calls-company"),
            ("memory:", "memory:"),
        ] {
            let ours: DatabaseUrl = ours.parse().unwrap();
            assert_eq!(ours.of_company().to_string(), company);
        }
    }

    #[test]
    fn both_names_of_postgres_are_read() {
        for scheme in ["postgres", "postgresql"] {
            let url: DatabaseUrl = format!("{scheme}://me@db.example.com/calls").parse().unwrap();
            assert!(matches!(url, DatabaseUrl::Postgres(_)));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "switchboard.db",
            "sqlite://",
            "sqlite:///data/",
            "mysql://host/x",
            "postgres:///x",
        ] {
            assert_eq!(text.parse::<DatabaseUrl>(), Err(UnreadableDatabaseUrl), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: DatabaseUrl = "postgres://me:hunter2@db.example.com/calls".parse().unwrap();
        assert!(!format!("{url} {url:?}").contains("hunter2"));
    }
}
