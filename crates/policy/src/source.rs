//! The text of policies: where it comes from, and places in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{PolicyError, PolicyFault, Position};

/// How many hexadecimal digits of the hash are shown.
const DIGEST_LENGTH: usize = 12;

/// A text with policies.
#[derive(Debug)]
pub(crate) struct Source {
    /// The file.
    pub(crate) name: String,
    pub(crate) text: String,
    /// The text with spaces for its comments, byte for byte as long.
    bare: String,
}

impl Source {
    pub(crate) fn new(name: String, text: String) -> Self {
        let bare = without_comments(&text);
        Self { name, text, bare }
    }

    /// What is wrong at this place, in bytes from the start.
    pub(crate) fn error(&self, offset: usize, fault: PolicyFault) -> PolicyError {
        PolicyError { file: self.name.clone(), at: Some(self.position(offset)), fault }
    }

    /// What is wrong with the whole.
    pub(crate) fn error_of_file(&self, fault: PolicyFault) -> PolicyError {
        PolicyError { file: self.name.clone(), at: None, fault }
    }

    /// The line and character at this many bytes from the start.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// Where this part of the text stands, looked for from a place on, and not in comments.
    pub(crate) fn find(&self, part: &str, from: usize) -> Option<usize> {
        self.bare.get(from..)?.find(&without_comments(part)).map(|offset| from + offset)
    }
}

/// Reads the files, and the `*.cedar` files of the directories, in the order of their names.
pub(crate) fn read(paths: &[PathBuf]) -> (Vec<Source>, Vec<PolicyError>) {
    let mut errors = Vec::new();
    let mut files = Vec::new();
    for path in paths {
        match files_at(path) {
            Ok(found) if found.is_empty() => errors.push(error(path, PolicyFault::EmptyDirectory)),
            Ok(found) => files.extend(found),
            Err(source) => errors.push(error(path, PolicyFault::Unreadable { source })),
        }
    }
    files.sort();
    files.dedup();
    let mut sources = Vec::new();
    for file in files {
        match fs::read_to_string(&file) {
            Ok(text) => sources.push(Source::new(file.display().to_string(), text)),
            Err(source) => errors.push(error(&file, PolicyFault::Unreadable { source })),
        }
    }
    (sources, errors)
}

/// A file is itself; a directory is the `*.cedar` files in it, but for hidden ones (editors keep theirs beside the real ones).
fn files_at(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let is_hidden =
            path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !is_hidden && path.extension().is_some_and(|end| end == "cedar") {
            files.push(path);
        }
    }
    Ok(files)
}

fn error(path: &Path, fault: PolicyFault) -> PolicyError {
    PolicyError { file: path.display().to_string(), at: None, fault }
}

/// A short hash of all texts.
pub(crate) fn digest(sources: &[Source]) -> String {
    let mut hasher = Sha256::new();
    for source in sources {
        hasher.update((source.text.len() as u64).to_be_bytes());
        hasher.update(&source.text);
    }
    let mut digest = format!("{:x}", hasher.finalize());
    digest.truncate(DIGEST_LENGTH);
    digest
}

/// Spaces for `// …`, but not in strings.
fn without_comments(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let (mut in_string, mut in_comment, mut escaped) = (false, false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        in_comment = match letter {
            '\n' | '\r' => false,
            '/' if !in_string && letters.peek() == Some(&'/') => true,
            _ => in_comment,
        };
        if in_comment {
            bare.extend(std::iter::repeat_n(' ', letter.len_utf8()));
            continue;
        }
        if letter == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && letter == '\\' && !escaped;
        bare.push(letter);
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_characters() {
        let source = Source::new("a".into(), "ab\nçd\n".into());
        let at = |offset| source.position(offset).to_string();
        assert_eq!([at(0), at(1), at(3), at(5), at(7)], ["1:1", "1:2", "2:1", "2:2", "3:1"]);
        assert_eq!(at(99), "3:1", "past the end is the end");
    }

    #[test]
    fn comments_are_not_searched() {
        let text = "// permit;\npermit; // permit\n\"// \\\" permit\"";
        let source = Source::new("a".into(), text.into());
        assert_eq!(source.bare.len(), source.text.len());
        assert_eq!(source.find("permit", 0), Some(11));
        assert_eq!(source.find("permit", 12), Some(text.rfind("permit").unwrap()));
    }

    #[test]
    fn a_directory_is_its_cedar_files_in_order_and_none_twice() {
        let folder = std::env::temp_dir().join(format!("policies-{}", std::process::id()));
        fs::create_dir_all(folder.join("below.cedar.d")).unwrap();
        for name in ["b.cedar", "a.cedar", ".#a.cedar", "notes.md"] {
            fs::write(folder.join(name), name).unwrap();
        }
        let (sources, errors) = read(&[folder.clone(), folder.join("b.cedar")]);
        let empty = read(&[folder.join("below.cedar.d")]).1;
        fs::remove_dir_all(&folder).unwrap();

        assert!(errors.is_empty(), "{errors:?}");
        let texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).collect();
        assert_eq!(texts, ["a.cedar", "b.cedar"]);
        assert!(matches!(
            empty.as_slice(),
            [PolicyError { fault: PolicyFault::EmptyDirectory, .. }]
        ));
    }

    #[test]
    fn the_digest_is_that_of_the_text() {
        let of = |texts: &[&str]| {
            let sources = texts.iter().map(|text| Source::new("a".into(), (*text).into()));
            digest(&sources.collect::<Vec<_>>())
        };
        assert_eq!(of(&["a"]).len(), 12);
        assert_ne!(of(&["a"]), of(&["b"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    }
}
