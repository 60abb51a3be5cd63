//! Ids in the service's style, from a seed.

use fastrand::Rng;

/// Letters after the prefix: the longest prefix, `event_`, stays well under 32.
const LETTERS: usize = 21;

/// Makes the ids of one session.
#[derive(Debug)]
pub(super) struct Ids(Rng);

impl Ids {
    pub(super) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// The next id, such as `item_4fJ…`.
    pub(super) fn next(&mut self, prefix: &str) -> String {
        let mut id = String::with_capacity(prefix.len() + 1 + LETTERS);
        id.push_str(prefix);
        id.push('_');
        id.extend((0..LETTERS).map(|_| self.0.alphanumeric()));
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_none_twice() {
        let (mut one, mut other) = (Ids::new(7), Ids::new(7));
        let first = one.next("event");
        assert_eq!(first, other.next("event"));
        assert!(first.starts_with("event_") && first.len() <= 32);
        assert_ne!(one.next("event"), first);
    }
}
