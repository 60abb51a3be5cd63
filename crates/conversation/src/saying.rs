//! Words that a tool wants said at once: beside the conversation, one after the other, never over somebody else's.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use switchboard_realtime::ResponseId;

use crate::names::RequestId;

/// More than this waits for nobody.
const MOST_WAITING: usize = 16;
/// Requests of ours that were for words of this kind are remembered this long.
const REMEMBERED: usize = 32;

/// Words that wait, and those that are being said.
#[derive(Debug, Default)]
pub(crate) struct Saying {
    waiting: VecDeque<String>,
    now: Option<Running>,
    requests: VecDeque<RequestId>,
    /// The server does no responses beside the conversation: words are said in it.
    within: bool,
    /// The next words are, since they could not be said beside it.
    next_within: bool,
}

#[derive(Debug)]
struct Running {
    text: String,
    request: RequestId,
    response: Option<ResponseId>,
    heard_from: Instant,
}

impl Saying {
    /// A tool wants this said.
    pub(crate) fn push(&mut self, text: String) {
        self.waiting.push_back(text);
        if self.waiting.len() > MOST_WAITING {
            self.waiting.pop_front();
        }
    }

    /// Whether words are being said, or have been asked for.
    pub(crate) fn busy(&self) -> bool {
        self.now.is_some()
    }

    /// Whether words are said beside the conversation.
    pub(crate) fn beside(&self) -> bool {
        !self.within && !self.next_within
    }

    /// Takes the next words, to be said in the conversation itself.
    pub(crate) fn next_within(&mut self) -> Option<String> {
        self.next_within = false;
        self.waiting.pop_front()
    }

    /// Takes the next words, to be asked for under this name.
    pub(crate) fn next(
        &mut self,
        request: impl FnOnce() -> RequestId,
        now: Instant,
    ) -> Option<(RequestId, String)> {
        let text = self.waiting.pop_front()?;
        let request = request();
        let running = Running { text: text.clone(), request, response: None, heard_from: now };
        self.now = Some(running);
        self.requests.push_back(request);
        if self.requests.len() > REMEMBERED {
            self.requests.pop_front();
        }
        Some((request, text))
    }

    /// Whether a request was for words of this kind.
    pub(crate) fn asked_for(&self, request: Option<RequestId>) -> bool {
        request.is_some_and(|request| self.requests.contains(&request))
    }

    /// A response beside the conversation began.
    pub(crate) fn created(
        &mut self,
        response: &ResponseId,
        request: Option<RequestId>,
        now: Instant,
    ) {
        if let Some(running) = self
            .now
            .as_mut()
            .filter(|running| request.is_none_or(|request| request == running.request))
        {
            running.response = Some(response.clone());
            running.heard_from = now;
        }
    }

    /// A response lives.
    pub(crate) fn progress(&mut self, response: &ResponseId, now: Instant) {
        if let Some(running) =
            self.now.as_mut().filter(|running| running.response.as_ref() == Some(response))
        {
            running.heard_from = now;
        }
    }

    /// A response beside the conversation ended.
    pub(crate) fn done(&mut self, response: &ResponseId) {
        self.now.take_if(|running| running.response.as_ref() == Some(response));
    }

    /// The server does no responses beside the conversation: what was asked for is said in it, as is everything to come.
    pub(crate) fn refused(&mut self) {
        self.within = true;
        self.again();
    }

    /// The server could not, this time: what was asked for is said in the conversation.
    pub(crate) fn refused_once(&mut self) {
        self.next_within = true;
        self.again();
    }

    /// The link is gone: what was asked for and had not begun is said on the next one.
    pub(crate) fn lost(&mut self) {
        self.again();
    }

    fn again(&mut self) {
        if let Some(Running { text, response: None, .. }) = self.now.take() {
            self.waiting.push_front(text);
        }
    }

    /// The caller speaks: nothing more of this is said. Returns the response that runs.
    pub(crate) fn give_way(&mut self) -> Option<ResponseId> {
        self.waiting.clear();
        self.now.take()?.response
    }

    /// When words that nobody says are given up.
    pub(crate) fn deadline(&self, limit: Duration) -> Option<Instant> {
        self.now.as_ref().map(|running| running.heard_from + limit)
    }

    /// Gives up words that nobody goes on saying. A server that has not even begun does not do such a thing.
    pub(crate) fn expire(&mut self, limit: Duration, now: Instant) {
        let Some(running) = &self.now else { return };
        if running.heard_from + limit > now {
            return;
        }
        match running.response {
            None => self.refused(),
            Some(_) => self.now = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Names;
    use crate::testing::start;

    #[test]
    fn words_are_said_one_after_the_other() {
        let (mut saying, mut names, now) = (Saying::default(), Names::default(), start());
        saying.push("One moment.".into());
        saying.push("Nearly there.".into());

        let (request, first) = saying.next(|| names.request(), now).unwrap();
        saying.created(&ResponseId::new("r1"), Some(request), now);
        assert!(saying.busy() && saying.asked_for(Some(request)));
        assert_eq!(first, "One moment.");

        saying.done(&ResponseId::new("r1"));
        assert!(!saying.busy());
        assert_eq!(saying.next(|| names.request(), now).unwrap().1, "Nearly there.");
    }

    #[test]
    fn words_that_are_refused_beside_the_conversation_are_said_in_it() {
        let (mut saying, mut names, now) = (Saying::default(), Names::default(), start());
        saying.push("One moment.".into());
        saying.next(|| names.request(), now);

        saying.refused();

        assert!(!saying.busy() && !saying.beside());
        assert_eq!(saying.next_within().as_deref(), Some("One moment."));
    }

    #[test]
    fn words_that_nobody_says_are_given_up() {
        let (mut saying, mut names, now) = (Saying::default(), Names::default(), start());
        saying.push("One moment.".into());
        let (request, _) = saying.next(|| names.request(), now).unwrap();
        saying.created(&ResponseId::new("r1"), Some(request), now);
        let limit = Duration::from_secs(3);

        saying.expire(limit, now + limit);

        assert!(!saying.busy());
    }
}
