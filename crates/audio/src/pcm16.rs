//! PCM16: samples as the model's audio has them, two bytes each, little-endian.

use thiserror::Error;

/// Audio that ends in the middle of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{bytes} bytes are not PCM16 audio: expected an even number, two bytes a sample")]
pub struct OddLength {
    /// How many bytes there were.
    pub bytes: usize,
}

/// Turns samples into bytes, two each, little-endian.
pub fn encode(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// Turns bytes into samples.
///
/// # Errors
///
/// [`OddLength`] when the last sample is half there.
pub fn decode(bytes: &[u8]) -> Result<Vec<i16>, OddLength> {
    let (pairs, rest) = bytes.as_chunks();
    if rest.is_empty() {
        Ok(pairs.iter().map(|&pair| i16::from_le_bytes(pair)).collect())
    } else {
        Err(OddLength { bytes: bytes.len() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_low_byte_comes_first() {
        assert_eq!(encode(&[0x0102, -2]), [0x02, 0x01, 0xFE, 0xFF]);
    }

    #[test]
    fn half_a_sample_is_refused() {
        let error = decode(&[1, 2, 3]).unwrap_err();
        assert_eq!(error, OddLength { bytes: 3 });
        assert!(error.to_string().contains("3 bytes"));
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(samples: Vec<i16>) {
            prop_assert_eq!(decode(&encode(&samples)), Ok(samples));
        }
    }
}
