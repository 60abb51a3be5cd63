//! What the caller says: `--say` and `--wav`, in the order in which they stand on the command line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use switchboard_audio::SampleRate;
use switchboard_audio::wav::{self, ReadError};
use switchboard_lines::twilio::caller::{LONGEST_CALL, Script, Speech};

/// Why a recording cannot be played on a call.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unplayable {
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    #[error(
        "`{file}` lasts {} s, and a test call {} s at most: cut it shorter",
        length.as_secs(),
        LONGEST_CALL.as_secs()
    )]
    TooLong { file: String, length: Duration },
}

/// The lines, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lines(Vec<Line>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Say(String),
    Wav(PathBuf),
}

impl Lines {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether any of them is carried by tones, so that the answers should be.
    pub(super) fn are_words(&self) -> bool {
        self.0.iter().any(|line| matches!(line, Line::Say(_)))
    }

    /// The lines as a caller's part; reads the recordings.
    pub(super) fn script(&self) -> Result<Script, Unplayable> {
        self.0.iter().try_fold(Script::default(), |script, line| Ok(script.say(line.speech()?)))
    }
}

impl Line {
    fn speech(&self) -> Result<Speech, Unplayable> {
        match self {
            Self::Say(text) => Ok(Speech::Text(text.clone())),
            Self::Wav(file) => recording(file),
        }
    }
}

fn recording(file: &Path) -> Result<Speech, Unplayable> {
    let name = file.display().to_string();
    let recorded = wav::read(file)?;
    if recorded.duration() > LONGEST_CALL {
        return Err(Unplayable::TooLong { file: name, length: recorded.duration() });
    }
    Ok(Speech::Recording { samples: recorded.at(SampleRate::Khz8), name })
}

impl clap::Args for Lines {
    fn augment_args(command: Command) -> Command {
        command
            .arg(
                Arg::new("say")
                    .long("say")
                    .value_name("TEXT")
                    .action(ArgAction::Append)
                    .value_parser(words)
                    .help("Say this; repeat it to say more, line by line"),
            )
            .arg(
                Arg::new("wav")
                    .long("wav")
                    .value_name("FILE")
                    .action(ArgAction::Append)
                    .value_parser(value_parser!(PathBuf))
                    .help("Play this recording; may be mixed with --say, in any order"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Lines {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut lines: Vec<(usize, Line)> = Vec::new();
        lines.extend(placed::<String>(matches, "say").map(|(at, text)| (at, Line::Say(text))));
        lines.extend(placed::<PathBuf>(matches, "wav").map(|(at, file)| (at, Line::Wav(file))));
        lines.sort_by_key(|(at, _)| *at);
        Ok(Self(lines.into_iter().map(|(_, line)| line).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Takes a text with something in it to say.
fn words(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("there is nothing to say in it") } else { Ok(text.to_owned()) }
}

/// An argument's values, each with its place on the command line.
fn placed<'a, T: Clone + Send + Sync + 'static>(
    matches: &'a ArgMatches,
    id: &str,
) -> impl Iterator<Item = (usize, T)> + 'a {
    let values = matches.get_many::<T>(id).into_iter().flatten().cloned();
    matches.indices_of(id).into_iter().flatten().zip(values)
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};

    use super::*;

    fn lines(arguments: &[&str]) -> Lines {
        let command = Lines::augment_args(Command::new("call").no_binary_name(true));
        Lines::from_arg_matches(&command.try_get_matches_from(arguments).unwrap()).unwrap()
    }

    #[test]
    fn words_and_recordings_keep_their_order() {
        let read = lines(&["--say", "one", "--wav", "two.wav", "--say", "three"]);
        assert_eq!(
            read.0,
            [Line::Say("one".into()), Line::Wav("two.wav".into()), Line::Say("three".into())]
        );
    }

    #[test]
    fn a_line_without_words_is_refused() {
        assert!(words("?").is_ok());
        assert!(words(" \n").is_err());
    }

    #[test]
    fn one_line_of_words_wants_words_back() {
        assert!(lines(&["--wav", "one.wav", "--say", "two"]).are_words());
        assert!(!lines(&["--wav", "one.wav"]).are_words());
        assert!(!lines(&[]).are_words());
    }

    #[test]
    fn a_recording_that_cannot_be_read_is_named() {
        let error = lines(&["--wav", "/nowhere/q.wav"]).script().unwrap_err();
        assert!(error.to_string().contains("/nowhere/q.wav"), "{error}");
    }
}
