//! Phrases that are rendered beside the conversation, one after the other, before anybody needs them.

use std::time::{Duration, Instant};

use crate::names::RequestId;

/// A phrase that is not rendered within this is given up.
const LONGEST: Duration = Duration::from_secs(15);
/// After so many failures the server is not asked again on this link.
const MOST_FAILURES: u32 = 3;

/// The phrase that is being rendered, and whether the server does such a thing.
#[derive(Debug, Default)]
pub(crate) struct Rendering {
    now: Option<(RequestId, String, Instant)>,
    failures: u32,
    refused: bool,
}

impl Rendering {
    /// Whether another phrase may be asked for.
    pub(crate) fn free(&self) -> bool {
        self.now.is_none() && !self.refused && self.failures < MOST_FAILURES
    }

    /// This phrase is asked for.
    pub(crate) fn begin(&mut self, request: RequestId, text: &str, now: Instant) {
        self.now = Some((request, text.to_owned(), now));
    }

    /// Whether this is the request of the phrase that is being rendered.
    pub(crate) fn is(&self, request: RequestId) -> bool {
        self.now.as_ref().is_some_and(|(asked, ..)| *asked == request)
    }

    /// It has come, or failed. Returns its words, if it was waited for.
    pub(crate) fn done(&mut self, text: &str, usable: bool) -> bool {
        let waited_for = self.now.take_if(|(_, asked, _)| asked == text).is_some();
        if waited_for && !usable {
            self.failures += 1;
        }
        waited_for
    }

    /// It could not be rendered this time.
    pub(crate) fn failed(&mut self) {
        self.now = None;
        self.failures += 1;
    }

    /// The server does not do responses beside the conversation.
    pub(crate) fn refused(&mut self) {
        self.refused = true;
        self.now = None;
    }

    /// The link is gone, and what was asked for on it.
    pub(crate) fn lost(&mut self) {
        self.now = None;
        self.failures = 0;
    }

    /// When a phrase that does not come is given up.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.now.as_ref().map(|(.., since)| *since + LONGEST)
    }

    /// Gives up a phrase that does not come.
    pub(crate) fn expire(&mut self, now: Instant) {
        if self.now.take_if(|(.., since)| *since + LONGEST <= now).is_some() {
            self.failures += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Names;
    use crate::testing::start;

    #[test]
    fn a_server_that_never_answers_is_not_asked_for_ever() {
        let (mut rendering, mut names, mut now) = (Rendering::default(), Names::default(), start());
        for _ in 0..MOST_FAILURES {
            assert!(rendering.free());
            rendering.begin(names.request(), "One moment.", now);
            now = rendering.deadline().unwrap();
            rendering.expire(now);
        }
        assert!(!rendering.free());

        rendering.lost();
        assert!(rendering.free(), "the next link may be better");
    }

    #[test]
    fn a_server_that_refuses_is_not_asked_again() {
        let mut rendering = Rendering::default();
        rendering.refused();
        assert!(!rendering.free());
    }
}
