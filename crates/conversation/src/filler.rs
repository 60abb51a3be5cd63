//! Words of ours that are said in the conversation itself, where they cannot be said beside it. They pay no debt.

use switchboard_realtime::ResponseId;

use crate::names::RequestId;

/// The words that have been asked for; there is one response at a time, so there is one of these.
#[derive(Debug, Default)]
pub(crate) struct Filler {
    now: Option<Running>,
}

#[derive(Debug)]
struct Running {
    request: RequestId,
    response: Option<ResponseId>,
    kind: Kind,
}

/// Why words of ours are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The caller waits. Nothing of it stays in the conversation.
    Hold,
    /// A tool wants them said.
    Say,
}

impl Filler {
    /// Words have been asked for.
    pub(crate) fn ask(&mut self, request: RequestId, kind: Kind) {
        self.now = Some(Running { request, response: None, kind });
    }

    /// A response began; says whether it is such words, and why they are said.
    pub(crate) fn created(
        &mut self,
        request: Option<RequestId>,
        response: &ResponseId,
    ) -> Option<Kind> {
        let running = self.now.as_mut().filter(|running| Some(running.request) == request)?;
        running.response = Some(response.clone());
        Some(running.kind)
    }

    /// Whether a request was for such words.
    pub(crate) fn is(&self, request: RequestId) -> bool {
        self.now.as_ref().is_some_and(|running| running.request == request)
    }

    /// Whether a phrase for a caller who waits is asked for or being said.
    pub(crate) fn holds(&self) -> bool {
        self.now.as_ref().is_some_and(|running| running.kind == Kind::Hold)
    }

    /// The response that says a phrase for a caller who waits.
    pub(crate) fn phrase(&self) -> Option<&ResponseId> {
        self.now.as_ref().filter(|running| running.kind == Kind::Hold)?.response.as_ref()
    }

    /// They are said, or nothing comes of them.
    pub(crate) fn over(&mut self) {
        self.now = None;
    }
}
