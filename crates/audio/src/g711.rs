//! G.711: sixteen-bit samples in eight bits, by mu-law (North America, Japan, Twilio) and A-law (elsewhere).
//!
//! Both laws work on whole tables made at compile time, so a 20 ms frame costs well under a microsecond. A negative sample is
//! folded by ones' complement before it is quantised, as ITU-T's own reference software (G.191) does, so that the curve is
//! symmetric: sample `-1 - x` has the code of sample `x` with the sign bit turned.
//!
//! ```
//! use switchboard_audio::g711::{MULAW_SILENCE, decode_mulaw, encode_mulaw};
//!
//! assert_eq!(encode_mulaw(&[0, 32_767, -32_768]), [MULAW_SILENCE, 0x80, 0x00]);
//! assert_eq!(decode_mulaw(&[MULAW_SILENCE, 0x80, 0x00]), [0, 32_124, -32_124]);
//! ```

/// The mu-law code of silence. (`0x7F`, minus zero, sounds the same; [`encode_mulaw`] never makes it.)
pub const MULAW_SILENCE: u8 = 0xFF;

/// The A-law code of silence: the smallest positive step, for A-law has no zero.
pub const ALAW_SILENCE: u8 = 0xD5;

/// Mu-law looks at the upper 14 bits of a sample.
const MULAW_SHIFT: u32 = 2;
const MULAW_LEVELS: usize = 1 << (16 - MULAW_SHIFT);
/// A-law, as the reference software has it, looks at the upper 12 bits of a sample.
const ALAW_SHIFT: u32 = 4;
const ALAW_LEVELS: usize = 1 << (16 - ALAW_SHIFT);

static MULAW_ENCODED: [u8; MULAW_LEVELS] = mulaw_encoded();
static MULAW_DECODED: [i16; 256] = mulaw_decoded();
static ALAW_ENCODED: [u8; ALAW_LEVELS] = alaw_encoded();
static ALAW_DECODED: [i16; 256] = alaw_decoded();

/// Encodes samples as mu-law, one byte each.
pub fn encode_mulaw(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|&sample| MULAW_ENCODED[level(sample, MULAW_SHIFT)]).collect()
}

/// Decodes mu-law, one sample a byte; the loudest is ±32,124.
pub fn decode_mulaw(codes: &[u8]) -> Vec<i16> {
    codes.iter().map(|&code| MULAW_DECODED[usize::from(code)]).collect()
}

/// Encodes samples as A-law, one byte each.
pub fn encode_alaw(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|&sample| ALAW_ENCODED[level(sample, ALAW_SHIFT)]).collect()
}

/// Decodes A-law, one sample a byte; the loudest is ±32,256.
pub fn decode_alaw(codes: &[u8]) -> Vec<i16> {
    codes.iter().map(|&code| ALAW_DECODED[usize::from(code)]).collect()
}

/// The place of a sample in an encoding table: its upper bits, as the bits stand.
fn level(sample: i16, shift: u32) -> usize {
    usize::from(sample.cast_unsigned() >> shift)
}

/// Folds the place in an encoding table of `levels` entries: the magnitude, and whether the sample is negative.
const fn fold(place: usize, levels: usize) -> (usize, bool) {
    if place < levels / 2 { (place, false) } else { (levels - 1 - place, true) }
}

#[expect(clippy::cast_possible_truncation, reason = "segment and step have three and four bits")]
const fn mulaw_encoded() -> [u8; MULAW_LEVELS] {
    let mut table = [0; MULAW_LEVELS];
    let mut place = 0;
    while place < MULAW_LEVELS {
        let (magnitude, negative) = fold(place, MULAW_LEVELS);
        let biased = if magnitude + 33 > 0x1FFF { 0x1FFF } else { magnitude + 33 };
        let segment = biased.ilog2() - 5;
        let step = (biased >> (segment + 1)) & 0x0F;
        let sign = if negative { 0x80 } else { 0 };
        table[place] = !(sign | ((segment as u8) << 4) | step as u8);
        place += 1;
    }
    table
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a step has four bits"
)]
const fn mulaw_decoded() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0_usize;
    while code < 256 {
        let bits = !code & 0xFF;
        let (segment, step) = ((bits >> 4) & 0x07, (bits & 0x0F) as i16);
        let magnitude = (((step << 3) + 0x84) << segment) - 0x84;
        table[code] = if bits & 0x80 == 0 { magnitude } else { -magnitude };
        code += 1;
    }
    table
}

