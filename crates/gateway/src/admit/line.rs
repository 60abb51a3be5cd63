//! The line of calls that wait for a place: first come, first served, and when it is full, who is shed.
//!
//! A call of a talk that has gone on for longer takes the place of one of the shortest talk in line, so that under load it is new callers
//! who are put off, and not those in the middle of something. Among equals whoever came first stays.

use std::collections::VecDeque;

/// Waiting calls, each with whatever is needed to reach it.
#[derive(Debug)]
pub(crate) struct Line<W> {
    waiting: VecDeque<Waiter<W>>,
    longest: usize,
    next: u64,
}

#[derive(Debug)]
struct Waiter<W> {
    ticket: Ticket,
    turn: u64,
    call: W,
}

/// A place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

/// What came of a wish to join.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Joined<W> {
    /// It waits.
    Waits(Ticket),
    /// It waits, and the other has to go.
    InsteadOf(Ticket, W),
    /// There is no place.
    Full,
}

impl<W> Line<W> {
    /// An empty line of at most so many.
    pub(crate) fn new(longest: usize) -> Self {
        Self { waiting: VecDeque::new(), longest, next: 0 }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Joins at the end, if need be in the place of a call with fewer turns.
    pub(crate) fn join(&mut self, turn: u64, call: W) -> Joined<W> {
        if self.waiting.len() < self.longest {
            return Joined::Waits(self.push(turn, call));
        }
        let shed = self.last_of_shortest().filter(|&shed| self.waiting[shed].turn < turn);
        match shed.and_then(|shed| self.waiting.remove(shed)) {
            Some(shed) => Joined::InsteadOf(self.push(turn, call), shed.call),
            None => Joined::Full,
        }
    }

    /// Takes out whoever has waited longest.
    pub(crate) fn next(&mut self) -> Option<W> {
        self.waiting.pop_front().map(|waiter| waiter.call)
    }

    /// Takes out one that waits no more; nothing when it is in the line no longer.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> Option<W> {
        let place = self.waiting.iter().position(|waiter| waiter.ticket == ticket)?;
        self.waiting.remove(place).map(|waiter| waiter.call)
    }

    fn push(&mut self, turn: u64, call: W) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.waiting.push_back(Waiter { ticket, turn, call });
        ticket
    }

    /// Where the one stands who came last of those with the fewest turns.
    fn last_of_shortest(&self) -> Option<usize> {
        let places = self.waiting.iter().enumerate().rev();
        places.min_by_key(|(_, waiter)| waiter.turn).map(|(place, _)| place)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line_of(turns: &[u64]) -> Line<u64> {
        let mut line = Line::new(turns.len());
        for &turn in turns {
            assert!(matches!(line.join(turn, turn), Joined::Waits(_)));
        }
        line
    }

    #[test]
    fn a_longer_talk_takes_the_place_of_the_shortest() {
        let mut line = line_of(&[5, 1, 3]);
        assert!(matches!(line.join(2, 2), Joined::InsteadOf(_, 1)));
        assert_eq!([line.next(), line.next(), line.next()], [Some(5), Some(3), Some(2)]);
    }

    #[test]
    fn among_equals_whoever_came_first_stays() {
        let mut line = Line::new(2);
        line.join(1, "first");
        line.join(1, "second");
        assert_eq!(line.join(1, "third"), Joined::Full);
        assert!(matches!(line.join(2, "fourth"), Joined::InsteadOf(_, "second")));
    }

    #[test]
    fn a_line_of_no_length_takes_nobody() {
        assert_eq!(Line::new(0).join(9, ()), Joined::Full);
    }

    #[test]
    fn whoever_left_is_not_served() {
        let mut line = Line::new(2);
        let Joined::Waits(ticket) = line.join(1, "first") else { panic!("there is room") };
        line.join(1, "second");
        assert_eq!(line.leave(ticket), Some("first"));
        assert_eq!(line.leave(ticket), None);
        assert_eq!((line.next(), line.next()), (Some("second"), None));
    }

    proptest! {
        #[test]
        fn everyone_is_served_shed_or_refused_once_and_in_order(
            longest in 0_usize..6,
            steps in prop::collection::vec(prop::option::of(0_u64..4), 0..200),
        ) {
            let mut line = Line::new(longest);
            let (mut joined, mut gone, mut last_served) = (0, 0, 0);
            for step in steps {
                match step.map(|turn| line.join(turn, joined + 1)) {
                    Some(Joined::Waits(_)) => joined += 1,
                    Some(Joined::InsteadOf(_, shed)) => {
                        prop_assert!(shed > last_served);
                        joined += 1;
                        gone += 1;
                    }
                    Some(Joined::Full) => {}
                    None => {
                        if let Some(served) = line.next() {
                            prop_assert!(served > last_served, "first come, first served");
                            last_served = served;
                            gone += 1;
                        }
                    }
                }
                prop_assert!(line.len() <= longest);
                prop_assert_eq!(line.len(), joined - gone);
            }
        }
    }
}
