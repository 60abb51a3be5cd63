//! Other programs: finding one, and running one for its answer.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    /// It does not start, or breaks off.
    #[error("it does not run: {0}")]
    Broken(#[from] io::Error),
    /// It failed.
    #[error("it ended with {status}: {said}")]
    Failed { status: std::process::ExitStatus, said: String },
    /// It took too long, and was killed.
    #[error("it had no answer after {0:?}")]
    TimedOut(Duration),
    /// Its answer is not what it should be.
    #[error("its answer cannot be read")]
    Nonsense,
}

/// Looks for a program on the `PATH`.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Runs a program, hands it `input`, and returns what it writes.
pub(crate) async fn run(
    path: &Path,
    arguments: &[&str],
    input: &[u8],
    patience: Duration,
) -> Result<Vec<u8>, ProgramError> {
    let mut child = Command::new(path)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().expect("its input is piped");
    let feed = async move {
        // A program that has read enough closes its end; what it writes then still counts.
        let _ = stdin.write_all(input).await;
    };
    let both = async { tokio::join!(feed, child.wait_with_output()).1 };
    let output = timeout(patience, both).await.map_err(|_| ProgramError::TimedOut(patience))??;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().chars().take(200).collect();
    Err(ProgramError::Failed { status: output.status, said })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn a_program_answers_what_it_was_handed() {
        let shell = find("sh").unwrap();
        assert_eq!(run(&shell, &["-c", "cat"], b"words", PATIENCE).await.unwrap(), b"words");
    }

    #[tokio::test]
    async fn a_failure_says_what_the_program_said() {
        let shell = find("sh").unwrap();
        let error =
            run(&shell, &["-c", "echo no voice >&2; exit 3"], b"", PATIENCE).await.unwrap_err();
        assert!(error.to_string().ends_with("no voice"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_not_found() {
        assert_eq!(find("surely-no-program-has-this-name"), None);
    }
}
