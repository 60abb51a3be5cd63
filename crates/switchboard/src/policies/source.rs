//! Where the policies come from: files that the operator names, or the texts that come with the application.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a policy's file is called.
const EXTENSION: &str = "cedar";

/// A policy's text, with the name that errors call it by.
pub(crate) type Text = (String, String);

/// Where the policies come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PolicySource {
    /// The application's own texts; they do not change. None: what requires nothing is allowed, and nothing else.
    Application(Vec<Text>),
    /// Files, and directories of them, which may change at any time.
    Files(Vec<PathBuf>),
}

/// Why the policies' files cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum UnreadablePolicies {
    /// A file or directory cannot be read.
    #[error("cannot read the policies in {}{advice}", path.display())]
    Io {
        path: PathBuf,
        /// What to do, where that is known.
        advice: &'static str,
        source: io::Error,
    },
    /// A directory without policies is a slip: with it nothing that requires a permission would be allowed.
    #[error("there is no policy in {}: its files have to end in .{EXTENSION}", path.display())]
    NoneThere { path: PathBuf },
}

impl PolicySource {
    /// The files, if there are any; otherwise what the application brought.
    pub(crate) fn new(files: &[PathBuf], application: &[Text]) -> Self {
        if files.is_empty() {
            Self::Application(application.to_vec())
        } else {
            Self::Files(files.to_vec())
        }
    }

    /// The texts as they are now, in a fixed order. Reads files: not for a thread that answers calls.
    pub(crate) fn texts(&self) -> Result<Vec<Text>, UnreadablePolicies> {
        match self {
            Self::Application(texts) => Ok(texts.clone()),
            Self::Files(paths) => {
                let files = paths.iter().map(|path| files(path)).collect::<Result<Vec<_>, _>>()?;
                files.concat().iter().map(|file| text(file)).collect()
            }
        }
    }
}

/// The files that a path stands for: itself, or a directory's policies by name.
fn files(path: &Path) -> Result<Vec<PathBuf>, UnreadablePolicies> {
    let unreadable = |error| unreadable(path, error);
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if is_policy(&file) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(UnreadablePolicies::NoneThere { path: path.to_owned() });
    }
    files.sort();
    Ok(files)
}

/// Hidden files are an editor's.
fn is_policy(file: &Path) -> bool {
    let hidden = file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && file.extension().is_some_and(|extension| extension == EXTENSION)
}

fn text(file: &Path) -> Result<Text, UnreadablePolicies> {
    let text = fs::read_to_string(file).map_err(|error| unreadable(file, error))?;
    Ok((file.display().to_string(), text))
}

fn unreadable(path: &Path, source: io::Error) -> UnreadablePolicies {
    let advice = match source.kind() {
        io::ErrorKind::NotFound => "; `policies` or --policies names the files",
        io::ErrorKind::InvalidData => "; they have to be UTF-8 text",
        io::ErrorKind::PermissionDenied => "; this user has to be able to read them",
        _ => "",
    };
    UnreadablePolicies::Io { path: path.to_owned(), advice, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Scratch;

    #[test]
    fn a_directory_stands_for_its_policies_by_name() {
        let scratch = Scratch::new();
        scratch.write("b.cedar", "forbid");
        scratch.write("a.cedar", "permit");
        scratch.write("README.md", "Policies.");
        scratch.write(".#a.cedar", "an editor's");
        let one = scratch.write("extra.txt", "named, so read");
        let texts = PolicySource::Files(vec![scratch.path().to_owned(), one]).texts().unwrap();
        let texts: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["permit", "forbid", "named, so read"]);
    }

    #[test]
    fn what_is_not_there_is_told_with_what_to_do() {
        let scratch = Scratch::new();
        let empty = PolicySource::Files(vec![scratch.path().to_owned()]).texts().unwrap_err();
        assert!(empty.to_string().contains("have to end in .cedar"), "{empty}");
        let gone = PolicySource::Files(vec!["/nowhere/at.cedar".into()]).texts().unwrap_err();
        let gone = gone.to_string();
        assert!(gone.contains("/nowhere/at.cedar; `policies` or --policies names"), "{gone}");
    }

    #[test]
    fn files_replace_what_the_application_brought() {
        let own = [("company.cedar".to_owned(), "permit".to_owned())];
        assert_eq!(PolicySource::new(&[], &own), PolicySource::Application(own.to_vec()));
        let files = ["policies".into()];
        assert_eq!(PolicySource::new(&files, &own), PolicySource::Files(files.to_vec()));
    }
}