#[expect(clippy::cast_possible_truncation, reason = "segment and step have three and four bits")]
const fn alaw_encoded() -> [u8; ALAW_LEVELS] {
    let mut table = [0; ALAW_LEVELS];
    let mut place = 0;
    while place < ALAW_LEVELS {
        let (magnitude, negative) = fold(place, ALAW_LEVELS);
        let segment = if magnitude < 32 { magnitude as u32 >> 4 } else { magnitude.ilog2() - 3 };
        let step = (if segment < 2 { magnitude } else { magnitude >> (segment - 1) }) & 0x0F;
        let sign = if negative { 0 } else { 0x80 };
        table[place] = (sign | ((segment as u8) << 4) | step as u8) ^ 0x55;
        place += 1;
    }
    table
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a step has four bits"
)]
const fn alaw_decoded() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0_usize;
    while code < 256 {
        let bits = code ^ 0x55;
        let (segment, step) = ((bits >> 4) & 0x07, (bits & 0x0F) as i16);
        let magnitude = match segment {
            0 => (step << 4) + 8,
            _ => ((step << 4) + 0x108) << (segment - 1),
        };
        table[code] = if bits & 0x80 == 0 { -magnitude } else { magnitude };
        code += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_sample() -> Vec<i16> {
        (i16::MIN..=i16::MAX).collect()
    }

    /// Straight from ITU-T G.191's description, one sample at a time.
    fn reference_mulaw(sample: i16) -> u8 {
        let folded = if sample < 0 { !sample } else { sample };
        let biased = ((folded >> 2) + 33).min(0x1FFF);
        let mut segment = 1;
        while biased >> 6 >> (segment - 1) != 0 {
            segment += 1;
        }
        let code = ((8 - segment) << 4) | (0x0F - ((biased >> segment) & 0x0F));
        u8::try_from(if sample < 0 { code } else { code | 0x80 }).unwrap()
    }

    fn reference_alaw(sample: i16) -> u8 {
        let mut folded = (if sample < 0 { !sample } else { sample }) >> 4;
        if folded > 15 {
            let mut exponent = 1;
            while folded > 31 {
                folded >>= 1;
                exponent += 1;
            }
            folded = (folded - 16) + (exponent << 4);
        }
        u8::try_from(if sample < 0 { folded } else { folded | 0x80 }).unwrap() ^ 0x55
    }

    #[test]
    fn every_sample_is_encoded_as_the_reference_says() {
        let samples = every_sample();
        let mulaw: Vec<u8> = samples.iter().map(|&sample| reference_mulaw(sample)).collect();
        let alaw: Vec<u8> = samples.iter().map(|&sample| reference_alaw(sample)).collect();
        assert!(encode_mulaw(&samples) == mulaw);
        assert!(encode_alaw(&samples) == alaw);
    }

    #[test]
    fn every_mulaw_code_survives_but_minus_zero_becomes_zero() {
        let codes: Vec<u8> = (0..=255).collect();
        let again = encode_mulaw(&decode_mulaw(&codes));
        for (code, again) in codes.into_iter().zip(again) {
            assert_eq!(again, if code == 0x7F { 0xFF } else { code });
        }
    }

    #[test]
    fn every_alaw_code_survives() {
        let codes: Vec<u8> = (0..=255).collect();
        assert_eq!(encode_alaw(&decode_alaw(&codes)), codes);
    }

    #[test]
    fn peaks_and_silence_are_those_of_the_standard() {
        assert_eq!(decode_mulaw(&[0x80, 0x00, 0xFF, 0x7F]), [32_124, -32_124, 0, 0]);
        assert_eq!(encode_mulaw(&[i16::MAX, i16::MIN, 0]), [0x80, 0x00, MULAW_SILENCE]);
        assert_eq!(decode_alaw(&[0xAA, 0x2A, ALAW_SILENCE, 0x55]), [32_256, -32_256, 8, -8]);
        assert_eq!(encode_alaw(&[i16::MAX, i16::MIN, 0]), [0xAA, 0x2A, ALAW_SILENCE]);
    }

    #[test]
    fn known_mulaw_values_decode_by_the_formula() {
        assert_eq!(decode_mulaw(&[0xFE, 0xF0, 0xEF, 0x8F, 0x0F]), [8, 120, 132, 16_764, -16_764]);
    }

    #[test]
    fn the_error_stays_within_half_a_step() {
        let samples = every_sample();
        for (law, decoded) in [
            ("mu-law", decode_mulaw(&encode_mulaw(&samples))),
            ("A-law", decode_alaw(&encode_alaw(&samples))),
        ] {
            for (&sample, decoded) in samples.iter().zip(decoded) {
                let error = (i32::from(sample) - i32::from(decoded)).abs();
                let allowed = (i32::from(sample).abs() / 32 + 16).min(700);
                assert!(error <= allowed, "{law}: {sample} became {decoded}");
            }
        }
    }
}
