//! Faults on purpose: makes tools slow, failing or panicking, to see what the caller hears then.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer};

/// Which tools are to fail, and how: the `[faults]` of the configuration.
///
/// ```
/// let faults: switchboard_gateway::Faults = toml::from_str(r#"
///     [tools.get_account_balance]
///     delay = "8s"
///     error = "the ledger is down"
/// "#)?;
/// assert!(!faults.is_empty());
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// By the name of the tool, whichever agent has it.
    pub tools: BTreeMap<String, Fault>,
}

/// How one tool is to fail. First it is slow, then it panics, or else fails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// How long it takes longer, written as `"250ms"`, `"8s"`, `"1.5s"` or `"2m"`.
    #[serde(deserialize_with = "humane_duration")]
    pub delay: Option<Duration>,
    /// It fails for this reason, which the log has and nobody else.
    pub error: Option<String>,
    /// It panics.
    pub panic: bool,
}

/// A fault names a tool that no agent has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a fault is set for the tool `{tool}`, which no agent has: correct the name, or leave it out"
)]
pub struct UnknownFaultyTool {
    /// The name.
    pub tool: String,
}

impl Faults {
    /// Whether no tool is to fail.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// How this tool is to fail.
    pub(crate) fn of(&self, tool: &str) -> Option<&Fault> {
        self.tools.get(tool)
    }
}

fn humane_duration<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let invalid = || {
        D::Error::invalid_value(
            Unexpected::Str(&text),
            &"a time such as \"250ms\", \"8s\" or \"2m\"",
        )
    };
    parse_duration(&text).map(Some).ok_or_else(invalid)
}

/// A number and its unit: `ms`, `s` or `m`.
fn parse_duration(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(unit);
    let seconds_in_unit = match unit.trim() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds_in_unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_their_unit() {
        for (text, millis) in
            [("250ms", 250), ("8s", 8_000), ("1.5s", 1_500), ("2m", 120_000), ("3 s", 3_000)]
        {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn a_time_without_a_unit_or_number_is_refused() {
        for text in ["8", "", "s", "-1s", "8 hours", "1.2.3s", "999999999999999999999m"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn misspelt_keys_and_times_are_refused_with_what_was_meant() {
        let error = toml::from_str::<Faults>("[tools.x]\ndelya = \"8s\"").unwrap_err();
        assert!(error.to_string().contains("`delay`"), "{error}");
        let error = toml::from_str::<Faults>("[tools.x]\ndelay = \"8 hours\"").unwrap_err();
        assert!(error.to_string().contains("a time such as"), "{error}");
    }
}
