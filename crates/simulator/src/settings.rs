//! What a simulator can be told: all of it data, so that a file, a flag or a test says it in the same words.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::DateTime;
use serde::Deserialize;

use crate::ears::EarsChoice;
use crate::faults::Fault;
use crate::voice::VoiceChoice;

/// How a [`Simulator`](crate::Simulator) behaves. The default suits the server embedded in a program that has no key.
///
/// ```
/// use switchboard_simulator::Settings;
///
/// let settings: Settings = toml::from_str(
///     r#"
///     seed = 7
///     voice = "text-channel"
///     faults = ["rate_limit_exceeded@response:2", "delay_update=1500@update:1"]
///     "#,
/// )?;
/// assert_eq!(settings.faults.len(), 2);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where ids and every other choice come from. The same seed, inputs and times give the same outputs.
    pub seed: u64,
    /// How the model sounds.
    pub voice: VoiceChoice,
    /// How it hears.
    pub ears: EarsChoice,
    /// Milliseconds from a response's start to its first output.
    pub thinking_ms: u64,
    /// How many seconds of audio are sent in a second.
    pub pace: f64,
    /// Milliseconds of audio in one delta.
    pub delta_ms: u64,
    /// Milliseconds from the end of a turn to its transcription, where the session has one.
    pub transcription_ms: u64,
    /// Seconds that a session lives. The service gives 3600.
    pub session_seconds: u64,
    /// Tokens that a session may use in a minute, as told in `rate_limits.updated`. Using more is not refused.
    pub tokens_per_minute: u64,
    /// Whether an error names the client event at fault. The service often does not.
    pub echo_event_ids: bool,
    /// Whether unknown fields and events are mixed in now and then, as the service does when it grows.
    pub unknown_extras: bool,
    /// The caller's wall clock at the start of every session, such as `2026-11-20T09:00:00`. The system's if not given.
    pub now: Option<DateTime>,
    /// What goes wrong, and when.
    pub faults: Vec<Fault>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            voice: VoiceChoice::default(),
            ears: EarsChoice::default(),
            thinking_ms: 150,
            pace: 8.0,
            delta_ms: 160,
            transcription_ms: 120,
            session_seconds: 3_600,
            tokens_per_minute: 800_000,
            echo_event_ids: true,
            unknown_extras: false,
            now: None,
            faults: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads settings from a file: JSON if its name ends so, TOML otherwise. Unknown keys are refused.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or does not say settings.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SettingsError> {
        let path = path.as_ref();
        let text = fs::read_to_string(path)
            .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let parsed = if is_json {
            serde_json::from_str(&text).map_err(|fault| fault.to_string())
        } else {
            toml::from_str(&text).map_err(|fault| fault.to_string())
        };
        parsed.map_err(|reason| SettingsError::Invalid { path: path.to_owned(), reason })
    }

    pub(crate) fn thinking(&self) -> Duration {
        Duration::from_millis(self.thinking_ms)
    }

    pub(crate) fn transcribing(&self) -> Duration {
        Duration::from_millis(self.transcription_ms)
    }

    /// How long a stretch of audio takes to send.
    pub(crate) fn paced(&self, audio: Duration) -> Duration {
        audio.div_f64(self.pace.max(0.1))
    }
}

/// Why a file of settings was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// It cannot be read.
    #[error("the simulator's settings in {path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It does not say settings.
    #[error("the simulator's settings in {path} are wrong: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(toml::from_str::<Settings>("").unwrap(), Settings::default());
    }

    #[test]
    fn a_misspelt_key_is_refused_and_the_right_ones_named() {
        let error = toml::from_str::<Settings>("sede = 1").unwrap_err().to_string();
        assert!(error.contains("unknown field `sede`") && error.contains("`seed`"), "{error}");
    }

    #[test]
    fn an_unknown_fault_says_where_it_stands() {
        let error = toml::from_str::<Settings>("faults = [\"explode\"]").unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("`explode`"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Settings::from_file("no/such/settings.toml").unwrap_err();
        assert!(error.to_string().contains("no/such/settings.toml"));
    }

    #[test]
    fn audio_is_paced_faster_than_real_time() {
        let settings = Settings::default();
        assert_eq!(settings.paced(Duration::from_millis(160)), Duration::from_millis(20));
    }
}
