//! Which rows of the audit log are wanted.

use jiff::Timestamp;

use crate::{AuditKind, AuditRow};

/// Which rows of the audit log are wanted: those that have all that is named. The default wants the newest hundred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this phone call.
    pub call: Option<String>,
    /// Of this caller.
    pub caller: Option<String>,
    /// Of this tenant.
    pub tenant: Option<String>,
    /// Of this agent.
    pub agent: Option<String>,
    /// Of this tool.
    pub tool: Option<String>,
    /// Under this trace id.
    pub trace_id: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Of this kind.
    pub kind: Option<AuditKind>,
    /// Not before this time.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Behind the row with this number. With it, `limit` keeps the *first* rows behind, so that a reader can go through the log
    /// page by page, or follow it.
    pub after: Option<u64>,
    /// At most so many rows, the newest; they come oldest first all the same.
    pub limit: usize,
}

impl Default for AuditFilter {
    fn default() -> Self {
        Self {
            call: None,
            caller: None,
            tenant: None,
            agent: None,
            tool: None,
            trace_id: None,
            outcome: None,
            kind: None,
            since: None,
            until: None,
            after: None,
            limit: 100,
        }
    }
}

impl AuditFilter {
    /// Whether the row has all that is named.
    pub(crate) fn lets_through(&self, row: &AuditRow) -> bool {
        let same =
            |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let entry = &row.entry;
        same(&self.call, &entry.call)
            && same(&self.caller, &entry.caller)
            && same(&self.tenant, &entry.tenant)
            && same(&self.agent, &entry.agent)
            && same(&self.tool, &entry.tool)
            && same(&self.trace_id, &entry.trace_id)
            && self.outcome.as_ref().is_none_or(|wanted| *wanted == entry.outcome)
            && self.kind.as_ref().is_none_or(|wanted| *wanted == entry.kind)
            && self.since.is_none_or(|since| row.at >= since)
            && self.until.is_none_or(|until| row.at < until)
            && self.after.is_none_or(|after| row.seq > after)
    }
}
