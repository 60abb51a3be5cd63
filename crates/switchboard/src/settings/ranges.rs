//! Numbers that the model's server would refuse (the protocol's section 5), and those with which no call could be held: refused
//! before a call depends on them.

use switchboard_session::{CallSettings, ModelSettings, Truncation, TurnDetection};

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

/// Refuses the first number of `[call]` that is out of its range.
pub(super) fn of_call(call: &CallSettings) -> Result<(), OutOfRange> {
    for (value, key) in [
        (call.dial_ms, "call.dial_ms"),
        (call.first_update_ms, "call.first_update_ms"),
        (call.update_ms, "call.update_ms"),
        (call.request_ms, "call.request_ms"),
        (call.response_ms, "call.response_ms"),
        (call.digits_ms, "call.digits_ms"),
        (call.hold_ms, "call.hold_ms"),
    ] {
        within(Some(value), 100..=120_000, (key, "100 to 120000 (milliseconds)"))?;
    }
    let redial = ("call.redial_ms", "100 to 600000 (milliseconds)");
    within(Some(call.redial_ms), 100..=600_000, redial)?;
    let nudge = ("call.nudge_ms", "1000 to 3600000 (milliseconds), or 0: never");
    within(Some(call.nudge_ms).filter(|&wait| wait > 0), 1_000..=3_600_000, nudge)?;
    within(Some(call.nudges), 1..=100, ("call.nudges", "1 to 100; nudge_ms = 0 asks never"))?;
    within(Some(call.most), 1..=100_000, ("call.most", "1 to 100000"))
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
        assert_eq!(of_call(&CallSettings::default()), Ok(()));
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

    #[test]
    fn every_number_of_a_call_has_a_range() {
        type Change = fn(&mut CallSettings);
        let wrong = |change: Change| {
            let mut call = CallSettings::default();
            change(&mut call);
            of_call(&call).unwrap_err().0
        };
        let table: [(Change, &str); 11] = [
            (|call| call.dial_ms = 0, "call.dial_ms"),
            (|call| call.first_update_ms = 1, "call.first_update_ms"),
            (|call| call.update_ms = u64::MAX, "call.update_ms"),
            (|call| call.request_ms = 0, "call.request_ms"),
            (|call| call.response_ms = 0, "call.response_ms"),
            (|call| call.digits_ms = 120_001, "call.digits_ms"),
            (|call| call.hold_ms = 0, "call.hold_ms"),
            (|call| call.redial_ms = 99, "call.redial_ms"),
            (|call| call.nudge_ms = 999, "call.nudge_ms"),
            (|call| call.nudges = 0, "call.nudges"),
            (|call| call.most = 0, "call.most"),
        ];
        for (change, key) in table {
            assert_eq!(wrong(change), key);
        }
        let silent = CallSettings { nudge_ms: 0, ..CallSettings::default() };
        assert_eq!(of_call(&silent), Ok(()), "0 is never");
    }
}
