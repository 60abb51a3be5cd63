//! Short names for what somebody has to name again: confirmations, approvals.

/// Digits and letters that cannot be taken for one another.
const ALPHABET: &[u8; 29] = b"23456789abcdefghjkmnpqrtvwxyz";

/// How many of them a code has: enough that one cannot be guessed within a phone call.
const LENGTH: usize = 6;

/// The most that a byte may be to stand for a letter without favouring some.
const FAIR: u8 = 29 * 8;

/// A new random code, 29 bits of it.
pub(crate) fn random_code() -> String {
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the system has randomness, or no socket would be safe");
        let letters = bytes.iter().filter(|byte| **byte < FAIR);
        let letters = letters.map(|byte| char::from(ALPHABET[usize::from(byte % 29)]));
        code.extend(letters.take(LENGTH - code.len()));
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_short_plain_and_different() {
        let (one, other) = (random_code(), random_code());
        assert_eq!(one.len(), LENGTH);
        assert!(one.bytes().all(|byte| ALPHABET.contains(&byte)), "{one}");
        assert_ne!(one, other);
    }
}
