//! The third time in a row: a model that asks the same again and again is told to stop.

use std::collections::HashMap;

use switchboard_agent::IdempotencyKey;

use crate::refusal::Refusal;

/// How often the same may be asked without a caller's turn between.
const OFTEN: u32 = 2;

/// How many different calls of one turn are counted; a model that makes more starts afresh.
const MOST: usize = 256;

/// How often each call was made since the caller's last turn.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    turn: u64,
    asked: HashMap<IdempotencyKey, u32>,
}

impl Repeats {
    /// Counts a call, and refuses it when it comes too often.
    pub(crate) fn count(&mut self, wish: &IdempotencyKey, turn: u64) -> Result<(), Refusal> {
        if turn != self.turn || self.asked.len() == MOST {
            self.turn = turn;
            self.asked.clear();
        }
        let asked = self.asked.entry(wish.clone()).or_default();
        *asked = asked.saturating_add(1);
        if *asked <= OFTEN {
            return Ok(());
        }
        Err(Refusal::new(
            "repeated_call",
            "This was asked several times in a row, and asking again changes nothing. Stop calling it: use what you have, or tell \
             the caller how things stand.",
        ))
    }

    /// Something was changed, so that asking again may find something else.
    pub(crate) fn start_afresh(&mut self, except: &IdempotencyKey) {
        self.asked.retain(|wish, _| wish == except);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(name: &str) -> IdempotencyKey {
        IdempotencyKey::new(name)
    }

    #[test]
    fn the_third_in_a_row_is_refused() {
        let mut repeats = Repeats::default();
        assert!(repeats.count(&wish("a"), 1).is_ok());
        assert!(repeats.count(&wish("a"), 1).is_ok());
        assert!(repeats.count(&wish("b"), 1).is_ok());
        assert!(repeats.count(&wish("a"), 1).is_err());
        assert!(repeats.count(&wish("a"), 1).is_err());
    }

    #[test]
    fn a_callers_turn_starts_the_count_afresh() {
        let mut repeats = Repeats::default();
        for turn in 1..9 {
            assert!(repeats.count(&wish("a"), turn).is_ok());
            assert!(repeats.count(&wish("a"), turn).is_ok());
        }
    }

    #[test]
    fn after_a_change_others_may_be_asked_again() {
        let mut repeats = Repeats::default();
        for name in ["read", "read", "pay", "pay"] {
            repeats.count(&wish(name), 1).unwrap();
        }
        repeats.start_afresh(&wish("pay"));
        assert!(repeats.count(&wish("read"), 1).is_ok());
        assert!(repeats.count(&wish("pay"), 1).is_err());
    }

    #[test]
    fn a_model_that_goes_wild_costs_little() {
        let mut repeats = Repeats::default();
        for n in 0..10_000 {
            repeats.count(&wish(&n.to_string()), 1).unwrap();
        }
        assert!(repeats.asked.len() <= MOST);
    }
}
