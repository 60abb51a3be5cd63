//! Why the server refuses something, in the service's words and codes (the protocol's section 11).

use switchboard_realtime::{ErrorBody, ErrorCode, ErrorKind, EventId, Failure};

/// A refusal. It becomes an `error` event, or the failure of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: ErrorKind,
    pub(crate) code: Option<ErrorCode>,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
}

impl Refusal {
    /// A refusal of what a client sent.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::InvalidRequest,
            code: Some(code),
            message: message.into(),
            param: None,
        }
    }

    /// A value that is not allowed where it stands.
    pub(crate) fn value(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidValue, message).at(param)
    }

    /// A field that has to be there.
    pub(crate) fn missing(param: impl Into<String>) -> Self {
        let param = param.into();
        Self::new(
            ErrorCode::MissingRequiredParameter,
            format!("Missing required parameter: '{param}'."),
        )
        .at(param)
    }

    /// The same refusal, naming the field at fault.
    pub(crate) fn at(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The same refusal without a code of its own.
    pub(crate) fn without_code(mut self) -> Self {
        self.code = None;
        self
    }

    /// The same refusal of another family.
    pub(crate) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// As an `error` event has it.
    pub(crate) fn into_body(self, event_id: Option<EventId>) -> ErrorBody {
        let Self { kind, code, message, param } = self;
        ErrorBody { kind, code, message, param, event_id }
    }

    /// As the `status_details` of a failed response have it.
    pub(crate) fn into_failure(self) -> Failure {
        Failure { kind: Some(self.kind), code: self.code, message: Some(self.message), param: None }
    }
}
