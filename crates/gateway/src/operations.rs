//! What an operator can see and do: approvals first of all.

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchboard_policy::Policies;

use crate::{BackendState, Degradation, ToolState};

/// A tool call that waits for a person, or that waited for one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Approval {
    /// By which it is decided: `approval_` and six letters and digits.
    pub id: String,
    /// Where it stands.
    pub state: ApprovalState,
    /// The phone call.
    pub call: String,
    /// Who calls: the customer's number in the company's records, or else the telephone number.
    pub caller: Option<String>,
    /// The agent that asked.
    pub agent: String,
    /// What it wants to do.
    pub tool: String,
    /// With which arguments; secrets are left out.
    pub arguments: Value,
    /// Under which the log has the tool call.
    pub trace_id: String,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it is too late.
    pub expires_at: Timestamp,
    /// Who decided.
    pub by: Option<String>,
    /// What they noted.
    pub note: Option<String>,
}

/// Where an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Nobody has decided.
    Waiting,
    /// A person said yes, and the tool runs.
    Approved,
    /// A person said no.
    Refused,
    /// Nobody decided in time.
    Expired,
    /// The phone call ended before anybody decided.
    Closed,
}

impl ApprovalState {
    /// The state in a word, as it is serialised.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Closed => "closed",
        }
    }
}

/// What a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The tool may run.
    Approve,
    /// It may not.
    Refuse,
}

/// Why an approval cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// There is none of this id, or it is long over.
    #[error("there is no approval `{id}`: it may be long over; list those that wait")]
    Unknown {
        /// The id.
        id: String,
    },
    /// Somebody was faster.
    #[error("the approval `{id}` was decided already: {}", state.as_str())]
    Decided {
        /// The id.
        id: String,
        /// What was decided.
        state: ApprovalState,
    },
    /// Nobody decided in time, and the caller has been told so.
    #[error(
        "the approval `{id}` has expired: the caller has been told, and would have to ask again"
    )]
    Expired {
        /// The id.
        id: String,
    },
    /// The phone call is over, and with it the wish.
    #[error("the phone call of approval `{id}` has ended: nothing was done")]
    CallEnded {
        /// The id.
        id: String,
    },
}

/// What an operator can see and do while calls run: what is behind the HTTP interface. [`Gateway`](crate::Gateway) is one.
pub trait Operations: Send + Sync {
    /// The tool calls that wait for a person, oldest first.
    fn approvals(&self) -> Vec<Approval>;

    /// Decides one. The decision is in the audit log before this returns; an approved tool runs at once, and its result enters the
    /// phone call.
    ///
    /// # Errors
    ///
    /// When there is nothing to decide any more.
    fn decide(
        &self,
        id: &str,
        verdict: Verdict,
        by: &str,
        note: Option<&str>,
    ) -> BoxFuture<'static, Result<Approval, DecideError>>;

    /// Whether tools that callers can do without are switched off, and why.
    fn degradation(&self) -> Degradation;

    /// Switches tools that callers can do without off, or on again, and records who did it and why. A broken backend keeps them off
    /// whatever is switched.
    fn degrade(&self, on: bool, by: &str, reason: &str) -> BoxFuture<'static, Degradation>;

    /// Puts these policies in the place of those there were, for all calls of tools from now on, and records it.
    fn reload_policies(&self, policies: Policies, by: &str) -> BoxFuture<'static, ()>;

    /// Records which policies are in force, without changing them: for the start.
    fn policies_loaded(&self, by: &str) -> BoxFuture<'static, ()>;

    /// Records that other policies were to be put in force and cannot be, and what the first mistake in them is.
    fn policies_refused(&self, by: &str, first_mistake: &str) -> BoxFuture<'static, ()>;

    /// How many rows are missing from the audit log since the start: the store failed, or did not answer in time. Each is in the log,
    /// as an error.
    fn rows_missing(&self) -> u64 {
        0
    }

    /// How the backends do that tools have asked for, by name.
    fn backends(&self) -> Vec<BackendState>;

    /// How busy the tools are that were called, by name.
    fn tools(&self) -> Vec<ToolState>;
}
