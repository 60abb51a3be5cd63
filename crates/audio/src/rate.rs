//! The three sample rates of voice: telephone, wideband, and the model's.

use std::time::Duration;

/// How many samples a second a mono stream has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SampleRate {
    /// 8,000 a second: the telephone, always as G.711.
    Khz8,
    /// 16,000 a second: wideband speech, as speech recognisers want it.
    Khz16,
    /// 24,000 a second: the model's PCM16.
    Khz24,
}

impl SampleRate {
    /// Every rate, lowest first.
    pub const ALL: [Self; 3] = [Self::Khz8, Self::Khz16, Self::Khz24];

    /// Samples a second.
    pub const fn hz(self) -> u32 {
        match self {
            Self::Khz8 => 8_000,
            Self::Khz16 => 16_000,
            Self::Khz24 => 24_000,
        }
    }

    /// The rate with this many samples a second, if it is one of the three.
    pub const fn from_hz(hz: u32) -> Option<Self> {
        match hz {
            8_000 => Some(Self::Khz8),
            16_000 => Some(Self::Khz16),
            24_000 => Some(Self::Khz24),
            _ => None,
        }
    }

    /// Samples in a millisecond, a whole number at each of the three.
    pub const fn samples_per_ms(self) -> usize {
        match self {
            Self::Khz8 => 8,
            Self::Khz16 => 16,
            Self::Khz24 => 24,
        }
    }

    /// How long `samples` of this rate last.
    pub fn duration_of(self, samples: u64) -> Duration {
        let hz = u64::from(self.hz());
        let part = samples % hz * 1_000_000_000 / hz;
        Duration::from_secs(samples / hz) + Duration::from_nanos(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_agree() {
        for rate in SampleRate::ALL {
            assert_eq!(SampleRate::from_hz(rate.hz()), Some(rate));
            assert_eq!(rate.samples_per_ms() as u64 * 1_000, u64::from(rate.hz()));
            assert_eq!(
                rate.duration_of(u64::from(rate.hz()) * 3 / 2),
                Duration::from_millis(1_500)
            );
        }
        assert_eq!(SampleRate::from_hz(44_100), None);
    }
}
