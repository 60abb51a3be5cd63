//! Numbers that the model's server would refuse, refused before a call depends on them (the protocol's section 5).

use switchboard_session::{ModelSettings, Truncation, TurnDetection};

/// A key of the file, and what its value may be.
type OutOfRange = (&'static str, &'static str);

/// Refuses the first number that is out of its range.
pub(super) fn of_model(model: &ModelSettings) -> Result<(), OutOfRange> {
    within(model.speed, 0.25..=1.5, ("model.speed", "0.25 to 1.5"))?;
    let tokens = ("model.max_output_tokens", "1 to 4096");
    within(Some(model.max_output_tokens), 1..=4096, tokens)?;
    if let TurnDetection::ServerVad { threshold, idle_timeout_ms, .. } = model.turn_detection {
        within(Some(threshold), 0.0..=1.0, ("model.turn_detection.threshold", "0 to 1"))?;
        let idle = ("model.turn_detection.idle_timeout_ms", "5000 to 30000");
        within(idle_timeout_ms, 5_000..=30_000, idle)?;
    }
    if let Truncation::RetentionRatio { retention_ratio, .. } = model.truncation {
        within(Some(retention_ratio), 0.0..=1.0, ("model.truncation.retention_ratio", "0 to 1"))?;
    }
    Ok(())
}

fn within<T: PartialOrd>(
    value: Option<T>,
    range: std::ops::RangeInclusive<T>,
    named: OutOfRange,
) -> Result<(), OutOfRange> {
    value.is_none_or(|value| range.contains(&value)).then_some(()).ok_or(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_their_ranges() {
        assert_eq!(of_model(&ModelSettings::default()), Ok(()));
    }

    #[test]
    fn a_number_out_of_its_range_is_named() {
        let slow = ModelSettings { speed: Some(0.1), ..ModelSettings::default() };
        assert_eq!(of_model(&slow), Err(("model.speed", "0.25 to 1.5")));
        let silent = ModelSettings { max_output_tokens: 0, ..ModelSettings::default() };
        assert_eq!(of_model(&silent), Err(("model.max_output_tokens", "1 to 4096")));
        let truncation =
            Truncation::RetentionRatio { retention_ratio: 1.5, post_instructions: None };
        let forgetful = ModelSettings { truncation, ..ModelSettings::default() };
        assert_eq!(of_model(&forgetful), Err(("model.truncation.retention_ratio", "0 to 1")));
    }
}
