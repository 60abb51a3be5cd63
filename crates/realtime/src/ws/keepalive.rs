//! When to ping, and when to give a peer up. Knows no clock: whoever drives it says when a ping is due.

/// Counts the pings that nothing came after. Any frame at all is a sign of life.
#[derive(Debug)]
pub(super) struct Keepalive {
    /// Pings sent since the last frame came.
    unanswered: u32,
    most: u32,
}

/// What to do when a ping is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Send one.
    Ping,
    /// The peer is gone: this many pings went unanswered.
    GiveUp { pings: u32 },
}

impl Keepalive {
    pub(super) fn new(most: u32) -> Self {
        Self { unanswered: 0, most }
    }

    pub(super) fn heard(&mut self) {
        self.unanswered = 0;
    }

    pub(super) fn due(&mut self) -> Due {
        if self.unanswered >= self.most {
            return Due::GiveUp { pings: self.unanswered };
        }
        self.unanswered += 1;
        Due::Ping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_peer_is_given_up_after_two_pings() {
        let mut keepalive = Keepalive::new(2);

        assert_eq!([keepalive.due(), keepalive.due()], [Due::Ping, Due::Ping]);
        assert_eq!(keepalive.due(), Due::GiveUp { pings: 2 });
    }

    #[test]
    fn any_frame_is_a_sign_of_life() {
        let mut keepalive = Keepalive::new(2);

        for _ in 0..100 {
            assert_eq!([keepalive.due(), keepalive.due()], [Due::Ping, Due::Ping]);
            keepalive.heard();
        }
    }
}
