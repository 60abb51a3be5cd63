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
    text: String,
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
    pub(crate) fn ask(&mut self, request: RequestId, kind: Kind, text: &str) {
        self.now = Some(Running { request, response: None, kind, text: text.to_owned() });
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

    /// This response is over.
    pub(crate) fn response_over(&mut self, response: &ResponseId) {
        self.now.take_if(|running| running.response.as_ref() == Some(response));
    }

    /// The link is gone. Returns words of a tool that had not begun to be said.
    pub(crate) fn lost(&mut self) -> Option<String> {
        let Running { kind, response, text, .. } = self.now.take()?;
        (kind == Kind::Say && response.is_none()).then_some(text)
    }
}
