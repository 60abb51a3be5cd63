//! Which rows of the audit log somebody wants: flags of the command line, or a query of `/api/audit`.

use std::fmt::Display;

use clap::Args;
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use switchboard_store::{AuditFilter, AuditKind};

use crate::moment::Moment;
use crate::settings::nearest;

/// Every kind of row there is.
const KINDS: [AuditKind; 4] =
    [AuditKind::ToolCall, AuditKind::Approval, AuditKind::PolicyReload, AuditKind::Degradation];

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
        value_parser = kind,
        help = "Of this kind: tool_call, approval, policy_reload, degradation"
    )]
    #[serde(deserialize_with = "kind_of_query")]
    pub(crate) kind: Option<AuditKind>,
    /// From this time on: 2030-01-31T09:00:00Z, or so long ago: 15m, 2h, 3d
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<Moment>,
    /// Before this time, written in the same way
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<Moment>,
    /// Behind the row of this number: with it, the first rows behind instead of the newest of all
    #[arg(long, value_name = "SEQ", value_parser = after, allow_negative_numbers = true)]
    #[serde(deserialize_with = "after_of_query")]
    pub(crate) after: Option<u64>,
    /// At most so many rows, the newest [default: 100]
    #[arg(long, value_name = "NUMBER", value_parser = limit, allow_negative_numbers = true)]
    #[serde(deserialize_with = "limit_of_query")]
    pub(crate) limit: Option<usize>,
}

/// Two times that no row can lie between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no row is both since {since} and until {until}: `since` must be the earlier of the two")]
pub(crate) struct NoTimeBetween {
    since: Timestamp,
    until: Timestamp,
}

impl WantedRows {
    /// The same for the store, asked at `now`.
    pub(crate) fn filter(&self, now: Timestamp) -> Result<AuditFilter, NoTimeBetween> {
        let default = AuditFilter::default();
        let since = self.since.map(|moment| moment.at(now));
        let until = self.until.map(|moment| moment.at(now));
        if let (Some(since), Some(until)) = (since, until)
            && since >= until
        {
            return Err(NoTimeBetween { since, until });
        }
        Ok(AuditFilter {
            call: self.call.clone(),
            caller: self.caller.clone(),
            tenant: self.tenant.clone(),
            agent: self.agent.clone(),
            tool: self.tool.clone(),
            trace_id: self.trace_id.clone(),
            outcome: self.outcome.clone(),
            kind: self.kind.clone(),
            since,
            until,
            after: self.after,
            limit: self.limit.unwrap_or(default.limit),
        })
    }
}

/// Reads the number of a row.
pub(crate) fn row_number(text: &str) -> Result<u64, &'static str> {
    let number = text.parse().ok().filter(|&number| number > 0);
    number.ok_or("the number of a row is expected, from 1 up")
}

fn after(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "the number of a row is expected, or 0 for the beginning of the log")
}

fn limit(text: &str) -> Result<usize, &'static str> {
    let limit = text.parse().ok().filter(|&limit| limit > 0);
    limit.ok_or("a whole number from 1 up is expected")
}

fn kind(text: &str) -> Result<AuditKind, String> {
    if let Some(kind) = KINDS.into_iter().find(|kind| kind.as_str() == text) {
        return Ok(kind);
    }
    let known = KINDS.each_ref().map(AuditKind::as_str);
    Err(nearest(text, known).map_or_else(
        || format!("there is no such kind of row; known are {}", known.join(", ")),
        |near| format!("there is no such kind of row; did you mean `{near}`?"),
    ))
}

fn after_of_query<'de, D: Deserializer<'de>>(query: D) -> Result<Option<u64>, D::Error> {
    of_query(query, after)
}

fn limit_of_query<'de, D: Deserializer<'de>>(query: D) -> Result<Option<usize>, D::Error> {
    of_query(query, limit)
}

fn kind_of_query<'de, D: Deserializer<'de>>(query: D) -> Result<Option<AuditKind>, D::Error> {
    of_query(query, kind)
}

/// Reads a value of a query as a flag's is read.
fn of_query<'de, D: Deserializer<'de>, T, E: Display>(
    query: D,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, D::Error> {
    read(&String::deserialize(query)?).map(Some).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_as_the_store_has_it() {
        let filter = WantedRows::default().filter(Timestamp::UNIX_EPOCH);
        assert_eq!(filter, Ok(AuditFilter::default()));
    }

    #[test]
    fn times_are_counted_back_from_now() {
        let now: Timestamp = "2030-01-31T09:00:00Z".parse().unwrap();
        let wanted = WantedRows { since: Some("2h".parse().unwrap()), ..WantedRows::default() };
        let since = wanted.filter(now).unwrap().since.unwrap();
        assert_eq!(since.to_string(), "2030-01-31T07:00:00Z");
    }

    #[test]
    fn times_in_the_wrong_order_are_refused() {
        let moment = |text: &str| Some(text.parse().unwrap());
        let now = "2030-01-31T09:00:00Z".parse().unwrap();
        for (since, until) in [("1h", "2h"), ("1h", "1h")] {
            let (since, until) = (moment(since), moment(until));
            let wanted = WantedRows { since, until, ..WantedRows::default() };
            let error = wanted.filter(now).unwrap_err().to_string();
            assert!(error.contains("since 2030-01-31T08:00:00Z"), "{error}");
        }
    }

    #[test]
    fn an_unknown_kind_is_met_with_the_nearest_or_all() {
        for known in KINDS {
            assert_eq!(kind(known.as_str()), Ok(known));
        }
        assert!(kind("aproval").unwrap_err().ends_with("did you mean `approval`?"));
        assert!(kind("foo").unwrap_err().contains("known are tool_call, approval"));
    }
}
