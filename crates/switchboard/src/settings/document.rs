//! A TOML document read section by section, each mistake reported with its file, line and key.
//!
//! The document is parsed twice: once for the values, and once, with positions, for the line of every key. So each
//! section can be read into the type of the crate it belongs to, and that type needs to know nothing of files.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::error::SettingsError;
use super::source::{Setting, Source};
use super::suggest::nearest;
use super::wording::plain;

/// A configuration file. What is taken out of it with [`take`](Self::take) and [`text`](Self::text) is gone from it.
#[derive(Debug)]
pub(crate) struct Document {
    path: PathBuf,
    root: Table,
    /// The line of each key, by its dotted path.
    lines: BTreeMap<String, usize>,
}

impl Document {
    /// Reads a file, which must be there.
    pub(crate) fn open(path: &Path) -> Result<Self, SettingsError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(source) => {
                let advice = match source.kind() {
                    io::ErrorKind::NotFound => "; --config names the file",
                    io::ErrorKind::InvalidData => "; it has to be UTF-8 text",
                    io::ErrorKind::IsADirectory => "; it has to be a file",
                    io::ErrorKind::PermissionDenied => "; this user has to be able to read it",
                    _ => "",
                };
                Err(SettingsError::Unreadable { path: path.to_owned(), advice, source })
            }
        }
    }

    /// Reads a file, if it is there.
    pub(crate) fn open_if_there(path: &Path) -> Result<Option<Self>, SettingsError> {
        match Self::open(path) {
            Err(SettingsError::Unreadable { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// Reads a text as if it stood in `path`.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, SettingsError> {
        let not_toml = |error: &toml::de::Error| SettingsError::NotToml {
            path: path.to_owned(),
            line: error.span().map(|span| line_at(text, &span)),
            // The parser's longer form quotes the line, and a secret might stand there.
            message: error.message().to_owned(),
        };
        let positions = DeTable::parse(text).map_err(|error| not_toml(&error))?;
        let root = text.parse::<Table>().map_err(|error| not_toml(&error))?;
        let mut lines = BTreeMap::new();
        note_lines(text, positions.get_ref(), "", &mut lines);
        Ok(Self { path: path.to_owned(), root, lines })
    }

    /// The file's path, as it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The line of a key, or of the nearest table around it.
    pub(crate) fn line(&self, key: &str) -> Option<usize> {
        let mut key = key;
        loop {
            if let Some(line) = self.lines.get(key) {
                return Some(*line);
            }
            key = key.rsplit_once('.')?.0;
        }
    }

    /// Takes a table out of the document; an absent one is empty.
    pub(crate) fn take(&mut self, name: &str) -> Result<Table, SettingsError> {
        match self.root.remove(name) {
            None => Ok(Table::new()),
            Some(Value::Table(table)) => Ok(table),
            Some(_) => Err(self.bad(name, format!("this is a section: write [{name}]"))),
        }
    }

    /// Takes a text of the top level out of the document. Its value is in no error, so secrets are read with this.
    pub(crate) fn text(&mut self, key: &str) -> Result<Option<Setting<String>>, SettingsError> {
        let mut root = std::mem::take(&mut self.root);
        let text = self.text_of(&mut root, key, key);
        self.root = root;
        text
    }

    /// Takes a text out of a table that was taken out before; `full` is its key with its tables.
    pub(crate) fn text_of(
        &self,
        table: &mut Table,
        key: &str,
        full: &str,
    ) -> Result<Option<Setting<String>>, SettingsError> {
        match table.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(Setting::new(text, self.source(full)))),
            Some(_) => Err(self.bad(full, "expected text in quotes".to_owned())),
        }
    }

    /// Takes a list of texts of the top level out of the document.
    pub(crate) fn texts(
        &mut self,
        key: &str,
    ) -> Result<Option<Setting<Vec<String>>>, SettingsError> {
        let Some(value) = self.root.remove(key) else { return Ok(None) };
        let texts = value.try_into().map_err(|_| {
            self.bad(key, format!("expected a list of texts, as in {key} = [\"{key}\"]"))
        })?;
        Ok(Some(Setting::new(texts, self.source(key))))
    }

    /// Reads what is left of a section. `others` are keys that exist, too, but were taken out before.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        section: &str,
        table: Table,
        others: &[&str],
    ) -> Result<T, SettingsError> {
        serde_path_to_error::deserialize(Value::Table(table)).map_err(|error| {
            let key = dotted(section, error.path());
            let message = error.inner().message().to_owned();
            match unknown_field(&message) {
                Some((field, mut known)) => {
                    let key = innermost(key, field);
                    if key == join(section, field) {
                        known.extend(others);
                    }
                    self.unknown(&key, &known)
                }
                None => self.bad(&key, plain(&message)),
            }
        })
    }

    /// Reads what nobody has taken from the top level. `others` are keys that exist, too, but were taken out before.
    pub(crate) fn rest<T: DeserializeOwned>(
        &mut self,
        others: &[&str],
    ) -> Result<T, SettingsError> {
        let root = std::mem::take(&mut self.root);
        self.read("", root, others)
    }

    /// Where a key stands.
    pub(crate) fn source(&self, key: &str) -> Source {
        Source::File { path: self.path.clone(), line: self.line(key), key: key.to_owned() }
    }

    /// An error about a key's value.
    pub(crate) fn bad(&self, key: &str, message: String) -> SettingsError {
        SettingsError::BadKey {
            path: self.path.clone(),
            line: self.line(key),
            key: key.to_owned(),
            message,
        }
    }

    fn unknown(&self, key: &str, known: &[&str]) -> SettingsError {
        let own = key.rsplit_once('.').map_or(key, |(_, own)| own);
        let hint = match nearest(own, known.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None if known.is_empty() => "nothing may stand here".to_owned(),
            None => format!("known here are {}", known.join(", ")),
        };
        SettingsError::UnknownKey {
            path: self.path.clone(),
            line: self.line(key),
            key: key.to_owned(),
            hint,
        }
    }
}

