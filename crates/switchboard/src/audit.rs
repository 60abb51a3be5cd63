//! Which rows of the audit log somebody wants: flags of the command line, or a query of `/api/audit`.

use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;
use switchboard_store::{AuditFilter, AuditKind};

use crate::moment::Moment;

/// The rows that have all that is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WantedRows {
    /// Of this phone call, by its id
    #[arg(long, value_name = "ID")]
    pub(crate) call: Option<String>,
    /// Of this caller: a customer, or the number of one we do not know
    #[arg(long, value_name = "NAME")]
    pub(crate) caller: Option<String>,
    /// Of this tenant
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// Of this agent
    #[arg(long, value_name = "NAME")]
    pub(crate) agent: Option<String>,
    /// Of this tool
    #[arg(long, value_name = "NAME")]
    pub(crate) tool: Option<String>,
    /// With this trace id, which the log and the model's answer carry, too
    #[arg(long, value_name = "ID")]
    pub(crate) trace_id: Option<String>,
    #[arg(
        long,
        value_name = "WORD",
        help = "With this outcome: ok, or an error code such as not_allowed"
    )]
    pub(crate) outcome: Option<String>,
    #[arg(
        long,
        value_name = "WORD",
        help = "Of this kind: tool_call, approval, policy_reload, degradation"
    )]
    pub(crate) kind: Option<String>,
    /// From this time on: 2030-01-31T09:00:00Z, or so long ago: 15m, 2h, 3d
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<Moment>,
    /// Before this time, written in the same way
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<Moment>,
    /// Behind the row of this number: with it, the first rows behind instead of the newest of all
    #[arg(long, value_name = "SEQ")]
    pub(crate) after: Option<u64>,
    /// At most so many rows, the newest [default: 100]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) limit: Option<usize>,
}

impl WantedRows {
    /// The same for the store, asked at `now`.
    pub(crate) fn filter(&self, now: Timestamp) -> AuditFilter {
        let default = AuditFilter::default();
        AuditFilter {
            call: self.call.clone(),
            caller: self.caller.clone(),
            tenant: self.tenant.clone(),
            agent: self.agent.clone(),
            tool: self.tool.clone(),
            trace_id: self.trace_id.clone(),
            outcome: self.outcome.clone(),
            kind: self.kind.clone().map(AuditKind::from),
            since: self.since.map(|moment| moment.at(now)),
            until: self.until.map(|moment| moment.at(now)),
            after: self.after,
            limit: self.limit.unwrap_or(default.limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_as_the_store_has_it() {
        assert_eq!(WantedRows::default().filter(Timestamp::UNIX_EPOCH), AuditFilter::default());
    }

    #[test]
    fn times_are_counted_back_from_now() {
        let now: Timestamp = "2030-01-31T09:00:00Z".parse().unwrap();
        let wanted = WantedRows { since: Some("2h".parse().unwrap()), ..WantedRows::default() };
        let since = wanted.filter(now).since.unwrap();
        assert_eq!(since.to_string(), "2030-01-31T07:00:00Z");
    }
}
