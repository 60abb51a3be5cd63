//! How the model hears: the acoustic text channel always, and a speech recogniser where one is installed and asked for.
//!
//! The text channel is read in the session itself, as the audio comes. A recogniser is only asked about audio in which no
//! words came that way, and answers beside the session. What nobody understands is heard as nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use switchboard_audio::pcm16;
use tracing::warn;

use crate::program::{self, ProgramError};

/// What listens to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EarsChoice {
    /// The text channel only.
    #[default]
    TextChannel,
    /// The text channel, and the program `pocketsphinx` (or `pocketsphinx_continuous`) for speech.
    Pocketsphinx,
}

/// The longest that a recogniser may take over one turn.
const PATIENCE: Duration = Duration::from_secs(8);

/// The ears of one simulator.
#[derive(Debug, Clone)]
pub(crate) enum Ears {
    TextChannel,
    /// `pocketsphinx` of version 5, which answers in JSON.
    Pocketsphinx(PathBuf),
    /// `pocketsphinx_continuous` of older versions, which answers in plain text.
    PocketsphinxContinuous(PathBuf),
}

impl Ears {
    /// Finds the ears that were chosen.
    pub(crate) fn find(choice: EarsChoice) -> Self {
        if choice == EarsChoice::TextChannel {
            return Self::TextChannel;
        }
        program::find("pocketsphinx")
            .map(Self::Pocketsphinx)
            .or_else(|| program::find("pocketsphinx_continuous").map(Self::PocketsphinxContinuous))
            .unwrap_or_else(|| {
                warn!("pocketsphinx is not on the PATH; the simulator hears only the text channel and typed words");
                Self::TextChannel
            })
    }

    /// Their name, for the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::TextChannel => "text-channel",
            Self::Pocketsphinx(_) | Self::PocketsphinxContinuous(_) => "pocketsphinx",
        }
    }

    /// Whether speech can be recognised at all.
    pub(crate) fn recognise_speech(&self) -> bool {
        !matches!(self, Self::TextChannel)
    }

    /// What was said in 16 kHz mono samples; nothing if nobody can tell.
    pub(crate) async fn recognise(&self, samples: &[i16]) -> String {
        let audio = pcm16::encode(samples);
        let heard = match self {
            Self::TextChannel => Ok(String::new()),
            Self::Pocketsphinx(path) => single(path, &audio).await,
            Self::PocketsphinxContinuous(path) => continuous(path, &audio).await,
        };
        heard.unwrap_or_else(|error| {
            warn!(%error, "pocketsphinx failed; the turn was not understood");
            String::new()
        })
    }
}

async fn single(path: &Path, audio: &[u8]) -> Result<String, ProgramError> {
    let answer = program::run(path, &["single", "-"], audio, PATIENCE).await?;
    hypothesis(&answer)
}

/// The text of a recogniser's answer: `{"b":0.0,"d":1.2,"p":1.0,"t":"go forward",…}`.
fn hypothesis(answer: &[u8]) -> Result<String, ProgramError> {
    #[derive(Deserialize)]
    struct Hypothesis {
        t: String,
    }
    let hypothesis: Hypothesis =
        serde_json::from_slice(answer).map_err(|_| ProgramError::Nonsense)?;
    Ok(hypothesis.t)
}

async fn continuous(path: &Path, audio: &[u8]) -> Result<String, ProgramError> {
    let arguments = ["-infile", "/dev/stdin", "-logfn", "/dev/null"];
    let answer = program::run(path, &arguments, audio, PATIENCE).await?;
    let text = String::from_utf8_lossy(&answer);
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hypothesis_is_its_text() {
        let answer = br#"{"b":0.000,"d":0.480,"p":1.000,"t":"my balance","w":[]}"#;
        assert_eq!(hypothesis(answer).unwrap(), "my balance");
        assert!(hypothesis(b"what").is_err());
    }

    #[tokio::test]
    async fn a_recogniser_that_is_not_there_hears_nothing() {
        assert_eq!(Ears::Pocketsphinx("/no/such/program".into()).recognise(&[0; 160]).await, "");
    }
}