/// Notes the line of every key of a table and of the tables in it.
fn note_lines(text: &str, table: &DeTable<'_>, prefix: &str, lines: &mut BTreeMap<String, usize>) {
    for (key, value) in table {
        let path = join(prefix, key.get_ref());
        lines.insert(path.clone(), line_at(text, &key.span()));
        note_value(text, value.get_ref(), &path, lines);
    }
}

fn note_value(text: &str, value: &DeValue<'_>, path: &str, lines: &mut BTreeMap<String, usize>) {
    match value {
        DeValue::Table(table) => note_lines(text, table, path, lines),
        DeValue::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                let path = join(path, &index.to_string());
                lines.insert(path.clone(), line_at(text, &value.span()));
                note_value(text, value.get_ref(), &path, lines);
            }
        }
        _ => {}
    }
}

/// The line, from 1, on which a span begins.
fn line_at(text: &str, span: &Range<usize>) -> usize {
    let before = text.as_bytes().get(..span.start).unwrap_or(text.as_bytes());
    before.split(|&byte| byte == b'\n').count()
}

fn dotted(section: &str, path: &serde_path_to_error::Path) -> String {
    path.iter().fold(section.to_owned(), |path, segment| match segment {
        Segment::Seq { index } => join(&path, &index.to_string()),
        Segment::Map { key } => join(&path, key),
        Segment::Enum { variant } => join(&path, variant),
        Segment::Unknown => path,
    })
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// The path of an unknown field. Tables that are read in two steps (an enum told by its `type`) report their own.
fn innermost(path: String, field: &str) -> String {
    let own = path.rsplit_once('.').map_or(path.as_str(), |(_, own)| own);
    if own == field { path } else { join(&path, field) }
}

/// The field and the known names in serde's message about an unknown field, which quotes the field and then each name
/// (if there are any) in backticks; `None` for any other message.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let (field, rest) = rest.split_once('`')?;
    Some((field, rest.split('`').skip(1).step_by(2).collect()))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Section {
        #[serde(default)]
        speed: f64,
        #[serde(default)]
        inner: Inner,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
    enum Kind {
        Plain { threshold: f64 },
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(default)]
        threshold: f64,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    fn read(text: &str) -> Result<Section, SettingsError> {
        let mut document = Document::parse(Path::new("switchboard.toml"), text)?;
        let table = document.take("model")?;
        let section = document.read("model", table, &["url"])?;
        let Nothing {} = document.rest(&["listen", "model"])?;
        Ok(section)
    }

    fn message(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn values_are_read() {
        let section = read("[model]\nspeed = 1.5\n[model.inner]\nthreshold = 0.5\n").unwrap();
        assert!((section.speed - 1.5).abs() < f64::EPSILON);
        assert!((section.inner.threshold - 0.5).abs() < f64::EPSILON);
        let section = read("[model.kind]\ntype = 'plain'\nthreshold = 0.5\n").unwrap();
        assert!(matches!(section.kind, Some(Kind::Plain { threshold }) if threshold > 0.4));
    }

    #[test]
    fn a_misspelt_key_is_reported_with_line_and_suggestion() {
        assert_eq!(
            message("# comment\n[model]\nspede = 1.0\n"),
            "switchboard.toml, line 3: unknown key `model.spede`; did you mean `speed`?"
        );
        assert_eq!(
            message("[model.inner]\n\ntreshold = 1.0\n"),
            "switchboard.toml, line 3: unknown key `model.inner.treshold`; did you mean `threshold`?"
        );
        assert_eq!(
            message("[model.kind]\ntype = 'plain'\ntreshold = 1.0\n"),
            "switchboard.toml, line 3: unknown key `model.kind.treshold`; did you mean `threshold`?"
        );
        assert_eq!(
            message("[model]\nulr = 'x'\n"),
            "switchboard.toml, line 2: unknown key `model.ulr`; did you mean `url`?"
        );
    }

    #[test]
    fn an_unknown_key_that_resembles_nothing_lists_what_is_known() {
        assert_eq!(
            message("colour = 'red'\n"),
            "switchboard.toml, line 1: unknown key `colour`; known here are listen, model"
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_names_key_and_expectation() {
        assert_eq!(
            message("[model]\nspeed = 'fast'\n"),
            "switchboard.toml, line 2: `model.speed`: expected a number, found the text \"fast\""
        );
    }

    #[test]
    fn a_section_written_as_a_value_is_explained() {
        assert_eq!(
            message("model = 'gpt'\n"),
            "switchboard.toml, line 1: `model`: this is a section: write [model]"
        );
    }

    #[test]
    fn broken_toml_names_the_line_and_does_not_quote_it() {
        let message = message("listen = '127.0.0.1:0'\nsecret = \"hunter2\n");
        assert!(message.starts_with("switchboard.toml, line 2: this is not TOML"), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}
