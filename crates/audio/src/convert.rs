//! Between whole samples and fractions.

/// The nearest sample, clipped at full scale; not a number is silence.
#[expect(clippy::cast_possible_truncation, reason = "rounded and clamped to the range first")]
pub(crate) fn to_sample(value: f32) -> i16 {
    value.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_rounded_and_clipped() {
        let made = [0.4, 0.6, -0.6, 40_000.0, -40_000.0, f32::NAN].map(to_sample);
        assert_eq!(made, [0, 1, -1, i16::MAX, i16::MIN, 0]);
    }
}
