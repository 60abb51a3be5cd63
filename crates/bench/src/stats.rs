//! Percentiles.

use std::time::Duration;

/// The value below which `percent` of the others lie; 0 of none.
pub(crate) fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index, from the number of samples"
    )]
    let index = (last as f64 * percent / 100.0).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}

/// The value in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 50.0)
}

/// The largest value.
pub(crate) fn worst(values: &[f64]) -> f64 {
    percentile(values, 100.0)
}

/// Milliseconds, with their fraction.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "values are passed through")]
    fn percentiles_are_values_of_the_list() {
        let values = [5.0, 1.0, 3.0, 2.0, 4.0];

        assert_eq!((median(&values), worst(&values), percentile(&values, 0.0)), (3.0, 5.0, 1.0));
        assert_eq!(median(&[]), 0.0);
    }
}
